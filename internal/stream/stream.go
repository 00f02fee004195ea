// Package stream puts the bytes of a TCP conversation in order.
//
// Segments arrive with the relative position that package flow worked out; they
// may be early, repeated, overlapping, cut or missing. In-order bytes go to the
// Sink straight from the frame, without a copy; what the Sink does not consume is
// kept until more arrives. A Sink that consumes more than it was given makes the
// stream pass over that many bytes: they are never copied, never even read, and a
// loss among them does no harm. The first copy of a byte wins; a later copy that
// differs is reported, as far as the first is still known. A hole is given up
// when the receiver acknowledged it and Patience packets went by (a sensor may
// see an acknowledgement before the data), when too much waits behind it, or at
// the end; then the Sink is told how much is missing.
//
// It refuses to keep more than its Pool allows: the stream that was quiet longest
// loses what it holds, and that is counted. One goroutine owns a Pool and all of
// its streams. Sequence arithmetic follows RFC 9293.
package stream

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Config bounds a Pool.
type Config struct {
	Memory   int `toml:"memory" doc:"most bytes held for reassembly and by analyzers that wait for more, over all shards"`
	Held     int `toml:"held" doc:"most bytes held behind a hole, per direction"`
	Pieces   int `toml:"pieces" doc:"most segments held behind a hole, per direction"`
	Patience int `toml:"patience" doc:"packets of a conversation to wait for late bytes after they were acknowledged"`
}

// DefaultConfig holds 96 MiB in all.
func DefaultConfig() Config {
	return Config{Memory: 96 << 20, Held: 512 << 10, Pieces: 256, Patience: 8}
}

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	if c.Memory < 1<<20 {
		errs = append(errs, fmt.Errorf("stream.memory: %d bytes is less than 1 MiB", c.Memory))
	}
	if c.Held < 1<<10 || c.Held > c.Memory {
		errs = append(errs, fmt.Errorf("stream.held: %d bytes is not between 1 KiB and stream.memory", c.Held))
	}
	if c.Pieces < 1 || c.Pieces > 1<<16 {
		errs = append(errs, fmt.Errorf("stream.pieces: %d is not between 1 and 65536", c.Pieces))
	}
	if c.Patience < 0 || c.Patience > 1<<10 {
		errs = append(errs, fmt.Errorf("stream.patience: %d is not between 0 and 1024", c.Patience))
	}
	return errors.Join(errs...)
}

// Sink takes the bytes of one conversation. Directions are 0 and 1.
type Sink interface {
	// Data offers the unconsumed bytes of a direction; b is valid during the
	// call only. done is how many are not needed again and may exceed len(b);
	// need is how many must be there before the next call. false ends the
	// interest in both directions.
	Data(d int, b []byte) (done, need int, ok bool)
	// Gap tells that n bytes are lost; what was unconsumed is thrown away.
	// false ends the interest.
	Gap(d int, n int) bool
	// Conflict tells that a byte was sent again with another value.
	Conflict(d int)
	// Lost tells of n bytes that were acknowledged but have not arrived, at the
	// moment this is noticed; Late that n of those arrived after all.
	Lost(d int, n uint64)
	Late(d int, n uint64)
}

// piece is a run of bytes beyond a hole. data holds its last bytes; what is
// before was passed over.
type piece struct {
	seq, end uint64
	data     []byte
}

// half is one direction.
type half struct {
	next    uint64 // position of the next byte to deliver
	skip    uint64 // bytes before this position are passed over
	acked   uint64 // acknowledged by the other side
	counted uint64 // losses before this position were reported
	end     uint64 // position after the last byte, once known
	lastSeq uint64
	lastSum uint64
	need    int
	buf     []byte
	ahead   []piece
	held    int   // bytes in ahead
	lastLen int32 // of a segment, or of a piece
	wait    int16 // packets since an acknowledgement passed a hole, to Patience
	fin     bool
}

// Stream is both directions of one conversation.
type Stream struct {
	h          [2]half
	sink       Sink
	pool       *Pool
	held       int
	prev, next *Stream // in the pool's list, while held > 0
	deaf       bool    // the sink has no more interest
}

// Stats counts what a Pool gave up.
type Stats struct {
	Gaps, GapBytes  uint64 // holes given up
	Conflicts       uint64
	Shed, ShedBytes uint64 // streams that lost what they held to the budget
	Peak            int    // most bytes held at once
}

