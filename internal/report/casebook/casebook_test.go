package casebook

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/inventory"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/report"
)

const hostile = `"><script>alert(1)</script>|*_[x](y)` + "`\n#"

func party(n int) report.Party {
	return report.Party{Address: fmt.Sprintf("10.0.%d.%d", n/200, n%200+1), Device: fmt.Sprintf("d%d", n), Role: roles.CT}
}

func at(minute int) string { return fmt.Sprintf("2026-11-02T%02d:%02d:00Z", 8+minute/60, minute%60) }

// spread is a case in which the first device infected all others but the last, which was
// reached by two.
func spread(devices int, unseen bool) *report.Document {
	d := &report.Document{Report: &inventory.Report{}, Version: "1 " + hostile}
	x := report.Incident{ID: "LZ-00000001", Title: "Spread " + hostile, Severity: "high", First: at(0), Last: at(devices), Findings: []int{0}, Attack: []string{"T1021.002"}}
	for i := range devices {
		d.Devices = append(d.Devices, inventory.Device{ID: party(i).Device, Names: []string{fmt.Sprintf("n%d%s", i, hostile)}})
		if i < devices-1 {
			x.Infected = append(x.Infected, report.Infected{Device: party(i), Probability: 0.99, Earliest: at(i), Median: at(i), Latest: at(i)})
		}
		if i > 0 && i < devices-1 {
			x.Tree = append(x.Tree, report.Edge{Time: at(i), Source: party(0), Target: party(i), Grade: "proven", Probability: 0.99, Evidence: report.Proof{Rule: "K1", Title: hostile}})
		}
	}
	last := party(devices - 1)
	x.AtRisk = []report.Infected{{Device: last, Probability: 0.4, Earliest: at(1), Median: at(2), Latest: at(3)}}
	x.Tree = append(x.Tree, report.Edge{Time: at(2), Source: party(1), Target: last, Grade: "written", Probability: 0.25}, report.Edge{Time: at(3), Source: party(2), Target: last, Grade: "written", Probability: 0.15})
	x.Entry = []report.Entry{{Device: party(0), Probability: 0.8}}
	if unseen {
		x.Entry = []report.Entry{{Via: party(0), Probability: 0.7}}
	}
	x.Exposure.Whole.All.Patients = report.Amount{Count: 1200, Error: 0.02}
	x.Exposure.Devices = []report.DeviceExposure{{Device: party(0), From: at(0), Ways: x.Exposure.Whole}}
	x.Indicators = []report.Indicator{{Kind: "service", Value: hostile}}
	d.Findings = []report.Finding{{Time: at(0), Last: at(1), Rule: "K1", Title: hostile, Severity: "high", Source: party(0), Evidence: []report.Evidence{{Field: "f", Value: hostile}}}}
	x.Advise(d.Findings)
	d.Incidents = []report.Incident{x}
	return d
}

func page(t *testing.T, d *report.Document, which ...int) (html, markdown string) {
	t.Helper()
	b := New(d, which)
	var h, m bytes.Buffer
	if err := b.WriteHTML(&h); err != nil {
		t.Fatal(err)
	}
	if err := b.WriteMarkdown(&m); err != nil {
		t.Fatal(err)
	}
	return h.String(), m.String()
}

// Names from the traffic stay text, on the page, in its drawings and in Markdown.
func TestHostile(t *testing.T) {
	html, md := page(t, spread(6, false), 0)
	for name, text := range map[string]string{"page": html, "Markdown": md} {
		if i := strings.Index(outsideCode(text), "<script"); i >= 0 {
			t.Errorf("a script got into the %s: %s", name, outsideCode(text)[max(i-80, 0):i+40])
		}
	}
	if strings.Contains(outsideCode(md), "[x](y)") {
		t.Error("a link got into Markdown")
	}
	for _, want := range []string{"about 1,200", "two that may have infected it"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

// outsideCode leaves out what stands in backticks: Markdown shows it as it is.
func outsideCode(s string) string {
	parts := strings.Split(s, "`")
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString(parts[i])
	}
	return b.String()
}

// Two possible parents are two lines, the less likely one dashed.
func TestTwoParents(t *testing.T) {
	d := spread(5, false)
	tree := string(New(d, []int{0}).Cases[0].Tree)
	if n := strings.Count(tree, `class="edge written doubt"`); n != 2 {
		t.Errorf("%d dashed lines to the device with two possible parents", n)
	}
	if n := strings.Count(tree, `class="edge proven"`); n != 3 {
		t.Errorf("%d lines to the others", n)
	}
	if n := strings.Count(tree, `class="box maybe"`); n != 1 {
		t.Errorf("%d boxes of who may be infected", n)
	}
}

// An entry that is not seen is a box of its own, before its first victim.
func TestUnseen(t *testing.T) {
	b := New(spread(5, true), []int{0})
	if tree := string(b.Cases[0].Tree); strings.Count(tree, `class="box ghost"`) != 1 {
		t.Error("the unseen entry is not drawn")
	}
	if !strings.Contains(strings.Join(b.Cases[0].Summary, " "), "does not see, by way of n0") {
		t.Errorf("summary %q", b.Cases[0].Summary)
	}
	if a := b.Cases[0].Advice; len(a) == 0 || !strings.Contains(fmt.Sprint(a), "outside of what is watched") {
		t.Errorf("advice %v", a)
	}
}

// Many devices stay legible: what is left out is counted.
func TestMany(t *testing.T) {
	c := &New(spread(200, false), []int{0}).Cases[0]
	if !strings.Contains(string(c.Timeline), "140 more devices are not drawn") {
		t.Error("the timeline does not count what it leaves out")
	}
	if !strings.Contains(string(c.Tree), "and 1") || strings.Count(string(c.Tree), `class="box`) > mostLeaves+8 {
		t.Errorf("%d boxes", strings.Count(string(c.Tree), `class="box`))
	}
}

// Devices of which each may have infected the other end no drawing.
func TestLoop(t *testing.T) {
	d := spread(4, false)
	x := &d.Incidents[0]
	x.Tree = []report.Edge{{Time: at(1), Source: party(0), Target: party(1), Grade: "written", Probability: 0.5}, {Time: at(1), Source: party(1), Target: party(0), Grade: "written", Probability: 0.5},
		{Time: at(2), Source: party(2), Target: party(2), Grade: "written", Probability: 0.5}}
	if tree := string(New(d, []int{0}).Cases[0].Tree); strings.Count(tree, `class="box`) != 4 {
		t.Errorf("not four boxes: %s", tree)
	}
}

func TestNone(t *testing.T) {
	d := spread(3, false)
	d.Blind = []report.Blind{{Reason: "one_sided", Detail: "only one direction", Count: 3, Unit: "conversations"}}
	html, md := page(t, d)
	for _, s := range []string{html, md} {
		if !strings.Contains(s, "amounts to an incident") || !strings.Contains(s, "only one direction") {
			t.Errorf("says: %s", s)
		}
	}
	if a, b := page(t, spread(9, false), 0); true {
		if c, e := page(t, spread(9, false), 0); a != c || b != e {
			t.Error("the same document makes other bytes")
		}
	}
}

// Devices of care are not taken off the network.
func TestAdvice(t *testing.T) {
	d := spread(4, false)
	for _, a := range d.Incidents[0].Advice {
		if strings.Contains(a.Do, "off the network") {
			t.Errorf("a scanner is to be taken off: %+v", a)
		}
	}
}
