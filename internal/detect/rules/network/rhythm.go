package network

import (
	"slices"

	"lazaret/internal/event"
)

// maxReturns is how many returns are kept; the earliest goes first.
const maxReturns = 32

// rhythm is when somebody came back.
type rhythm struct {
	starts         []event.Time // ascending, at most maxReturns
	returns        int          // in all
	answered, dead int
	told           int    // returns when it was last told
	size           uint64 // bytes that the first call sent; 0 if that is not known
	alike          int    // calls that sent as much, give or take a tenth
}

// weigh notes how much a call sent.
func (r *rhythm) weigh(bytes uint64) {
	if bytes == 0 {
		return
	}
	if r.size == 0 {
		r.size = bytes
	}
	if max(bytes, r.size)-min(bytes, r.size) <= r.size/10 {
		r.alike++
	}
}

// add notes a start, and tells whether it is a return. Starts within burst of another are
// one.
func (r *rhythm) add(at event.Time, burst event.Interval, o call) bool {
	switch o {
	case answered:
		r.answered++
	case dead:
		r.dead++
	}
	i, _ := slices.BinarySearch(r.starts, at)
	if i > 0 && at.Sub(r.starts[i-1]) < burst || i < len(r.starts) && r.starts[i].Sub(at) < burst {
		return false
	}
	r.returns++
	if len(r.starts) == maxReturns {
		if i == 0 {
			return true // older than all that is kept
		}
		copy(r.starts, r.starts[1:i])
		r.starts[i-1] = at
		return true
	}
	r.starts = slices.Insert(r.starts, i, at)
	return true
}

// beat is how regular returns are.
type beat struct {
	period event.Interval // the median of the intervals
	spread float64        // median deviation from it, as a share of it
	single float64        // share of intervals of one period, more or less half of it
	missed int            // returns that were left out, or lost
}

// score finds the beat of at least two returns. Intervals of several periods are such in
// which some returns were lost, which are counted; they prove nothing by themselves, as any
// long interval is some multiple.
func (r *rhythm) score() beat {
	var room, off [maxReturns]event.Interval
	d := room[:0]
	for i := 1; i < len(r.starts); i++ {
		d = append(d, r.starts[i].Sub(r.starts[i-1]))
	}
	b := beat{period: median(d)}
	if b.period <= 0 {
		return b
	}
	o := off[:0]
	for _, x := range d {
		switch k := (x + b.period/2) / b.period; {
		case k == 1:
			o = append(o, max(x-b.period, b.period-x))
		case k > 1:
			b.missed += int(min(k-1, 100))
		}
	}
	b.single = float64(len(o)) / float64(len(d))
	b.spread = float64(median(o)) / float64(b.period)
	return b
}

// median sorts d and gives its middle; 0 of nothing.
func median(d []event.Interval) event.Interval {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[len(d)/2]
}