// Pool is the memory of all streams of one shard.
type Pool struct {
	cfg         Config
	limit, used int
	head, tail  *Stream // head was quiet longest
	Stats       Stats
}

// NewPool makes one of shards equal parts.
func NewPool(cfg Config, shards int) *Pool {
	return &Pool{cfg: cfg, limit: max(cfg.Memory/shards, 64<<10)}
}

// New starts a stream at position 1, the first byte after the SYN.
func (p *Pool) New(sink Sink) *Stream {
	s := &Stream{sink: sink, pool: p}
	s.h[0].next, s.h[1].next = 1, 1
	return s
}

// Flip exchanges the directions.
func (s *Stream) Flip() { s.h[0], s.h[1] = s.h[1], s.h[0] }

// Ahead is how many bytes of a direction were asked to pass by and have not come.
func (s *Stream) Ahead(d int) uint64 { return max(s.h[d].skip, s.h[d].next) - s.h[d].next }

// Next is the position behind the bytes of a direction that came in order. During Data it is
// that behind the bytes given, during Gap that behind the hole.
func (s *Stream) Next(d int) uint64 { return s.h[d].next }

// Pending reports that bytes of a direction are still missing.
func (s *Stream) Pending(d int) bool {
	h := &s.h[d]
	return len(h.ahead) > 0 || h.fin && max(h.next, h.counted) < h.end
}

// Settled reports that nothing more is to come of a direction that has ended: its
// bytes are there, or the other side has them though they were not captured.
func (s *Stream) Settled(d int) bool {
	h := &s.h[d]
	return !s.Pending(d) || h.fin && h.acked >= h.end
}

// account moves the pool's figures when a stream's held bytes changed.
func (s *Stream) account() {
	n := s.h[0].held + s.h[1].held + cap(s.h[0].buf) + cap(s.h[1].buf)
	p := s.pool
	if n == s.held {
		return
	}
	p.used += n - s.held
	p.Stats.Peak = max(p.Stats.Peak, p.used)
	s.held = n
	p.unlink(s)
	if n > 0 {
		p.link(s)
	}
	for p.used > p.limit && p.head != nil {
		p.head.shed()
	}
}

func (p *Pool) link(s *Stream) {
	s.prev = p.tail
	if p.tail == nil {
		p.head = s
	} else {
		p.tail.next = s
	}
	p.tail = s
}

func (p *Pool) unlink(s *Stream) {
	if s.prev == nil && s.next == nil && p.head != s {
		return
	}
	if s.prev == nil {
		p.head = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		p.tail = s.prev
	} else {
		s.next.prev = s.prev
	}
	s.prev, s.next = nil, nil
}

// shed takes all held bytes away from a stream. The sink learns of it as a gap.
func (s *Stream) shed() {
	p := s.pool
	all := 0
	for d := range s.h {
		h := &s.h[d]
		n := len(h.buf)
		end := h.next
		if k := len(h.ahead); k > 0 {
			end = h.ahead[k-1].end
		}
		lost := n + int(end-h.next)
		all += lost
		h.buf, h.ahead, h.held, h.need = nil, nil, 0, 0
		h.next = end
		if lost > 0 && !s.deaf && !s.sink.Gap(d, lost) {
			s.deaf = true
		}
	}
	if all > 0 { // else it only kept an empty buffer
		p.Stats.Shed++
		p.Stats.ShedBytes += uint64(all)
	}
	p.used -= s.held
	s.held = 0
	p.unlink(s)
}

// Deafen ends the interest of the sink: from now on only positions are kept.
func (s *Stream) Deafen() {
	s.deaf = true
	for d := range s.h {
		h := &s.h[d]
		h.buf, h.need = nil, 0
		for i := range h.ahead {
			h.ahead[i].data = nil
		}
		h.held = 0
	}
	s.account()
}

// Segment takes the payload of one packet of direction d at position seq. size
// is its length on the wire; b may be shorter when the capture cut it.
func (s *Stream) Segment(d int, seq uint64, b []byte, size int) {
	h := &s.h[d]
	if seq == h.next && len(h.ahead) == 0 && size == len(b) { // the common case
		s.deliver(d, b)
		s.account()
		return
	}
	end := seq + uint64(size)
	if end <= h.next {
		s.repeated(d, seq, b)
		return
	}
	if seq < h.next {
		cut := int(h.next - seq)
		s.repeated(d, seq, b[:min(cut, len(b))])
		b = b[min(cut, len(b)):]
		seq = h.next
	}
	if seq < h.counted {
		s.sink.Late(d, min(end, h.counted)-seq-h.covered(seq, min(end, h.counted)))
	}
	s.insert(d, piece{seq: seq, end: seq + uint64(len(b)), data: b})
	tail := seq + uint64(len(b))
	if tail < end {
		s.lost(d, tail, end)
	}
	s.drain(d)
	if tail < end && h.next == tail {
		s.give(d, end) // the capture cut this packet: its tail will never come
		s.drain(d)
	}
	s.account()
}

