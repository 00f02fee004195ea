package sigma

import (
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

type thing struct {
	Query string      `log:"query" doc:"d"`
	Other string      `log:"other" doc:"d"`
	Names []string    `log:"names" doc:"d"`
	Size  event.Count `log:"size" doc:"d"`
	Host  netid.IP    `log:"host" doc:"d"`
	Yes   bool        `log:"yes" doc:"d"`
	User  string      `log:"user" doc:"d" class:"person"`
	Path  string      `log:"path" doc:"d"`
	Hosts []netid.IP  `log:"hosts" doc:"d"`
}

var (
	thingSchema = event.NewSchema[thing]("thing", "d")
	dnsLike     = event.NewSchema[alien]("dns", "d")
)

type alien struct {
	Query string `log:"query" doc:"d"`
}

func (*thing) Schema() *event.Schema { return thingSchema }
func (*alien) Schema() *event.Schema { return dnsLike }

// rules writes a rule over the log thing around a detection.
func rules(detection string) []Source {
	return []Source{{"t.yml", []byte("title: T\nid: t\nlevel: high\nlogsource:\n  product: zeek\n  service: thing\ndetection:\n  " + strings.ReplaceAll(detection, "\n", "\n  ") + "\n")}}
}

func at(sec int, th thing) *event.Record {
	return &event.Record{TS: event.Time(1_600_000_000+sec) * 1e9, Body: &th,
		Conn: &event.Conn{UID: "C1", Orig: netid.Endpoint{IP: ip("10.0.0.1"), Port: 40000}, Resp: netid.Endpoint{IP: ip("10.0.0.2"), Port: 443}}}
}

var schemas = []*event.Schema{thingSchema, dnsLike}

// Each modifier and each kind of value, with what it finds and what it lets pass.
func TestItems(t *testing.T) {
	for _, c := range []struct {
		item    string
		yes, no thing
	}{
		{"query: ABC", thing{Query: "abc"}, thing{Query: "abcd"}},
		{"query: 'Ä'", thing{Query: "ä"}, thing{Query: "a"}},
		{"query|cased: ABC", thing{Query: "ABC"}, thing{Query: "abc"}},
		{"query: a*c?", thing{Query: "a--cé"}, thing{Query: "a--c"}},
		{`query: 'a\*c'`, thing{Query: "a*c"}, thing{Query: "abc"}},
		{`query: 'a\\*c'`, thing{Query: `a\bc`}, thing{Query: "abc"}},
		{`query: 'a\\\*c'`, thing{Query: `a\*c`}, thing{Query: `a\bc`}},
		{`query: 'a\b\\c'`, thing{Query: `a\b\c`}, thing{Query: `a\b\\c`}},
		{"query|contains: b", thing{Query: "abc"}, thing{Query: "ac"}},
		{"query|contains|all: [ab, bc]", thing{Query: "abc"}, thing{Query: "ab"}},
		{"query|startswith: [ab, x]", thing{Query: "abc"}, thing{Query: "cab"}},
		{"query|endswith: bc", thing{Query: "abc"}, thing{Query: "bca"}},
		{"query|contains: 'a?c*e'", thing{Query: "xxabcdexx"}, thing{Query: "xxacdexx"}},
		{"query|re: '^a+b$'", thing{Query: "aab"}, thing{Query: "AAB"}},
		{"query|re|i: '^a+b$'", thing{Query: "AAB"}, thing{Query: "AA"}},
		{"query|re|m|s: '^b.c$'", thing{Query: "a\nb\nc"}, thing{Query: "a b\nc"}},
		{"query|base64: foobar", thing{Query: "Zm9vYmFy"}, thing{Query: "foobar"}},
		{"query|base64offset|contains: foobar", thing{Query: "eHhmb29iYXI="}, thing{Query: "foobar"}}, // xxfoobar
		{"query|wide|base64offset|contains: cmd", thing{Query: "AAYwBtAGQA"}, thing{Query: "Y21k"}},
		{"query|utf16be: c", thing{Query: "\x00c"}, thing{Query: "c\x00"}},
		{"query|utf16: c", thing{Query: "\xff\xfec\x00"}, thing{Query: "c\x00"}},
		{"query|windash|contains: ' -a'", thing{Query: "x /A y"}, thing{Query: "x +a"}},
		{"query|windash|contains: 'b-a'", thing{Query: "b-a"}, thing{Query: "b/a"}},
		{"host|cidr: 10.0.0.0/8", thing{Host: ip("10.9.9.9")}, thing{Host: ip("11.0.0.0")}},
		{"hosts|cidr: [fe80::/10, 192.0.2.0/24]", thing{Hosts: []netid.IP{ip("10.1.1.1"), ip("fe80::1")}}, thing{Hosts: []netid.IP{ip("fd80::1")}}},
		{"names|cidr: 192.0.2.0/24", thing{Names: []string{"x", "192.0.2.7"}}, thing{Names: []string{"192.0.3.7"}}},
		{"host: '2001:DB8::0:1'", thing{Host: ip("2001:db8::1")}, thing{Host: ip("2001:db8::2")}},
		{"host|startswith: '10.'", thing{Host: ip("10.1.1.1")}, thing{Host: ip("11.1.1.10")}},
		{"size: 445", thing{Size: event.N(445)}, thing{Size: event.N(44)}},
		{"size: '0x1bd'", thing{Size: event.N(445)}, thing{}},
		{"size|lt: 5", thing{Size: event.N(4)}, thing{Size: event.N(5)}},
		{"size|lte: 5", thing{Size: event.N(5)}, thing{Size: event.N(6)}},
		{"size|gt: 5", thing{Size: event.N(6)}, thing{Size: event.N(5)}},
		{"size|gte: 5", thing{Size: event.N(5)}, thing{}},
		{"size|neq: 5", thing{Size: event.N(6)}, thing{}},
		{"query|neq: [a, b]", thing{Query: "c"}, thing{Query: "B"}},
		{"yes: false", thing{}, thing{Yes: true}},
		{"yes: 'True'", thing{Yes: true}, thing{}},
		{"query: null", thing{}, thing{Query: "x"}},
		{"query: ''", thing{}, thing{Query: "x"}},
		{"query: [x, null]", thing{}, thing{Query: "y"}},
		{"query: '*'", thing{Query: "x"}, thing{}},
		{"size|exists: true", thing{Size: event.N(0)}, thing{}},
		{"size|exists: false", thing{}, thing{Size: event.N(0)}},
		{"query|fieldref: other", thing{Query: "A", Other: "a"}, thing{Query: "a"}},
		{"query|fieldref|endswith: other", thing{Query: "xa", Other: "A"}, thing{Query: "ax", Other: "a"}},
		{"query|fieldref|neq: other", thing{Query: "a", Other: "b"}, thing{Query: "a", Other: "a"}},
		{"query|expand: 'a%who%c'", thing{Query: "aYc"}, thing{Query: "abc"}},
		{"names: b", thing{Names: []string{"a", "B"}}, thing{Names: []string{"ab"}}},
		{"query: 8E10", thing{Query: "8e10"}, thing{Query: "80000000000"}},
	} {
		set, faults := Compile(rules("s:\n  "+c.item+"\ncondition: s"), schemas, map[string][]string{"who": {"x", "y*"}})
		if len(faults) > 0 {
			t.Errorf("%s: %v", c.item, faults)
			continue
		}
		if len(run(set, at(0, c.yes))) != 1 {
			t.Errorf("%s is quiet on %+v", c.item, c.yes)
		}
		if len(run(set, at(0, c.no))) != 0 {
			t.Errorf("%s fires on %+v", c.item, c.no)
		}
	}
}

// Parts of a time are those of UTC: 1,600,000,000 is Sunday 2020-09-13 12:26:40.
func TestTimes(t *testing.T) {
	for item, want := range map[string]int{"ts|hour: 12": 1, "ts|hour|gt: 12": 0, "ts|minute: 26": 1, "ts|day: 13": 1, "ts|week: 37": 1, "ts|month: [8, 9]": 1, "ts|year|lt: 2020": 0} {
		set, faults := Compile(rules("s:\n  "+item+"\ncondition: s"), schemas, nil)
		if hits := run(set, at(0, thing{})); len(faults) > 0 || len(hits) != want {
			t.Errorf("%s: %d hits, faults %v", item, len(hits), faults)
		}
	}
}

// The grammar of conditions over four selections, of which a and b hold.
func TestConditions(t *testing.T) {
	for cond, want := range map[string]bool{
		"a1": true, "not a1": false, "a1 and c": false, "a1 or c": true, "c or a1 and not b1": false, "not c and a1": true, "(c or a1) and b1": true,
		"1 of a*": true, "all of a*": false, "2 of them": true, "3 of them": false, "any of c*": false, "not 1 of c*": true, "all of them": false,
		"not (a1 and c)": true, "not not a1": true, "a1 AND NOT c": true, "1 of _*": true, "[c, a1]": true,
	} {
		set, faults := Compile(rules("a1:\n  query: q\na2:\n  query: x\nb1:\n  - other: o\n  - size: 1\nc:\n  - nothing\n_d:\n  query: q\ncondition: "+cond), schemas, nil)
		if len(faults) > 0 {
			t.Errorf("%s: %v", cond, faults)
			continue
		}
		if got := len(run(set, at(0, thing{Query: "q", Other: "o"}))) == 1; got != want {
			t.Errorf("%s = %v", cond, got)
		}
	}
}

// What is wrong is told by name and line, and leaves other rules alone.
func TestFaults(t *testing.T) {
	good := string(rules("s:\n  query: good\ncondition: s")[0].Text)
	for detection, want := range map[string]string{
		"s:\n  qery: a\ncondition: s":                 "t.yml:9: T: detection.s.qery: log thing has no field qery; query is near",
		"s:\n  query|contians: a\ncondition: s":       `modifier "contians"`,
		"s:\n  query: a\ncondition: s and x":          `"x" is none of the names s`,
		"s:\n  query: a":                              "no condition",
		"s:\n  query|re: '(?=a)'\ncondition: s":       "RE2",
		"s:\n  host|cidr: 10.0.0.1/8\ncondition: s":   "10.0.0.0/8 is the network",
		"s:\n  size: many\ncondition: s":              "is no number",
		"s:\n  query|gt: 5\ncondition: s":             "wants a field of numbers",
		"s:\n  query|contains: ''\ncondition: s":      "match everything",
		"s:\n  query|expand: '%x%'\ncondition: s":     "placeholder %x%",
		"s: []\ncondition: s":                         "never matches",
		"s:\n  query: a\n  query: b\ncondition: s":    "there twice",
		"s:\n  query: [a\ncondition: s":               "not YAML",
		"s:\n  query: a\ntimeframe: 5m\ncondition: s": "timespan",
	} {
		bad := rules(detection)
		bad[0].Text = append(bad[0].Text, "---\n"+strings.Replace(good, "id: t", "id: good", 1)...)
		set, faults := Compile(bad, schemas, nil)
		if len(faults) == 0 || !strings.Contains(faults[0].Error(), want) || faults[0].Line == 0 {
			t.Errorf("%q: faults %v, want %s", detection, faults, want)
		}
		if len(run(set, at(0, thing{Query: "good"}))) != 1 {
			t.Errorf("%q silences the rule behind it", detection)
		}
	}
}

// What no log here can tell is listed, and decided branches run.
func TestIdle(t *testing.T) {
	rule := func(source, detection string) []Source {
		return []Source{{"t.yml", []byte("title: T\nlogsource: {" + source + "}\ndetection:\n  " + detection + "\n")}}
	}
	for _, c := range []struct{ source, detection, idle string }{
		{"product: windows, category: process_creation", "s: {Image: x}\n  condition: s", "nothing on the wire"},
		{"product: zeek, service: modbus", "s: {func: x}\n  condition: s", "no counterpart"},
		{"category: dns", "s: {total_answers: 1}\n  condition: s", "total_answers"},
		{"category: dns", "s: {query: a}\n  f: {total_answers: 1}\n  condition: s and not f", "leaves out"},
		{"product: windows, category: dns_query", "s: {QueryName: a, Image: b}\n  condition: s", "Image"},
	} {
		set, faults := Compile(rule(c.source, c.detection), schemas, nil)
		if len(faults) > 0 || len(set.Idle()) != 1 || !strings.Contains(set.Idle()[0].What, c.idle) || len(set.Rules()) != 0 {
			t.Errorf("%s: idle %v, faults %v", c.source, set.Idle(), faults)
		}
	}
	set, faults := Compile(rule("category: dns", "s: [{total_answers: 1}, {question: a}]\n  condition: s"), schemas, nil)
	hits := run(set, &event.Record{Body: &alien{Query: "a"}})
	if len(faults) > 0 || len(set.Notes()) != 1 || len(hits) != 1 {
		t.Errorf("a decided branch: %v, %v, %d hits", faults, set.Notes(), len(hits))
	}
}

// A hit says who, to whom and which values speak for it; the head is the author's.
func TestHit(t *testing.T) {
	set, faults := Compile(rules("s:\n  names|contains: evil\n  user: Who\ncondition: s"), schemas, nil)
	hits := run(set, at(0, thing{Names: []string{"good", "an EVIL one"}, User: "who"}))
	if len(faults) > 0 || len(hits) != 1 {
		t.Fatal(faults, hits)
	}
	h := hits[0]
	if h.Source != ip("10.0.0.1") || h.Target != ip("10.0.0.2") || len(h.UIDs) != 1 || h.Rule.Severity != detect.High || h.Rule.Engine != "sigma" {
		t.Errorf("%+v", h)
	}
	if h.Account != "who" || h.Service != "thing" || h.Conn.Resp.Port != 443 {
		t.Errorf("by %q with %q, %+v", h.Account, h.Service, h.Conn)
	}
	want := []detect.Fact{{Field: "thing.names", Value: "an EVIL one"}, {Field: "thing.user", Value: "who", Class: event.Account}}
	if len(h.Facts) != 2 || h.Facts[0] != want[0] || h.Facts[1] != want[1] {
		t.Errorf("facts %+v", h.Facts)
	}
}
