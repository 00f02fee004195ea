package yara

import (
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/yara/lex"
	"lazaret/internal/detect/yara/pattern"
)

// Limits of rule files.
const (
	maxText    = 32 << 20 // of one file
	maxName    = 128      // YARA's
	maxStrings = 10_000   // of one rule, YARA's
	maxNesting = 128      // of brackets in a condition
)

// modules that can be imported.
var modules = map[string]*member{"pe": peModule, "hash": hashModule, "math": mathModule}

// reserved are the words that name nothing else.
var reserved = strings.Fields(`all and any ascii at base64 base64wide condition contains defined
	endswith entrypoint false filesize for fullword global icontains iendswith iequals import in
	include int16 int16be int32 int32be int8 int8be istartswith matches meta nocase none not of or
	private rule startswith strings them true uint16 uint16be uint32 uint32be uint8 uint8be wide xor`)

// textOf is a string of a rule.
type textOf struct {
	id      string // with its $
	line    int
	pattern int // in the set
	private bool
	used    bool
	text    bool // a text string
}

// parser reads one file. After the first fault of a rule it finds only the end, so that
// whatever is being read comes to an end too; then the next rule is looked for.
type parser struct {
	set     *Set
	name    string // of the file
	lex     *lex.Lexer
	tok     lex.Token
	ahead   []lex.Token
	left    []lex.Token // where reading failed
	broken  bool        // a fault in this rule
	ended   bool        // nothing more of this rule is read
	key     string
	faults  *[]detect.Fault
	imports map[string]*member
	rules   map[string]int // of this file, -1 for those that are refused

	// Of the rule that is read.
	rule    *rule
	slow    []detect.Fault
	vars    []variable
	inOf    int // depth of for..of, where $ stands alone
	nesting int
}

func (p *parser) fault(line int, what string) {
	p.broken = true
	*p.faults = append(*p.faults, detect.Fault{File: p.name, Line: line, Key: p.key, What: what})
}

// fail notes a fault after which the rule makes no sense.
func (p *parser) fail(line int, what string) {
	if !p.ended {
		p.fault(line, what)
	}
	if !p.ended {
		p.left = append([]lex.Token{p.tok}, p.ahead...)
	}
	p.ended = true
	p.tok = lex.Token{Line: line}
	p.ahead = nil
}

// next goes to the next token.
func (p *parser) next() {
	switch {
	case p.ended:
		p.tok = lex.Token{Line: p.tok.Line}
	case len(p.ahead) > 0:
		p.tok, p.ahead = p.ahead[0], p.ahead[1:]
	default:
		t := p.lex.Next()
		if !p.ended {
			p.tok = t
		}
	}
}

// peek looks at the token behind this one.
func (p *parser) peek() lex.Token {
	if len(p.ahead) == 0 && !p.ended {
		if t := p.lex.Next(); !p.ended {
			p.ahead = append(p.ahead, t)
		}
	}
	if p.ended {
		return lex.Token{}
	}
	return p.ahead[0]
}

// is says whether this token is the sign or word.
func (p *parser) is(text string) bool {
	return (p.tok.Kind == lex.Sign || p.tok.Kind == lex.Name) && p.tok.Text == text
}

// accept passes over the sign or word if it is there.
func (p *parser) accept(text string) bool {
	if !p.is(text) {
		return false
	}
	p.next()
	return true
}

// expect passes over the sign or word, which must be there.
func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.fail(p.tok.Line, fmt.Sprintf("%s where %q was expected", p.tok, text))
	}
}

// identifier takes a name that is not reserved.
func (p *parser) identifier(what string) string {
	t := p.tok
	if t.Kind != lex.Name || slices.Contains(reserved, t.Text) || len(t.Text) > maxName {
		p.fail(t.Line, fmt.Sprintf("%s where %s was expected", t, what))
		return ""
	}
	p.next()
	return t.Text
}

// file reads all rules of a file.
func (p *parser) file() {
	p.next()
	for p.tok.Kind != lex.End || p.ended {
		p.key = ""
		line := p.tok.Line
		switch {
		case p.ended:
		case p.accept("import"):
			p.imported()
			continue
		case p.accept("include"):
			p.fail(line, "include is not supported: put the rules into one file, or give all files")
		case p.is("rule") || p.is("private") || p.is("global"):
			p.oneRule()
		default:
			p.fail(line, fmt.Sprintf("%s where a rule was expected", p.tok))
		}
		if p.ended {
			p.resume()
		}
	}
}