// covered is how many bytes of the range wait in ahead.
func (h *half) covered(from, to uint64) (n uint64) {
	for _, p := range h.ahead {
		if lo, hi := max(p.seq, from), min(p.end, to); lo < hi {
			n += hi - lo
		}
	}
	return n
}

// repeated compares a copy of bytes that were delivered with what is left of
// the first copy: the unconsumed bytes and a digest of the last segment.
func (s *Stream) repeated(d int, seq uint64, b []byte) {
	h := &s.h[d]
	if s.deaf || len(b) == 0 {
		return
	}
	from := h.next - uint64(len(h.buf))
	end := seq + uint64(len(b))
	lo, hi := max(seq, from), min(end, h.next)
	differs := lo < hi && !bytes.Equal(b[lo-seq:hi-seq], h.buf[lo-from:hi-from])
	if !differs && int(h.lastLen) == len(b) && h.lastSeq == seq && h.lastLen > 0 {
		differs = digest(b) != h.lastSum
	}
	if differs {
		s.pool.Stats.Conflicts++
		s.sink.Conflict(d)
	}
}

// insert files a piece into the sorted list beyond the hole; bytes that are
// there already win.
func (s *Stream) insert(d int, p piece) {
	h := &s.h[d]
	i, _ := slices.BinarySearchFunc(h.ahead, p.seq, func(a piece, seq uint64) int {
		switch {
		case a.end <= seq:
			return -1
		case a.seq > seq:
			return 1
		}
		return 0
	})
	for p.seq < p.end {
		if i == len(h.ahead) || p.end <= h.ahead[i].seq {
			s.put(d, i, p)
			return
		}
		old := h.ahead[i]
		if p.seq < old.seq {
			front := piece{seq: p.seq, end: old.seq, data: p.data[:old.seq-p.seq]}
			s.put(d, i, front)
			i++
		}
		lo, hi := max(p.seq, old.seq), min(p.end, old.end)
		s.compare(d, old, p, lo, hi)
		if p.end <= old.end {
			return
		}
		p.data = p.data[old.end-p.seq:]
		p.seq = old.end
		i++
	}
}

func (s *Stream) compare(d int, old, p piece, lo, hi uint64) {
	base := old.end - uint64(len(old.data))
	lo = max(lo, base)
	if lo < hi && !bytes.Equal(old.data[lo-base:hi-base], p.data[lo-p.seq:hi-p.seq]) {
		s.pool.Stats.Conflicts++
		s.sink.Conflict(d)
	}
}

// put copies what will be needed of a piece and places it at index i.
func (s *Stream) put(d, i int, p piece) {
	h := &s.h[d]
	keep := p.data
	switch {
	case s.deaf || p.end <= h.skip:
		keep = nil
	case p.seq < h.skip:
		keep = keep[h.skip-p.seq:]
	}
	p.data = nil
	if len(keep) > 0 {
		p.data = append([]byte(nil), keep...)
		h.held += len(keep)
	}
	h.ahead = slices.Insert(h.ahead, i, p)
}

// drain delivers what has become contiguous and gives up holes that nothing will
// fill.
func (s *Stream) drain(d int) {
	h := &s.h[d]
	for {
		for len(h.ahead) > 0 && h.ahead[0].seq <= h.next {
			p := h.ahead[0]
			h.ahead = slices.Delete(h.ahead, 0, 1)
			h.held -= len(p.data)
			s.deliverPiece(d, p)
		}
		if len(h.ahead) == 0 {
			h.ahead = nil
			return
		}
		if h.held <= s.pool.cfg.Held && len(h.ahead) <= s.pool.cfg.Pieces {
			return
		}
		s.give(d, h.ahead[0].seq)
	}
}

func (s *Stream) deliverPiece(d int, p piece) {
	h := &s.h[d]
	blank := int(p.end-p.seq) - len(p.data)
	if blank > 0 { // passed over when it arrived
		h.next += uint64(blank)
	}
	if len(p.data) > 0 {
		s.deliver(d, p.data)
	}
}

