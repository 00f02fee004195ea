package mask

import (
	"slices"

	"lazaret/internal/decode"
	"lazaret/internal/proto"
	"lazaret/internal/stream"
)

// walker understands one conversation well enough to say what in it is harmless.
type walker interface {
	// walk looks at unconsumed bytes of a side and keeps what is harmless of them. done is how
	// many are not needed again and may exceed len(b), need how many more must be there
	// before the next call. false: nothing from here on is understood.
	walk(t *talk, d int, b []byte) (done, need int, ok bool)
	// lost tells that bytes of a side are missing. false: nothing from here on is understood.
	lost(d int) bool
}

// talk is one conversation. It is the sink of its stream.
type talk struct {
	x    *masker
	uid  string
	st   *stream.Stream
	w    walker
	kept [2]runs
	at   [2]uint64 // position of the first unconsumed byte
	deaf [2]bool   // nothing from at on is understood
	orig int       // the side that began, as far as it is known at the first packet
	port [2]uint16 // by side
	// calls are the interfaces of remote procedures that were bound.
	calls interfaces
}

// newTalk begins a conversation with the packet p, which came in direction dir.
func newTalk(x *masker, uid string, dir int, p *decode.Packet) *talk {
	d := side(p)
	t := &talk{x: x, uid: uid, orig: d ^ dir, at: [2]uint64{1, 1}}
	t.port[d], t.port[1-d] = p.SrcPort, p.DstPort
	if p.Kind == decode.KindTCP && !x.opt.Clear {
		t.st = x.pool.New(t)
	}
	return t
}

// dir is the direction of a side.
func (t *talk) dir(d int) proto.Dir { return proto.Dir(d ^ t.orig) }

// end lets go of what the stream holds.
func (t *talk) end() {
	if t.st != nil {
		t.st.Close(0)
		t.st.Close(1)
		t.st.Free()
		t.st, t.w = nil, nil
	}
}

// keep remembers that n bytes, off bytes behind the first unconsumed one of a side, are
// harmless.
func (t *talk) keep(d, off, n int) {
	if n <= 0 {
		return
	}
	from := t.at[d] + uint64(off)
	t.kept[d].add(from, from+uint64(n), t.x)
}

// Data offers bytes of a side; see stream.Sink.
func (t *talk) Data(d int, b []byte) (done, need int, ok bool) {
	t.at[d] = t.st.Next(d) - uint64(len(b))
	if t.deaf[0] && t.deaf[1] {
		return len(b), 0, false
	}
	if t.deaf[d] {
		return len(b), 0, true
	}
	if t.w == nil {
		w, wait := t.x.order.walker(t, d, b)
		if w == nil && wait {
			return 0, len(b) + 1, true
		}
		if w == nil {
			t.deaf[0], t.deaf[1] = true, true
			return len(b), 0, false
		}
		t.w = w
	}
	done, need, ok = t.w.walk(t, d, b)
	if !ok {
		t.deaf[d], done, need = true, len(b), 0
	}
	return done, need, true
}

// Gap tells of lost bytes; see stream.Sink.
func (t *talk) Gap(d, _ int) bool {
	if t.w == nil || !t.w.lost(d) {
		t.deaf[d] = true
	}
	return !(t.deaf[0] && t.deaf[1])
}

// Conflict spoils the conversation: which value the receiver took is not known.
func (t *talk) Conflict(int) {
	for d := range t.kept {
		t.kept[d] = runs{closed: true}
		t.deaf[d] = true
	}
}

// Lost and Late are of no use here.
func (t *talk) Lost(int, uint64) {}

// Late is of no use here.
func (t *talk) Late(int, uint64) {}

// runs are the stretches of one side that are kept, in their order.
type runs struct {
	list   []run
	closed bool // nothing is kept, nor will be
}

type run struct{ from, to uint64 }

// add enters a stretch that touches none before it, but for the last. Nearly all come in
// order, since a stream is walked in order.
func (r *runs) add(from, to uint64, x *masker) {
	i := len(r.list)
	for i > 0 && r.list[i-1].from > from {
		i--
	}
	if r.closed || i < len(r.list) && r.list[i].from < to {
		return
	}
	if i > 0 {
		last := &r.list[i-1]
		if from = max(from, last.to); from >= to {
			return
		}
		if last.to == from {
			last.to = to
			return
		}
	}
	if x.room == 0 {
		x.stats.Shed++
		return
	}
	x.room--
	r.list = slices.Insert(r.list, i, run{from, to})
}
