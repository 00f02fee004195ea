package arp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// packet builds a packet; addresses are given by their last byte, 0 is zero.
func packet(op byte, senderMAC, senderIP, targetMAC, targetIP byte) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, op}
	for _, side := range [2][2]byte{{senderMAC, senderIP}, {targetMAC, targetIP}} {
		mac, ip := []byte{0, 0, 0, 0, 0, 0}, []byte{0, 0, 0, 0}
		if side[0] != 0 {
			mac = []byte{0, 0x11, 0x22, 0x33, 0x44, side[0]}
		}
		if side[1] != 0 {
			ip = []byte{10, 0, 0, side[1]}
		}
		b = append(append(b, mac...), ip...)
	}
	return append(b, make([]byte, 18)...) // the padding of Ethernet
}

// bench is a flow whose records go through a joiner.
type bench struct {
	*prototest.Flow
	dg    proto.Datagram
	join  proto.Joiner
	out   []event.Record
	index uint64
}

func newBench(bindings, owners int) *bench {
	b := &bench{Flow: prototest.NewFlow()}
	b.dg = Spec.New(b).(proto.Datagram)
	b.join = newJoiner(func(r event.Record) { b.out = append(b.out, r) }, bindings, owners)
	return b
}

func (b *bench) Conn() *event.Conn { return nil }

func (b *bench) Emit(ts event.Time, p event.Payload) {
	b.index++
	if b.join.Take(event.Record{TS: ts, Index: b.index, Body: p}) {
		panic("an ingredient would be logged")
	}
}

// send gives a packet in a frame of the given sender, one second later.
func (b *bench) send(frame byte, p []byte) error {
	b.Time += 1e9
	b.MAC = netid.MAC{0, 0x11, 0x22, 0x33, 0x44, frame}
	return b.dg.Packet(proto.Orig, p)
}

func (b *bench) lines() []string {
	var out []string
	for i := range b.out {
		var m map[string]any
		if err := json.Unmarshal(b.out[i].AppendJSON(nil), &m); err != nil {
			panic(err)
		}
		s := fmt.Sprintf("%v %v %v", m["state"], m["operation"], m["count"])
		for _, f := range []string{"sender_ip", "sender_mac", "target_ip", "frame_mac", "conflict", "changes", "duration"} {
			if v := m[f]; v != nil {
				s += fmt.Sprintf(" %s=%v", f, v)
			}
		}
		out = append(out, strings.NewReplacer("00:11:22:33:44:", "..", "10.0.0.", "").Replace(s))
	}
	return out
}