// give declares the bytes up to a position lost.
func (s *Stream) give(d int, to uint64) {
	h := &s.h[d]
	if to <= h.next {
		return
	}
	s.pool.Stats.Gaps++
	s.pool.Stats.GapBytes += to - h.next
	from := max(h.next, h.skip)
	h.next, h.wait = to, 0
	if s.deaf || from >= to {
		return
	}
	h.buf, h.need = h.buf[:0], 0
	if !s.sink.Gap(d, int(to-from)) {
		s.Deafen()
	}
}

// deliver hands contiguous bytes at h.next to the sink.
func (s *Stream) deliver(d int, b []byte) {
	h := &s.h[d]
	start := h.next
	h.next += uint64(len(b))
	if s.deaf || h.next <= h.skip {
		h.lastLen = 0
		return
	}
	if start < h.skip {
		b = b[h.skip-start:]
		h.lastLen = 0
	} else {
		h.lastSeq, h.lastLen, h.lastSum = start, int32(len(b)), digest(b)
	}
	if len(h.buf) > 0 {
		h.buf = append(h.buf, b...)
		if len(h.buf) < h.need {
			return
		}
		b = h.buf
	} else if len(b) < h.need {
		h.buf = append(h.buf, b...)
		return
	}
	s.offer(d, b)
}

// offer calls the sink until it wants more than there is, and keeps the rest.
func (s *Stream) offer(d int, b []byte) {
	h := &s.h[d]
	for len(b) > 0 && len(b) >= h.need {
		done, need, ok := s.sink.Data(d, b)
		if !ok {
			s.Deafen()
			return
		}
		h.need = need
		if done >= len(b) {
			h.skip = h.next + uint64(done-len(b))
			b = nil
			break
		}
		b = b[done:]
		if done == 0 {
			break
		}
	}
	if s.deaf {
		return
	}
	if len(b) == 0 {
		if cap(h.buf) > keepBuf {
			h.buf = nil
		}
		h.buf = h.buf[:0]
		return
	}
	if len(h.buf) > 0 {
		h.buf = h.buf[:copy(h.buf, b)]
	} else {
		h.buf = append(h.buf, b...)
	}
}

// Again offers the unconsumed bytes of a direction once more, because the sink
// has learned what they are.
func (s *Stream) Again(d int) {
	h := &s.h[d]
	h.need = 0
	if len(h.buf) > 0 && !s.deaf {
		s.offer(d, h.buf)
	}
}

// keepBuf is the largest empty buffer that a direction keeps for its next use.
const keepBuf = 4 << 10

// Ack tells that the other side acknowledged direction d up to a position.
func (s *Stream) Ack(d int, to uint64) {
	h := &s.h[d]
	if h.fin {
		to = min(to, h.end)
	}
	if to > h.acked {
		h.acked = to
	}
	if h.acked <= h.next {
		h.wait = 0
		return
	}
	s.lost(d, max(h.next, h.counted), h.acked)
	h.counted = max(h.counted, h.acked)
	h.wait++
	if int(h.wait) > s.pool.cfg.Patience {
		for h.next < h.acked {
			to := h.acked
			if len(h.ahead) > 0 {
				to = min(to, h.ahead[0].seq)
			}
			s.give(d, to)
			s.drain(d)
		}
		s.account()
	}
}

// lost reports the holes in a range to the accounting.
func (s *Stream) lost(d int, from, to uint64) {
	h := &s.h[d]
	for _, p := range h.ahead {
		if p.end <= from {
			continue
		}
		if p.seq >= to {
			break
		}
		if p.seq > from {
			s.sink.Lost(d, p.seq-from)
		}
		from = p.end
	}
	if from < to {
		s.sink.Lost(d, to-from)
	}
	h.counted = max(h.counted, to)
}

// Fin tells that direction d ends at a position.
func (s *Stream) Fin(d int, end uint64) {
	h := &s.h[d]
	if !h.fin {
		h.fin, h.end = true, end
	}
}

// Close gives up all holes of direction d and delivers what waits behind them.
func (s *Stream) Close(d int) {
	h := &s.h[d]
	for len(h.ahead) > 0 {
		s.give(d, h.ahead[0].seq)
		s.drain(d)
	}
	h.buf = nil
	s.account()
}

// Free takes the stream out of its pool. It must not be used afterwards.
func (s *Stream) Free() {
	s.deaf = true
	for d := range s.h {
		s.h[d] = half{}
	}
	s.account()
}
