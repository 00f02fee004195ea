// Package wheel keeps timers on packet time.
//
// A Wheel sorts handles (small numbers, for example slots of a table) into
// buckets of one tick by the time they are due. Arm, Disarm and finding what is
// due cost a constant, and nothing allocates: the links live in two slices that
// the owner grows with its table. A handle due beyond the wheel's span is put
// into the last bucket and must be armed again when it fires; the owner compares
// the true deadline anyway.
//
// It refuses to read a clock and to call back: Advance moves to a packet's time
// and Pop gives the due handles one by one, in an order that depends only on what
// was armed when. One goroutine owns a Wheel.
package wheel

// Buckets is the number of ticks a Wheel spans.
const Buckets = 512

const none = ^uint32(0)

// Wheel holds timers for handles 0 to n-1. The zero value is not usable; call New.
type Wheel struct {
	tick  int64 // nanoseconds
	now   int64 // in ticks; everything before it has been popped
	goal  int64 // in ticks; Advance has reached this
	turn  int64 // in ticks; where the turn ends that comes before a leap; 0: no leap
	armed int   // handles
	heads [Buckets]uint32
	tails [Buckets]uint32
	next  []uint32
	prev  []uint32
	where []uint16 // bucket+1, 0 when not armed
}

// New makes a wheel with the given tick in nanoseconds, which must be positive.
func New(tick int64) *Wheel {
	w := &Wheel{tick: tick}
	for i := range w.heads {
		w.heads[i], w.tails[i] = none, none
	}
	return w
}

// Grow makes room for handles below n.
func (w *Wheel) Grow(n int) {
	for len(w.next) < n {
		w.next = append(w.next, none)
		w.prev = append(w.prev, none)
		w.where = append(w.where, 0)
	}
}

// Arm sets the handle to fire at or after the given time in nanoseconds. A time
// in the past fires at the next Advance. An armed handle is moved.
func (w *Wheel) Arm(h uint32, at int64) {
	t := at/w.tick + 1 // never early
	t = max(t, w.now+1)
	t = min(t, w.now+Buckets-1)
	b := uint32(t % Buckets)
	if w.where[h] == uint16(b)+1 {
		return
	}
	w.Disarm(h)
	w.where[h] = uint16(b) + 1
	w.armed++
	w.next[h], w.prev[h] = none, w.tails[b]
	if w.tails[b] == none {
		w.heads[b] = h
	} else {
		w.next[w.tails[b]] = h
	}
	w.tails[b] = h
}

// Disarm forgets the handle.
func (w *Wheel) Disarm(h uint32) {
	if w.where[h] == 0 {
		return
	}
	b := w.where[h] - 1
	n, p := w.next[h], w.prev[h]
	if p == none {
		w.heads[b] = n
	} else {
		w.next[p] = n
	}
	if n == none {
		w.tails[b] = p
	} else {
		w.prev[n] = p
	}
	w.where[h] = 0
	w.armed--
}

// Advance moves to a time in nanoseconds; time never moves back.
func (w *Wheel) Advance(now int64) {
	t := max(now, 0) / w.tick // a clock before 1970 stands still
	if w.now == 0 && w.goal == 0 {
		w.now = max(t-1, 0) // the first packet sets the clock
		if w.armed > 0 {
			w.now = max(t-Buckets, 0) // what was armed before it is visited
		}
	}
	w.goal = max(w.goal, t)
	if w.turn == 0 && w.goal-w.now > Buckets {
		// All that is armed is due within a turn. It is given in the order of its
		// times; then one more turn visits what was armed again meanwhile.
		w.turn = w.now + Buckets
	}
}

// Pop disarms and returns the next due handle; false when none is due.
func (w *Wheel) Pop() (uint32, bool) {
	for {
		b := uint32(w.now % Buckets)
		if h := w.heads[b]; h != none {
			w.Disarm(h)
			return h, true
		}
		if w.now >= w.goal {
			return 0, false
		}
		w.now++
		if w.turn != 0 && w.now >= w.turn {
			w.now, w.turn = max(w.now, w.goal-Buckets), 0
		}
	}
}

// Soonest returns the armed handle that is due first, for eviction; false when
// nothing is armed. It costs at most one turn over the buckets.
func (w *Wheel) Soonest() (uint32, bool) {
	for i := range int64(Buckets) {
		if h := w.heads[uint32((w.now+i)%Buckets)]; h != none {
			return h, true
		}
	}
	return 0, false
}
