package hl7

import (
	"bytes"
	"slices"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// The closed set of weird codes.
const (
	gapInMessage      = iota // bytes of a message were lost
	cutMessage               // the stream ended inside a message
	missingEnd               // a new block began before the last one ended (MLLP)
	missingStart             // a block ended that had not begun (MLLP)
	missingSegmentEnd        // a segment ran into the next one
	badDelimiters            // MSH-2 is missing or not made of different characters
	badHeader                // MSH has no message type that looks like one
	badSegment               // a line is no segment that HL7 knows
	badValue                 // a coded value does not look like one and was dropped
	longField                // a wanted field passed its bound
	unknownCharset           // MSH-18 is not in table 0211
	strayBytes               // bytes between messages
)

var weirdCodes = [...]string{
	gapInMessage: "gap_in_message", cutMessage: "cut_message", missingEnd: "missing_end_block",
	missingStart: "missing_start_block", missingSegmentEnd: "missing_segment_end",
	badDelimiters: "bad_delimiters", badHeader: "bad_header", badSegment: "bad_segment",
	badValue: "bad_value", longField: "field_too_long", unknownCharset: "unknown_character_set",
	strayBytes: "stray_bytes",
}

// message is what a side knows of the message it is in. It is reused.
type message struct {
	rec    *Message
	began  event.Time
	from   uint64
	enc    encoding.Encoding
	wide   bool   // MSH-18 declares a set that switches to two-byte characters
	answer bool   // MSA is present
	code   string // MSA-1
	id     string // MSA-2
	accept bool   // MSH-15 asks for an accept acknowledgement
	app    bool   // MSH-16 asks for an application acknowledgement
	more   bool   // a segment that a plain acknowledgement does not have
	event  string // EVN-1
	orc    []byte // ORC-3.1 of the first ORC
	obr    []byte // OBR-3.1 of the first OBR
	hasORC bool
	hasOBR bool
	hasPID bool

	seen  [maxNames / 64]uint64
	last  uint8
	nsegs int
	segs  [maxSegments]uint8
}

// note remembers that a segment is present.
func (m *message) note(seg uint8) {
	if seg == m.last && m.nsegs > 0 {
		return
	}
	m.last = seg
	if m.seen[seg>>6]>>(seg&63)&1 != 0 {
		return
	}
	m.seen[seg>>6] |= 1 << (seg & 63)
	if m.nsegs < maxSegments {
		m.segs[m.nsegs] = seg
		m.nsegs++
	}
	switch seg {
	case segMSH, segMSA, segERR, segSFT, segUAC, segNTE:
	case segCON:
		m.rec.HasConsent = true
		m.more = true
	default:
		m.more = true
	}
}

// document tells whether the message is about a document.
func (m *message) document() bool {
	return m.rec.Type == "MDM" || m.seen[segTXA>>6]>>(segTXA&63)&1 != 0
}

// analyzer is one conversation.
type analyzer struct {
	flow  proto.Flow
	sides [2]side
	pairs pairs
	given int      // length of what Parse was given
	tmp   []byte   // for escapes and joined components
	spare *Message // a record that was folded into another
}

const (
	memoTime = iota
	memoApp
	memoFac
	memoToApp
	memoToFac
	memoType
	memoEvent
	memoStructure
	memoProcessing
	memoVersion
	memoClass
	memoLocation
	memoDoc
	memoDevice
	memoFree // no memo
	memoSlots
)

func newAnalyzer(f proto.Flow) *analyzer {
	a := &analyzer{flow: f}
	a.pairs.flow = f
	for d := range a.sides {
		a.sides[d].dir = proto.Dir(d)
		a.sides[d].candidate(0)
	}
	return a
}

// Parse implements proto.Analyzer. It leaves no bytes behind.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	s := &a.sides[d]
	s.base, a.given = s.off, len(b)
	for rest := b; len(rest) > 0; {
		n := a.step(s, rest)
		s.off += uint64(n)
		rest = rest[n:]
		if s.stray > maxStray {
			a.stop()
			return proto.Progress{Done: len(b)}, &proto.Error{Code: "no_message", Offset: len(b) - len(rest)}
		}
	}
	s.prev = a.flow.Now()
	a.given = 0
	return proto.Progress{Done: len(b)}, nil
}

// stop ends both sides, because the sensor detaches the analyzer.
func (a *analyzer) stop() {
	a.End(proto.Orig)
	a.End(proto.Resp)
}

// Gap implements proto.Analyzer. The message that lost bytes is told as far as
// it was known; the next one is found at its start block, or at a header that
// begins a line or the first byte after the gap.
func (a *analyzer) Gap(d proto.Dir, _ int) bool {
	s := &a.sides[d]
	a.abandon(s, gapInMessage)
	s.at, s.framed, s.hasBatch, s.hasHeader = seeking, false, false, false
	s.batch, s.file = false, false
	s.candidate(0)
	return true
}

