package rest

import (
	"bytes"
)

// MaxPartHead is the most bytes of a part's header fields that are kept; the rest is
// passed over.
const MaxPartHead = 2048

// maxBoundary is the most bytes of a boundary (RFC 2046 5.1.1).
const maxBoundary = 70

// PartSink takes the parts of multipart content in their order. Slices are valid during
// the call.
type PartSink interface {
	// Part begins a part with its header fields, lines and all, perhaps cut.
	Part(head []byte)
	// PartContent brings bytes of the part.
	PartContent(b []byte)
	// PartEnd ends it. whole is false if bytes of it are missing.
	PartEnd(whole bool)
}

type partState uint8

const (
	inPreamble partState = iota
	inMarks              // behind a delimiter: "--", padding and the end of the line
	inHead
	inPart
	inEpilogue
)

// Multipart finds the parts of multipart content. The zero value is of no use; see
// Start.
type Multipart struct {
	delimiter [4 + maxBoundary]byte // CRLF, two hyphens, boundary
	n         int                   // its length
	match     int                   // bytes of the delimiter that have just passed
	before    int                   // of these, bytes that stood before the content
	state     partState
	dashes    int
	torn      bool // bytes of the current part were lost
	line      int  // bytes of the current line of a head
	have      int
	head      [MaxPartHead]byte
}

// Start makes ready for content with that boundary. It is false if the boundary breaks
// the standard: then nothing must be fed.
func (m *Multipart) Start(boundary string) bool {
	if len(boundary) == 0 || len(boundary) > maxBoundary {
		return false
	}
	for _, c := range []byte(boundary) {
		if c < 0x20 || c >= 0x7f {
			return false // a CR within would need a search that goes back
		}
	}
	m.n = copy(m.delimiter[:], "\r\n--")
	m.n += copy(m.delimiter[m.n:], boundary)
	m.match, m.before = 2, 2 // the first delimiter may have no line before it
	m.state, m.dashes, m.torn, m.line, m.have = inPreamble, 0, false, 0, 0
	return true
}

// Feed consumes b. Each byte is looked at once; the delimiter holds one CR, at its
// beginning, so that what failed to match is content up to the byte that did not fit.
func (m *Multipart) Feed(s PartSink, b []byte) {
	for len(b) > 0 {
		switch m.state {
		case inPreamble, inPart:
			b = m.search(s, b)
		case inMarks:
			b = m.marks(b)
		case inHead:
			b = m.header(s, b)
		case inEpilogue:
			return
		}
	}
}

// search looks for the delimiter and gives what stands before it to the sink.
func (m *Multipart) search(s PartSink, b []byte) []byte {
	give := m.state == inPart
	for {
		if m.match == 0 {
			i := bytes.IndexByte(b, '\r')
			if i < 0 {
				i = len(b)
			}
			if give && i > 0 {
				s.PartContent(b[:i])
			}
			if b = b[i:]; len(b) == 0 {
				return nil
			}
			m.match, b = 1, b[1:]
		}
		for len(b) > 0 && m.match < m.n && b[0] == m.delimiter[m.match] {
			m.match++
			b = b[1:]
		}
		switch {
		case m.match == m.n:
			if give {
				s.PartEnd(!m.torn)
			}
			m.match, m.before, m.dashes, m.torn, m.state = 0, 0, 0, false, inMarks
			return b
		case len(b) == 0:
			return nil
		}
		m.give(s)
	}
}

// marks reads what follows a delimiter on its line (RFC 2046 5.1.1).
func (m *Multipart) marks(b []byte) []byte {
	for i, c := range b {
		switch {
		case c == '-' && m.dashes >= 0:
			if m.dashes++; m.dashes == 2 {
				m.state = inEpilogue
				return nil
			}
		case c == '\n':
			m.state, m.line, m.have = inHead, 0, 0
			return b[i+1:]
		default:
			m.dashes = -1
		}
	}
	return nil
}

// header gathers the header fields of a part up to an empty line.
func (m *Multipart) header(s PartSink, b []byte) []byte {
	for i, c := range b {
		if m.have < MaxPartHead {
			m.head[m.have] = c
			m.have++
		}
		switch c {
		case '\n':
			if m.line == 0 {
				m.state = inPart
				s.Part(m.head[:m.have])
				clear(m.head[:m.have])
				// The empty line may be the first of the delimiter of an empty part.
				m.match, m.before = 2, 2
				return b[i+1:]
			}
			m.line = 0
		case '\r':
		default:
			m.line++
		}
	}
	return nil
}

// Lost tells that bytes are missing here.
func (m *Multipart) Lost(s PartSink) {
	switch m.state {
	case inPart:
		m.give(s)
		m.torn = true
	case inMarks, inHead:
		m.state = inPreamble // of this part nothing is known
	}
	m.match, m.before = 0, 0
}

// give gives what looked like a delimiter and was content to the sink.
func (m *Multipart) give(s PartSink) {
	if m.state == inPart && m.match > m.before {
		s.PartContent(m.delimiter[m.before:m.match])
	}
	m.match, m.before = 0, 0
}

// End is called behind the last byte. It reports whether the last delimiter was seen.
func (m *Multipart) End(s PartSink) bool {
	if m.state == inPart {
		m.give(s)
		s.PartEnd(false)
	}
	whole := m.state == inEpilogue
	m.state = inEpilogue
	return whole
}

// PartField is the value of a header field of a part by its name, lower case; empty if
// it is missing. Folded lines are not joined.
func PartField(head []byte, name string) string {
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte{'\n'})
		key, value, ok := bytes.Cut(line, []byte{':'})
		if ok && len(key) == len(name) && equalFold(key, name) {
			value = bytes.TrimSpace(value)
			return string(value[:min(len(value), 256)])
		}
	}
	return ""
}

func equalFold(b []byte, lower string) bool {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
