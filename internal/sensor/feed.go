package sensor

import (
	"cmp"
	"slices"

	"lazaret/internal/event"
)

// chunk is how many records a worker gathers before it hands them to the merger,
// so that what waits between them is bounded also when a million conversations
// end at once.
const chunk = 512

// result is a part of what a worker made of one batch.
type result struct {
	out  []ranked
	now  event.Time // packet time at the end of the batch
	last bool       // the batch ends with it
}

// ranked is a record with its place among those of the same packet: the number
// of its shard, and Shards more if it was made at the border of the batch.
type ranked struct {
	rank uint8
	rec  event.Record
}

func lessRanked(a, b *ranked) int {
	if c := cmp.Compare(a.rec.Index, b.rec.Index); c != 0 {
		return c
	}
	return int(a.rank) - int(b.rank)
}

// put hands on a record. At the border of a batch, where the order of making is
// that of ranks, it does not wait for more than a chunk.
func (s *shard) put(rec event.Record) {
	w := s.w
	w.pending = append(w.pending, ranked{s.rank, rec})
	if s.rank >= Shards && len(w.pending) >= chunk {
		w.flush(0, false)
	}
}

// sort orders the records of one packet that carried others. It is called behind
// the last record of a packet.
func (w *worker) sort() {
	for i := 1; i < len(w.pending); i++ {
		if lessRanked(&w.pending[i-1], &w.pending[i]) > 0 {
			slices.SortStableFunc(w.pending, func(a, b ranked) int { return lessRanked(&a, &b) })
			return
		}
	}
}

// flush gives what is pending to the merger.
func (w *worker) flush(now event.Time, last bool) {
	w.out <- result{w.pending, now, last}
	select {
	case s := <-w.spent:
		w.pending = s[:0]
	default:
		w.pending = nil
	}
}

// feed is a worker as the merger sees it.
type feed struct {
	w    *worker
	res  result
	next int
}

// begin waits for the first result of the next batch; false at the end.
func (f *feed) begin() bool {
	f.recycle()
	f.res, f.next = result{}, 0
	return f.refill()
}

// refill makes sure that a record is there, or that the batch is at its end.
func (f *feed) refill() bool {
	for f.next == len(f.res.out) && !f.res.last {
		f.recycle()
		res, ok := <-f.w.out
		if f.res, f.next = res, 0; !ok {
			return false
		}
	}
	return true
}

func (f *feed) recycle() {
	if cap(f.res.out) == 0 || cap(f.res.out) > 4*chunk {
		return
	}
	clear(f.res.out)
	select {
	case f.w.spent <- f.res.out:
	default:
	}
}

// head is the next record of the batch, nil when there is none.
func (f *feed) head() *ranked {
	if f.next == len(f.res.out) {
		return nil
	}
	return &f.res.out[f.next]
}

// first is the feed whose next record comes first, nil when the batch is done.
func first(feeds []feed) (best *feed) {
	for i := range feeds {
		if h := feeds[i].head(); h != nil && (best == nil || lessRanked(h, best.head()) < 0) {
			best = &feeds[i]
		}
	}
	return best
}