// abandon ends the message in progress before its end was seen.
func (a *analyzer) abandon(s *side, code int) {
	if !s.open {
		return
	}
	a.closeSegment(s, false)
	if !s.open {
		return
	}
	s.msg.rec.Partial = true
	a.weird(s, code)
	a.finish(s, s.off, s.prev)
}

// End implements proto.Analyzer. Without a frame the end of the stream is the
// end of the message; its last field counts unless it identifies a patient or an
// order, which must be whole.
func (a *analyzer) End(d proto.Dir) {
	s := &a.sides[d]
	s.base = s.off
	if s.open && s.framed {
		a.abandon(s, cutMessage)
	} else if s.open {
		ended := s.cand && s.ncand == 0 && s.edge != blockStart
		s.cand = false
		a.closeSegment(s, ended || s.seg != segPID && s.seg != segORC && s.seg != segOBR)
		if s.open {
			s.msg.rec.Partial = !ended
			a.finish(s, s.off, s.prev)
		}
	}
	s.at = seeking
	s.candidate(0)
	a.pairs.end(d)
}

// weird says a code, once per message.
func (a *analyzer) weird(s *side, code int) {
	if s.said>>code&1 == 0 {
		s.said |= 1 << code
		a.flow.Weird(weirdCodes[code], min(int(s.off-s.base), a.given))
	}
}

// openMessage begins a message at position at.
func (a *analyzer) openMessage(s *side, at uint64) {
	orc, obr := s.msg.orc[:0], s.msg.obr[:0]
	s.said, s.open = 0, true
	s.msg = message{began: a.flow.Now(), from: at, orc: orc, obr: obr}
	if s.msg.rec, a.spare = a.spare, nil; s.msg.rec == nil {
		s.msg.rec = new(Message)
	}
	*s.msg.rec = Message{IsOrig: s.dir == proto.Orig, MLLP: s.framed, Batch: s.batch || s.file}
}

// finish completes the record of the message, which ended before position end,
// and passes it to the pairing.
func (a *analyzer) finish(s *side, end uint64, t event.Time) {
	m := &s.msg
	s.open, s.at, s.said = false, outside, 0
	m.rec.Bytes = end - m.from
	if m.rec.Event == "" {
		m.rec.Event = m.event
	}
	m.rec.Segments = s.segments()
	id := m.obr
	if len(id) == 0 {
		id = m.orc
	}
	if len(id) > 0 {
		m.rec.Accession = a.flow.Pseudonym("accession", id)
	}
	clear(m.orc)
	clear(m.obr)
	if !a.pairs.take(s.dir, m, t) {
		a.spare = m.rec
	}
	m.rec = nil
}

// segments lists the names of the message's segments. Records share the list
// with the last message of their side when it is the same; nobody writes it.
func (s *side) segments() []string {
	segs := s.msg.segs[:s.msg.nsegs]
	same := len(segs) == len(s.listed)
	for i := 0; same && i < len(segs); i++ {
		same = s.listed[i] == nameList[segs[i]]
	}
	if !same {
		s.listed = make([]string, len(segs))
		for i := range segs {
			s.listed[i] = nameList[segs[i]]
		}
	}
	return s.listed
}

// take reads the kept fields of the segment that just ended.
func (a *analyzer) take(s *side) {
	m, r, d := &s.msg, s.msg.rec, &s.delims
	for _, k := range s.kept[:s.nkept] {
		if k.long {
			a.weird(s, longField)
		}
	}
	switch s.seg {
	case segMSH:
		a.takeHeader(s)
	case segMSA:
		if !m.answer {
			m.answer = true
			m.code = ackCode(a.coded(s, 1, 1, 8))
			b, _ := s.get(2)
			m.id = a.value(s, memoFree, d.component(b, 1))
		}
	case segEVN:
		if m.event == "" {
			m.event = s.remember(memoEvent, a.coded(s, 1, 1, 16))
		}
	case segPID:
		a.takePatient(s)
	case segPV1:
		if r.PatientClass == "" && r.Location == "" {
			r.PatientClass = s.remember(memoClass, a.coded(s, 2, 1, 16))
			b, _ := s.get(3)
			r.Location = a.joined(s, memoLocation, d.place(b))
		}
	case segOBR, segORC:
		a.takeOrder(s)
	case segTXA:
		b, _ := s.get(2)
		r.HasConsent = r.HasConsent || consent(b, d)
		if r.DocType == "" {
			c := d.component(b, 1)
			if len(c) == 0 {
				c = d.component(b, 2)
			}
			r.DocType = a.value(s, memoDoc, c)
		}
	case segOBX:
		if !r.HasConsent {
			b, _ := s.get(3)
			r.HasConsent = consent(b, d)
		}
		r.Equipment = a.repeated(s, 18, r.Equipment)
	case segPRT:
		r.Participation = a.repeated(s, 10, r.Participation)
		if udi := a.udi(s); udi != "" {
			r.UDI = distinct(r.UDI, udi)
		}
	}
}

