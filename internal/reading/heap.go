package reading

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// heapKeeper makes the garbage collector work less far below a target and harder
// near it, without letting it work in vain. A fixed limit below what is in use would start one
// collection after the other; so the limit moves up, to an eighth more than what
// the last collection left, and down again when that is less.
type heapKeeper struct {
	target int64
	live   []metrics.Sample
	// percent is what the collector was told last, 0 for nothing yet.
	percent int
	stop    chan struct{}
	ended   chan struct{}
}

// keepHeap starts to watch; a target of 0 bytes watches nothing.
func keepHeap(target int) *heapKeeper {
	if target <= 0 {
		return nil
	}
	k := &heapKeeper{
		target: int64(target), stop: make(chan struct{}), ended: make(chan struct{}),
		live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}},
	}
	k.adjust()
	go k.run()
	return k
}

func (k *heapKeeper) run() {
	defer close(k.ended)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-k.stop:
			return
		case <-tick.C:
			k.adjust()
		}
	}
}

func (k *heapKeeper) adjust() {
	metrics.Read(k.live)
	live := int64(k.live[0].Value.Uint64())
	debug.SetMemoryLimit(heapLimit(k.target, live))
	if p := heapPercent(k.target, live); p != k.percent {
		k.percent = p
		debug.SetGCPercent(p)
	}
}

// heapPercent is how much may be allocated until the next collection, in percent
// of what the last one left: a fifth of the target in all, because a small heap
// that fills twice between two batches is collected for nothing, and never less
// than as much again. The cap keeps a wrong guess below the target itself.
func heapPercent(target, live int64) int {
	return int(min(max(100, (target/5-live)*100/max(live, 1)), 800))
}

// heapLimit is the limit for a target and what the last collection left, bytes.
// A part of the limit is for stacks and the collector's own tables.
func heapLimit(target, live int64) int64 { return max(target, live+live/8+16<<20) }

// close ends the watch; the last limit stays.
func (k *heapKeeper) close() {
	if k != nil {
		close(k.stop)
		<-k.ended
	}
}
