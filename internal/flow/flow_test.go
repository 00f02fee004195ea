package flow

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

var (
	client = netid.Endpoint{IP: netid.IPv4(10, 0, 0, 1), Port: 40000}
	server = netid.Endpoint{IP: netid.IPv4(10, 0, 0, 2), Port: 104}
)

const t0 = event.Time(1_700_000_000_000_000_000)

// script is a TCP conversation in words: "> S 100", "< SA 500 101", "> A 101 501 5"
// for direction, flags, sequence, acknowledgement, payload length; "+3s" waits.
func script(t *testing.T, s string) []*Record {
	t.Helper()
	var out []*Record
	tab := NewTable(DefaultConfig(), 1, func(f *Flow, _ string) { out = append(out, f.Record()) })
	now := t0
	for line := range strings.Lines(s) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if d, ok := strings.CutPrefix(f[0], "+"); ok {
			wait, err := time.ParseDuration(d)
			if err != nil {
				t.Fatal(err)
			}
			now += event.Time(wait)
			tab.Advance(now)
			continue
		}
		now += event.Time(time.Millisecond)
		var num [3]uint32
		for i := range num {
			if len(f) > 2+i {
				fmt.Sscan(f[2+i], &num[i])
			}
		}
		p := packet(f[0] == ">", f[1], num[0], num[1], int(num[2]), now)
		seen, ok := tab.Packet(p)
		if !ok {
			t.Fatalf("%q has no flow", line)
		}
		if seen.Closed {
			tab.Close(seen.Flow, seen.Dir)
		}
	}
	tab.Flush()
	return out
}

func packet(orig bool, flags string, seq, ack uint32, size int, now event.Time) *decode.Packet {
	p := &decode.Packet{
		Kind: decode.KindTCP, Proto: protoTCP, Time: now, Seq: seq, Ack: ack, PayloadLen: size,
		IPLen: 40 + size, Window: 1000,
	}
	src, dst := client, server
	if !orig {
		src, dst = dst, src
	}
	p.Src, p.Dst, p.SrcPort, p.DstPort = src.IP, dst.IP, src.Port, dst.Port
	for _, c := range flags {
		p.Flags |= map[rune]uint8{'S': decode.SYN, 'A': decode.ACK, 'F': decode.FIN, 'R': decode.RST, 'P': decode.PSH}[c]
	}
	return p
}

const shake = "> S 100\n< SA 500 101\n> A 101 501\n"

func TestStates(t *testing.T) {
	for name, tc := range map[string]struct {
		script, state, history string
		orig, resp             uint64
	}{
		"attempt":            {"> S 100\n", "S0", "S", 0, 0},
		"rejected":           {"> S 100\n< RA 0 101\n", "REJ", "Sr", 0, 0},
		"established":        {shake + "> A 101 501 5\n", "S1", "ShAD", 5, 0},
		"normal":             {shake + "> A 101 501 5\n< A 501 106 7\n> FA 106 508\n< FA 508 107\n> A 107 509\n", "SF", "ShADdFf", 5, 7},
		"originator closed":  {shake + "> FA 101 501\n", "S2", "ShAF", 0, 0},
		"responder closed":   {shake + "< FA 501 101\n", "S3", "ShAf", 0, 0},
		"originator aborts":  {shake + "> A 101 501 5\n> R 106\n", "RSTO", "ShADR", 5, 0},
		"responder aborts":   {shake + "< R 501\n", "RSTR", "ShAr", 0, 0},
		"syn then reset":     {"> S 100\n> R 101\n", "RSTOS0", "SR", 0, 0},
		"no syn":             {"> A 101 501 5\n< A 501 106 7\n", "OTH", "Dd", 5, 7},
		"responder only":     {"< SA 500 101\n< R 501 101\n", "RSTRH", "^hr", 0, 0},
		"retransmission":     {shake + "> A 101 501 5\n> A 101 501 5\n", "S1", "ShADT", 5, 0},
		"sequence wraps":     {"> S 4294967290\n< SA 500 4294967291\n> A 4294967291 501 10\n> A 5 501 10\n", "S1", "ShD", 20, 0},
		"swapped handshake":  {"< SA 500 101\n> S 100\n> A 101 501 3\n", "OTH", "^hSD", 3, 0},
		"simultaneous flags": {"> SF 100\n", "SH", "Q", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := script(t, tc.script)
			if len(r) != 1 {
				t.Fatalf("%d records, want 1", len(r))
			}
			if r[0].ConnState != tc.state || r[0].History != tc.history {
				t.Errorf("state %s history %s, want %s %s", r[0].ConnState, r[0].History, tc.state, tc.history)
			}
			if r[0].OrigBytes.V != tc.orig || r[0].RespBytes.V != tc.resp {
				t.Errorf("bytes %d and %d, want %d and %d", r[0].OrigBytes.V, r[0].RespBytes.V, tc.orig, tc.resp)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		script string
		want   int
	}{
		"attempt given up after five seconds":   {"> S 100\n+6s\n> S 100\n", 2},
		"retried within the time is the same":   {"> S 100\n+3s\n> S 100\n", 1},
		"another sequence number is another":    {"> S 100\n+1s\n> S 9000\n", 2},
		"closed lingers":                        {shake + "> FA 101 501\n< FA 501 102\n+3s\n> A 102 502\n", 1},
		"closed ends":                           {shake + "> FA 101 501\n< FA 501 102\n+6s\n> A 102 502\n", 2},
		"port reused after close":               {shake + "> FA 101 501\n< FA 501 102\n+1s\n> S 7000\n", 2},
		"open survives four minutes of silence": {shake + "> A 101 501 5\n+4m\n> A 106 501 5\n", 1},
		"open ends after five minutes":          {shake + "> A 101 501 5\n+6m\n> A 106 501 5\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			if r := script(t, tc.script); len(r) != tc.want {
				t.Errorf("%d records, want %d", len(r), tc.want)
			}
		})
	}
}

