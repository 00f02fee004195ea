package rest

import (
	"bytes"
	"unicode/utf8"
)

// Bounds of what a Walker follows.
const (
	MaxDepth   = 64  // objects and arrays within each other
	MaxText    = 192 // bytes of a name or a value that are kept
	maxPath    = 192 // bytes of a path
	maxLiteral = 40  // bytes of a number or a literal name
)

// JSONSink takes what a Walker finds. A path is the names of the members that lead to
// a value, joined with dots; arrays add nothing to it. It is nil if it is too long.
// Slices are valid during the call.
type JSONSink interface {
	// Object begins an object at a path; depth counts the objects and arrays
	// around it.
	Object(path []byte, depth int)
	// Value is a string, without its quotes and escapes, or a number or literal
	// name. cut tells that it is longer than v.
	Value(path, v []byte, text, cut bool)
}

type jsonState uint8

const (
	wantValue   jsonState = iota
	wantElement           // a value or the end of an array
	wantName              // a name or the end of an object
	wantNext              // only a name
	wantColon
	wantComma // or the end
	inString
	inName
	inLiteral
	ended
	broken
)

// Walker reads JSON as its bytes arrive. The zero value is ready.
type Walker struct {
	state  jsonState
	depth  int
	lost   int  // depth at which the path became too long, 0 if it is known
	escape int8 // 0 none, 1 behind a backslash, 2 to 5 within \u
	cut    bool
	rune   rune
	n      int // bytes in text
	plen   int // bytes in path
	array  [MaxDepth + 1]bool
	ends   [MaxDepth + 1]uint8 // length of the path outside of each level
	path   [maxPath]byte
	text   [MaxText]byte
}

// Start makes ready for new content.
func (w *Walker) Start() { *w = Walker{} }

// Done reports that the value has ended.
func (w *Walker) Done() bool { return w.state == ended }

// Broken reports that the bytes are no JSON or nest too deep.
func (w *Walker) Broken() bool { return w.state == broken }

// Lost tells that bytes are missing: nothing behind them can be understood.
func (w *Walker) Lost() {
	w.wipe()
	w.state = broken
}

// End is called behind the last byte.
func (w *Walker) End(s JSONSink) {
	if w.state == inLiteral {
		w.value(s)
	}
	if w.state == wantComma && w.depth == 0 {
		w.state = ended
	}
	if w.state != ended {
		w.state = broken
	}
	w.wipe()
}

func (w *Walker) wipe() {
	clear(w.text[:])
	w.n = 0
}

// Feed consumes b.
func (w *Walker) Feed(s JSONSink, b []byte) {
	for len(b) > 0 {
		switch w.state {
		case inString, inName:
			b = w.str(s, b)
		case inLiteral:
			b = w.literal(s, b)
		case ended, broken:
			return
		default:
			if c := b[0]; c > ' ' {
				w.token(s, c)
			} else if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
				w.state = broken
			}
			b = b[1:]
		}
	}
}

// token takes a byte outside of strings and literals. The first byte of a literal is
// kept by begin.
func (w *Walker) token(s JSONSink, c byte) {
	st := w.state
	switch {
	case c == '}' && (st == wantName || st == wantComma) && w.depth > 0 && !w.array[w.depth],
		c == ']' && (st == wantElement || st == wantComma) && w.depth > 0 && w.array[w.depth]:
		w.leave()
	case st == wantName || st == wantNext:
		if c != '"' {
			w.state = broken
			return
		}
		w.begin(inName)
	case st == wantColon:
		w.state = wantValue
		if c != ':' {
			w.state = broken
		}
	case st == wantComma:
		switch {
		case c != ',' || w.depth == 0:
			w.state = broken
		case w.array[w.depth]:
			w.state = wantValue
		default:
			w.state = wantNext
		}
	case c == '{' || c == '[':
		w.enter(s, c == '[')
	case c == '"':
		w.begin(inString)
	case c == '-' || c >= '0' && c <= '9' || c == 't' || c == 'f' || c == 'n':
		w.begin(inLiteral)
		w.keep(c)
	default:
		w.state = broken
	}
}

