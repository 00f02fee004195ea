package capture

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"lazaret/internal/event"
)

// ClashKind is how captures disagree. The set is closed.
type ClashKind string

// The kinds.
const (
	Overlap   ClashKind = "overlap"   // two files are of the same time
	Same      ClashKind = "same"      // two files hold the same packets
	Shifted   ClashKind = "shifted"   // they do, at times that differ by a constant
	Backwards ClashKind = "backwards" // time jumps back within a file
	Twice     ClashKind = "twice"     // a file holds packets twice, as from a mirror of both directions
	Unset     ClashKind = "unset"     // times are before 2000, as of a clock that was never set
	Hole      ClashKind = "hole"      // no file is of a time between them
)

// Clash is a place where captures overlap, repeat or contradict each other in time.
type Clash struct {
	Kind     ClashKind
	Files    []string // one or two
	From, To event.Time
	// Shift is how far behind the second file's clock is (Shifted, negative if it is ahead), or
	// the farthest jump (Backwards).
	Shift event.Interval
	// Count is the jumps (Backwards), or the packets of a sample of Of that are there again
	// (Same, Shifted, Twice).
	Count, Of uint64
}

// MaxClashes is the most that are told of one kind.
const MaxClashes = 64

// Bounds of what is worth telling.
const (
	sampleSize = 512                                    // packets of a file that are compared
	leastSame  = 16                                     // of them in common, so that it is no chance
	together   = event.Interval(100 * time.Millisecond) // two taps see a packet within this
	leastBack  = event.Interval(time.Second)            // a jump; less is the reordering of a busy machine
	leastHole  = event.Interval(10 * time.Minute)
	leastTwice = 0.2 // of the sample
)

// since2000 is the beginning of the year 2000.
const since2000 = event.Time(946684800e9)

// sight is a packet of the sample: those of a file whose hashes are least. Files that have
// packets in common have them in their samples too, whatever their clocks say.
type sight struct {
	hash uint64
	at   event.Time
}

// span is what is remembered of one file.
type span struct {
	order        int
	path         string
	first, last  event.Time // the least and the largest
	prev         event.Time
	frames, back uint64
	jump         event.Interval // the farthest
	jumped       event.Time     // the first
	heap         []sight        // the largest hash first
	known        map[uint64]event.Time
	again        map[uint64]bool // of the sample: came again much later
	twice        uint64
}

// see takes a frame of the file.
func (p *span) see(f *Frame) {
	t := f.Time
	if p.frames == 0 {
		p.first, p.last = t, t
	} else if d := p.prev.Sub(t); d >= leastBack {
		if p.back == 0 {
			p.jumped = t
		}
		p.back++
		p.jump = max(p.jump, d)
	}
	p.frames++
	p.first, p.last, p.prev = min(p.first, t), max(p.last, t), t
	h := mark(f)
	if len(p.heap) == sampleSize && h > p.heap[0].hash {
		return
	}
	p.sample(h, t)
}

// sample takes a packet whose hash is among the least.
func (p *span) sample(h uint64, t event.Time) {
	if at, ok := p.known[h]; ok {
		if d := t.Sub(at); d < together/10 && d > -together/10 {
			p.twice++
		} else { // what is said over and over shows no shift
			if p.again == nil {
				p.again = map[uint64]bool{}
			}
			p.again[h] = true
		}
		return
	}
	if p.known == nil {
		p.known = make(map[uint64]event.Time, sampleSize)
	}
	p.known[h] = t
	if len(p.heap) < sampleSize {
		p.heap = append(p.heap, sight{h, t})
		for i := len(p.heap) - 1; i > 0 && p.heap[(i-1)/2].hash < p.heap[i].hash; i = (i - 1) / 2 {
			p.heap[i], p.heap[(i-1)/2] = p.heap[(i-1)/2], p.heap[i]
		}
		return
	}
	delete(p.known, p.heap[0].hash)
	delete(p.again, p.heap[0].hash)
	p.heap[0] = sight{h, t}
	for i := 0; ; {
		most := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(p.heap); c++ {
			if p.heap[c].hash > p.heap[most].hash {
				most = c
			}
		}
		if most == i {
			return
		}
		p.heap[i], p.heap[most] = p.heap[most], p.heap[i]
		i = most
	}
}