// resume goes on behind a fault with the next rule. What follows includes the token at
// which reading failed: it may begin a rule.
func (p *parser) resume() {
	p.ended = false
	said := p.lex.Fail
	p.lex.Fail = func(int, string) {}
	for {
		if len(p.left) > 0 {
			p.tok, p.left = p.left[0], p.left[1:]
		} else {
			p.tok = p.lex.Next()
		}
		if p.tok.Kind == lex.End && len(p.left) == 0 || p.is("rule") || p.is("private") || p.is("global") || p.is("import") || p.is("include") {
			break
		}
	}
	p.ahead, p.left = p.left, nil
	p.lex.Fail = said
}

func (p *parser) imported() {
	t := p.tok
	if t.Kind != lex.Text {
		p.fail(t.Line, fmt.Sprintf("%s where the name of a module was expected", t))
		return
	}
	p.next()
	m := modules[t.Text]
	if m == nil {
		p.key = "import"
		p.fault(t.Line, fmt.Sprintf("module %q is not supported; there are hash, math and pe", lex.Cut(t.Text, 40)))
		m = missing
	}
	p.imports[t.Text] = m
}

// missing stands for a module that is not supported: rules that use it are refused.
var missing = &member{}

// oneRule reads a rule and keeps it if it is without fault.
func (p *parser) oneRule() {
	r := &rule{file: p.name, line: p.tok.Line}
	p.rule, p.broken, p.slow = r, false, nil
	p.vars, p.inOf, p.nesting = nil, 0, 0
	for p.is("private") || p.is("global") {
		r.private = r.private || p.is("private")
		r.global = r.global || p.is("global")
		p.next()
	}
	p.expect("rule")
	r.line = p.tok.Line
	r.name = p.identifier("the name of a rule")
	p.key = r.name
	_, twice := p.rules[r.name]
	if twice && r.name != "" {
		p.fault(r.line, "a second rule of this name")
	}
	patterns := len(p.set.patterns)
	p.body(r)
	if r.name != "" && !twice {
		p.rules[r.name] = -1
	}
	if p.broken {
		p.set.patterns = p.set.patterns[:patterns]
		return
	}
	p.rules[r.name] = len(p.set.rules)
	p.set.rules = append(p.set.rules, r)
	p.set.warnings = append(p.set.warnings, p.slow...)
}

// body reads tags, meta, strings and condition.
func (p *parser) body(r *rule) {
	if p.accept(":") {
		for p.tok.Kind == lex.Name && !p.ended {
			tag := p.identifier("a tag")
			if slices.Contains(r.tags, tag) {
				p.fault(p.tok.Line, fmt.Sprintf("tag %q stands there twice", tag))
			}
			r.tags = append(r.tags, tag)
		}
	}
	p.expect("{")
	if p.accept("meta") {
		p.expect(":")
		p.meta(r)
	}
	if p.accept("strings") {
		p.expect(":")
		for p.tok.Kind == lex.String {
			p.oneString(r)
		}
		if len(r.texts) == 0 {
			p.fail(p.tok.Line, fmt.Sprintf("%s where a string was expected", p.tok))
		}
	}
	p.expect("condition")
	p.expect(":")
	c := p.expression()
	r.cond = p.truth(c)
	if !p.ended && !p.is("}") {
		p.fail(p.tok.Line, fmt.Sprintf("%s where an operator or %q was expected", p.tok, "}"))
	}
	for i := range r.texts {
		if t := &r.texts[i]; !t.used && !strings.HasPrefix(t.id, "$_") && !p.ended {
			p.fault(t.line, fmt.Sprintf("string %s is not used in the condition", t.id))
		}
	}
	if !p.ended {
		p.next()
	}
}

func (p *parser) meta(r *rule) {
	for p.tok.Kind == lex.Name && !p.is("strings") && !p.is("condition") {
		m := Meta{Key: p.identifier("the key of a meta line")}
		p.expect("=")
		negative := p.accept("-")
		switch t := p.tok; {
		case t.Kind == lex.Text && !negative:
			m.Value = t.Text
		case t.Kind == lex.Int:
			m.Value = t.Text
			if negative {
				m.Value = "-" + m.Value
			}
		case (p.is("true") || p.is("false")) && !negative:
			m.Value = t.Text
		default:
			p.fail(t.Line, fmt.Sprintf("%s where a text, an integer, true or false was expected", t))
		}
		p.next()
		r.meta = append(r.meta, m)
	}
}

