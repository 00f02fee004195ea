package sigma

import (
	"bytes"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"lazaret/internal/detect/sigma/syntax"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// valueTest compares the i-th value of a column.
type valueTest func(c *column, i int) bool

// item is a field, or all fields, with what is looked for in it.
type item struct {
	columns  []int // one, or all for keywords
	tests    []valueTest
	all      bool // each test must find its value
	negated  bool // neq: a value is there and no test holds
	orAbsent bool // nothing is there (null, an empty text, exists: false)
	present  bool // something is there (exists: true)
	globs    [][]*syntax.Glob
}

// compile makes the closure.
func (it *item) compile() func(*view) bool {
	if len(it.columns) > 1 {
		return it.keywords
	}
	at, tests := it.columns[0], it.tests
	switch {
	case it.present:
		return func(v *view) bool { return !v.at(at).absent() }
	case it.negated:
		return func(v *view) bool {
			c := v.at(at)
			return !c.absent() && !anyOf(c, tests)
		}
	case it.all:
		return func(v *view) bool {
			c := v.at(at)
			for _, t := range tests {
				if !anyValue(c, t) {
					return false
				}
			}
			return true
		}
	case it.orAbsent:
		return func(v *view) bool {
			c := v.at(at)
			return c.absent() || anyOf(c, tests)
		}
	}
	return func(v *view) bool { return anyOf(v.at(at), tests) }
}

func (it *item) keywords(v *view) bool {
	for _, t := range it.tests {
		found := false
		for _, at := range it.columns {
			if found = anyValue(v.at(at), t); found {
				break
			}
		}
		if found != it.all {
			return found
		}
	}
	return it.all
}

func anyOf(c *column, tests []valueTest) bool {
	for i := range c.values {
		for _, t := range tests {
			if t(c, i) {
				return true
			}
		}
	}
	return false
}

func anyValue(c *column, t valueTest) bool {
	for i := range c.values {
		if t(c, i) {
			return true
		}
	}
	return false
}

// testOf makes the test of one value of a rule. Numbers, addresses and truths are
// compared as such where the value is one; a value that the column can never have is a
// fault.
func testOf(m *syntax.Modifiers, raw string, kind columnKind, lax bool) (valueTest, []*syntax.Glob, bool, error) {
	switch m.Kind {
	case "re":
		t, err := regexpTest(raw, m.Flags)
		return t, nil, false, err
	case "cidr":
		t, err := cidrTest(raw, kind)
		return t, nil, false, err
	case "lt", "lte", "gt", "gte":
		t, err := compareTest(m.Kind, raw, kind)
		return t, nil, false, err
	}
	p, laxed := syntax.ParsePattern(raw, lax)
	variants, err := m.Variants(p)
	if err != nil {
		return nil, nil, laxed, err
	}
	if text, ok := syntax.PlainText(p); ok && len(m.Change) == 0 && kind != asText && kind != asAny {
		t, g, err := exactTest(text, kind)
		return t, g, laxed, err
	}
	var globs []*syntax.Glob
	for _, p := range variants {
		if len(p) == 0 || len(p) == 1 && p[0].Kind == syntax.Star && len(m.Change) > 0 {
			return nil, nil, laxed, fmt.Errorf("an empty text with %s would match everything", strings.Join(m.Change, ", "))
		}
		globs = append(globs, syntax.NewGlob(p, m.Cased))
	}
	return globTest(globs, m.Cased), globs, laxed, nil
}

func globTest(globs []*syntax.Glob, cased bool) valueTest {
	if len(globs) == 1 {
		g := globs[0]
		if exact, ok := g.Exact(); ok && !cased {
			return func(c *column, i int) bool { return bytes.Equal(c.lowText(i), exact) }
		}
		if cased {
			return func(c *column, i int) bool { return g.Match(c.text(i)) }
		}
		return func(c *column, i int) bool { return g.Match(c.lowText(i)) }
	}
	return func(c *column, i int) bool {
		b := c.text(i)
		if !cased {
			b = c.lowText(i)
		}
		for _, g := range globs {
			if g.Match(b) {
				return true
			}
		}
		return false
	}
}

// exactTest compares a number, an address or a truth. The glob is how logs write it, for
// the index.
func exactTest(text string, kind columnKind) (valueTest, []*syntax.Glob, error) {
	var want event.Value
	var test valueTest
	switch kind {
	case asNumber:
		n, err := syntax.Number(text)
		if err != nil {
			return nil, nil, fmt.Errorf("%q is no number, and the field holds nothing else", text)
		}
		want = event.Value{Kind: event.Number, Number: n}
		test = func(c *column, i int) bool { return c.values[i].Number == n }
	case asAddress:
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, nil, fmt.Errorf("%q is no address, and the field holds nothing else", text)
		}
		ip := netid.FromAddr(a)
		want = event.Value{Kind: event.Address, IP: ip}
		test = func(c *column, i int) bool { return c.values[i].IP == ip }
	default:
		var b bool
		switch syntax.Lower(text) {
		case "true", "t", "1":
			b = true
		case "false", "f", "0":
		default:
			return nil, nil, fmt.Errorf("%q is neither true nor false, and the field holds nothing else", text)
		}
		return func(c *column, i int) bool { return c.values[i].Truth == b }, nil, nil
	}
	return test, []*syntax.Glob{syntax.NewGlob([]syntax.Token{{Text: string(appendValue(nil, &want))}}, false)}, nil
}

