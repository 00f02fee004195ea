package pattern

import (
	"errors"
	"fmt"
	"strconv"
)

const (
	maxRepeat = 32767 // YARA's
	maxDepth  = 100   // of brackets
	maxLeaves = 1 << 14
)

// regex reads a regular expression in YARA's dialect ("Regular expressions").
type regex struct {
	text         string
	at           int
	depth        int
	nocase       bool
	dotAll       bool
	greedy, lazy bool // quantifiers that were seen
}

// parseRegex reads an expression. lazy says that its quantifiers are.
func parseRegex(text string, nocase, dotAll bool) (n *node, lazy bool, err error) {
	p := &regex{text: text, nocase: nocase, dotAll: dotAll}
	n, err = p.alternative()
	if err == nil && p.at < len(p.text) {
		err = fmt.Errorf("%q at %d of the regular expression closes nothing", p.text[p.at:p.at+1], p.at+1)
	}
	if err == nil && p.greedy && p.lazy {
		err = errors.New("greedy and lazy quantifiers in one regular expression; YARA allows one kind")
	}
	return n, p.lazy, err
}

func (p *regex) peek() (byte, bool) {
	if p.at < len(p.text) {
		return p.text[p.at], true
	}
	return 0, false
}

func (p *regex) alternative() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("more than %d brackets within each other", maxDepth)
	}
	defer func() { p.depth-- }()
	first, err := p.concatenation()
	if err != nil {
		return nil, err
	}
	if first == nil {
		return nil, fmt.Errorf("nothing to match at %d of the regular expression", p.at+1)
	}
	out := []*node{first}
	for {
		c, ok := p.peek()
		if !ok || c != '|' {
			break
		}
		p.at++
		n, err := p.concatenation()
		if err != nil {
			return nil, err
		}
		if n == nil {
			n = &node{op: opEmpty}
		}
		out = append(out, n)
	}
	if len(out) == 1 {
		return first, nil
	}
	return &node{op: opAlt, subs: out}, nil
}

// concatenation is nil if it is empty.
func (p *regex) concatenation() (*node, error) {
	var subs []*node
	for {
		c, ok := p.peek()
		if !ok || c == '|' || c == ')' {
			break
		}
		n, err := p.repeated()
		if err != nil {
			return nil, err
		}
		subs = append(subs, n)
	}
	if len(subs) == 0 {
		return nil, nil
	}
	return cat(subs...), nil
}

func (p *regex) repeated() (*node, error) {
	n, err := p.atom()
	if err != nil {
		return nil, err
	}
	lo, hi, ok, err := p.quantifier()
	if err != nil || !ok {
		return n, err
	}
	if n.op == opBegin || n.op == opEnd || n.op == opWord || n.op == opNotWord {
		return nil, fmt.Errorf("a quantifier at %d of the regular expression follows no character", p.at)
	}
	if c, ok := p.peek(); ok && c == '?' {
		p.at++
		p.lazy = true
	} else {
		p.greedy = true
	}
	if c, ok := p.peek(); ok && (c == '*' || c == '+' || c == '?') {
		return nil, fmt.Errorf("two quantifiers in a row at %d of the regular expression", p.at+1)
	}
	return repeat(n, lo, hi), nil
}

// quantifier reads *, +, ? and {n,m}. A brace that has no such form is a character.
func (p *regex) quantifier() (lo, hi int, ok bool, err error) {
	c, _ := p.peek()
	switch c {
	case '*':
		p.at++
		return 0, -1, true, nil
	case '+':
		p.at++
		return 1, -1, true, nil
	case '?':
		p.at++
		return 0, 1, true, nil
	case '{':
		return p.braces()
	}
	return 0, 0, false, nil
}

func (p *regex) braces() (lo, hi int, ok bool, err error) {
	i := p.at + 1
	number := func() (int, bool) {
		from := i
		for i < len(p.text) && p.text[i] >= '0' && p.text[i] <= '9' {
			i++
		}
		n, err := strconv.Atoi(p.text[from:i])
		if err != nil && i > from {
			n = maxRepeat + 1
		}
		return n, i > from
	}
	lo, first := number()
	hi = lo
	comma, second := i < len(p.text) && p.text[i] == ',', false
	if comma {
		i++
		if hi, second = number(); !second {
			hi = -1
		}
	}
	if i >= len(p.text) || p.text[i] != '}' || !first && !second {
		return 0, 0, false, nil
	}
	switch {
	case lo > maxRepeat || hi > maxRepeat:
		return 0, 0, false, fmt.Errorf("repetition %s of more than %d times", p.text[p.at:i+1], maxRepeat)
	case hi >= 0 && lo > hi, hi == 0:
		return 0, 0, false, fmt.Errorf("repetition %s has no such number", p.text[p.at:i+1])
	}
	p.at = i + 1
	return lo, hi, true, nil
}

