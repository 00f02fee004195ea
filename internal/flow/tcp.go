package flow

import "lazaret/internal/decode"

// State is the state of one side of a TCP connection, as far as a passive
// observer can tell it. The meanings are Zeek's, so that conn_state and history
// can be compared with its logs.
type State uint8

// The states. Partial means that packets were seen but no SYN.
const (
	Inactive State = iota
	SynSent
	SynAckSent
	Partial
	Established
	Closed
	Reset
)

// side is what is known of one direction. Sequence numbers are absolute; 64-bit
// values count wraps.
type side struct {
	start, last, ack   uint32
	lastWraps          uint16
	ackWraps           uint16
	histSYN, histRST   uint64
	histFIN            uint64
	finSeq             uint64 // relative; 0 before a FIN
	rexmit, zero, gaps uint32
	wscale             uint8
	state, prev        State
	didClose           bool
	fin                bool // a FIN was seen
	hist               uint8
}

// Bits of side.hist: what was already noted in the history.
const (
	hSYN = 1 << iota
	hFIN
	hRST
	hData
	hAck
	hInconsistent
	hMulti
)

// tooFar is the jump of a sequence number that is not believed in a SYN or RST.
const tooFar = 1 << 20

func (s *side) full(seq uint32, wraps uint16) uint64 { return uint64(wraps)<<32 | uint64(seq) }

// rel is the position of seq relative to the start of the side, counted across
// wraps; the first payload byte after a SYN is 1. under reports a position
// before the start, whose value then means nothing.
func (s *side) rel(seq, near uint32, wraps uint16) (pos uint64, under bool) {
	d := int32(seq - near)
	switch {
	case d < 0 && wraps > 0 && seq > near:
		wraps--
	case d > 0 && seq < near:
		wraps++
	}
	if wraps == 0 {
		d := int32(seq - s.start)
		return uint64(int64(d)), d < 0
	}
	return s.full(seq, wraps) - uint64(s.start), false
}

func (s *side) initAt(start, last uint32) {
	s.start, s.ack, s.last = start, start, last
	s.lastWraps, s.ackWraps = 0, 0
}

func (s *side) setState(n State) {
	if n != s.state {
		s.prev, s.state = s.state, n
	}
}

// size is the number of payload bytes that the side sent, by its own sequence
// numbers or by what the peer acknowledged, whichever is more.
func (s *side) size(peer *side) uint64 {
	if s.prev == SynSent && s.state == Reset && peer.state == Inactive && s.ack != s.start && s.ack != s.start+1 {
		return 0 // a half-open connection was found and aborted
	}
	n := max(s.full(s.last, s.lastWraps), s.full(s.ack, s.ackWraps)) - uint64(s.start)
	if n != 0 {
		n-- // the SYN
	}
	if s.fin && n != 0 {
		n--
	}
	return n
}

// tcp is the state of a TCP connection. Index 0 is the originator.
type tcp struct {
	s        [2]side
	hist     [40]byte
	histLen  uint8
	partial  bool
	seen     uint8  // bit d: a packet of direction d was seen
	finished bool   // ended; its timers no longer look at it
	shape    uint16 // number of the responder's SYN in the table's shapes
}

// note adds a letter, lower-cased for the responder, while there is room. The
// bound only cuts histories of abuse: every letter is logged once or in powers
// of ten, but for SYN, FIN and RST with ever new sequence numbers.
func (t *tcp) note(d int, c byte) {
	if d == 1 {
		c |= 0x20
	}
	t.add(c)
}

func (t *tcp) add(c byte) {
	if int(t.histLen) < len(t.hist) {
		t.hist[t.histLen] = c
		t.histLen++
	}
}

// once notes c the first time bit is seen and reports whether it was there.
func (t *tcp) once(d int, bit uint8, c byte) bool {
	s := &t.s[d]
	if s.hist&bit != 0 {
		return true
	}
	s.hist |= bit
	t.note(d, c)
	return false
}

// scaled notes c at the 1st, 10th, 100th ... occurrence.
func (t *tcp) scaled(d int, n *uint32, c byte) {
	*n++
	for p := uint32(1); p <= *n && p < 1e9; p *= 10 {
		if *n == p {
			t.note(d, c)
		}
	}
}

// head is what the state machine needs of a packet.
type head struct {
	seq, ack uint32
	win      uint16
	flags    uint8
	wscale   int8 // -1 without the option
	size     uint32
}

// step is what the stream needs to know of a packet after the state machine.
type step struct {
	seq    uint64 // relative position of the first payload byte
	ack    uint64 // relative position acknowledged in the other direction, 0 if none
	usable bool   // payload may be delivered
	flip   bool   // the roles were exchanged by this packet
	close  bool   // this packet closed its direction
}

// packet runs one packet of direction d through the state machine.
func (t *tcp) packet(d int, h head) step {
	me := &t.s[d]
	if h.seq != me.last || !t.plain(d, &h) {
		return t.walk(d, h)
	}
	// Most packets: they only count payload and acknowledge.
	rel, under := me.rel(h.seq, me.last, me.lastWraps)
	st := step{seq: rel, usable: h.size > 0 && !under, ack: t.acked(d, h.ack, false)}
	if me.last += h.size; me.last < h.seq {
		me.lastWraps++
	}
	return st
}

