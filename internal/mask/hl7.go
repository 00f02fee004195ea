package mask

// hl7 follows messages of HL7 over MLLP (HL7 2.5.1 2.5, MLLP release 1): it keeps delimiters,
// the names of segments (three letters at the beginning of a line with a separator behind), and of the message header what names programs, times and kinds.
type hl7 struct {
	s [2]hl7Side
}

type hl7Side struct {
	in    bool // within a message
	seg   [3]byte
	n     int // bytes of the segment so far, up to 4
	field int
	sep   byte
	value []byte // of a field that may be looked for, see learns
}

// tellable are the fields of a segment that are kept: of MSH those that name the programs and
// their sites, time, kind, number of the message, processing and version; of MSA how it went and
// which message is meant (HL7 2.5.1 2.14.9, 2.14.8).
func tellable(seg [3]byte, field int) bool {
	switch string(seg[:]) {
	case "MSH":
		return field >= 2 && field <= 12 && field != 8
	case "MSA":
		return field <= 2
	}
	return false
}

// learns are the fields that name a patient: identifiers, names and account (HL7 2.5.1 3.4.2).
func learns(seg [3]byte, field int) bool {
	return string(seg[:]) == "PID" && (field >= 2 && field <= 6 || field == 9 || field == 18 || field == 19)
}

func (h *hl7) lost(d int) bool {
	h.s[d] = hl7Side{}
	return true
}

func (h *hl7) walk(t *talk, d int, b []byte) (done, need int, ok bool) {
	s := &h.s[d]
	from := -1 // of the run of harmless bytes
	for i, c := range b {
		named := s.n == 3 // a separator makes the three letters before it the name of a segment
		if s.take(t, c) {
			if named && s.n == 4 && i >= 3 {
				t.keep(d, i-3, 3)
			}
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 {
			t.keep(d, from, i-from)
			from = -1
		}
	}
	if from >= 0 {
		t.keep(d, from, len(b)-from)
	}
	return len(b), 0, true
}

// The bytes that frame a message.
const (
	blockStart = 0x0b
	blockEnd   = 0x1c
	carriage   = '\r'
)

// take says whether the next byte is harmless.
func (s *hl7Side) take(t *talk, c byte) bool {
	switch {
	case c == blockStart:
		*s = hl7Side{in: true, value: s.value[:0]}
		return true
	case !s.in:
		return c == carriage || c == '\n'
	case c == blockEnd:
		s.close(t)
		s.in = false
		return true
	case c == carriage || c == '\n':
		s.close(t)
		s.n, s.field = 0, 0
		return true
	case s.n < 3:
		s.seg[s.n] = c
		s.n++
		return false
	case s.n == 3:
		s.n++
		if s.field = 1; s.sep == 0 && (string(s.seg[:]) == "MSH" || string(s.seg[1:]) == "HS") && c > ' ' && c < 0x7f {
			s.sep = c // of a message, a batch or a file of them
		}
		return c == s.sep && s.sep != 0
	case c == s.sep && s.sep != 0:
		s.close(t)
		s.field++
		return true
	}
	if learns(s.seg, s.field) && len(s.value) < 4*longest {
		s.value = append(s.value, c)
	}
	if s.sep != 0 && tellable(s.seg, s.number()) {
		return true
	}
	return c == '^' || c == '~' || c == '&'
}

// number is that of the field that is being read: in MSH the separator is the first.
func (s *hl7Side) number() int {
	if string(s.seg[:]) == "MSH" {
		return s.field + 1
	}
	return s.field
}

// close ends a field.
func (s *hl7Side) close(t *talk) {
	if len(s.value) > 0 {
		t.x.words.learn(s.value)
		s.value = s.value[:0]
	}
}
