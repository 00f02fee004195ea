package files

import (
	"encoding/hex"

	"lazaret/internal/event"
	"lazaret/internal/kinship"
)

// joiner finds the family of each executable, across all hosts, in the order in which
// the files were complete. It belongs to the merge.
type joiner struct{ families *kinship.Families }

func newJoiner(func(event.Record)) *joiner {
	return &joiner{kinship.NewFamilies(kinship.DefaultConfig())}
}

// Take implements proto.Joiner.
func (j *joiner) Take(r event.Record) bool {
	if f, ok := r.Body.(*Record); ok && f.sketch != nil {
		kin := j.families.Place(f.sketch)
		f.Family, f.Kinship, f.Likeness = kin.Family, kin.How, kin.Similarity
		f.sketch = nil
	}
	return true
}

// Advance implements proto.Joiner.
func (j *joiner) Advance(event.Time) {}

// Flush implements proto.Joiner.
func (j *joiner) Flush() {}

// sketch remembers of an executable what survives a change of one run.
func (f *file) sketch(r *Record) *kinship.Sketch {
	if f.k.sketcher == nil {
		f.k.sketcher = new(kinship.Sketcher)
	}
	s := f.k.sketcher
	s.Reset()
	at := int64(0)
	f.seen.each(func(x span) {
		to := min(x.to, int64(len(f.kept)))
		if x.from >= to {
			return
		}
		s.Skip(x.from - at)
		s.Write(f.kept[x.from:to])
		at = to
	})
	if end := max(f.size, f.seen.end()); at < end {
		s.Skip(end - at)
	}
	var sum []byte
	if r.SHA256 != "" {
		sum, _ = hex.DecodeString(r.SHA256)
	}
	return s.Sketch(sum, r.Image)
}
