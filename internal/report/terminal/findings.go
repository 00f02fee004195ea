package terminal

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"unicode"

	"lazaret/internal/detect"
	"lazaret/internal/report"
)

// mostFindings is the most findings that the text output shows.
const mostFindings = 40

// pair is who does something to whom, by address or network card.
type pair struct{ source, target string }

// printFindings writes what rules have found, grouped by who did it to whom. The group
// with the worst finding comes first.
func printFindings(w io.Writer, d *report.Document, width int) error {
	if len(d.Findings) == 0 {
		_, err := fmt.Fprintf(w, "\nFindings: none.%s\n", silencedLine(d))
		return err
	}
	var groups []pair
	of := map[pair][]*report.Finding{}
	for i := range d.Findings[:min(len(d.Findings), mostFindings)] {
		f := &d.Findings[i]
		p := pair{f.Source.Address + f.Source.MAC, f.Target.Address}
		if of[p] == nil {
			groups = append(groups, p)
		}
		of[p] = append(of[p], f)
	}
	fmt.Fprintf(w, "\nFindings: %s.%s\n", severities(d.Findings), silencedLine(d))
	name := Callings(d.Devices)
	explained := map[string]bool{}
	for _, p := range groups {
		head := of[p][0]
		line := partyLine(&head.Source, name)
		if head.Target.Address != "" {
			line += " -> " + partyLine(&head.Target, name)
		}
		fmt.Fprintf(w, "\n  %s\n", line)
		for _, f := range of[p] {
			printFinding(w, f, width, !explained[f.Rule])
			explained[f.Rule] = true
		}
	}
	if n := len(d.Findings) - mostFindings; n > 0 {
		fmt.Fprintf(w, "  (and %s more; -o json has all)\n", report.Thousands(uint64(n)))
	}
	return nil
}

func silencedLine(d *report.Document) string {
	n := 0
	for _, s := range d.Silenced {
		n += s.Count
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" Allow-lists silenced %s.", Plural(n, "hit"))
}

// severities counts findings, worst first.
func severities(list []report.Finding) string {
	n := map[string]int{}
	for i := range list {
		n[list[i].Severity]++
	}
	var out []string
	for s := detect.Critical; s > detect.None; s-- {
		if n[s.String()] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[s.String()], s))
		}
	}
	return strings.Join(out, ", ")
}

func partyLine(p *report.Party, name map[string]string) string {
	if p.Address == "" {
		return cardLine(p, name)
	}
	called := name[p.Device]
	if called == "" || called == p.Address {
		return fmt.Sprintf("%s (%s)", p.Address, p.Role)
	}
	return fmt.Sprintf("%s (%s, %s)", called, p.Role, p.Address)
}

// cardLine names who has no known address by its network card.
func cardLine(p *report.Party, name map[string]string) string {
	if p.MAC == "" {
		return "somebody without an address"
	}
	line := "network card " + p.MAC
	if p.Vendor != "" {
		line += " by " + Visible(p.Vendor)
	}
	called := name[p.Device]
	if _, err := netip.ParseAddr(called); called == "" || err == nil {
		return fmt.Sprintf("%s (%s)", line, p.Role) // an address would be the one that it took
	}
	return fmt.Sprintf("%s (%s, %s)", called, p.Role, line)
}

// printFinding writes one finding below its group; the rule is explained where it comes
// first.
func printFinding(w io.Writer, f *report.Finding, width int, explain bool) {
	title := f.Title
	if f.Topic != "" {
		title += ": " + Visible(f.Topic)
	}
	fmt.Fprintf(w, "    %-8s  %-4s %s\n", strings.ToUpper(f.Severity), f.Rule, title)
	const indent = "              "
	line := func(text string) {
		fmt.Fprintln(w, indent+strings.ReplaceAll(Wrap(text, max(width-len(indent), 0)), "\n", "\n"+indent))
	}
	when := f.Time
	if f.Last != f.Time {
		when += " to " + f.Last
	}
	if f.Count > 1 {
		when += ", " + Plural(f.Count, "time")
	}
	line(fmt.Sprintf("%s; %s; confidence %.2f", when, strings.Join(f.Attack, " "), f.Confidence))
	if f.Reason != "" {
		line("Severity: " + f.Reason)
	}
	widest := 0
	for _, e := range f.Evidence {
		widest = max(widest, len(e.Field))
	}
	for _, e := range f.Evidence {
		evidence := Visible(e.Value)
		if room := width - len(indent) - widest - 4; room > smallest {
			evidence = fit(evidence, room)
		}
		fmt.Fprintf(w, "%s  %-*s  %s\n", indent, widest, e.Field, evidence)
	}
	if !explain {
		return
	}
	line(f.Why)
	line("Innocent causes: " + strings.Join(f.Innocent, " "))
}

// Visible shows control characters by their numbers: a terminal would obey them.
func Visible(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, `\x%02x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func hidden(r rune) bool { return !unicode.IsPrint(r) }
