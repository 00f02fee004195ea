package stream

import "testing"

// A direction is settled when its bytes are there, or when the other side has
// them all; it is pending as long as bytes wait behind a hole.
func TestSettled(t *testing.T) {
	b := text(30)
	for name, tc := range map[string]struct {
		first, ack       int // how many of the first ten bytes, and what is acknowledged
		settled, pending bool
	}{
		"all there":                   {10, 1, true, false},
		"a hole":                      {0, 1, false, true},
		"a hole, acknowledged":        {0, 31, true, true},
		"a hole, half of it is acked": {0, 5, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			s := NewPool(DefaultConfig(), 1).New(r)
			s.Segment(0, 1, b[:tc.first], tc.first)
			s.Segment(0, 11, b[10:], 20)
			s.Fin(0, 31)
			s.Ack(0, uint64(tc.ack))
			if s.Settled(0) != tc.settled || s.Pending(0) != tc.pending {
				t.Errorf("settled %v, pending %v, want %v, %v", s.Settled(0), s.Pending(0), tc.settled, tc.pending)
			}
			if want := uint64(min(max(tc.ack-1, 0), 10-tc.first)); tc.ack > 1 && r.lost[0] != want {
				t.Errorf("%d bytes lost, want %d", r.lost[0], want)
			}
		})
	}
}
