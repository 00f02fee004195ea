package wire

import "bytes"

// Lines cuts a stream of text into lines without looking at a byte twice, however
// the stream comes in pieces. The zero value is ready.
type Lines struct {
	seen int  // bytes at the front that hold no line end
	long bool // within a line of which the first bytes were given
}

// Next takes a line without its end (LF or CR LF) off the front of b: n bytes
// belong to it. Without a whole line ok is false and n is the number of bytes not
// needed again. Of a line longer than limit its first limit bytes are given, and
// the rest is passed over. line aliases b.
func (l *Lines) Next(b []byte, limit int) (line []byte, n int, ok bool) {
	i := bytes.IndexByte(b[min(l.seen, len(b)):], '\n')
	if i >= 0 {
		i += l.seen
		long := l.long
		l.seen, l.long = 0, false
		if long {
			return nil, i + 1, false
		}
		return bytes.TrimSuffix(b[:min(i, limit)], []byte{'\r'}), i + 1, true
	}
	switch {
	case l.long:
		return nil, len(b), false
	case len(b) >= limit:
		l.seen, l.long = 0, true
		return b[:limit], len(b), true
	}
	l.seen = len(b)
	return nil, 0, false
}

// Holds looks for a word of lower-case letters in b, case aside.
func Holds(b []byte, word string) bool {
	for i := 0; i+len(word) <= len(b); i++ {
		k := 0
		for k < len(word) && b[i+k]|0x20 == word[k] {
			k++
		}
		if k == len(word) {
			return true
		}
	}
	return false
}

// Skip passes over everything up to the next line end: after a loss nobody knows
// where in a line the stream goes on.
func (l *Lines) Skip() { *l = Lines{long: true} }
