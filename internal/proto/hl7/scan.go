package hl7

import (
	"encoding/binary"
	"math/bits"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// place says where in the structure the next byte of a side is.
type place uint8

const (
	outside place = iota // between messages
	seeking              // outside, after a gap: nothing is said about what passes
	inField              // in a segment with fields still wanted
	inRest               // in a segment, or its rest, that nobody wants
	inBatch              // in a segment of the batch protocol
	inWide               // in a message of two- or four-byte characters
)

// side is the walk through one direction. What belongs to a message is in msg,
// so that a quiet conversation is small.
type side struct {
	msg  *message   // nil between messages
	off  uint64     // position of the next byte in the direction
	prev event.Time // of the Parse before this one

	stray int32  // bytes outside of messages since the last one
	said  uint16 // codes of weirds said since the last message, as bits

	at  place
	dir proto.Dir

	// A candidate for a segment start: up to four bytes after the control
	// character edge (0 at the start of the stream or after a gap).
	cand  bool
	edge  byte
	ncand uint8
	name  [4]byte

	framed              bool // a start block opened the current frame
	batch, file         bool // in a batch, in a file of batches
	hasBatch, hasHeader bool // what this frame held so far
}

// control finds the first byte below 0x20, or returns len(b). It looks at 32
// bytes at a time: bulk such as a PDF in base64 has none for a long way.
func control(b []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+32 <= len(b); i += 32 {
		w := b[i : i+32 : i+32]
		x, y := binary.LittleEndian.Uint64(w), binary.LittleEndian.Uint64(w[8:])
		z, v := binary.LittleEndian.Uint64(w[16:]), binary.LittleEndian.Uint64(w[24:])
		if ((x-0x20*ones)&^x|(y-0x20*ones)&^y|(z-0x20*ones)&^z|(v-0x20*ones)&^v)&high != 0 {
			break
		}
	}
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if m := (x - 0x20*ones) &^ x & high; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] < 0x20 {
			return i
		}
	}
	return len(b)
}

// step consumes at least one byte of b and says how many.
func (a *analyzer) step(s *side, b []byte) int {
	if b[0] < 0x20 {
		a.control(s, b[0])
		return 1
	}
	if !s.cand {
		n := control(b)
		a.data(s, b[:n])
		return n
	}
	if s.ncand == 0 && s.msg == nil && b[0] >= 0x80 {
		a.mark(s, b[0])
		return 1
	}
	if s.ncand == 0 && len(b) >= 4 && b[1] >= 0x20 && b[2] >= 0x20 && b[3] >= 0x20 {
		return a.whole(s, b)
	}
	s.name[s.ncand] = b[0]
	if s.ncand++; s.ncand == 4 {
		s.cand = false
		a.segment(s, s.off-3)
	}
	return 1
}

// whole takes a candidate that is there with all of its bytes and, if it begins a
// segment, reads on in one go.
func (a *analyzer) whole(s *side, b []byte) int {
	s.name, s.ncand, s.cand = [4]byte(b), 4, false
	s.off += 3
	began := a.segment(s, s.off-3)
	n := 4
	if s.off++; began && s.at == inField {
		n += a.line(s, b[4:])
	}
	s.off -= 4
	if s.at == inRest && !s.cand {
		n += control(b[n:])
		if n < len(b) && b[n] == cr {
			s.candidate(cr)
			n++
		}
	}
	return n
}

// mark takes a byte of a byte order mark before a message.
func (a *analyzer) mark(s *side, c byte) {
	switch {
	case c == 0xef || c == 0xbb || c == 0xbf:
	case c >= 0xfe && s.edge == blockStart:
		a.wide(s)
	default:
		s.cand = false
		a.outside(s, 1)
	}
}

// wide passes over a message in UTF-16 or UTF-32, which is counted as not seen.
func (a *analyzer) wide(s *side) {
	s.cand, s.at = false, inWide
	a.flow.Blind("utf-16")
}

// control takes one control character.
func (a *analyzer) control(s *side, c byte) {
	if s.at == inWide {
		if c == blockEnd {
			a.endFrame(s)
		}
		return
	}
	if s.cand {
		switch {
		case c == lf && s.edge == cr && s.ncand == 0:
			return
		case c == 0 && s.edge == blockStart && s.msg == nil && (s.ncand == 0 || s.ncand == 1 && s.name[0] == 'M'):
			a.wide(s)
			return
		}
		a.brokenName(s, c)
	}
	switch c {
	case cr:
		a.closeSegment(s, true)
		s.candidate(cr)
	case lf, blockStart:
		if s.at == inBatch {
			s.at = outside
		}
		s.candidate(c)
	case blockEnd:
		a.closeSegment(s, true)
		if s.msg != nil {
			if !s.framed {
				a.weird(s, missingStart)
			}
			s.msg.rec.MLLP = true
			a.finish(s, s.off, a.flow.Now())
		}
		a.endFrame(s)
	case 0x1b:
		s.escape()
		fallthrough
	default:
		if c != 0 || s.at != outside {
			one := [...]byte{c}
			a.data(s, one[:])
		}
	}
}

