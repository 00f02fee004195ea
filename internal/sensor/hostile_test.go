package sensor_test

import (
	"encoding/binary"
	"io"
	"os"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
)

// assault makes the frames of a hostile capture one by one: frame writes number
// i behind the bytes given and returns them with the time since the start.
type assault struct {
	name   string
	frames int // in a test; LAZARET_HOSTILE=1 multiplies
	large  int // factor for LAZARET_HOSTILE=1
	frame  func(b []byte, i int) ([]byte, event.Time)
	check  func(t *testing.T, n int, st *sensor.Stats)
}

// stream is a sensor.Source of an assault. Nothing but the batches that are in
// use is in memory.
type stream struct {
	a     *assault
	n, at int
	spare chan *buffer
}

type buffer struct {
	bytes  []byte
	frames []capture.Frame
}

func (s *stream) Next() (*capture.Batch, error) {
	if s.at == s.n {
		return nil, io.EOF
	}
	buf := &buffer{}
	select {
	case buf = <-s.spare:
	default:
	}
	bytes, list := buf.bytes[:0], buf.frames[:0]
	for len(list) < capture.BatchSize && s.at < s.n {
		var at event.Time
		from := len(bytes)
		bytes, at = s.a.frame(bytes, s.at)
		s.at++
		list = append(list, capture.Frame{Index: uint64(s.at), Time: 1_704_000_000_000_000_000 + at, Len: len(bytes) - from, Link: capture.LinkEthernet})
	}
	from := 0
	for i := range list {
		list[i].Data = bytes[from : from+list[i].Len : from+list[i].Len]
		from += list[i].Len
	}
	buf.bytes, buf.frames = bytes, list
	return capture.NewBatch(list, func() {
		clear(bytes) // what still reads a frame now reads zeros
		select {
		case s.spare <- buf:
		default:
		}
	}), nil
}

// packet appends an Ethernet frame with IPv4. The addresses are those of host
// numbers within 10.0.0.0/8.
func packet(b []byte, proto byte, src, dst uint32, payload []byte) []byte {
	b = append(b, 2, 0, byte(dst>>24), byte(dst>>16), byte(dst>>8), byte(dst), 2, 0, byte(src>>24), byte(src>>16), byte(src>>8), byte(src), 8, 0)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(payload)))
	b = append(b, 0, 0, 0, 0, 64, proto, 0, 0)
	b = binary.BigEndian.AppendUint32(b, 10<<24|src&0xffffff)
	b = binary.BigEndian.AppendUint32(b, 10<<24|dst&0xffffff)
	return append(b, payload...)
}

const (
	fin = 1
	syn = 2
	rst = 4
	ack = 16
)

type segment struct {
	src, dst     uint32
	sport, dport uint16
	seq, ack     uint32
	flags        byte
	data         []byte
}

func (s *segment) frame(b []byte) []byte {
	from := len(b)
	b = packet(b, 6, s.src, s.dst, nil)
	binary.BigEndian.PutUint16(b[from+16:], uint16(40+len(s.data)))
	b = binary.BigEndian.AppendUint16(b, s.sport)
	b = binary.BigEndian.AppendUint16(b, s.dport)
	b = binary.BigEndian.AppendUint32(b, s.seq)
	b = binary.BigEndian.AppendUint32(b, s.ack)
	b = append(b, 5<<4, s.flags, 0xff, 0xff, 0, 0, 0, 0)
	return append(b, s.data...)
}

func datagram(b []byte, src, dst uint32, sport, dport uint16, data []byte) []byte {
	from := len(b)
	b = packet(b, 17, src, dst, nil)
	binary.BigEndian.PutUint16(b[from+16:], uint16(28+len(data)))
	b = binary.BigEndian.AppendUint16(b, sport)
	b = binary.BigEndian.AppendUint16(b, dport)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(data)))
	return append(append(b, 0, 0), data...)
}

// outcome is what an assault cost.
type outcome struct {
	st      *sensor.Stats
	peak    uint64 // most that a collection of garbage left, bytes
	took    time.Duration
	records uint64
	shed    inventory.Shed
}

// suffer runs an assault with a given number of workers and the default bounds.
func suffer(t *testing.T, a *assault, n, workers int) outcome {
	t.Helper()
	cfg := sensor.DefaultConfig()
	cfg.Workers = workers
	inv := inventory.New(inventory.DefaultConfig())
	runtime.GC()
	var peak atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for {
			metrics.Read(live)
			peak.Store(max(peak.Load(), live[0].Value.Uint64()))
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	var o outcome
	begin := time.Now()
	var err error
	o.st, err = sensor.Run(cfg, &stream{a: a, n: n, spare: make(chan *buffer, 16)}, sensor.Options{
		Specs: protocols.Specs, Key: prototest.Key,
		Emit: func(r event.Record) {
			o.records++
			inv.Add(r)
		},
	})
	o.took = time.Since(begin)
	if err != nil {
		t.Fatal(err)
	}
	close(stop)
	<-stopped
	o.peak = peak.Load()
	o.shed = inv.Snapshot().Shed
	return o
}

// heapLimit is what may be in use in the worst of the assaults, bytes: 280 MiB of
// flows, 48 MiB of analyzers, 96 MiB that streams may hold, the inventory, and what is on
// its way to the merger.
const heapLimit = 480 << 20

func TestHostile(t *testing.T) {
	large := os.Getenv("LAZARET_HOSTILE") != ""
	for _, a := range assaults() {
		t.Run(a.name, func(t *testing.T) {
			n := a.frames / 3
			if large {
				n = a.frames * a.large
			}
			o := suffer(t, &a, n, 2)
			st := o.st
			t.Logf("%9d frames %6.2f s %6.0f ns each, heap at most %4d MiB, %8d records, %8d conversations, %7d open, %7d shed; given up %d, yielded %d, streams shed %d, peak %d KiB; weirds shed %d; inventory %+v",
				n, o.took.Seconds(), float64(o.took)/float64(n), o.peak>>20, o.records, st.Flows, st.PeakOpen, st.FlowShed, st.Retired, st.Yielded, st.Stream.Shed, st.Stream.Peak>>10, st.WeirdsShed, o.shed)
			if o.peak > heapLimit {
				t.Errorf("the heap grew to %d MiB", o.peak>>20)
			}
			if st.Panics != 0 {
				t.Errorf("panic: %s", st.Stack)
			}
			if st.Frames != uint64(n) || st.Records["conn"] != st.Flows {
				t.Errorf("%d of %d frames, %d records of %d conversations", st.Frames, n, st.Records["conn"], st.Flows)
			}
			if a.check != nil {
				a.check(t, n, st)
			}
		})
	}
}
