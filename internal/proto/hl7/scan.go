package hl7

import (
	"bytes"
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

// side is the walk through one direction.
type side struct {
	at  place
	dir proto.Dir
	off uint64 // position of the next byte in the direction
	// base is the position where the current Parse began, and prev the time of
	// the Parse before it.
	base  uint64
	prev  event.Time
	stray int // bytes outside of messages since the last one

	// A candidate for a segment start: up to four bytes after the control
	// character edge (0 at the start of the stream or after a gap).
	cand  bool
	edge  byte
	ncand uint8
	name  [4]byte
	one   [1]byte

	framed              bool // a start block opened the current frame
	batch, file         bool // in a batch, in a file of batches
	hasBatch, hasHeader bool // what this frame held so far
	said                uint32

	delims delims
	seg    uint8  // place in names
	field  uint   // number of the current field
	mask   uint64 // fields wanted of this segment
	keep   bool   // the current field is one of them
	long   bool   // the current field passed maxField
	torn   bool   // the segment ended inside a field, which was dropped
	tail   [3]byte
	shift  shift
	start  int // where the current field starts in scratch
	nkept  int
	kept   [20]kept
	// scratch holds the wanted fields of the current segment.
	scratch []byte

	open bool // msg is in progress
	msg  message
	// memo keeps the last text of a header field, because a sender says the
	// same names in every message; listed is the last list of segment names.
	memo   [memoSlots]string
	listed []string
}

// kept is a wanted field in scratch.
type kept struct {
	no       uint8
	long     bool
	from, to uint16
}

// control finds the first byte below 0x20, or returns len(b). It looks at eight
// bytes at a time: bulk such as a PDF in base64 has none for a long way.
func control(b []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
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
	if s.ncand == 0 && !s.open && b[0] >= 0x80 {
		a.mark(s, b[0])
		return 1
	}
	s.name[s.ncand] = b[0]
	if s.ncand++; s.ncand == 4 {
		s.cand = false
		a.segment(s, s.off-3)
	}
	return 1
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
		case c == 0 && s.edge == blockStart && !s.open && (s.ncand == 0 || s.ncand == 1 && s.name[0] == 'M'):
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
		if s.open {
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
			s.one[0] = c
			a.data(s, s.one[:])
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
	case !s.open:
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
	s.one[0] = s.edge
	a.data(s, s.one[:])
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
	s.stray += n
}

// segment decides what the four bytes of a candidate begin; at is the position
// of the first of them.
func (a *analyzer) segment(s *side, at uint64) {
	sep := s.name[3]
	seg, known := nameIndex([3]byte(s.name[:3]))
	inner := known && s.open && sep == s.delims.field
	envelope := known && (seg == segMSH || seg >= segFHS && seg <= segFTS) && delimiter(sep)
	if s.open {
		envelope = envelope && (inner || sep == '|') // a line of text may begin with these letters too
	}
	switch {
	case envelope:
		a.envelope(s, seg, at)
	case s.open && (s.edge == blockStart || s.edge == lf && !inner):
		a.replay(s)
	case inner:
		a.closeSegment(s, true)
		s.begin(seg, 1)
	case s.open:
		a.weird(s, badSegment)
	default:
		a.outside(s, 4)
	}
}

// envelope begins a message, or begins or ends a batch; either ends the message
// before it.
func (a *analyzer) envelope(s *side, seg uint8, at uint64) {
	a.closeSegment(s, true)
	if s.open {
		end := at
		if s.edge == blockStart {
			end--
			if s.framed {
				a.weird(s, missingEnd)
			}
		}
		t := a.flow.Now()
		if end <= s.base {
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
		s.delims = delims{field: s.name[3]}
		s.begin(segMSH, 2) // MSH-1 is the separator itself
	}
}

// begin starts a segment whose next field is number field.
func (s *side) begin(seg uint8, field uint) {
	s.msg.note(seg)
	s.seg, s.field, s.mask = seg, field, wanted(seg)
	if seg == segOBX && s.msg.document() {
		s.mask |= span(3, 3)
	}
	s.nkept, s.start, s.long, s.torn, s.tail, s.shift = 0, 0, false, false, [3]byte{}, shiftNone
	s.scratch = s.scratch[:0]
	s.keep = s.mask>>field&1 != 0
	s.at = inRest
	if s.mask != 0 {
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

// fields walks a run of the current segment from separator to separator.
func (a *analyzer) fields(s *side, run []byte) {
	for {
		n := 0
		if s.shift != shiftNone && len(run) > 0 {
			var ok bool
			if n, ok = s.shifted(run); !ok {
				a.tear(s, badValue)
				return
			}
		}
		i := bytes.IndexByte(run[n:], s.delims.field)
		if i < 0 {
			s.add(run)
			return
		}
		i += n
		s.add(run[:i])
		if s.swallowed() {
			a.tear(s, missingSegmentEnd)
			return
		}
		s.endField()
		if s.seg == segMSH && s.field == 3 && !s.encoded() {
			a.cancel(s)
			a.data(s, run[i+1:])
			return
		}
		if s.mask>>s.field == 0 {
			a.takeSegment(s)
			return
		}
		run = run[i+1:]
	}
}

// tear gives the rest of a segment up, with the field it is in.
func (a *analyzer) tear(s *side, code int) {
	a.weird(s, code)
	s.torn = true
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
	switch {
	case s.at != inField || s.seg != segMSH && !s.msg.wide:
	case s.shift == shiftNone:
		s.shift = shiftEscape
	case s.shift == shiftWide:
		s.shift = shiftReturn
	}
}

// shifted returns how many bytes of run are no place for a separator, and false
// when two-byte characters did not end as they must: then nothing tells which
// field this is.
func (s *side) shifted(run []byte) (int, bool) {
	c := run[0]
	switch {
	case s.shift == shiftEscape && c == '$':
		s.shift = shiftWide
	case s.shift == shiftEscape && c != 0x1b, s.shift == shiftReturn && c == '(':
		s.shift = shiftNone
	case s.shift == shiftReturn && c != 0x1b:
		return 0, false
	}
	if s.shift == shiftNone {
		return 0, true
	}
	return len(run), true
}

// add appends part to the current field, if it is wanted and has room.
func (s *side) add(part []byte) {
	if n := len(part); n >= 3 {
		s.tail = [3]byte(part[n-3:])
	} else {
		for _, c := range part {
			s.tail = [3]byte{s.tail[1], s.tail[2], c}
		}
	}
	if !s.keep {
		return
	}
	if room := maxField - (len(s.scratch) - s.start); len(part) > room {
		part, s.long = part[:room], true
	}
	s.scratch = append(s.scratch, part...)
}

// swallowed tells whether the current field ends in the name of a segment that
// holds a patient's data or free text: the end of the segment was lost, and the
// fields that follow are not those of this segment.
func (s *side) swallowed() bool {
	switch string(s.tail[:]) {
	case "PID", "PD1", "NK1", "MRG", "GT1", "DG1", "AL1", "NTE", "OBX", "OBR", "ORC", "PV1":
		return s.seg != segMSH || s.field > 6
	case "IN1", "IN2":
		return s.seg != segMSH && s.seg != segPV1
	}
	return false
}

func (s *side) endField() {
	if s.keep && len(s.scratch) > s.start {
		s.kept[s.nkept] = kept{uint8(s.field), s.long, uint16(s.start), uint16(len(s.scratch))}
		s.nkept++
	}
	s.field++
	s.start, s.long, s.tail = len(s.scratch), false, [3]byte{}
	s.keep = s.mask>>s.field&1 != 0
}

// encoded tells whether MSH-2 is made of delimiters. If not, this is a text that
// begins like a header. An empty MSH-2 passes.
func (s *side) encoded() bool {
	b, long := s.get(2)
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
	s.open, s.at, s.nkept, s.scratch = false, outside, 0, s.scratch[:0]
	s.msg.rec = nil
}

// get returns a wanted field of the current segment, empty if it had none.
func (s *side) get(no uint8) (b []byte, long bool) {
	for _, k := range s.kept[:s.nkept] {
		if k.no == no {
			return s.scratch[k.from:k.to], k.long
		}
	}
	return nil, false
}

// closeSegment ends the current segment. whole says that its last field ended
// too; if not, that field is dropped, because half a value is a wrong value.
func (a *analyzer) closeSegment(s *side, whole bool) {
	switch s.at {
	case inField:
		if s.seg == segMSH && s.field <= 2 {
			a.cancel(s)
			return
		}
		if s.torn = !whole || s.shift >= shiftWide; !s.torn {
			s.endField()
		}
		a.takeSegment(s)
	case inBatch:
		s.at = outside
	}
}

// takeSegment reads the fields kept of the current segment and forgets them.
func (a *analyzer) takeSegment(s *side) {
	s.at = inRest
	if s.nkept > 0 || s.seg == segMSH {
		a.take(s)
		clear(s.scratch)
	}
	s.nkept, s.scratch = 0, s.scratch[:0]
}
