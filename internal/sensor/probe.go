package sensor

import (
	"maps"
	"math/bits"
	"slices"

	"lazaret/internal/proto"
)

// set is a set of probed protocols: bit i stands for order.probed[i].
type set uint64

// maxProbed is how many protocols with a probe a set can hold; one more would
// never be asked.
const maxProbed = 64

// order holds the protocols in the order of their folders' names, and knows who
// is asked first on which port.
type order struct {
	specs  []*proto.Spec
	probed []*proto.Spec
	byPort map[uint16]set
	udp    set
	tcp    set
	inner  set
	// first are those that do not refuse a stream by its first byte alone, in
	// each direction.
	first    [2][256]set
	byName   map[string]set
	named    map[string]*proto.Spec
	messages map[string]*proto.Spec // of kind Message, by name
	content  []*proto.Spec          // of kind Content
}

func newOrder(specs []*proto.Spec) *order {
	o := &order{specs: specs, byPort: map[uint16]set{}, byName: map[string]set{}, named: map[string]*proto.Spec{}, messages: map[string]*proto.Spec{}}
	for _, s := range specs {
		o.named[s.Name] = s
		if s.Transports&proto.Message != 0 {
			o.messages[s.Name] = s
		}
		if s.Transports&proto.Content != 0 {
			o.content = append(o.content, s)
		}
		if s.Probe != nil && len(o.probed) < maxProbed {
			o.add(s)
		}
	}
	return o
}

// add numbers a protocol that is probed.
func (o *order) add(spec *proto.Spec) {
	bit := set(1) << len(o.probed)
	o.probed = append(o.probed, spec)
	o.byName[spec.Name] |= bit
	for _, p := range spec.Ports {
		o.byPort[p] |= bit
	}
	if spec.Transports&proto.UDP != 0 {
		o.udp |= bit
	}
	if spec.Transports&proto.TCP != 0 {
		o.tcp |= bit
	}
	if spec.Transports&proto.Inner != 0 {
		o.inner |= bit
	}
	if spec.Transports&(proto.TCP|proto.Inner) == 0 {
		return
	}
	for d := range o.first {
		for c := range o.first[d] {
			if begins(spec, proto.Dir(d), byte(c)) {
				o.first[d][c] |= bit
			}
		}
	}
}

// begins says whether a protocol may begin with a byte: a probe that refuses a
// byte refuses all that begins with it. One that panics does so again when
// there is a conversation to count it for.
func begins(spec *proto.Spec, d proto.Dir, c byte) (may bool) {
	defer func() {
		if recover() != nil {
			may = true
		}
	}()
	return spec.Probe(d, []byte{c}) != proto.No
}

// turns are the protocols of a transport in the order in which they are asked:
// the one that was named, those of the responder's port, those of the
// originator's and the rest.
type turns [4]set

func (o *order) turns(all set, orig, resp uint16, name string) (t turns) {
	var named set
	if name != "" {
		named = o.byName[name]
	}
	for i, s := range [...]set{named, o.byPort[resp], o.byPort[orig], everyone} {
		t[i] = s & all
		all &^= s
	}
	return t
}

// ask puts the bytes to every protocol that is not yet out. It returns the first
// that says yes; wait says that some want to see more.
func (o *order) ask(s *shard, t *turns, out *set, d proto.Dir, b []byte) (spec *proto.Spec, wait bool) {
	for _, left := range t {
		for left &^= *out; left != 0; left &= left - 1 {
			spec := o.probed[bits.TrailingZeros64(uint64(left))]
			switch s.ask(spec, d, b) {
			case proto.Yes:
				return spec, false
			case proto.Maybe:
				wait = true
			case proto.No:
				*out |= left & -left
			}
		}
	}
	return nil, wait
}

// recognise finds the protocol of one datagram.
func (s *shard) recognise(orig, resp uint16, d proto.Dir, b []byte) *proto.Spec {
	t := s.order.turns(s.order.udp, orig, resp, "")
	var out set
	spec, _ := s.order.ask(s, &t, &out, d, b)
	return spec
}

// ask runs one probe; one that panics says no.
func (s *shard) ask(spec *proto.Spec, d proto.Dir, b []byte) (m proto.Match) {
	s.guard(func() { m = spec.Probe(d, b) })
	return m
}

// prober looks for the protocol of a stream, in both directions apart.
type prober struct {
	turns turns
	out   [2]set // who was excluded in a direction
	tries [2]int // starts of segments looked at, when the beginning is missing
	late  bool   // the beginning is missing
}

// lateTries is how many segments of a conversation without a beginning are
// looked at, in each direction: messages often begin with a segment.
const lateTries = 64

// everyone excludes all protocols.
const everyone = ^set(0)

// prober looks for the protocol of c; name is asked first and may be empty.
func (o *order) prober(c *convo, name string) *prober {
	orig, resp := c.f.Ends()
	all := o.tcp
	if c.kind == proto.Inner {
		all = o.inner
	}
	return &prober{turns: o.turns(all, orig.Port, resp.Port, name), late: c.f.Partial()}
}

// ask puts the bytes to every candidate left, as order.ask.
func (p *prober) ask(s *shard, d int, b []byte) (spec *proto.Spec, wait bool) {
	if len(b) == 0 {
		return nil, true
	}
	p.out[d] |= ^s.order.first[d][b[0]]
	spec, wait = s.order.ask(s, &p.turns, &p.out[d], proto.Dir(d), b[:min(len(b), proto.ProbeMax)])
	return spec, wait && len(b) < proto.ProbeMax
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
	p.out[d] = everyone
	if p.out[1-d] == everyone {
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
func (c *convo) probeEnd(d int) { c.prober.out[d] = everyone }

func sortedKeys(m map[string]*convo) []string { return slices.Sorted(maps.Keys(m)) }