func regexpTest(raw, flags string) (valueTest, error) {
	if raw == "" {
		return nil, fmt.Errorf("an empty regular expression would match everything")
	}
	if flags != "" {
		raw = "(?" + flags + ")" + raw
	}
	re, err := regexp.Compile(raw)
	if err != nil {
		return nil, fmt.Errorf("%v (expressions are RE2, without look-around and references back)", err)
	}
	return func(c *column, i int) bool {
		if v := &c.values[i]; v.Kind == event.Text {
			return re.MatchString(v.Text)
		}
		return re.Match(c.text(i))
	}, nil
}

func cidrTest(raw string, kind columnKind) (valueTest, error) {
	if kind == asNumber || kind == asTruth {
		return nil, fmt.Errorf("modifier cidr wants a field of addresses or text")
	}
	if !strings.Contains(raw, "/") {
		a, err := netip.ParseAddr(raw)
		if err != nil {
			return nil, fmt.Errorf("%q is no network: expected an address, / and the length of its prefix", raw)
		}
		raw = netip.PrefixFrom(a, a.BitLen()).String()
	}
	p, err := netip.ParsePrefix(raw)
	if err != nil {
		return nil, fmt.Errorf("%q is no network: expected an address, / and the length of its prefix", raw)
	}
	if p.Masked() != p {
		return nil, fmt.Errorf("%s has bits behind its prefix: %s is the network", raw, p.Masked())
	}
	return func(c *column, i int) bool {
		v := &c.values[i]
		if v.Kind == event.Address {
			return p.Contains(v.IP.Addr())
		}
		if !addressLike(v.Text) {
			return false
		}
		a, err := netip.ParseAddr(v.Text)
		return err == nil && p.Contains(a.Unmap())
	}, nil
}

// addressLike says whether text may be an address, without the cost of an error.
func addressLike(s string) bool {
	dots, colons := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c >= '0' && c <= '9':
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			if colons == 0 && i > 3 {
				return false
			}
		default:
			return false
		}
	}
	return len(s) <= 45 && (colons >= 2 || colons == 0 && dots == 3 && s[0] <= '9')
}

func compareTest(how, raw string, kind columnKind) (valueTest, error) {
	if kind != asNumber && kind != asAny {
		return nil, fmt.Errorf("modifier %s wants a field of numbers", how)
	}
	n, err := syntax.Number(raw)
	if err != nil {
		return nil, fmt.Errorf("%q is no number, and %s compares numbers", raw, how)
	}
	switch how {
	case "lt":
		return func(c *column, i int) bool { return c.values[i].Number < n }, nil
	case "lte":
		return func(c *column, i int) bool { return c.values[i].Number <= n }, nil
	case "gt":
		return func(c *column, i int) bool { return c.values[i].Number > n }, nil
	}
	return func(c *column, i int) bool { return c.values[i].Number >= n }, nil
}

// sameAs compares two columns of one record (fieldref): any value of one with any of
// the other.
func sameAs(m *syntax.Modifiers, a, b int) func(*view) bool {
	how := ""
	if len(m.Change) > 0 {
		how = m.Change[0]
	}
	cased, neq := m.Cased, m.Neq
	return func(v *view) bool {
		x, y := v.at(a), v.at(b)
		if x.absent() || y.absent() {
			return false
		}
		for i := range x.values {
			for j := range y.values {
				if alike(x, y, i, j, how, cased) {
					return !neq
				}
			}
		}
		return neq
	}
}

func alike(x, y *column, i, j int, how string, cased bool) bool {
	s, t := x.lowText, y.lowText
	if cased {
		s, t = x.text, y.text
	}
	switch how {
	case "contains":
		return bytes.Contains(s(i), t(j))
	case "startswith":
		return bytes.HasPrefix(s(i), t(j))
	case "endswith":
		return bytes.HasSuffix(s(i), t(j))
	}
	return bytes.Equal(s(i), t(j))
}
