package sensor

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// maxChannels bounds the inner streams that are open at once in one conversation.
const maxChannels = 256

// maxExpected bounds the conversations that a shard expects; the oldest
// announcement is forgotten.
const maxExpected = 1024

// About implements proto.Flow.
func (c *convo) About() proto.About {
	if c.about == nil {
		return proto.About{}
	}
	return *c.about
}

// Claim implements proto.Claimer.
func (c *convo) Claim(account string) {
	p := c.parent
	if c.kind != proto.Message || p == nil {
		return
	}
	for _, a := range [...]any{p.an, p.dg} {
		if l, ok := a.(proto.Listener); ok {
			p.guard(func() { l.Claimed(account) })
			return
		}
	}
}

// channel is an inner stream; nothing is left of it when it is closed.
type channel struct{ in *convo }

// Channel implements proto.Flow.
func (c *convo) Channel(name string, about proto.About) proto.Channel {
	if len(c.channels) >= maxChannels || c.depth() >= maxInner {
		c.s.c.innerShed++
		return nil
	}
	in := newConvo(c.s, c.f, proto.Inner, name)
	in.parent, in.about = c, &about
	in.pos = [2]uint64{1, 1}
	c.channels = append(c.channels, in)
	return &channel{in}
}

// Write implements proto.Channel.
func (h *channel) Write(d proto.Dir, b []byte) { h.segment(d, b, len(b)) }

// Lost implements proto.Channel.
func (h *channel) Lost(d proto.Dir, n int) { h.segment(d, nil, max(n, 1)) }

func (h *channel) segment(d proto.Dir, b []byte, size int) {
	if h.in == nil {
		return
	}
	at := h.in.pos[d]
	h.in.pos[d] += uint64(size)
	h.in.st.Segment(int(d), at, b, size)
}

// Close implements proto.Channel.
func (h *channel) Close() {
	if h.in == nil {
		return
	}
	in := h.in
	h.in = nil
	if p := in.parent; p != nil {
		if i := slices.Index(p.channels, in); i >= 0 {
			p.channels = slices.Delete(p.channels, i, i+1)
			in.finish()
		}
	}
}

// closeChannels ends the inner streams that are open, in the order in which they
// were opened.
func (c *convo) closeChannels() {
	for len(c.channels) > 0 {
		in := c.channels[0]
		c.channels = slices.Delete(c.channels, 0, 1)
		in.finish()
	}
}

// meeting is what an expectation is found by.
type meeting struct {
	at    netid.Endpoint
	other netid.IP
	udp   bool
}

// expected holds the conversations that were announced to a shard.
type expected struct {
	of    map[meeting]proto.Expectation
	order []meeting // of announcement, the oldest first
}

// Expect implements proto.Flow.
func (c *convo) Expect(e proto.Expectation) {
	orig, resp := c.f.Ends()
	key := meeting{at: e.At, udp: e.UDP}
	switch e.At.IP {
	case orig.IP:
		key.other = resp.IP
	case resp.IP:
		key.other = orig.IP
	default:
		return // such a conversation may belong to another shard
	}
	c.s.expected.add(key, e)
}

func (x *expected) add(key meeting, e proto.Expectation) {
	if x.of == nil {
		x.of = map[meeting]proto.Expectation{}
	}
	if _, ok := x.of[key]; ok {
		x.forget(key)
	} else if len(x.order) >= maxExpected {
		x.forget(x.order[0])
	}
	x.of[key] = e
	x.order = append(x.order, key)
}

func (x *expected) forget(key meeting) {
	delete(x.of, key)
	if i := slices.Index(x.order, key); i >= 0 {
		x.order = slices.Delete(x.order, i, i+1)
	}
}

// meet gives a new conversation to the protocol that expects it. It reports
// whether one does.
func (c *convo) meet(udp bool) bool {
	x := &c.s.expected
	if len(x.of) == 0 {
		return false
	}
	orig, resp := c.f.Ends()
	for _, key := range [...]meeting{{resp, orig.IP, udp}, {orig, resp.IP, udp}} {
		e, ok := x.of[key]
		if !ok {
			continue
		}
		if !e.Keep {
			x.forget(key)
		}
		spec := c.s.order.named[e.Name]
		if spec == nil {
			return false
		}
		c.about = &e.About
		c.attach(spec)
		return true
	}
	return false
}

