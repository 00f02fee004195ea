package wheel

import (
	"math/rand/v2"
	"testing"
)

// A model with exact deadlines must agree: nothing fires early, and nothing that
// was due more than two ticks ago is left.
func TestAgainstModel(t *testing.T) {
	const tick = 1000
	w := New(tick)
	w.Grow(100)
	r := rand.New(rand.NewPCG(1, 2))
	due := map[uint32]int64{}
	now := int64(5_000_000)
	w.Advance(now)
	for range 20000 {
		h := uint32(r.IntN(100))
		switch r.IntN(4) {
		case 0, 1:
			at := now + int64(r.IntN(300*tick))
			w.Arm(h, at)
			due[h] = at
		case 2:
			w.Disarm(h)
			delete(due, h)
		case 3:
			now += int64(r.IntN(20 * tick))
			w.Advance(now)
			for h, ok := w.Pop(); ok; h, ok = w.Pop() {
				at, armed := due[h]
				if !armed {
					t.Fatalf("handle %d fired without being armed", h)
				}
				if at > now {
					t.Fatalf("handle %d fired at %d, due at %d", h, now, at)
				}
				delete(due, h)
			}
			for h, at := range due {
				if at+2*tick < now {
					t.Fatalf("handle %d was due at %d, now %d", h, at, now)
				}
			}
		}
	}
}

func TestJumpFiresAll(t *testing.T) {
	w := New(1)
	w.Grow(1000)
	w.Advance(1)
	for h := range uint32(1000) {
		w.Arm(h, int64(h))
	}
	w.Advance(1 << 40)
	n := 0
	for _, ok := w.Pop(); ok; _, ok = w.Pop() {
		n++
	}
	if n != 1000 {
		t.Errorf("%d of 1000 fired after a long silence", n)
	}
}

// What is due before a leap of time fires in the order of its times, wherever the wheel
// stands, and what was armed before the clock was set fires too.
func TestLeapKeepsOrder(t *testing.T) {
	for _, start := range []int64{1, 77, 511, 512, 5000} {
		w := New(1)
		w.Grow(8)
		w.Arm(7, 3)
		w.Advance(start + 600)
		if h, ok := w.Pop(); !ok || h != 7 {
			t.Errorf("from %d: %d, %v, want what was armed before the clock was set", start, h, ok)
		}
		w.Pop()
		for h := range uint32(6) {
			w.Arm(h, start+600+int64(h)*100)
		}
		w.Advance(start + 1<<40)
		again := true
		for want := range uint32(6) {
			h, ok := w.Pop()
			if !ok || h != want {
				t.Errorf("from %d: %d, %v, want %d", start, h, ok, want)
			}
			if h == 2 && again { // not due after all: it fires in the same leap
				again = false
				w.Arm(6, start+1<<39)
			}
		}
		if h, ok := w.Pop(); !ok || h != 6 {
			t.Errorf("from %d: %d, %v, want what was armed on the way", start, h, ok)
		}
		if h, ok := w.Pop(); ok {
			t.Errorf("from %d: %d fired twice", start, h)
		}
	}
}

func TestAllocs(t *testing.T) {
	w := New(10)
	w.Grow(10)
	now := int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		now += 7
		w.Arm(3, now+50)
		w.Advance(now)
		w.Pop()
	}); n != 0 {
		t.Errorf("allocations = %v, want 0", n)
	}
}
