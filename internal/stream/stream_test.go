package stream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// recorder is a Sink that takes everything and writes down what it was told.
type recorder struct {
	got       [2]bytes.Buffer
	gaps      []string
	conflicts int
	lost      [2]uint64
	need      int // ask for so many at a time
	skip      func(d int, b []byte) (done int, ok bool)
}

func (r *recorder) Data(d int, b []byte) (int, int, bool) {
	if r.skip != nil {
		if done, ok := r.skip(d, b); ok {
			r.got[d].Write(b[:min(done, len(b))])
			return done, 0, true
		}
	}
	if r.need > 0 {
		n := len(b) / r.need * r.need
		r.got[d].Write(b[:n])
		return n, r.need, true
	}
	r.got[d].Write(b)
	return len(b), 0, true
}

func (r *recorder) Gap(d, n int) bool {
	r.gaps = append(r.gaps, fmt.Sprintf("%d:%d", d, n))
	r.got[d].WriteString(strings.Repeat("?", n))
	return true
}
func (r *recorder) Conflict(int)         { r.conflicts++ }
func (r *recorder) Lost(d int, n uint64) { r.lost[d] += n }
func (r *recorder) Late(d int, n uint64) { r.lost[d] -= n }

func text(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	return b
}

func TestInOrder(t *testing.T) {
	r := &recorder{}
	s := NewPool(DefaultConfig(), 1).New(r)
	want := text(10000)
	for i := 0; i < len(want); i += 100 {
		s.Segment(0, uint64(i+1), want[i:i+100], 100)
	}
	if !bytes.Equal(r.got[0].Bytes(), want) || len(r.gaps) > 0 {
		t.Errorf("got %d bytes, gaps %v", r.got[0].Len(), r.gaps)
	}
}

// Any order of overlapping pieces must give the same bytes, whatever chunks the
// sink asks for.
func TestAnyOrder(t *testing.T) {
	want := text(5000)
	rnd := rand.New(rand.NewPCG(5, 6))
	for round := range 200 {
		r := &recorder{need: 1 + rnd.IntN(200)}
		p := NewPool(DefaultConfig(), 1)
		s := p.New(r)
		type seg struct{ from, to int }
		var segs []seg
		for i := 0; i < len(want); {
			n := min(1+rnd.IntN(300), len(want)-i)
			segs = append(segs, seg{max(0, i-rnd.IntN(50)), i + n})
			i += n
		}
		for range len(segs) / 4 { // duplicates
			segs = append(segs, segs[rnd.IntN(len(segs))])
		}
		rnd.Shuffle(len(segs), func(i, j int) { segs[i], segs[j] = segs[j], segs[i] })
		for _, g := range segs {
			s.Segment(0, uint64(g.from+1), want[g.from:g.to], g.to-g.from)
		}
		n := len(want) / r.need * r.need
		if !bytes.Equal(r.got[0].Bytes(), want[:n]) || r.conflicts > 0 || len(r.gaps) > 0 {
			t.Fatalf("round %d: %d bytes of %d, conflicts %d, gaps %v", round, r.got[0].Len(), n, r.conflicts, r.gaps)
		}
		s.Free()
		if p.used != 0 || p.head != nil {
			t.Fatalf("round %d: %d bytes are still accounted for", round, p.used)
		}
	}
}

func TestGap(t *testing.T) {
	cfg := DefaultConfig()
	want := text(300)
	for name, tc := range map[string]struct {
		run  func(s *Stream)
		got  string
		gaps string
	}{
		"given up after acknowledgement and patience": {func(s *Stream) {
			s.Segment(0, 1, want[:100], 100)
			s.Segment(0, 201, want[200:], 100)
			for range cfg.Patience + 2 {
				s.Ack(0, 301)
			}
		}, string(want[:100]) + strings.Repeat("?", 100) + string(want[200:]), "[0:100]"},
		"late bytes still count": {func(s *Stream) {
			s.Segment(0, 1, want[:100], 100)
			s.Segment(0, 201, want[200:], 100)
			s.Ack(0, 301)
			s.Segment(0, 101, want[100:200], 100)
		}, string(want), "[]"},
		"given up at the end": {func(s *Stream) {
			s.Segment(0, 101, want[100:], 200)
			s.Close(0)
		}, strings.Repeat("?", 100) + string(want[100:]), "[0:100]"},
		"cut by the snap length": {func(s *Stream) {
			s.Segment(0, 1, want[:60], 100)
			s.Segment(0, 101, want[100:], 200)
			s.Close(0)
		}, string(want[:60]) + strings.Repeat("?", 40) + string(want[100:]), "[0:40]"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			s := NewPool(cfg, 1).New(r)
			tc.run(s)
			if got := r.got[0].String(); got != tc.got {
				t.Errorf("got %q\nwant %q", got, tc.got)
			}
			if fmt.Sprint(r.gaps) != tc.gaps {
				t.Errorf("gaps %v, want %v", r.gaps, tc.gaps)
			}
		})
	}
}

