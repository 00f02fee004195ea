package allow

import (
	"net/netip"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

func known(rule string) bool { return strings.Contains("K2 K3 K4 L1", rule) }

func ip(s string) netid.IP { return netid.FromAddr(netip.MustParseAddr(s)) }

func at(t *testing.T, s string) event.Time {
	t.Helper()
	v, err := event.ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The example is for Mondays to Fridays, 20:00 to 06:00 in a zone one hour east.
func TestAllows(t *testing.T) {
	l, faults := Read([]Source{{"site.toml", []byte(Example)}}, known)
	if len(faults) > 0 || len(l.Entries()) != 1 {
		t.Fatalf("the example: %v", faults)
	}
	rule := &detect.Rule{ID: "L1"}
	good := func() detect.Hit {
		return detect.Hit{Rule: rule, Time: at(t, "2026-11-02T20:30:00Z"), Source: ip("10.1.1.5"), Target: ip("10.2.3.4"), Account: `Hospital\SVC-deploy`, Service: "PDQDeployRunner-1"}
	}
	for name, c := range map[string]struct {
		change func(*detect.Hit)
		want   bool
	}{
		"as it should be":          {func(*detect.Hit) {}, true},
		"just begun":               {func(h *detect.Hit) { h.Time = at(t, "2026-11-02T19:00:00Z") }, true},
		"too early":                {func(h *detect.Hit) { h.Time = at(t, "2026-11-02T18:59:59Z") }, false},
		"after midnight":           {func(h *detect.Hit) { h.Time = at(t, "2026-11-07T04:59:00Z") }, true}, // begun on Friday
		"too late":                 {func(h *detect.Hit) { h.Time = at(t, "2026-11-07T05:00:00Z") }, false},
		"on Saturday":              {func(h *detect.Hit) { h.Time = at(t, "2026-11-07T20:30:00Z") }, false},
		"after its last day":       {func(h *detect.Hit) { h.Time = at(t, "2027-06-30T23:00:00Z") }, false},
		"on its last day":          {func(h *detect.Hit) { h.Time = at(t, "2027-06-30T22:59:00Z") }, true},
		"another host":             {func(h *detect.Hit) { h.Source = ip("10.1.1.6") }, false},
		"another account":          {func(h *detect.Hit) { h.Account = `HOSPITAL\admin` }, false},
		"no account":               {func(h *detect.Hit) { h.Account = "" }, false},
		"another service":          {func(h *detect.Hit) { h.Service = "xPDQDeployRunner-1" }, false},
		"another target":           {func(h *detect.Hit) { h.Target = ip("10.3.0.1") }, false},
		"no target":                {func(h *detect.Hit) { h.Target = netid.IP{} }, false},
		"a rule that is not meant": {func(h *detect.Hit) { h.Rule = &detect.Rule{ID: "K1"} }, false},
	} {
		h := good()
		c.change(&h)
		if got := l.Allows(&h); (got == "software deployment") != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	var none *List
	if h := good(); none.Allows(&h) != "" {
		t.Error("no list allows something")
	}
}

// All faults are told at once, with line and key.
func TestFaults(t *testing.T) {
	bad := `[[allow]]
name = "a"

[[allow]]
name = "a"
why = "w"
source = ["0.0.0.0/0", "::/0", "x"]
account = ["*", "ab"]
rules = ["Z9"]
days = "mon-foo"
from = "25:00"
to = "06:00"
zone = "CET"
until = "tomorrow"
color = "red"

[[allow]]
name = "b"
why = "w"
source = ["10.0.0.1"]
service = ["abc"]
always = true
from = "20:00"
`
	l, faults := Read([]Source{{"x.toml", []byte(bad)}, {"y.toml", []byte("= 3")}, {"z.toml", nil}}, known)
	if len(l.Entries()) != 0 {
		t.Errorf("%d entries have no fault", len(l.Entries()))
	}
	var got strings.Builder
	for _, f := range faults {
		got.WriteString(f.Error() + "\n")
	}
	for _, want := range []string{
		"x.toml:15: allow.color: is not a key",
		"x.toml:1: why: is missing", "x.toml:1: source: is missing", "x.toml:1: account: and service are missing", "x.toml:1: from: and to are needed",
		`x.toml:7: source: "0.0.0.0/0" is nearly everybody`, `x.toml:7: source: "::/0" is nearly`, `x.toml:7: source: "x" is neither`,
		`x.toml:8: account: "*" fits nearly everything`, `x.toml:8: account: "ab" fits`, `x.toml:9: rules: there is no rule "Z9"`, `x.toml:10: days: "mon-foo"`,
		`x.toml:11: from: "25:00"`, `x.toml:13: zone: "CET"`, `x.toml:14: until: "tomorrow"`, `x.toml:5: name: "a" is another`,
		"x.toml:22: always: stands beside", "y.toml:1: ", "z.toml: has no [[allow]] entry",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("not said: %s", want)
		}
	}
	if t.Failed() {
		t.Log(got.String())
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"abc", "abc", true}, {"abc", "abcd", false}, {"abc*", "abcd", true}, {"*abc", "xabc", true}, {"*abc", "abcx", false},
		{"a*c*e", "abcde", true}, {"a*c*e", "abde", false}, {"a*bc*c", "abc", false}, {"a**b", "ab", true}, {"aba*ba", "aba", false},
	} {
		if got := glob(c.pattern, c.s); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(Example))
	f.Add([]byte("[[allow]]\nname = 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, faults := Read([]Source{{"x", text}}, known)
		if len(l.Entries()) == 0 && len(faults) == 0 {
			t.Error("neither an entry nor a fault")
		}
		h := detect.Hit{Rule: &detect.Rule{ID: "K2"}, Source: ip("10.1.1.5"), Account: "abc", Service: "abc"}
		l.Allows(&h)
	})
}
