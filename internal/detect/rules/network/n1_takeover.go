package network

import (
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/dhcp"
)

// n1 is an address that another network card claims. One claim may be a new card; two
// cards that both insist, or one that takes several addresses, are somebody in between.
var n1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "N1", Engine: "behaviour",
		Title: "Address taken over by another network card",
		Why:   "Who takes the address of an archive or a gateway can read and alter what modalities send to it.",
		Innocent: []string{"A network card or a device was exchanged, with the same address.", "Failover of a cluster or of a router without a virtual card (VRRP and HSRP stay quiet).",
			"An address that was given out again by a server that is not seen.", "Two devices were given the same address by mistake.", "Cards of one machine that share the load."},
		Attack:     []string{"T1557.002"},
		Severity:   detect.Low,
		Confidence: 0.5,
		Basis:      "RFC 826, RFC 5227 (address conflicts); virtual cards of RFC 9568 (VRRP), RFC 2281 (HSRP), GLBP and NLB",
		Numbers: []detect.Number{
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "within which a card takes several addresses, or the first claims its own back", Basis: "proposal"},
			{Name: "addresses", Value: 2, Min: 2, Unit: "addresses", Doc: "that one card takes, from which on it is several", Basis: "proposal: both ends of a conversation must be taken to stand between them"},
		},
		Judge: weighTakeover,
	},
	Wants: []*event.Schema{arp.Schema, dhcp.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		t := &takeovers{n: n, report: report,
			home:   lru.New[netid.MAC, netid.IP](maxCards),
			leased: lru.New[netid.IP, netid.MAC](maxCards),
			last:   recent.NewTable[netid.IP, [2]netid.MAC](n.Seconds("window"), maxCards),
			taken:  recent.NewDistinct[netid.MAC, netid.IP](n.Seconds("window"), maxCards, 16)}
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *arp.Record:
				t.claim(r, d)
			case *dhcp.Record:
				if !d.AssignedAddr.IsZero() && d.LeaseTime > 0 {
					t.leased.Put(d.AssignedAddr, d.HardwareAddr)
					t.home.Put(d.HardwareAddr, d.AssignedAddr)
				}
			}
		}
	},
}

// takeovers is the memory of n1.
type takeovers struct {
	n      detect.Numbers
	report func(detect.Hit)
	home   *lru.Map[netid.MAC, netid.IP]         // the first address that a card had
	leased *lru.Map[netid.IP, netid.MAC]         // addresses that are given out, and to whom
	last   *recent.Table[netid.IP, [2]netid.MAC] // from which card an address went to which
	taken  *recent.Distinct[netid.MAC, netid.IP] // what a card took from others
}

// claim looks at a line of who claims which address.
func (t *takeovers) claim(r *event.Record, d *arp.Record) {
	if d.SenderIP.IsZero() || d.State == "summary" {
		return
	}
	if _, ok := t.home.Touch(d.SenderMAC); !ok && d.State == "new" {
		t.home.Put(d.SenderMAC, d.SenderIP)
	}
	if d.State != "changed" || virtual(d.SenderMAC) || virtual(d.Conflict) {
		return
	}
	owner, leased := t.leased.Get(d.SenderIP)
	before, again := t.last.Get(d.SenderIP, r.TS)
	t.last.Put(d.SenderIP, [2]netid.MAC{d.Conflict, d.SenderMAC}, r.TS)
	fought := again && before == [2]netid.MAC{d.SenderMAC, d.Conflict}
	if leased && (owner == d.SenderMAC || !fought) || siblings(d.SenderMAC, d.Conflict) {
		return // it was given to this card, or is given to one after the other
	}
	if fought {
		by := d.Conflict // who took it first, and lost it now
		if leased && owner == by {
			by = d.SenderMAC
		}
		t.fought(r, d, by)
		return
	}
	several := t.taken.Add(d.SenderMAC, d.SenderIP, r.TS)
	h := t.hit(r, d, d.SenderMAC, d.SenderIP)
	if several >= t.n.Int("addresses") {
		list := t.taken.Values(d.SenderMAC)
		h.Severity, h.Confidence = detect.Medium, 0.75
		h.Facts = append(h.Facts, counted("addresses that this card took", several), detect.Fact{Field: "they are", Value: firstFew(list)})
		for _, ip := range list { // those that were taken before are as grave
			one := h
			t.name(&one, d.SenderMAC, ip)
			t.report(one)
		}
		return
	}
	t.report(h)
}

// fought reports an address that two cards claim in turn; by is the intruder.
func (t *takeovers) fought(r *event.Record, d *arp.Record, by netid.MAC) {
	h := t.hit(r, d, by, d.SenderIP)
	h.Severity, h.Confidence = detect.Medium, 0.75
	h.Facts = append(h.Facts, detect.Fact{Field: "both cards claim it", Value: d.Conflict.String() + " and " + d.SenderMAC.String()})
	if len(t.taken.Values(by)) >= t.n.Int("addresses") {
		h.Severity, h.Confidence = detect.High, 0.9
	}
	t.report(h)
}

func (t *takeovers) hit(r *event.Record, d *arp.Record, by netid.MAC, ip netid.IP) detect.Hit {
	h := detect.Hit{Time: r.TS, Facts: detect.FactsOf(r, "operation", "sender_ip", "sender_mac", "conflict", "frame_mac")}
	t.name(&h, by, ip)
	return h
}

// name enters the other address of the card that takes one, and that one. A card without
// another address has no name but its number: who owns the address is not to blame.
func (t *takeovers) name(h *detect.Hit, by netid.MAC, ip netid.IP) {
	h.Source, h.Card, h.Target = netid.IP{}, by, ip
	if home, ok := t.home.Get(by); ok && home != ip {
		h.Source, h.Card = home, netid.MAC{}
	}
}

// virtual tells whether a card is one that routers or clusters share, which passes from one
// to the other by design.
func virtual(m netid.MAC) bool {
	switch [3]byte(m[:3]) {
	case [3]byte{0x00, 0x00, 0x5e}: // VRRP and CARP, RFC 9568 7.3
		return m[3] == 0 && (m[4] == 1 || m[4] == 2)
	case [3]byte{0x00, 0x00, 0x0c}: // HSRP, RFC 2281 5
		return m[3] == 0x07 && m[4] == 0xac || m[3] == 0x9f && m[4] >= 0xf0
	case [3]byte{0x00, 0x07, 0xb4}: // GLBP
		return m[3] == 0
	}
	return m[0] == 0x02 && m[1] == 0xbf // NLB in unicast mode
}

// siblings tells whether two cards have numbers so near to each other that they were made
// for one machine. Numbers that somebody chose tell nothing.
func siblings(a, b netid.MAC) bool {
	if a.IsLocal() || b.IsLocal() || [5]byte(a[:5]) != [5]byte(b[:5]) {
		return false
	}
	return max(a[5], b[5])-min(a[5], b[5]) <= 8
}

// weighTakeover judges by whose address it is.
func weighTakeover(f *detect.Finding, _, owner roles.Role) (detect.Severity, string) {
	switch {
	case f.Severity >= detect.High:
	case owner.Care():
		return f.Severity + 1, "examinations depend on the device whose address it is"
	case owner == roles.Router || owner == roles.DNSDHCP || owner == roles.DomainController:
		return f.Severity + 1, "many others depend on the device whose address it is"
	}
	return detect.None, ""
}
