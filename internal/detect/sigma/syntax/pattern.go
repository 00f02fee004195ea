package syntax

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is a piece of a value of a rule: text, or a stand-in.
type Token struct {
	Kind TokenKind
	Text string // of Literal
}

// TokenKind says what a token stands for.
type TokenKind uint8

// Kinds of tokens.
const (
	Literal TokenKind = iota // Text, as it is
	Star                     // any text, also none
	One                      // one character
	Dash                     // one of the characters that begin an option
)

// ParsePattern reads a value (Rules Specification, Escaping). A backslash stands for
// itself unless *, ? or another backslash follows. lax says that an escaped * or ? is a
// wild card all the same, and the second result that there was one.
func ParsePattern(s string, lax bool) (out []Token, laxed bool) {
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, Token{Text: b.String()})
			b.Reset()
		}
	}
	wild := func(c byte) {
		flush()
		switch {
		case c == '?':
			out = append(out, Token{Kind: One})
		case len(out) == 0 || out[len(out)-1].Kind != Star:
			out = append(out, Token{Kind: Star})
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

// PlainText is the text of a pattern; false if it has stand-ins.
func PlainText(p []Token) (string, bool) {
	switch {
	case len(p) == 0:
		return "", true
	case len(p) == 1 && p[0].Kind == Literal:
		return p[0].Text, true
	}
	return "", false
}

// around puts * before and behind a pattern, where there is none.
func around(p []Token, before, behind bool) []Token {
	out := make([]Token, 0, len(p)+2)
	if before && (len(p) == 0 || p[0].Kind != Star) {
		out = append(out, Token{Kind: Star})
	}
	out = append(out, p...)
	if behind && (len(out) == 0 || out[len(out)-1].Kind != Star) {
		out = append(out, Token{Kind: Star})
	}
	return out
}

// dashes are the characters of windash (Modifiers Appendix).
const dashes = "-/–—―"

// windash makes stand-ins of dashes that begin an option: nothing of a word before, the
// beginning of a word behind.
func windash(p []Token) []Token {
	var out []Token
	for _, t := range p {
		if t.Kind != Literal {
			out = append(out, t)
			continue
		}
		from, before := 0, rune(0)
		for i, r := range t.Text {
			n := utf8.RuneLen(r)
			if strings.ContainsRune(dashes, r) && !wordRune(before) && n > 0 {
				next, _ := utf8.DecodeRuneInString(t.Text[i+n:])
				if wordRune(next) && i+n < len(t.Text) {
					if i > from {
						out = append(out, Token{Text: t.Text[from:i]})
					}
					out = append(out, Token{Kind: Dash})
					from = i + n
				}
			}
			before = r
		}
		if from < len(t.Text) {
			out = append(out, Token{Text: t.Text[from:]})
		}
	}
	return out
}

func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// AppendLower appends text in lower case, by Unicode; bytes that are no UTF-8 stay. It
// allocates only what dst grows by.
func AppendLower[T string | []byte](dst []byte, s T) []byte {
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

// Lower is a text in lower case, by Unicode.
func Lower(s string) string { return string(AppendLower(nil, s)) }

// Glob is a pattern ready to be compared: pieces between stars. The first begins the
// text and the last ends it.
type Glob struct {
	Pieces []Piece
}

// Piece is text and stand-ins for single characters. It must not be changed.
type Piece struct {
	Text   []byte  // if it is text alone
	Tokens []Token // else
}

// NewGlob makes a pattern ready. Unless cased, it is to be compared with text in lower
// case (AppendLower).
func NewGlob(p []Token, cased bool) *Glob {
	g := &Glob{Pieces: make([]Piece, 1)}
	for _, t := range p {
		last := &g.Pieces[len(g.Pieces)-1]
		switch {
		case t.Kind == Star:
			g.Pieces = append(g.Pieces, Piece{})
			continue
		case t.Kind == Literal && !cased:
			t.Text = Lower(t.Text)
		}
		last.Tokens = append(last.Tokens, t)
	}
	for i := range g.Pieces {
		g.Pieces[i].settle()
	}
	return g
}

// settle joins text that stands side by side.
func (p *Piece) settle() {
	var b []byte
	for _, t := range p.Tokens {
		if t.Kind != Literal {
			return
		}
		b = append(b, t.Text...)
	}
	p.Text, p.Tokens = b, nil
}

// at is the length of the piece at the beginning of b, -1 if it is not there.
func (p *Piece) at(b []byte) int {
	if p.Tokens == nil {
		if bytes.HasPrefix(b, p.Text) {
			return len(p.Text)
		}
		return -1
	}
	n := 0
	for _, t := range p.Tokens {
		rest := b[n:]
		switch t.Kind {
		case Literal:
			if len(rest) < len(t.Text) || string(rest[:len(t.Text)]) != t.Text {
				return -1
			}
			n += len(t.Text)
		default:
			r, w := utf8.DecodeRune(rest)
			if w == 0 || t.Kind == Dash && !strings.ContainsRune(dashes, r) {
				return -1
			}
			n += w
		}
	}
	return n
}

// find is where the piece begins in b, and its length.
func (p *Piece) find(b []byte) (at, n int) {
	if p.Tokens == nil {
		return bytes.Index(b, p.Text), len(p.Text)
	}
	for i := range len(b) + 1 {
		if n := p.at(b[i:]); n >= 0 {
			return i, n
		}
	}
	return -1, 0
}

// ends says whether b ends with the piece.
func (p *Piece) ends(b []byte) bool {
	if p.Tokens == nil {
		return bytes.HasSuffix(b, p.Text)
	}
	// A character is at most four bytes, so the piece begins near the end.
	most := 0
	for _, t := range p.Tokens {
		most += max(len(t.Text), utf8.UTFMax)
	}
	for i := max(0, len(b)-most); i <= len(b); i++ {
		if n := p.at(b[i:]); n >= 0 && n == len(b)-i {
			return true
		}
	}
	return false
}

// Match compares text with the pattern. Each piece is taken where it is first found,
// so the work is bounded by the lengths of both and by one pass for each piece.
func (g *Glob) Match(b []byte) bool {
	n := g.Pieces[0].at(b)
	if len(g.Pieces) == 1 {
		return n >= 0 && n == len(b)
	}
	if n < 0 {
		return false
	}
	b = b[n:]
	for i := 1; i < len(g.Pieces)-1; i++ {
		at, n := g.Pieces[i].find(b)
		if at < 0 {
			return false
		}
		b = b[at+n:]
	}
	return g.Pieces[len(g.Pieces)-1].ends(b)
}

// Exact is the text of a pattern, in lower case unless it is cased; false if it has
// stand-ins. It must not be changed.
func (g *Glob) Exact() ([]byte, bool) {
	return g.Pieces[0].Text, len(g.Pieces) == 1 && g.Pieces[0].Tokens == nil
}
