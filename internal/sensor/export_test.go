package sensor

import "lazaret/internal/proto"

// Asker asks probes as a shard does.
type Asker struct {
	s *shard
	p prober
}

// NewAsker knows the protocols given.
func NewAsker(specs []*proto.Spec) *Asker { return &Asker{s: &shard{order: newOrder(specs)}} }

// Stream asks about the first bytes of a direction, or in a conversation without
// a beginning about those of a segment, with all protocols in again.
func (a *Asker) Stream(late bool, resp uint16, d int, b []byte) (spec *proto.Spec, wait bool) {
	o := a.s.order
	a.p = prober{turns: o.turns(o.tcp, 40000, resp, ""), late: late}
	return a.p.ask(a.s, d, b)
}

// Datagram asks about one datagram.
func (a *Asker) Datagram(orig, resp uint16, d proto.Dir, b []byte) *proto.Spec {
	return a.s.recognise(orig, resp, d, b)
}