// walk is packet for every kind of packet.
func (t *tcp) walk(d int, h head) step {
	me, peer := &t.s[d], &t.s[1-d]
	f := h.flags
	syn, fin, rst, ack := f&decode.SYN != 0, f&decode.FIN != 0, f&decode.RST != 0, f&decode.ACK != 0
	t.setPartial(d, syn, ack)
	end := h.seq + segLen(h.size, f)
	me.begin(h.seq, end, syn)
	rel, under := me.rel(h.seq, me.last, me.lastWraps)
	t.history(d, f, rel, h.size)
	t.window(me, peer, d, h, syn, rst, ack)
	if fin {
		me.fin = true
		me.finSeq = rel + uint64(segLen(h.size, f))
	}
	st := step{seq: rel, usable: h.size > 0 && !rst && !under}
	if syn {
		st.seq++
	}
	if ack {
		st.ack = t.acked(d, h.ack, rst)
	}
	delta := t.advance(d, end, f, h.size)
	st.flip, st.close = t.machine(d, h, delta)
	if st.flip {
		d = 1 - d
	}
	t.seen |= 1 << d
	return st
}

// plain says whether a packet that begins where the last one of direction d ended
// leaves state, history and windows as they are.
func (t *tcp) plain(d int, h *head) bool {
	me := &t.s[d]
	noted := uint8(hAck)
	if h.size > 0 {
		noted = hData
	}
	return h.flags&(decode.SYN|decode.FIN|decode.RST|decode.ACK) == decode.ACK &&
		me.state == Established && t.s[1-d].state == Established &&
		t.seen&(1<<d) != 0 && me.hist&noted != 0 && h.win != 0 && h.size < tooFar
}

func segLen(size uint32, f uint8) uint32 {
	n := size
	if f&decode.SYN != 0 {
		n++
	}
	if f&decode.FIN != 0 {
		n++
	}
	if f&decode.RST != 0 {
		n -= size
	}
	return n
}

func (t *tcp) setPartial(d int, syn, ack bool) {
	if t.seen&(1<<d) != 0 {
		return
	}
	if d == 0 {
		t.partial = !syn || ack
	} else if !t.partial {
		t.partial = !syn
	}
}

// begin sets the sequence numbers of a side at its first packet, or again when a
// SYN shows that what came before was not this connection.
func (s *side) begin(seq, end uint32, syn bool) {
	switch s.state {
	case Inactive:
		if syn {
			s.initAt(seq, end)
		} else {
			s.initAt(seq-1, seq) // as though there had been a SYN
		}
	case SynSent, SynAckSent:
		if syn && seq != s.start {
			s.initAt(seq, end)
		}
	case Established, Partial:
		if syn {
			s.initAt(seq, end)
		}
	case Reset:
		if syn && s.prev == Inactive {
			s.initAt(seq, end)
		}
	}
}

func (t *tcp) history(d int, f uint8, rel uint64, size uint32) {
	s := &t.s[d]
	switch f & (decode.SYN | decode.FIN | decode.RST) {
	case 0:
		if size > 0 {
			t.once(d, hData, 'D')
		} else if f&decode.ACK != 0 {
			t.once(d, hAck, 'A')
		}
	case decode.SYN:
		c := byte('S')
		if f&decode.ACK != 0 {
			c = 'H'
		}
		if t.once(d, hSYN, c) && rel != s.histSYN {
			t.note(d, c)
		}
		s.histSYN = rel
	case decode.FIN:
		if t.once(d, hFIN, 'F') && rel+uint64(size) != s.histFIN {
			t.note(d, 'F')
		}
		s.histFIN = rel + uint64(size)
	case decode.RST:
		if t.once(d, hRST, 'R') && rel != s.histRST {
			t.note(d, 'R')
		}
		s.histRST = rel
	default:
		if f&decode.FIN != 0 && f&decode.RST != 0 {
			t.once(d, hInconsistent, 'I')
		} else {
			t.once(d, hMulti, 'Q')
		}
	}
}

func (t *tcp) window(me, peer *side, d int, h head, syn, rst, ack bool) {
	if h.win == 0 && !rst && peer.state != Closed && me.state != Reset {
		t.scaled(d, &me.zero, 'W')
	}
	if !syn {
		return
	}
	if h.wscale < 0 {
		me.wscale = 0
		if ack {
			peer.wscale = 0
		}
		return
	}
	me.wscale = min(uint8(h.wscale), 14) // RFC 7323, 2.3
}

// acked handles the acknowledgement in a packet of direction d and returns the
// relative position it acknowledges in the peer's stream.
func (t *tcp) acked(d int, ack uint32, rst bool) uint64 {
	peer := &t.s[1-d]
	if peer.state == Inactive {
		peer.initAt(ack-1, ack-1)
		return 1
	}
	rel, under := peer.rel(ack, peer.ack, peer.ackWraps)
	if under {
		return 0
	}
	if !rst { // acknowledgements in a RST are not to be trusted
		delta := int32(ack - peer.ack)
		if delta > 0 && (ack != 0 || delta <= tooFar) {
			if ack < peer.ack {
				peer.ackWraps++
			}
			peer.ack = ack
		}
	}
	return rel
}

// advance moves the last sequence number of the side and notes retransmissions.
func (t *tcp) advance(d int, end uint32, f uint8, size uint32) int32 {
	s := &t.s[d]
	delta := int32(end - s.last)
	set := func() {
		if end < s.last && delta > 0 {
			s.lastWraps++
		}
		s.last = end
	}
	switch {
	case f&(decode.SYN|decode.RST) != 0 && (delta > tooFar || delta < -tooFar):
	case f&decode.FIN != 0 && s.last == s.start+1:
		set() // only SYN and FIN were seen of it, however far apart
	case s.state == Reset:
	case delta > 0:
		set()
	case size > 0:
		t.scaled(d, &s.rexmit, 'T')
	}
	return delta
}
