package sigma

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/event"
)

// counted is two rules, a and b, and a correlation of them.
func counted(correlation string) []Source {
	base := func(name string) string {
		return "---\ntitle: " + name + "\nname: " + name + "\nlogsource: {product: zeek, service: thing}\ndetection:\n  s: {query: " + name + "}\n  condition: s\n"
	}
	return []Source{{"c.yml", []byte("title: C\nid: c\ncorrelation:\n  " + strings.ReplaceAll(correlation, "\n", "\n  ") + "\n" + base("a") + base("b"))}}
}

// steps are records: the rule's name, the second, and user or number behind colons.
func steps(t *testing.T, s string) []*event.Record {
	t.Helper()
	var out []*event.Record
	for _, f := range strings.Fields(s) {
		var name, user string
		var sec, n int
		if _, err := fmt.Sscanf(strings.ReplaceAll(f, ":", " "), "%s %d %s %d", &name, &sec, &user, &n); err != nil {
			t.Fatal(f, err)
		}
		out = append(out, at(sec, thing{Query: name, User: user, Size: event.N(n), Other: fmt.Sprint(n)}))
	}
	return out
}

func TestCorrelations(t *testing.T) {
	count := func(c string) string {
		return "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition: {" + c + "}"
	}
	temporal := func(kind, rest string) string {
		return "type: " + kind + "\nrules: [a, b]\ngroup-by: [user]\ntimespan: 10s" + rest
	}
	value := func(kind, c string) string {
		return "type: " + kind + "\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition: {" + c + "}"
	}
	for _, c := range []struct {
		correlation, records string
		hits                 int
	}{
		{count("gte: 3"), "a:0:u:1 a:4:u:1 a:9:u:1", 1},
		{count("gte: 3"), "a:0:u:1 a:4:u:1 a:10:u:1", 0},
		{count("gte: 3"), "a:0:u:1 a:4:v:1 a:9:u:1", 0},
		{count("gt: 3"), "a:0:u:1 a:1:u:1 a:2:u:1", 0},
		{count("gte: 3"), "a:0:u:1 a:9:u:1 a:4:u:1", 1},                   // told late
		{count("gte: 3"), "a:18:u:1 a:0:u:1 a:19:u:1 a:2:u:1 a:1:u:1", 1}, // a window before the newest
		{count("gte: 2"), "a:0:u:1 a:1:u:1 a:2:u:1 a:3:u:1", 2},           // each two
		{count("gt: 1, lt: 4"), "a:0:u:1 a:1:u:1 a:2:u:1 a:999:v:1", 1},
		{count("gt: 1, lt: 4"), "a:0:u:1 a:1:u:1 a:2:u:1 a:3:u:1 a:999:v:1", 0},
		{count("eq: 2"), "a:0:u:1 a:1:u:1 a:999:v:1", 1},
		{value("value_count", "field: other, gte: 3"), "a:0:u:1 a:1:u:2 a:2:u:3", 1},
		{value("value_count", "field: other, gte: 3"), "a:0:u:1 a:1:u:2 a:2:u:2 a:3:u:1", 0},
		{value("value_count", "field: other, gte: 3"), "a:0:u:1 a:1:u:2 a:9:u:1 a:12:u:3", 0},
		{value("value_sum", "field: size, gt: 100"), "a:0:u:60 a:1:u:41", 1},
		{value("value_sum", "field: size, gt: 100"), "a:0:u:60 a:1:u:40", 0},
		{value("value_avg", "field: size, gt: 100"), "a:0:u:50 a:1:u:151", 1},
		{value("value_avg", "field: size, gt: 100"), "a:0:u:500 a:1:u:1 a:2:u:1 a:3:u:1 a:4:u:1 a:5:u:1", 0},
		{value("value_median", "field: size, gte: 5"), "a:0:u:1 a:1:u:5 a:2:u:900", 1},
		{value("value_percentile", "field: size, gte: 900, percentile: 90"), "a:0:u:1 a:1:u:5 a:2:u:900", 1},
		{value("value_percentile", "field: size, gte: 900, percentile: 50"), "a:0:u:1 a:1:u:5 a:2:u:900", 0},
		{temporal("temporal", ""), "b:0:u:1 a:9:u:1", 1},
		{temporal("temporal", ""), "b:0:u:1 a:10:u:1", 0},
		{temporal("temporal", ""), "b:0:u:1 a:9:v:1", 0},
		{temporal("temporal", "\ncondition: a or b"), "b:0:u:1", 1},
		{temporal("temporal", "\ncondition: {gte: 1}"), "b:0:u:1", 1},
		{temporal("temporal_ordered", ""), "a:0:u:1 b:9:u:1", 1},
		{temporal("temporal_ordered", ""), "b:0:u:1 a:9:u:1", 0},
		{temporal("temporal_ordered", ""), "b:9:u:1 a:0:u:1", 1}, // told late
		{temporal("temporal_ordered", ""), "a:0:u:1 a:1:u:1 a:2:u:1 a:3:u:1 b:9:u:1", 1},
	} {
		set, faults := Compile(counted(c.correlation), schemas, nil)
		if len(faults) > 0 {
			t.Errorf("%s: %v", c.correlation, faults)
			continue
		}
		hits := run(set, steps(t, c.records)...)
		if len(hits) != c.hits {
			t.Errorf("%s: %d hits of %s, want %d", c.correlation, len(hits), c.records, c.hits)
		}
		for _, h := range hits {
			if h.Rule.ID != "c" || h.Facts[0].Field != "user" || h.Facts[0].Class != event.Account || h.Source != ip("10.0.0.1") {
				t.Errorf("%s: hit %+v", c.correlation, h)
			}
		}
	}
}

