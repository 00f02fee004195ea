package syntax

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
)

// tree writes a condition with all its brackets.
func tree(e *Expr) string {
	if e.Op == OpName {
		return e.Name
	}
	var kids []string
	for _, k := range e.Kids {
		kids = append(kids, tree(k))
	}
	how := map[Op]string{OpAnd: "and", OpOr: "or", OpNot: "not", OpSome: fmt.Sprint(e.N)}[e.Op]
	return how + "(" + strings.Join(kids, " ") + ")"
}

var selections = []string{"a1", "a2", "b", "_c"}

// not binds more than and, and more than or; them leaves out names that begin with _.
func TestCondition(t *testing.T) {
	for s, want := range map[string]string{
		"a1":                         "a1",
		"a1 or a2 and not b":         "or(a1 and(a2 not(b)))",
		"(a1 OR a2) And b":           "and(or(a1 a2) b)",
		"not not a1":                 "a1",
		"a1 and a2 and b":            "and(a1 a2 b)",
		"1 of a*":                    "1(a1 a2)",
		"all of them":                "3(a1 a2 b)",
		"any of _*":                  "1(_c)",
		"2 of them or not all of a*": "or(2(a1 a2 b) not(2(a1 a2)))",
	} {
		used := map[string]bool{}
		e, err := ParseCondition(s, selections, used)
		if err != nil || tree(e) != want {
			t.Errorf("%s: %v, want %s", s, err, want)
			continue
		}
		for _, n := range selections {
			if used[n] != strings.Contains(want, n) {
				t.Errorf("%s: %s used: %v", s, n, used[n])
			}
		}
		if e.Negates() != strings.Contains(want, "not(") {
			t.Errorf("%s negates: %v", s, e.Negates())
		}
	}
}

// What is no condition is told by what is wrong with it.
func TestConditionFaults(t *testing.T) {
	for s, want := range map[string]string{
		"":                              "is empty",
		"a1 and x":                      `"x" is none of the names a1, a2`,
		"a1 | count() > 5":              "write a correlation",
		"1 of x*":                       "like",
		"4 of them":                     "from 1 to 3",
		"(a1":                           "not closed",
		"a1 b":                          "is not expected",
		"a1 and":                        "ends where",
		"1 of":                          "ends after",
		"a1 & b":                        "no part of a condition",
		strings.Repeat("(", 200) + "a1": "deeper",
		strings.Repeat("a1 ", 3000):     "more than",
	} {
		if _, err := ParseCondition(s, selections, map[string]bool{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", s, err, want)
		}
	}
}

// A condition without not is evaluated over places of names.
func TestMet(t *testing.T) {
	for s, want := range map[string][]uint64{"a1": {1, 3, 5, 7}, "a1 and b": {5, 7}, "a1 and a2 or b": {3, 4, 5, 6, 7}, "2 of them": {3, 5, 6, 7}} {
		e, err := ParseCondition(s, selections[:3], map[string]bool{})
		if err != nil {
			t.Fatal(err)
		}
		e.Number(selections[:3])
		for there := range uint64(8) {
			if got := e.Met(there); got != slices.Contains(want, there) {
				t.Errorf("%s over %03b: %v", s, there, got)
			}
		}
	}
}

// A document that is no YAML leaves the others alone, and lines are those of the file.
func TestParse(t *testing.T) {
	var out Faults
	docs := Parse("f.yml", []byte("# only words\n---\ntitle: A\nlogsource: {product: zeek}\n---\ntitle: [B\n--- \r\ntitle: C\nlist: &x [1, 2]\nagain: *x\n...\n- D\n"), &out)
	if len(docs) != 2 || docs[0].Text(docs[0].Root, "title") != "A" || docs[1].Text(docs[1].Root, "title") != "C" {
		t.Fatalf("%d documents, faults %v", len(docs), out.List)
	}
	if got := docs[1].Texts(docs[1].Root, "again"); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("behind an alias: %q", got)
	}
	if len(out.List) != 2 || !strings.Contains(out.List[0].What, "not YAML") || out.List[0].File != "f.yml" || out.List[1].Line != 12 {
		t.Errorf("faults %v", out.List)
	}
	docs[1].Key = "C"
	docs[1].Fault(Get(docs[1].Root, "list"), "list", "is %d", 7)
	if f := out.List[2]; f.Line != 9 || f.Key != "C: list" || f.What != "is 7" {
		t.Errorf("fault %+v", f)
	}
	if s, ok := docs[0].LogSource(); !ok || s.String() != "product zeek" {
		t.Errorf("log source %v", s)
	}
}

