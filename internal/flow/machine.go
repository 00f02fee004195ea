package flow

import "lazaret/internal/decode"

// machine moves the state of the sender of a packet. It reports whether the
// roles were exchanged and whether the direction was closed.
func (t *tcp) machine(d int, h head, delta int32) (flip, closed bool) {
	me, peer := &t.s[d], &t.s[1-d]
	switch me.state {
	case Inactive:
		return t.fromInactive(d, h)
	case SynSent, SynAckSent:
		if h.flags&decode.FIN != 0 {
			me.setState(Closed)
			closed = true
		}
		if h.flags&decode.RST != 0 {
			me.setState(Reset)
			t.finished = true
			closed = true
		}
	case Established, Partial:
		return false, t.fromEstablished(d, h)
	case Closed:
		if h.flags&decode.RST != 0 && peer.state != Closed {
			me.setState(Reset)
			closed = !me.didClose
		}
	}
	return false, closed
}

func (t *tcp) fromEstablished(d int, h head) (closed bool) {
	me, peer := &t.s[d], &t.s[1-d]
	fin, rst := h.flags&decode.FIN != 0, h.flags&decode.RST != 0
	if h.flags&decode.SYN != 0 && h.flags&decode.ACK == 0 && me.state == Partial && peer.state == Inactive {
		me.setState(SynSent)
	}
	if fin && !rst {
		me.setState(Closed)
		if peer.state == Reset && peer.prev == Closed {
			peer.setState(Closed) // it sent a FIN before its RST: a normal end
		}
		closed = true
	}
	if rst {
		me.setState(Reset)
		if peer.state != Reset || peer.prev != Established {
			t.finished = true
		}
		closed = true
	}
	return closed
}

func (t *tcp) fromInactive(d int, h head) (flip, closed bool) {
	me, peer := &t.s[d], &t.s[1-d]
	f := h.flags
	ack := f&decode.ACK != 0
	if f&decode.SYN != 0 {
		flip = t.firstSYN(d, h)
		if flip {
			d = 1 - d
			me, peer = &t.s[d], &t.s[1-d]
		}
	}
	if f&decode.FIN != 0 {
		me.setState(Closed)
		closed = true
	}
	if f&decode.RST != 0 {
		reject := d == 0 && peer.state == Established ||
			d == 1 && (peer.state == SynSent || peer.state == SynAckSent)
		me.setState(Reset)
		if reject {
			t.finished = true
		}
		closed = true
	}
	if me.state != Inactive {
		return flip, closed
	}
	switch {
	case d == 1 && h.size == 0 && t.s[0].state == SynSent:
		// Some stacks acknowledge a SYN before they send their own.
	case ack && peer.state == Established:
		me.setState(Established) // only the first SYN was missed
		t.partial = false
	default:
		me.setState(Partial)
	}
	return flip, closed
}

// firstSYN handles the SYN of a side that had not spoken yet.
func (t *tcp) firstSYN(d int, h head) (flip bool) {
	me, peer := &t.s[d], &t.s[1-d]
	ack := h.flags&decode.ACK != 0
	if d == 0 {
		if ack {
			me.setState(SynAckSent)
		} else {
			me.setState(SynSent)
		}
		return false
	}
	if !ack && peer.state == SynAckSent && h.seq == me.start {
		// SYN and SYN+ACK were captured in the wrong order.
		t.flip()
		t.s[1].setState(Established)
		t.s[0].setState(Established)
		return true
	}
	if peer.state == SynSent {
		peer.setState(Established)
	}
	me.setState(Established)
	return false
}

// flip exchanges originator and responder and notes it.
func (t *tcp) flip() {
	t.s[0], t.s[1] = t.s[1], t.s[0]
	t.seen = t.seen>>1&1 | t.seen<<1&2
	t.partial = false
	t.add('^')
}

// closeSide marks direction d as closed, unless bytes of it are still missing.
// complete means that the whole connection is over.
func (t *tcp) closeSide(d int) (complete bool) {
	me, peer := &t.s[d], &t.s[1-d]
	if me.didClose {
		return false
	}
	me.didClose = true
	if me.state == Reset || peer.didClose || peer.state == Inactive {
		t.finished = true
		return true
	}
	return false
}

func clean(s *side) bool {
	return s.state == Established || s.state == Closed && s.prev == Established
}

// gapCounts says whether lost bytes are believed: in other states they arise
// from a wrong guess of the first sequence number.
func (t *tcp) gapCounts() bool { return clean(&t.s[0]) && clean(&t.s[1]) }

// isReuse says whether a SYN begins a new connection on the same ports.
func (t *tcp) isReuse(h head) bool {
	if h.flags&decode.SYN == 0 {
		return false
	}
	orig, resp := &t.s[0], &t.s[1]
	c := orig
	if h.flags&decode.ACK != 0 {
		if orig.state != Inactive {
			return false
		}
		c = resp
	}
	if !(orig.didClose && resp.didClose || t.finished) {
		if h.seq == c.start {
			return false
		}
		if h.flags&decode.ACK == 0 && c.state == SynAckSent && resp.state == Inactive && h.seq == resp.start {
			return false // SYN and SYN+ACK in the wrong order
		}
	}
	return true
}

// connState derives Zeek's conn_state.
func (t *tcp) connState() string {
	o, r := t.s[0].state, t.s[1].state
	oQuiet, rQuiet := o == Inactive || o == Partial, r == Inactive || r == Partial
	switch {
	case r == Reset:
		switch {
		case o == SynSent || o == SynAckSent,
			o == Reset && t.s[0].size(&t.s[1]) == 0 && t.s[1].size(&t.s[0]) == 0:
			return "REJ"
		case oQuiet:
			return "RSTRH"
		}
		return "RSTR"
	case o == Reset:
		if !rQuiet {
			return "RSTO"
		}
		if t.synThenReset() {
			return "RSTOS0"
		}
		return "OTH"
	case o == Closed && r == Closed:
		return "SF"
	case o == Closed:
		if rQuiet {
			return "SH"
		}
		return "S2"
	case r == Closed:
		if oQuiet {
			return "SHR"
		}
		return "S3"
	case o == SynSent && r == Inactive:
		return "S0"
	case o == Established && r == Established:
		return "S1"
	}
	return "OTH"
}

// synThenReset matches a history of a SYN, then nothing of note, then a RST, all
// from the originator.
func (t *tcp) synThenReset() bool {
	h := t.hist[:t.histLen]
	if len(h) > 0 && h[0] == '^' {
		h = h[1:]
	}
	if len(h) == 0 || h[0] != 'S' {
		return false
	}
	for _, c := range h[1:] {
		switch c {
		case 'R':
			return true
		case 'H', 'A', 'F', 'G', 'I', 'Q':
			return false
		}
	}
	return false
}
