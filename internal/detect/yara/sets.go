package yara

import (
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/detect/yara/lex"
	"lazaret/internal/detect/yara/pattern"
)

// quantifier says how many of a set are wanted.
type quantifier struct {
	word    string // all, any, none, or "" for a number
	number  expr
	percent bool
}

// quantifier reads one that stands before "of" or, in a loop, before its variables; a
// number was read already.
func (p *parser) quantifier(number expr) quantifier {
	q := quantifier{number: number}
	if number.eval == nil {
		q.word = p.tok.Text
		p.next()
		return q
	}
	if number.t != tInt {
		p.wrongType(number, "of")
	}
	if p.accept("%") {
		q.percent = true
		if number.constant && !p.ended {
			if n := number.eval(nil).i; n < 1 || n > 100 {
				p.fail(number.line, "a percentage that is not between 1 and 100")
			}
		}
	}
	return q
}

// tally counts what is true in a set.
type tally struct{ yes, maybe, all int }

func (t *tally) add(v value) {
	t.all++
	switch {
	case v.yes():
		t.yes++
	case v.st == unknown:
		t.maybe++
	}
}

// verdict says whether enough is true. zero says that a wanted number of 0 means none.
func (q *quantifier) verdict(f *frame, t tally, zero bool) value {
	want := 1
	switch q.word {
	case "any":
	case "all":
		want = t.all
	case "none":
		want = 0
	default:
		n := q.number.eval(f)
		if n.st != known {
			return value{st: n.st}
		}
		want = int(max(min(n.i, 1<<31), -1))
		if q.percent {
			want = (want*t.all + 99) / 100
		}
	}
	if q.word == "none" || q.word == "" && !q.percent && want == 0 && zero {
		if t.yes == 0 && t.maybe > 0 {
			return value{st: unknown}
		}
		return truth(t.yes == 0)
	}
	switch {
	case t.yes >= want:
		return truth(true)
	case t.yes+t.maybe >= want:
		return value{st: unknown}
	}
	return truth(false)
}

// enough says that more of the set changes nothing.
func (q *quantifier) enough(t tally) bool {
	switch q.word {
	case "any", "none":
		return t.yes > 0
	case "all":
		return t.yes+t.maybe < t.all
	}
	return false
}

// of reads "of" and a set of strings or rules, with "in (a..b)" or "at n" for strings.
func (p *parser) of(q quantifier) expr {
	line := p.tok.Line
	p.expect("of")
	if p.is("(") && p.peek().Kind == lex.Name {
		return p.ofRules(q, line)
	}
	set := p.stringSet()
	test := func(f *frame, k int) value { return f.found(k) }
	switch {
	case p.accept("in"):
		lo, hi := p.span()
		test = func(f *frame, k int) value { return f.foundIn(k, lo(f), hi(f)) }
	case p.accept("at"):
		at := p.place()
		test = func(f *frame, k int) value { return f.foundAt(k, at(f)) }
	}
	return expr{t: tBool, line: line, eval: func(f *frame) value {
		var t tally
		for _, k := range set {
			t.add(test(f, k))
		}
		return q.verdict(f, t, true)
	}}
}

