package share

import (
	"slices"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// TestRequests holds that requests are found by their keys, whatever the order, and
// that the one that waits longest makes room.
func TestRequests(t *testing.T) {
	var q requests
	for i := range uint64(maxRequests) {
		if r, _, gaveUp := q.add(i); gaveUp {
			t.Fatalf("%d is given up", i)
		} else {
			r.Off = int64(i)
		}
	}
	if r, ok := q.take(7); !ok || r.Off != 7 {
		t.Errorf("%+v %v", r, ok)
	}
	q.add(5000)
	if _, lost, gaveUp := q.add(5001); !gaveUp || lost.Off != 0 {
		t.Errorf("%d makes room, %v", lost.Off, gaveUp)
	}
	if _, lost, gaveUp := q.add(9); !gaveUp || lost.Off != 9 {
		t.Errorf("%d has the same key, %v", lost.Off, gaveUp)
	}
	if q.peek(9) == nil || q.peek(0) != nil {
		t.Error("9 waits, 0 does not")
	}
	n := 0
	for _, ok := q.takeOldest(); ok; _, ok = q.takeOldest() {
		n++
	}
	if n != maxRequests || len(q.slots) != maxRequests || len(q.at) != 0 {
		t.Errorf("%d waited in %d slots", n, len(q.slots))
	}
}

// TestBounds holds that a million handles in many sessions leave no more than the
// bounds say, and that those shed are told as far as they came.
func TestBounds(t *testing.T) {
	f := prototest.NewFlow()
	f.State = NewShared()
	a := NewConn(f, func(bool, uint16, uint32) (string, string) { return "", "" })
	moved := 0
	for i := range uint64(1_000_000) {
		r := a.Session(1 + i/400)
		h := r.Find(a, &Tree{Kind: Disk}, FileID{Volatile: i})
		h.Moved[proto.Orig].Bytes = 1
		if len(f.Records) > 10_000 {
			moved += len(f.Records)
			f.Records, f.Weirds = nil, nil
		}
	}
	s := f.State.(*Shared)
	n := 0
	for h := s.files.oldest; h != nil; h = h.order.newer {
		n++
	}
	if n > maxOpen || n != s.open || len(s.realms) > maxRealms || len(a.realms) > maxRealms {
		t.Errorf("%d files, %d counted, %d sessions, %d here", n, s.open, len(s.realms), len(a.realms))
	}
	a.End()
	if moved += len(f.Records); moved != 1_000_000 {
		t.Errorf("%d files are told", moved)
	}
	if s.open != 0 || len(s.realms) != 0 || s.files.oldest != nil || s.sessions.oldest != nil {
		t.Errorf("%d files and %d sessions stay", s.open, len(s.realms))
	}
}

func TestPipesInOrder(t *testing.T) {
	if !slices.IsSorted(pipes) {
		t.Error("the names of pipes are not in order")
	}
	if !knownPipe(`\PIPE\svcctl`) || !knownPipe("lsarpc") || knownPipe("report.txt") {
		t.Error("a pipe is not known")
	}
}
