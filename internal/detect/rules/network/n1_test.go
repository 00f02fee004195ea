package network

import (
	"slices"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/dhcp"
)

var (
	cardA    = netid.MAC{0x00, 0x1b, 0x21, 0x11, 0x22, 0x33}
	cardA2   = netid.MAC{0x00, 0x1b, 0x21, 0x11, 0x22, 0x34} // of the same machine
	cardB    = netid.MAC{0x00, 0x0c, 0x29, 0x44, 0x55, 0x66}
	cardC    = netid.MAC{0x00, 0x0c, 0x29, 0x77, 0x88, 0x99}
	cardVRRP = netid.MAC{0x00, 0x00, 0x5e, 0x00, 0x01, 0x0a}
	cardHSRP = netid.MAC{0x00, 0x00, 0x0c, 0x07, 0xac, 0x0a}
)

// claims says who is seen claiming an address for the first time, or takes it.
func claims(s *ruletest.Scene, ip string, by, from netid.MAC) {
	s.Wait(1)
	d := &arp.Record{State: "new", Operation: "reply", SenderMAC: by, SenderIP: ruletest.IP(ip), Conflict: from}
	if !from.IsZero() {
		d.State = "changed"
	}
	s.Say(d)
}

// Who takes an address and has no other is told by the number of its card, each for itself.
func TestN1Cards(t *testing.T) {
	var got []string
	look := n1.New(detect.Config{}.NumbersOf(&n1.Rule), func(h detect.Hit) {
		got = append(got, h.Source.String()+" "+h.Card.String())
	})
	none := netid.MAC{}
	for i, c := range []struct {
		ip       string
		by, from netid.MAC
	}{{"10.0.0.1", cardA, none}, {"10.0.0.1", cardB, cardA}, {"10.0.0.66", cardB, none}, {"10.0.0.2", cardA, none}, {"10.0.0.66", cardVRRP, cardB}, {"10.0.0.66", cardC, cardB}, {"10.0.0.7", cardB, cardA}} {
		d := &arp.Record{State: "new", Operation: "reply", SenderMAC: c.by, SenderIP: ruletest.IP(c.ip), Conflict: c.from}
		if c.from != none {
			d.State = "changed"
		}
		look(&event.Record{TS: event.Time(i) * 1e9, Body: d})
	}
	// The second time its other address is known.
	want := []string{":: " + cardB.String(), ":: " + cardC.String(), "10.0.0.66 " + none.String(), "10.0.0.66 " + none.String()}
	if !slices.Equal(got, want) {
		t.Errorf("took %q, want %q", got, want)
	}
}

func TestN1(t *testing.T) {
	once := func(s *ruletest.Scene) {
		claims(s, "10.0.0.1", cardA, netid.MAC{})
		claims(s, "10.0.0.66", cardB, netid.MAC{})
		claims(s, "10.0.0.1", cardB, cardA)
	}
	fought := func(s *ruletest.Scene) {
		once(s)
		claims(s, "10.0.0.1", cardA, cardB)
	}
	between := func(s *ruletest.Scene) {
		once(s)
		claims(s, "10.0.0.9", cardB, netid.MAC{0x00, 0x1b, 0x21, 9, 9, 9})
	}
	lease := func(s *ruletest.Scene, to netid.MAC) {
		s.Say(&dhcp.Record{AssignedAddr: ruletest.IP("10.0.0.1"), LeaseTime: 3600e9, HardwareAddr: to})
	}
	as := func(r roles.Role) map[string]roles.Role { return map[string]roles.Role{"10.0.0.1": r} }
	ruletest.Run(t, n1,
		ruletest.Case{Name: "once", Play: once, Want: []string{"low 10.0.0.66>10.0.0.1"}},
		ruletest.Case{Name: "an archive's, once", Play: once, Roles: as(roles.Archive), Want: []string{"medium 10.0.0.66>10.0.0.1"}},
		ruletest.Case{Name: "claimed back", Play: fought, Want: []string{"medium 10.0.0.66>10.0.0.1"}},
		ruletest.Case{Name: "a gateway's, claimed back", Play: fought, Roles: as(roles.Router), Want: []string{"high 10.0.0.66>10.0.0.1"}},
		ruletest.Case{Name: "both ends", Play: between, Want: []string{"medium 10.0.0.66>10.0.0.1", "medium 10.0.0.66>10.0.0.9"}},
		ruletest.Case{Name: "both ends, of a modality", Play: between, Roles: as(roles.CT), Want: []string{"high 10.0.0.66>10.0.0.1", "medium 10.0.0.66>10.0.0.9"}},
		ruletest.Case{Name: "both ends, claimed back", Play: func(s *ruletest.Scene) {
			between(s)
			claims(s, "10.0.0.1", cardA, cardB)
		}, Want: []string{"high 10.0.0.66>10.0.0.1", "medium 10.0.0.66>10.0.0.9"}},
		ruletest.Case{Name: "a new card", Play: func(s *ruletest.Scene) {
			claims(s, "10.0.0.1", cardA, netid.MAC{})
			claims(s, "10.0.0.1", cardB, cardA)
		}, Want: []string{"low ::>10.0.0.1"}},
		ruletest.Case{Name: "two, but far apart", Play: func(s *ruletest.Scene) {
			once(s)
			s.Wait(700)
			claims(s, "10.0.0.9", cardB, cardA)
		}, Want: []string{"low 10.0.0.66>10.0.0.1", "low 10.0.0.66>10.0.0.9"}},
		ruletest.Case{Name: "leased, yet both insist", Play: func(s *ruletest.Scene) {
			lease(s, cardA)
			claims(s, "10.0.0.1", cardA, cardB)
			claims(s, "10.0.0.1", cardB, cardA)
		}, Want: []string{"medium ::>10.0.0.1"}},
		ruletest.Case{Name: "VRRP", Play: func(s *ruletest.Scene) {
			claims(s, "10.0.0.1", cardA, netid.MAC{})
			claims(s, "10.0.0.1", cardVRRP, cardA)
			claims(s, "10.0.0.1", cardB, cardVRRP)
		}},
		ruletest.Case{Name: "HSRP", Play: func(s *ruletest.Scene) { claims(s, "10.0.0.1", cardHSRP, cardA) }},
		ruletest.Case{Name: "leased to another", Play: func(s *ruletest.Scene) {
			lease(s, cardA)
			claims(s, "10.0.0.1", cardA, netid.MAC{})
			lease(s, cardB)
			claims(s, "10.0.0.1", cardB, cardA)
		}},
		ruletest.Case{Name: "two cards of one machine", Play: func(s *ruletest.Scene) {
			claims(s, "10.0.0.1", cardA, netid.MAC{})
			claims(s, "10.0.0.1", cardA2, cardA)
			claims(s, "10.0.0.1", cardA, cardA2)
		}},
	)
}