func datagram(i int, now event.Time) *decode.Packet {
	return &decode.Packet{
		Kind: decode.KindUDP, Proto: protoUDP, Time: now, Src: netid.IPv4(10, 1, byte(i>>8), byte(i)),
		Dst: netid.IPv4(10, 2, byte(i>>16), 1), SrcPort: 5000, DstPort: 6000, PayloadLen: 10, IPLen: 38,
	}
}

// The open-addressing table must agree with a map through growth and removal.
func TestTableAgainstModel(t *testing.T) {
	ended := 0
	tab := NewTable(DefaultConfig(), 1, func(*Flow, string) { ended++ })
	open := map[int]event.Time{} // flow number to last packet
	r := rand.New(rand.NewPCG(3, 4))
	now, started := t0, 0
	for range 40000 {
		now += event.Time(r.IntN(int(20 * time.Millisecond)))
		if r.IntN(50) == 0 {
			tab.Advance(now)
		}
		i := r.IntN(3000)
		last, was := open[i]
		s, _ := tab.Packet(datagram(i, now))
		expired := was && last+event.Time(time.Minute) <= now
		if s.New != (!was || expired) {
			t.Fatalf("flow %d new=%v, want %v", i, s.New, !was || expired)
		}
		if s.New {
			started++
		}
		open[i] = now
	}
	tab.Flush()
	if ended != started || tab.Len() != 0 {
		t.Errorf("%d started, %d ended, %d left", started, ended, tab.Len())
	}
}

func TestBounded(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Max = 1024
	ended, shed := 0, 0
	tab := NewTable(cfg, 1, func(_ *Flow, why string) {
		ended++
		if why != "" {
			shed++
		}
	})
	for i := range 50000 {
		tab.Packet(datagram(i, t0+event.Time(i)))
	}
	if tab.Peak() > 1024 {
		t.Errorf("%d flows at once, at most 1024 are allowed", tab.Peak())
	}
	tab.Flush()
	if ended != 50000 || shed != 50000-1024 || tab.Shed() != uint64(shed) {
		t.Errorf("%d records, %d of them shed (table says %d)", ended, shed, tab.Shed())
	}
}

func TestUID(t *testing.T) {
	seen := map[string]bool{}
	k, _ := netid.MakeKey(client, server, 6)
	for i := range event.Time(1000) {
		u := uid(&k, t0+i)
		if seen[u] || len(u) != 18 || u[0] != 'C' {
			t.Fatalf("uid %q repeats or is malformed", u)
		}
		seen[u] = true
	}
	if a, b := uid(&k, t0), uid(&k, t0); a != b {
		t.Error("the uid of one conversation differs between replays")
	}
}

func TestAllocs(t *testing.T) {
	tab := NewTable(DefaultConfig(), 1, func(*Flow, string) {})
	tab.Packet(packet(true, "S", 100, 0, 0, t0))
	tab.Packet(packet(false, "SA", 500, 101, 0, t0))
	seq := uint32(101)
	p := packet(true, "A", seq, 501, 1000, t0)
	if n := testing.AllocsPerRun(1000, func() {
		p.Seq = seq
		seq += 1000
		p.Time++
		tab.Packet(p)
	}); n != 0 {
		t.Errorf("allocations per packet of a known flow = %v, want 0", n)
	}
}
