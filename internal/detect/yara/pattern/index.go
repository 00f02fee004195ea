package pattern

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	fold     = 0x20
	foldAll  = 0x20202020
	foldWide = 0x2020202020202020
	scramble = 0x9e3779b1 // an odd number with its bits well mixed
	bitsLog  = 18         // of the table of bits: 32 KiB
)

// target is a unit that is compared where an atom is seen.
type target struct {
	u    *unit
	slot uint32
	atom atom
}

// row is an entry of the table of windows.
type row struct {
	key  uint32
	from uint32 // in targets
	n    uint32 // 0 for an empty row
}

// Index finds patterns in bytes. It is made once and never changes.
type Index struct {
	bits    *[1 << (bitsLog - 6)]uint64
	rows    []row // open addressing, a power of two
	targets []target

	pairs   []uint32 // by two bytes: number of a list in short, 0 for none
	short   [][]target
	slow    []target
	slowSet Set

	patterns []*Pattern
	first    []uint32 // slot of the first part of each pattern
	lazy     []bool   // by slot
}

// NewIndex makes an index of patterns; they are known by their place in the list.
func NewIndex(patterns []*Pattern) *Index {
	ix := &Index{bits: new([1 << (bitsLog - 6)]uint64), patterns: patterns}
	var long []target
	for _, p := range patterns {
		ix.first = append(ix.first, uint32(len(ix.lazy)))
		for _, units := range p.parts {
			slot := uint32(len(ix.lazy))
			ix.lazy = append(ix.lazy, p.lazy)
			for _, u := range units {
				if len(u.atoms) == 0 {
					ix.slow = append(ix.slow, target{u: u, slot: slot})
					ix.slowSet.union(&u.first)
				}
				for _, a := range u.atoms {
					t := target{u: u, slot: slot, atom: a}
					if a.n == 4 {
						long = append(long, t)
					} else {
						ix.pair(t)
					}
				}
			}
		}
	}
	ix.build(long)
	return ix
}

func (t *target) key() uint32 { return binary.LittleEndian.Uint32(t.atom.text[:]) | foldAll }

// pair files an atom of two bytes.
func (ix *Index) pair(t target) {
	if ix.pairs == nil {
		ix.pairs, ix.short = make([]uint32, 1<<16), make([][]target, 1)
	}
	k := binary.LittleEndian.Uint16(t.atom.text[:])
	if ix.pairs[k] == 0 {
		ix.pairs[k] = uint32(len(ix.short))
		ix.short = append(ix.short, nil)
	}
	ix.short[ix.pairs[k]] = append(ix.short[ix.pairs[k]], t)
}

// build files the atoms of four bytes.
func (ix *Index) build(long []target) {
	slices.SortStableFunc(long, func(a, b target) int { return int(int64(a.key()) - int64(b.key())) })
	ix.targets = slices.Clip(long)
	distinct := 0
	for i := range long {
		if i == 0 || long[i].key() != long[i-1].key() {
			distinct++
		}
	}
	ix.rows = make([]row, 1<<bits.Len(uint(2*distinct+1)))
	for i := 0; i < len(long); {
		k, n := long[i].key(), 1
		for i+n < len(long) && long[i+n].key() == k {
			n++
		}
		h := k * scramble >> (32 - bitsLog)
		ix.bits[h>>6] |= 1 << (h & 63)
		at := ix.place(k)
		for ix.rows[at].n != 0 {
			at = (at + 1) & uint32(len(ix.rows)-1)
		}
		ix.rows[at] = row{key: k, from: uint32(i), n: uint32(n)}
		i += n
	}
}

func (ix *Index) place(key uint32) uint32 {
	h := key * scramble
	return (h ^ h>>15) & uint32(len(ix.rows)-1)
}

// lookup gives the targets of a window.
func (ix *Index) lookup(key uint32) []target {
	for at := ix.place(key); ; at = (at + 1) & uint32(len(ix.rows)-1) {
		r := &ix.rows[at]
		if r.n == 0 {
			return nil
		}
		if r.key == key {
			return ix.targets[r.from : r.from+r.n]
		}
	}
}

// Atoms is how many atoms are looked for.
func (ix *Index) Atoms() int {
	n := len(ix.targets)
	for _, s := range ix.short {
		n += len(s)
	}
	return n
}