// expects says whether a datagram between two ends was announced.
func (x *expected) expects(orig, resp netid.Endpoint) bool {
	if len(x.of) == 0 {
		return false
	}
	_, a := x.of[meeting{resp, orig.IP, true}]
	_, b := x.of[meeting{orig, resp.IP, true}]
	return a || b
}

// Shared implements proto.Flow.
func (c *convo) Shared() any {
	if c.spec == nil || c.spec.NewShared == nil {
		return nil
	}
	v, ok := c.s.shared[c.spec]
	if !ok {
		c.s.guard(func() { v = c.spec.NewShared() })
		if c.s.shared == nil {
			c.s.shared = map[*proto.Spec]any{}
		}
		c.s.shared[c.spec] = v
	}
	return v
}

// keeper is the state of one protocol of kind Files in a shard. Its k is nil after a
// panic.
type keeper struct{ k proto.Keeper }

// keep makes the keepers of a shard.
func (s *shard) keep() {
	cfg := s.r.cfg.Files
	for _, spec := range s.order.specs {
		if spec.NewKeeper == nil {
			continue
		}
		s.guard(func() {
			s.keepers = append(s.keepers, &keeper{spec.NewKeeper(proto.Keeping{
				Emit: func(ts event.Time, conn *event.Conn, p event.Payload) {
					s.put(event.Record{TS: ts, Index: s.index, Conn: conn, Body: p})
				},
				Pseudonym: s.key.of,
				Memory:    cfg.Memory / Shards, Head: cfg.Head, Executable: cfg.Executable,
				Wait: event.Interval(cfg.Wait),
			})})
		})
	}
}

func (s *shard) eachKeeper(call func(proto.Keeper)) {
	for _, k := range s.keepers {
		if k.k != nil && !s.guard(func() { call(k.k) }) {
			k.k = nil
		}
	}
}

// pieces gives a file to all who keep it.
type pieces struct {
	c  *convo
	of []proto.Pieces
	// What put gives on: a call of each piece makes no closure.
	put  func()
	to   proto.Pieces
	off  int64
	data []byte
}

// Store implements proto.Flow.
func (c *convo) Store(f *proto.File) proto.Pieces {
	var of []proto.Pieces
	c.s.eachKeeper(func(k proto.Keeper) {
		if p := k.Open(c, f); p != nil {
			of = append(of, p)
		}
	})
	if len(of) == 0 {
		return nil
	}
	return newPieces(c, of)
}

func newPieces(c *convo, of []proto.Pieces) *pieces {
	p := &pieces{c: c, of: of}
	p.put = func() { p.to.At(p.off, p.data) }
	return p
}

// each runs one call of all; one that panics is let go.
func (p *pieces) each(call func(proto.Pieces)) {
	for i := 0; i < len(p.of); i++ {
		if !p.c.s.guard(func() { call(p.of[i]) }) {
			p.of = slices.Delete(p.of, i, i+1)
			i--
		}
	}
}

// At implements proto.Pieces.
func (p *pieces) At(off int64, b []byte) {
	p.c.analyzed(len(b))
	for i := 0; i < len(p.of); i++ {
		p.to, p.off, p.data = p.of[i], off, b
		if !p.c.s.guard(p.put) {
			p.of = slices.Delete(p.of, i, i+1)
			i--
		}
	}
	p.to, p.data = nil, nil
}

// Missing implements proto.Pieces.
func (p *pieces) Missing(off, n int64) { p.each(func(of proto.Pieces) { of.Missing(off, n) }) }

// Refused implements proto.Pieces.
func (p *pieces) Refused(off, n int64) { p.each(func(of proto.Pieces) { of.Refused(off, n) }) }

// Sized implements proto.Pieces.
func (p *pieces) Sized(n int64) { p.each(func(of proto.Pieces) { of.Sized(n) }) }

// Close implements proto.Pieces.
func (p *pieces) Close(whole bool) {
	p.each(func(of proto.Pieces) { of.Close(whole) })
	p.of = nil
}
