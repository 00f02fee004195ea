package sensor

import (
	"maps"
	"slices"

	"lazaret/internal/proto"
)

// order holds the protocols in the order of their folders' names, and knows who
// is asked first on which port.
type order struct {
	specs    []*proto.Spec
	byPort   map[uint16][]*proto.Spec
	messages map[string]*proto.Spec // of kind Message, by name
	content  []*proto.Spec          // of kind Content
}

func newOrder(specs []*proto.Spec) *order {
	o := &order{specs: specs, byPort: map[uint16][]*proto.Spec{}, messages: map[string]*proto.Spec{}}
	for _, s := range specs {
		if s.Transports&proto.Message != 0 {
			o.messages[s.Name] = s
		}
		if s.Transports&proto.Content != 0 {
			o.content = append(o.content, s)
		}
		for _, p := range s.Ports {
			o.byPort[p] = append(o.byPort[p], s)
		}
	}
	return o
}

// candidates lists the protocols of a transport, those of the ports first. At
// most 64, so that a bit each serves.
func (o *order) candidates(kind proto.Transport, orig, resp uint16) []*proto.Spec {
	var out []*proto.Spec
	add := func(list []*proto.Spec) {
		for _, s := range list {
			if s.Transports&kind != 0 && s.Probe != nil && !slices.Contains(out, s) && len(out) < 64 {
				out = append(out, s)
			}
		}
	}
	add(o.byPort[resp])
	add(o.byPort[orig])
	add(o.specs)
	return out
}

// recognise finds the protocol of one datagram.
func (s *shard) recognise(orig, resp uint16, d proto.Dir, b []byte) *proto.Spec {
	o := s.order
	for _, port := range [2]uint16{resp, orig} {
		for _, spec := range o.byPort[port] {
			if spec.Transports&proto.UDP != 0 && s.ask(spec, d, b) == proto.Yes {
				return spec
			}
		}
	}
	for _, spec := range o.specs {
		if spec.Transports&proto.UDP != 0 && s.ask(spec, d, b) == proto.Yes {
			return spec
		}
	}
	return nil
}

// ask runs one probe; one that is missing or panics says no.
func (s *shard) ask(spec *proto.Spec, d proto.Dir, b []byte) (m proto.Match) {
	if spec.Probe == nil {
		return proto.No
	}
	s.guard(func() { m = spec.Probe(d, b) })
	return m
}

// prober looks for the protocol of a stream, in both directions apart.
type prober struct {
	specs []*proto.Spec
	out   [2]uint64 // bit i: specs[i] was excluded in this direction
	tries [2]int    // starts of segments looked at, when the beginning is missing
	late  bool      // the beginning is missing
}

// lateTries is how many segments of a conversation without a beginning are
// looked at, in each direction: messages often begin with a segment.
const lateTries = 64

func (o *order) prober(c *convo) *prober {
	orig, resp := c.f.Ends()
	return &prober{specs: o.candidates(c.kind, orig.Port, resp.Port), late: c.f.Partial()}
}

// hint moves the named protocol to the front.
func (p *prober) hint(name string) {
	slices.SortStableFunc(p.specs, func(a, b *proto.Spec) int {
		switch {
		case a.Name == name && b.Name != name:
			return -1
		case b.Name == name && a.Name != name:
			return 1
		}
		return 0
	})
}

// ask puts the bytes to every candidate left. It returns the first that says
// yes and has no undecided one before it in the order, or nil; wait says that
// some want to see more.
func (p *prober) ask(s *shard, d int, b []byte) (spec *proto.Spec, wait bool) {
	head := b[:min(len(b), proto.ProbeMax)]
	for i, spec := range p.specs {
		if p.out[d]&(1<<i) != 0 {
			continue
		}
		switch s.ask(spec, proto.Dir(d), head) {
		case proto.Yes:
			return spec, false
		case proto.Maybe:
			wait = true
		case proto.No:
			p.out[d] |= 1 << i
		}
	}
	return nil, wait && len(b) < proto.ProbeMax
}

// probe looks at the start of a direction. It returns as stream.Sink's Data; when
// a protocol was recognised, c.prober is nil and done is 0.
func (c *convo) probe(d int, b []byte) (done, need int, ok bool) {
	p := c.prober
	spec, wait := p.ask(c.s, d, b)
	switch {
	case spec != nil:
		c.recognised(spec, d)
		return 0, 0, true
	case wait:
		return 0, len(b) + 1, true
	}
	c.dropped[d] += len(b)
	if p.late && p.tries[d] < lateTries {
		p.tries[d]++
		p.out[d] = 0
		return len(b), 0, true
	}
	p.out[d] = ^uint64(0)
	if p.out[0] == p.out[1] {
		c.prober = nil
		return 0, 0, false
	}
	return len(b), 0, true
}

// recognised attaches the protocol and tells it what it missed.
func (c *convo) recognised(spec *proto.Spec, d int) {
	c.attach(spec)
	for dir, n := range c.dropped {
		if n > 0 && c.an != nil {
			c.guard(func() {
				if !c.an.Gap(proto.Dir(dir), n) {
					c.detach()
				}
			})
		}
	}
	if c.an == nil {
		return
	}
	// What the other direction holds was undecided; it is asked for again.
	c.st.Again(1 - d)
}

// probeGap handles a loss while the protocol is unknown: the direction is
// looked at as one without a beginning.
func (c *convo) probeGap(d, n int) bool {
	c.dropped[d] += n
	c.prober.late = true
	c.prober.out[d] = 0
	return true
}

// probeEnd takes a direction that ends undecided as excluded.
func (c *convo) probeEnd(d int) { c.prober.out[d] = ^uint64(0) }

func sortedKeys(m map[string]*convo) []string { return slices.Sorted(maps.Keys(m)) }
