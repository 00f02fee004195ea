// Package pattern reads patterns of STIX 2.1 as far as one record can decide them: an
// observation or several joined by OR, in each comparisons of equality joined by OR and
// AND, with = and IN, and ISSUBSET for addresses.
//
// The result is a list of alternatives, each a list of comparisons that one record must
// all meet. What a path means is not known here.
//
// It refuses, with the reason, what needs several records (AND and FOLLOWEDBY between
// observations, qualifiers), what is no equality (LIKE, MATCHES, !=, NOT, EXISTS), and
// patterns that would become too large.
//
// Memory: bounded by maxTerms comparisons and maxDepth parentheses; nothing is kept.
//
// Standard: STIX 2.1 (OASIS), chapter 9.
package pattern

import (
	"fmt"
	"strings"
)

// Term is one comparison of equality.
type Term struct {
	Path   string // in small letters, without quotes and the index of any element
	Value  string
	Number bool // the value is a number without a sign
	Subset bool // the value is a network: ISSUBSET
}

const (
	maxTerms = 4096 // of a pattern
	maxDepth = 32   // of parentheses
)

// parser reads a pattern token by token.
type parser struct {
	rest  string
	tok   token
	depth int
	terms int
}

type token struct {
	kind byte // 's' string, 'w' word, 'p' path, 'n' number, 'c' other constant, 0 end, else itself
	text string
}

// errPattern is a reason; it is told with the id of the object.
type errPattern string

func (e errPattern) Error() string { return string(e) }

// Parse gives the alternatives of a pattern.
func Parse(s string) (out [][]Term, err error) {
	p := &parser{rest: s}
	if err := p.next(); err != nil {
		return nil, err
	}
	if out, err = p.observations(); err != nil {
		return nil, err
	}
	if p.tok.kind != 0 {
		return nil, p.unexpected("the end")
	}
	return out, nil
}

func (p *parser) unexpected(want string) error {
	if p.tok.kind == 0 {
		return errPattern("ends where " + want + " was expected")
	}
	return errPattern(fmt.Sprintf("has %q where %s was expected", cut(p.tok.text), want))
}

