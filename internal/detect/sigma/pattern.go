package sigma

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a piece of a value of a rule: text, or a stand-in.
type token struct {
	kind tokenKind
	text string // of literal
}

type tokenKind uint8

const (
	literal tokenKind = iota
	star              // any text, also none
	one               // one character
	dash              // one of the characters that begin an option
)

// parsePattern reads a value (Rules Specification, Escaping). A backslash stands for
// itself unless *, ? or another backslash follows. lax says that an escaped * or ? is a
// wild card all the same, and the second result that there was one.
func parsePattern(s string, lax bool) (out []token, laxed bool) {
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, token{text: b.String()})
			b.Reset()
		}
	}
	wild := func(c byte) {
		flush()
		switch {
		case c == '?':
			out = append(out, token{kind: one})
		case len(out) == 0 || out[len(out)-1].kind != star:
			out = append(out, token{kind: star})
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`*?\`, s[i+1]) >= 0:
			i++
			if lax && s[i] != '\\' {
				laxed = true
				wild(s[i])
				continue
			}
			b.WriteByte(s[i])
		case c == '*' || c == '?':
			wild(c)
		default:
			b.WriteByte(c)
		}
	}
	flush()
	return out, laxed
}

// plainText is the text of a pattern without stand-ins.
func plainText(p []token) (string, bool) {
	switch {
	case len(p) == 0:
		return "", true
	case len(p) == 1 && p[0].kind == literal:
		return p[0].text, true
	}
	return "", false
}

// around puts * before and behind a pattern, where there is none.
func around(p []token, before, behind bool) []token {
	out := make([]token, 0, len(p)+2)
	if before && (len(p) == 0 || p[0].kind != star) {
		out = append(out, token{kind: star})
	}
	out = append(out, p...)
	if behind && (len(out) == 0 || out[len(out)-1].kind != star) {
		out = append(out, token{kind: star})
	}
	return out
}

// dashes are the characters of windash (Modifiers Appendix).
const dashes = "-/–—―"

// windash makes stand-ins of dashes that begin an option: nothing of a word before, the
// beginning of a word behind.
func windash(p []token) []token {
	var out []token
	for _, t := range p {
		if t.kind != literal {
			out = append(out, t)
			continue
		}
		from, before := 0, rune(0)
		for i, r := range t.text {
			n := utf8.RuneLen(r)
			if strings.ContainsRune(dashes, r) && !wordRune(before) && n > 0 {
				next, _ := utf8.DecodeRuneInString(t.text[i+n:])
				if wordRune(next) && i+n < len(t.text) {
					if i > from {
						out = append(out, token{text: t.text[from:i]})
					}
					out = append(out, token{kind: dash})
					from = i + n
				}
			}
			before = r
		}
		if from < len(t.text) {
			out = append(out, token{text: t.text[from:]})
		}
	}
	return out
}

func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// appendLower appends text in lower case, by Unicode; bytes that are no UTF-8 stay.
func appendLower[T string | []byte](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		end := min(i+utf8.UTFMax, len(s))
		r, n := utf8.DecodeRuneInString(string(s[i:end])) // stays on the stack
		if r == utf8.RuneError && n <= 1 {
			dst = append(dst, c)
			i++
			continue
		}
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
		i += n
	}
	return dst
}

func lower(s string) string { return string(appendLower(nil, s)) }

// glob is a pattern ready to be compared: pieces between stars. The first begins the
// text and the last ends it.
type glob struct {
	pieces []piece
}

// piece is text and stand-ins for single characters.
type piece struct {
	text   []byte  // if it is text alone
	tokens []token // else
}

func newGlob(p []token, cased bool) *glob {
	g := &glob{pieces: make([]piece, 1)}
	for _, t := range p {
		last := &g.pieces[len(g.pieces)-1]
		switch {
		case t.kind == star:
			g.pieces = append(g.pieces, piece{})
			continue
		case t.kind == literal && !cased:
			t.text = lower(t.text)
		}
		last.tokens = append(last.tokens, t)
	}
	for i := range g.pieces {
		g.pieces[i].settle()
	}
	return g
}

// settle joins text that stands side by side.
func (p *piece) settle() {
	var b []byte
	for _, t := range p.tokens {
		if t.kind != literal {
			return
		}
		b = append(b, t.text...)
	}
	p.text, p.tokens = b, nil
}

// at is the length of the piece at the beginning of b, -1 if it is not there.
func (p *piece) at(b []byte) int {
	if p.tokens == nil {
		if bytes.HasPrefix(b, p.text) {
			return len(p.text)
		}
		return -1
	}
	n := 0
	for _, t := range p.tokens {
		rest := b[n:]
		switch t.kind {
		case literal:
			if len(rest) < len(t.text) || string(rest[:len(t.text)]) != t.text {
				return -1
			}
			n += len(t.text)
		default:
			r, w := utf8.DecodeRune(rest)
			if w == 0 || t.kind == dash && !strings.ContainsRune(dashes, r) {
				return -1
			}
			n += w
		}
	}
	return n
}

// find is where the piece begins in b, and its length.
func (p *piece) find(b []byte) (at, n int) {
	if p.tokens == nil {
		return bytes.Index(b, p.text), len(p.text)
	}
	for i := range len(b) + 1 {
		if n := p.at(b[i:]); n >= 0 {
			return i, n
		}
	}
	return -1, 0
}

// ends says whether b ends with the piece.
func (p *piece) ends(b []byte) bool {
	if p.tokens == nil {
		return bytes.HasSuffix(b, p.text)
	}
	// A character is at most four bytes, so the piece begins near the end.
	most := 0
	for _, t := range p.tokens {
		most += max(len(t.text), utf8.UTFMax)
	}
	for i := max(0, len(b)-most); i <= len(b); i++ {
		if n := p.at(b[i:]); n >= 0 && n == len(b)-i {
			return true
		}
	}
	return false
}

// match compares text with the pattern. Each piece is taken where it is first found,
// so the work is bounded by the lengths of both and by one pass for each piece.
func (g *glob) match(b []byte) bool {
	n := g.pieces[0].at(b)
	if len(g.pieces) == 1 {
		return n >= 0 && n == len(b)
	}
	if n < 0 {
		return false
	}
	b = b[n:]
	for i := 1; i < len(g.pieces)-1; i++ {
		at, n := g.pieces[i].find(b)
		if at < 0 {
			return false
		}
		b = b[at+n:]
	}
	return g.pieces[len(g.pieces)-1].ends(b)
}

// exact is the text of a pattern without stand-ins.
func (g *glob) exact() ([]byte, bool) {
	return g.pieces[0].text, len(g.pieces) == 1 && g.pieces[0].tokens == nil
}
