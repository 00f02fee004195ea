package hl7

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// fields walks a run of the current segment from separator to separator.
func (a *analyzer) fields(s *side, run []byte) {
	m := s.msg
	for {
		n := 0
		if m.shift != shiftNone && len(run) > 0 {
			var ok bool
			if n, ok = m.shifted(run); !ok {
				a.tear(s, badValue)
				return
			}
		}
		i := bytes.IndexByte(run[n:], m.delims.field)
		if i < 0 {
			m.add(run)
			return
		}
		i += n
		m.add(run[:i])
		if m.swallowed(m.tail, m.field) {
			a.tear(s, missingSegmentEnd)
			return
		}
		m.endField()
		if m.seg == segMSH && m.field == 3 && !m.encoded() {
			a.cancel(s)
			a.data(s, run[i+1:])
			return
		}
		if m.mask>>m.field == 0 {
			a.takeSegment(s)
			return
		}
		run = run[i+1:]
	}
}

// tear gives the rest of a segment up, with the field it is in.
func (a *analyzer) tear(s *side, code int) {
	a.weird(s, code)
	s.msg.torn = true
	a.takeSegment(s)
}

// shift is where in an ISO 2022 escape sequence a field is. Japanese messages
// (ISO IR87 and IR159 of table 0211) switch to two-byte characters with ESC $
// and back with ESC (; in between a separator's byte is half a character.
type shift uint8

const (
	shiftNone   shift = iota
	shiftEscape       // after ESC
	shiftWide         // in two-byte characters
	shiftReturn       // in two-byte characters, after ESC
)

// escape notes an ESC in a field of a message that declares a set with two-byte
// characters, or in the header that may still declare it.
func (s *side) escape() {
	m := s.msg
	switch {
	case s.at != inField || m.seg != segMSH && !m.wide:
	case m.shift == shiftNone:
		m.shift = shiftEscape
	case m.shift == shiftWide:
		m.shift = shiftReturn
	}
}

// shifted returns how many bytes of run are no place for a separator, and false
// when two-byte characters did not end as they must: then nothing tells which
// field this is.
func (m *message) shifted(run []byte) (int, bool) {
	c := run[0]
	switch {
	case m.shift == shiftEscape && c == '$':
		m.shift = shiftWide
	case m.shift == shiftEscape && c != 0x1b, m.shift == shiftReturn && c == '(':
		m.shift = shiftNone
	case m.shift == shiftReturn && c != 0x1b:
		return 0, false
	}
	if m.shift == shiftNone {
		return 0, true
	}
	return len(run), true
}

// add appends part to the current field, if it is wanted and has room.
func (m *message) add(part []byte) {
	if n := len(part); n >= 3 {
		m.tail = [3]byte(part[n-3:])
	} else {
		for _, c := range part {
			m.tail = [3]byte{m.tail[1], m.tail[2], c}
		}
	}
	if !m.keep {
		return
	}
	if room := maxField - (len(m.scratch) - m.start); len(part) > room {
		part, m.long = part[:room], true
	}
	m.scratch = append(m.scratch, part...)
}

// swallowed tells whether a field ends in the name of a segment that holds a
// patient's data or free text: the end of the segment was lost, and the fields
// that follow are not those of this segment. tail is its last three bytes.
func (m *message) swallowed(tail [3]byte, field uint) bool {
	if !nameEnd(tail[2]) {
		return false
	}
	switch string(tail[:]) {
	case "PID", "PD1", "NK1", "MRG", "GT1", "DG1", "AL1", "NTE", "OBX", "OBR", "ORC", "PV1":
		return m.seg != segMSH || field > 6
	case "IN1", "IN2":
		return m.seg != segMSH && m.seg != segPV1
	}
	return false
}

// nameEnd tells whether c ends one of the names that swallowed looks for.
func nameEnd(c byte) bool {
	const set = 1 | 1<<('2'-'1') | 1<<('D'-'1') | 1<<('G'-'1') | 1<<('E'-'1') | 1<<('X'-'1') | 1<<('R'-'1') | 1<<('C'-'1')
	return uint64(set)>>(c-'1')&1 != 0
}

