package terminal

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/inventory"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/report"
)

// Explain writes an explanation in sections, each a table.
// Names are what to call the devices with an id.
func Explain(w io.Writer, x *inventory.Explanation, names map[string]string, width int) error {
	p := &printer{w: w, width: width, names: names}
	d := &x.Device
	role := string(d.Role)
	if d.SubRole != "" {
		role += " (" + d.SubRole + ")"
	}
	p.printf("%s: %s, confidence %.2f\n", d.ID, role, d.Confidence)
	p.known(d)
	p.printf("seen from %s to %s (UTC)\n", clock(d.FirstSeen), clock(d.LastSeen))
	if x.Made != "" {
		p.printf("images: %s\n", x.Made)
	}
	p.use(d)
	p.behind(d)
	p.system(d)
	p.identity(x)
	p.roles(x)
	p.risk(d)
	p.attributes(x)
	p.evidence("Does", x.Activities)
	p.evidence("Passed through its hands (describes others)", x.Content)
	p.services("Serves", x.Serves, false)
	p.services("Uses", x.Uses, true)
	if len(p.left) > 0 {
		p.note(0, fmt.Sprintf("(left out of some tables for want of width: %s; -o json has everything)", strings.Join(p.left, ", ")))
	}
	return p.err
}

// printer keeps the first error of many writes.
type printer struct {
	w     io.Writer
	width int
	names map[string]string
	left  []string // columns that some table had no room for
	err   error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// known says what people call the device.
func (p *printer) known(d *inventory.Device) {
	var words []string
	for _, s := range []string{strings.TrimSpace(d.Manufacturer + " " + d.Model), few(d.Names, 3), few(d.AETitles, 3), few(d.IPs, 3)} {
		if s != "" {
			words = append(words, s)
		}
	}
	if len(words) > 0 {
		p.note(0, "known as "+strings.Join(words, ", "))
	}
}

// use says how much a scanner is used.
func (p *printer) use(d *inventory.Device) {
	if u := d.Use; u != nil {
		p.printf("use: %s by %s, %s per hour, %s per day, most at %02d h UTC; %s, %s\n", Plural(u.Exams, "exam"), u.From,
			strconv.FormatFloat(u.PerHour, 'f', -1, 64), strconv.FormatFloat(u.PerDay, 'f', -1, 64), u.BusiestHour,
			Plural(u.Objects, "image"), studies(u.Studies))
	}
}

func studies(n int) string {
	if n == 1 {
		return "1 study"
	}
	return strconv.Itoa(n) + " studies"
}

// behind says what shows that several machines are behind an address.
func (p *printer) behind(d *inventory.Device) {
	if b := d.Behind; b != nil {
		p.printf("behind its address are %d or more machines: %s\n", b.Machines, strings.Join(b.Reasons, "; "))
	}
}

func (p *printer) section(title string, t *Table) {
	if len(t.Rows) == 0 || p.err != nil {
		return
	}
	p.printf("\n%s\n", title)
	for _, r := range append([][]string{t.Head}, t.Rows...) {
		r[0] = "  " + r[0]
	}
	if p.err == nil {
		p.err = t.Print(p.w, p.width)
	}
	for _, head := range t.Left {
		if !slices.Contains(p.left, head) {
			p.left = append(p.left, head)
		}
	}
}

// note prints text behind an indent, broken to the width.
func (p *printer) note(indent int, text string) {
	space := strings.Repeat(" ", indent)
	width := p.width
	if width > 0 {
		width = max(width-indent, smallest)
	}
	p.printf("%s%s\n", space, strings.ReplaceAll(Wrap(text, width), "\n", "\n"+space))
}

// system tells the operating system and until when it gets updates.
func (p *printer) system(d *inventory.Device) {
	if d.OS == "" {
		return
	}
	p.printf("system: %s, confidence %.2f\n", d.OS, d.Sureness)
	if d.Ends != "" {
		word := map[string]string{"yes": "supported", "no": "not supported", "": "supported or not, by edition"}[d.Supported]
		p.note(2, fmt.Sprintf("%s when last seen; last day of public support %s", word, d.Ends))
	}
	if d.Note != "" {
		p.note(2, "by edition: "+d.Note)
	}
	if len(d.Also) > 0 {
		p.note(2, "other evidence names: "+strings.Join(d.Also, ", "))
	}
}

// risk shows what was seen, and the parts of the score with what to do.
func (p *printer) risk(d *inventory.Device) {
	if len(d.Risk.Parts) > 0 {
		p.printf("\nRisk %d of 100, by what to mend first\n", d.Risk.Score)
		if d.Risk.Weighed != "" {
			p.note(2, d.Risk.Weighed)
		}
	}
	for _, r := range d.Risk.Parts {
		p.printf("  %3d  %s\n", r.Points, r.Trait)
		p.note(7, r.Why)
		p.note(7, r.Mend)
	}
	t := &Table{Head: []string{"TRAIT", "SOURCE", "COUNT", "WITH", "FIRST", "LAST"},
		Floor: []int{24, 16, 5, 4, clockWidth, clockWidth}, Spare: []int{5, 4}}
	for _, n := range d.Traits {
		t.Add(string(n.Trait), n.Source, report.Thousands(n.Count), fmt.Sprint(n.Peers), clock(n.FirstSeen), clock(n.LastSeen))
	}
	p.section("Traits", t)
}

func (p *printer) identity(x *inventory.Explanation) {
	t := &Table{Head: []string{"ADDRESS", "HARDWARE", "KNOWN BY", "FROM", "TO", "NOTE"},
		Floor: []int{26, 17, 8, clockWidth, clockWidth, 20}, Spare: []int{4, 3}}
	for _, h := range x.Identity {
		var note []string
		if h.Carried {
			note = append(note, "frames came through a router: "+strings.Join(h.Frames, " "))
		}
		if h.Contested {
			note = append(note, "claimed by another at the same time")
		}
		if len(h.AlsoHeld) > 0 {
			note = append(note, "also held by "+strings.Join(h.AlsoHeld, " "))
		}
		t.Add(h.IP, h.MAC, h.How, clock(h.First), clock(h.Last), strings.Join(note, "; "))
	}
	p.section("Addresses", t)
}

func (p *printer) roles(x *inventory.Explanation) {
	t := &Table{Head: []string{"ROLE", "SCORE", "", "WEIGHT", "BECAUSE"}}
	for _, r := range x.Roles {
		name, score := string(r.Role), fmt.Sprintf("%.2f", r.Score)
		for _, side := range []struct {
			sign string
			list []inventory.Signal
		}{{"for", r.For}, {"against", r.Against}} {
			for _, s := range side.list {
				t.Add(name, score, side.sign, fmt.Sprintf("%.2f", s.Weight), s.Says)
				name, score = "", ""
			}
		}
	}
	p.section("Roles", t)
}

func (p *printer) attributes(x *inventory.Explanation) {
	t := evidenceTable("ATTRIBUTE", "CONF")
	for _, a := range x.Attributes {
		if a.Name == clues.Has.String() {
			continue // shown as traits
		}
		for _, v := range a.Values {
			t.Add(a.Name, v.Value, fmt.Sprintf("%.2f", v.Confidence), "", "", "", "")
			for _, e := range v.For {
				addEvidence(t, "  for", "", &e)
			}
			for _, e := range v.Against {
				addEvidence(t, "  against", e.Value, &e)
			}
		}
	}
	p.section("Attributes", t)
}

// evidenceTable is a table of evidence; where it is too wide, times go first.
func evidenceTable(what, weight string) *Table {
	return &Table{Head: []string{what, "VALUE", weight, "SOURCE", "COUNT", "FIRST", "LAST"},
		Floor: []int{14, 20, 6, 24, 5, clockWidth, clockWidth}, Spare: []int{6, 5}}
}

// clockWidth is the width of a time as clock has it.
const clockWidth = len("2006-01-02 15:04:05")

func addEvidence(t *Table, label, value string, e *inventory.Evidence) {
	t.Add(label, value, fmt.Sprintf("%.2f", e.Weight), e.Source, report.Thousands(e.Count), clock(e.First), clock(e.Last))
}

func (p *printer) evidence(title string, list []inventory.Evidence) {
	t := evidenceTable("WHAT", "WEIGHT")
	for i := range list {
		addEvidence(t, list[i].Attribute, list[i].Value, &list[i])
	}
	p.section(title, t)
}

func (p *printer) services(title string, list []inventory.Service, uses bool) {
	t := &Table{Head: []string{"SERVICE", "PORT", "WITH", "CONNECTIONS", "OPERATIONS", "TO SERVER", "TO CLIENT", "FIRST", "LAST"},
		Floor: []int{10, 5, 12, 11, 10, 9, 9, clockWidth, clockWidth}, Spare: []int{8, 7, 4}}
	for _, s := range list {
		peer := s.Client
		if uses {
			peer = s.Server
		}
		t.Add(s.Service, fmt.Sprint(s.Port), cmp.Or(p.names[peer], peer), report.Thousands(s.Connections), report.Thousands(s.Operations),
			report.Size(s.BytesToServer), report.Size(s.BytesToClient), clock(s.FirstSeen), clock(s.LastSeen))
	}
	p.section(title, t)
}

// clock shortens an RFC 3339 time in UTC to the second, for reading.
func clock(t string) string {
	if len(t) < len("2006-01-02T15:04:05") {
		return t
	}
	return t[:10] + " " + t[11:19]
}