// takeHeader reads MSH (v2.9 2.13.9). MSH-18 decides how the rest is read.
func (a *analyzer) takeHeader(s *side) {
	m, r, d := &s.msg, s.msg.rec, &s.delims
	enc, long := s.get(2)
	if !d.setEncoding(enc) || long {
		a.weird(s, badDelimiters)
	}
	a.takeCharset(s)
	hd := func(no uint8, memo int) string {
		b, _ := s.get(no)
		c := d.component(b, 1)
		if len(trim(c)) == 0 {
			c = d.component(b, 2)
		}
		return a.value(s, memo, c)
	}
	r.SendingApp, r.SendingFac = hd(3, memoApp), hd(4, memoFac)
	r.ReceivingApp, r.ReceivingFac = hd(5, memoToApp), hd(6, memoToFac)
	t, _ := s.get(7)
	if t = d.component(t, 1); stamp(t) == nil && len(t) > 0 {
		a.weird(s, badValue)
	}
	r.Time = s.remember(memoTime, stamp(t))
	r.Type = s.remember(memoType, a.coded(s, 9, 1, 16))
	r.Event = s.remember(memoEvent, a.coded(s, 9, 2, 16))
	r.Structure = s.remember(memoStructure, a.coded(s, 9, 3, 16))
	id, _ := s.get(10)
	r.ControlID = a.value(s, memoFree, d.component(id, 1))
	r.Processing = s.remember(memoProcessing, a.coded(s, 11, 1, 4))
	r.Version = s.remember(memoVersion, a.coded(s, 12, 1, 16))
	m.accept, m.app = asks(a.coded(s, 15, 1, 4)), asks(a.coded(s, 16, 1, 4))
	if r.Type == "" {
		a.weird(s, badHeader)
	}
}

// asks tells whether an acknowledgement condition (table 0155) asks for one.
func asks(b []byte) bool { return len(b) > 0 && string(b) != "NE" }

// takeCharset reads MSH-18 (table 0211). Only known names reach the record.
func (a *analyzer) takeCharset(s *side) {
	b, _ := s.get(18)
	m := &s.msg
	first, utf := true, false
	for more := len(b) > 0; more; {
		var c []byte
		c, b, more = cut(b, s.delims.rep)
		c = trim(c)
		if len(c) == 0 {
			first = false
			continue
		}
		name := "other"
		var up [24]byte
		if len(c) <= len(up) {
			u := up[:copy(up[:], c)]
			for i, x := range u {
				if x >= 'a' && x <= 'z' {
					u[i] = x - 32
				}
			}
			if enc, ok := charsets[string(u)]; ok {
				name = s.remember(memoFree, c)
				utf = utf || first && u[0] == 'U'
				m.wide = m.wide || enc == japanese.ISO2022JP
				if first || enc == japanese.ISO2022JP && m.enc == nil && !utf {
					m.enc = enc // ISO 2022 switches by itself, wherever it is listed
				}
			}
		}
		if name == "other" {
			a.weird(s, unknownCharset)
		}
		m.rec.Charset = distinct(m.rec.Charset, name)
		first = false
	}
}

// takePatient hashes PID-3.1, or PID-2.1 when that is empty (v2.9 3.4.2). The
// identifier is trimmed of spaces and NULs, as DICOM's patient id is.
func (a *analyzer) takePatient(s *side) {
	id := a.identifier(s, 3)
	if len(id) == 0 && !s.torn { // a lost PID-3 is not an empty one
		id = a.identifier(s, 2)
	}
	if len(id) == 0 {
		s.msg.hasPID = true
		return
	}
	h := a.flow.Pseudonym("patient", id)
	clear(a.tmp)
	r := s.msg.rec
	switch {
	case !s.msg.hasPID:
		r.Patient = h
	case h != r.Patient && len(r.MorePatients) < maxPatients && !slices.Contains(r.MorePatients, h):
		r.MorePatients = append(r.MorePatients, h)
	}
	s.msg.hasPID = true
}

// identifier returns the first component of a field, decoded and trimmed, in
// a.tmp. A value that passed the bound is none.
func (a *analyzer) identifier(s *side, no uint8) []byte {
	b, long := s.get(no)
	c := s.delims.component(b, 1)
	if len(c) == 0 || long && len(c) == len(b) {
		return nil
	}
	a.tmp = s.delims.unescape(a.tmp[:0], c)
	return bytes.Trim(a.tmp, " \x00")
}

// takeOrder reads OBR or ORC (v2.9 4.5.3, 4.5.1). The first of each counts for
// the order number.
func (a *analyzer) takeOrder(s *side) {
	m := &s.msg
	if s.seg == segORC {
		if !m.hasORC {
			m.hasORC, m.orc = true, append(m.orc[:0], a.identifier(s, 3)...)
		}
		return
	}
	if !m.hasOBR {
		m.hasOBR, m.obr = true, append(m.obr[:0], a.identifier(s, 3)...)
	}
	if c := a.coded(s, 24, 1, 10); len(c) > 0 {
		m.rec.Orders = distinctBytes(m.rec.Orders, c)
	}
}