// oneString reads the declaration of a string.
func (p *parser) oneString(r *rule) {
	t := textOf{id: p.tok.Text, line: p.tok.Line, pattern: len(p.set.patterns)}
	if strings.HasSuffix(t.id, "*") {
		p.fail(t.line, fmt.Sprintf("%q is no name of a string", t.id))
		return
	}
	if t.id == "$" {
		t.used = true
	} else if slices.ContainsFunc(r.texts, func(o textOf) bool { return o.id == t.id }) {
		p.fault(t.line, fmt.Sprintf("a second string %s", t.id))
	}
	if len(r.texts) >= maxStrings {
		p.fail(t.line, fmt.Sprintf("more than %d strings", maxStrings))
		return
	}
	p.next()
	if !p.is("=") {
		p.expect("=")
		return
	}
	var pat *pattern.Pattern
	var err error
	if p.lex.Brace() {
		text := p.lex.Braces()
		p.next()
		p.modifiers(lex.Sign, &t)
		pat, err = pattern.NewHex(text)
	} else {
		p.next()
		v := p.tok
		if v.Kind != lex.Text && v.Kind != lex.Regex {
			p.fail(v.Line, fmt.Sprintf("%s where a text, { or / was expected", v))
			return
		}
		p.next()
		m := p.modifiers(v.Kind, &t)
		if t.text = v.Kind == lex.Text; t.text {
			pat, err = pattern.NewText([]byte(v.Text), m)
		} else {
			m.NoCase = m.NoCase || strings.Contains(v.Flags, "i")
			pat, err = pattern.NewExpression(v.Text, strings.Contains(v.Flags, "s"), m)
		}
	}
	switch {
	case err != nil:
		p.fault(t.line, fmt.Sprintf("string %s: %v", t.id, err))
		pat = &pattern.Pattern{}
	case pat.Slow():
		p.slow = append(p.slow, detect.Fault{File: p.name, Line: t.line, Key: p.key,
			What: fmt.Sprintf("string %s has no two bytes in a row that are known: it is compared at every place of a file, and slow", t.id)})
	}
	p.set.patterns = append(p.set.patterns, pat)
	r.texts = append(r.texts, t)
}

// modifiers reads those of a string of a kind; lex.Sign stands for hexadecimal ones.
func (p *parser) modifiers(k lex.Kind, t *textOf) pattern.Modifiers {
	var m pattern.Modifiers
	var seen []string
	for p.tok.Kind == lex.Name {
		word, line := p.tok.Text, p.tok.Line
		if !slices.Contains([]string{"ascii", "wide", "nocase", "fullword", "private", "xor", "base64", "base64wide"}, word) {
			break
		}
		p.next()
		if slices.Contains(seen, word) {
			p.fault(line, fmt.Sprintf("string %s: modifier %s twice", t.id, word))
		}
		seen = append(seen, word)
		switch word {
		case "ascii":
			m.ASCII = true
		case "wide":
			m.Wide = true
		case "nocase":
			m.NoCase = true
		case "fullword":
			m.FullWord = true
		case "private":
			t.private = true
		case "xor":
			p.xor(&m, t)
		case "base64":
			m.Base64 = true
			p.alphabet(&m, t)
		case "base64wide":
			m.Base64Wide = true
			p.alphabet(&m, t)
		}
		if k == lex.Sign && word != "private" || k == lex.Regex && (m.Xor || m.Base64 || m.Base64Wide) {
			p.fault(line, fmt.Sprintf("string %s: modifier %s is not for strings of this kind", t.id, word))
		}
	}
	if m.Xor && (m.NoCase || m.Base64 || m.Base64Wide) || (m.Base64 || m.Base64Wide) && (m.NoCase || m.FullWord) {
		p.fault(t.line, fmt.Sprintf("string %s: modifiers %s do not go together", t.id, strings.Join(seen, " ")))
	}
	return m
}

// xor reads the keys of modifier xor.
func (p *parser) xor(m *pattern.Modifiers, t *textOf) {
	m.Xor, m.XorMin, m.XorMax = true, 0, 255
	if !p.accept("(") {
		return
	}
	key := func() byte {
		k := p.tok
		if k.Kind != lex.Int || k.Num > 255 {
			p.fail(k.Line, fmt.Sprintf("%s where a key from 0 to 255 was expected", k))
		}
		p.next()
		return byte(k.Num)
	}
	m.XorMin = key()
	m.XorMax = m.XorMin
	if p.accept("-") {
		m.XorMax = key()
	}
	p.expect(")")
	if m.XorMin > m.XorMax {
		p.fault(t.line, fmt.Sprintf("string %s: the keys of xor end before they begin", t.id))
	}
}

// alphabet reads that of modifier base64.
func (p *parser) alphabet(m *pattern.Modifiers, t *textOf) {
	if !p.accept("(") {
		return
	}
	a := p.tok
	if a.Kind != lex.Text || len(a.Text) != 64 {
		p.fail(a.Line, fmt.Sprintf("string %s: an alphabet of 64 characters was expected", t.id))
		return
	}
	if m.Alphabet != "" && m.Alphabet != a.Text {
		p.fault(a.Line, fmt.Sprintf("string %s: two alphabets", t.id))
	}
	m.Alphabet = a.Text
	p.next()
	p.expect(")")
}
