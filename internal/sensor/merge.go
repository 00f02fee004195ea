package sensor

import (
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
	m.opt.Emit(r)
}

// run takes one result of every worker at a time: together they are one batch.
func (m *merger) run(workers []*worker) {
	var batch []ranked
	for {
		batch = batch[:0]
		open := 0
		var now event.Time
		for _, w := range workers {
			if res, ok := <-w.out; ok {
				open++
				now = res.now
				batch = append(batch, res.out...)
			}
		}
		if open == 0 {
			break
		}
		if len(workers) > 1 {
			sortRanked(batch)
		}
		for i := range batch {
			m.take(batch[i].rec)
		}
		clear(batch)
		for _, j := range m.all {
			j.Advance(now)
		}
	}
	m.finish(workers)
}

// finish takes what was open at the end. The records of one packet are ordered by
// shard, so shard after shard is taken; there may be too many to sort at once.
func (m *merger) finish(workers []*worker) {
	var now event.Time
	for n := range Shards {
		for last := false; !last; {
			res := <-workers[n%len(workers)].tail
			for i := range res.out {
				m.take(res.out[i].rec)
			}
			now, last = max(now, res.now), res.last
		}
	}
	for _, j := range m.all {
		j.Advance(now)
		j.Flush()
	}
}

func (m *merger) take(r event.Record) {
	m.index = r.Index
	if j := m.joiners[r.Body.Schema()]; j != nil {
		j.Advance(r.TS)
		if !j.Take(r) {
			return
		}
	}
	m.emit(r)
}
