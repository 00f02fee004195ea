package risk

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
)

// Every trait that package clues knows has its row, and no other has one.
func TestTableIsWhole(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "../clues/trait.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if id, ok := v.Type.(*ast.Ident); ok && id.Name == "Trait" {
				word, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				known = append(known, word)
			}
		}
	}
	if len(known) < 30 {
		t.Fatalf("only %d traits were found", len(known))
	}
	rows := map[string]bool{}
	last := MaxScore
	for _, c := range Table() {
		if rows[string(c.Trait)] || !slices.Contains(known, string(c.Trait)) {
			t.Errorf("%q stands twice or is no trait", c.Trait)
		}
		rows[string(c.Trait)] = true
		if c.Points < 1 || c.Points > last || !strings.HasSuffix(c.Why, ".") || !strings.HasSuffix(c.Mend, ".") {
			t.Errorf("%+v: points out of range or order, or a sentence without an end", c)
		}
		last = c.Points
	}
	for _, k := range known {
		if !rows[k] {
			t.Errorf("%q costs nothing: give it a row", k)
		}
	}
}

const docHead = `# Risk score

Each device has a score from 0 to 100, so that the list of devices can be sorted by what to mend first. The score is a
sum; every part of it stands in the output with its points, why it matters, and what to do. A device with a score of 0 is
not safe: nothing was seen. The score is no probability.

A part has the points of its trait (the table below), multiplied by

| | |
|---|---|
| %.2f | for a modality, an archive, a worklist server, a RIS, a HIS or an HL7 engine: care depends on it |
| %.2f | if %d machines or more use a service of it |
| %.2f | if no machine was seen using a service of it |

and rounded; the sum stops at %d. Paid extensions of support are unknown to Lazaret: a machine that has one is shown as out
of support.

| points | trait | why | what to do |
|---:|---|---|---|
`

// docs/risk.md is the table. UPDATE=1 writes it anew.
func TestDocument(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, docHead, weightCare, weightMany, reachMany, weightAlone, MaxScore)
	for _, c := range Table() {
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", c.Points, c.Trait, c.Why, c.Mend)
	}
	const path = "../../../docs/risk.md"
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != b.String() {
		t.Errorf("docs/risk.md is not current: UPDATE=1 go test ./internal/inventory/risk (%v)", err)
	}
}

const (
	hour  = event.Time(3600e9)
	start = event.Time(1_700_000_000e9)
)