func TestCollapse(t *testing.T) {
	type step struct {
		frame byte
		p     []byte
	}
	for _, c := range []struct {
		name string
		in   []step
		want []string
	}{
		{"asked once", []step{{1, packet(1, 1, 1, 0, 2)}}, []string{"new request 1 sender_ip=1 sender_mac=..01 target_ip=2"}},
		{"asked and answered twice", []step{{1, packet(1, 1, 1, 0, 2)}, {2, packet(2, 2, 2, 1, 1)}, {1, packet(1, 1, 1, 0, 2)}, {2, packet(2, 2, 2, 1, 1)}},
			[]string{"new request 1 sender_ip=1 sender_mac=..01 target_ip=2", "new reply 1 sender_ip=2 sender_mac=..02 target_ip=1",
				"summary request 2 sender_ip=1 sender_mac=..01 target_ip=2 duration=2", "summary reply 2 sender_ip=2 sender_mac=..02 target_ip=1 duration=2"}},
		{"probe, then announcement", []step{{1, packet(1, 1, 0, 0, 7)}, {1, packet(1, 1, 7, 0, 7)}},
			[]string{"new probe 1 sender_mac=..01 target_ip=7", "new announcement 1 sender_ip=7 sender_mac=..01 target_ip=7"}},
		{"conflict", []step{{1, packet(2, 1, 5, 2, 2)}, {9, packet(2, 9, 5, 2, 2)}, {1, packet(2, 1, 5, 2, 2)}},
			[]string{"new reply 1 sender_ip=5 sender_mac=..01 target_ip=2",
				"changed reply 1 sender_ip=5 sender_mac=..09 target_ip=2 conflict=..01 changes=1",
				"changed reply 2 sender_ip=5 sender_mac=..01 target_ip=2 conflict=..09 changes=1"}},
		{"spoken for by another card", []step{{9, packet(2, 1, 5, 2, 2)}},
			[]string{"new reply 1 sender_ip=5 sender_mac=..01 target_ip=2 frame_mac=..09"}},
		{"gratuitous reply", []step{{1, packet(2, 1, 5, 0, 5)}}, []string{"new gratuitous_reply 1 sender_ip=5 sender_mac=..01 target_ip=5"}},
		{"reverse", []step{{1, packet(3, 1, 0, 1, 0)}, {2, packet(4, 2, 2, 1, 1)}},
			[]string{"new rarp_request 1 sender_mac=..01", "new rarp_reply 1 sender_ip=2 sender_mac=..02 target_ip=1"}},
		{"inverse", []step{{1, packet(8, 1, 1, 2, 0)}, {2, packet(9, 2, 2, 1, 1)}},
			[]string{"new inarp_request 1 sender_ip=1 sender_mac=..01", "new inarp_reply 1 sender_ip=2 sender_mac=..02 target_ip=1"}},
		{"a probe is no claim", []step{{1, packet(1, 1, 5, 0, 2)}, {9, packet(1, 9, 0, 0, 5)}},
			[]string{"new request 1 sender_ip=5 sender_mac=..01 target_ip=2", "new probe 1 sender_mac=..09 target_ip=5"}},
	} {
		b := newBench(100, 100)
		for _, s := range c.in {
			if err := b.send(s.frame, s.p); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		b.join.Flush()
		if got := b.lines(); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", c.name, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

// TestFlapping holds the number of lines that two cards with one address make.
func TestFlapping(t *testing.T) {
	b := newBench(100, 100)
	for range 1000 {
		b.send(1, packet(2, 1, 5, 2, 2))
		b.send(9, packet(2, 9, 5, 2, 2))
	}
	b.join.Flush()
	lines := b.lines()
	if len(lines) != 1+2*maxChanges+2 {
		t.Errorf("%d lines", len(lines))
	}
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "summary reply 1000") || !strings.Contains(last, "changes=1000") {
		t.Errorf("last line: %s", last)
	}
}

func TestBound(t *testing.T) {
	b := newBench(3, 3)
	for i := range byte(10) {
		b.send(1, packet(1, 1, 1, 0, 10+i))
		b.send(1, packet(1, 1, 1, 0, 10+i))
	}
	b.join.Flush()
	if got := b.lines(); len(got) != 20 || !strings.HasPrefix(got[19], "summary request 2") {
		t.Errorf("%d lines: %s", len(got), strings.Join(got, "\n"))
	}
	j := b.join.(*joiner)
	if cap(j.bindings.entries) > 8 || len(j.owners.entries) > 3 {
		t.Errorf("tables hold %d and %d", cap(j.bindings.entries), len(j.owners.entries))
	}
}

func TestMalformed(t *testing.T) {
	other := packet(1, 1, 1, 0, 2)
	other[1] = 32 // InfiniBand
	long := packet(1, 1, 1, 0, 2)
	long[4] = 8
	group := packet(1, 1, 1, 0, 2)
	group[8] = 0x01
	broadcast := packet(1, 1, 1, 0, 2)
	copy(broadcast[14:], "\xff\xff\xff\xff")
	strange := packet(99, 1, 1, 0, 2)
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing", nil, "error:truncated"},
		{"half", packet(1, 1, 1, 0, 2)[:20], "error:truncated"},
		{"other hardware", other, "other_address_family"},
		{"other length", long, "error:bad_address_length"},
		{"group sender", group, "group_sender"},
		{"broadcast sender", broadcast, "bad_sender_address"},
		{"operation 99", strange, "unknown_operation"},
	} {
		b := newBench(10, 10)
		if err := b.send(1, c.in); err != nil {
			b.Weirds = append(b.Weirds, "error:"+err.Error())
		}
		if fmt.Sprint(b.Weirds) != "["+c.want+"]" {
			t.Errorf("%s: %v, want %s", c.name, b.Weirds, c.want)
		}
	}
}

// TestOrder demands the same lines whatever else the table holds.
func TestOrder(t *testing.T) {
	run := func() string {
		b := newBench(50, 50)
		for i := range 5000 {
			x := byte(i*7919>>3) | 1
			b.send(x&7, packet(1+x&1, x&7, x>>3&7+1, 0, x>>5))
		}
		b.join.Flush()
		return strings.Join(b.lines(), "\n")
	}
	if a, b := run(), run(); a != b || len(a) < 1000 {
		t.Error("two runs differ")
	}
}

// FuzzPackets demands that no packets panic and that the tables hold their bound.
func FuzzPackets(f *testing.F) {
	f.Add(packet(1, 1, 1, 0, 2), packet(2, 2, 2, 1, 1), byte(1))
	f.Add(packet(1, 1, 0, 0, 7), packet(1, 9, 7, 0, 7), byte(9))
	f.Add(packet(3, 1, 0, 1, 0), packet(8, 1, 1, 2, 0)[:28], byte(0))
	f.Fuzz(func(t *testing.T, one, two []byte, frame byte) {
		b := newBench(4, 4)
		for i := range 8 {
			p := one
			if i&1 == 1 {
				p = two
			}
			_ = b.send(frame, p)
			if i > 3 && len(p) > 27 { // other senders, so that the table overflows
				p = append([]byte(nil), p...)
				p[13], p[17] = byte(i), byte(i)
				_ = b.send(frame, p)
			}
		}
		b.join.Flush()
		j := b.join.(*joiner)
		if len(j.bindings.at) > 4 || len(j.owners.entries) > 4 {
			t.Fatal("a table is larger than its bound")
		}
		for _, l := range b.lines() {
			if strings.Contains(l, "<nil>") {
				t.Fatalf("incomplete line %s", l)
			}
		}
	})
}

func TestAllocs(t *testing.T) {
	b := newBench(100, 100)
	p := packet(1, 1, 1, 0, 2)
	b.send(1, p)
	if n := testing.AllocsPerRun(1000, func() { b.send(1, p) }); n > 1 {
		t.Errorf("allocations per repeated packet = %v, want 1, the ingredient", n)
	}
}

func BenchmarkRepeat(b *testing.B) {
	x := newBench(maxBindings, maxOwners)
	p := packet(1, 1, 1, 0, 2)
	b.ReportAllocs()
	for b.Loop() {
		x.send(1, p)
	}
}

func BenchmarkSweep(b *testing.B) {
	x := newBench(maxBindings, maxOwners)
	p := packet(1, 1, 1, 0, 2)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p[25], p[26], p[27] = byte(i>>16), byte(i>>8), byte(i)
		x.send(1, p)
		x.out = x.out[:0]
	}
}
