package sensor

import (
	"runtime/debug"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// merger brings the workers' records into the order of packets and lets the
// joiners of protocols see the whole.
type merger struct {
	opt     Options
	joiners map[*event.Schema]proto.Joiner
	all     []proto.Joiner
	records map[string]uint64
	index   uint64
	// emitting says that the caller's code runs, whose panics are its own.
	emitting bool
	panics   uint64
	stack    string
}

func newMerger(opt Options) *merger {
	m := &merger{opt: opt, joiners: map[*event.Schema]proto.Joiner{}, records: map[string]uint64{}}
	for _, s := range opt.Specs {
		if s.NewJoiner == nil {
			continue
		}
		j := s.NewJoiner(m.emit)
		m.all = append(m.all, j)
		for _, schema := range s.Records {
			m.joiners[schema] = j
		}
	}
	return m
}

func (m *merger) emit(r event.Record) {
	if r.Index == 0 {
		r.Index = m.index
	}
	m.records[r.Body.Schema().Name]++
	m.emitting = true
	m.opt.Emit(r)
	m.emitting = false
}

// run takes batch by batch what all workers made of it, in order.
func (m *merger) run(workers []*worker) {
	feeds := make([]feed, len(workers))
	for i, w := range workers {
		feeds[i].w = w
	}
	for {
		open := false
		for i := range feeds {
			open = feeds[i].begin() || open
		}
		if !open {
			break
		}
		for f := first(feeds); f != nil; f = first(feeds) {
			m.take(f.head().rec)
			f.next++
			f.refill()
		}
		for _, j := range m.all {
			m.guard(j, func() { j.Advance(feeds[0].res.now) })
		}
	}
	for _, j := range m.all {
		m.guard(j, j.Flush)
	}
}

func (m *merger) take(r event.Record) {
	m.index = r.Index
	keep := true
	if j := m.joiners[r.Body.Schema()]; j != nil {
		m.guard(j, func() {
			j.Advance(r.TS)
			keep = j.Take(r)
		})
	}
	if keep {
		m.emit(r)
	}
}

// guard runs one call of a joiner. One that panics is not asked again: then its
// ingredients are records themselves.
func (m *merger) guard(j proto.Joiner, call func()) {
	defer func() {
		e := recover()
		if e == nil {
			return
		}
		if m.emitting {
			panic(e) // it is no fault of the joiner
		}
		if m.panics++; m.stack == "" {
			m.stack = string(debug.Stack())
		}
		m.all = slices.DeleteFunc(slices.Clone(m.all), func(o proto.Joiner) bool { return o == j })
		for s, o := range m.joiners {
			if o == j {
				delete(m.joiners, s)
			}
		}
	}()
	call()
}
