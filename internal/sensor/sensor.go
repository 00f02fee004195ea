// Package sensor carries frames through decode, flow and stream to the protocol
// analyzers and brings their records out in order.
//
// One goroutine reads and decodes; it owns the fragments. Every packet goes to
// the shard of its two hosts: related flows share a shard, and a shard belongs to
// one worker, so nothing of a conversation is locked. The number of shards is
// fixed, each has its own part of every budget, and timers advance at the borders
// of batches, so the records do not depend on the number of workers. A last
// goroutine merges the workers by packet number, lets the joiners of protocols
// see the whole, and calls the sink.
//
// The dispatcher finds the protocol of a conversation by content, from either
// direction; a port only decides who is asked first. It holds the only recover:
// an analyzer that panics is detached and counted, and its conversation is still
// accounted for. Everything that was shed, lost, cut or not understood is counted
// in Stats. Frames belong to their batch, which is released when every worker is
// done with it.
package sensor

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"lazaret/internal/capture"
	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/proto"
	"lazaret/internal/stream"
)

// Shards is the number of parts the traffic is divided into. It is a constant,
// because output must not depend on the machine.
const Shards = 32

// Config bounds the sensor and what it drives.
type Config struct {
	Workers       int           `toml:"workers" doc:"goroutines that analyze, 0 for as many as there are cores; the output is the same for any number"`
	Queue         int           `toml:"queue" doc:"batches that may wait for a worker"`
	Conversations int           `toml:"conversations" doc:"most conversations whose payload is analyzed at once, over all shards; the one quiet longest is given up, its flow is still counted"`
	Memory        int           `toml:"memory" doc:"most bytes that conversations whose payload is analyzed take, over all shards; the one quiet longest is given up"`
	Weirds        int           `toml:"weirds" doc:"most weird records per conversation; more are only counted"`
	Extra         []string      `toml:"extra" doc:"logs that are written on request alone: smb_cmd (each command of SMB)"`
	Decode        decode.Config `toml:"decode"`
	Flow          flow.Config   `toml:"flow"`
	Stream        stream.Config `toml:"stream"`
	Files         FilesConfig   `toml:"files"`
}

// FilesConfig bounds what is kept of files that move. All sizes are bytes.
type FilesConfig struct {
	Follow     bool          `toml:"follow" doc:"put files together that move, hash them and say what they are; false passes their content over, which saves time where much of it moves"`
	Memory     int           `toml:"memory" doc:"most bytes kept of files that move, over all parts of the traffic; what finds no room is hashed only as far as it came in order"`
	Head       int           `toml:"head" doc:"bytes kept of the beginning of each file for rules"`
	Executable int           `toml:"executable" doc:"bytes kept of each executable for rules"`
	Wait       time.Duration `toml:"wait" doc:"how long more pieces of a file are waited for, which may come over other conversations"`
}

// Validate names every wrong key.
func (c FilesConfig) Validate() error {
	var errs []error
	if c.Memory < 1<<20 {
		errs = append(errs, fmt.Errorf("sensor.files.memory: %d bytes is less than 1 MiB", c.Memory))
	}
	if c.Head < 4<<10 || c.Head > 1<<24 {
		errs = append(errs, fmt.Errorf("sensor.files.head: %d is not between 4096 and %d", c.Head, 1<<24))
	}
	if c.Executable < c.Head || c.Executable > 1<<28 {
		errs = append(errs, fmt.Errorf("sensor.files.executable: %d is not between sensor.files.head and %d", c.Executable, 1<<28))
	}
	if c.Wait < 0 || c.Wait > 24*time.Hour {
		errs = append(errs, fmt.Errorf("sensor.files.wait: %v is not between 0 and 24h", c.Wait))
	}
	return errors.Join(errs...)
}

// DefaultConfig uses all cores.
func DefaultConfig() Config {
	return Config{Queue: 16, Weirds: 16, Conversations: 32768, Memory: 48 << 20, Decode: decode.DefaultConfig(), Flow: flow.DefaultConfig(), Stream: stream.DefaultConfig(),
		Files: FilesConfig{Follow: true, Memory: 128 << 20, Head: 64 << 10, Executable: 4 << 20, Wait: 10 * time.Second}}
}

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	if c.Workers < 0 || c.Workers > Shards {
		errs = append(errs, fmt.Errorf("sensor.workers: %d is not between 0 and %d", c.Workers, Shards))
	}
	if c.Queue < 1 || c.Queue > 1024 {
		errs = append(errs, fmt.Errorf("sensor.queue: %d is not between 1 and 1024", c.Queue))
	}
	if c.Conversations < 16*Shards || c.Conversations > 1<<24 {
		errs = append(errs, fmt.Errorf("sensor.conversations: %d is not between %d and %d", c.Conversations, 16*Shards, 1<<24))
	}
	if c.Memory < 1<<20 {
		errs = append(errs, fmt.Errorf("sensor.memory: %d bytes is less than 1 MiB", c.Memory))
	}
	if c.Weirds < 0 {
		errs = append(errs, fmt.Errorf("sensor.weirds: %d is negative", c.Weirds))
	}
	return errors.Join(append(errs, c.Decode.Validate(), c.Flow.Validate(), c.Stream.Validate(), c.Files.Validate())...)
}

// Source gives batches of frames; package capture has one for files. Next
// returns io.EOF at the end.
type Source interface {
	Next() (*capture.Batch, error)
}