func (m *message) endField() {
	if m.keep {
		m.hold(m.scratch, m.field, m.start, len(m.scratch), m.long)
	}
	m.field++
	m.start, m.long, m.tail = len(m.scratch), false, [3]byte{}
	m.keep = m.mask>>m.field&1 != 0
}

// hold makes src[from:to] the text of the current field, unless it is empty.
func (m *message) hold(src []byte, field uint, from, to int, long bool) {
	if from == to {
		return
	}
	m.src = src
	m.kept[bits.OnesCount64(m.has)] = piece{uint32(from), uint32(to)}
	m.has |= 1 << field
	if long {
		m.longs |= 1 << field
	}
}

// encoded tells whether MSH-2 is made of delimiters. If not, this is a text that
// begins like a header. An empty MSH-2 passes.
func (m *message) encoded() bool {
	b, long := m.get(2)
	for _, c := range b {
		if !delimiter(c) {
			return false
		}
	}
	return !long
}

// cancel takes back a message whose header is none.
func (a *analyzer) cancel(s *side) {
	a.weird(s, badDelimiters)
	s.msg.release()
	s.msg, s.at = nil, outside
}

// get returns a wanted field of the current segment, empty if it had none.
func (m *message) get(no uint8) (b []byte, long bool) {
	if m.has>>no&1 == 0 {
		return nil, false
	}
	k := m.kept[bits.OnesCount64(m.has&(1<<no-1))]
	return m.src[k.from:k.to], m.longs>>no&1 != 0
}

// closeSegment ends the current segment. whole says that its last field ended
// too; if not, that field is dropped, because half a value is a wrong value.
func (a *analyzer) closeSegment(s *side, whole bool) {
	switch m := s.msg; s.at {
	case inField:
		if m.seg == segMSH && m.field <= 2 {
			a.cancel(s)
			return
		}
		if m.torn = !whole || m.shift >= shiftWide; !m.torn {
			m.endField()
		}
		a.takeSegment(s)
	case inBatch:
		s.at = outside
	}
}

// takeSegment reads the fields kept of the current segment and forgets them.
func (a *analyzer) takeSegment(s *side) {
	m := s.msg
	s.at = inRest
	if m.has != 0 || m.seg == segMSH {
		a.take(s)
	}
	m.forget()
}

// forget drops the fields kept of the current segment.
func (m *message) forget() {
	m.src, m.has, m.longs = nil, 0, 0
	clear(m.scratch)
	m.scratch = m.scratch[:0]
}

// line reads a segment that lies whole in b, without a copy. b begins with the
// first field that is counted. It returns how many bytes it took, or 0 when the
// segment is not whole or anything about it is unusual: then nothing was done,
// and fields reads it bit by bit. As that happens at most once in a segment, no
// byte is looked at more than twice.
func (a *analyzer) line(s *side, b []byte) int {
	m := s.msg
	sep, mask, field := m.delims.field, m.mask, m.field
	from := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c != sep { // most fields are empty
			if i = fieldEnd(b, i, sep); i == len(b) {
				break
			}
			if c = b[i]; c == sep && i-from >= 3 && m.swallowed([3]byte(b[i-3:i]), field) || c != sep && c != cr {
				break
			}
			if mask>>field&1 != 0 {
				to := min(i, from+maxField)
				m.hold(b, field, from, to, to < i)
			}
		}
		if c == cr {
			if m.seg == segMSH && field <= 2 {
				break
			}
			s.off += uint64(i)
			a.takeSegment(s)
			s.off -= uint64(i)
			s.candidate(cr)
			return i + 1
		}
		field++
		if m.seg == segMSH && field == 3 && !m.encoded() {
			break
		}
		if mask>>field == 0 {
			a.takeSegment(s)
			return i + 1
		}
		from = i + 1
	}
	m.forget()
	return 0
}

// fieldEnd finds the first sep or control character of b from position i, or
// returns len(b). It looks at eight bytes at a time.
func fieldEnd(b []byte, i int, sep byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for seps := ones * uint64(sep); i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		y := x ^ seps
		if m := ((x-0x20*ones)&^x | (y-ones)&^y) & high; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == sep || b[i] < 0x20 {
			return i
		}
	}
	return i
}