func at(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// title is in use from hour a to hour b.
func title(source, name string, a, b int) Title {
	return Title{name, source, 1, start + event.Time(a)*hour, start + event.Time(b)*hour}
}

func link(peer int, serves bool, service string) Link {
	return Link{peer, serves, service, 2, start, start + hour}
}

func TestObserve(t *testing.T) {
	ct := func(m Machine) *Machine {
		m.Role, m.Modality, m.Care = "ct", true, true
		return &m
	}
	inside, outside := at("10.0.0.5"), at("198.51.100.7")
	for _, c := range []struct {
		name string
		list []*Machine
		want []clues.Trait // of the first machine
	}{
		{"an old system", []*Machine{{Supported: "no"}}, []clues.Trait{clues.OldSystem}},
		{"a system whose edition decides", []*Machine{{Unless: true}}, []clues.Trait{clues.PerhapsOld}},
		{"a system in support", []*Machine{{Supported: "yes"}}, nil},
		{"an unknown system", []*Machine{{}}, nil},
		{"one title, two machines", []*Machine{{Titles: []Title{title(Calls, "CT1", 0, 5)}}, {Titles: []Title{title(Calls, "CT1", 4, 9)}}}, []clues.Trait{clues.SharedTitle}},
		{"a title that moved on", []*Machine{{Titles: []Title{title(Calls, "CT1", 0, 5)}}, {Titles: []Title{title(Calls, "CT1", 6, 9)}}}, nil},
		{"a title that was called is another's own", []*Machine{{Titles: []Title{title(Calls, "CT1", 0, 5)}}, {Titles: []Title{title(Answers, "CT1", 0, 9)}}}, nil},
		{"other titles", []*Machine{{Titles: []Title{title(Calls, "CT1", 0, 5)}}, {Titles: []Title{title(Calls, "CT2", 0, 9)}}}, nil},
		{"answers for another's title", []*Machine{
			{Role: "archive", Titles: []Title{title(Answers, "PACS", 0, 5), title(Answers, "CT1", 0, 5)}}, ct(Machine{Titles: []Title{title(Calls, "CT1", 0, 9)}})},
			[]clues.Trait{clues.AnyTitle}},
		{"an archive with two titles of its own", []*Machine{
			{Role: "archive", Titles: []Title{title(Answers, "PACS", 0, 5), title(Answers, "PACS_QR", 0, 5), title(Calls, "PACS", 0, 5)}}, ct(Machine{})}, nil},
		{"nodes of one archive", []*Machine{
			{Role: "archive", Titles: []Title{title(Answers, "PACS", 0, 5), title(Answers, "PACS_QR", 0, 5)}}, {Role: "archive", Titles: []Title{title(Calls, "PACS", 0, 5)}}}, nil},
		{"one title alone proves nothing", []*Machine{
			{Role: "archive", Titles: []Title{title(Answers, "CT1", 0, 5)}}, ct(Machine{Titles: []Title{title(Calls, "CT1", 0, 9)}})}, nil},
		{"the title that tools call", []*Machine{{Titles: []Title{title(Answers, "ANY-SCP", 0, 5), title(Answers, "PACS", 0, 5)}}}, []clues.Trait{clues.AnyTitle}},
		{"more titles than anybody sets up", []*Machine{{Titles: []Title{title(Answers, "A", 0, 5), title(Answers, "B", 0, 5), title(Answers, "C", 0, 5),
			title(Answers, "D", 0, 5), title(Answers, "E", 0, 5), title(Answers, "F", 0, 5)}}}, []clues.Trait{clues.AnyTitle}},
		{"out to the internet", []*Machine{{Addresses: inside, Links: []Link{link(1, false, "ssl")}}, {Addresses: outside}}, []clues.Trait{clues.TalksOut}},
		{"with the internet, whoever began", []*Machine{{Addresses: inside, Links: []Link{link(1, true, "rdp")}}, {Addresses: outside}}, []clues.Trait{clues.TalksOut}},
		{"a router has both", []*Machine{{Addresses: at("10.0.0.1", "203.0.113.9"), Links: []Link{link(1, false, "dns")}}, {Addresses: outside}}, nil},
		{"a neighbour", []*Machine{{Addresses: inside, Links: []Link{link(1, false, "ssl")}}, {Addresses: at("172.16.0.9")}}, nil},
		{"a carrier's address", []*Machine{{Addresses: inside, Links: []Link{link(1, false, "ssl")}}, {Addresses: at("100.64.0.9")}}, nil},
		{"a neighbour by IPv6", []*Machine{{Addresses: inside, Links: []Link{link(1, false, "ssl")}}, {Addresses: at("2001:db8::9")}}, nil},
		{"a hospital with public addresses", []*Machine{{Addresses: at("198.51.100.8"), Links: []Link{link(1, false, "ssl")}}, {Addresses: outside}}, nil},
		{"a scanner that lets others log in", []*Machine{ct(Machine{Addresses: inside, Links: []Link{link(1, true, "rfb")}}), {}}, []clues.Trait{clues.RemoteControl}},
		{"a scanner that logs in elsewhere", []*Machine{ct(Machine{Addresses: inside, Links: []Link{link(1, false, "ssh")}}), {}}, nil},
		{"a server that lets others log in", []*Machine{{Role: "server", Links: []Link{link(1, true, "ssh")}}, {}}, nil},
		{"most points first", []*Machine{ct(Machine{Supported: "no", Addresses: inside, Links: []Link{link(1, true, "telnet"), link(1, false, "ssl")},
			Traits: []Trait{{Trait: clues.SelfSigned}, {Trait: clues.OffersTelnet}}}), {Addresses: outside}},
			[]clues.Trait{clues.OldSystem, clues.OffersTelnet, clues.RemoteControl, clues.TalksOut, clues.SelfSigned}},
	} {
		Observe(c.list)
		var got []clues.Trait
		for _, n := range c.list[0].Traits {
			got = append(got, n.Trait)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestObservedTimes(t *testing.T) {
	m := &Machine{Addresses: at("10.0.0.5"), Links: []Link{
		{1, false, "ssl", 3, start + hour, start + 2*hour}, {2, false, "http", 0, start, start + hour}, {1, false, "dns", 1, start, start}}}
	Observe([]*Machine{m, {Addresses: at("198.51.100.7")}, {Addresses: at("198.51.100.8")}})
	want := []Trait{{clues.TalksOut, "conn.local_orig, conn.local_resp", 2, 5, start.RFC3339(), (start + 2*hour).RFC3339()}}
	if !reflect.DeepEqual(m.Traits, want) {
		t.Errorf("got %+v\nwant %+v", m.Traits, want)
	}
}

func TestScore(t *testing.T) {
	serves := func(n int) (out []Link) {
		for i := range n {
			out = append(out, link(i+1, true, "tcp"), link(i+1, true, "http"))
		}
		return out
	}
	old := []Trait{{Trait: clues.OldSystem}}
	for _, c := range []struct {
		name   string
		m      Machine
		score  int
		points []int
		says   string // in the first reason or the weighing
	}{
		{"nothing seen", Machine{}, 0, nil, ""},
		{"plain", Machine{Traits: old, Links: serves(1)}, 30, []int{30}, ""},
		{"reached by nobody", Machine{Traits: old}, 15, []int{15}, "no machine was seen reaching it"},
		{"reached by many", Machine{Traits: old, Links: serves(5)}, 38, []int{38}, "5 machines reach it"},
		{"a scanner", Machine{Traits: old, Care: true, Links: serves(2)}, 38, []int{38}, "care depends on the machine"},
		{"a scanner that serves nobody", Machine{Traits: old, Care: true}, 19, []int{19}, "care depends"},
		{"a small thing still counts", Machine{Traits: []Trait{{Trait: clues.AnswersMulticast}}}, 2, []int{2}, ""},
		{"most first", Machine{Traits: []Trait{{Trait: clues.ClearDICOM}, {Trait: clues.OffersSMB1}}, Links: serves(1)}, 35, []int{30, 5}, "Worms"},
		{"a word that nobody knows", Machine{Traits: []Trait{{Trait: "dances"}}, Links: serves(1)}, 0, nil, ""},
		{"the names of what is old", Machine{OS: "Windows 7 SP1", Ends: "2020-01-14", Traits: old, Links: serves(1)}, 30, []int{30}, "Windows 7 SP1 ended on 2020-01-14."},
	} {
		got := Score(&c.m)
		var points []int
		for _, p := range got.Parts {
			points = append(points, p.Points)
			if p.Mend == "" {
				t.Errorf("%s: %s: nothing to do", c.name, p.Trait)
			}
		}
		if got.Score != c.score || !slices.Equal(points, c.points) || got.Parts == nil || len(points) > 0 && !strings.Contains(got.Parts[0].Why+" "+got.Weighed, c.says) {
			t.Errorf("%s: %+v, want %d of %v, saying %q", c.name, got, c.score, c.points, c.says)
		}
	}
	var all []Trait
	for _, c := range Table() {
		all = append(all, Trait{Trait: c.Trait})
	}
	if got := Score(&Machine{Traits: all, Care: true, Links: serves(9)}); got.Score != MaxScore || len(got.Parts) != len(all) {
		t.Errorf("everything at once scores %d with %d parts", got.Score, len(got.Parts))
	}
}

// A title that a flood of machines claims takes no time by its square.
func TestManyCallers(t *testing.T) {
	var list []*Machine
	for range 20_000 {
		list = append(list, &Machine{Titles: []Title{title(Calls, "CT1", 0, 5)}})
	}
	Observe(list)
	if n := list[19_999].Traits; len(n) != 1 || n[0].Trait != clues.SharedTitle || n[0].Peers != maxCallers {
		t.Errorf("the last of many: %+v", n)
	}
	if n := list[0].Traits; len(n) != 1 || n[0].Peers != maxCallers-1 {
		t.Errorf("the first of many: %+v", n)
	}
}
