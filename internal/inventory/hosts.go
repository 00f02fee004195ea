package inventory

import (
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/identity"
)

// marks are what a device under construction may be known by again; empty for one
// without an identity, which most are.
func (d *device) marks() (m identity.Marks) {
	if !slices.ContainsFunc(d.holders, func(h *holder) bool {
		return slices.ContainsFunc(h.items, func(it item) bool { return it.attr == clues.HostID })
	}) {
		return m
	}
	for _, h := range d.holders {
		for i := range h.items {
			it := &h.items[i]
			switch {
			case it.subject != clues.Self:
			case it.attr == clues.HostID:
				m.ID(it.value)
			case it.attr == clues.AETitle:
				m.Title(it.value)
			case it.attr == clues.Name && it.weight >= 0.5:
				m.Name(it.value)
			}
		}
	}
	return m
}

// mergeHosts joins the devices that are one machine by its identities, in the order
// of the list, which is stable.
func mergeHosts(list []*device) []*device {
	known := make([]identity.Marks, len(list))
	for i, d := range list {
		known[i] = d.marks()
	}
	out := list[:0:0]
	for i, first := range identity.Join(known, func(first, _ int) bool { return len(list[first].holders) < maxJoined }) {
		if first == i {
			out = append(out, list[i])
			continue
		}
		d, o := list[first], list[i]
		d.holders, d.macs = append(d.holders, o.holders...), append(d.macs, o.macs...)
		d.routes += o.routes
		d.far, d.spread = d.far || o.far, d.spread || o.spread
	}
	return out
}

// ownNames are the sources in which a machine says its own name as a client of
// others, so that several names in turn are several machines.
var ownNames = []string{"ntlm.client_workstation", "ntlm.hostname", "smb.calling_name", "rdp.client_name", "tds.client_host", "ldap_search.client_name", "browser.source_name"}

// severalMachines is the sub-role of an address behind which several machines are.
const severalMachines = "several machines behind one address"

// behind finds out that several machines speak under the device's address: they name
// themselves by turns, or browsers and the shapes of packets are of several systems
// by turns, or several scanners store by turns.
func (d *device) behind() *Behind {
	b := &Behind{Names: []string{}, Reasons: []string{}}
	for _, source := range ownNames {
		names := d.turns(clues.Name, source, func(v string) string {
			v = identity.First(v)
			return v[:min(len(v), 15)] // NetBIOS cuts there
		})
		if len(names) > 1 {
			b.Machines = max(b.Machines, len(names))
			b.Names = append(b.Names, names...)
			b.Reasons = append(b.Reasons, "names itself differently by turns ("+source+")")
		}
	}
	family := func(v string) string { v, _, _ = strings.Cut(v, "|"); return v }
	agents, shapes := d.turns(clues.OS, "http.user_agent", family), d.turns(clues.OS, "conn.syn", family)
	if len(agents) > 1 && len(shapes) > 1 {
		b.Machines = max(b.Machines, min(len(agents), len(shapes)))
		b.Reasons = append(b.Reasons, "browsers and packets of several systems by turns: "+strings.Join(agents, ", "))
	}
	if titles := d.scannersByTurns(); len(titles) > 1 {
		b.Machines = max(b.Machines, len(titles))
		b.Names = append(b.Names, titles...)
		b.Reasons = append(b.Reasons, "images of several scanners, calling titles and DICOM software by turns")
	}
	if b.Machines == 0 {
		return nil
	}
	slices.Sort(b.Names)
	b.Names = slices.Compact(b.Names)
	for i := range b.Names {
		b.Names[i] = clues.Printable(b.Names[i])
	}
	return b
}

// scannersByTurns are the calling titles of a device that stores images of as many
// scanners by turns, with as many DICOM softwares. A gateway that keeps the titles of
// those it speaks for has one software, and one that is sent images is no scanner.
func (d *device) scannersByTurns() []string {
	var spans []identity.Span
	for i := range d.origins {
		g := &d.origins[i]
		switch {
		case g.way >= receivedFresh:
			return nil
		case g.way == sentFresh && g.kind != "" && g.named():
			spans = append(spans, identity.Span{Value: g.manufacturer + "\x00" + g.model + "\x00" + g.serial + "\x00" + g.station, First: g.first, Last: g.last})
		}
	}
	same := func(v string) string { return v }
	titles := d.turns(clues.AETitle, "dicom.calling_ae", same)
	software := d.turns(clues.Implementation, "dicom.requestor_implementation", same)
	if len(titles) > min(len(software), len(identity.Turns(spans))) {
		return nil
	}
	return titles
}

// turns are the values that one source told of the device by turns, in the form that
// key gives them.
func (d *device) turns(a clues.Attr, source string, key func(string) string) []string {
	var spans []identity.Span
	for i := range d.items {
		if it := &d.items[i]; it.attr == a && it.source == source && it.subject == clues.Self {
			spans = append(spans, identity.Span{Value: key(it.value), First: it.first, Last: it.last})
		}
	}
	return identity.Turns(spans)
}
