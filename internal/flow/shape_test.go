package flow

import (
	"testing"

	"lazaret/internal/decode"
	"lazaret/internal/netid"
)

// Options as systems send them.
var (
	optWindows = []byte{2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2}
	optLinux   = []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}
	optMac     = []byte{2, 4, 5, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 4, 2, 0, 0}
)

func TestShapeOf(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []byte
		want Shape
	}{
		{"Windows", optWindows, Shape{Order: Options(OptMSS, OptNop, OptScale, OptNop, OptNop, OptSACK), MSS: 1460, Scale: 8}},
		{"Linux", optLinux, Shape{Order: Options(OptMSS, OptSACK, OptTime, OptNop, OptScale), MSS: 1460, Scale: 7}},
		{"macOS ends its list", optMac, Shape{Order: Options(OptMSS, OptNop, OptScale, OptNop, OptNop, OptTime, OptSACK, OptEnd), MSS: 1460, Scale: 6}},
		{"none", nil, Shape{Scale: -1}},
		{"one cut short", []byte{2, 4, 5}, Shape{Scale: -1}},
		{"one without a length", []byte{1, 2}, Shape{Order: OptNop, Scale: -1}},
		{"a length of nothing", []byte{2, 0, 1, 1}, Shape{Scale: -1}},
		{"values of a wrong size", []byte{2, 3, 5, 3, 2, 4, 3, 1}, Shape{Order: Options(OptOther, OptOther, OptOther), Scale: -1}},
		{"a scale beyond the standard", []byte{3, 3, 200}, Shape{Order: OptScale, Scale: 15}},
		{"more than are told", []byte{1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 2}, Shape{Order: 0x22222222, Scale: -1}},
	} {
		p := decode.Packet{Options: c.opts, Window: 64240, TTL: 128}
		c.want.Window, c.want.TTL = 64240, 128
		if got := shapeOf(&p); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// shaken gives the shapes that the record of a handshake would have.
func shaken(t *testing.T, packets ...decode.Packet) (orig, resp Shape) {
	t.Helper()
	var tab *Table
	tab = NewTable(DefaultConfig(), 1, func(f *Flow, _ string) { orig, resp = tab.Shapes(f) })
	for i := range packets {
		tab.Packet(&packets[i])
	}
	tab.Flush()
	return orig, resp
}

func TestShapes(t *testing.T) {
	syn := benchPacket(1, decode.SYN, 0)
	syn.Options, syn.TTL = optWindows, 127
	answer := syn
	answer.Src, answer.Dst, answer.SrcPort, answer.DstPort = syn.Dst, syn.Src, syn.DstPort, syn.SrcPort
	answer.Flags, answer.Ack, answer.Options, answer.TTL = decode.SYN|decode.ACK, syn.Seq+1, optLinux, 64
	o, r := shaken(t, syn, answer)
	if o != shapeOf(&syn) || r != shapeOf(&answer) {
		t.Errorf("a handshake: %+v and %+v", o, r)
	}
	if o, r := shaken(t, syn); o != shapeOf(&syn) || r != (Shape{}) {
		t.Errorf("a lone SYN: %+v and %+v", o, r)
	}
	if o, r := shaken(t, answer); o != (Shape{}) || r != (Shape{}) {
		t.Errorf("an answer to nobody: %+v and %+v", o, r)
	}
	refused := answer
	refused.Flags = decode.RST | decode.ACK
	if o, r := shaken(t, syn, refused); o == (Shape{}) || r != (Shape{}) {
		t.Errorf("a refusal: %+v and %+v", o, r)
	}
}

// A flood of ever new shapes does not grow the table, and what was known stays.
func TestShapesBound(t *testing.T) {
	var s shapes
	p := decode.Packet{Window: 7, TTL: 64}
	first := s.number(&p)
	for i := range 2 * maxShapes {
		q := decode.Packet{Window: uint16(i), TTL: 65}
		s.number(&q)
	}
	if len(s.list) != maxShapes || len(s.at) != maxShapes || s.number(&p) != first || s.get(first).Window != 7 {
		t.Errorf("%d shapes, %d numbers, the first is %d again", len(s.list), len(s.at), s.number(&p))
	}
	q := decode.Packet{Window: 3, TTL: 66}
	if n := s.number(&q); n != 0 || s.get(n) != (Shape{}) {
		t.Errorf("one too many has number %d", n)
	}
}

func TestShapeAllocs(t *testing.T) {
	var s shapes
	a, b := decode.Packet{Options: optLinux, TTL: 64}, decode.Packet{Options: optWindows, TTL: 128, Src: netid.IPv4(1, 2, 3, 4)}
	s.number(&a)
	s.number(&b)
	if n := testing.AllocsPerRun(100, func() { s.number(&a); s.number(&b) }); n != 0 {
		t.Errorf("a known shape allocates %v times", n)
	}
}

// Whatever the bytes of options are, their order is told without a fault.
func FuzzShapeOf(f *testing.F) {
	for _, o := range [][]byte{optWindows, optLinux, optMac, {2, 4, 5}, {8, 0}, {1, 1, 1, 1, 1, 1, 1, 1, 1}} {
		f.Add(o)
	}
	f.Fuzz(func(t *testing.T, o []byte) {
		s := shapeOf(&decode.Packet{Options: o, TTL: 64, Window: 9})
		if s.TTL != 64 || s.Window != 9 || s.Scale < -1 || s.Scale > 15 {
			t.Errorf("%x: %+v", o, s)
		}
		for n, rest := 0, s.Order; rest != 0; n, rest = n+1, rest>>4 {
			if k := rest & 15; n == maxOrder || k < OptEnd || k > OptOther {
				t.Errorf("%x: order %x", o, s.Order)
			}
		}
	})
}
