package rest

import (
	"fmt"
	"strings"
	"testing"
)

// parts notes what a Multipart gives.
type parts struct {
	out  []string
	body strings.Builder
}

func (p *parts) Part(head []byte) {
	p.out = append(p.out, PartField(head, "content-type"))
	p.body.Reset()
}
func (p *parts) PartContent(b []byte) { p.body.Write(b) }
func (p *parts) PartEnd(whole bool) {
	p.out = append(p.out, fmt.Sprintf("%q %v", p.body.String(), whole))
}

// cuts feeds b in one piece, byte by byte, and in two pieces cut at every place.
func cuts(b string, run func(feed func(feed func([]byte))) string) map[string]string {
	all := map[string]string{}
	all[run(func(feed func([]byte)) { feed([]byte(b)) })] = "whole"
	all[run(func(feed func([]byte)) {
		for i := range len(b) {
			feed([]byte(b[i : i+1]))
		}
	})] = "bytes"
	for at := range len(b) {
		all[run(func(feed func([]byte)) { feed([]byte(b[:at])); feed([]byte(b[at:])) })] = fmt.Sprint("cut at ", at)
	}
	return all
}

func TestMultipart(t *testing.T) {
	for _, c := range []struct{ name, boundary, content, want string }{
		{"two parts", "XX", "--XX\r\nContent-Type: a/b\r\n\r\none\r\n--XX\r\ncontent-type:c/d; x=y\r\nOther: 1\r\n\r\ntwo\r\n--XX--\r\n",
			`[a/b "one" true c/d; x=y "two" true] true`},
		{"preamble and epilogue", "XX", "hello\r\n--XX\r\n\r\none\r\n--XX--\r\n--XX\r\n\r\nno", `[ "one" true] true`},
		{"no last delimiter", "XX", "--XX\r\n\r\none", `[ "one" false] false`},
		{"empty parts", "XX", "--XX\r\n\r\n--XX\r\n\r\n\r\n--XX--", `[ "" true  "" true] true`},
		{"nearly a delimiter", "XX", "--XX\r\n\r\na\r\n--X\r\r\r\n--\r\n-b\r\n--XX--", `[ "a\r\n--X\r\r\r\n--\r\n-b" true] true`},
		{"a part that begins with hyphens", "XX", "--XX\r\n\r\n--Xa\r\n--XX--", `[ "--Xa" true] true`},
		{"padding", "XX", "--XX  \t\r\n\r\na\r\n--XX \r\n\r\nb\r\n--XX--", `[ "a" true  "b" true] true`},
		{"a long head", "XX", "--XX\r\nA: " + strings.Repeat("x", 3*MaxPartHead) + "\r\nContent-Type: late\r\n\r\na\r\n--XX--", `[ "a" true] true`},
		{"nothing", "XX", "", `[] false`},
	} {
		got := cuts(c.content, func(feed func(func([]byte))) string {
			var m Multipart
			p := &parts{}
			if !m.Start(c.boundary) {
				t.Fatal("boundary refused")
			}
			feed(func(b []byte) { m.Feed(p, b) })
			return fmt.Sprint(p.out, " ", m.End(p))
		})
		for out, how := range got {
			if out != c.want {
				t.Errorf("%s, %s:\n got %s\nwant %s", c.name, how, out, c.want)
			}
		}
	}
	var m Multipart
	for _, b := range []string{"", strings.Repeat("x", 71), "a\rb", "ü"} {
		if m.Start(b) {
			t.Errorf("boundary %q was taken", b)
		}
	}
}

