package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

var (
	ct      = netid.IPv4(10, 0, 0, 5)
	archive = netid.IPv4(10, 0, 0, 9)
	other   = netid.IPv4(10, 0, 0, 7)
)

func roleOf(ip netid.IP) roles.Role {
	return map[netid.IP]roles.Role{ct: roles.CT, archive: roles.Archive}[ip]
}

// Hits that are alike are one finding, whatever their order; its severity is that of the
// worst, judged by what the devices are for.
func TestBook(t *testing.T) {
	loud := &Rule{ID: "B", Severity: Medium, Confidence: 0.5}
	judged := &Rule{ID: "A", Severity: Low, Confidence: 0.5, Judge: func(_ *Finding, source, _ roles.Role) (Severity, string) {
		if source.Modality() {
			return High, "a modality does not do that"
		}
		return None, ""
	}}
	hits := []Hit{
		{Rule: loud, Time: 30, Source: ct, Target: archive, Facts: []Fact{{Field: "log.f", Value: "2"}, {Field: "hosts", Value: "4"}}, UIDs: []string{"C2"}},
		{Rule: loud, Time: 10, Source: ct, Target: archive, Severity: Critical, Confidence: 0.9, Facts: []Fact{{Field: "log.f", Value: "1"}, {Field: "hosts", Value: "7"}}, UIDs: []string{"C1", "C2"}},
		{Rule: loud, Time: 20, Source: ct, Target: archive, Topic: "other"},
		{Rule: judged, Time: 5, Source: ct},
		{Rule: judged, Time: 5, Source: other},
	}
	b := NewBook(DefaultConfig(), nil)
	for _, h := range hits {
		b.Hit(h)
	}
	var got []string
	for _, f := range b.Snapshot(roleOf).Findings {
		got = append(got, fmt.Sprint(f.Rule.ID, " ", f.Severity, " ", f.Count, " ", int64(f.First), "-", int64(f.Last), " ", f.Topic, f.UIDs, f.Confidence, f.Reason, factsText(f.Facts)))
	}
	want := []string{
		"B critical 2 10-30 [C2 C1] 0.9 log.f=2 hosts=7 log.f=1",
		"A high 1 5-5 [] 0.5a modality does not do that",
		"B medium 1 20-20 other[] 0.5",
		"A low 1 5-5 [] 0.5",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func factsText(list []Fact) (s string) {
	for _, f := range list {
		s += " " + f.Field + "=" + f.Value
	}
	return s
}

func TestBookBounds(t *testing.T) {
	rule := &Rule{ID: "A", Severity: Low, Confidence: 0.5}
	b := NewBook(Config{Max: 3}, nil)
	for i := range 10 {
		for j := range 40 {
			b.Hit(Hit{Rule: rule, Time: 1, Source: netid.IPv4(10, 0, 0, byte(i)), Facts: []Fact{{Field: "log.f", Value: fmt.Sprint(j)}}, UIDs: []string{fmt.Sprint(j)}})
		}
	}
	r := b.Snapshot(roleOf)
	if len(r.Findings) != 3 || r.Shed != 7*40 || r.Hits != 400 {
		t.Errorf("%d findings, %d of %d hits shed", len(r.Findings), r.Shed, r.Hits)
	}
	for _, f := range r.Findings {
		if len(f.Facts) != maxFacts || len(f.UIDs) != maxUIDs || f.Count != 40 {
			t.Errorf("%d facts, %d conversations, %d times", len(f.Facts), len(f.UIDs), f.Count)
		}
	}
}

// What an allow-list silences is counted by rule and entry, and is no finding.
func TestBookAllows(t *testing.T) {
	rule := &Rule{ID: "A", Severity: Low, Confidence: 0.5}
	b := NewBook(DefaultConfig(), func(h *Hit) string {
		if h.Source == other {
			return "backup"
		}
		return ""
	})
	for _, ip := range []netid.IP{ct, other, other} {
		b.Hit(Hit{Rule: rule, Time: 1, Source: ip})
	}
	r := b.Snapshot(roleOf)
	if len(r.Findings) != 1 || len(r.Allowed) != 1 || r.Allowed[0] != (Allowed{rule, "backup", 2}) {
		t.Errorf("found %v, allowed %v", r.Findings, r.Allowed)
	}
}

type said struct {
	What string   `log:"what" doc:"d"`
	Who  string   `log:"who" doc:"d" class:"person"`
	All  []string `log:"all" doc:"d"`
}

var saidSchema = event.NewFreeSchema[said]("said", "d")

func (*said) Schema() *event.Schema { return saidSchema }

func TestFactsOf(t *testing.T) {
	r := &event.Record{Body: &said{What: strings.Repeat("ä", 400), Who: "w", All: []string{"a", "b"}}}
	got := FactsOf(r, "all", "what", "who", "missing")
	if len(got) != 3 || got[0].Value != "a, b" || got[0].Field != "said.all" || got[2].Class != event.Account {
		t.Fatalf("facts: %+v", got)
	}
	if v := got[1].Value; len(v) > maxText+3 || !strings.HasSuffix(v, "ä…") {
		t.Errorf("a long value is %d bytes and ends in %q", len(v), v[len(v)-6:])
	}
}

func TestWatch(t *testing.T) {
	b := NewBook(DefaultConfig(), nil)
	rule := &Behaviour{Rule: Rule{ID: "A", Severity: Low, Confidence: 0.5, Numbers: []Number{{Name: "n", Value: 2}, {Name: "m", Value: 7}}}, Wants: []*event.Schema{saidSchema},
		New: func(n Numbers, report func(Hit)) func(*event.Record) {
			return func(r *event.Record) {
				report(Hit{Time: r.TS, Source: ct, Topic: fmt.Sprint(n.Int("n"), " ", n.Seconds("m"))})
			}
		}}
	cfg := DefaultConfig()
	cfg.Numbers = map[string]map[string]float64{"A": {"n": 5}}
	w := NewWatch(cfg, b, []*Behaviour{rule})
	w.Add(&event.Record{TS: 1, Body: &said{}})
	w.Add(&event.Record{TS: 1})
	r := b.Snapshot(roleOf)
	if len(r.Findings) != 1 || r.Findings[0].Topic != "5 7000000000" || r.Findings[0].Rule.ID != "A" {
		t.Errorf("found %+v", r.Findings)
	}
}

func TestSeverity(t *testing.T) {
	for s := Info; s <= Critical; s++ {
		if got, err := ParseSeverity(s.String()); err != nil || got != s {
			t.Errorf("%v is read as %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "none", "grave"} {
		if _, err := ParseSeverity(s); err == nil {
			t.Errorf("%q is a severity", s)
		}
	}
}

func TestFault(t *testing.T) {
	for want, f := range map[string]Fault{
		"a.yar:3: $x: needs a value": {"a.yar", 3, "$x", "needs a value"},
		"a.yar: is empty":            {File: "a.yar", What: "is empty"},
	} {
		if f.Error() != want {
			t.Errorf("%q, want %q", f.Error(), want)
		}
	}
}