func (s *side) candidate(edge byte) {
	s.cand, s.edge, s.ncand = true, edge, 0
}

// endFrame is between messages again. A batch that was whole in this frame ends
// even without its trailer, which is optional (v2.9 2.10.3).
func (a *analyzer) endFrame(s *side) {
	if s.hasBatch && s.hasHeader {
		s.batch, s.file = false, false
	}
	s.framed, s.hasBatch, s.hasHeader = false, false, false
	s.at = outside
	s.candidate(blockEnd)
}

// brokenName ends a candidate that control character c cut short.
func (a *analyzer) brokenName(s *side, c byte) {
	s.cand = false
	n := int(s.ncand)
	switch {
	case s.msg == nil:
		a.outside(s, n)
	case s.edge == lf || s.edge == blockStart:
		if n > 0 || c != cr && c != blockEnd {
			a.replay(s)
		}
	case n == 3:
		if seg, ok := nameIndex([3]byte(s.name[:3])); ok && s.nameless(seg) {
			s.msg.note(seg)
			return
		}
		a.weird(s, badSegment)
	case n > 0:
		a.weird(s, badSegment)
	}
}

// nameless tells whether a segment may stand without fields inside a message.
func (s *side) nameless(seg uint8) bool { return seg != segMSH && (seg < segFHS || seg > segFTS) }

// replay gives a candidate that was none, with the character before it, to the
// field it is part of.
func (a *analyzer) replay(s *side) {
	edge := [...]byte{s.edge}
	a.data(s, edge[:])
	a.data(s, s.name[:s.ncand])
}

// outside counts n bytes that belong to no message.
func (a *analyzer) outside(s *side, n int) {
	if s.at != outside || n == 0 {
		return
	}
	if s.stray == 0 {
		a.weird(s, strayBytes)
	}
	s.stray += int32(n)
}

// segment decides what the four bytes of a candidate begin; at is the position
// of the first of them. It tells whether they began a segment of a message.
func (a *analyzer) segment(s *side, at uint64) bool {
	sep := s.name[3]
	seg, known := nameIndex([3]byte(s.name[:3]))
	inner := known && s.msg != nil && sep == s.msg.delims.field
	envelope := known && (seg == segMSH || seg >= segFHS && seg <= segFTS) && delimiter(sep)
	if s.msg != nil {
		envelope = envelope && (inner || sep == '|') // a line of text may begin with these letters too
	}
	switch {
	case envelope:
		a.envelope(s, seg, at)
		return seg == segMSH
	case s.msg != nil && (s.edge == blockStart || s.edge == lf && !inner):
		a.replay(s)
	case inner:
		if a.closeSegment(s, true); s.msg == nil { // the header was none
			a.outside(s, 4)
			return false
		}
		s.begin(seg, 1)
		return true
	case s.msg != nil:
		a.weird(s, badSegment)
	default:
		a.outside(s, 4)
	}
	return false
}

// envelope begins a message, or begins or ends a batch; either ends the message
// before it.
func (a *analyzer) envelope(s *side, seg uint8, at uint64) {
	a.closeSegment(s, true)
	if s.msg != nil {
		end := at
		if s.edge == blockStart {
			end--
			if s.framed {
				a.weird(s, missingEnd)
			}
		}
		t := a.flow.Now()
		if end <= a.base {
			t = s.prev
		}
		a.finish(s, end, t)
	}
	if s.edge == blockStart {
		s.framed, s.hasBatch, s.hasHeader = true, false, false
	}
	s.stray, s.at = 0, inBatch
	switch seg {
	case segFHS:
		s.file, s.hasBatch = true, true
	case segBHS:
		s.batch, s.hasBatch = true, true
	case segBTS:
		s.batch = false
	case segFTS:
		s.batch, s.file = false, false
	default:
		s.hasHeader = true
		a.openMessage(s, at)
		s.msg.delims = delims{field: s.name[3]}
		s.begin(segMSH, 2) // MSH-1 is the separator itself
	}
}

// begin starts a segment whose next field is number field.
func (s *side) begin(seg uint8, field uint) {
	m := s.msg
	m.note(seg)
	m.seg, m.field, m.mask = seg, field, wanted(seg)
	if seg == segOBX && m.document() {
		m.mask |= span(3, 3)
	}
	m.start, m.long, m.torn, m.tail, m.shift = 0, false, false, [3]byte{}, shiftNone
	m.keep = m.mask>>field&1 != 0
	s.at = inRest
	if m.mask != 0 {
		s.at = inField
	}
}

// data takes bytes that are no structure.
func (a *analyzer) data(s *side, run []byte) {
	switch s.at {
	case outside:
		a.outside(s, len(run))
	case inField:
		a.fields(s, run)
	}
}
