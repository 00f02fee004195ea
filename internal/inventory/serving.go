package inventory

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/roles"
)

// noteServices turns rows of services into evidence of what a device serves and
// uses.
func (d *device) noteServices() {
	var n notes
	for _, e := range d.serves {
		act, _ := roles.Purpose(e.service)
		n.add(act, e, e.client)
	}
	for _, e := range d.uses {
		_, act := roles.Purpose(e.service)
		n.add(act, e, e.server)
	}
	d.mergeNotes(n)
}

// maxPeersNoted bounds the peers of an activity that rows show; rules ask for no
// more than a few.
const maxPeersNoted = 8

// notes are activities that rows of services show, one item for each and service.
type notes []item

// add notes that a device did something with another, as a row shows.
func (n *notes) add(act clues.Activity, e *edge, other *device) {
	if act == "" {
		return
	}
	at := slices.IndexFunc(*n, func(it item) bool { return it.value == string(act) && it.source[len(rowSource):] == e.service })
	if at < 0 {
		at = len(*n)
		*n = append(*n, item{attr: clues.Does, value: string(act), source: rowSource + e.service, weight: 1, first: e.first, last: e.last})
	}
	it := &(*n)[at]
	it.count += max(e.connections, 1)
	it.first, it.last = min(it.first, e.first), max(it.last, e.last)
	if len(other.ips) > 0 {
		it.peer(other.ips[0], maxPeersNoted)
	}
}

// rowSource begins the source of what rows show.
const rowSource = "services."

func (d *device) mergeNotes(n notes) {
	for i := range n {
		d.merge(&n[i])
	}
	if len(n) > 0 {
		slices.SortFunc(d.items, compareItems)
	}
}

// manner adds what the ways of a device's traffic and the words of the images it
// made say about the kind of its role.
func (d *device) manner(p *roles.Facts) {
	if d.made.own {
		for i := range d.origins {
			if g := &d.origins[i]; g.way == sentFresh && g.kind != "" {
				p.Codes[strings.ToUpper(g.code)] += g.count
				p.Tomosynthesis = p.Tomosynthesis || g.tomo
				p.Department, p.Model = cmp.Or(p.Department, g.department), cmp.Or(p.Model, g.model)
			}
		}
	}
	for _, list := range [][]*edge{d.uses, d.serves} {
		for _, e := range list {
			p.Web = p.Web || strings.HasPrefix(e.service, "dicomweb")
			p.Associates = p.Associates || strings.HasPrefix(e.service, "dicom-")
		}
	}
	for _, e := range d.serves {
		p.TakesResources = p.TakesResources || strings.HasPrefix(e.service, "fhir-")
	}
}

// remoteService tells that a device bears the name of a maker's remote service.
func (d *device) remoteService() bool {
	return slices.ContainsFunc(d.items, func(it item) bool {
		if it.subject != clues.Self || it.attr != clues.Name && it.attr != clues.Description && it.attr != clues.Product {
			return false
		}
		return roles.RemoteService(it.value)
	})
}

// decideRemote looks at who works on modalities from afar, which takes the roles of
// all, and decides those devices again.
func decideRemote(list []*device) {
	for _, d := range list {
		makers := map[string]bool{}
		var n notes
		for _, e := range d.uses {
			if roles.Remote(e.service) && e.server.concluded.Modality() {
				n.add(roles.EntersModalities, e, e.server)
				if m := e.server.best(clues.Manufacturer); m != "" {
					makers[m] = true
				}
			}
		}
		if len(n) == 0 {
			continue
		}
		d.noteReach(&n)
		d.mergeNotes(n)
		d.entered = len(makers)
		d.decide()
		d.conclude()
	}
}

// tunnel reports services under which somebody far away may work through a device.
func tunnel(service string) bool {
	return roles.Remote(service) || service == "ssl" || service == "quic" || strings.HasPrefix(service, "ipsec") || service == "openvpn"
}

// noteReach says that public addresses enter a device, or that it holds encrypted
// sessions to them.
func (d *device) noteReach(n *notes) {
	for _, e := range d.serves {
		if tunnel(e.service) && e.client.public() {
			n.add(roles.ReachedFromAfar, e, e.client)
		}
	}
	for _, e := range d.uses {
		if tunnel(e.service) && e.server.public() {
			n.add(roles.ReachedFromAfar, e, e.server)
		}
	}
}

// public tells that a device has only addresses of the internet.
func (d *device) public() bool {
	return len(d.ips) > 0 && !slices.ContainsFunc(d.ips, private)
}
