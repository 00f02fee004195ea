package yara

import (
	"encoding/binary"
	"math"
	"slices"

	"lazaret/internal/detect/yara/pattern"
	"lazaret/internal/pe"
)

const (
	shownBytes  = 64      // of a string that was found
	shownPlaces = 8       // of one string
	scanSteps   = 1 << 20 // of all conditions, and for each byte of the file byteSteps more
	byteSteps   = 16
	ruleShare   = 4       // a rule may take a quarter of them
	leastSteps  = 1 << 12 // that every rule has
	loopSteps   = 8       // of one turn of a loop
	maxSums     = 256
)

// Input is a file as far as it was seen.
type Input struct {
	Bytes []byte // from offset 0; what was not seen has any value
	Size  int64  // of the whole file, -1 if unknown
	// Seen says whether n bytes from an offset inside Bytes were seen; nil means all.
	Seen func(off, n int) bool
}

// Found is a place of a string.
type Found struct {
	ID     string // with its $
	Offset int
	Length int
	Bytes  []byte // at most 64
	Text   bool   // it is a text that stands in the rule
}

// Match is a rule that a file fulfils.
type Match struct {
	Rule    int
	Strings []Found // at most eight of each string, without private ones
}

// Result is what a scan says. Private rules are left out of it.
type Result struct {
	Matches []Match
	// Undecided are rules of which it is not known, because the file was not all seen
	// or the steps ran out.
	Undecided []int
}

// Scanner judges files, one after the other.
type Scanner struct {
	set    *Set
	search *pattern.Search
	frame  frame
	failed []state // by file: of its global rules
}

// frame is the memory in which conditions run.
type frame struct {
	in      Input
	search  *pattern.Search
	m       pattern.Machine
	rules   []value
	vars    [maxLoops + 1]value
	current int
	steps   int
	image   *pe.Detail
	looked  bool // for an image
	short   bool // too little was seen to find one
	sums    map[sumKey]value
}

type sumKey struct {
	kind   byte
	off, n int64
}

// NewScanner makes the memory for scans.
func (s *Set) NewScanner() *Scanner { return s.NewScannerWithin(pattern.DefaultLimits()) }

// NewScannerWithin makes the memory for scans with limits of one's own.
func (s *Set) NewScannerWithin(l pattern.Limits) *Scanner {
	c := &Scanner{set: s, search: pattern.NewSearch(s.index, l), failed: make([]state, s.spaces)}
	c.frame = frame{search: c.search, rules: make([]value, len(s.rules)), sums: map[sumKey]value{}}
	return c
}

// Scan judges a whole file.
func (s *Scanner) Scan(b []byte) Result { return s.ScanPart(Input{Bytes: b, Size: int64(len(b))}) }

// ScanPart judges a file that may have been seen in part.
func (s *Scanner) ScanPart(in Input) Result {
	if in.Size >= 0 && int64(len(in.Bytes)) > in.Size {
		in.Bytes = in.Bytes[:in.Size]
	}
	s.search.Run(in.Bytes, in.Size != int64(len(in.Bytes)), in.Seen)
	f := &s.frame
	f.in, f.image, f.looked, f.short, f.current = in, nil, false, false, 0
	all := scanSteps + byteSteps*len(in.Bytes)
	share := all / ruleShare
	clear(f.sums)
	clear(s.failed)
	for i, r := range s.set.rules {
		had := max(min(all, share), leastSteps)
		f.steps = had
		v := r.cond(f)
		all -= had - f.steps
		if v.st == undef {
			v = truth(false)
		}
		f.rules[i] = v
		switch {
		case !r.global || v.yes():
		case v.st == unknown:
			s.failed[r.space] = max(s.failed[r.space], undef) // not decided
		default:
			s.failed[r.space] = unknown
		}
	}
	out := s.result(f)
	f.in, f.image = Input{}, nil
	return out
}

