package reading

import (
	"lazaret/internal/event"
	"lazaret/internal/proto/files"
	"lazaret/internal/report"
)

// maxFamilies bounds the families that are told apart for their number.
const maxFamilies = 65_536

// moved sums up the files that moved.
type moved struct {
	report.Moved
	families map[string]bool
}

func newMoved() *moved {
	return &moved{Moved: report.Moved{Sources: map[string]int{}}, families: map[string]bool{}}
}

func (m *moved) add(r *event.Record) {
	f, ok := r.Body.(*files.Record)
	if !ok {
		return
	}
	m.Files++
	m.Bytes += f.Seen
	m.Sources[f.Source]++
	if f.SHA256 == "" {
		m.Incomplete++
	}
	if f.Runs {
		m.Executables++
	}
	if f.Family != "" && len(m.families) < maxFamilies {
		m.families[f.Family] = true
	}
	m.Moved.Families = len(m.families)
}
