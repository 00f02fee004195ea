package dicom

import (
	"slices"

	"lazaret/internal/dataset"
	"lazaret/internal/event"
)

// match is whose data the answer at hand tells.
type match struct{ patient, study string }

// Text implements dataset.Target.
func (m *match) Text(f dataset.Field) *string {
	switch f {
	case dataset.Patient:
		return &m.patient
	case dataset.Study:
		return &m.study
	}
	return nil
}

// List implements dataset.Target.
func (*match) List(dataset.Field) *[]string { return nil }

// matches gathers answers until they are told.
type matches struct {
	since    event.Time // of the first
	answers  uint64
	patients []string
	studies  []string
}

// matched takes a complete answer. A list that is full goes out: however many there are,
// each is told.
func (a *analyzer) matched(op *operation) {
	m := &op.matches
	if m.answers == 0 {
		m.since = a.now
	}
	m.answers++
	m.patients = addMatch(m.patients, op.match.patient)
	m.studies = addMatch(m.studies, op.match.study)
	op.match = match{}
	if len(m.patients) == maxListed || len(m.studies) == maxListed {
		a.tellMatches(op)
	}
}

func addMatch(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// tellMatches emits what was gathered. Answers that name nobody tell nothing.
func (a *analyzer) tellMatches(op *operation) {
	m := op.matches
	op.matches = matches{}
	if len(m.patients)+len(m.studies) == 0 {
		return
	}
	as, rec := a.as, &Matches{MessageID: op.rec.MessageID, Answers: m.answers, Patients: m.patients, Studies: m.studies}
	rec.IsOrig, rec.FromCaller = op.invoked(as)
	rec.Calling, rec.Called = as.rec.Calling, as.rec.Called
	_, rec.Service = sopClass(a.classOf(op), op.field)
	a.f.Emit(m.since, rec)
}
