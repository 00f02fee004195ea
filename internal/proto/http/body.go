package http

import (
	"bytes"
	"encoding/binary"

	"lazaret/internal/inflate"
	"lazaret/internal/proto"
)

// message is the content that a direction is in.
type message struct {
	x      *exchange
	taker  proto.Taker
	got    int64 // bytes of content, as they came
	coding coding
	lost   bool // bytes of it are missing
	begun  bool // the first byte was seen
	gzip   bool // and it was that of a gzip header
	tail   [4]byte

	z      *inflate.Stream // undoes the coding, nil if nothing does
	undone bool            // it was undone, as far as it went
	coded  int64           // bytes given to z
	clear  int64           // bytes that came of them
}

// tailLen is what must be seen of the end of gzip content to know its length.
const tailLen = 4

// take reads bytes of the content.
func (m *message) take(a *analyzer, b []byte) {
	m.see(b)
	m.got += int64(len(b))
	switch {
	case m.z != nil:
		m.undo(a, b)
	case m.taker != nil && m.coding != codedGzip:
		m.taker.Content(b)
	}
}

// see keeps what is needed of gzip content that is not undone.
func (m *message) see(b []byte) {
	if m.coding != codedGzip || len(b) == 0 {
		return
	}
	if !m.begun {
		m.begun, m.gzip = true, b[0] == 0x1f
	}
	if n := len(b); n >= tailLen {
		m.tail = [tailLen]byte(b[n-tailLen:])
		return
	}
	for _, c := range b {
		m.tail = [tailLen]byte{m.tail[1], m.tail[2], m.tail[3], c}
	}
}

// lose takes a loss of n bytes, 0 if nobody knows how many.
func (m *message) lose(a *analyzer, n int) {
	m.got += int64(n)
	m.lost = true
	if m.z != nil {
		m.drop()
	} else if m.taker != nil {
		m.taker.Lost(n)
	}
}

// run reads or passes over bytes of known number. done tells that these were the
// last. Content that nobody wants passes by but for its end, which shows that it
// is there.
func (s *side) run(a *analyzer, b []byte) (k int, done bool) {
	m := &s.msg
	if s.left <= int64(len(b)) {
		k = int(s.left)
		m.take(a, b[:k])
		s.left = 0
		return k, true
	}
	if m.taker != nil || m.z != nil {
		m.take(a, b)
		s.left -= int64(len(b))
		return len(b), false
	}
	keep := int64(1)
	if m.coding == codedGzip {
		keep = tailLen
	}
	k = max(len(b), int(min(s.left-keep, 1<<40)))
	m.see(b)
	m.got += int64(k)
	s.left -= int64(k)
	return k, false
}

// close ends the content and returns its length, coding undone where that is
// known.
func (m *message) close(whole bool) uint64 {
	n := m.got
	m.release()
	switch {
	case m.undone && !m.lost:
		n = m.clear
	case m.lost || !whole || m.coding != codedGzip || !m.gzip:
	case m.got >= 18: // RFC 1952 2.3
		// The trailer has the length modulo 2^32; more than deflate can make
		// of it (about 1032 to 1) is a lie.
		if size := int64(binary.LittleEndian.Uint32(m.tail[:])); size <= 1040*m.got {
			n = size
		}
	}
	if m.taker != nil {
		m.taker.Close(whole)
	}
	return uint64(max(n, 0))
}

// size reads the size line of a chunk (RFC 9112 7.1).
func (a *analyzer) size(d proto.Dir, s *side, b []byte) (int, bool) {
	i := bytes.IndexByte(b[s.scan:], '\n')
	if i < 0 {
		if s.scan = len(b); s.scan > maxLine {
			return a.badChunk(d, s)
		}
		return 0, false
	}
	i += s.scan
	s.scan = 0
	n, digits := int64(0), 0
	for _, c := range b[:i] {
		v, ok := hexDigit(c)
		if !ok {
			if c != ';' && c != ' ' && c != '\t' && c != '\r' {
				digits = 0
			}
			break
		}
		if n = n<<4 | int64(v); n > maxLength {
			return a.badChunk(d, s)
		}
		digits++
	}
	switch {
	case digits == 0:
		return a.badChunk(d, s)
	case n == 0:
		s.at, s.left = inTrailer, 0
	default:
		s.at, s.left = inChunk, n
	}
	return i + 1, true
}

// badChunk ends a message whose chunks cannot be followed.
func (a *analyzer) badChunk(d proto.Dir, s *side) (int, bool) {
	a.f.Weird("bad_chunk", 0)
	a.finish(d, false)
	s.at, s.fresh = astray, false
	return 0, true
}

// lineBreak reads the end of a line behind a chunk.
func (a *analyzer) lineBreak(d proto.Dir, s *side, b []byte) (int, bool) {
	switch n := emptyLine(b); {
	case n > 0:
		s.at = inSize
		return n, true
	case len(b) == 1 && b[0] == '\r':
		return 0, false
	}
	return a.badChunk(d, s)
}

// trailer passes over the fields behind the last chunk (RFC 9112 7.1.2).
func (a *analyzer) trailer(d proto.Dir, s *side, b []byte) (int, bool) {
	i := bytes.IndexByte(b[s.scan:], '\n')
	if i < 0 {
		if s.scan = len(b); s.scan > maxLine {
			return a.badChunk(d, s)
		}
		return 0, false
	}
	i += s.scan
	s.scan = 0
	if i == 0 || i == 1 && b[0] == '\r' {
		a.finish(d, true)
		return i + 1, true
	}
	if s.left += int64(i); s.left > maxHead {
		return a.badChunk(d, s)
	}
	return i + 1, true
}

// hexDigit is the value of a hexadecimal digit.
func hexDigit(c byte) (byte, bool) {
	switch {
	case c-'0' < 10:
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
