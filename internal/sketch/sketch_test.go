package sketch

import (
	"fmt"
	"math"
	"testing"
)

// Counts are right within four standard errors, from nothing on.
func TestCount(t *testing.T) {
	for _, precision := range []int{Least, 10, 12, 14, Most} {
		s, err := New(precision)
		if err != nil {
			t.Fatal(err)
		}
		if s.Count() != 0 {
			t.Errorf("an empty one counts %d", s.Count())
		}
		next := uint64(1)
		for _, n := range []uint64{1, 2, 10, 100, 1000, 10_000, 100_000, 1_000_000} {
			for ; next <= n; next++ {
				s.Add(Mix(next))
				s.Add(Mix(next))
			}
			if off := math.Abs(float64(s.Count())-float64(n)) / float64(n); off > 4*Error(precision) {
				t.Errorf("precision %d: %d of %d, off by %.4f, error %.4f", precision, s.Count(), n, off, Error(precision))
			}
		}
	}
}

// Over many counts the error is what is said.
func TestError(t *testing.T) {
	const runs, n = 300, 20_000
	for _, precision := range []int{8, 12} {
		square := 0.0
		for run := range uint64(runs) {
			s, _ := New(precision)
			for i := range uint64(n) {
				s.Add(Mix(run<<32 | i))
			}
			off := (float64(s.Count()) - n) / n
			square += off * off
		}
		if got, want := math.Sqrt(square/runs), Error(precision); got > 1.15*want || got < 0.8*want {
			t.Errorf("precision %d: error %.5f, said %.5f", precision, got, want)
		}
	}
}

// What both have seen counts once.
func TestJoin(t *testing.T) {
	a, _ := New(12)
	b, _ := New(12)
	for i := range uint64(30_000) {
		if i < 20_000 {
			a.Add(Mix(i))
		}
		if i >= 10_000 {
			b.Add(Mix(i))
		}
	}
	if err := a.Join(b); err != nil || math.Abs(float64(a.Count())-30_000) > 4*Error(12)*30_000 {
		t.Errorf("%d, %v", a.Count(), err)
	}
	c, _ := New(11)
	if err := a.Join(c); err == nil {
		t.Error("sketches of different precision were joined")
	}
	for _, p := range []int{Least - 1, Most + 1} {
		if _, err := New(p); err == nil {
			t.Errorf("precision %d is taken", p)
		}
	}
}

// A full sketch stays a number.
func TestFull(t *testing.T) {
	s, _ := New(4)
	for i := range uint64(16) {
		s.Add(i << 60) // no bit but those of the register
	}
	if c := s.Count(); c < 1<<40 {
		t.Errorf("%d", c)
	}
}

func BenchmarkAdd(b *testing.B) {
	s, _ := New(12)
	for i := range b.N {
		s.Add(Mix(uint64(i)))
	}
}

func ExampleSketch() {
	s, _ := New(14)
	for i := range uint64(1000) {
		s.Add(Mix(i % 100))
	}
	fmt.Println(s.Count())
	// Output: 100
}
