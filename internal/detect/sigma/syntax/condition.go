package syntax

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

// Expr is a condition: a name, or others joined.
type Expr struct {
	Op   Op
	Name string // of OpName
	N    int    // least of Kids that hold, for OpSome; the place of Name after Number
	Kids []*Expr
}

// Op is what joins the parts of a condition.
type Op uint8

// Ways to join.
const (
	OpName Op = iota // a name: it has no kids
	OpAnd
	OpOr
	OpNot
	OpSome // N of Kids
)

// Negates says whether there is a not in it.
func (e *Expr) Negates() bool { return e.Op == OpNot || slices.ContainsFunc(e.Kids, (*Expr).Negates) }

// Number puts places of names, 0 to 63, for the names.
func (e *Expr) Number(names []string) {
	if e.Op == OpName {
		e.N = slices.Index(names, e.Name)
	}
	for _, k := range e.Kids {
		k.Number(names)
	}
}

// Met evaluates a condition without not over the set of places that hold, after Number.
func (e *Expr) Met(there uint64) bool {
	switch e.Op {
	case OpName:
		return there&(1<<e.N) != 0
	case OpAnd:
		return !slices.ContainsFunc(e.Kids, func(k *Expr) bool { return !k.Met(there) })
	case OpOr:
		return slices.ContainsFunc(e.Kids, func(k *Expr) bool { return k.Met(there) })
	}
	n := 0
	for _, k := range e.Kids {
		if k.Met(there) {
			n++
		}
	}
	return n >= e.N
}

// grammar reads a condition (Rules Specification, Condition): or, and, not, brackets,
// and "1 of", "all of", "any of" or a number of a pattern or of them.
type grammar struct {
	tokens []string
	at     int
	names  []string // that may be said, in the order of the rule
	used   map[string]bool
}

// ParseCondition reads one condition over names (Rules Specification, Condition). used
// learns which were said. An error says what was expected.
func ParseCondition(s string, names []string, used map[string]bool) (*Expr, error) {
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

func (g *grammar) or(depth int) (*Expr, error) { return g.chain(depth, "or", OpOr, g.and) }

func (g *grammar) and(depth int) (*Expr, error) { return g.chain(depth, "and", OpAnd, g.not) }

func (g *grammar) chain(depth int, word string, op Op, next func(int) (*Expr, error)) (*Expr, error) {
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
			e = &Expr{Op: op, Kids: []*Expr{e}}
		}
		e.Kids = append(e.Kids, k)
	}
	return e, nil
}

func (g *grammar) not(depth int) (*Expr, error) {
	negated := false
	for g.word("not") {
		negated = !negated
	}
	e, err := g.atom(depth)
	if err == nil && negated {
		e = &Expr{Op: OpNot, Kids: []*Expr{e}}
	}
	return e, err
}

func (g *grammar) atom(depth int) (*Expr, error) {
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
		return nil, fmt.Errorf("%q is none of the names %s", t, List(g.names))
	}
	g.used[t] = true
	return &Expr{Name: t}, nil
}

// some reads what follows "1 of". Names that begin with _ take part only if the pattern
// says so.
func (g *grammar) some(quantity string) (*Expr, error) {
	if g.at == len(g.tokens) {
		return nil, fmt.Errorf("ends after \"of\", where them or a pattern was expected")
	}
	pattern := g.tokens[g.at]
	g.at++
	e := &Expr{Op: OpSome}
	for _, n := range g.names {
		them := strings.EqualFold(pattern, "them")
		if n[0] == '_' && (them || pattern[0] != '_') || !them && !starred(pattern, n) {
			continue
		}
		g.used[n] = true
		e.Kids = append(e.Kids, &Expr{Name: n})
	}
	if len(e.Kids) == 0 {
		return nil, fmt.Errorf("none of the names %s is like %q", List(g.names), pattern)
	}
	switch strings.ToLower(quantity) {
	case "all":
		e.N = len(e.Kids)
	case "any":
		e.N = 1
	default:
		n, err := strconv.Atoi(quantity)
		if err != nil || n < 1 || n > len(e.Kids) {
			return nil, fmt.Errorf("%q of %q: expected all, any or a number from 1 to %d, for so many names are like it", quantity, pattern, len(e.Kids))
		}
		e.N = n
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

// List writes names behind each other, twelve at most.
func List(names []string) string {
	if len(names) > 12 {
		return strings.Join(names[:12], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
