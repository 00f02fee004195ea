package wsman

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Bounds of what a walker follows.
const (
	maxDepth = 48  // elements within each other
	maxName  = 48  // bytes of a name without its prefix
	maxText  = 192 // bytes of a value or text that are kept
	maxRef   = 10  // bytes of a reference to a character
)

// sink takes what a walker finds. Names are without prefixes. Slices are valid during
// the call.
type sink interface {
	// begin enters an element; w.in(0) is what it is, w.in(1) what it lies in.
	begin(w *walker)
	// attr is an attribute of the element at hand.
	attr(w *walker, name, value []byte)
	// end leaves the element at hand. text is what stood in it behind its last
	// child, perhaps cut.
	end(w *walker, text []byte)
}

type walkState uint8

const (
	inText     walkState = iota
	inOpen               // behind <
	inBang               // behind <!
	inComment            // up to -->
	inCDATA              // up to ]]>
	inPI                 // up to ?>
	inStart              // the name in a start tag
	inEnd                // an end tag
	inTag                // between attributes
	inAttrName           // the name of an attribute
	wantQuote            // between = and a quote
	inValue              // the value of an attribute
	selfClosed           // behind the / of a start tag
	walkBroken
)

// walker reads XML (XML 1.0, fifth edition) as its bytes arrive, and knows which elements
// it is in. It checks no more than it needs: end tags close whatever is open.
type walker struct {
	state walkState
	quote byte
	run   uint8 // bytes of a closing mark, or of the opening of CDATA, seen
	depth int
	any   bool // an element was there
	stack [maxDepth + 1]element
	nName int
	nText int
	nRef  int  // bytes of a reference under way, with its &, 0 for none
	long  bool // the name is longer than name
	name  [maxName]byte
	text  [maxText]byte
	ref   [maxRef]byte
}

// in is the element that is n levels around the one at hand.
func (w *walker) in(n int) element { return w.stack[max(w.depth-n, 0)] }

// done reports that the outermost element has ended.
func (w *walker) done() bool { return w.any && w.depth == 0 }

// broken reports that the bytes are no XML, nest too deep, or have a document type.
func (w *walker) broken() bool { return w.state == walkBroken }

// fail stops for good. What was gathered may be somebody's secret.
func (w *walker) fail() {
	w.clear()
	w.state = walkBroken
}

func (w *walker) clear() {
	clear(w.text[:])
	w.nText, w.nRef = 0, 0
}

func (w *walker) goTo(s walkState) { w.state, w.run = s, 0 }

func (w *walker) put(b ...byte) { w.nText += copy(w.text[w.nText:], b) }

func (w *walker) startName() { w.nName, w.long = 0, false }

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func (w *walker) appendName(c byte) {
	switch {
	case c == ':': // what was read is a prefix
		w.startName()
	case w.nName == maxName:
		w.long = true
	default:
		w.name[w.nName] = c
		w.nName++
	}
}

// feed consumes b.
func (w *walker) feed(s sink, b []byte) {
	for len(b) > 0 && w.state != walkBroken {
		switch w.state {
		case inText:
			b = w.readText(b)
		case inComment:
			b = w.until(b, '-', 2, '>', false)
		case inPI:
			b = w.until(b, '?', 1, '>', false)
		case inCDATA:
			b = w.until(b, ']', 2, '>', true)
		case inValue:
			b = w.readValue(s, b)
		default:
			w.markup(s, b[0])
			b = b[1:]
		}
	}
}

// gather keeps text up to a byte, and gives what is behind it once it is there.
func (w *walker) gather(b []byte, end byte) (behind []byte, ok bool) {
	run, behind, ok := bytes.Cut(b, []byte{end})
	w.keep(run)
	if ok {
		w.flushRef()
	}
	return behind, ok
}

// readText takes text up to the next tag.
func (w *walker) readText(b []byte) []byte {
	behind, ok := w.gather(b, '<')
	if !ok {
		return nil
	}
	w.goTo(inOpen)
	return behind
}

// keep adds text with its references undone, if the element is one of interest.
func (w *walker) keep(b []byte) {
	if w.state == inText && w.in(0) == other {
		return
	}
	for _, c := range b {
		if w.nText == maxText {
			return
		}
		switch {
		case w.nRef > 0 && c == ';':
			w.reference()
		case c == '&' || w.nRef > 0:
			w.ref[w.nRef] = c
			if w.nRef++; w.nRef == maxRef {
				w.flushRef()
			}
		default:
			w.put(c)
		}
	}
}

// flushRef takes what looked like a reference as it is.
func (w *walker) flushRef() {
	w.put(w.ref[:w.nRef]...)
	w.nRef = 0
}

