package app

import (
	"fmt"
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
