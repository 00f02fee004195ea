package sensor

import (
	"slices"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// linked is the analyzer of one link-layer protocol in a shard.
type linked struct {
	spec *proto.Spec
	dg   proto.Datagram
	f    *linkFlow
}

// link gives a frame without IP to the protocol of its EtherType.
func (s *shard) link(p *decode.Packet) {
	typ := p.EtherType
	if p.Kind == decode.KindARP {
		typ = 0x0806
	}
	for i := range s.links {
		if slices.Contains(s.links[i].spec.EtherTypes, typ) {
			s.links[i].packet(s, p)
			return
		}
	}
	for _, spec := range s.order.specs {
		if spec.Transports&proto.Link == 0 || !slices.Contains(spec.EtherTypes, typ) {
			continue
		}
		f := &linkFlow{s: s, spec: spec}
		l := linked{spec: spec, f: f}
		s.guard(func() { l.dg, _ = spec.New(f).(proto.Datagram) })
		s.links = append(s.links, l)
		s.c.attached[spec.Name]++
		l.packet(s, p)
		return
	}
}

func (l *linked) packet(s *shard, p *decode.Packet) {
	if l.dg == nil {
		return
	}
	if p.Kind == decode.KindOther {
		s.c.linked++
	}
	var err error
	if !s.guard(func() { err = l.dg.Packet(proto.Orig, p.Payload) }) {
		l.dg = nil // it is not asked again
		return
	}
	if err != nil {
		l.f.Weird(fault(err))
	}
}

func (s *shard) closeLinks() {
	for i := range s.links {
		if dg := s.links[i].dg; dg != nil {
			s.guard(dg.Close)
		}
	}
}

// linkFlow is the proto.Flow of a link-layer protocol: there is no conversation.
type linkFlow struct {
	s      *shard
	spec   *proto.Spec
	weirds int
}

// Now implements proto.Flow.
func (f *linkFlow) Now() event.Time { return f.s.now }

// Conn implements proto.Flow; it is nil.
func (f *linkFlow) Conn() *event.Conn { return nil }

// SrcMAC implements proto.Flow.
func (f *linkFlow) SrcMAC() netid.MAC { return f.s.mac }

// Emit implements proto.Flow.
func (f *linkFlow) Emit(ts event.Time, p event.Payload) {
	f.s.put(event.Record{TS: ts, Index: f.s.index, Body: p})
}

// Weird implements proto.Flow.
func (f *linkFlow) Weird(code string, off int) {
	f.s.c.weird(f.spec.Name, code)
	if f.weirds >= f.s.r.cfg.Weirds {
		f.s.c.weirdsShed++
		return
	}
	f.weirds++
	f.Emit(f.s.now, &Weird{Name: code, Source: f.spec.Name, Offset: uint64(max(off, 0))})
}

// Pseudonym implements proto.Flow.
func (f *linkFlow) Pseudonym(kind string, v []byte) string { return f.s.key.of(kind, v) }

// Blind implements proto.Flow.
func (f *linkFlow) Blind(reason string) { f.s.c.blind[reason]++ }

// Flip implements proto.Flow. There are no roles to exchange.
func (f *linkFlow) Flip() bool { return false }

// Hand implements proto.Flow. Link-layer protocols carry no others.
func (f *linkFlow) Hand(proto.Dir, []byte, string) {}

// Offer implements proto.Flow. Link-layer protocols carry no entities.
func (f *linkFlow) Offer(*proto.Entity) proto.Taker { return nil }

// About implements proto.Flow.
func (f *linkFlow) About() proto.About { return proto.About{} }

// Channel implements proto.Flow. Link-layer protocols carry no others.
func (f *linkFlow) Channel(string, proto.About) proto.Channel { return nil }

// Expect implements proto.Flow. There are no two hosts.
func (f *linkFlow) Expect(proto.Expectation) {}

// Shared implements proto.Flow. Their analyzers are one of a shard anyway.
func (f *linkFlow) Shared() any { return nil }

// Store implements proto.Flow. Link-layer protocols carry no files.
func (f *linkFlow) Store(*proto.File) proto.Pieces { return nil }