// Options are what a run needs besides its Config.
type Options struct {
	Specs []*proto.Spec
	// Key is the site's secret for pseudonyms; at least 16 bytes.
	Key []byte
	// Emit takes the records in order, from one goroutine.
	Emit func(event.Record)
}

// work is one batch as a worker gets it.
type work struct {
	packets []routed
	index   uint64 // of the last frame of the batch
	now     event.Time
	batch   *shared // nil behind the last batch
	last    bool
}

// routed is the place of a packet in its batch, and its shard.
type routed struct {
	at    uint32
	shard uint8
}

// shared is a batch in use by several workers. They read its packets, which lie
// where they were decoded, and change nothing.
type shared struct {
	users   atomic.Int32
	b       *capture.Batch
	packets []decode.Packet
	pool    chan *shared
}

// slot is the memory of one more packet; what is in it is of no use.
func (s *shared) slot() *decode.Packet {
	n := len(s.packets)
	if n == cap(s.packets) {
		s.packets = slices.Grow(s.packets, max(n, capture.BatchSize))
	}
	s.packets = s.packets[:n+1]
	return &s.packets[n]
}

// done is called once by every user. The last gives everything back.
func (s *shared) done() {
	if s.users.Add(-1) != 0 {
		return
	}
	// No pointer into memory that may be unmapped stays behind, nor in the slot
	// that was taken last and not used.
	clear(s.packets[:min(len(s.packets)+1, cap(s.packets))])
	s.b.Release()
	s.b, s.packets = nil, s.packets[:0]
	select {
	case s.pool <- s:
	default:
	}
}

// Run reads the source to its end and returns what was counted. An error of the
// source ends the run; what was read is still analyzed and emitted.
func Run(cfg Config, src Source, opt Options) (*Stats, error) {
	if len(opt.Key) < 16 {
		return nil, errors.New("sensor: the key for pseudonyms has fewer than 16 bytes")
	}
	if !cfg.Files.Follow {
		opt.Specs = slices.DeleteFunc(slices.Clone(opt.Specs), func(s *proto.Spec) bool { return s.NewKeeper != nil })
	}
	n := cfg.Workers
	if n == 0 {
		n = min(runtime.GOMAXPROCS(0), Shards)
	}
	r := &run{cfg: cfg, opt: opt, workers: make([]*worker, n), pool: make(chan *shared, cfg.Queue+2)}
	order := newOrder(opt.Specs)
	for i := range r.workers {
		r.workers[i] = newWorker(r, order, i, n)
	}
	var wg sync.WaitGroup
	for _, w := range r.workers {
		wg.Go(w.run)
	}
	merged := make(chan struct{})
	m := newMerger(opt)
	go func() {
		defer close(merged)
		m.run(r.workers)
	}()
	err := r.read(src)
	wg.Wait()
	<-merged
	return r.stats(m), err
}

type run struct {
	cfg     Config
	opt     Options
	workers []*worker
	pool    chan *shared // batches whose memory is free
	dec     *decode.Decoder
	frames  uint64
	fault   bool
}

// read decodes and deals out the batches until the source ends.
func (r *run) read(src Source) error {
	debug.SetPanicOnFault(true) // a mapped file may shrink while it is read
	r.dec = decode.New(r.cfg.Decode)
	var index uint64
	var now event.Time
	var err error
	for {
		var b *capture.Batch
		if b, err = src.Next(); err != nil {
			break
		}
		if len(b.Frames) == 0 {
			b.Release()
			continue
		}
		sh := r.share(b)
		r.deal(sh)
		last := &b.Frames[len(b.Frames)-1]
		index = last.Index
		for i := range b.Frames {
			now = max(now, b.Frames[i].Time)
		}
		r.dec.Expire(now)
		for _, w := range r.workers {
			w.in <- work{packets: w.next, index: index, now: now, batch: sh}
			w.next = w.spare()
		}
	}
	for _, w := range r.workers {
		w.in <- work{index: index, now: now, last: true}
		close(w.in)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// share makes a batch ready for all workers.
func (r *run) share(b *capture.Batch) *shared {
	var s *shared
	select {
	case s = <-r.pool:
	default:
		s = &shared{pool: r.pool}
	}
	s.b = b
	s.users.Store(int32(len(r.workers)))
	return s
}

// deal decodes a batch and appends its packets to the workers' next work.
func (r *run) deal(s *shared) {
	defer func() {
		if e := recover(); e != nil {
			if !vanished(e) {
				panic(e)
			}
			r.fault = true // the rest of this batch is gone with the file's pages
		}
	}()
	n := len(r.workers)
	for i := range s.b.Frames {
		f := &s.b.Frames[i]
		r.frames++
		p := s.slot()
		for ok := r.dec.Frame(p, f); ok; ok = r.dec.Inner(p) {
			sh := shardOf(p)
			w := r.workers[sh%n]
			w.next = append(w.next, routed{at: uint32(len(s.packets) - 1), shard: uint8(sh)})
			p = s.slot()
			p.Time, p.Index = f.Time, f.Index
		}
		s.packets = s.packets[:len(s.packets)-1]
	}
}

// vanished says whether a panic is the kernel's answer to a look into a mapped
// file that was cut short.
func vanished(e any) bool {
	_, ok := e.(interface{ Addr() uintptr })
	return ok
}
