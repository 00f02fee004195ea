package files

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestSpans compares with a plain list of bytes.
func TestSpans(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		var s spans
		var seen [200]bool
		n := int64(0)
		for range 40 {
			from := r.Int64N(190)
			to := from + 1 + r.Int64N(10)
			s.add(from, to, func(a, b int64) {
				for i := a; i < b; i++ {
					if seen[i] {
						t.Fatalf("round %d: byte %d is called new twice", round, i)
					}
					seen[i] = true
					n++
				}
			}, func(a, b int64) {
				for i := a; i < b; i++ {
					if !seen[i] {
						t.Fatalf("round %d: byte %d is called old and is not", round, i)
					}
				}
			})
			for i := from; i < to; i++ {
				if !seen[i] {
					t.Fatalf("round %d: byte %d was not called new", round, i)
				}
			}
		}
		if s.seen != n {
			t.Fatalf("round %d: %d seen, want %d", round, s.seen, n)
		}
		missing := map[int64]bool{}
		s.holes(200, func(a, b int64) {
			for i := a; i < b; i++ {
				missing[i] = true
			}
		})
		for i := range int64(200) {
			if missing[i] == seen[i] {
				t.Fatalf("round %d: hole at %d: %v", round, i, missing[i])
			}
			if s.has(i, i+1) != seen[i] {
				t.Fatalf("round %d: has %d: %v", round, i, !seen[i])
			}
		}
	}
}

func TestSpansBounded(t *testing.T) {
	var s spans
	for i := range int64(3 * maxSpans) {
		s.add(i*2, i*2+1, func(int64, int64) {}, nil)
	}
	if len(s.list) > maxSpans || s.seen != 3*maxSpans || s.whole(s.end()) {
		t.Error(fmt.Sprint(len(s.list), s.seen, s.shed))
	}
}
