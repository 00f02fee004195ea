package mask

import (
	"lazaret/internal/proto"
)

// asked are the protocols that are understood here.
type asked struct {
	tcp []*proto.Spec
	udp []*proto.Spec
}

// walkers make what follows a stream of a protocol, by its name.
var walkers = map[string]func(t *talk) walker{
	"dicom":   func(*talk) walker { return newDICOM() },
	"hl7":     func(*talk) walker { return &hl7{} },
	"http":    func(*talk) walker { return &web{} },
	"smb":     func(t *talk) walker { return newFiles(t.x.cfg.Message) },
	"dce_rpc": func(t *talk) walker { return &calls{longest: t.x.cfg.Message} },
	"ssl":     func(*talk) walker { return newSealed() },
	"ssh":     func(*talk) walker { return &shell{} },
}

// plainly are the protocols of datagrams that tell nothing of patients.
var plainly = map[string]bool{"dns": true, "ntp": true, "dhcp": true, "browser": true, "quic": true}

func newAsked(specs []*proto.Spec) *asked {
	a := &asked{}
	for _, s := range specs {
		if s.Probe == nil {
			continue
		}
		if s.Transports&proto.TCP != 0 {
			a.tcp = append(a.tcp, s)
		}
		if s.Transports&proto.UDP != 0 && plainly[s.Name] {
			a.udp = append(a.udp, s)
		}
	}
	return a
}

// ask puts bytes to a probe, which may not bring us down.
func ask(s *proto.Spec, d proto.Dir, b []byte) (m proto.Match) {
	defer func() {
		if recover() != nil {
			m = proto.No
		}
	}()
	return s.Probe(d, b)
}

func usual(s *proto.Spec, t *talk) bool {
	for _, p := range s.Ports {
		if p == t.port[0] || p == t.port[1] {
			return true
		}
	}
	return false
}

// walker finds who understands a stream by its first bytes: of all protocols that say yes the
// one whose port fits. wait says that more bytes may tell. A stream of a protocol that is
// known and not understood here has no walker.
func (a *asked) walker(t *talk, d int, b []byte) (w walker, wait bool) {
	var best *proto.Spec
	for _, s := range a.tcp {
		switch ask(s, t.dir(d), b[:min(len(b), proto.ProbeMax)]) {
		case proto.Yes:
			if best == nil || usual(s, t) && !usual(best, t) {
				best = s
			}
		case proto.Maybe:
			wait = wait || len(b) < proto.ProbeMax
		}
	}
	if best == nil {
		return nil, wait
	}
	if begin := walkers[best.Name]; begin != nil {
		return begin(t), false
	}
	return nil, false
}

// plain says whether a datagram is of a protocol that tells nothing of patients.
func (a *asked) plain(t *talk, d int, b []byte) bool {
	for _, s := range a.udp {
		if usual(s, t) && ask(s, t.dir(d), b) == proto.Yes {
			return true
		}
	}
	return false
}
