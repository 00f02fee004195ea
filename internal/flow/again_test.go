package flow

import (
	"testing"
	"time"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// A SYN after a rejection or a reset is a new attempt, also with the sequence
// number of the first; a repeated SYN is none.
func TestNewAttempt(t *testing.T) {
	for name, tc := range map[string]struct {
		script string
		want   []string
	}{
		"rejected, tried again":  {"> S 100\n< RA 0 101\n+500ms\n> S 100\n< RA 0 101\n", []string{"Sr", "Sr"}},
		"given up, tried again":  {"> S 100\n> R 101\n+500ms\n> S 100\n< SA 500 101\n", []string{"SR", "Sh"}},
		"repeated without reply": {"> S 100\n+500ms\n> S 100\n", []string{"S"}},
	} {
		t.Run(name, func(t *testing.T) {
			list := script(t, tc.script)
			if len(list) != len(tc.want) {
				t.Fatalf("%d records, want %d", len(list), len(tc.want))
			}
			for i, r := range list {
				if r.History != tc.want[i] {
					t.Errorf("history %d is %s, want %s", i, r.History, tc.want[i])
				}
			}
		})
	}
}

// flows sends packets and gives the records and the originators of their flows.
func flows(list ...*decode.Packet) (out []*Record, origs []netid.Endpoint) {
	tab := NewTable(DefaultConfig(), 1, func(f *Flow, _ string) {
		out = append(out, f.Record())
		o, _ := f.Ends()
		origs = append(origs, o)
	})
	for _, p := range list {
		tab.Packet(p)
	}
	tab.Flush()
	return out, origs
}

func query(port uint16, at time.Duration) *decode.Packet {
	p := datagram(1, t0+event.Time(at))
	p.SrcPort, p.DstPort = 40000, port
	return p
}

// Name look-ups end after ten seconds of silence, other conversations over UDP
// after a minute.
func TestLookUpEnds(t *testing.T) {
	times := []time.Duration{0, 9 * time.Second, 18 * time.Second, 28 * time.Second}
	for port, want := range map[uint16]int{53: 2, 5000: 1} {
		var list []*decode.Packet
		for _, at := range times {
			list = append(list, query(port, at))
		}
		if got, _ := flows(list...); len(got) != want {
			t.Errorf("port %d: %d conversations, want %d", port, len(got), want)
		}
	}
}

// A fragment has no conversation before its datagram is whole.
func TestFragmentHasNoFlow(t *testing.T) {
	p := query(53, 0)
	p.Kind, p.Fragmented, p.Pieces = decode.KindIP, true, 0
	if got, _ := flows(p); len(got) != 0 {
		t.Errorf("%d conversations, want none", len(got))
	}
	p.Pieces = 2
	if got, _ := flows(p); len(got) != 1 {
		t.Errorf("%d conversations of a whole datagram, want 1", len(got))
	}
}

// A DHCP server that speaks first to a client's own address is still the
// responder; one that broadcasts is taken as it comes.
func TestServerSpeaksFirst(t *testing.T) {
	offer := query(68, 0)
	offer.SrcPort = 67
	_, origs := flows(offer)
	if len(origs) != 1 || origs[0].Port != 68 {
		t.Errorf("originators %v, want the client", origs)
	}
	offer.Dst = netid.IPv4(255, 255, 255, 255)
	if _, origs = flows(offer); len(origs) != 1 || origs[0].Port != 67 {
		t.Errorf("originators %v of a broadcast, want the server", origs)
	}
}