// Limits bound a search.
type Limits struct {
	Matches   int // of one string that are kept
	Total     int // of all strings
	Steps     int // of one part of a string, and PerByte more for each byte
	PerByte   int
	AllSteps  int // of all strings, and AllBytes more for each byte
	AllBytes  int
	MaxLength int // bytes of a file that are looked at
}

// DefaultLimits are meant for files of some megabytes: a search of 4 MiB in which
// everything is made to be slow ends after about a second.
func DefaultLimits() Limits {
	return Limits{Matches: 1 << 16, Total: 1 << 20, Steps: 1 << 18, PerByte: 32, AllSteps: 1 << 21, AllBytes: 64, MaxLength: 1 << 30}
}

// Search is the memory of one goroutine that searches with an Index.
type Search struct {
	ix     *Index
	limits Limits
	m      Machine
	slots  []slot
	dirty  []uint32 // slots that have something
	all    int      // steps left for all
	total  int
	length int
	over   bool
	// partial says that not all of the file was searched.
	partial bool
	joined  [][]Span // of patterns of several parts
	cut     []bool   // of those patterns
}

type slot struct {
	found   []Span
	counted int // of found, in total
	steps   int
	used    bool
	cut     bool // not all matches are there
}

// NewSearch makes the memory for searches.
func NewSearch(ix *Index, l Limits) *Search {
	return &Search{ix: ix, limits: l, slots: make([]slot, len(ix.lazy)), joined: make([][]Span, len(ix.patterns)), cut: make([]bool, len(ix.patterns))}
}

// Run searches bytes; open says that the file goes on behind them. With seen, which says
// whether n bytes from an offset are those of the file, matches in others do not count.
// What an earlier Run found is forgotten.
func (s *Search) Run(b []byte, open bool, seen func(off, n int) bool) {
	for _, k := range s.dirty {
		t := &s.slots[k]
		t.found, t.counted, t.used, t.cut = t.found[:0], 0, false, false
		if cap(t.found) > 1<<12 {
			t.found = nil
		}
	}
	s.dirty = s.dirty[:0]
	if len(b) > s.limits.MaxLength {
		b, open = b[:s.limits.MaxLength], true
	}
	s.length, s.total, s.over = len(b), 0, false
	s.all = s.limits.AllSteps + s.limits.AllBytes*len(b)
	s.m.Open, s.partial = open, open || seen != nil
	s.windows(b)
	if s.ix.pairs != nil {
		s.shorts(b)
	}
	if len(s.ix.slow) > 0 {
		s.slows(b)
	}
	for _, k := range s.dirty {
		t := &s.slots[k]
		t.found = sorted(t.found, s.ix.lazy[k])
		if seen != nil {
			t.found = slices.DeleteFunc(t.found, func(m Span) bool { return !seen(int(m.Off), int(m.Len)) })
		}
	}
	for i, p := range s.ix.patterns {
		if len(p.parts) > 1 {
			s.join(i, p)
		}
	}
}

// windows looks up every window of four bytes, four at a time.
func (s *Search) windows(b []byte) {
	table := s.ix.bits
	if len(s.ix.targets) == 0 {
		return
	}
	i := 0
	for ; i+8 <= len(b); i += 4 {
		v := binary.LittleEndian.Uint64(b[i:]) | foldWide
		h0 := uint32(v) * scramble >> (32 - bitsLog)
		h1 := uint32(v>>8) * scramble >> (32 - bitsLog)
		h2 := uint32(v>>16) * scramble >> (32 - bitsLog)
		h3 := uint32(v>>24) * scramble >> (32 - bitsLog)
		if (table[h0>>6]>>(h0&63)|table[h1>>6]>>(h1&63)|table[h2>>6]>>(h2&63)|table[h3>>6]>>(h3&63))&1 == 0 {
			continue
		}
		for k := range 4 {
			w := uint32(v >> (8 * k))
			if h := w * scramble >> (32 - bitsLog); table[h>>6]>>(h&63)&1 != 0 {
				s.hit(b, i+k, s.ix.lookup(w))
			}
		}
		if s.over {
			return
		}
	}
	for ; i+4 <= len(b); i++ {
		s.hit(b, i, s.ix.lookup(binary.LittleEndian.Uint32(b[i:])|foldAll))
	}
}

