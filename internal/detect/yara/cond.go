package yara

import (
	"cmp"
	"fmt"
	"strings"

	"lazaret/internal/detect/yara/lex"
	"lazaret/internal/detect/yara/operator"
	"lazaret/internal/detect/yara/pattern"
)

// variable is one of a loop.
type variable struct {
	name string
	t    typ
	slot int
	elem *member // what the elements are, of loops over arrays
}

const maxLoops = 8 // within each other, variables of dictionaries count twice

// expression reads a condition: or, and, not, then what compares.
func (p *parser) expression() expr {
	if p.nesting++; p.nesting > maxNesting {
		p.fail(p.tok.Line, fmt.Sprintf("more than %d brackets within each other", maxNesting))
	}
	defer func() { p.nesting-- }()
	left := p.conjunction()
	for p.is("or") {
		p.next()
		right := p.truth(p.conjunction())
		a, b := p.truth(left), right
		left = expr{t: tBool, line: left.line, eval: func(f *frame) value {
			x := a(f)
			if x.yes() {
				return x
			}
			y := b(f)
			if y.yes() || x.st != unknown && y.st != unknown {
				return truth(y.yes())
			}
			return value{st: unknown}
		}}
	}
	return left
}

func (p *parser) conjunction() expr {
	left := p.negation()
	for p.is("and") {
		p.next()
		right := p.truth(p.negation())
		a, b := p.truth(left), right
		left = expr{t: tBool, line: left.line, eval: func(f *frame) value {
			x := a(f)
			if !x.yes() && x.st != unknown {
				return truth(false)
			}
			y := b(f)
			if !y.yes() && y.st != unknown {
				return truth(false)
			}
			if x.st == unknown || y.st == unknown {
				return value{st: unknown}
			}
			return truth(true)
		}}
	}
	return left
}

func (p *parser) negation() expr {
	word := p.tok.Text
	if !p.is("not") && !p.is("defined") {
		return p.comparison()
	}
	if p.nesting++; p.nesting > maxNesting {
		p.fail(p.tok.Line, fmt.Sprintf("more than %d operators within each other", maxNesting))
	}
	defer func() { p.nesting-- }()
	line := p.tok.Line
	p.next()
	inner := p.negation()
	if word == "not" {
		a := p.truth(inner)
		return expr{t: tBool, line: line, eval: func(f *frame) value {
			v := a(f)
			if v.st != known {
				return value{st: v.st}
			}
			return truth(v.i == 0)
		}}
	}
	if inner.t > tText {
		p.wrongType(inner, "defined")
		return constant(tBad, line, value{st: undef})
	}
	return expr{t: tBool, line: line, eval: func(f *frame) value {
		v := inner.eval(f)
		if v.st == unknown {
			return v
		}
		return truth(v.st == known)
	}}
}

func (p *parser) wrongType(e expr, op string) {
	if e.t != tBad {
		p.fail(e.line, fmt.Sprintf("%s where %s wants something else", article(e.t), op))
	}
}

func article(t typ) string {
	if t == tInt || t == tArray {
		return "an " + t.String()
	}
	return "a " + t.String()
}

// truth turns an expression into a truth: a number other than zero, a text that is not
// empty.
func (p *parser) truth(e expr) func(f *frame) value {
	eval := e.eval
	switch e.t {
	case tBool, tInt:
		return func(f *frame) value {
			v := eval(f)
			if v.st == known && v.i != 0 {
				v.i = 1
			}
			return v
		}
	case tFloat:
		return func(f *frame) value {
			v := eval(f)
			return value{st: v.st, i: truth(v.f != 0).i}
		}
	case tText:
		return func(f *frame) value {
			v := eval(f)
			return value{st: v.st, i: truth(v.s != "").i}
		}
	}
	p.wrongType(e, "a condition")
	return func(*frame) value { return value{st: undef} }
}

