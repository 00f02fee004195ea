package sensor

import (
	"strings"

	"lazaret/internal/proto"
)

// maxInner bounds the protocols inside one conversation, and how deep they nest.
const maxInner = 8

// Hand implements proto.Flow.
func (c *convo) Hand(d proto.Dir, b []byte, name string) {
	in := c.inner[name]
	if in == nil {
		if in = c.open(name); in == nil {
			return
		}
	}
	if in.kind == proto.Message {
		in.datagram(d, b)
		return
	}
	at := in.pos[d]
	in.pos[d] += uint64(len(b))
	in.st.Segment(int(d), at, b, len(b))
}

// open makes the conversation inside c that name stands for. It is nil when there
// is no room.
func (c *convo) open(name string) *convo {
	if len(c.inner) >= maxInner || c.depth() >= maxInner {
		c.s.c.innerShed++
		return nil
	}
	var in *convo
	protocol, _, _ := strings.Cut(name, "#")
	if spec := c.s.order.messages[protocol]; spec != nil {
		in = newInner(c, proto.Message)
		in.attach(spec)
	} else {
		in = newConvo(c.s, c.f, proto.Inner, name)
		in.parent = c
		in.pos = [2]uint64{1, 1}
	}
	if c.inner == nil {
		c.inner = map[string]*convo{}
	}
	c.inner[name] = in
	return in
}

// newInner is a conversation inside another that has no stream.
func newInner(parent *convo, kind proto.Transport) *convo {
	return &convo{s: parent.s, f: parent.f, kind: kind, parent: parent}
}

func (c *convo) depth() (n int) {
	for p := c.parent; p != nil; p = p.parent {
		n++
	}
	return n
}

// reader is one protocol of kind Content within a conversation.
type reader struct {
	c *convo // its rd is nil after a panic
	// open is the entity under way in each direction.
	open [2]*proto.Entity
}

// Offer implements proto.Flow.
func (c *convo) Offer(e *proto.Entity) proto.Taker {
	var t taker
	for _, spec := range c.s.order.content {
		var wants bool
		c.s.guard(func() { wants = spec.Wants(e) })
		if !wants {
			continue
		}
		r := c.reader(spec)
		if r == nil || r.c.rd == nil {
			continue
		}
		r.open[e.Dir] = e
		r.call(func() { r.c.rd.Open(e) })
		t = append(t, r.of(e))
	}
	if len(t) == 0 {
		return nil
	}
	return t
}

// reader finds or makes the state of a protocol. It is nil when there is no room.
func (c *convo) reader(spec *proto.Spec) *reader {
	for _, r := range c.readers {
		if r.c.spec == spec {
			return r
		}
	}
	if c.depth() >= maxInner {
		c.s.c.innerShed++
		return nil
	}
	in := newInner(c, proto.Content)
	r := &reader{c: in}
	in.spec = spec
	c.s.guard(func() { in.rd, _ = spec.New(in).(proto.Reader) })
	c.s.c.attached[spec.Name]++
	c.readers = append(c.readers, r)
	return r
}

// call runs one call of the reader, which is given up when it panics.
func (r *reader) call(f func()) {
	if r.c.rd != nil && !r.c.guard(f) {
		r.c.rd = nil
		r.c.s.c.detached[r.c.spec.Name]++
	}
}

// closeReaders ends the entities whose end was not seen.
func (c *convo) closeReaders() {
	for _, r := range c.readers {
		for d := range r.open {
			if e := r.open[d]; e != nil {
				r.of(e).Close(false)
			}
		}
		if end, ok := r.c.rd.(proto.Finisher); ok {
			r.call(end.Finish)
		}
		for _, name := range sortedKeys(r.c.inner) {
			r.c.inner[name].finish()
		}
		r.c.closeChannels()
	}
}

// taking is a reader with the entity that it takes.
type taking struct {
	r *reader
	e *proto.Entity
}

func (r *reader) of(e *proto.Entity) taking { return taking{r, e} }

// Close ends the entity once.
func (t taking) Close(whole bool) {
	if t.r.open[t.e.Dir] != t.e {
		return
	}
	t.r.open[t.e.Dir] = nil
	t.r.call(func() { t.r.c.rd.Close(t.e, whole) })
}

// taker gives content to all readers that want it.
type taker []taking

// Content implements proto.Taker.
func (t taker) Content(b []byte) {
	for _, k := range t {
		k.r.c.analyzed(len(b))
		k.r.call(func() { k.r.c.rd.Content(k.e, b) })
	}
}

// Lost implements proto.Taker.
func (t taker) Lost(n int) {
	for _, k := range t {
		k.r.call(func() { k.r.c.rd.Lost(k.e, n) })
	}
}

// Close implements proto.Taker.
func (t taker) Close(whole bool) {
	for _, k := range t {
		k.Close(whole)
	}
}
