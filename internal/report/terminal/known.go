package terminal

import (
	"fmt"
	"io"

	"lazaret/internal/report"
)

// mostKnown is the most rows of each kind that the text output shows.
const mostKnown = 12

// printKnown writes the short section about the asset list.
func printKnown(w io.Writer, d *report.Document, width int) error {
	k := d.Known
	if k == nil {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", Wrap(fmt.Sprintf("Compared with %s: %s, %d seen, %d not seen; %s not in the list; %s.", k.File, Plural(k.Rows, "row"),
		len(k.Matched), len(k.Missing), Plural(len(k.Unknown), "device"), Plural(len(k.Differs), "difference")), width))
	t := &Table{Head: []string{"  WHAT", "LINE", "ASSET", "DEVICE", "THE LIST SAYS", "SEEN"}}
	for _, x := range k.Differs[:min(len(k.Differs), mostKnown)] {
		t.Add("  "+x.Field, fmt.Sprint(x.Line), x.Tag, x.Device, x.Known, x.Seen)
	}
	for _, u := range k.Unknown[:min(len(k.Unknown), mostKnown)] {
		t.Add("  not in the list", "", "", u.Device, "", fmt.Sprintf("%s %s %s", u.Role, u.Name, u.IP))
	}
	for _, m := range k.Missing[:min(len(k.Missing), mostKnown)] {
		t.Add("  not seen", fmt.Sprint(m.Line), m.Tag, "", m.Name+" "+m.Serial, m.Reason)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	if err := t.Print(w, width); err != nil {
		return err
	}
	if max(len(k.Differs), len(k.Unknown), len(k.Missing)) > mostKnown {
		fmt.Fprintln(w, "  (the first of each kind; -o json has all)")
	}
	return nil
}
