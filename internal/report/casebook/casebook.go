// Package casebook writes the case: what incidents tell, as a page to read and to print and
// as Markdown for a ticket.
//
// A Case is one incident of a report.Document in words and drawings: a summary, the
// timeline and the tree of who infected whom as SVG, where it came in, who may be next, what
// was exposed, what could not be seen, what to do first, and all proof. Everything is a view
// of the document; nothing is added but words.
//
// It refuses to fetch and to run: the page has no script, carries its style within it and a
// policy that forbids the rest. Text from the traffic is hostile: html/template escapes it on
// the page, and cells of Markdown have their signs escaped. It reads no clock, and the same
// document makes the same bytes. Drawings are bounded: what is left out is counted in them.
// Standards: HTML 5, SVG 1.1, GitHub's Markdown; sizes of paper are those of ISO 216 (A4)
// and of ANSI (Letter), both of which the page fits.
package casebook

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"time"

	"lazaret/internal/inventory"
	"lazaret/internal/report"
	"lazaret/internal/report/attack"
	"lazaret/internal/report/terminal"
)

// Book is what is written: all or one of the incidents of a document.
type Book struct {
	Doc   *report.Document
	Cases []Case
	names map[string]string
	of    map[string]*inventory.Device
}

// Case is one incident with what the page shows of it.
type Case struct {
	*report.Incident
	book     *Book
	Number   int // in the list of the document, from 1
	Summary  []string
	Timeline template.HTML
	Tree     template.HTML
	Proof    []*report.Finding
	Methods  []Method
}

// Method is a technique of ATT&CK.
type Method struct{ ID, Name, Tactics string }

// New makes a book of the incidents with these indices.
func New(d *report.Document, incidents []int) *Book {
	b := &Book{Doc: d, names: terminal.Callings(d.Devices), of: map[string]*inventory.Device{}}
	for i := range d.Devices {
		b.of[d.Devices[i].ID] = &d.Devices[i]
	}
	for _, i := range incidents {
		c := Case{Incident: &d.Incidents[i], book: b, Number: i + 1}
		for _, f := range c.Findings {
			c.Proof = append(c.Proof, &d.Findings[f])
		}
		for _, id := range c.Attack {
			var tactics []string
			for _, t := range attack.TacticsOf([]string{id}) {
				tactics = append(tactics, t.Name)
			}
			c.Methods = append(c.Methods, Method{id, attack.Name(id), strings.Join(tactics, ", ")})
		}
		c.Summary = c.summary()
		c.Timeline, c.Tree = c.timeline(), c.tree()
		b.Cases = append(b.Cases, c)
	}
	return b
}

// Who names a device.
func (b *Book) Who(p report.Party) string {
	switch {
	case p.Address == "" && p.MAC == "":
		return "a device that is not seen"
	case b.names[p.Device] != "":
		return b.names[p.Device]
	}
	return cmp.Or(p.Address, p.MAC)
}

// What is the role, maker, model and system of a device, as far as they are known.
func (b *Book) What(p report.Party) string {
	out := []string{string(p.Role)}
	if v := b.of[p.Device]; v != nil {
		out = append(out, strings.TrimSpace(v.Manufacturer+" "+v.Model), v.OS)
	}
	var said []string
	for _, s := range out {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, ", ")
}

