package capture

import (
	"context"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"lazaret/internal/event"
)

// parkAbove is the number of files above which a file is closed again until the
// timeline reaches it.
const parkAbove = 8

// Timeline is the frames of several captures in the order of their times. Within
// one capture the order of the file is kept, even where its times go backwards;
// between captures the frame with the earlier time comes first, and of equal
// times that of the capture named first.
//
// Next and Close belong to one goroutine; Stats, Faults and Progress may be
// called from any.
type Timeline struct {
	ctx   context.Context
	cfg   Config
	opts  Options
	pool  *pool
	stdin io.Reader

	// heap holds the sources by their next frame; cur is the one being read, so
	// that a broken mapping can be told from a defect.
	heap []*source
	cur  *source
	open int // sources in heap that are not parked

	slab    *slab  // being filled
	n       int    // frames in it
	batch   uint64 // its number, the mark of the segments it holds
	index   uint64
	outside uint64
	dropped uint64
	step    func() // t.fill, bound once

	read    atomic.Int64
	probe   atomic.Int64 // where the progress of probing goes, to be forgotten
	total   int64
	endless bool

	spans []*span // of the files, in their order

	mu     sync.Mutex
	faults []Fault
	stats  Stats
}

// Open looks at the start of every file, as Expand gave them, and returns their
// timeline. What is wrong with a file becomes a Fault, never an error. Files that
// are far apart in time are not open at the same time.
func Open(ctx context.Context, cfg Config, paths []string, opts Options) *Timeline {
	return open(ctx, cfg, paths, opts, os.Stdin)
}

func open(ctx context.Context, cfg Config, paths []string, opts Options, stdin io.Reader) *Timeline {
	t := &Timeline{
		ctx: ctx, cfg: cfg, opts: opts, stdin: stdin,
		pool: &pool{chunk: cfg.Chunk, spare: 32},
	}
	t.step = t.fill
	t.stats.Files = len(paths)
	for i, path := range paths {
		s := &source{t: t, path: path, order: i, read: &t.read, span: &span{order: i, path: path}}
		t.spans = append(t.spans, s.span)
		t.cur = s
		if !t.guard(func() { t.admit(s, len(paths) > parkAbove) }) {
			s.close()
		}
	}
	t.cur = nil
	slices.SortFunc(t.heap, func(a, b *source) int { // a sorted slice is a heap
		if less(a, b) {
			return -1
		}
		return 1
	})
	return t
}

// admit opens a source, reads its first frame and puts it on the timeline.
func (t *Timeline) admit(s *source, park bool) {
	// A pipe can be opened only once, and a source that is open counts.
	park = park && s.regular()
	if park {
		s.read = &t.probe
	} else if t.open >= t.cfg.MaxOpen {
		s.fail(TooMany, 0, "more than %d files overlap in time (capture.max_open)", t.cfg.MaxOpen)
		return
	}
	if !s.open() || !s.advance() {
		s.close()
		return
	}
	if s.size > 0 {
		t.total += s.size
	} else {
		t.endless = true
	}
	if park {
		s.park()
		s.read = &t.read
	} else {
		t.open++
	}
	t.heap = append(t.heap, s)
}

// wake opens a parked source again; its first frame is the same unless the file
// was changed meanwhile.
func (t *Timeline) wake(s *source) {
	s.frames, s.stepped, s.next = 0, 0, section{}
	if t.open >= t.cfg.MaxOpen {
		s.fail(TooMany, 0, "more than %d files overlap in time (capture.max_open)", t.cfg.MaxOpen)
		return
	}
	t.open++
	s.parked = false
	if s.open() {
		s.advance()
	}
}

// guard runs f, and survives that a mapped file became shorter while f looked at
// it: the kernel then sends SIGBUS, which would end the process. This is the one
// place beside the dispatcher that recovers, because nothing else can answer
// that signal; every other panic goes on.
func (t *Timeline) guard(f func()) (ok bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			s := t.cur
			if s == nil || !s.hit(r) {
				panic(r)
			}
			s.fail(Changed, s.in.offset(), "file became shorter while it was read")
		}
	}()
	f()
	return true
}

// Next returns the next BatchSize frames, fewer at the end, and io.EOF behind
// it. The other error is that of the context. The caller releases the batch.
func (t *Timeline) Next() (*Batch, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	s := t.pool.getSlab()
	t.slab, t.n = s, 0
	t.batch++
	for !t.guard(t.step) {
	}
	s.Frames = s.frames[:t.n]
	t.slab = nil
	t.publish(s.Frames)
	if t.n == 0 {
		s.Release()
		return nil, io.EOF
	}
	return &s.Batch, nil
}

