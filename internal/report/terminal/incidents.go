package terminal

import (
	"fmt"
	"io"
	"strings"

	"lazaret/internal/report"
)

// mostChildren is how many of those that a device infected are named in a line.
const mostChildren = 4

// printIncidents writes one line for each incident, and below it where it may have come in
// and who infected whom.
func printIncidents(w io.Writer, d *report.Document, width int) error {
	if len(d.Incidents) == 0 {
		return nil
	}
	name := Callings(d.Devices)
	fmt.Fprintf(w, "\nIncidents: %s.\n", Plural(len(d.Incidents), "incident"))
	for i := range d.Incidents {
		x := &d.Incidents[i]
		fmt.Fprintf(w, "\n  %s  %-8s  %s\n", x.ID, strings.ToUpper(x.Severity), x.Title)
		line := func(label, text string) {
			const indent = "               "
			fmt.Fprintln(w, indent+strings.ReplaceAll(Wrap(label+": "+text, max(width-len(indent), 0)), "\n", "\n"+indent))
		}
		line("Time", x.First+" to "+x.Last)
		var entries []string
		for _, e := range x.Entry[:min(len(x.Entry), 3)] {
			who := partyLine(&e.Device, name)
			if e.Unseen() {
				who = "a device that is not seen, by way of " + partyLine(&e.Via, name)
			}
			entries = append(entries, fmt.Sprintf("%s %s", who, percent(e.Probability)))
		}
		line("Came in at", strings.Join(entries, "; "))
		for _, e := range likely(x.Tree) {
			line("Infected", fmt.Sprintf("%s, by %s at %s, %s %s, by rule %s", partyLine(&e.Target, name), partyLine(&e.Source, name), e.Time, e.Grade, percent(e.Probability), e.Evidence.Rule))
		}
		if all := &x.Exposure.Whole.All; *all != (report.Amounts{}) {
			line("Exposed", fmt.Sprintf("%s patients, %s studies, %s messages, %s queries, %s files; see lazaret exposure", all.Patients, all.Studies, all.Messages, all.Queries, all.Files))
		}
		if len(x.AtRisk) > 0 {
			var list []string
			for _, r := range x.AtRisk[:min(len(x.AtRisk), mostChildren)] {
				list = append(list, fmt.Sprintf("%s %s", partyLine(&r.Device, name), percent(r.Probability)))
			}
			if n := len(x.AtRisk) - len(list); n > 0 {
				list = append(list, fmt.Sprintf("%d more", n))
			}
			line("Reached, perhaps infected", strings.Join(list, "; "))
		}
	}
	return nil
}

// likely are the edges that are more likely than not.
func likely(tree []report.Edge) []report.Edge {
	var out []report.Edge
	for _, e := range tree {
		if e.Probability >= 0.5 {
			out = append(out, e)
		}
	}
	return out
}

func percent(p float64) string { return fmt.Sprintf("(%.0f %%)", 100*p) }