// result gathers what is reported. In failed, undef stands for a global rule that is not
// decided, and unknown for one that does not hold.
func (s *Scanner) result(f *frame) Result {
	var out Result
	for i, r := range s.set.rules {
		v, failed := f.rules[i], s.failed[r.space]
		switch {
		case r.private || failed == unknown:
		case v.st == unknown || v.yes() && failed == undef:
			out.Undecided = append(out.Undecided, i)
		case v.yes():
			out.Matches = append(out.Matches, Match{Rule: i, Strings: f.strings(r)})
		}
	}
	return out
}

// strings copies what was found of a rule's strings.
func (f *frame) strings(r *rule) []Found {
	var out []Found
	for i := range r.texts {
		t := &r.texts[i]
		if t.private {
			continue
		}
		spans, _ := f.search.Matches(t.pattern)
		for _, m := range spans[:min(len(spans), shownPlaces)] {
			b := f.in.Bytes[m.Off : m.Off+m.Len]
			out = append(out, Found{ID: t.id, Text: t.text, Offset: int(m.Off), Length: int(m.Len), Bytes: slices.Clone(b[:min(len(b), shownBytes)])})
		}
	}
	return out
}

// spent evaluates a part of a loop, which costs steps.
func (f *frame) spent(eval func(f *frame) value) value {
	if f.steps -= loopSteps; f.steps <= 0 {
		return value{st: unknown}
	}
	return eval(f)
}

// size is filesize.
func (f *frame) size() value {
	if f.in.Size < 0 {
		return value{st: unknown}
	}
	return integer(f.in.Size)
}

// bytes gives n bytes at an offset; undef says that the file has no such, unknown that
// they were not seen.
func (f *frame) bytes(off, n int64) ([]byte, state) {
	if off < 0 || n < 0 || off > 1<<40 || n > 1<<40 || f.in.Size >= 0 && off+n > f.in.Size {
		return nil, undef
	}
	if off+n > int64(len(f.in.Bytes)) || f.in.Seen != nil && n > 0 && !f.in.Seen(int(off), int(n)) {
		return nil, unknown
	}
	return f.in.Bytes[off : off+n], known
}

// matches runs an expression over a text.
func (f *frame) matches(re *pattern.Regex, s string) value {
	if s == "" {
		return truth(false)
	}
	f.m.Steps = f.steps
	ok := re.In(&f.m, []byte(s))
	f.steps = f.m.Steps
	if !ok && f.steps <= 0 {
		return value{st: unknown}
	}
	return truth(ok)
}

func (f *frame) absent(all bool) value {
	if all {
		return truth(false)
	}
	return value{st: unknown}
}

// found says whether a string is in the file.
func (f *frame) found(k int) value {
	spans, all := f.search.Matches(k)
	if len(spans) > 0 {
		return truth(true)
	}
	return f.absent(all)
}

// lowest is the place of the first match at or behind an offset.
func lowest(spans []pattern.Span, off int64) int {
	i, _ := slices.BinarySearchFunc(spans, off, func(s pattern.Span, to int64) int {
		switch {
		case int64(s.Off) < to:
			return -1
		case int64(s.Off) > to:
			return 1
		}
		return 0
	})
	return i
}

func (f *frame) foundAt(k int, at value) value {
	spans, all := f.search.Matches(k)
	switch {
	case at.st == undef:
		return truth(false)
	case at.st == unknown:
		return at
	}
	if i := lowest(spans, at.i); i < len(spans) && int64(spans[i].Off) == at.i {
		return truth(true)
	}
	return f.absent(all)
}

func (f *frame) foundIn(k int, lo, hi value) value {
	n, least := f.countIn(k, lo, hi)
	if least.yes() {
		return truth(true)
	}
	return value{st: n.st}
}