// mark hashes what tells a packet from others: its length and its head, in which the numbers of
// packets and of sequence stand, and the checksum over what is behind and may never be looked at.
func mark(f *Frame) uint64 {
	b := f.Data
	const k0, k1 = 0x9e3779b97f4a7c15, 0xe7037ed1a0b428db
	h := uint64(f.Len) ^ k1
	for n := 0; len(b) >= 16 && n < 5; n++ {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^h, binary.LittleEndian.Uint64(b[8:])^k0)
		h, b = hi^lo^k1, b[16:]
	}
	if len(b) < 16 {
		for _, c := range b {
			h = (h ^ uint64(c)) * k0
		}
	}
	hi, lo := bits.Mul64(h^k0, k1)
	return hi ^ lo
}

// Clashes is how the captures disagree, by kind, time and file; at most MaxClashes of a kind, with
// the largest first kept. more is how many are left out. It is complete behind the end.
func (t *Timeline) Clashes() (list []Clash, more int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	spans := slices.DeleteFunc(slices.Clone(t.spans), func(p *span) bool { return p.frames == 0 })
	slices.SortFunc(spans, func(a, b *span) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.order, b.order)) })
	for _, p := range spans {
		list = append(list, p.alone()...)
	}
	same := alike(spans)
	list = append(list, same...)
	pairs, left := overlaps(spans, same)
	list = append(append(list, pairs...), holes(spans)...)
	count := map[ClashKind]int{}
	list = slices.DeleteFunc(list, func(c Clash) bool {
		count[c.Kind]++
		if count[c.Kind] > MaxClashes {
			left++
			return true
		}
		return false
	})
	return list, left
}

// alone is what is wrong with one file by itself.
func (p *span) alone() (out []Clash) {
	if p.back > 0 {
		out = append(out, Clash{Kind: Backwards, Files: []string{p.path}, From: p.jumped, To: p.jumped, Shift: p.jump, Count: p.back})
	}
	if n := uint64(len(p.heap)); p.twice >= leastSame && float64(p.twice) >= leastTwice*float64(n) {
		out = append(out, Clash{Kind: Twice, Files: []string{p.path}, From: p.first, To: p.last, Count: p.twice, Of: n})
	}
	if p.first < since2000 {
		out = append(out, Clash{Kind: Unset, Files: []string{p.path}, From: p.first, To: min(p.last, since2000)})
	}
	return out
}

// pair names two files by their places.
type pair struct{ a, b int }

// alike finds files with packets in common.
func alike(spans []*span) (out []Clash) {
	type holder struct {
		file int
		at   event.Time
	}
	where := map[uint64][]holder{}
	for i, p := range spans {
		for _, s := range p.heap {
			if l := where[s.hash]; len(l) < 8 && !p.again[s.hash] { // the same packet in more files is told of these
				where[s.hash] = append(l, holder{i, s.at})
			}
		}
	}
	shifts := map[pair][]event.Interval{}
	for _, l := range where {
		for i := range l {
			for k := i + 1; k < len(l); k++ {
				q := pair{l[i].file, l[k].file}
				shifts[q] = append(shifts[q], l[k].at.Sub(l[i].at))
			}
		}
	}
	for q, list := range shifts {
		if n, shift := crowd(list); n >= leastSame {
			a, b := spans[q.a], spans[q.b]
			c := Clash{Kind: Same, Files: []string{a.path, b.path}, From: max(a.first, b.first), To: min(a.last, b.last), Count: uint64(n), Of: uint64(inBoth(a, b))}
			if shift > together || shift < -together {
				c.Kind, c.Shift, c.From, c.To = Shifted, shift, min(a.first, b.first), max(a.last, b.last)
			}
			out = append(out, c)
		}
	}
	slices.SortFunc(out, byPlace)
	return out
}