func (p *regex) atom() (*node, error) {
	c := p.text[p.at]
	p.at++
	switch c {
	case '(':
		if q, ok := p.peek(); ok && q == '?' {
			return nil, errors.New("a group that begins with (? is not of YARA")
		}
		n, err := p.alternative()
		if err != nil {
			return nil, err
		}
		if c, ok := p.peek(); !ok || c != ')' {
			return nil, errors.New("a bracket ( of the regular expression is not closed")
		}
		p.at++
		return n, nil
	case '[':
		s, err := p.class()
		return leaf(s), err
	case '.':
		s := anyByte()
		if !p.dotAll {
			s[0] &^= 1 << '\n'
		}
		return leaf(s), nil
	case '^':
		return &node{op: opBegin}, nil
	case '$':
		return &node{op: opEnd}, nil
	case '*', '+', '?':
		return nil, fmt.Errorf("quantifier %q at %d of the regular expression follows no character", c, p.at)
	case '\\':
		if q, ok := p.peek(); ok && (q == 'b' || q == 'B') {
			p.at++
			if q == 'b' {
				return &node{op: opWord}, nil
			}
			return &node{op: opNotWord}, nil
		}
		s, err := p.escape()
		return leaf(p.cased(s)), err
	}
	return leaf(p.cased(single(c))), nil
}

func (p *regex) cased(s Set) Set {
	if p.nocase {
		return s.folded()
	}
	return s
}

// escape reads what follows a backslash.
func (p *regex) escape() (Set, error) {
	c, ok := p.peek()
	if !ok {
		return Set{}, errors.New("the regular expression ends with a backslash")
	}
	p.at++
	if s, ok := letterClass(c); ok {
		return s, nil
	}
	switch c {
	case 'n':
		return single('\n'), nil
	case 't':
		return single('\t'), nil
	case 'r':
		return single('\r'), nil
	case 'f':
		return single('\f'), nil
	case 'a':
		return single('\a'), nil
	case 'x':
		if p.at+2 <= len(p.text) {
			if v, err := strconv.ParseUint(p.text[p.at:p.at+2], 16, 8); err == nil {
				p.at += 2
				return single(byte(v)), nil
			}
		}
		return Set{}, fmt.Errorf("\\x at %d of the regular expression wants two hexadecimal digits", p.at-1)
	}
	if c >= '1' && c <= '9' {
		return Set{}, fmt.Errorf("\\%c refers back, which YARA does not allow", c)
	}
	return single(c), nil
}

// letterClass is the class that a letter behind a backslash names.
func letterClass(c byte) (Set, bool) {
	var s Set
	switch c | 32 {
	case 'w':
		s.addRange('a', 'z')
		s.addRange('A', 'Z')
		s.addRange('0', '9')
		s.add('_')
	case 's':
		s.addRange('\t', '\r')
		s.add(' ')
	case 'd':
		s.addRange('0', '9')
	default:
		return s, false
	}
	if c < 'a' {
		return s.not(), true
	}
	return s, true
}

// class reads a class behind its opening bracket.
func (p *regex) class() (Set, error) {
	var s Set
	invert := false
	if c, ok := p.peek(); ok && c == '^' {
		p.at++
		invert = true
	}
	for first := true; ; first = false {
		c, ok := p.peek()
		if !ok {
			return s, errors.New("a class [ of the regular expression is not closed")
		}
		if c == ']' && !first {
			p.at++
			break
		}
		lo, err := p.member()
		if err != nil {
			return s, err
		}
		if p.at+1 >= len(p.text) || p.text[p.at] != '-' || p.text[p.at+1] == ']' || lo.len() != 1 {
			s.union(&lo)
			continue
		}
		p.at++
		hi, err := p.member()
		if err != nil {
			return s, err
		}
		a, b := lo.low(), hi.low()
		if hi.len() != 1 || a > b {
			return s, errors.New("a range of a class ends before it begins")
		}
		s.addRange(a, b)
	}
	s = p.cased(s)
	if invert {
		s = s.not()
	}
	return s, nil
}

func (p *regex) member() (Set, error) {
	c := p.text[p.at]
	p.at++
	if c == '\\' {
		return p.escape()
	}
	return single(c), nil
}

// low is the least byte of a set that is not empty.
func (s *Set) low() byte {
	for c := range 256 {
		if s.Has(byte(c)) {
			return byte(c)
		}
	}
	return 0
}