func (w *Walker) begin(st jsonState) {
	w.state, w.n, w.cut, w.escape = st, 0, false, 0
}

func (w *Walker) keep(c byte) {
	if w.n < MaxText {
		w.text[w.n] = c
		w.n++
	} else {
		w.cut = true
	}
}

// enter goes into an object or an array.
func (w *Walker) enter(s JSONSink, array bool) {
	if w.depth == MaxDepth {
		w.state = broken
		return
	}
	if !array {
		s.Object(w.where(), w.depth)
	}
	w.depth++
	w.array[w.depth], w.ends[w.depth] = array, uint8(w.plen)
	w.state = wantName
	if array {
		w.state = wantElement
	}
}

// leave goes out of an object or an array.
func (w *Walker) leave() {
	w.plen = int(w.ends[w.depth])
	if w.lost >= w.depth {
		w.lost = 0
	}
	w.depth--
	w.state = wantComma
	if w.depth == 0 {
		w.state = ended
	}
}

// where is the path of the value at hand.
func (w *Walker) where() []byte {
	if w.lost > 0 {
		return nil
	}
	return w.path[:w.plen:w.plen]
}

// str takes bytes of a name or a string.
func (w *Walker) str(s JSONSink, b []byte) []byte {
	for len(b) > 0 {
		if w.escape != 0 {
			w.escaped(b[0])
			if b = b[1:]; w.state == broken {
				return nil
			}
			continue
		}
		end := bytes.IndexByte(b, '"')
		run := b
		if end >= 0 {
			run = b[:end]
		}
		if i := bytes.IndexByte(run, '\\'); i >= 0 {
			w.add(run[:i])
			w.escape, b = 1, b[i+1:]
			continue
		}
		w.add(run)
		if end < 0 {
			return nil
		}
		if w.state == inName {
			w.name()
		} else {
			w.emit(s, true)
		}
		return b[end+1:]
	}
	return nil
}

func (w *Walker) add(b []byte) {
	k := copy(w.text[w.n:], b)
	w.n += k
	w.cut = w.cut || k < len(b)
}

// escaped takes a byte of an escape (RFC 8259 7).
func (w *Walker) escaped(c byte) {
	if w.escape == 1 {
		w.escape = 0
		switch c {
		case 'u':
			w.escape, w.rune = 2, 0
		case 'n', 'r', 't', 'b', 'f':
			w.keep(' ')
		default:
			w.keep(c)
		}
		return
	}
	d := hex(c)
	if d < 0 {
		w.state = broken
		return
	}
	w.rune = w.rune<<4 | rune(d)
	if w.escape++; w.escape < 6 {
		return
	}
	w.escape = 0
	var u [utf8.UTFMax]byte
	w.add(u[:utf8.EncodeRune(u[:], w.rune)])
}

// name puts the name of a member at the end of the path.
func (w *Walker) name() {
	w.state = wantColon
	if w.lost > 0 && w.lost < w.depth {
		return // below a name that was too long
	}
	w.lost = 0
	at := int(w.ends[w.depth])
	if w.cut || at+1+w.n > maxPath {
		w.lost, w.plen = w.depth, at
		return
	}
	if at > 0 {
		w.path[at] = '.'
		at++
	}
	w.plen = at + copy(w.path[at:], w.text[:w.n])
}

// literal takes bytes of a number, true, false or null.
func (w *Walker) literal(s JSONSink, b []byte) []byte {
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c == '.', c == '+', c == '-', c == 'E':
			if w.keep(c); w.n > maxLiteral {
				w.n, w.cut = maxLiteral, true
			}
		default:
			w.value(s)
			return b[i:]
		}
	}
	return nil
}

func (w *Walker) value(s JSONSink) { w.emit(s, false) }

// emit gives a value on.
func (w *Walker) emit(s JSONSink, text bool) {
	w.state = wantComma
	s.Value(w.where(), w.text[:w.n:w.n], text, w.cut)
	clear(w.text[:w.n]) // it may have been a patient's
	if w.depth == 0 {
		w.state = ended
	}
}