func TestFirstCopyWins(t *testing.T) {
	r := &recorder{need: 1000}
	s := NewPool(DefaultConfig(), 1).New(r)
	s.Segment(0, 5, []byte("EFGH"), 4)
	s.Segment(0, 3, []byte("cdXXgh"), 6) // overlaps E and F with other bytes
	s.Segment(0, 1, []byte("AB"), 2)
	s.Segment(0, 1, []byte("zz"), 2)
	if r.conflicts != 2 {
		t.Errorf("%d conflicts were reported, want 2", r.conflicts)
	}
	if got := string(s.h[0].buf); got != "ABcdEFGH" {
		t.Errorf("kept %q, want the first copies", got)
	}
}

// A retransmission of consumed bytes with other content is still noticed.
func TestConflictAfterDelivery(t *testing.T) {
	r := &recorder{}
	s := NewPool(DefaultConfig(), 1).New(r)
	s.Segment(0, 1, []byte("good"), 4)
	s.Segment(0, 1, []byte("good"), 4)
	if r.conflicts != 0 {
		t.Error("an equal retransmission was called a conflict")
	}
	s.Segment(0, 1, []byte("evil"), 4)
	if r.conflicts != 1 {
		t.Error("a changed retransmission was not noticed")
	}
}

// Passed-over bytes are neither delivered nor kept, and losing them is no gap.
func TestSkipAhead(t *testing.T) {
	want := text(1000)
	r := &recorder{skip: func(_ int, b []byte) (int, bool) { return 500, len(b) == 100 }}
	p := NewPool(DefaultConfig(), 1)
	s := p.New(r)
	s.Segment(0, 1, want[:100], 100) // now 101..500 are passed over
	if n := s.Ahead(0); n != 400 {
		t.Errorf("%d bytes are still to pass by, want 400", n)
	}
	s.Segment(0, 301, want[300:400], 100)
	if p.used > keepBuf {
		t.Errorf("%d bytes are held for a range that is passed over", p.used)
	}
	s.Segment(0, 451, want[450:800], 350)
	for range 20 {
		s.Ack(0, 801)
	}
	if got, wantS := r.got[0].String(), string(want[:100])+string(want[500:800]); got != wantS {
		t.Errorf("got %q\nwant %q", got, wantS)
	}
	if len(r.gaps) > 0 || s.Ahead(0) != 0 || s.Ahead(1) != 0 {
		t.Errorf("gaps %v inside a passed-over range, %d ahead", r.gaps, s.Ahead(0))
	}
}

func TestBudget(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Memory, cfg.Held = 1<<20, 64<<10
	p := NewPool(cfg, 1)
	var sinks []*recorder
	b := text(1000)
	for range 400 {
		r := &recorder{}
		sinks = append(sinks, r)
		s := p.New(r)
		for i := range 40 {
			s.Segment(0, uint64(5000+2000*i), b, len(b))
		}
	}
	if p.used > p.limit || p.Stats.Peak > p.limit+64<<10 {
		t.Errorf("%d bytes held, peak %d, limit %d", p.used, p.Stats.Peak, p.limit)
	}
	if p.Stats.Shed == 0 {
		t.Error("nothing was shed")
	}
	if len(sinks[0].gaps) == 0 {
		t.Error("the stream that was quiet longest was not told of its loss")
	}
}

func TestAllocs(t *testing.T) {
	r := &recorder{skip: func(int, []byte) (int, bool) { return 1 << 40, true }}
	s := NewPool(DefaultConfig(), 1).New(r)
	b := text(1400)
	seq := uint64(1)
	s.Segment(0, seq, b, len(b))
	if n := testing.AllocsPerRun(1000, func() {
		seq += uint64(len(b))
		s.Segment(0, seq, b, len(b))
		s.Ack(0, seq)
	}); n != 0 {
		t.Errorf("allocations per passed-over segment = %v, want 0", n)
	}
}

// Whatever comes, positions never go back, the pool's figure is the sum of what
// is held, and delivered plus lost bytes add up.
func FuzzSegments(f *testing.F) {
	f.Add([]byte{1, 10, 0, 20, 1, 5, 9, 200, 3, 255, 0, 0})
	f.Fuzz(func(t *testing.T, prog []byte) {
		cfg := DefaultConfig()
		cfg.Memory, cfg.Held, cfg.Pieces, cfg.Patience = 1<<20, 2048, 8, 2
		p := NewPool(cfg, 1)
		r := &recorder{need: 7}
		s := p.New(r)
		data := text(512)
		for len(prog) >= 3 {
			op, a, b := prog[0], uint64(prog[1]), int(prog[2])
			prog = prog[3:]
			d := int(op & 1)
			before := s.h[d].next
			switch op >> 1 % 4 {
			case 0, 1:
				s.Segment(d, 1+a*uint64(op>>4), data[:b], b+int(op>>5))
			case 2:
				s.Ack(d, a*uint64(b))
			case 3:
				s.Close(d)
			}
			if s.h[d].next < before {
				t.Fatalf("position went from %d back to %d", before, s.h[d].next)
			}
			held := 0
			for i := range s.h {
				held += s.h[i].held + cap(s.h[i].buf)
			}
			if p.used != held {
				t.Fatalf("pool says %d bytes, streams hold %d", p.used, held)
			}
		}
		s.Free()
		if p.used != 0 {
			t.Fatalf("%d bytes left after Free", p.used)
		}
	})
}
