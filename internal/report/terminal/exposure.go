package terminal

import (
	"fmt"
	"io"
	"strings"

	"lazaret/internal/report"
)

// Exposure writes what the infected devices of an incident had to do with.
func Exposure(w io.Writer, d *report.Document, x *report.Incident, width int) error {
	name := Callings(d.Devices)
	fmt.Fprintf(w, "%s  %s\n%s\n\n", x.ID, x.Title, Wrap("What the devices that are likely infected sent, served or received from the earliest likely time of their infection until "+second(x.Exposure.Until)+".", width))
	t := &Table{Head: []string{"DEVICE", "SINCE", "", "PATIENTS", "STUDIES", "MESSAGES", "QUERIES", "FILES"}, Floor: []int{8, 20, 8, 8, 7, 8, 7, 5}}
	rows := func(who, since string, x *report.Ways) {
		for _, row := range []struct {
			word string
			a    *report.Amounts
		}{{"all", &x.All}, {"handled", &x.Handled}, {"returned", &x.Returned}, {"moved", &x.Moved}} {
			if *row.a == (report.Amounts{}) && row.word != "all" {
				continue
			}
			t.Add(who, since, row.word, row.a.Patients.String(), row.a.Studies.String(), row.a.Messages.String(), row.a.Queries.String(), row.a.Files.String())
			who, since = "", ""
		}
	}
	for i := range x.Exposure.Devices {
		e := &x.Exposure.Devices[i]
		who := name[e.Device.Device]
		if who == "" {
			who = e.Device.Address
		}
		rows(who, second(e.From), &e.Ways)
	}
	rows("whole, none twice", "", &x.Exposure.Whole)
	if err := t.Print(w, width); err != nil {
		return err
	}
	if e := worst(&x.Exposure.Whole); e > 0 {
		fmt.Fprintf(w, "\nCounts with about are estimates with a standard error of %.1f %%.\n", 100*e)
	}
	_, err := fmt.Fprintln(w, "\n"+Wrap("Handled: as every day. Returned: told in answers to queries. Moved: to where it does not go every day (without a baseline: outside).", width))
	return err
}

// worst is the greatest error among amounts.
func worst(w *report.Ways) (e float64) {
	for _, a := range []*report.Amounts{&w.All, &w.Handled, &w.Returned, &w.Moved} {
		e = max(e, a.Patients.Error, a.Studies.Error, a.Messages.Error, a.Queries.Error, a.Files.Error)
	}
	return e
}

// second leaves out the parts of a second of a time.
func second(t string) string {
	if at, _, ok := strings.Cut(t, "."); ok {
		return at + "Z"
	}
	return t
}
