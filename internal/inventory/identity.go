package inventory

import (
	"cmp"
	"maps"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/identity"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/inventory/system"
	"lazaret/internal/netid"
)

// How holders become devices.
//
//  1. An address bound by ARP or DHCP belongs to the device of that hardware
//     address, for the time of the binding; so a device keeps its several
//     addresses and follows its leases.
//  2. An address bound by neither belongs to the hardware address in its frames
//     only if that one carries no other unbound address of its family and is
//     not already bound to one: otherwise it is a router's, and what is behind
//     it is known by address alone.
//  3. Two hardware addresses that used one DHCP client identifier one after the
//     other are one device (a changed card or dock).
//  4. Two devices known by address alone that made images with the same maker,
//     model and serial number one after the other are one device that moved.
//  5. Two devices whose identities agree are one machine with several cards or
//     addresses (see hosts.go).
//  6. A hardware address that answers ARP for more than maxBound addresses is a
//     proxy, and its bindings prove nothing.

// maxBound is the most addresses of one family that a single machine is
// believed to own by ARP.
const maxBound = 16

// maxUnbound6 is the most IPv6 addresses of one hardware address that are
// believed its own without a binding: stable, temporary and unique local ones.
const maxUnbound6 = 4

// minRouted is the number of addresses behind a hardware address from which on
// it is a router even though no address of its own was seen.
const minRouted = 3

// maxJoined is the number of addresses from which on nothing more is joined to a
// device: an identifier that so many have is cloned or forged.
const maxJoined = 64

// maxItems and maxGathered bound the evidence of a device with many addresses.
const (
	maxItems    = 4096
	maxGathered = 1024
)

// device is a machine under construction.
type device struct {
	id        string
	macs      []netid.MAC
	holders   []*holder
	items     []item // merged evidence
	origins   []origin
	meters    []meter // until the report is made
	more      uint64  // objects of origins that were shed
	routes    int     // addresses behind it
	far       bool    // one of them is of another network than its own
	spread    bool    // they are of several networks
	serves    []*edge
	uses      []*edge
	made      verdict // whether it made the images it sends
	roles     []roles.Case
	attrs     []attribute
	runs      []system.Belief // operating systems, best first
	concluded Role            // its role
	rank      int             // of the role, for the order of the report
	sub       string          // what kind of it
	several   *Behind         // machines that share its address, nil if nothing shows such
	entered   int             // makers of the modalities that it works on from afar
	sure      float64         // its confidence
	ips       []netid.IP      // addresses it held, lowest first
	first     event.Time
	last      event.Time
}

// macStats is what the frames and bindings say of one hardware address.
type macStats struct {
	bound4, bound6     int
	unbound4, unbound6 int
}

// resolve joins holders to devices and tells the device of every holder.
func (v *Inventory) resolve() ([]*device, map[uint32]*device) {
	holders := v.sorted()
	stats := macTable(holders)
	byID := map[string]*device{}
	behind := map[netid.MAC][]netid.IP{}
	owner := map[uint32]*device{}
	for _, h := range holders {
		mac, routed := ownerMAC(h, stats)
		if routed {
			if h.talks {
				// What only calls into the void may be an old address of its own.
				behind[mac] = append(behind[mac], h.ip)
			}
			mac = netid.MAC{}
		}
		if !h.sent && mac.IsZero() {
			continue // named or asked for, but never heard
		}
		id := deviceID(h, mac)
		d := byID[id]
		if d == nil {
			d = &device{id: id}
			byID[id] = d
		}
		d.take(h, mac)
		owner[h.id] = d
	}
	addRouters(byID, behind)
	list := slices.SortedFunc(maps.Values(byID), func(a, b *device) int { return cmp.Compare(a.id, b.id) })
	list = mergeHosts(mergeDevices(list))
	for _, d := range list {
		for _, h := range d.holders {
			owner[h.id] = d
		}
		d.finish(v)
	}
	return list, owner
}

// sorted lists all holders in a stable order: addresses, then hardware
// addresses.
func (v *Inventory) sorted() []*holder {
	var out []*holder
	ips := slices.SortedFunc(maps.Keys(v.addrs), netid.IP.Compare)
	for _, ip := range ips {
		out = append(out, v.addrs[ip].holders...)
	}
	macs := slices.SortedFunc(maps.Keys(v.macs), func(a, b netid.MAC) int { return slices.Compare(a[:], b[:]) })
	for _, m := range macs {
		out = append(out, v.macs[m])
	}
	return out
}

