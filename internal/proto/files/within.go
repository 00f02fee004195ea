package files

import "lazaret/internal/dataset"

// within looks for executables in the values of a DICOM file, as far as it was kept from
// its beginning.
func (r *Record) within(b []byte) {
	var f dataset.File
	f.Start(nothing{}, nothing{}, &dataset.Memo{})
	f.Feed(b)
	f.End(false)
	if p := f.Programs(); p.Count > 0 {
		r.Programs, r.ProgramTag, r.ProgramVR, r.ProgramKind = uint64(p.Count), p.Name(), p.VR, string(p.Kind)
	}
}

// nothing is a record that takes nothing of a data set: this log is about content, not
// about examinations.
type nothing struct{}

// Text implements dataset.Target.
func (nothing) Text(dataset.Field) *string { return nil }

// List implements dataset.Target.
func (nothing) List(dataset.Field) *[]string { return nil }

// Pseudonym implements dataset.Pseudonymizer.
func (nothing) Pseudonym(string, []byte) string { return "" }