// levels are the operators between primary expressions, the loosest first.
var levels = [][]string{
	{"==", "!=", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iequals", "matches"},
	{"<", "<=", ">", ">="},
	{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", `\`, "%"},
}

// comparison reads one comparison, or a quantifier with its set.
func (p *parser) comparison() expr {
	switch {
	case p.is("for"):
		return p.loop()
	case p.is("any") || p.is("all") || p.is("none"):
		q := p.quantifier(expr{})
		return p.of(q)
	}
	return p.level(0)
}

// operator gives the operator of a level that stands here, or "". A % before "of" is
// no remainder.
func (p *parser) operator(level int) string {
	if p.tok.Kind != lex.Sign && p.tok.Kind != lex.Name {
		return ""
	}
	for _, op := range levels[level] {
		if p.tok.Text == op {
			if op == "%" {
				if t := p.peek(); t.Kind == lex.Name && t.Text == "of" {
					return ""
				}
			}
			return op
		}
	}
	return ""
}

func (p *parser) level(n int) expr {
	if n == len(levels) {
		return p.unary()
	}
	left := p.level(n + 1)
	if n == 2 && (p.is("of") || p.is("%")) { // a number of, or a part of a set
		if !p.is("of") && !p.ofAhead() {
			return left
		}
		return p.of(p.quantifier(left))
	}
	for {
		op := p.operator(n)
		if op == "" || p.ended {
			return left
		}
		p.next()
		right := p.level(n + 1)
		switch {
		case n > 1:
			left = p.calculated(op, left, right)
		default:
			left = p.compared(op, left, right)
		}
	}
}

func (p *parser) ofAhead() bool {
	t := p.peek()
	return t.Kind == lex.Name && t.Text == "of"
}

// calculated is an operator on two numbers.
func (p *parser) calculated(op string, l, r expr) expr {
	float := operator.Floating(op)
	for _, e := range []expr{l, r} {
		if e.t != tInt && (e.t != tFloat || float == nil) {
			p.wrongType(e, op)
			return constant(tBad, l.line, value{st: undef})
		}
	}
	if l.t == tInt && r.t == tInt {
		do := operator.Arithmetic(op)
		out := expr{t: tInt, line: l.line, constant: l.constant && r.constant, eval: func(f *frame) value {
			a, b := l.eval(f), r.eval(f)
			if st := worse(a, b); st != known {
				return value{st: st}
			}
			i, ok := do(a.i, b.i)
			if !ok {
				return value{st: undef}
			}
			return integer(i)
		}}
		if r.constant && (op == `\` || op == "%") && r.eval(nil).i == 0 {
			p.fail(r.line, "a division by zero")
		}
		return out
	}
	return expr{t: tFloat, line: l.line, eval: func(f *frame) value {
		a, b := l.eval(f), r.eval(f)
		if st := worse(a, b); st != known {
			return value{st: st}
		}
		return number(float(asFloat(a, l.t), asFloat(b, r.t)))
	}}
}

func asFloat(v value, t typ) float64 {
	if t == tInt {
		return float64(v.i)
	}
	return v.f
}

// compared is an operator that gives a truth.
func (p *parser) compared(op string, l, r expr) expr {
	out := expr{t: tBool, line: l.line}
	switch {
	case op == "matches" && l.t == tText && r.t == tRegex:
		out.eval = func(f *frame) value {
			a, b := l.eval(f), r.eval(f)
			if a.st != known {
				return value{st: a.st}
			}
			return f.matches(b.re, a.s)
		}
	case operator.Ordered(op) == nil && l.t == tText && r.t == tText && op != "matches":
		do := operator.Textual(op)
		out.eval = func(f *frame) value {
			a, b := l.eval(f), r.eval(f)
			if st := worse(a, b); st != known {
				return value{st: st}
			}
			return truth(do(a.s, b.s))
		}
	case operator.Ordered(op) != nil && l.t == r.t && l.t == tText:
		do := operator.Ordered(op)
		out.eval = func(f *frame) value {
			a, b := l.eval(f), r.eval(f)
			if st := worse(a, b); st != known {
				return value{st: st}
			}
			return truth(do(strings.Compare(a.s, b.s)))
		}
	case operator.Ordered(op) != nil && (l.t == tInt || l.t == tFloat) && (r.t == tInt || r.t == tFloat):
		out.eval = comparedNumbers(op, l, r)
	default:
		bad := l
		if l.t == tText && (op == "matches" || r.t != tText) || (l.t == tInt || l.t == tFloat) && operator.Ordered(op) != nil {
			bad = r
		}
		p.wrongType(bad, op)
		return constant(tBad, l.line, value{st: undef})
	}
	return out
}

func comparedNumbers(op string, l, r expr) func(f *frame) value {
	do := operator.Ordered(op)
	compare := func(a, b value) value {
		if st := worse(a, b); st != known {
			return value{st: st}
		}
		if l.t == tInt && r.t == tInt {
			return truth(do(cmp.Compare(a.i, b.i)))
		}
		return truth(do(cmp.Compare(asFloat(a, l.t), asFloat(b, r.t))))
	}
	up := op == ">" || op == ">="
	down := op == "<" || op == "<="
	return func(f *frame) value {
		a, b := l.eval(f), r.eval(f)
		v := compare(a, b)
		if v.st != unknown {
			return v
		}
		// What was counted in a part of a file can only grow.
		if up && l.least != nil {
			a = l.least(f)
		}
		if down && r.least != nil {
			b = r.least(f)
		}
		if w := compare(a, b); w.yes() {
			return w
		}
		return v
	}
}

func (p *parser) unary() expr {
	line, sign := p.tok.Line, p.tok.Text
	if p.tok.Kind != lex.Sign || sign != "-" && sign != "~" {
		return p.primary()
	}
	if p.nesting++; p.nesting > maxNesting {
		p.fail(line, fmt.Sprintf("more than %d operators within each other", maxNesting))
	}
	defer func() { p.nesting-- }()
	p.next()
	e := p.unary()
	switch {
	case e.t == tInt && sign == "-":
		return expr{t: tInt, line: line, constant: e.constant, eval: func(f *frame) value {
			v := e.eval(f)
			v.i = -v.i
			return v
		}}
	case e.t == tInt:
		return expr{t: tInt, line: line, constant: e.constant, eval: func(f *frame) value {
			v := e.eval(f)
			v.i = ^v.i
			return v
		}}
	case e.t == tFloat && sign == "-":
		return expr{t: tFloat, line: line, eval: func(f *frame) value {
			v := e.eval(f)
			v.f = -v.f
			return v
		}}
	}
	p.wrongType(e, sign)
	return constant(tBad, line, value{st: undef})
}

// primary reads what stands between operators.
func (p *parser) primary() expr {
	t := p.tok
	switch t.Kind {
	case lex.Int:
		p.next()
		return constant(tInt, t.Line, integer(t.Num))
	case lex.Float:
		p.next()
		return constant(tFloat, t.Line, number(t.Float))
	case lex.Text:
		p.next()
		return constant(tText, t.Line, text(t.Text))
	case lex.Regex:
		p.next()
		re, err := pattern.NewRegex(t.Text, strings.Contains(t.Flags, "i"), strings.Contains(t.Flags, "s"))
		if err != nil {
			p.fault(t.Line, fmt.Sprintf("%s: %v", t, err))
			return constant(tBad, t.Line, value{st: undef})
		}
		return constant(tRegex, t.Line, value{re: re})
	case lex.String, lex.Count, lex.Offset, lex.Length:
		return p.stringUse()
	case lex.Sign:
		if p.accept("(") {
			e := p.expression()
			p.expect(")")
			e.line = t.Line
			return e
		}
	case lex.Name:
		return p.named()
	}
	p.fail(t.Line, fmt.Sprintf("%s where a value was expected", t))
	return constant(tBad, t.Line, value{st: undef})
}

// named reads what begins with a word.
func (p *parser) named() expr {
	t := p.tok
	switch t.Text {
	case "true", "false":
		p.next()
		return constant(tBool, t.Line, truth(t.Text == "true"))
	case "filesize":
		p.next()
		return expr{t: tInt, line: t.Line, eval: func(f *frame) value { return f.size() }}
	case "entrypoint":
		p.next()
		return expr{t: tInt, line: t.Line, eval: func(f *frame) value { return f.entry() }}
	}
	if read, ok := readers[t.Text]; ok {
		p.next()
		p.expect("(")
		at := p.expression()
		p.expect(")")
		if at.t != tInt {
			p.wrongType(at, t.Text)
			return constant(tBad, t.Line, value{st: undef})
		}
		return expr{t: tInt, line: t.Line, eval: func(f *frame) value {
			v := at.eval(f)
			if v.st != known {
				return v
			}
			b, st := f.bytes(v.i, int64(read.n))
			if st != known {
				return value{st: st}
			}
			return integer(read.get(b))
		}}
	}
	return p.identified()
}
