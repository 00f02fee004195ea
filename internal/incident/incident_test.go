package incident

import (
	"reflect"
	"slices"
	"testing"

	"lazaret/internal/contacts"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/trace"
)

var (
	copied = &detect.Rule{ID: "K4", Title: "Copied and started"}
	asked  = &detect.Rule{ID: "D1", Title: "Titles guessed"}
)

func ip(n byte) netid.IP { return netid.IPv4(10, 0, 0, n) }

func at(minutes int) event.Time { return event.Time(1_700_000_000e9) + event.Time(minutes)*60e9 }

// found is a finding with one step.
func found(rule *detect.Rule, s detect.Severity, minutes int, source, target netid.IP, reach trace.Grade) detect.Finding {
	return detect.Finding{Rule: rule, Severity: s, Source: source, Target: target, First: at(minutes), Last: at(minutes), Count: 1,
		Steps: []detect.Step{{Time: at(minutes), Reach: reach, UID: "C1"}}}
}

func build(t *testing.T, list []detect.Finding) []Incident {
	t.Helper()
	out, err := Build(DefaultConfig(), list, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A chain is one incident with its tree; a stranger who does something else is another,
// and what is not grave is none.
func TestBuild(t *testing.T) {
	list := []detect.Finding{
		found(copied, detect.Critical, 0, ip(1), ip(2), trace.Proven),
		found(copied, detect.Critical, 30, ip(2), ip(3), trace.Proven),
		found(copied, detect.Low, 31, ip(2), ip(4), trace.Touched),
		found(copied, detect.Medium, 32, ip(3), ip(5), trace.Touched),
		found(asked, detect.High, 5, ip(9), ip(50), trace.Nothing),
		found(asked, detect.Medium, 6, ip(8), ip(50), trace.Nothing),
	}
	got := build(t, list)
	if len(got) != 2 {
		t.Fatalf("%d incidents: %+v", len(got), got)
	}
	x := got[0]
	if x.Severity != detect.Critical || x.First != at(0) || x.Last != at(32) || !reflect.DeepEqual(x.Findings, []int{0, 1, 3}) {
		t.Errorf("the first: %+v", x)
	}
	if x.Entry[0].Device != ip(1) || x.Entry[0].Probability < 0.6 {
		t.Errorf("it came in at %+v", x.Entry)
	}
	if len(x.Edges) < 2 || x.Edges[0].Source != ip(1) || x.Edges[0].Target != ip(2) || x.Edges[0].Finding != 0 || x.Edges[0].Grade != trace.Proven || x.Edges[0].UID != "C1" {
		t.Errorf("edges %+v", x.Edges)
	}
	for _, e := range x.Edges {
		if e.Target == ip(5) || e.Target == ip(4) {
			t.Errorf("a refused step is an edge: %+v", e)
		}
	}
	if len(x.Devices) != 3 || x.Devices[0].Device != ip(1) {
		t.Errorf("infected %+v", x.Devices)
	}
	if y := got[1]; y.Severity != detect.High || y.Entry[0].Device != ip(9) || len(y.Edges) != 0 {
		t.Errorf("the second: %+v", y)
	}
	if got[0].ID == got[1].ID || len(got[0].ID) != 11 {
		t.Errorf("ids %s %s", got[0].ID, got[1].ID)
	}
	if again := build(t, list); !reflect.DeepEqual(got, again) {
		t.Error("the same findings make other incidents")
	}
}

// Two chains become one incident when a step joins them; a finding without anybody is no
// part of any.
func TestJoin(t *testing.T) {
	list := []detect.Finding{
		found(copied, detect.High, 0, ip(1), ip(2), trace.Proven),
		found(copied, detect.High, 10, ip(5), ip(6), trace.Proven),
		found(copied, detect.High, 11, netid.IP{}, ip(6), trace.Written),
	}
	if got := build(t, list); len(got) != 2 {
		t.Errorf("%d incidents before the step", len(got))
	}
	list = append(list, found(copied, detect.High, 20, ip(2), ip(6), trace.Entered))
	if got := build(t, list); len(got) != 1 || len(got[0].Findings) != 3 {
		t.Errorf("after the step: %+v", got)
	}
	if got := build(t, nil); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
	bad := DefaultConfig()
	bad.Trace.Wait = 0
	if _, err := Build(bad, list, 10, nil); err == nil {
		t.Error("a configuration without a wait is taken")
	}
}

// Findings that no contact joins are one story if a mark of the intruder does, and the history says
// so; a common tool of two that are not grave joins nobody.
func TestFamily(t *testing.T) {
	with := func(f detect.Finding, field, value string) detect.Finding {
		f.Facts = []detect.Fact{{Field: field, Value: value}}
		return f
	}
	hash := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for _, c := range []struct {
		field, one, two string
		severity        detect.Severity
		want            int
	}{
		{"files.family", "f1", "f1", detect.High, 1},
		{"files.family", "f1", "f2", detect.High, 2},
		{"files.family", "f1", "f1", detect.Medium, 2},
		{"files.sha256", hash, hash, detect.High, 1},
		{"files.filename", `\\srv\ADMIN$\psexesvc.exe`, `\\srv\ADMIN$\psexesvc.exe`, detect.High, 2},
	} {
		list := []detect.Finding{
			found(copied, detect.High, 0, ip(1), ip(2), trace.Proven), with(found(asked, c.severity, 1, ip(1), ip(2), trace.Written), c.field, c.one),
			found(copied, detect.High, 60, ip(5), ip(6), trace.Proven), with(found(asked, c.severity, 61, ip(5), ip(6), trace.Written), c.field, c.two),
		}
		got := build(t, list)
		if len(got) != c.want {
			t.Errorf("%+v: %d incidents", c, len(got))
			continue
		}
		_, history := got[0].History(DefaultConfig(), list, at(100))
		if joined := slices.ContainsFunc(history, func(h Change) bool { return h.What == "joined" }); joined != (c.want == 1) {
			t.Errorf("%+v: %+v", c, history)
		}
	}
}

// Two stories with more than Quiet between them that only a session holds together, which infected
// nobody, are two again; what infected somebody holds.
func TestSplit(t *testing.T) {
	const later = 6 * 24 * 60
	list := []detect.Finding{
		found(copied, detect.High, 0, ip(1), ip(2), trace.Proven),
		found(copied, detect.High, later, ip(5), ip(6), trace.Proven),
		found(asked, detect.Medium, later+100, ip(2), ip(5), trace.Entered),
	}
	got := build(t, list)
	if len(got) != 2 || len(got[0].Findings)+len(got[1].Findings) != 3 || got[0].Apart == "" || got[1].Apart == "" {
		t.Errorf("a session behind: %+v", got)
	}
	list[2] = found(asked, detect.Medium, later-100, ip(2), ip(5), trace.Written)
	if got := build(t, list); len(got) != 1 {
		t.Errorf("a program before: %d incidents", len(got))
	}
	list[2], list[1] = found(asked, detect.Medium, 50, ip(2), ip(5), trace.Entered), found(copied, detect.High, 100, ip(5), ip(6), trace.Proven)
	if got := build(t, list); len(got) != 1 {
		t.Errorf("without a pause: %d incidents", len(got))
	}
}

// Everyday contacts lead on from infected devices, and back from the entry; between devices of
// the incident they take part in the tracing with their small chances.
func TestReach(t *testing.T) {
	list := []detect.Finding{
		found(copied, detect.Critical, 100, ip(1), ip(2), trace.Proven),
		found(copied, detect.Critical, 130, ip(2), ip(3), trace.Proven),
	}
	book := contacts.New(contacts.DefaultConfig())
	for _, c := range []struct{ minutes, source, target byte }{{90, 8, 1}, {40, 9, 8}, {95, 9, 8}, {140, 3, 5}, {150, 5, 6}, {20, 3, 7}, {120, 1, 3}} {
		book.Note(contacts.Contact{From: at(int(c.minutes)), To: at(int(c.minutes)), Source: ip(c.source), Target: ip(c.target), Grade: trace.Entered, Count: 1})
	}
	roads := book.Graph(nil)
	built, err := Build(DefaultConfig(), list, 100, roads)
	if err != nil || len(built) != 1 {
		t.Fatal(err, built)
	}
	x := &built[0]
	if len(x.Edges) != 2 {
		t.Errorf("edges %+v", x.Edges)
	}
	x.Reach(DefaultConfig(), roads, list, at(1000))
	devices := func(list []contacts.Reach) (out []netid.IP) {
		for _, r := range list {
			out = append(out, r.Device)
		}
		return out
	}
	if got := devices(x.Reached); !reflect.DeepEqual(got, []netid.IP{ip(5), ip(6)}) {
		t.Errorf("reached %v", got)
	}
	if got := devices(x.Before); !reflect.DeepEqual(got, []netid.IP{ip(8), ip(9)}) || x.Before[1].At != at(40) {
		t.Errorf("before %+v", x.Before)
	}
	// Where nobody hostile reached a device that acts, an everyday contact is its parent, and
	// no finding stands behind it.
	list = append(list, found(copied, detect.Critical, 141, ip(3), ip(20), trace.Proven), found(copied, detect.Critical, 160, ip(5), ip(20), trace.Proven))
	if built, err = Build(DefaultConfig(), list, 100, roads); err != nil {
		t.Fatal(err)
	}
	everyday := false
	for _, e := range built[0].Edges {
		everyday = everyday || e.Finding == -1 && e.Source == ip(3) && e.Target == ip(5)
	}
	if !everyday {
		t.Errorf("no everyday edge: %+v", built[0].Edges)
	}
}