// fill moves frames from the sources to the batch until it is full or no source
// is left.
func (t *Timeline) fill() {
	for t.n < BatchSize && len(t.heap) > 0 {
		s := t.heap[0]
		t.cur = s
		if s.parked {
			t.wake(s)
			t.settle()
			continue
		}
		if s.ended {
			t.settle()
			continue
		}
		rival := t.second()
		for t.n < BatchSize {
			t.take(s)
			if !s.advance() {
				break
			}
			if rival != nil && !less(s, rival) {
				break
			}
		}
		t.settle()
	}
	t.cur = nil
}

// take puts the next frame of s into the batch, unless the options leave it out.
func (t *Timeline) take(s *source) {
	t.index++
	if t.opts.outside(s.head.Time) {
		t.outside++
		return
	}
	t.slab.hold(s.in.seg, t.batch)
	f := &t.slab.frames[t.n]
	*f = s.head
	f.Index = t.index
	s.span.see(f)
	t.n++
}

// less orders sources by their next frame.
func less(a, b *source) bool {
	return a.head.Time < b.head.Time || a.head.Time == b.head.Time && a.order < b.order
}

// second is the source that comes after the first one, if any.
func (t *Timeline) second() *source {
	switch h := t.heap; {
	case len(h) < 2:
		return nil
	case len(h) == 2 || less(h[1], h[2]):
		return h[1]
	default:
		return h[2]
	}
}

// settle puts the first source at its place after its frame changed, or takes it
// out when it ended.
func (t *Timeline) settle() {
	h := t.heap
	if s := h[0]; s.ended {
		s.close()
		if !s.parked {
			t.open--
		}
		last := len(h) - 1
		h[0], h[last] = h[last], nil
		h = h[:last]
		t.heap = h
	}
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(h); c++ {
			if less(h[c], h[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// Close gives the files back before the end was reached. Batches that are not
// yet released stay valid.
func (t *Timeline) Close() {
	for _, s := range t.heap {
		s.close()
	}
	t.heap = nil
}

// fault keeps f and returns its place.
func (t *Timeline) fault(f Fault) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, f)
	return len(t.faults) - 1
}

// again counts one more of a fault.
func (t *Timeline) again(i int) {
	t.mu.Lock()
	t.faults[i].Count++
	t.mu.Unlock()
}

// recount starts the count of a fault again.
func (t *Timeline) recount(i int) {
	t.mu.Lock()
	t.faults[i].Count = 0
	t.mu.Unlock()
}

// Faults is what was wrong so far, in the order it was met.
func (t *Timeline) Faults() []Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.faults)
}

// Stats is what a timeline has given so far.
type Stats struct {
	Files   int    // named, including those that could not be read
	Frames  uint64 // given out
	Bytes   uint64 // captured bytes of these frames
	Wire    uint64 // their lengths on the wire
	Cut     uint64 // frames shorter than on the wire
	Outside uint64 // frames left out by Options
	Dropped uint64 // frames that the capturing side says it lost (pcapng statistics)
	First   event.Time
	Last    event.Time // the largest time, not that of the last frame
	Links   []LinkCount
}

// LinkCount is the number of frames with a link type.
type LinkCount struct {
	Link   LinkType
	Frames uint64
}

// publish adds a batch to the statistics.
func (t *Timeline) publish(frames []Frame) {
	t.mu.Lock()
	defer t.mu.Unlock()
	st := &t.stats
	st.Outside, st.Dropped = t.outside, t.dropped
	if len(frames) == 0 {
		return
	}
	if st.Frames == 0 {
		st.First, st.Last = frames[0].Time, frames[0].Time
	}
	st.Frames += uint64(len(frames))
	link, run := frames[0].Link, uint64(0)
	for i := range frames {
		f := &frames[i]
		st.Bytes += uint64(len(f.Data))
		st.Wire += uint64(f.Len)
		if f.Len > len(f.Data) {
			st.Cut++
		}
		st.First, st.Last = min(st.First, f.Time), max(st.Last, f.Time)
		if f.Link != link {
			st.count(link, run)
			link, run = f.Link, 0
		}
		run++
	}
	st.count(link, run)
}

// count adds to a link type; there are at most 65,536 of them, and mostly one.
func (st *Stats) count(l LinkType, n uint64) {
	for i := range st.Links {
		if st.Links[i].Link == l {
			st.Links[i].Frames += n
			return
		}
	}
	st.Links = append(st.Links, LinkCount{l, n})
}

// Stats is a copy of the counts, complete up to the last batch.
func (t *Timeline) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	st := t.stats
	st.Links = slices.Clone(st.Links)
	slices.SortFunc(st.Links, func(a, b LinkCount) int { return int(a.Link) - int(b.Link) })
	return st
}

// Progress is how many bytes of the files are done, and of how many; total is -1
// when standard input or a pipe is among them.
func (t *Timeline) Progress() (done, total int64) {
	if t.endless {
		return t.read.Load(), -1
	}
	return t.read.Load(), t.total
}