// Many failures are followed by a success: correlations of correlations, and aliases.
func TestChain(t *testing.T) {
	src := counted("type: temporal_ordered\nrules: [many, b]\ngroup-by: [who]\naliases: {who: {many: user, b: other}}\ntimespan: 1m")
	src[0].Text = append(src[0].Text, "---\ntitle: M\nname: many\ncorrelation: {type: event_count, rules: [a], group-by: [user], timespan: 10s, condition: {gte: 3}}\n"...)
	set, faults := Compile(src, schemas, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for records, want := range map[string]int{"a:0:7:1 a:1:7:1 a:2:7:1 b:30:x:7": 1, "a:0:7:1 a:1:7:1 b:30:x:7": 0, "a:0:7:1 a:1:7:1 a:2:7:1 b:30:7:8": 0} {
		if hits := run(set, steps(t, records)...); len(hits) != want || want == 1 && hits[0].Rule.ID != "c" {
			t.Errorf("%s: %d hits", records, len(hits))
		}
	}
}

// A rule that a correlation uses is heard of its own only with generate: true.
func TestGenerate(t *testing.T) {
	for generate, want := range map[string]int{"": 0, "\ngenerate: true": 1} {
		set, faults := Compile(counted("type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 3}"+generate), schemas, nil)
		if hits := run(set, steps(t, "a:0:u:1")...); len(faults) > 0 || len(hits) != want || len(set.Notes()) != 1-want {
			t.Errorf("generate %q: %d hits, notes %v, faults %v", generate, len(hits), set.Notes(), faults)
		}
	}
}

func TestCorrelationFaults(t *testing.T) {
	for correlation, want := range map[string]string{
		"type: event_cont\nrules: [a]\ntimespan: 1m\ncondition: {gte: 1}":                    "none of event_count",
		"type: event_count\nrules: [x]\ntimespan: 1m\ncondition: {gte: 1}":                   `id or name "x"`,
		"type: event_count\nrules: [a]\ntimespan: 1w\ncondition: {gte: 1}":                   "is no time",
		"type: event_count\nrules: [a]\ntimespan: 1m":                                        "is missing",
		"type: event_count\nrules: [a]\ntimespan: 1m\ncondition: {gt: 5, lt: 3}":             "never hold",
		"type: event_count\nrules: [a]\ngroup-by: [usr]\ntimespan: 1m\ncondition: {gte: 1}":  "no field usr",
		"type: value_count\nrules: [a]\ntimespan: 1m\ncondition: {gte: 1}":                   "needs one field",
		"type: value_percentile\nrules: [a]\ntimespan: 1m\ncondition: {field: size, gte: 1}": "percentile",
		"type: temporal\nrules: [a, b]\ntimespan: 1m\ncondition: a and not b":                "not",
		"type: temporal\nrules: [a, b]\ntimespan: 1m\ncondition: {gte: 3}":                   "never hold",
		"type: event_count\nrules: [c]\ntimespan: 1m\ncondition: {gte: 1}":                   "circle",
		"type: event_count\nrules: [a]\ntimespan: 1m\ncondition: {gte: 1}\ngroupby: [user]":  "no key",
	} {
		set, faults := Compile(counted(correlation), schemas, nil)
		if len(faults) == 0 || !strings.Contains(fmt.Sprint(faults), want) {
			t.Errorf("%q: faults %v, want %s", correlation, faults, want)
		}
		if hits := run(set, steps(t, "a:0:u:1")...); len(hits) != 1 || hits[0].Rule.ID != "a" {
			t.Errorf("%q silences the rule that it refers to", correlation)
		}
	}
}

// Groups and events are bounded, and what finds no room is counted.
func TestBounds(t *testing.T) {
	set, _ := Compile(counted("type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 1d\ncondition: {gte: 1000}"), schemas, nil)
	e := NewEngine(set, Config{Groups: 10, Events: 50}, nil)
	for i := range 2000 {
		e.Add(at(i, thing{Query: "a", User: fmt.Sprint(i % 40)}))
	}
	if k := e.counters[0]; len(k.groups) > 10 || k.events > 50 || e.Stats().Shed+uint64(k.events) != 2000 {
		t.Errorf("%d groups with %d events, %d shed", len(k.groups), k.events, e.Stats().Shed)
	}
}

// A filter leaves hits out, is counted, and faults in it leave the rule alone.
func TestFilter(t *testing.T) {
	filter := func(rules, selection string) []Source {
		return append(counted("type: event_count\nrules: [b]\ntimespan: 1m\ncondition: {gte: 2}"), Source{"f.yml", []byte("title: F\nlogsource: {product: zeek, service: thing}\nfilter:\n  rules: " + rules + "\n  s: {" + selection + "}\n  condition: s\n")})
	}
	for _, rules := range []string{"[a]", "any"} {
		set, faults := Compile(filter(rules, "user: adm"), schemas, nil)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		e := NewEngine(set, DefaultConfig(), func(h detect.Hit) {
			if h.Facts[0].Value != "a" || h.Time != at(1, thing{}).TS {
				t.Errorf("%s: hit %+v", rules, h)
			}
		})
		for _, r := range steps(t, "a:0:adm:1 a:1:usr:1") {
			e.Add(r)
		}
		if got := e.Stats().Filtered["F"]; got != 1 {
			t.Errorf("%s: %d hits left out", rules, got)
		}
	}
	for rules, selection := range map[string]string{"[x]": "user: adm", "[c]": "user: adm", "[a]": "usr: adm"} {
		set, faults := Compile(filter(rules, selection), schemas, nil)
		if len(faults) != 1 || len(run(set, steps(t, "a:0:adm:1")...)) != 1 {
			t.Errorf("%s with %s: faults %v", rules, selection, faults)
		}
	}
}

// A correlation tells the conversation of its last event, and by whom.
func TestCorrelationConversation(t *testing.T) {
	set, faults := Compile(counted("type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition: {gte: 2}"), schemas, nil)
	hits := run(set, steps(t, "a:0:u:1 a:4:u:1")...)
	if len(faults) > 0 || len(hits) != 1 {
		t.Fatal(faults, hits)
	}
	if h := hits[0]; h.Account != "u" || h.Service != "thing" || h.Conn.Resp.Port != 443 || len(h.UIDs) != 1 || h.UIDs[0] != h.Conn.UID {
		t.Errorf("by %q with %q, %v, %+v", h.Account, h.Service, h.UIDs, h.Conn)
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{}).Validate(); err == nil || !strings.Contains(err.Error(), "sigma.groups") || !strings.Contains(err.Error(), "sigma.events") {
		t.Errorf("%v", err)
	}
}