func macTable(holders []*holder) map[netid.MAC]*macStats {
	stats := map[netid.MAC]*macStats{}
	of := func(m netid.MAC) *macStats {
		s := stats[m]
		if s == nil {
			s = &macStats{}
			stats[m] = s
		}
		return s
	}
	for _, h := range holders {
		switch {
		case h.ip.IsZero():
		case !h.mac.IsZero() && h.ip.Is4():
			of(h.mac).bound4++
		case !h.mac.IsZero():
			of(h.mac).bound6++
		default:
			for _, s := range h.frames {
				switch {
				case identity.OwnLocal(h.ip, s.mac):
				case h.ip.Is4():
					of(s.mac).unbound4++
				default:
					of(s.mac).unbound6++
				}
			}
		}
	}
	return stats
}

// ownerMAC is the hardware address of the machine that is h, zero if unknown.
// routed reports that it is a router's instead, which carries h's traffic.
func ownerMAC(h *holder, stats map[netid.MAC]*macStats) (mac netid.MAC, routed bool) {
	if !h.mac.IsZero() {
		s := stats[h.mac]
		if s == nil || s.bound4 <= maxBound {
			return h.mac, false
		}
		return netid.MAC{}, false
	}
	var own, router []netid.MAC
	for _, f := range h.frames {
		s := stats[f.mac]
		if s == nil {
			s = &macStats{}
		}
		mine := identity.OwnLocal(h.ip, f.mac)
		switch {
		case mine || f.passing:
		case h.ip.Is4():
			mine = s.unbound4 == 1 && s.bound4 == 0
		default:
			mine = s.unbound4 <= 1 && s.unbound6 <= maxUnbound6
		}
		if mine {
			own = append(own, f.mac)
		} else {
			router = append(router, f.mac)
		}
	}
	switch {
	case len(own) == 1:
		return own[0], false
	case len(own) == 0 && len(router) == 1:
		return router[0], true
	}
	return netid.MAC{}, false
}

func deviceID(h *holder, mac netid.MAC) string {
	if !mac.IsZero() {
		return "mac:" + mac.String()
	}
	if h.from != always {
		// A later owner of an address that is known by nothing else.
		return "ip:" + h.ip.String() + "@" + h.from.RFC3339()
	}
	return "ip:" + h.ip.String()
}

func (d *device) take(h *holder, mac netid.MAC) {
	d.holders = append(d.holders, h)
	if !mac.IsZero() && !slices.Contains(d.macs, mac) {
		d.macs = append(d.macs, mac)
	}
}

// addRouters notes how many addresses are behind each hardware address, and
// makes a device of a router that has no address of its own in the records.
func addRouters(byID map[string]*device, behind map[netid.MAC][]netid.IP) {
	for mac, carried := range behind {
		id := "mac:" + mac.String()
		d := byID[id]
		if d == nil && len(carried) >= minRouted {
			d = &device{id: id, macs: []netid.MAC{mac}}
			byID[id] = d
		}
		if d != nil {
			d.routes = len(carried)
			d.far = slices.ContainsFunc(carried, func(ip netid.IP) bool { return !d.near(ip) })
			d.spread = slices.ContainsFunc(carried, func(ip netid.IP) bool { return !identity.Neighbours(carried[0], ip) })
		}
	}
}

// near tells that an address may be of the same network as one of the device's
// own.
func (d *device) near(ip netid.IP) bool {
	return slices.ContainsFunc(d.holders, func(h *holder) bool { return [16]byte(h.ip) != [16]byte{} && identity.Neighbours(h.ip, ip) })
}

// mergeDevices joins devices that share a client identifier or a scanner's
// serial number, in the order of the list, which is stable.
func mergeDevices(list []*device) []*device {
	byKey := map[string]*device{}
	out := list[:0:0]
	for _, d := range list {
		var into *device
		keys := d.mergeKeys()
		for _, k := range keys {
			if o := byKey[k]; o != nil && len(o.holders) < maxJoined && apart(o, d) {
				into = o
				break
			}
		}
		if into == nil {
			into = d
			out = append(out, d)
		} else {
			into.holders = append(into.holders, d.holders...)
			into.macs = append(into.macs, d.macs...)
			into.routes += d.routes
			into.far, into.spread = into.far || d.far, into.spread || d.spread
		}
		for _, k := range keys {
			if byKey[k] == nil {
				byKey[k] = into
			}
		}
	}
	return out
}

