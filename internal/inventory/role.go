package inventory

import (
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// Role is what a device is for; see package roles.
type Role = roles.Role

// The roles, in the order in which devices are listed.
const (
	CT               = roles.CT
	MR               = roles.MR
	DX               = roles.DX
	US               = roles.US
	MG               = roles.MG
	NM               = roles.NM
	PT               = roles.PT
	XA               = roles.XA
	OT               = roles.OT
	Archive          = roles.Archive
	Worklist         = roles.Worklist
	RIS              = roles.RIS
	HIS              = roles.HIS
	HL7Engine        = roles.HL7Engine
	Workstation      = roles.Workstation
	DICOMPrinter     = roles.DICOMPrinter
	DoseAI           = roles.DoseAI
	RegistrationDesk = roles.RegistrationDesk
	ConsentDesk      = roles.ConsentDesk
	Dictation        = roles.Dictation
	VendorGateway    = roles.VendorGateway
	DomainController = roles.DomainController
	DNSDHCP          = roles.DNSDHCP
	FileServer       = roles.FileServer
	Database         = roles.Database
	Printer          = roles.Printer
	Router           = roles.Router
	Network          = roles.Network
	Thing            = roles.Thing
	Server           = roles.Server
	PC               = roles.PC
	Unknown          = roles.Unknown
)

// Signal is a signal that was found, with its evidence.
type Signal struct {
	Says     string     `json:"says"`
	Weight   float64    `json:"weight"`
	Evidence []Evidence `json:"evidence"`
}

// facts sums up what a device does.
func (d *device) facts() *roles.Facts {
	p := &roles.Facts{Done: map[clues.Activity]uint64{}, Peers: map[clues.Activity][]netid.IP{}, Sent: map[string]bool{}, Heard: map[string]bool{},
		SentFamilies: map[string]bool{}, HeardFamilies: map[string]bool{}, Named: map[Role]bool{}, Written: map[clues.Activity]bool{},
		Kinds: map[clues.Kind]float64{}, Codes: map[string]uint64{}, EnteredMakers: d.entered, RemoteService: d.remoteService(),
		Several: d.several != nil,
		Makes:   d.made.own, Kind: d.made.kind, Routes: d.routes, Far: d.far, Spread: d.spread, MACs: d.macs}
	for i := range d.items {
		it := &d.items[i]
		switch {
		case it.attr == clues.Does:
			a := clues.Activity(it.value)
			p.Done[a] += it.count
			p.Peers[a] = union(p.Peers[a], it.peers)
			if family, ok := strings.CutPrefix(it.source, "hl7."); ok {
				messagePeers(p, a, it, family)
			} else if family, ok := strings.CutPrefix(it.source, "fhir."); ok && family != "interaction" {
				messagePeers(p, a, it, family)
				p.Written[a] = true
			}
		case it.attr == clues.KindOf && it.subject == clues.Self:
			k := clues.Kind(it.value)
			p.Kinds[k] = max(p.Kinds[k], it.weight)
		case it.attr == clues.Application && it.subject == clues.Sent:
			p.Sent[it.value] = true
		case it.attr == clues.Application && it.subject == clues.Received:
			p.Heard[it.value] = true
		}
	}
	var taken []origin
	for _, g := range d.origins {
		if g.way == receivedFresh && g.kind != "" {
			taken = append(taken, g)
		}
	}
	p.Scanners = len(scanners(taken))
	d.manner(p)
	for _, m := range d.macs {
		if k := clues.CardKind(m); k != "" {
			p.Kinds[k] = max(p.Kinds[k], cardKind)
		}
	}
	for i := range d.items {
		it := &d.items[i]
		if it.attr == clues.Application && (it.subject == clues.Self || it.subject == clues.Sent && !p.Heard[it.value]) {
			app, _, _ := strings.Cut(it.value, "|")
			p.Named[Role(clues.ApplicationRole(app))] = true
		}
	}
	return p
}

// cardKind is the weight of the kind of machines that a card's maker makes: a hint.
const cardKind = 0.3

// messagePeers notes with whom messages of a family, or FHIR resources that say the
// same, were exchanged.
func messagePeers(p *roles.Facts, a clues.Activity, it *item, family string) {
	if strings.HasPrefix(string(a), "receives ") {
		p.HeardFrom = union(p.HeardFrom, it.peers)
		p.HeardFamilies[family] = true
	} else {
		p.SentTo = union(p.SentTo, it.peers)
		p.SentFamilies[family] = true
	}
}

func union(a, b []netid.IP) []netid.IP {
	for _, ip := range b {
		if !slices.Contains(a, ip) {
			a = append(a, ip)
		}
	}
	return a
}

// decide scores all roles of a device, best first, and concludes its role.
func (d *device) decide() {
	d.roles, d.sub = nil, ""
	if slices.ContainsFunc(d.items, func(it item) bool { return it.attr == clues.Does || it.attr == clues.KindOf }) {
		p := d.facts() // not for most addresses of a scan or a flood
		d.roles = roles.Judge(p)
		d.concluded, d.sure = roles.Best(d.roles)
		d.sub = roles.Sub(d.concluded, p)
		return
	}
	d.concluded, d.sure = Unknown, 0
}