// shorts looks up every two bytes.
func (s *Search) shorts(b []byte) {
	pairs := (*[1 << 16]uint32)(s.ix.pairs)
	for i := 0; i+2 <= len(b) && !s.over; i++ {
		if k := pairs[binary.LittleEndian.Uint16(b[i:])]; k != 0 {
			s.hit(b, i, s.ix.short[k])
		}
	}
}

// hit compares the units whose atom stands at i.
func (s *Search) hit(b []byte, i int, targets []target) {
	for k := range targets {
		t := &targets[k]
		slot := s.open(t.slot)
		if slot.cut {
			continue
		}
		s.m.Steps = slot.steps
		slot.found = t.u.at(&s.m, slot.found, b, i, &t.atom)
		s.settle(t.slot, slot)
	}
}

// slows compares units without atoms wherever they may begin.
func (s *Search) slows(b []byte) {
	for i, c := range b {
		if !s.ix.slowSet.Has(c) {
			continue
		}
		for k := range s.ix.slow {
			t := &s.ix.slow[k]
			if !t.u.first.Has(c) {
				continue
			}
			slot := s.open(t.slot)
			if slot.cut {
				continue
			}
			s.m.Steps = slot.steps
			slot.found = t.u.from(&s.m, slot.found, b, i)
			s.settle(t.slot, slot)
		}
		if s.over {
			return
		}
	}
}

// open gives a slot its steps when it is first used.
func (s *Search) open(k uint32) *slot {
	t := &s.slots[k]
	if !t.used {
		t.used, t.steps = true, s.limits.Steps+s.limits.PerByte*s.length
		s.dirty = append(s.dirty, k)
	}
	return t
}

// settle books what a comparison cost and found.
func (s *Search) settle(k uint32, t *slot) {
	s.all -= t.steps - s.m.Steps
	t.steps = s.m.Steps
	if s.all <= 0 {
		s.over = true
	}
	if t.steps <= 0 {
		t.cut = true
		return
	}
	s.total += len(t.found) - t.counted
	if len(t.found) >= s.limits.Matches {
		s.total -= len(t.found)
		t.found = sorted(t.found, s.ix.lazy[k])
		s.total += len(t.found)
		s.all -= s.limits.Matches
		t.cut = len(t.found) > s.limits.Matches/2
	}
	t.counted = len(t.found)
	s.over = s.over || s.total > s.limits.Total
}

// Matches gives the matches of a pattern in the order of their offsets, one for each
// offset, until the next Run; all says that there are no others.
func (s *Search) Matches(pattern int) (found []Span, all bool) {
	if len(s.ix.patterns[pattern].parts) > 1 {
		return s.joined[pattern], !s.cut[pattern] && !s.partial
	}
	t := &s.slots[s.ix.first[pattern]]
	return t.found, !t.cut && !s.over && !s.partial
}

// join finds the places where all parts of a pattern stand in their order with gaps
// that are allowed. From the last part to the first it keeps what can be continued.
func (s *Search) join(i int, p *Pattern) {
	first := s.ix.first[i]
	s.joined[i], s.cut[i] = s.joined[i][:0], s.over
	for k := range p.parts {
		s.cut[i] = s.cut[i] || s.slots[int(first)+k].cut
	}
	tail := s.slots[int(first)+len(p.parts)-1].found
	for k := len(p.parts) - 2; k >= 0 && len(tail) > 0; k-- {
		tail = chain(s.slots[int(first)+k].found, tail, p.gaps[k])
	}
	s.joined[i] = append(s.joined[i], tail...)
}

// chain gives the spans of heads that have a tail behind a gap, together with it; the
// nearest tail is taken.
func chain(heads, tails []Span, g gap) []Span {
	var out []Span
	for _, h := range heads {
		end := int(h.Off) + int(h.Len)
		k, _ := slices.BinarySearchFunc(tails, end+g.min, func(t Span, to int) int { return int(t.Off) - to })
		if k == len(tails) || g.max >= 0 && int(tails[k].Off) > end+g.max {
			continue
		}
		out = append(out, Span{h.Off, tails[k].Off + tails[k].Len - h.Off})
	}
	return out
}
