package stream

import "testing"

// taker consumes what it is given, and passes over what it asked to.
type taker struct {
	beyond int // bytes of each message that need not be seen
	got    int
}

func (k *taker) Data(_ int, b []byte) (done, need int, ok bool) {
	k.got += len(b)
	return len(b) + k.beyond, 0, true
}
func (k *taker) Gap(int, int) bool { return true }
func (k *taker) Conflict(int)      {}
func (k *taker) Lost(int, uint64)  {}
func (k *taker) Late(int, uint64)  {}

const benchMSS = 1460

func newBenchStream(sink Sink) *Stream { return NewPool(DefaultConfig(), 1).New(sink) }

// BenchmarkInOrder delivers full segments that the sink reads.
func BenchmarkInOrder(b *testing.B) {
	k := &taker{}
	s := newBenchStream(k)
	seg := make([]byte, benchMSS)
	b.SetBytes(benchMSS)
	b.ReportAllocs()
	for i := range b.N {
		s.Segment(0, 1+uint64(i)*benchMSS, seg, benchMSS)
	}
	if k.got != b.N*benchMSS {
		b.Fatalf("%d bytes came, want %d", k.got, b.N*benchMSS)
	}
}

// BenchmarkSkip passes over the bytes of bulk data: 64 segments for one look.
func BenchmarkSkip(b *testing.B) {
	k := &taker{beyond: 63 * benchMSS}
	s := newBenchStream(k)
	seg := make([]byte, benchMSS)
	b.SetBytes(benchMSS)
	b.ReportAllocs()
	for i := range b.N {
		s.Segment(0, 1+uint64(i)*benchMSS, seg, benchMSS)
	}
	if want := (b.N + 63) / 64 * benchMSS; k.got != want {
		b.Fatalf("%d bytes came, want %d", k.got, want)
	}
}

// BenchmarkSwapped delivers pairs of segments in the wrong order: one of two is
// copied and waits.
func BenchmarkSwapped(b *testing.B) {
	k := &taker{}
	s := newBenchStream(k)
	seg := make([]byte, benchMSS)
	b.SetBytes(benchMSS)
	b.ReportAllocs()
	for i := range b.N {
		s.Segment(0, 1+uint64(i^1)*benchMSS, seg, benchMSS)
	}
	if want := b.N &^ 1 * benchMSS; k.got != want && k.got != want+benchMSS {
		b.Fatalf("%d bytes came, want %d", k.got, want)
	}
}

// BenchmarkBackwards delivers 64 segments in the opposite order, again and again.
func BenchmarkBackwards(b *testing.B) {
	const n = 64
	k := &taker{}
	s := newBenchStream(k)
	seg := make([]byte, benchMSS)
	b.SetBytes(benchMSS)
	b.ReportAllocs()
	for i := range b.N {
		at := i/n*n + n - 1 - i%n
		s.Segment(0, 1+uint64(at)*benchMSS, seg, benchMSS)
	}
	if want := b.N / n * n * benchMSS; k.got < want {
		b.Fatalf("%d bytes came, want %d", k.got, want)
	}
}

// TestDeliveryAllocs holds the promise that bytes in order, read or passed over,
// cost no allocation.
func TestDeliveryAllocs(t *testing.T) {
	for _, beyond := range []int{0, 63 * benchMSS} {
		s := newBenchStream(&taker{beyond: beyond})
		seg := make([]byte, benchMSS)
		at := uint64(1)
		n := testing.AllocsPerRun(1000, func() {
			s.Segment(0, at, seg, benchMSS)
			s.Ack(0, at)
			at += benchMSS
		})
		if n != 0 {
			t.Errorf("passing over %d bytes: allocations per segment = %v, want 0", beyond, n)
		}
	}
}
