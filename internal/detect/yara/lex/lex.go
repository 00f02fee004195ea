// Package lex takes rule files of YARA apart into words.
//
// A Lexer gives names, numbers, texts, regular expressions, the four ways to speak of a
// string ($a, #a, @a, !a) and signs, each with its line (YARA 4.2, "Writing YARA
// rules"; escapes and the endings KB and MB are undone). What stands between the braces
// of a hexadecimal string is given as it is, for it has a grammar of its own.
//
// It refuses nothing by itself: a fault is told to a function, and the next token
// follows, so that one bad word does not hide what stands behind it. Which words may
// follow which is the business of the parser.
//
// Memory: tokens are parts of the text, which belongs to the caller and must not change.
package lex

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is that of a token.
type Kind uint8

// The kinds of tokens.
const (
	End Kind = iota
	Name
	Int
	Float
	Text
	Regex
	String // $a, with a * behind it for many
	Count  // #a
	Offset // @a
	Length // !a
	Sign   // operators and brackets
)

// Token is a word of a rule.
type Token struct {
	Kind  Kind
	Text  string // name, sign, text or expression; of strings with $
	Flags string // of an expression
	Num   int64
	Float float64
	Line  int // from 1
}

// String is the token as it is shown in a fault.
func (t Token) String() string {
	switch t.Kind {
	case End:
		return "the end of the file"
	case Text:
		return strconv.Quote(Cut(t.Text, 40))
	case Regex:
		return "/" + Cut(t.Text, 40) + "/"
	}
	return strconv.Quote(Cut(t.Text, 40))
}

// Cut bounds a text that is shown.
func Cut(s string, n int) string {
	if len(s) > n {
		return s[:n] + "..."
	}
	return s
}

// Lexer takes a rule file apart.
type Lexer struct {
	Fail func(line int, what string) // is told of each fault

	text string
	at   int
	line int
}

// New makes a Lexer at the beginning of a text.
func New(text string, fail func(line int, what string)) *Lexer {
	return &Lexer{text: text, line: 1, Fail: fail}
}

// skip passes over blanks and comments.
func (l *Lexer) skip() {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch {
		case rest[0] == '\n':
			l.line++
			l.at++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r' || rest[0] == '\v' || rest[0] == '\f':
			l.at++
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.at += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				l.Fail(l.line, "a comment /* is not closed")
				l.at = len(l.text)
				return
			}
			l.line += strings.Count(rest[:n+4], "\n")
			l.at += n + 4
		default:
			return
		}
	}
}

// NameByte says whether a byte may stand in a name.
func NameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// word takes the bytes of a name.
func (l *Lexer) word() string {
	from := l.at
	for l.at < len(l.text) && NameByte(l.text[l.at]) {
		l.at++
	}
	return l.text[from:l.at]
}

// Next gives the next Token.
func (l *Lexer) Next() Token {
	l.skip()
	t := Token{Line: l.line}
	if l.at >= len(l.text) {
		return t
	}
	c := l.text[l.at]
	switch {
	case c >= '0' && c <= '9':
		l.number(&t)
	case NameByte(c):
		t.Kind, t.Text = Name, l.word()
	case c == '"':
		l.quoted(&t)
	case c == '/':
		l.expression(&t)
	case c == '$' || c == '#' || c == '@' || c == '!' && !strings.HasPrefix(l.text[l.at:], "!="):
		l.at++
		t.Kind = map[byte]Kind{'$': String, '#': Count, '@': Offset, '!': Length}[c]
		t.Text = "$" + l.word()
		if c == '$' && l.at < len(l.text) && l.text[l.at] == '*' {
			l.at++
			t.Text += "*"
		}
	default:
		l.sign(&t)
	}
	return t
}

func (l *Lexer) sign(t *Token) {
	t.Kind = Sign
	for _, s := range []string{"<<", ">>", "<=", ">=", "==", "!=", ".."} {
		if strings.HasPrefix(l.text[l.at:], s) {
			t.Text = s
			l.at += 2
			return
		}
	}
	t.Text = l.text[l.at : l.at+1]
	l.at++
}