func TestMultipartLost(t *testing.T) {
	var m Multipart
	p := &parts{}
	m.Start("XX")
	m.Feed(p, []byte("--XX\r\n\r\none\r\n-"))
	m.Lost(p)
	m.Feed(p, []byte("-XX\r\ntwo\r\n--XX\r\nContent-"))
	m.Lost(p)
	m.Feed(p, []byte("\r\n\r\nunknown\r\n--XX\r\n\r\nlast\r\n--XX--"))
	if got, want := fmt.Sprint(p.out, m.End(p)), `[ "one\r\n--XX\r\ntwo" false  "last" true] true`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// members notes what a Walker gives.
type members struct{ out []string }

func (m *members) Object(path []byte, depth int) {
	m.out = append(m.out, fmt.Sprintf("%s{%d", path, depth))
}
func (m *members) Value(path, v []byte, text, cut bool) {
	f := "%s=%s"
	if text {
		f = "%s=%q"
	}
	if cut {
		f += "+"
	}
	m.out = append(m.out, fmt.Sprintf(f, path, v))
}

func TestWalker(t *testing.T) {
	long := strings.Repeat("x", MaxText+1)
	for _, c := range []struct{ name, in, want string }{
		{"object", `{"a":"b","c":{"d":[1,true,{"e":null}],"f":-1.5e+3}}`, `{0 a="b" c{1 c.d=1 c.d=true c.d{3 c.d.e=null c.f=-1.5e+3 done`},
		{"array of objects", `[{"00080005":{"vr":"CS"}},{}]`, `{1 00080005{2 00080005.vr="CS" {1 done`},
		{"escapes", `{"a\"b":"c\\d\u00e9\n"}`, `{0 a"b="c\\dé " done`},
		{"white space", " \r\n{ \"a\" : [ ] , \"b\" : 1 } ", `{0 b=1 done`},
		{"number alone", `12`, `=12 done`},
		{"long value", `"` + long + `"`, `="` + long[1:] + `"+ done`},
		{"long name", `{"` + long + `":{"x":1},"y":2}`, `{0 {1 =1 y=2 done`},
		{"no end", `{"a":"b`, `{0 broken`},
		{"comma", `[1,]`, `=1 broken`},
		{"two commas", `{"a":1,,}`, `{0 a=1 broken`},
		{"wrong end", `{"a":1]`, `{0 a=1 broken`},
		{"no colon", `{"a" 1}`, `{0 broken`},
		{"escape", `"\uzz" 1`, `broken`},
		{"too deep", strings.Repeat("[", MaxDepth+1), `broken`},
		{"words", `hello`, `broken`},
	} {
		got := cuts(c.in, func(feed func(func([]byte))) string {
			var w Walker
			m := &members{}
			w.Start()
			feed(func(b []byte) { w.Feed(m, b) })
			w.End(m)
			if w.Done() {
				m.out = append(m.out, "done")
			}
			if w.Broken() {
				m.out = append(m.out, "broken")
			}
			return strings.Join(m.out, " ")
		})
		for out, how := range got {
			if out != c.want {
				t.Errorf("%s, %s:\n got %s\nwant %s", c.name, how, out, c.want)
			}
		}
	}
}

type nobody struct{}

func (nobody) Object([]byte, int)               {}
func (nobody) Value([]byte, []byte, bool, bool) {}
func (nobody) Part([]byte)                      {}
func (nobody) PartContent([]byte)               {}
func (nobody) PartEnd(bool)                     {}

func TestAllocs(t *testing.T) {
	var w Walker
	var m Multipart
	in := []byte(`{"a":"b","c":{"d":[1,true,{"e":null}],"f":-1.5e+3}}`)
	content := []byte("--XX\r\nContent-Type: a/b\r\n\r\none\r\n--XX--")
	if n := testing.AllocsPerRun(100, func() {
		w.Start()
		w.Feed(nobody{}, in)
		w.End(nobody{})
		m.Start("XX")
		m.Feed(nobody{}, content)
		m.End(nobody{})
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func split(target string) string {
	path, query := Split(target)
	return path + " " + query
}

func TestWords(t *testing.T) {
	const typ = `Multipart/Related; type="application/dicom"; boundary=a=b; start="x;y"`
	for got, want := range map[string]string{
		Media(typ): "multipart/related", Media(""): "", Param(typ, "type"): "application/dicom",
		Param(typ, "boundary"): "a=b", Param(typ, "start"): "x;y", Param(typ, "none"): "",
		Unescape("a%20b+c%zz%"): "a b c%zz%", fmt.Sprint(Segments("/a//b/c/", make([]string, 2))): "[b c]",
		split("https://h:1/p?q=1#f"): "/p q=1", split("/p"): "/p ", split("http://h"): " ",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	var names []string
	Pairs("a=1&b&c%3D=%32&=", func(n, v string) bool { names = append(names, n+":"+v); return true })
	if got := strings.Join(names, " "); got != "a:1 c=:2 :" {
		t.Errorf("pairs %q", got)
	}
}

// FuzzWalker and FuzzMultipart hold that what is understood does not depend on how the
// bytes were cut.
func FuzzWalker(f *testing.F) {
	f.Add([]byte(`{"a":"b","c":{"d":[1,true,{"e":null}],"f":-1.5e+3}}`), byte(3))
	f.Add([]byte(`["\u00e9\"",[{}]]`), byte(1))
	f.Fuzz(func(t *testing.T, b []byte, step byte) {
		run := func(n int) string {
			var w Walker
			m := &members{}
			for rest := b; len(rest) > 0; rest = rest[min(n, len(rest)):] {
				w.Feed(m, rest[:min(n, len(rest))])
			}
			w.End(m)
			return fmt.Sprint(m.out, w.Done())
		}
		if a, c := run(len(b)+1), run(1+int(step)); a != c {
			t.Errorf("whole %s\ncut %s", a, c)
		}
	})
}

func FuzzMultipart(f *testing.F) {
	f.Add([]byte("--XX\r\nContent-Type: a/b\r\n\r\none\r\n--XX\r\n\r\n--XX--"), byte(3))
	f.Fuzz(func(t *testing.T, b []byte, step byte) {
		run := func(n int) string {
			var m Multipart
			p := &parts{}
			m.Start("XX")
			for rest := b; len(rest) > 0; rest = rest[min(n, len(rest)):] {
				m.Feed(p, rest[:min(n, len(rest))])
			}
			return fmt.Sprint(p.out, m.End(p))
		}
		if a, c := run(len(b)+1), run(1+int(step)); a != c {
			t.Errorf("whole %s\ncut %s", a, c)
		}
	})
}

func TestLogin(t *testing.T) {
	for in, want := range map[string]string{"": "", "Basic eDp5": "basic", "BEARER abc": "bearer", "Negotiate": "negotiate", "AWS4-HMAC x": "other"} {
		if got := Login(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