// mergeKeys are the words under which a device may be found again elsewhere.
func (d *device) mergeKeys() []string {
	var keys []string
	for _, h := range d.holders {
		for i := range h.items {
			if it := &h.items[i]; it.attr == clues.ClientID {
				keys = append(keys, "client "+it.value)
			}
		}
	}
	if len(d.macs) > 0 {
		return keys
	}
	var fresh []origin
	for _, h := range d.holders {
		for _, g := range h.origins {
			if g.way == sentFresh && g.kind != "" {
				fresh = append(fresh, g)
			}
			if g.way >= receivedFresh {
				return keys // it handles what others made
			}
		}
	}
	if one := scanners(fresh); len(one) == 1 && one[0].serial != "" && one[0].model != "" {
		keys = append(keys, "scanner "+one[0].manufacturer+"\x00"+one[0].model+"\x00"+one[0].serial)
	}
	return keys
}

// apart tells that two devices were not active at the same time.
func apart(a, b *device) bool {
	af, al := a.span()
	bf, bl := b.span()
	return al < bf || bl < af
}

// span is the time in which a device was active under its addresses.
func (d *device) span() (first, last event.Time) {
	first, last = 1<<63-1, always
	for _, h := range d.holders {
		if h.last >= h.first {
			first, last = min(first, h.first), max(last, h.last)
		}
	}
	return first, last
}

// finish merges the evidence of a device's holders.
func (d *device) finish(v *Inventory) {
	slices.SortFunc(d.macs, func(a, b netid.MAC) int { return slices.Compare(a[:], b[:]) })
	d.first, d.last = d.span()
	for _, h := range d.holders {
		d.more += h.moreOrigins
		d.meters = append(d.meters, h.meters...)
		for i := range h.items {
			d.merge(&h.items[i])
		}
		n := min(len(h.origins), maxGathered-len(d.origins))
		d.origins = append(d.origins, h.origins[:n]...)
		d.more += uint64(len(h.origins) - n)
		for i := range v.names[h.ip] {
			n := &v.names[h.ip][i]
			if v.addrs[h.ip] != nil && v.addrs[h.ip].at(n.first, netid.MAC{}) == h {
				d.merge(n)
			}
		}
	}
	for _, m := range d.macs {
		if maker, w, hint := clues.Card(m); w > 0 {
			d.merge(&item{attr: clues.Manufacturer, value: maker, source: "oui", weight: w, hint: hint, first: d.first, last: d.last, count: 1})
		}
	}
	// From here on the device shares nothing with the inventory.
	for i, h := range d.holders {
		c := *h
		c.items, c.origins, c.meters, c.frames = nil, nil, nil, slices.Clone(h.frames)
		d.holders[i] = &c
	}
	d.ips = d.addresses()
	slices.SortFunc(d.origins, compareOrigins)
	slices.SortFunc(d.items, compareItems)
}

// merge adds evidence to what the device has.
func (d *device) merge(it *item) {
	for i := range d.items {
		o := &d.items[i]
		if o.attr == it.attr && o.subject == it.subject && o.source == it.source && o.value == it.value {
			o.count += it.count
			o.first, o.last = min(o.first, it.first), max(o.last, it.last)
			for _, p := range it.peers {
				o.peer(p, 1<<30)
			}
			return
		}
	}
	if len(d.items) >= maxItems {
		return
	}
	n := *it
	n.peers = slices.Clone(it.peers)
	d.items = append(d.items, n)
}

func compareItems(a, b item) int {
	return cmp.Or(cmp.Compare(a.attr, b.attr), cmp.Compare(a.subject, b.subject),
		cmp.Compare(a.value, b.value), cmp.Compare(a.source, b.source))
}

func compareOrigins(a, b origin) int {
	return cmp.Or(cmp.Compare(a.way, b.way), cmp.Compare(a.first, b.first), cmp.Compare(a.serial, b.serial),
		cmp.Compare(a.station, b.station), cmp.Compare(a.model, b.model), cmp.Compare(a.kind, b.kind),
		cmp.Compare(a.manufacturer, b.manufacturer), slices.Compare(a.software, b.software),
		cmp.Compare(a.institution, b.institution), cmp.Compare(a.department, b.department),
		cmp.Compare(a.deviceUID, b.deviceUID), cmp.Compare(a.udi, b.udi), cmp.Compare(a.maker, b.maker), cmp.Compare(a.code, b.code))
}