// ofRules reads a set of rules.
func (p *parser) ofRules(q quantifier, line int) expr {
	p.expect("(")
	var set []int
	for {
		t := p.tok
		name := p.identifier("a rule")
		star := p.accept("*")
		n := len(set)
		for known, i := range p.rules {
			if known == name || star && strings.HasPrefix(known, name) {
				if i < 0 {
					p.fail(t.Line, fmt.Sprintf("rule %q, on which this one depends, was refused", known))
					break
				}
				set = append(set, i)
			}
		}
		if n == len(set) && !p.ended {
			p.fail(t.Line, fmt.Sprintf("%q is no rule above this one", name))
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	slices.Sort(set)
	return expr{t: tBool, line: line, eval: func(f *frame) value {
		var t tally
		for _, i := range set {
			t.add(f.rules[i])
		}
		return q.verdict(f, t, true)
	}}
}

// stringSet reads them or a list of strings, and gives their patterns.
func (p *parser) stringSet() []int {
	var set []int
	if p.accept("them") {
		set = p.matching("$*")
		if len(set) == 0 && !p.ended {
			p.fail(p.tok.Line, "them, but the rule has no strings")
		}
		return set
	}
	p.expect("(")
	for !p.ended {
		t := p.tok
		if t.Kind != lex.String {
			p.fail(t.Line, fmt.Sprintf("%s where a string such as $a or $a* was expected", t))
			break
		}
		p.next()
		n := len(set)
		set = append(set, p.matching(t.Text)...)
		if n == len(set) {
			p.fail(t.Line, fmt.Sprintf("the rule has no string %s", t.Text))
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return set
}

// matching gives the patterns of a name that may end with a star, and notes their use.
func (p *parser) matching(name string) []int {
	var out []int
	stem, star := strings.CutSuffix(name, "*")
	for i := range p.rule.texts {
		t := &p.rule.texts[i]
		if t.id == name || star && strings.HasPrefix(t.id, stem) {
			t.used = true
			out = append(out, t.pattern)
		}
	}
	return out
}

// span reads (a..b).
func (p *parser) span() (lo, hi func(f *frame) value) {
	p.expect("(")
	a := p.level(2)
	p.expect("..")
	b := p.level(2)
	p.expect(")")
	for _, e := range []expr{a, b} {
		if e.t != tInt {
			p.wrongType(e, "a range")
		}
	}
	return a.eval, b.eval
}

// place reads an offset.
func (p *parser) place() func(f *frame) value {
	e := p.level(2)
	if e.t != tInt {
		p.wrongType(e, "at")
	}
	return e.eval
}

// stringUse reads $a, $a at n, $a in (a..b), #a, #a in (a..b), @a[i], !a[i].
func (p *parser) stringUse() expr {
	t := p.tok
	p.next()
	pick := p.pick(t)
	e := expr{t: tInt, line: t.Line}
	switch t.Kind {
	case lex.String:
		e.t = tBool
		switch {
		case p.accept("at"):
			at := p.place()
			e.eval = func(f *frame) value { return f.foundAt(pick(f), at(f)) }
		case p.accept("in"):
			lo, hi := p.span()
			e.eval = func(f *frame) value { return f.foundIn(pick(f), lo(f), hi(f)) }
		default:
			e.eval = func(f *frame) value { return f.found(pick(f)) }
		}
	case lex.Count:
		if p.accept("in") {
			lo, hi := p.span()
			e.eval = func(f *frame) value { v, _ := f.countIn(pick(f), lo(f), hi(f)); return v }
			e.least = func(f *frame) value { _, n := f.countIn(pick(f), lo(f), hi(f)); return n }
			break
		}
		all := func(f *frame) (value, value) { return f.countIn(pick(f), integer(0), integer(1<<62)) }
		e.eval = func(f *frame) value { v, _ := all(f); return v }
		e.least = func(f *frame) value { _, n := all(f); return n }
	default:
		index := func(*frame) value { return integer(1) }
		if p.accept("[") {
			i := p.expression()
			p.expect("]")
			if i.t != tInt {
				p.wrongType(i, "an index")
			}
			index = i.eval
		}
		e.eval = func(f *frame) value {
			return f.match(pick(f), index(f), func(s pattern.Span) int64 {
				if t.Kind == lex.Offset {
					return int64(s.Off)
				}
				return int64(s.Len)
			})
		}
	}
	return e
}

// pick says which pattern a name stands for; $ alone is that of the loop.
func (p *parser) pick(t lex.Token) func(f *frame) int {
	if t.Text == "$" {
		if p.inOf == 0 {
			p.fail(t.Line, "$ without a name outside of for .. of")
		}
		return func(f *frame) int { return f.current }
	}
	set := p.matching(t.Text)
	if len(set) == 0 || strings.HasSuffix(t.Text, "*") {
		p.fail(t.Line, fmt.Sprintf("the rule has no string %s", t.Text))
		return func(*frame) int { return 0 }
	}
	k := set[0]
	return func(*frame) int { return k }
}

// loop reads for N of set : (condition) or for N i in range : (condition).
func (p *parser) loop() expr {
	line := p.tok.Line
	p.expect("for")
	var q quantifier
	if p.is("any") || p.is("all") || p.is("none") {
		q = p.quantifier(expr{})
	} else {
		q = p.quantifier(p.level(3))
	}
	if p.accept("of") {
		set := p.stringSet()
		p.inOf++
		body := p.body1()
		p.inOf--
		return expr{t: tBool, line: line, eval: func(f *frame) value {
			var t tally
			outer := f.current
			for _, k := range set {
				f.current = k
				t.add(f.spent(body))
			}
			f.current = outer
			return q.verdict(f, t, false)
		}}
	}
	names := []string{p.identifier("a variable")}
	for p.accept(",") {
		names = append(names, p.identifier("a variable"))
	}
	p.expect("in")
	return p.over(q, names, line)
}

// body1 reads : (condition).
func (p *parser) body1() func(f *frame) value {
	p.expect(":")
	p.expect("(")
	e := p.truth(p.expression())
	p.expect(")")
	return e
}

// over reads what a loop goes over, and its condition.
func (p *parser) over(q quantifier, names []string, line int) expr {
	bad := constant(tBad, line, value{st: undef})
	slot := len(p.vars)
	if slot+len(names) > maxLoops {
		p.fail(line, fmt.Sprintf("more than %d variables of loops within each other", maxLoops))
		return bad
	}
	next, elem, t := p.iterator(len(names), slot, line)
	if p.ended {
		return bad
	}
	for i, n := range names {
		if p.variable(n) != nil {
			p.fail(line, fmt.Sprintf("a second variable %q", n))
		}
		p.vars = append(p.vars, variable{name: n, t: t, slot: slot + i, elem: elem})
	}
	body := p.body1()
	p.vars = p.vars[:slot]
	return expr{t: tBool, line: line, eval: func(f *frame) value {
		var t tally
		st := next(f, func() bool {
			t.add(f.spent(body))
			return f.steps > 0 && !q.enough(t)
		})
		switch {
		case f.steps <= 0 || st == unknown:
			return value{st: unknown}
		case t.all == 0 || st == undef:
			return truth(false)
		}
		return q.verdict(f, t, false)
	}}
}

// iterator reads (a..b), (a, b, ...), an array or a dictionary. What it gives calls its
// function for each, with the variables set, until that says false.
func (p *parser) iterator(n, slot, line int) (next func(f *frame, each func() bool) state, elem *member, t typ) {
	if p.accept("(") {
		if n != 1 {
			p.fail(line, "one variable was expected for a range or list")
		}
		first := p.level(2)
		if p.accept("..") {
			last := p.level(2)
			p.expect(")")
			if first.t != tInt || last.t != tInt {
				p.fail(line, "the borders of a range must be integers")
			}
			return overRange(first.eval, last.eval, slot), nil, tInt
		}
		list := []expr{first}
		for p.accept(",") {
			list = append(list, p.level(2))
		}
		p.expect(")")
		for _, e := range list {
			if e.t != first.t || e.t != tInt && e.t != tText {
				p.fail(line, "a list of integers or of texts was expected")
			}
		}
		return overList(list, slot), nil, first.t
	}
	e := p.container()
	switch {
	case e.t == tArray && n == 1:
		return overArray(e.member, slot), e.member.elem, e.member.elem.t
	case e.t == tDict && n == 2:
		return overDict(e.member, slot), nil, tText
	}
	p.fail(line, "a range, a list, an array with one variable or a dictionary with two was expected")
	return nil, nil, tBad
}

// container reads the way to an array or dictionary.
func (p *parser) container() expr {
	line := p.tok.Line
	name := p.identifier("a range, a list, an array or a dictionary")
	m := p.imports[name]
	for m != nil && m.t == tStruct && p.accept(".") {
		name += "." + p.tok.Text
		m = m.fields[p.tok.Text]
		p.next()
	}
	if m == nil || m == missing {
		p.fail(line, fmt.Sprintf("%s is not supported, or its module not imported", name))
	}
	if p.ended {
		return expr{t: tBad}
	}
	return expr{t: m.t, member: m}
}

func overRange(first, last func(f *frame) value, slot int) func(f *frame, each func() bool) state {
	return func(f *frame, each func() bool) state {
		a, b := first(f), last(f)
		if st := worse(a, b); st != known {
			return st
		}
		for i := a.i; i <= b.i; i++ {
			f.vars[slot] = integer(i)
			if !each() || i == 1<<63-1 {
				break
			}
		}
		return known
	}
}

func overList(list []expr, slot int) func(f *frame, each func() bool) state {
	return func(f *frame, each func() bool) state {
		for _, e := range list {
			f.vars[slot] = e.eval(f)
			if !each() {
				break
			}
		}
		return known
	}
}

func overArray(m *member, slot int) func(f *frame, each func() bool) state {
	return func(f *frame, each func() bool) state {
		n := m.count(f)
		if n.st != known {
			return n.st
		}
		for i := range n.i {
			f.vars[slot] = integer(i)
			if !each() {
				break
			}
		}
		return known
	}
}

func overDict(m *member, slot int) func(f *frame, each func() bool) state {
	return func(f *frame, each func() bool) state {
		for _, kv := range m.keys(f) {
			f.vars[slot], f.vars[slot+1] = text(kv[0]), text(kv[1])
			if !each() {
				break
			}
		}
		return known
	}
}