// countIn counts the matches between two offsets: all, and those that are known of.
func (f *frame) countIn(k int, lo, hi value) (all, least value) {
	if st := worse(lo, hi); st != known {
		return value{st: st}, value{st: st}
	}
	spans, complete := f.search.Matches(k)
	least = integer(0)
	if hi.i >= lo.i && hi.i >= 0 {
		least = integer(int64(lowest(spans, min(hi.i, 1<<40)+1) - lowest(spans, lo.i)))
	}
	if !complete {
		return value{st: unknown}, least
	}
	return least, least
}

// match gives the i-th match of a string.
func (f *frame) match(k int, i value, get func(pattern.Span) int64) value {
	if i.st != known {
		return value{st: i.st}
	}
	spans, all := f.search.Matches(k)
	switch {
	case !all:
		return value{st: unknown} // an earlier one may not have been seen
	case i.i < 1 || i.i > int64(len(spans)):
		return value{st: undef}
	}
	return integer(get(spans[i.i-1]))
}

// reader is a function that reads an integer from the file.
type reader struct {
	n   int
	get func(b []byte) int64
}

var readers = map[string]reader{
	"uint8":    {1, func(b []byte) int64 { return int64(b[0]) }},
	"uint16":   {2, func(b []byte) int64 { return int64(binary.LittleEndian.Uint16(b)) }},
	"uint32":   {4, func(b []byte) int64 { return int64(binary.LittleEndian.Uint32(b)) }},
	"int8":     {1, func(b []byte) int64 { return int64(int8(b[0])) }},
	"int16":    {2, func(b []byte) int64 { return int64(int16(binary.LittleEndian.Uint16(b))) }},
	"int32":    {4, func(b []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(b))) }},
	"uint8be":  {1, func(b []byte) int64 { return int64(b[0]) }},
	"uint16be": {2, func(b []byte) int64 { return int64(binary.BigEndian.Uint16(b)) }},
	"uint32be": {4, func(b []byte) int64 { return int64(binary.BigEndian.Uint32(b)) }},
	"int8be":   {1, func(b []byte) int64 { return int64(int8(b[0])) }},
	"int16be":  {2, func(b []byte) int64 { return int64(int16(binary.BigEndian.Uint16(b))) }},
	"int32be":  {4, func(b []byte) int64 { return int64(int32(binary.BigEndian.Uint32(b))) }},
}

// entry is entrypoint: the offset in the file where a program of Windows or Linux
// begins.
func (f *frame) entry() value {
	if d, st := f.pe(); d != nil {
		return entryOf(d)
	} else if st == unknown {
		return value{st: unknown}
	}
	head, st := f.bytes(0, 64)
	if st != known || string(head[:4]) != "\x7fELF" || head[5] != 1 {
		return value{st: st + truthState(st == known)}
	}
	return f.elfEntry(head)
}

// truthState is undef for true and known for false.
func truthState(b bool) state {
	if b {
		return undef
	}
	return known
}

// elfEntry finds the segment of a program of Linux that its entry lies in.
func (f *frame) elfEntry(head []byte) value {
	le := binary.LittleEndian
	wide := head[4] == 2
	entry, table, size, n := uint64(le.Uint32(head[24:])), uint64(le.Uint32(head[28:])), int64(le.Uint16(head[42:])), int(le.Uint16(head[44:]))
	if wide {
		entry, table, size, n = le.Uint64(head[24:]), le.Uint64(head[32:]), int64(le.Uint16(head[54:])), int(le.Uint16(head[56:]))
	}
	if table > math.MaxInt32 {
		return value{st: undef}
	}
	for i := range n {
		row, st := f.bytes(int64(table)+int64(i)*size, map[bool]int64{true: 56, false: 32}[wide])
		if st != known {
			return value{st: st}
		}
		off, at, length := uint64(le.Uint32(row[4:])), uint64(le.Uint32(row[8:])), uint64(le.Uint32(row[20:]))
		if wide {
			off, at, length = le.Uint64(row[8:]), le.Uint64(row[16:]), le.Uint64(row[40:])
		}
		if entry >= at && entry-at < length {
			return integer(int64(off + entry - at))
		}
	}
	return value{st: undef}
}
