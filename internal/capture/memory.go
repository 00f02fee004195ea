package capture

import (
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// windowSize is the piece of a mapping that is dropped at once.
const windowSize = 4 << 20

// segment is memory that frames alias: a chunk of a stream, or a window of a
// mapping. It is counted: one for the source that reads it, one for each batch
// with frames in it. Whoever drops the last count gives it back.
type segment struct {
	refs atomic.Int32
	mark uint64 // last batch that holds it; owned by the reading goroutine
	pool *pool
	buf  []byte   // a chunk's memory; nil for a window
	m    *mapping // the window's mapping; nil for a chunk
	lo   int      // the window's range in the mapping
	hi   int
}

// drop gives one count back, from any goroutine.
func (g *segment) drop() {
	if g.refs.Add(-1) != 0 {
		return
	}
	if m := g.m; m != nil {
		m.forget(g.lo, g.hi)
		g.m = nil
		g.pool.putWindow(g)
		m.drop()
		return
	}
	g.pool.putChunk(g)
}

// mapping is a file in memory. It is unmapped when its source and every window
// have dropped it.
type mapping struct {
	data []byte
	refs atomic.Int32
}

func mapFile(f *os.File, size int64) (*mapping, error) {
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	m := &mapping{data: data}
	m.refs.Store(1)
	// Advice may be refused by a file system; reading works without it.
	_ = unix.Madvise(data, unix.MADV_SEQUENTIAL)
	return m, nil
}

// forget takes the pages of a range out of the resident set. They stay in the
// page cache, and a later look at them faults them in again, so a frame that
// reaches over the end of its window loses nothing.
func (m *mapping) forget(lo, hi int) {
	_ = unix.Madvise(m.data[lo:hi], unix.MADV_DONTNEED)
}

func (m *mapping) drop() {
	if m.refs.Add(-1) == 0 {
		_ = unix.Munmap(m.data)
		m.data = nil
	}
}

// slab is a Batch with its memory.
type slab struct {
	Batch
	frames [BatchSize]Frame
	held   []*segment
	pool   *pool
	give   func() // s.free, bound once so that a batch costs no allocation
}

// hold keeps the memory of g until the batch is released.
func (s *slab) hold(g *segment, id uint64) {
	if g.mark != id {
		g.mark = id
		g.refs.Add(1)
		s.held = append(s.held, g)
	}
}

// free gives the slab and all it holds back.
func (s *slab) free() {
	// No pointer into memory that may be unmapped stays behind.
	clear(s.Frames)
	s.Frames = nil
	for i, g := range s.held {
		s.held[i] = nil
		g.drop()
	}
	s.held = s.held[:0]
	s.pool.putSlab(s)
}

// pool keeps what was given back. Its size is what the caller had in flight at
// once, and chunks beyond spare are left to the collector.
type pool struct {
	chunk int // bytes of a chunk
	spare int // most chunks kept

	mu      sync.Mutex
	slabs   []*slab
	chunks  []*segment
	windows []*segment
}

func (p *pool) getSlab() *slab {
	p.mu.Lock()
	var s *slab
	if n := len(p.slabs); n > 0 {
		s = p.slabs[n-1]
		p.slabs = p.slabs[:n-1]
	}
	p.mu.Unlock()
	if s == nil {
		s = &slab{pool: p, held: make([]*segment, 0, 16)}
		s.give = s.free
	}
	s.release = s.give
	return s
}

func (p *pool) putSlab(s *slab) {
	p.mu.Lock()
	p.slabs = append(p.slabs, s)
	p.mu.Unlock()
}

func (p *pool) getChunk() *segment {
	p.mu.Lock()
	var g *segment
	if n := len(p.chunks); n > 0 {
		g = p.chunks[n-1]
		p.chunks = p.chunks[:n-1]
	}
	p.mu.Unlock()
	if g == nil {
		g = &segment{pool: p, buf: make([]byte, p.chunk)}
	}
	g.refs.Store(1)
	return g
}

func (p *pool) putChunk(g *segment) {
	p.mu.Lock()
	if len(p.chunks) < p.spare {
		p.chunks = append(p.chunks, g)
	}
	p.mu.Unlock()
}

func (p *pool) getWindow(m *mapping, lo, hi int) *segment {
	p.mu.Lock()
	var g *segment
	if n := len(p.windows); n > 0 {
		g = p.windows[n-1]
		p.windows = p.windows[:n-1]
	}
	p.mu.Unlock()
	if g == nil {
		g = &segment{pool: p}
	}
	m.refs.Add(1)
	g.m, g.lo, g.hi = m, lo, hi
	g.refs.Store(1)
	return g
}

func (p *pool) putWindow(g *segment) {
	p.mu.Lock()
	p.windows = append(p.windows, g)
	p.mu.Unlock()
}