// crowd finds how many of the shifts are within together of each other, and the middle of them.
func crowd(list []event.Interval) (n int, middle event.Interval) {
	slices.Sort(list)
	for i, k := 0, 0; k < len(list); k++ {
		for list[k]-list[i] > together {
			i++
		}
		if k-i+1 > n {
			n, middle = k-i+1, list[(i+k)/2]
		}
	}
	return n, middle
}

// inBoth is how many packets of the smaller sample could be in both: those below the
// largest hash of either.
func inBoth(a, b *span) int {
	least := min(a.heap[0].hash, b.heap[0].hash)
	if len(a.heap) < sampleSize {
		least = b.heap[0].hash
	}
	if len(b.heap) < sampleSize {
		least = max(least, a.heap[0].hash)
	}
	count := func(p *span) (n int) {
		for _, s := range p.heap {
			if s.hash <= least {
				n++
			}
		}
		return n
	}
	return min(count(a), count(b))
}

func byPlace(a, b Clash) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), slices.Compare(a.Files, b.Files))
}

// overlaps finds pairs of files of the same time that are not told already. spans are by their
// beginning.
func overlaps(spans []*span, told []Clash) (out []Clash, more int) {
	known := map[[2]string]bool{}
	for _, c := range told {
		known[[2]string{c.Files[0], c.Files[1]}] = true
	}
	for i, a := range spans {
		for _, b := range spans[i+1:] {
			if b.first >= a.last {
				break
			}
			if known[[2]string{a.path, b.path}] {
				continue
			}
			if len(out) == 4*MaxClashes {
				more++
				continue
			}
			out = append(out, Clash{Kind: Overlap, Files: []string{a.path, b.path}, From: b.first, To: min(a.last, b.last)})
		}
	}
	slices.SortStableFunc(out, func(a, b Clash) int { return cmp.Compare(b.To-b.From, a.To-a.From) }) // the longest first
	return out, more
}

// holes finds times that no file is of, between the first and the last.
func holes(spans []*span) (out []Clash) {
	if len(spans) == 0 {
		return nil
	}
	last := spans[0]
	for _, p := range spans[1:] {
		if last.first >= since2000 && p.first.Sub(last.last) >= leastHole {
			out = append(out, Clash{Kind: Hole, Files: []string{last.path, p.path}, From: last.last, To: p.first})
		}
		if p.last > last.last {
			last = p
		}
	}
	slices.SortStableFunc(out, func(a, b Clash) int { return cmp.Compare(b.To-b.From, a.To-a.From) })
	return out
}

// String tells it in words, without the names of the files.
func (c Clash) String() string {
	at := func(t event.Time) string { return t.Std().UTC().Format("2006-01-02 15:04:05") }
	length := func(d event.Interval) string { return time.Duration(d).Round(time.Millisecond).String() }
	part := fmt.Sprintf("%d of %d packets of a sample", c.Count, c.Of)
	switch c.Kind {
	case Overlap:
		return fmt.Sprintf("overlap for %s from %s on", length(c.To.Sub(c.From)), at(c.From))
	case Same:
		return "hold the same packets: " + part + " are in both"
	case Shifted:
		way := "behind"
		if c.Shift < 0 {
			way = "ahead of"
		}
		return fmt.Sprintf("hold the same packets at other times: the clock of the first is %s %s that of the second (%s)", length(max(c.Shift, -c.Shift)), way, part)
	case Backwards:
		times := "times"
		if c.Count == 1 {
			times = "time"
		}
		return fmt.Sprintf("time jumps back %d %s, by up to %s, first to %s", c.Count, times, length(c.Shift), at(c.From))
	case Twice:
		return "holds packets twice: " + part + " come again within 10 ms, as from a mirror of both directions"
	case Unset:
		return fmt.Sprintf("begins at %s, as with a clock that was never set", at(c.From))
	case Hole:
		return fmt.Sprintf("nothing was captured between them for %s from %s on", length(c.To.Sub(c.From)), at(c.From))
	}
	return string(c.Kind)
}
