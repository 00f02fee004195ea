package terminal

import (
	"fmt"
	"io"
	"strings"

	"lazaret/internal/report"
)

// printIncidents writes one line for each incident; lazaret report has the whole of it.
func printIncidents(w io.Writer, d *report.Document, width int) error {
	if len(d.Incidents) == 0 {
		return nil
	}
	name := Callings(d.Devices)
	fmt.Fprintf(w, "\nIncidents: %s; lazaret report writes the case.\n", Plural(len(d.Incidents), "incident"))
	const indent = "    "
	for i := range d.Incidents {
		x := &d.Incidents[i]
		line := x.Title
		if len(x.Entry) > 0 {
			e := &x.Entry[0]
			who := partyLine(&e.Device, name)
			if e.Unseen() {
				who = "a device that is not seen, by way of " + partyLine(&e.Via, name)
			}
			line += fmt.Sprintf("; came in at %s (%.0f %%)", who, 100*e.Probability)
		}
		if n := len(x.AtRisk); n > 0 {
			line += fmt.Sprintf("; %d more reached", n)
		}
		if n := x.Exposure.Whole.All.Patients; n.Count > 0 {
			line += fmt.Sprintf("; %s patients exposed", n)
		}
		line = fmt.Sprintf("%s  %s  %s", x.ID, strings.ToUpper(x.Severity), line)
		fmt.Fprintln(w, "  "+strings.ReplaceAll(Wrap(line, max(width-len(indent), 0)), "\n", "\n"+indent))
	}
	return nil
}