// reference puts a character for its reference (XML 1.0 4.1, 4.6).
func (w *walker) reference() {
	r := w.ref[1:w.nRef]
	w.nRef = 0
	switch string(r) {
	case "amp":
		w.put('&')
	case "lt":
		w.put('<')
	case "gt":
		w.put('>')
	case "quot":
		w.put('"')
	case "apos":
		w.put('\'')
	default:
		var u [utf8.UTFMax]byte
		w.put(u[:utf8.EncodeRune(u[:], number(r))]...)
	}
}

// number is the character of a numeric reference, U+FFFD for what is none.
func number(r []byte) rune {
	if len(r) < 2 || r[0] != '#' {
		return utf8.RuneError
	}
	base := 10
	if r = r[1:]; r[0] == 'x' {
		base, r = 16, r[1:]
	}
	n, err := strconv.ParseUint(string(r), base, 21)
	if err != nil || n < ' ' {
		return utf8.RuneError
	}
	return rune(n)
}

// until passes a section that ends with n or more of mark and last.
func (w *walker) until(b []byte, mark byte, n uint8, last byte, text bool) []byte {
	for i, c := range b {
		switch {
		case c == mark:
			if w.run < n {
				w.run++
				continue
			}
			if text && w.in(0) != other {
				w.put(c) // one more than the end has
			}
		case c == last && w.run == n:
			w.goTo(inText)
			return b[i+1:]
		default:
			if text && w.in(0) != other {
				for ; w.run > 0; w.run-- {
					w.put(mark)
				}
				w.put(c)
			}
			w.run = 0
		}
	}
	return nil
}

// readValue takes the value of an attribute.
func (w *walker) readValue(s sink, b []byte) []byte {
	behind, ok := w.gather(b, w.quote)
	if !ok {
		return nil
	}
	s.attr(w, w.name[:w.nName], w.text[:w.nText])
	w.clear()
	w.goTo(inTag)
	return behind
}

// markup takes a byte within a tag.
func (w *walker) markup(s sink, c byte) {
	switch w.state {
	case inOpen:
		w.opening(c)
	case inBang:
		w.bang(c)
	case inStart:
		if !space(c) && c != '>' && c != '/' {
			w.appendName(c)
			return
		}
		w.enter(s)
		if w.state != walkBroken {
			w.goTo(inTag)
			w.tag(c)
		}
	case inEnd:
		if c == '>' {
			w.leave(s)
		}
	case inTag:
		w.tag(c)
	case inAttrName:
		switch {
		case c == '=':
			w.goTo(wantQuote)
		case c == '>' || c == '<':
			w.fail()
		case !space(c):
			w.appendName(c)
		}
	case wantQuote:
		if c == '"' || c == '\'' {
			w.quote = c
			w.goTo(inValue)
		} else if !space(c) {
			w.fail()
		}
	case selfClosed:
		if c != '>' {
			w.fail()
			return
		}
		w.leave(s)
	}
}

// opening takes the byte behind <.
func (w *walker) opening(c byte) {
	switch {
	case c == '/':
		w.goTo(inEnd)
	case c == '?':
		w.goTo(inPI)
	case c == '!':
		w.goTo(inBang)
	case space(c) || c == '>' || c == '<' || w.done():
		w.fail()
	default:
		w.goTo(inStart)
		w.startName()
		w.appendName(c)
	}
}

// bang takes a byte behind <!: a comment or CDATA; a document type is refused.
func (w *walker) bang(c byte) {
	const cdata = "[CDATA["
	switch {
	case c == '-' && w.run == 0:
		w.run = 100
	case c == '-' && w.run == 100:
		w.goTo(inComment)
	case int(w.run) < len(cdata) && c == cdata[w.run]:
		if w.run++; int(w.run) == len(cdata) {
			w.goTo(inCDATA)
		}
	default:
		w.fail()
	}
}

// enter goes into the element whose name was read.
func (w *walker) enter(s sink) {
	if w.depth == maxDepth {
		w.fail()
		return
	}
	w.clear()
	w.depth++
	w.any = true
	w.stack[w.depth] = elementOf(w.name[:w.nName])
	if w.long {
		w.stack[w.depth] = other
	}
	s.begin(w)
}

func (w *walker) leave(s sink) {
	if w.depth == 0 {
		w.fail()
		return
	}
	w.flushRef()
	s.end(w, bytes.TrimSpace(w.text[:w.nText]))
	w.clear()
	w.depth--
	w.goTo(inText)
}

// tag takes a byte between attributes.
func (w *walker) tag(c byte) {
	switch {
	case c == '>':
		w.goTo(inText)
	case c == '/':
		w.goTo(selfClosed)
	case space(c):
	case c == '<' || c == '=':
		w.fail()
	default:
		w.goTo(inAttrName)
		w.startName()
		w.appendName(c)
	}
}
