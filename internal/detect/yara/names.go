package yara

import (
	"fmt"

	"lazaret/internal/detect/yara/lex"
)

// identified reads a loop variable, a rule, or a module and what follows its name.
func (p *parser) identified() expr {
	t := p.tok
	name := p.identifier("a value")
	var e expr
	m, imported := p.imports[name]
	i, isRule := p.rules[name]
	v := p.variable(name)
	switch {
	case p.ended:
		return constant(tBad, t.Line, value{st: undef})
	case v != nil:
		slot := v.slot
		load := func(f *frame) value { return f.vars[slot] }
		if v.elem == nil {
			return expr{t: v.t, line: t.Line, eval: load}
		}
		e = fromMember(v.elem, load, t.Line)
	case imported && m == missing:
		p.fail(t.Line, fmt.Sprintf("module %q is not supported", name))
		return constant(tBad, t.Line, value{st: undef})
	case imported:
		e = fromMember(m, nil, t.Line)
	case isRule && i < 0:
		p.fail(t.Line, fmt.Sprintf("rule %q, on which this one depends, was refused", name))
		return constant(tBad, t.Line, value{st: undef})
	case isRule:
		return expr{t: tBool, line: t.Line, eval: func(f *frame) value { return f.rules[i] }}
	case modules[name] != nil:
		p.fail(t.Line, fmt.Sprintf("module %q is used without import", name))
		return constant(tBad, t.Line, value{st: undef})
	default:
		p.fail(t.Line, fmt.Sprintf("%q is no rule above this one, no module and no variable; external variables are not supported", name))
		return constant(tBad, t.Line, value{st: undef})
	}
	return p.way(name, e)
}

func (p *parser) variable(name string) *variable {
	for i := range p.vars {
		if p.vars[i].name == name {
			return &p.vars[i]
		}
	}
	return nil
}

// fromMember is the expression for a member of a module.
func fromMember(m *member, index func(f *frame) value, line int) expr {
	e := expr{t: m.t, line: line, member: m, index: index}
	if m.at != nil {
		e.eval = func(f *frame) value {
			if index == nil {
				return m.at(f, 0)
			}
			i := index(f)
			if i.st != known {
				return value{st: i.st}
			}
			return m.at(f, int(i.i))
		}
	}
	return e
}

// way follows points, brackets and calls.
func (p *parser) way(name string, e expr) expr {
	for !p.ended {
		line := p.tok.Line
		switch {
		case p.is(".") && e.t == tStruct:
			p.next()
			field := p.tok.Text
			if p.tok.Kind != lex.Name {
				field = ""
			}
			m := e.member.fields[field]
			name += "." + field
			if m == nil {
				p.fail(line, fmt.Sprintf("%s is not supported", name))
				return constant(tBad, line, value{st: undef})
			}
			p.next()
			e = fromMember(m, e.index, line)
		case p.is("[") && (e.t == tArray || e.t == tDict):
			e = p.indexed(e)
		case p.is("(") && e.t == tFunc:
			e = p.called(name, e)
		case e.eval == nil:
			p.fail(line, fmt.Sprintf("%s is %s and no value", name, article(e.t)))
			return constant(tBad, line, value{st: undef})
		default:
			return e
		}
	}
	return constant(tBad, e.line, value{st: undef})
}

// indexed reads an index of an array or a key of a dictionary.
func (p *parser) indexed(e expr) expr {
	p.expect("[")
	k := p.expression()
	p.expect("]")
	m := e.member
	want := tInt
	if e.t == tDict {
		want = tText
	}
	if k.t != want {
		p.wrongType(k, "an index")
		return constant(tBad, e.line, value{st: undef})
	}
	if e.t == tDict {
		return expr{t: tText, line: e.line, eval: func(f *frame) value {
			v := k.eval(f)
			if v.st != known {
				return v
			}
			return m.lookup(f, v.s)
		}}
	}
	return fromMember(m.elem, func(f *frame) value {
		v, n := k.eval(f), m.count(f)
		switch {
		case v.st != known:
			return v
		case n.st != known:
			return n
		case v.i < 0 || v.i >= n.i:
			return value{st: undef}
		}
		return v
	}, e.line)
}

// called reads the arguments of a function and finds its form.
func (p *parser) called(name string, e expr) expr {
	p.expect("(")
	var args []expr
	form := ""
	for !p.is(")") && !p.ended {
		if len(args) > 0 {
			p.expect(",")
		}
		a := p.expression()
		args = append(args, a)
		form += string("bifsr?????"[a.t])
	}
	p.expect(")")
	for _, c := range e.member.calls {
		if c.args == form {
			return expr{t: c.t, line: e.line, eval: func(f *frame) value {
				var room [4]value
				a := room[:len(args)]
				for i := range args {
					a[i] = args[i].eval(f)
					if a[i].st != known {
						return value{st: a[i].st}
					}
				}
				return c.run(f, a)
			}}
		}
	}
	p.fail(e.line, fmt.Sprintf("%s is not supported with these arguments", name))
	return constant(tBad, e.line, value{st: undef})
}
