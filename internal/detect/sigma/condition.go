package sigma

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a condition.
const (
	maxTokens = 2000
	maxNest   = 100
)

// expr is a condition: a name, or others joined.
type expr struct {
	op   exprOp
	name string
	n    int // least of kids that hold, for opSome
	kids []*expr
}

type exprOp uint8

const (
	opName exprOp = iota
	opAnd
	opOr
	opNot
	opSome // n of kids
)

// grammar reads a condition (Rules Specification, Condition): or, and, not, brackets,
// and "1 of", "all of", "any of" or a number of a pattern or of them.
type grammar struct {
	tokens []string
	at     int
	names  []string // that may be said, in the order of the rule
	used   map[string]bool
}

// parseCondition reads one condition over names. used learns which were said.
func parseCondition(s string, names []string, used map[string]bool) (*expr, error) {
	tokens, err := tokenize(s)
	if err != nil {
		return nil, err
	}
	g := &grammar{tokens: tokens, names: names, used: used}
	e, err := g.or(0)
	if err != nil {
		return nil, err
	}
	if g.at < len(g.tokens) {
		return nil, fmt.Errorf("%q is not expected after %q", g.tokens[g.at], strings.Join(g.tokens[max(0, g.at-3):g.at], " "))
	}
	return e, nil
}

func tokenize(s string) ([]string, error) {
	var out []string
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '(' || c == ')':
			out = append(out, s[i:i+1])
			i++
		case c == '|':
			return nil, fmt.Errorf("| count(), | near and the like are no longer part of Sigma: write a correlation (event_count, value_count, temporal) that refers to this rule")
		case wordByte(c):
			j := i
			for j < len(s) && wordByte(s[j]) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		default:
			return nil, fmt.Errorf("%q is no part of a condition: names, and, or, not, of and brackets are", rune(c))
		}
		if len(out) > maxTokens {
			return nil, fmt.Errorf("more than %d words", maxTokens)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("is empty")
	}
	return out, nil
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == '*' || c >= 0x80
}

// word says whether the next token is a word of the grammar and takes it.
func (g *grammar) word(w string) bool {
	if g.at < len(g.tokens) && strings.EqualFold(g.tokens[g.at], w) {
		g.at++
		return true
	}
	return false
}

func (g *grammar) or(depth int) (*expr, error) { return g.chain(depth, "or", opOr, g.and) }

func (g *grammar) and(depth int) (*expr, error) { return g.chain(depth, "and", opAnd, g.not) }

func (g *grammar) chain(depth int, word string, op exprOp, next func(int) (*expr, error)) (*expr, error) {
	e, err := next(depth)
	if err != nil {
		return nil, err
	}
	for first := true; g.word(word); first = false {
		k, err := next(depth)
		if err != nil {
			return nil, err
		}
		if first {
			e = &expr{op: op, kids: []*expr{e}}
		}
		e.kids = append(e.kids, k)
	}
	return e, nil
}

func (g *grammar) not(depth int) (*expr, error) {
	negated := false
	for g.word("not") {
		negated = !negated
	}
	e, err := g.atom(depth)
	if err == nil && negated {
		e = &expr{op: opNot, kids: []*expr{e}}
	}
	return e, err
}

func (g *grammar) atom(depth int) (*expr, error) {
	if depth > maxNest {
		return nil, fmt.Errorf("brackets are nested deeper than %d", maxNest)
	}
	if g.at == len(g.tokens) {
		return nil, fmt.Errorf("ends where a name was expected")
	}
	if g.word("(") {
		e, err := g.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !g.word(")") {
			return nil, fmt.Errorf("a bracket is not closed")
		}
		return e, nil
	}
	t := g.tokens[g.at]
	g.at++
	if g.at < len(g.tokens) && strings.EqualFold(g.tokens[g.at], "of") && !slices.Contains(g.names, t) {
		g.at++
		return g.some(t)
	}
	if !slices.Contains(g.names, t) {
		return nil, fmt.Errorf("%q is none of the names %s", t, list(g.names))
	}
	g.used[t] = true
	return &expr{name: t}, nil
}

// some reads what follows "1 of". Names that begin with _ take part only if the pattern
// says so.
func (g *grammar) some(quantity string) (*expr, error) {
	if g.at == len(g.tokens) {
		return nil, fmt.Errorf("ends after \"of\", where them or a pattern was expected")
	}
	pattern := g.tokens[g.at]
	g.at++
	e := &expr{op: opSome}
	for _, n := range g.names {
		them := strings.EqualFold(pattern, "them")
		if n[0] == '_' && (them || pattern[0] != '_') || !them && !starred(pattern, n) {
			continue
		}
		g.used[n] = true
		e.kids = append(e.kids, &expr{name: n})
	}
	if len(e.kids) == 0 {
		return nil, fmt.Errorf("none of the names %s is like %q", list(g.names), pattern)
	}
	switch strings.ToLower(quantity) {
	case "all":
		e.n = len(e.kids)
	case "any":
		e.n = 1
	default:
		n, err := strconv.Atoi(quantity)
		if err != nil || n < 1 || n > len(e.kids) {
			return nil, fmt.Errorf("%q of %q: expected all, any or a number from 1 to %d, for so many names are like it", quantity, pattern, len(e.kids))
		}
		e.n = n
	}
	return e, nil
}

// starred compares a name with a pattern in which * stands for anything.
func starred(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return s == pattern
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, last)
}

func list(names []string) string {
	if len(names) > 12 {
		return strings.Join(names[:12], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