// number reads an integer with its ending (KB, MB) or a number with a point.
func (l *Lexer) number(t *Token) {
	from := l.at
	word := l.word()
	t.Kind, t.Text = Int, word
	if l.at+1 < len(l.text) && l.text[l.at] == '.' && l.text[l.at+1] >= '0' && l.text[l.at+1] <= '9' {
		l.at++
		l.word()
		t.Kind, t.Text = Float, l.text[from:l.at]
		var err error
		if t.Float, err = strconv.ParseFloat(t.Text, 64); err != nil {
			l.Fail(t.Line, fmt.Sprintf("%q is no number", Cut(t.Text, 40)))
		}
		return
	}
	base, digits, factor := 10, word, int64(1)
	switch {
	case strings.HasPrefix(word, "0x"):
		base, digits = 16, word[2:]
	case strings.HasPrefix(word, "0o"):
		base, digits = 8, word[2:]
	case strings.HasSuffix(word, "KB"):
		digits, factor = word[:len(word)-2], 1<<10
	case strings.HasSuffix(word, "MB"):
		digits, factor = word[:len(word)-2], 1<<20
	}
	n, err := strconv.ParseInt(digits, base, 64)
	if err != nil || strings.Contains(digits, "_") || n > (1<<63-1)/factor {
		l.Fail(t.Line, fmt.Sprintf("%q is no integer of 64 bits", Cut(word, 40)))
	}
	t.Num = n * factor
}

// quoted reads a text string with its escapes.
func (l *Lexer) quoted(t *Token) {
	t.Kind = Text
	var out []byte
	for l.at++; l.at < len(l.text); l.at++ {
		c := l.text[l.at]
		switch c {
		case '"':
			l.at++
			t.Text = string(out)
			return
		case '\n':
			l.Fail(t.Line, "a text string is not closed on its line")
			return
		case '\\':
			v, n := escaped(l.text[l.at+1:])
			if n == 0 {
				l.Fail(t.Line, `an escape that is none of \" \\ \t \n \r \xNN`)
				n = 1
			}
			out = append(out, v)
			l.at += n
		default:
			out = append(out, c)
		}
	}
	l.Fail(t.Line, "a text string is not closed")
}

// escaped reads what follows a backslash; n is 0 if that is not known.
func escaped(s string) (v byte, n int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case '"', '\\':
		return s[0], 1
	case 't':
		return '\t', 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 'x':
		if len(s) >= 3 {
			if v, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
				return byte(v), 3
			}
		}
	}
	return 0, 0
}

// expression reads a regular expression with its flags.
func (l *Lexer) expression(t *Token) {
	t.Kind = Regex
	var out []byte
	for l.at++; l.at < len(l.text); l.at++ {
		c := l.text[l.at]
		if c == '\n' {
			break
		}
		if c == '\\' && l.at+1 < len(l.text) && l.text[l.at+1] != '\n' {
			l.at++
			if l.text[l.at] != '/' {
				out = append(out, '\\')
			}
			out = append(out, l.text[l.at])
			continue
		}
		if c != '/' {
			out = append(out, c)
			continue
		}
		l.at++
		from := l.at
		for l.at < len(l.text) && (l.text[l.at] == 'i' || l.text[l.at] == 's') {
			l.at++
		}
		t.Text, t.Flags = string(out), l.text[from:l.at]
		return
	}
	l.Fail(t.Line, "a regular expression is not closed on its line")
}

// Braces takes what stands between { and }, as hexadecimal strings are written.
func (l *Lexer) Braces() string {
	l.skip()
	line := l.line
	from := l.at + 1
	for l.at < len(l.text) && l.text[l.at] != '}' {
		switch rest := l.text[l.at:]; {
		case rest[0] == '\n':
			l.line++
		case strings.HasPrefix(rest, "//"):
			if n := strings.IndexByte(rest, '\n'); n > 0 {
				l.at += n - 1
			}
		case strings.HasPrefix(rest, "/*"):
			if n := strings.Index(rest[2:], "*/"); n >= 0 {
				l.line += strings.Count(rest[:n+2], "\n")
				l.at += n + 3
			}
		}
		l.at++
	}
	if l.at >= len(l.text) {
		l.Fail(line, "a hexadecimal string is not closed")
		return ""
	}
	l.at++
	return l.text[from : l.at-1]
}

// Brace says whether a { comes next.
func (l *Lexer) Brace() bool {
	l.skip()
	return l.at < len(l.text) && l.text[l.at] == '{'
}
