package epidemic

import (
	"container/heap"
	"math"

	"lazaret/internal/event"
	"lazaret/internal/trace"
)

// try is that an infected device has a go at another.
type try struct {
	at     event.Time
	source int32
}

type tries []try

func (t tries) Len() int           { return len(t) }
func (t tries) Less(i, k int) bool { return t[i].at < t[k].at }
func (t tries) Swap(i, k int)      { t[i], t[k] = t[k], t[i] }
func (t *tries) Push(x any)        { *t = append(*t, x.(try)) }
func (t *tries) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// how a try ends: what it came to, how often, and whether it infects.
var ends = []struct {
	grade   trace.Grade
	share   float64
	infects float64
}{
	{trace.Touched, 0.35, 0},
	{trace.Entered, 0.10, 0.02},
	{trace.Written, 0.10, 0.25},
	{trace.Exploited, 0.10, 0.97},
	{trace.Proven, 0.35, 0.99},
}

// spread lets an intruder loose.
func (w *world) spread() {
	// Each intruder has a pace of its own: a worm's is minutes, a person's is days.
	w.wait = math.Exp(math.Log(120) + w.rng.Float64()*math.Log(400))
	w.waitSpread = 0.5 + w.rng.Float64()
	w.pause = w.wait * (0.3 + w.rng.Float64())
	entry := w.one([]role{gateway, desk, workstation, modality}[w.rng.IntN(4)])
	w.start = w.begin + event.Time(w.rng.Float64()*0.3*w.set.Days*86400*1e9)
	end := w.begin + event.Time(w.set.Days*86400*1e9)
	since := map[int32]event.Time{}
	var queue tries
	infect := func(v, by int32, at event.Time) {
		since[v] = at
		w.out.Infections = append(w.out.Infections, Infection{v, by, at})
		wait := math.Exp(math.Log(w.wait) + w.waitSpread*w.rng.NormFloat64())
		heap.Push(&queue, try{at + event.Time(wait*1e9), v})
	}
	infect(entry, trace.Nobody, w.start)
	for len(queue) > 0 && len(since) < w.set.Most {
		x := heap.Pop(&queue).(try)
		if x.at > end {
			continue
		}
		target, grade, infects := w.go1(x.source)
		w.see(trace.Contact{Time: x.at, Source: x.source, Target: target, Grade: w.look(x.source, target, grade), Hostile: true})
		if _, already := since[target]; infects && !already && target != x.source {
			infect(target, x.source, x.at)
		}
		heap.Push(&queue, try{x.at + event.Time(w.rng.ExpFloat64()*w.pause*1e9), x.source})
	}
}

// go1 chooses whom a device tries next, and how it ends.
func (w *world) go1(source int32) (target int32, grade trace.Grade, infects bool) {
	target = int32(w.rng.IntN(w.set.Devices))
	if known := w.ward[source]; len(known) > 0 && w.rng.Float64() < 0.8 {
		target = known[w.rng.IntN(len(known))]
	}
	x := w.rng.Float64()
	for _, e := range ends {
		if x -= e.share; x < 0 {
			return target, e.grade, w.rng.Float64() < e.infects
		}
	}
	return target, trace.Touched, false
}

// look is how far a step seems to have gone: on encrypted pairs, no further than in.
func (w *world) look(source, target int32, grade trace.Grade) trace.Grade {
	pair := uint64(min(source, target))<<32 | uint64(max(source, target))
	pair = (pair ^ w.set.Seed) * 0x9e3779b97f4a7c15
	if float64(pair>>11)/(1<<53) < w.set.Encrypted && grade > trace.Entered {
		return trace.Entered
	}
	return grade
}