// A small file cannot make much of itself, and what is no part of Sigma is refused.
func TestParseBounds(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'h'; c++ {
		p := c - 1
		bomb += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", p), 9), p)
	}
	for text, want := range map[string]string{
		bomb: "more than 50000 values",
		strings.Repeat("[", 40) + strings.Repeat("]", 40): "deeper than 24",
		strings.Repeat("#", maxSource+1):                  "bytes are more",
		"a: 1\na: 2":                                      "there twice",
		"a: &x {b: 1}\nc:\n  <<: *x":                      "not part of Sigma",
		"? [a]\n: 1":                                      "no word",
	} {
		var out Faults
		if docs := Parse("f.yml", []byte(text), &out); len(docs) > 0 || len(out.List) != 1 || !strings.Contains(out.List[0].What, want) {
			t.Errorf("%.20q: %d documents, %v, want %s", text, len(docs), out.List, want)
		}
	}
	var out Faults
	for range maxFaults + 5 {
		Parse("f.yml", []byte("- x"), &out)
	}
	if len(out.List) != maxFaults || out.More != 5 {
		t.Errorf("%d faults and %d", len(out.List), out.More)
	}
}

func TestModifiers(t *testing.T) {
	m, err := ParseModifiers(strings.Split("wide|base64offset|contains|all", "|"))
	if err != nil || !m.All || !slices.Equal(m.Change, []string{"wide", "base64offset", "contains"}) {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := ParseModifiers([]string{"hour", "gte"}); err != nil || m.Part != Hour || m.Kind != "gte" {
		t.Errorf("%+v, %v", m, err)
	}
	for words, want := range map[string]string{
		"contians": `modifier "contians"`, "re|cidr": "exclude", "i": "behind re", "contains|base64": "behind those", "re|contains": "exclude",
		"cidr|cased": "exclude", "exists|neq": "stands alone", "hour|week": "one of", "hour|contains": "a number",
	} {
		if _, err := ParseModifiers(strings.Split(words, "|")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", words, err, want)
		}
	}
}

// Values become as many texts as modifiers make of them, and no more.
func TestVariants(t *testing.T) {
	variants := func(words, value string) (int, error) {
		m, err := ParseModifiers(strings.Split(words, "|"))
		if err != nil {
			t.Fatal(err)
		}
		p, _ := ParsePattern(value, false)
		v, err := m.Variants(p)
		return len(v), err
	}
	for _, c := range []struct {
		words, value string
		want         int
	}{{"contains", "a", 1}, {"base64offset", "abc", 3}, {"windash", " -a -b", 1}, {"windash|base64", " -a -b", 25}} {
		if n, err := variants(c.words, c.value); err != nil || n != c.want {
			t.Errorf("%s of %q: %d, %v", c.words, c.value, n, err)
		}
	}
	for value, want := range map[string]string{"a*b": "wild card", strings.Repeat(" -a", 4): "more than 256", "": "too short"} {
		if _, err := variants("windash|base64offset", value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", value, err, want)
		}
	}
	got, err := Placeholders(`%a%-%b% 5\% 6%`, map[string][]string{"a": {"1", "2"}, "b": {"x"}})
	if err != nil || !slices.Equal(got, []string{"1-x 5% 6%", "2-x 5% 6%"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// A log source is resolved to a log that is here, to a reason, or is a fault.
func TestResolve(t *testing.T) {
	type query struct {
		Query string `log:"query" doc:"d"`
	}
	dns := event.NewSchema[query]("dns", "d")
	logs := []*event.Schema{dns}
	for _, c := range []struct {
		source LogSource
		logs   int
		why    string
	}{
		{LogSource{Category: "dns"}, 1, ""},
		{LogSource{Product: "zeek"}, 1, ""},
		{LogSource{Category: "proxy"}, 0, "not written here"},
		{LogSource{Product: "zeek", Service: "modbus"}, 0, "no counterpart"},
		{LogSource{Product: "windows", Category: "process_creation"}, 0, "nothing on the wire"},
	} {
		p, err := Resolve(c.source, logs)
		if err != nil || len(p.Logs) != c.logs || !strings.Contains(p.Why, c.why) || (p.Why == "") != (c.why == "") {
			t.Errorf("%v: %+v, %v", c.source, p, err)
		}
	}
	for _, s := range []LogSource{{}, {Product: "zeek", Service: "dsn"}} {
		if _, err := Resolve(s, logs); err == nil {
			t.Errorf("%v is no fault", s)
		}
	}
	p, _ := Resolve(LogSource{Category: "dns"}, logs)
	for name, want := range map[string]Status{"query": Known, "QueryName": Known, "total_answers": Missing, "qery": Unknown} {
		if w, _, got := p.Field(dns, name); got != want || name == "QueryName" && w.Name != "query" {
			t.Errorf("%s: %v %+v", name, got, w)
		}
	}
	if n := Near(dns, "Qery"); n != "query" || Near(dns, "bytes") != "" {
		t.Errorf("near: %q, %q", n, Near(dns, "bytes"))
	}
}

func TestNumber(t *testing.T) {
	for s, want := range map[string]float64{"7": 7, "-1.5": -1.5, "0x1BD": 445, "0o17": 15, "8e3": 8000} {
		if n, err := Number(s); err != nil || n != want {
			t.Errorf("%s: %v, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "x", "nan", "inf", "1e999"} {
		if n, err := Number(s); err == nil {
			t.Errorf("%q is %v", s, n)
		}
	}
}

// expression is the regular expression that a pattern stands for.
func expression(p []Token) *regexp.Regexp {
	b := "^"
	for _, t := range p {
		b += [...]string{regexp.QuoteMeta(t.Text), "(?s:.*)", "(?s:.)", "[" + dashes + "]"}[t.Kind]
	}
	return regexp.MustCompile(b + "$")
}

// A pattern finds what the regular expression finds that says the same.
func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{{"a*b?c", "a--b.c"}, {`a\*`, "a*"}, {"*x*y", "xxyy"}, {" -a*", " /afoo"}, {"*?b", "é b"}, {"a*a", "a"}} {
		f.Add(s[0], s[1], true)
		f.Add(s[0], s[1], false)
	}
	f.Fuzz(func(t *testing.T, pattern, s string, dash bool) {
		if len(pattern) > 200 || strings.ToValidUTF8(pattern, "") != pattern || strings.ToValidUTF8(s, "") != s {
			return // patterns come from YAML, which is valid UTF-8, and are short
		}
		p, laxed := ParsePattern(pattern, false)
		if dash {
			p = windash(p)
		}
		g := NewGlob(p, true)
		if got, want := g.Match([]byte(s)), expression(p).MatchString(s); got != want || laxed {
			t.Errorf("%q on %q: %v", pattern, s, got)
		}
		if b, ok := g.Exact(); ok && !g.Match(b) {
			t.Errorf("%q does not find %q", pattern, b)
		}
	})
}

func FuzzCondition(f *testing.F) {
	f.Add("1 of a* and not (b or all of them)")
	f.Add("not not _c or 2 of them")
	f.Fuzz(func(t *testing.T, s string) {
		used := map[string]bool{}
		e, err := ParseCondition(s, selections, used)
		if (err == nil) != (e != nil) || err == nil && len(used) == 0 {
			t.Errorf("%q: %v, %v", s, err, used)
		}
		if err == nil {
			e.Number(selections)
			e.Met(5)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("title: a\n---\ntitle: [b\n...\nx: &a {y: z}\nw: *a\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var out Faults
		for _, d := range Parse("f.yml", text, &out) {
			if d.Root == nil || d.Base > len(text) {
				t.Errorf("document %+v", d)
			}
			d.Text(d.Root, "title")
			d.Texts(d.Root, "tags")
			d.LogSource()
		}
		for _, x := range out.List {
			if x.What == "" || x.File == "" {
				t.Errorf("fault %+v", x)
			}
		}
	})
}
