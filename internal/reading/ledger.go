package reading

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"lazaret/internal/incident"
	"lazaret/internal/ledger"
	"lazaret/internal/report"
)

// ReadLedger reads the incidents of earlier runs; those of a file that is not there are none. It is
// nil for no name.
func ReadLedger(file string) (*ledger.Ledger, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &ledger.Ledger{}, nil
	}
	if err != nil {
		return nil, Usage(fmt.Errorf("--ledger %s: %w", file, Bare(err)))
	}
	defer f.Close()
	l, err := ledger.Read(f)
	if err != nil {
		return nil, Usage(fmt.Errorf("--ledger %s: %w", file, Bare(err)))
	}
	return l, nil
}

// enter puts the incidents of this run into the ledger, and tells them as it knows them.
func (r *Reading) enter(d *report.Document, cfg incident.Config) error {
	if r.ledger == nil {
		return nil
	}
	list := make([]ledger.Seen, len(d.Incidents))
	for i := range d.Incidents {
		x := &d.Incidents[i]
		s := &list[i]
		s.ID, s.Title, s.Severity, s.State, s.First, s.Last = x.ID, x.Title, x.Severity, x.State, x.First, x.Last
		s.Devices, s.Marks, s.Talks = r.Stories[i].Keys(cfg, r.Findings)
		for _, c := range x.History {
			s.History = append(s.History, ledger.Change(c))
		}
	}
	r.seen = slices.Clone(list)
	known, err := r.ledger.Take(list)
	if err != nil {
		return err
	}
	for i, e := range known {
		x := &d.Incidents[i]
		x.ID, x.State, x.History = e.ID, e.State, []report.Change{}
		r.Stories[i].ID = e.ID
		for _, c := range e.History {
			x.History = append(x.History, report.Change(c))
		}
	}
	return nil
}

// KeepLedger writes the ledger, with what Document entered. It is read again for that: what
// somebody said in the meantime stays.
func (r *Reading) KeepLedger(file string) error {
	if r.ledger == nil {
		return nil
	}
	l, err := ReadLedger(file)
	if err == nil {
		_, err = l.Take(r.seen)
	}
	if err != nil {
		return err
	}
	if err := WriteWhole(file, l.Write); err != nil {
		return fmt.Errorf("--ledger %s: %w", file, Bare(err))
	}
	return nil
}
