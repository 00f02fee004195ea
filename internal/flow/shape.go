package flow

import "lazaret/internal/decode"

// Shape is how a machine opens a TCP connection: what its system fills into the
// SYN, which differs between systems (RFC 9293 3.2, RFC 7323). The zero Shape
// is that of a SYN that was not seen.
type Shape struct {
	// Order lists the kinds of the options in 4 bits each, the last one lowest:
	// Options gives them. Those beyond the eighth are not told.
	Order  uint32
	Window uint16
	MSS    uint16 // 0 without the option
	TTL    uint8  // as captured; every router before took one away
	Scale  int8   // window scale, -1 without the option
}

// The options that Order tells apart.
const (
	OptEnd   = iota + 1
	OptNop   // kind 1
	OptMSS   // kind 2
	OptScale // kind 3
	OptSACK  // kind 4
	OptTime  // kind 8
	OptOther
)

// Options makes the Order of options named one by one.
func Options(list ...uint32) uint32 {
	var o uint32
	for _, k := range list {
		o = o<<4 | k
	}
	return o
}

// maxOrder is the number of options that Order holds.
const maxOrder = 8

// shapeOf reads the shape of a SYN.
func shapeOf(p *decode.Packet) Shape {
	s := Shape{Window: p.Window, TTL: p.TTL, Scale: -1}
	o := p.Options
	for n := 0; len(o) > 0 && n < maxOrder; n++ {
		size, kind := 1, uint32(OptOther)
		switch o[0] {
		case 0:
			s.Order = s.Order<<4 | OptEnd
			return s
		case 1:
			kind = OptNop
		default:
			if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
				return s
			}
			size = int(o[1])
			kind = s.option(o[0], o[2:size])
		}
		s.Order = s.Order<<4 | kind
		o = o[size:]
	}
	return s
}

// option notes the value of an option and names it.
func (s *Shape) option(kind uint8, b []byte) uint32 {
	switch {
	case kind == 2 && len(b) == 2:
		s.MSS = uint16(b[0])<<8 | uint16(b[1])
		return OptMSS
	case kind == 3 && len(b) == 1:
		s.Scale = int8(min(b[0], 15))
		return OptScale
	case kind == 4 && len(b) == 0:
		return OptSACK
	case kind == 8 && len(b) == 8:
		return OptTime
	}
	return OptOther
}

// maxShapes is the number of different shapes that a table tells apart; those
// that come later are not told. A flow keeps a number instead of a shape,
// because a million of them may be open.
const maxShapes = 1024

// shapes numbers shapes from 1.
type shapes struct {
	list []Shape
	at   map[Shape]uint16
	last Shape // of the SYN before: those of a storm are alike
	was  uint16
}

// number is that of a SYN's shape, 0 when there is no room.
func (t *shapes) number(p *decode.Packet) uint16 {
	s := shapeOf(p)
	if s == t.last && t.was != 0 {
		return t.was
	}
	n, ok := t.at[s]
	if !ok {
		if len(t.list) >= maxShapes {
			return 0
		}
		if t.at == nil {
			t.at = map[Shape]uint16{}
		}
		t.list = append(t.list, s)
		n = uint16(len(t.list))
		t.at[s] = n
	}
	t.last, t.was = s, n
	return n
}

func (t *shapes) get(n uint16) Shape {
	if n == 0 {
		return Shape{}
	}
	return t.list[n-1]
}

// Shapes are those of the originator's SYN and of the responder's answer to it.
func (t *Table) Shapes(f *Flow) (orig, resp Shape) {
	orig = t.syns.get(f.shape)
	if f.tcp != nil {
		resp = t.syns.get(f.tcp.shape)
	}
	return orig, resp
}
