// Package kinship finds files that are copies of one another with a run of bytes changed.
//
// A program that spreads often changes a little in each copy: bytes are appended, or
// inserted, or written over, so that no two copies have the same hash (MITRE ATT&CK
// T1027.001, T1027.014). A Sketch remembers of a file what survives that: its content
// in chunks whose borders depend on the bytes around them alone, and of a program the
// hashes of its sections and imports (package pe). Families places sketches in the
// order they come: near enough to the first member of a family is of that family, all
// else founds one.
//
// What tells little counts little: a chunk weighs the distinct bytes of its pieces, so
// that padding weighs nothing, and two files are kin by structure, not by having parts
// in common: the equal chunks stand in the same order with few gaps between, and are
// half of both files. Libraries that were linked into strangers do not join them.
//
// It refuses to compare meaning, to unpack, and to join families afterwards: a name
// that was told stays. It knows no clock; what is not seen again for longest is
// forgotten first, and counted.
//
// Memory: a Sketcher is three kilobytes and keeps no content; a Sketch belongs to
// whoever made it until Place takes it. Families belongs to one goroutine and holds at
// most Config.Families, about two and a half kilobytes each.
package kinship

import (
	"cmp"
	"encoding/hex"
	"slices"
)

// Why a file is of its family.
const (
	First    = "first"    // it founded it
	Same     = "same"     // same bytes
	Run      = "run"      // same bytes but for a run
	Sections = "sections" // same sections and imports
)

// Config bounds the table.
type Config struct {
	Families int // most families that are remembered, about 2.5 kB each
}

// DefaultConfig is a table of at most 20,000 families, about 50 MB.
func DefaultConfig() Config { return Config{Families: 20_000} }

// Limits of a search.
const (
	maxHolders    = 16 // families that are known by the same mark
	maxCandidates = 24 // that are compared
)

// Families is the table of families. It belongs to one goroutine.
type Families struct {
	limit   int
	list    []family
	free    []uint32
	known   map[uint64]uint32 // mark -> first of its holders, as index and 1
	holders []holder
	vacant  uint32 // first unused holder, as index and 1
	oldest  uint32 // ends of the list by last use, as index and 1
	newest  uint32
	align   aligner
	found   []candidate
	marks   []uint64
	// Forgotten counts the families that had to make room.
	Forgotten uint64
	born      uint64
}

type family struct {
	sketch       *Sketch
	id           string
	marks        []uint64
	older, newer uint32 // neighbours by last use, as index and 1
	born         uint64
}

type holder struct{ family, next uint32 }

type candidate struct {
	family uint32
	hits   uint32
}

// NewFamilies makes an empty table.
func NewFamilies(c Config) *Families {
	return &Families{limit: max(c.Families, 1), known: map[uint64]uint32{}}
}

// Len is how many families are remembered.
func (f *Families) Len() int { return len(f.list) - len(f.free) }

// Kin is where Place put a file.
type Kin struct {
	// Family is the first 16 digits of the SHA-256 of the member that founded it; of
	// its chunks, if that is not known.
	Family     string
	How        string  // First, Same, Run or Sections
	Similarity float64 // to the first member, 0 to 1: share of what tells something
}

// Place finds the family of a file, or founds it, and keeps the sketch if it is of use.
// The same sketches in the same order give the same answers.
func (f *Families) Place(s *Sketch) Kin {
	f.marks = s.appendMarks(f.marks[:0])
	best, at := likeness{}, uint32(0)
	for _, c := range f.candidates() {
		l := f.align.compare(f.list[c.family].sketch, s)
		if l.how == "" {
			continue
		}
		if best.how == "" || l.better(best) {
			best, at = l, c.family
		}
		if l.how == Same {
			break
		}
	}
	if best.how == "" {
		return Kin{Family: f.create(s), How: First, Similarity: 1}
	}
	fam := &f.list[at]
	if fam.sketch.holes && !s.holes { // more is known now; the name stays
		f.unmark(at)
		fam.sketch, fam.marks = s, slices.Clone(f.marks)
		f.mark(at)
	}
	f.unlink(at)
	f.link(at)
	return Kin{Family: fam.id, How: best.how, Similarity: best.similarity}
}

// better prefers the same bytes, then what agrees more.
func (l likeness) better(o likeness) bool {
	if (l.how == Same) != (o.how == Same) {
		return l.how == Same
	}
	return l.similarity > o.similarity
}

// candidates are the families that share marks: those with most marks first, then the
// oldest.
func (f *Families) candidates() []candidate {
	f.found = f.found[:0]
	for _, m := range f.marks {
		for h := f.known[m]; h != 0; h = f.holders[h-1].next {
			id := f.holders[h-1].family
			i := slices.IndexFunc(f.found, func(c candidate) bool { return c.family == id })
			if i < 0 {
				f.found = append(f.found, candidate{family: id})
				i = len(f.found) - 1
			}
			f.found[i].hits++
		}
	}
	slices.SortFunc(f.found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.hits, a.hits), cmp.Compare(f.list[a.family].born, f.list[b.family].born))
	})
	return f.found[:min(len(f.found), maxCandidates)]
}

// create adds a family and gives its name.
func (f *Families) create(s *Sketch) string {
	if f.Len() >= f.limit {
		f.forget(f.oldest - 1)
	}
	f.born++
	fam := family{sketch: s, id: hex.EncodeToString(s.sum[:8]), marks: slices.Clone(f.marks), born: f.born}
	at := uint32(len(f.list))
	if n := len(f.free); n > 0 {
		at = f.free[n-1]
		f.free = f.free[:n-1]
		f.list[at] = fam
	} else {
		f.list = append(f.list, fam)
	}
	f.mark(at)
	f.link(at)
	return fam.id
}

func (f *Families) forget(at uint32) {
	f.unmark(at)
	f.unlink(at)
	f.list[at] = family{}
	f.free = append(f.free, at)
	f.Forgotten++
}
