package sigma

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/http"
	"lazaret/internal/protocols"
)

// many writes n rules over dns and http, each with its own names.
func many(n int) []Source {
	var b strings.Builder
	for i := range n {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "---\ntitle: E%d\nlogsource: {category: dns}\ndetection:\n  s:\n    query|endswith: ['.bad%d.example', '.worse%d.example']\n  f: {answers: '127.0.0.1'}\n  condition: s and not f\n", i, i, i)
		case 1:
			fmt.Fprintf(&b, "---\ntitle: C%d\nlogsource: {category: dns}\ndetection:\n  s:\n    query|contains|all: ['pool%dx', 'min']\n  condition: s\n", i, i)
		case 2:
			fmt.Fprintf(&b, "---\ntitle: Q%d\nlogsource: {category: dns}\ndetection:\n  s:\n    query: ['host%d.example', 'other%d.example']\n    qtype_name: A\n  condition: s\n", i, i, i)
		case 3:
			fmt.Fprintf(&b, "---\ntitle: H%d\nlogsource: {category: proxy}\ndetection:\n  s:\n    c-useragent|contains: 'agent%dx'\n    c-uri|startswith: '/gate%d'\n  condition: s\n", i, i, i)
		}
	}
	return []Source{{"many.yml", []byte(b.String())}}
}

func quiet() []*event.Record {
	conn := &event.Conn{UID: "C1"}
	return []*event.Record{
		{TS: 1e18, Conn: conn, Body: &dns.Record{Query: "Update.Vendor.Example.com", QTypeName: "A", Answers: []string{"198.51.100.7", "vendor.example.net"}}},
		{TS: 1e18, Conn: conn, Body: &http.Exchange{Method: "GET", Host: "update.vendor.example.com", URI: "/packages/2026/list.json", UserAgent: "Updater/4.1 (Windows NT 10.0)"}},
	}
}

func engine(t testing.TB, src []Source) *Engine {
	t.Helper()
	set, faults := Compile(src, protocols.Schemas(), nil)
	if len(faults) > 0 {
		t.Fatal(faults[0])
	}
	return NewEngine(set, DefaultConfig(), func(detect.Hit) { t.Error("a hit") })
}

// What matches nothing costs no allocation, also with the rules of others.
func TestAllocs(t *testing.T) {
	src := many(1000)
	files, _ := filepath.Glob(filepath.Join("../../../../shared", "sigma", "*.yml"))
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil {
			src = append(src, Source{f, b})
		}
	}
	e := engine(t, src)
	for _, r := range quiet() {
		if n := testing.AllocsPerRun(100, func() { e.Add(r) }); n != 0 {
			t.Errorf("%s: %v allocations", r.Body.Schema().Name, n)
		}
	}
}

// The index leaves no rule out: each of many fires on its own record.
func TestIndex(t *testing.T) {
	set, faults := Compile(many(400), protocols.Schemas(), nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for i := range 400 {
		var r *event.Record
		switch i % 4 {
		case 0:
			r = record(t, "dns", fmt.Sprintf("query=x.WORSE%d.example", i))
		case 1:
			r = record(t, "dns", fmt.Sprintf("query=eu.pool%dx.mining.org", i))
		case 2:
			r = record(t, "dns", fmt.Sprintf("query=other%d.example", i), "qtype_name=A")
		case 3:
			r = record(t, "http", fmt.Sprintf("user_agent=an agent%dx", i), fmt.Sprintf("uri=/gate%d.php", i))
		}
		if hits := run(set, r); len(hits) != 1 || hits[0].Rule.Title[1:] != fmt.Sprint(i) {
			t.Errorf("rule %d: %d hits", i, len(hits))
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, n := range []int{30, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e, records := engine(b, many(n)), quiet()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e.Add(records[i%2])
			}
		})
	}
}

func BenchmarkShared(b *testing.B) {
	files, _ := filepath.Glob(filepath.Join("../../../../shared", "sigma", "*.yml"))
	if len(files) == 0 {
		b.Skip("../shared/sigma is not there")
	}
	var src []Source
	for _, f := range files {
		if t, err := os.ReadFile(f); err == nil {
			src = append(src, Source{f, t})
		}
	}
	for i, name := range []string{"dns", "http"} {
		b.Run(name, func(b *testing.B) {
			e, r := engine(b, src), quiet()[i]
			b.ReportAllocs()
			for b.Loop() {
				e.Add(r)
			}
		})
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range many(4) {
		f.Add(s.Text)
	}
	for _, d := range []string{"s:\n  query|windash|base64offset|contains: ' -a /b'\n  size|gt: 3\ncondition: 1 of s*", "s: &x [a, 'b*?']\nt: *x\ncondition: all of them and not s", "s:\n  ts|hour|neq: [1, 2]\n  host|cidr: ::/0\n  query|re|i: a+\ncondition: [s, not s]"} {
		f.Add(rules(d)[0].Text)
	}
	f.Add(counted("type: temporal\nrules: [a, b]\ngroup-by: [user]\ntimespan: 1m\ncondition: a and b")[0].Text)
	f.Add(counted("type: value_avg\nrules: [a]\ngroup-by: [user]\ntimespan: 1m\ncondition: {field: size, lte: 3}")[0].Text)
	f.Fuzz(func(t *testing.T, text []byte) {
		set, faults := Compile([]Source{{"f.yml", text}}, schemas, nil)
		for _, x := range faults {
			if x.What == "" || x.File == "" {
				t.Errorf("fault %+v", x)
			}
		}
		e := NewEngine(set, Config{Groups: 2, Events: 4}, func(h detect.Hit) {
			if h.Rule == nil {
				t.Error("a hit of no rule")
			}
		})
		for i := range 6 {
			e.Add(at(i*7%5, thing{Query: "a", Other: "b -a", User: "u", Names: []string{"x", "Y"}, Size: event.N(i)}))
		}
		e.Add(at(100_000, thing{Query: "b"}))
		e.End()
	})
}