// observations reads [..] OR [..], with parentheses.
func (p *parser) observations() ([][]Term, error) {
	var out [][]Term
	for {
		part, err := p.observation()
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		if p.tok.kind != 'w' {
			return out, nil
		}
		switch p.tok.text {
		case "OR":
		case "AND", "FOLLOWEDBY":
			return nil, errPattern("joins observations by " + p.tok.text + ", which no single record can show")
		default:
			return nil, errPattern("has the qualifier " + cut(p.tok.text) + ", which is not supported")
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) observation() ([][]Term, error) {
	open := p.tok.kind
	closing, inner := byte(']'), p.anyOf
	switch open {
	case '[':
	case '(':
		closing, inner = ')', p.observations
	default:
		return nil, p.unexpected("an observation in brackets")
	}
	return p.within(closing, inner)
}

// within reads what stands between two brackets.
func (p *parser) within(closing byte, inner func() ([][]Term, error)) ([][]Term, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errPattern(fmt.Sprintf("has more than %d parentheses in each other", maxDepth))
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	out, err := inner()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != closing {
		return nil, p.unexpected(string(closing))
	}
	p.depth--
	return out, p.next()
}

// anyOf reads comparisons joined by OR, which binds less than AND.
func (p *parser) anyOf() ([][]Term, error) {
	var out [][]Term
	for {
		part, err := p.allOf()
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		if p.tok.kind != 'w' || p.tok.text != "OR" {
			return out, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

// allOf reads comparisons joined by AND: every alternative of one with every one of
// the other.
func (p *parser) allOf() ([][]Term, error) {
	var out [][]Term
	for {
		part, err := p.comparison()
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = part
		} else {
			var both [][]Term
			for _, a := range out {
				for _, b := range part {
					if p.terms += len(a) + len(b); p.terms > maxTerms {
						return nil, errPattern(fmt.Sprintf("has more than %d combinations", maxTerms))
					}
					both = append(both, append(append([]Term(nil), a...), b...))
				}
			}
			out = both
		}
		if p.tok.kind != 'w' || p.tok.text != "AND" {
			return out, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) comparison() ([][]Term, error) {
	if p.tok.kind == '(' {
		return p.within(')', p.anyOf)
	}
	if p.tok.kind == 'w' && (p.tok.text == "NOT" || p.tok.text == "EXISTS") {
		return nil, errPattern("has " + p.tok.text + ", of which no indicator is made")
	}
	if p.tok.kind != 'p' {
		return nil, p.unexpected("a comparison such as domain-name:value = 'x'")
	}
	path := p.tok.text
	if err := p.next(); err != nil {
		return nil, err
	}
	op := p.tok.text
	if p.tok.kind != '=' && p.tok.kind != 'w' || p.tok.kind == 'w' && op != "IN" && op != "ISSUBSET" {
		return nil, errPattern("compares " + cut(path) + " by " + cut(op) + "; only =, IN and, of addresses, ISSUBSET can be decided")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	return p.values(Term{Path: strings.ToLower(unindexed.Replace(path)), Subset: op == "ISSUBSET"}, op == "IN")
}

// values reads one constant, or several in parentheses.
func (p *parser) values(like Term, list bool) (out [][]Term, err error) {
	if list {
		if p.tok.kind != '(' {
			return nil, p.unexpected("(")
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	for {
		t, err := p.constant(like)
		if err != nil {
			return nil, err
		}
		if p.terms++; p.terms > maxTerms {
			return nil, errPattern(fmt.Sprintf("has more than %d comparisons", maxTerms))
		}
		out = append(out, []Term{t})
		if err := p.next(); err != nil {
			return nil, err
		}
		if list && p.tok.kind == ',' {
			if err := p.next(); err != nil {
				return nil, err
			}
			continue
		}
		if list {
			if p.tok.kind != ')' {
				return nil, p.unexpected(")")
			}
			return out, p.next()
		}
		return out, nil
	}
}

// constant reads a text or a number.
func (p *parser) constant(t Term) (Term, error) {
	if p.tok.kind != 's' && p.tok.kind != 'n' {
		return t, p.unexpected("a text in quotes or a number")
	}
	t.Value, t.Number = p.tok.text, p.tok.kind == 'n'
	return t, nil
}

// unindexed takes quotes and the any-of index off a path.
var unindexed = strings.NewReplacer("'", "", "[*]", "", "[0]", "")

// next reads a token.
func (p *parser) next() error {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	s := p.rest
	if s == "" {
		p.tok = token{}
		return nil
	}
	switch c := s[0]; {
	case c == '\'':
		return p.quoted(1, 's')
	case len(s) > 1 && s[1] == '\'' && strings.IndexByte("tbh", c) >= 0:
		return p.quoted(2, 'c')
	case c >= '0' && c <= '9' || c == '-':
		n := len(s) - len(strings.TrimLeft(s, "-.0123456789"))
		kind := byte('n')
		if strings.ContainsAny(s[:n], "-.") {
			kind = 'c'
		}
		p.tok, p.rest = token{kind, s[:n]}, s[n:]
	case letter(c):
		n := pathLen(s)
		kind := byte('w')
		if strings.Contains(s[:n], ":") {
			kind = 'p'
		}
		p.tok, p.rest = token{kind, s[:n]}, s[n:]
	case strings.HasPrefix(s, "!="), strings.HasPrefix(s, "<="), strings.HasPrefix(s, ">="), strings.HasPrefix(s, "<>"):
		p.tok, p.rest = token{c, s[:2]}, s[2:]
	case strings.IndexByte("[]()=,<>", c) >= 0:
		p.tok, p.rest = token{c, s[:1]}, s[1:]
	default:
		return errPattern(fmt.Sprintf("has %q, which is no part of a pattern", c))
	}
	return nil
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// pathLen is the length of a word or an object path, whose keys may be quoted.
func pathLen(s string) int {
	i := 0
	for i < len(s) {
		switch c := s[i]; {
		case letter(c), c >= '0' && c <= '9', c == '-', c == ':', c == '.':
			i++
		case c == '\'' && i > 0 && s[i-1] == '.':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 {
				return i
			}
			i += end + 2
		case c == '[' && strings.Contains(s[:i], ":"):
			end := strings.IndexByte(s[i:], ']')
			if end < 0 {
				return i
			}
			i += end + 1
		default:
			return i
		}
	}
	return i
}

// quoted reads a constant in quotes from a place on.
func (p *parser) quoted(from int, kind byte) error {
	var b strings.Builder
	for i := from; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c == '\'':
			p.tok, p.rest = token{kind, b.String()}, p.rest[i+1:]
			return nil
		default:
			b.WriteByte(c)
		}
	}
	return errPattern("has a text without its closing quote")
}

// cut bounds what of a pattern is told.
func cut(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
