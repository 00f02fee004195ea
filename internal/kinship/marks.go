package kinship

import "slices"

// Marks are the few numbers by which a family is found: of each of four levels the
// chunks with the smallest hashes, which two near copies mostly share, and the first
// two, which the head of a file shares with the whole; and the heaviest sections with
// the imports. The borders of a coarser level are borders of the finer one too, so
// files of different size meet at some level.

// marksOf says how many chunks of each level are marks, the finest first.
var marksOf = [keptLevels]int{8, 6, 3, 3}

const (
	markWeight   = 16 // a chunk must tell this much to be a mark
	markHead     = 2
	markSections = 3
)

// appendMarks gives the marks of a sketch.
func (s *Sketch) appendMarks(to []uint64) []uint64 {
	to = append(to, mix(first8(s.sum[:])))
	var scratch [maxChunks]chunk
	list := scratch[:copy(scratch[:], s.chunks)]
	for i, n := range marksOf {
		level := s.level + uint8(i)
		list = list[:coarsen(list, level)]
		for _, c := range list[:min(len(list), markHead)] {
			if c.hash != 0 && c.weight >= markWeight {
				to = append(to, mix(c.hash))
			}
		}
		from := len(to)
		for _, c := range list {
			if c.hash != 0 && c.weight >= markWeight {
				to = append(to, mix(c.hash))
			}
		}
		slices.Sort(to[from:])
		to = to[:min(len(to), from+n)]
	}
	sections := slices.Clone(s.sections)
	slices.SortStableFunc(sections, func(a, b section) int { return int(b.bulk) - int(a.bulk) })
	for _, p := range sections[:min(len(sections), markSections)] {
		to = append(to, mix(p.hash^mix(s.imports+1)))
	}
	slices.Sort(to)
	return slices.Compact(to)
}

func first8(b []byte) uint64 {
	var v uint64
	for _, c := range b[:8] {
		v = v<<8 | uint64(c)
	}
	return v
}

// mark makes a family known by its marks. A mark that many have already is no mark.
func (f *Families) mark(at uint32) {
	kept := f.list[at].marks[:0]
	for _, m := range f.list[at].marks {
		n := 0
		for h := f.known[m]; h != 0; h = f.holders[h-1].next {
			n++
		}
		if n >= maxHolders {
			continue
		}
		kept = append(kept, m)
		h := f.vacant
		if h != 0 {
			f.vacant = f.holders[h-1].next
		} else {
			f.holders = append(f.holders, holder{})
			h = uint32(len(f.holders))
		}
		f.holders[h-1] = holder{family: at, next: f.known[m]}
		f.known[m] = h
	}
	f.list[at].marks = kept
}

// unmark takes a family from the lists of its marks.
func (f *Families) unmark(at uint32) {
	for _, m := range f.list[at].marks {
		before := uint32(0)
		for h := f.known[m]; h != 0; before, h = h, f.holders[h-1].next {
			if f.holders[h-1].family != at {
				continue
			}
			next := f.holders[h-1].next
			switch {
			case before != 0:
				f.holders[before-1].next = next
			case next != 0:
				f.known[m] = next
			default:
				delete(f.known, m)
			}
			f.holders[h-1] = holder{next: f.vacant}
			f.vacant = h
			break
		}
	}
}

// link makes a family the newest.
func (f *Families) link(at uint32) {
	fam := &f.list[at]
	fam.older, fam.newer = f.newest, 0
	if f.newest != 0 {
		f.list[f.newest-1].newer = at + 1
	}
	f.newest = at + 1
	if f.oldest == 0 {
		f.oldest = at + 1
	}
}

func (f *Families) unlink(at uint32) {
	fam := &f.list[at]
	if fam.older != 0 {
		f.list[fam.older-1].newer = fam.newer
	} else {
		f.oldest = fam.newer
	}
	if fam.newer != 0 {
		f.list[fam.newer-1].older = fam.older
	} else {
		f.newest = fam.older
	}
}
