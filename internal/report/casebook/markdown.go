package casebook

import (
	"fmt"
	"io"
	"strings"

	"lazaret/internal/report"
)

// signs are what Markdown and trackers would obey.
var signs = strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "'", "<", "&lt;", ">", "&gt;", "[", `\[`, "]", `\]`, "#", `\#`, "@", "@\u200b", "\n", " ", "\r", " ", "!", `\!`)

// plain makes a text safe for a line or a cell.
func plain(s string) string { return signs.Replace(s) }

// code is a value as it was, in one line.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "\r", " ", "|", "¦").Replace(s) + "`"
}

// note is Markdown in the making.
type note struct{ strings.Builder }

func (n *note) line(format string, a ...any) { fmt.Fprintf(&n.Builder, format+"\n", a...) }

func (n *note) table(head ...string) func(cells ...string) {
	n.line("\n| %s |\n|%s", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	return func(cells ...string) { n.line("| %s |", strings.Join(cells, " | ")) }
}

// WriteMarkdown writes the cases for a ticket.
func (b *Book) WriteMarkdown(w io.Writer) error {
	n := &note{}
	if len(b.Cases) == 0 {
		n.line("# No incident\n\nNothing in what was read amounts to an incident. %s.", b.Span())
	}
	for i := range b.Cases {
		b.Cases[i].markdown(n)
	}
	if len(b.Doc.Blind) > 0 {
		n.line("\n## What could not be seen\n")
		for _, x := range b.Doc.Blind {
			n.line("- %s %s: %s", report.Thousands(x.Count), report.Unit(x.Count, x.Unit), plain(x.Detail))
		}
	}
	n.line("\n%s. Written by lazaret %s.", b.Span(), plain(b.Doc.Version))
	_, err := io.WriteString(w, n.String())
	return err
}

func (c *Case) markdown(n *note) {
	b := c.book
	who := func(p report.Party) string { return plain(b.Who(p)) }
	n.line("# %s: %s (%s)\n", c.ID, plain(c.Title), c.Severity)
	for _, s := range c.Summary {
		n.line("%s\n", plain(s))
	}
	for _, s := range c.Blind {
		n.line("> Not seen: %s\n", plain(s.Detail))
	}
	if len(c.Advice) > 0 {
		n.line("## What to do first\n")
		for i, a := range c.Advice {
			var names []string
			for _, d := range a.Devices {
				names = append(names, who(d))
			}
			n.line("%d. **%s.** %s %s", i+1, plain(a.Do), plain(a.Why), strings.Join(names, ", "))
		}
	}
	if len(c.Incident.Tree) > 0 {
		n.line("\n## Who infected whom")
		row := n.table("time (UTC)", "from", "to", "how far", "probability", "proof")
		for _, e := range c.Incident.Tree {
			row(When(e.Time), who(e.Source), who(e.Target), e.Grade, Percent(e.Probability), e.Evidence.Rule+" "+plain(e.Evidence.Title)+" "+code(e.Evidence.UID))
		}
	}
	n.line("\n## Where it came in")
	row := n.table("device", "what it is", "probability")
	for _, e := range c.Entry {
		name, what := who(e.Device), plain(b.What(e.Device))
		if e.Unseen() {
			name, what = name+", by way of "+who(e.Via), "not known"
		}
		row(name, what, Percent(e.Probability))
	}
	n.line("\n## Devices")
	row = n.table("device", "what it is", "since (UTC)", "infected")
	for _, list := range [][]report.Infected{c.Infected, c.AtRisk} {
		for _, x := range list {
			row(who(x.Device)+" "+code(x.Device.Address), plain(b.What(x.Device)), When(x.Median), Percent(x.Probability))
		}
	}
	c.paths(n, "Where everyday contacts lead from them", "at the earliest (UTC)", c.NextBy(), c.NextMore())
	c.paths(n, "From where the likeliest entry could be reached", "last before (UTC)", c.BackBy(), c.BackMore())
	for i, s := range c.Spread() {
		if i == 0 {
			n.line("\n## The spread in figures\n")
		}
		n.line("- %s", plain(s))
	}
	c.counts(n)
	c.appendix(n)
}

// paths writes devices with the contacts that lead to or from them.
func (c *Case) paths(n *note, title, when string, list []report.Reach, more string) {
	if len(list) == 0 {
		return
	}
	n.line("\n## %s", title)
	row := n.table("device", "what it is", when, "path")
	for _, r := range list {
		row(plain(c.book.Who(r.Device))+" "+code(r.Device.Address), plain(c.book.What(r.Device)), When(r.Time), plain(c.book.Path(r)))
	}
	if more != "" {
		n.line("\n%s", more)
	}
}

// appendix writes indicators and findings.
func (c *Case) appendix(n *note) {
	who := func(p report.Party) string { return plain(c.book.Who(p)) }
	if len(c.Indicators) > 0 {
		n.line("\n## Indicators")
		row := n.table("kind", "value", "what it is")
		for _, x := range c.Indicators {
			row(x.Kind, code(x.Value), plain(x.Detail))
		}
	}
	n.line("\n## Findings")
	row := n.table("time (UTC)", "rule", "severity", "from", "to", "technique")
	for _, f := range c.Proof {
		to := ""
		if f.Target.Address != "" {
			to = who(f.Target)
		}
		row(When(f.Time), f.Rule+" "+plain(f.Title), f.Severity, who(f.Source), to, strings.Join(f.Attack, " "))
	}
	n.line("")
}

// counts writes the exposure.
func (c *Case) counts(n *note) {
	n.line("\n## Exposure")
	row := n.table("device", "", "patients", "studies", "messages", "queries", "files")
	rows := func(r Row) {
		for i, l := range r.Rows {
			if i > 0 {
				r.Who = ""
			}
			row(plain(r.Who), l.Word, l.Patients.String(), l.Studies.String(), l.Messages.String(), l.Queries.String(), l.Files.String())
		}
	}
	for _, d := range c.Exposure.Devices {
		rows(c.book.Row(c.book.Who(d.Device), d.Ways))
	}
	rows(c.book.Row("whole, none twice", c.Exposure.Whole))
}