// Percent is a probability in words.
func Percent(p float64) string {
	switch {
	case p > 0.99:
		return "almost certain"
	case p < 0.01:
		return "under 1 %"
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

// When is a time to the second.
func When(t string) string {
	at, err := time.Parse(time.RFC3339Nano, t)
	if err != nil {
		return t
	}
	return at.UTC().Format("2006-01-02 15:04:05")
}

// summary says the case in plain words.
func (c *Case) summary() []string {
	b := c.book
	did := "somebody moved between machines of the network"
	if len(c.Incident.Tree) == 0 {
		did = "somebody did on the network what intruders do"
	}
	out := []string{fmt.Sprintf("From %s to %s (UTC) %s. %s.", When(c.First), When(c.Last), did, c.Title)}
	if len(c.Entry) > 0 {
		e := &c.Entry[0]
		who := b.Who(e.Device) + " (" + b.What(e.Device) + ")"
		if e.Unseen() {
			who = "a device that this sensor does not see, by way of " + b.Who(e.Via) + " (" + b.What(e.Via) + ")"
		}
		how := fmt.Sprintf("It most likely came in at %s: %s.", who, Percent(e.Probability))
		if len(c.Entry) > 1 && c.Entry[1].Probability >= 0.1 {
			how += fmt.Sprintf(" %s others are possible, see below.", []string{"One", "Some"}[min(len(c.Entry)-2, 1)])
		}
		out = append(out, how)
	}
	if n := len(c.AtRisk); n > 0 {
		out = append(out, fmt.Sprintf("%s reached by it and may be infected.", map[bool]string{true: "One more device was", false: fmt.Sprintf("%d more devices were", n)}[n == 1]))
	}
	if a := &c.Exposure.Whole.All; a.Patients.Count+a.Studies.Count+a.Messages.Count > 0 {
		out = append(out, fmt.Sprintf("Through the infected devices went data of %s patients: %s studies and %s messages.", a.Patients, a.Studies, a.Messages))
	} else {
		out = append(out, "No patient is known whose data went through an infected device in this time.")
	}
	if len(b.Doc.Blind)+len(c.Blind) > 0 {
		out = append(out, "Not everything could be seen; what could not is listed below.")
	}
	return out
}

// shownPaths is how many devices with a path to them are shown; the JSON has more.
const shownPaths = 10

// NextBy are devices that everyday contacts lead to, BackBy those from which the entry could be
// reached.
func (c *Case) NextBy() []report.Reach { return c.Reachable[:min(len(c.Reachable), shownPaths)] }

// BackBy is told at NextBy.
func (c *Case) BackBy() []report.Reach { return c.Sources[:min(len(c.Sources), shownPaths)] }

// NextMore says how many more there are, empty for none.
func (c *Case) NextMore() string { return others(len(c.Reachable) + c.MoreReachable) }

// BackMore is told at NextMore.
func (c *Case) BackMore() string { return others(len(c.Sources) + c.MoreSources) }

func others(n int) string {
	if n <= shownPaths {
		return ""
	}
	return fmt.Sprintf("And %s more.", terminal.Plural(n-shownPaths, "device"))
}

// Path says by which contacts a device was reached.
func (b *Book) Path(r report.Reach) string {
	var out strings.Builder
	for i, h := range r.Path {
		if i == 0 {
			out.WriteString(b.Who(h.Source))
		}
		fmt.Fprintf(&out, " → %s (%s", b.Who(h.Target), h.Grade)
		if h.Contacts > 1 {
			fmt.Fprintf(&out, " %d times", h.Contacts)
		}
		fmt.Fprintf(&out, ", %s", When(h.From))
		if h.From != h.To {
			fmt.Fprintf(&out, " to %s", When(h.To))
		}
		out.WriteByte(')')
	}
	return out.String()
}

// Spread says the figures of the spread in words.
func (c *Case) Spread() []string {
	f := &c.Figures
	var out []string
	if r := &f.Reproduction; r.Number > 0 {
		out = append(out, fmt.Sprintf("Each of the first half of the infected devices infected %.1f others (with 95 chances in 100 between %.1f and %.1f).", r.Value, r.Low, r.High))
	}
	if g := &f.Generation; g.Number > 0 {
		out = append(out, fmt.Sprintf("From the infection of a device to that of one that it infected: %s (the middle half %s to %s, of %s).", lasting(g.Value), lasting(g.Low), lasting(g.High), terminal.Plural(g.Number, "step")))
	}
	if f.FirstTrace != "" && f.FirstFinding != "" {
		out = append(out, fmt.Sprintf("From the first infection, by its likeliest time, to the first grave finding: %s.", lasting(f.Delay)))
	}
	return out
}

// lasting is a length of time in words.
func lasting(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d < time.Minute {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
