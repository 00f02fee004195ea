package dicom

import "lazaret/internal/proto"

// lose gives the border up: the next bytes are searched for one.
func (a *analyzer) lose(h *half) {
	a.tear(h)
	h.state, h.have, h.left, h.pdvLeft, h.pass, h.msg = stSearch, 0, 0, 0, 0, nil
	if h.unsure == 0 {
		h.scanned = 0
	}
}

// search looks for the next PDU border. It consumes bytes up to a place that
// may be one; need is how many bytes it must see there.
func (a *analyzer) search(d proto.Dir, h *half, b []byte) (n, need int, err error) {
	limit := a.limit(d, h)
	for n < len(b) {
		// All PDU types are small numbers followed by a zero.
		if c := b[n]; c-1 >= pduAbort || n+1 < len(b) && b[n+1] != 0 {
			n++
			continue
		}
		m, want := border(b[n:], limit)
		if m == proto.Maybe {
			need = want
			break
		}
		if m == proto.Yes {
			// Both this header and the one its length leads to must hold.
			h.state, h.unsure = stPDU, 2
			return n, 0, nil
		}
		n++
	}
	h.scanned += n
	if h.scanned > maxScan {
		return n, 0, &proto.Error{Code: errBorder, Offset: a.off}
	}
	return n, need, nil
}

// Gap implements proto.Analyzer. Where the PDU's end is known and lies behind
// the gap, only the messages in progress suffer.
func (a *analyzer) Gap(d proto.Dir, n int) bool {
	h := &a.half[d]
	// What the last gap's handling meant to pass over was not announced.
	k := min(n, h.pass)
	h.pass -= k
	if n -= k; n == 0 {
		return true
	}
	if a.as != nil {
		a.as.rec.Missed += uint64(n)
	}
	switch {
	case h.state == stSearch:
		return true
	case h.state == stPDU, n > h.left:
		a.weird(borderLost)
		a.lose(h)
		return true
	}
	a.tearWithin(d, h, n)
	return true
}

// tearWithin handles a gap of n bytes that ends within the current PDU or just
// behind it.
func (a *analyzer) tearWithin(d proto.Dir, h *half, n int) {
	switch h.state {
	case stCommand, stData:
		if n <= h.pdvLeft {
			if h.msg != nil {
				h.msg.tear()
			}
			h.left -= n
			h.pdvLeft -= n
			if h.pdvLeft == 0 {
				a.endPDV(d, h)
			}
			return
		}
		a.tear(h)
	case stPDV:
		a.tear(h)
	case stFixed, stItem, stContext, stSub, stValue:
		if h.state == stFixed {
			a.assocSeen(d, h)
		}
		a.assocEnd(h)
	}
	h.have = 0
	h.left -= n
	h.nextPDU()
}

// tear marks all messages of a direction as incomplete: their fragments, and
// perhaps their ends, are lost.
func (a *analyzer) tear(h *half) {
	for _, m := range h.msgs {
		m.tear()
	}
}
