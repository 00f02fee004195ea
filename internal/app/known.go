package app

import (
	"fmt"
	"io"
	"os"

	"lazaret/internal/inventory/known"
	"lazaret/internal/report"
)

// readAssets reads the list of --known, nil if none was named.
func readAssets(file string) (*known.List, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--known: %w", err)
	}
	defer f.Close()
	l, err := known.Read(f, file)
	if err != nil {
		return nil, fmt.Errorf("--known: %w", err)
	}
	return l, nil
}

// compareKnown adds to the document how it and the list differ, and the asset tags of
// the list to the devices.
func compareKnown(d *report.Document, l *known.List) {
	if l == nil {
		return
	}
	d.Known = known.Match(l, d.Devices)
	tags := d.Known.Tags()
	for i := range d.Devices {
		d.Devices[i].AssetTag = tags[d.Devices[i].ID]
	}
}

// mostKnown is the most rows of each kind that the text output shows.
const mostKnown = 12

// printKnown writes the short section about the asset list.
func printKnown(w io.Writer, d *report.Document, width int) error {
	k := d.Known
	if k == nil {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", wrap(fmt.Sprintf("Compared with %s: %s, %d seen, %d not seen; %s not in the list; %s.", k.File, plural(k.Rows, "row"),
		len(k.Matched), len(k.Missing), plural(len(k.Unknown), "device"), plural(len(k.Differs), "difference")), width))
	t := &table{head: []string{"  WHAT", "LINE", "ASSET", "DEVICE", "THE LIST SAYS", "SEEN"}}
	for _, x := range k.Differs[:min(len(k.Differs), mostKnown)] {
		t.add("  "+x.Field, fmt.Sprint(x.Line), x.Tag, x.Device, x.Known, x.Seen)
	}
	for _, u := range k.Unknown[:min(len(k.Unknown), mostKnown)] {
		t.add("  not in the list", "", "", u.Device, "", fmt.Sprintf("%s %s %s", u.Role, u.Name, u.IP))
	}
	for _, m := range k.Missing[:min(len(k.Missing), mostKnown)] {
		t.add("  not seen", fmt.Sprint(m.Line), m.Tag, "", m.Name+" "+m.Serial, m.Reason)
	}
	if len(t.rows) == 0 {
		return nil
	}
	if err := t.print(w, width); err != nil {
		return err
	}
	if max(len(k.Differs), len(k.Unknown), len(k.Missing)) > mostKnown {
		fmt.Fprintln(w, "  (the first of each kind; -o json has all)")
	}
	return nil
}
