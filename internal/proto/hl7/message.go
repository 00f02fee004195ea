package hl7

import (
	"slices"

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
	return string(m.val(valType)) == "MDM" || m.seen[segTXA>>6]>>(segTXA&63)&1 != 0
}

// analyzer is one conversation.
type analyzer struct {
	flow  proto.Flow
	sides [2]side
	pairs pairs
	given int    // length of what Parse was given
	base  uint64 // position where the current call began
}

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
	a.base, a.given = s.off, len(b)
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
	a.base = s.off
	a.abandon(s, gapInMessage)
	s.at, s.framed, s.hasBatch, s.hasHeader = seeking, false, false, false
	s.batch, s.file = false, false
	s.candidate(0)
	return true
}

// abandon ends the message in progress before its end was seen.
func (a *analyzer) abandon(s *side, code int) {
	if s.msg == nil {
		return
	}
	a.closeSegment(s, false)
	if s.msg == nil {
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
	a.base = s.off
	if s.msg != nil && s.framed {
		a.abandon(s, cutMessage)
	} else if s.msg != nil {
		ended := s.cand && s.ncand == 0 && s.edge != blockStart
		s.cand = false
		a.closeSegment(s, ended || s.msg.seg != segPID && s.msg.seg != segORC && s.msg.seg != segOBR)
		if s.msg != nil {
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
		a.flow.Weird(weirdCodes[code], min(int(s.off-a.base), a.given))
	}
}

// openMessage begins a message at position at.
func (a *analyzer) openMessage(s *side, at uint64) {
	m := rooms.Get().(*message)
	m.began, m.from = a.flow.Now(), at
	m.rec.IsOrig, m.rec.MLLP, m.rec.Batch = s.dir == proto.Orig, s.framed, s.batch || s.file
	s.said, s.msg = 0, m
}

// finish completes the record of the message, which ended before position end,
// and passes it to the pairing.
func (a *analyzer) finish(s *side, end uint64, t event.Time) {
	m := s.msg
	s.msg, s.at, s.said = nil, outside, 0
	m.rec.Bytes = end - m.from
	id := m.obr
	if len(id) == 0 {
		id = m.orc
	}
	if len(id) > 0 {
		m.rec.Accession = a.flow.Pseudonym("accession", id)
	}
	a.pairs.take(s.dir, m, t)
	m.release()
}

// take reads the kept fields of the segment that just ended.
func (a *analyzer) take(s *side) {
	m := s.msg
	r, d := &m.rec, &m.delims
	if m.longs != 0 {
		a.weird(s, longField)
	}
	switch m.seg {
	case segMSH:
		a.takeHeader(s)
	case segMSA:
		if !m.answer {
			m.answer = true
			m.code = ackCode(a.coded(s, 1, 1, 8))
			b, _ := m.get(2)
			m.id = append(m.id[:0], m.decode(d, d.component(b, 1))...)
		}
	case segEVN:
		if !m.hasEVN {
			c := a.coded(s, 1, 1, 16)
			if m.hasEVN = len(c) > 0; m.hasEVN && len(m.val(valEvent)) == 0 {
				m.set(valEvent, c)
			}
		}
	case segPID:
		a.takePatient(s)
	case segPV1:
		if len(m.val(valClass)) == 0 && len(m.val(valLocation)) == 0 {
			m.set(valClass, a.coded(s, 2, 1, 16))
			b, _ := m.get(3)
			m.set(valLocation, m.joined(d.place(b)))
		}
	case segOBR, segORC:
		a.takeOrder(s)
	case segTXA:
		b, _ := m.get(2)
		r.HasConsent = r.HasConsent || consent(b, d)
		if len(m.val(valDoc)) == 0 {
			c := d.component(b, 1)
			if len(c) == 0 {
				c = d.component(b, 2)
			}
			m.set(valDoc, m.decode(d, c))
		}
	case segOBX:
		if !r.HasConsent {
			b, _ := m.get(3)
			r.HasConsent = consent(b, d)
		}
		r.Equipment = m.repeated(18, r.Equipment)
	case segPRT:
		r.Participation = m.repeated(10, r.Participation)
		if udi := m.udi(); udi != "" {
			r.UDI = distinct(r.UDI, udi)
		}
	}
}

// takeHeader reads MSH (v2.9 2.13.9). MSH-18 decides how the rest is read.
func (a *analyzer) takeHeader(s *side) {
	m := s.msg
	d := &m.delims
	enc, long := m.get(2)
	if !d.setEncoding(enc) || long {
		a.weird(s, badDelimiters)
	}
	a.takeCharset(s)
	for no := uint8(3); no <= 6; no++ {
		b, _ := m.get(no)
		c := d.component(b, 1)
		if len(trim(c)) == 0 {
			c = d.component(b, 2)
		}
		m.set(valApp+int(no-3), m.decode(d, c))
	}
	t, _ := m.get(7)
	if t = d.component(t, 1); stamp(t) == nil && len(t) > 0 {
		a.weird(s, badValue)
	}
	m.set(valTime, stamp(t))
	m.set(valType, a.coded(s, 9, 1, 16))
	m.set(valEvent, a.coded(s, 9, 2, 16))
	m.set(valStructure, a.coded(s, 9, 3, 16))
	id, _ := m.get(10)
	m.set(valID, m.decode(d, d.component(id, 1)))
	m.set(valProcessing, a.coded(s, 11, 1, 4))
	m.set(valVersion, a.coded(s, 12, 1, 16))
	m.accept, m.app = asks(a.coded(s, 15, 1, 4)), asks(a.coded(s, 16, 1, 4))
	if len(m.val(valType)) == 0 {
		a.weird(s, badHeader)
	}
}

// asks tells whether an acknowledgement condition (table 0155) asks for one.
func asks(b []byte) bool { return len(b) > 0 && string(b) != "NE" }

// takeCharset reads MSH-18 (table 0211). Only known names reach the record.
func (a *analyzer) takeCharset(s *side) {
	m := s.msg
	b, _ := m.get(18)
	first, utf := true, false
	for more := len(b) > 0; more; {
		var c []byte
		c, b, more = cut(b, m.delims.rep)
		c = trim(c)
		if len(c) == 0 {
			first = false
			continue
		}
		var up [24]byte
		set, known := charsets[""], false
		if len(c) <= len(up) {
			u := up[:copy(up[:], c)]
			for i, x := range u {
				if x >= 'a' && x <= 'z' {
					u[i] = x - 32
				}
			}
			if set, known = charsets[string(u)]; known {
				utf = utf || first && u[0] == 'U'
				m.wide = m.wide || set.enc == japanese.ISO2022JP
				if first || set.enc == japanese.ISO2022JP && m.enc == nil && !utf {
					m.enc = set.enc // ISO 2022 switches by itself, wherever it is listed
				}
			}
		}
		switch {
		case !known:
			a.weird(s, unknownCharset)
			m.rec.Charset = distinct(m.rec.Charset, "other")
		case m.rec.Charset == nil && string(c) == set.list[0]:
			m.rec.Charset = set.list
		default:
			m.rec.Charset = distinctBytes(m.rec.Charset, c)
		}
		first = false
	}
}

// takePatient hashes PID-3.1, or PID-2.1 when that is empty (v2.9 3.4.2). The
// identifier is trimmed of spaces and NULs, as DICOM's patient id is.
func (a *analyzer) takePatient(s *side) {
	m := s.msg
	id := m.identifier(3)
	if len(id) == 0 && !m.torn { // a lost PID-3 is not an empty one
		id = m.identifier(2)
	}
	if len(id) == 0 {
		m.hasPID = true
		return
	}
	h := a.flow.Pseudonym("patient", id)
	clear(m.tmp)
	r := &m.rec
	switch {
	case !m.hasPID:
		r.Patient = h
	case h != r.Patient && len(r.MorePatients) < maxPatients && !slices.Contains(r.MorePatients, h):
		r.MorePatients = append(r.MorePatients, h)
	}
	m.hasPID = true
}

// identifier returns the first component of a field, decoded and trimmed, in
// m.tmp. A value that passed the bound is none.
func (m *message) identifier(no uint8) []byte {
	b, long := m.get(no)
	c := m.delims.component(b, 1)
	if len(c) == 0 || long && len(c) == len(b) {
		return nil
	}
	m.tmp = m.delims.unescape(m.tmp[:0], c)
	id := m.tmp
	for len(id) > 0 && (id[0] == ' ' || id[0] == 0) {
		id = id[1:]
	}
	for len(id) > 0 && (id[len(id)-1] == ' ' || id[len(id)-1] == 0) {
		id = id[:len(id)-1]
	}
	return id
}

// takeOrder reads OBR or ORC (v2.9 4.5.3, 4.5.1). The first of each counts for
// the order number.
func (a *analyzer) takeOrder(s *side) {
	m := s.msg
	if m.seg == segORC {
		if !m.hasORC {
			m.hasORC, m.orc = true, append(m.orc[:0], m.identifier(3)...)
		}
		return
	}
	if !m.hasOBR {
		m.hasOBR, m.obr = true, append(m.obr[:0], m.identifier(3)...)
	}
	c := a.coded(s, 24, 1, 10)
	if list := sections[string(c)]; m.rec.Orders == nil && list != nil {
		m.rec.Orders = list
	} else if len(c) > 0 {
		m.rec.Orders = distinctBytes(m.rec.Orders, c)
	}
}
