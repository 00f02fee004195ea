package inventory

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/risk"
	"lazaret/internal/inventory/system"
)

// systems are the operating systems that the evidence names, best first.
func (d *device) systems(list []*item) []belief {
	slices.SortStableFunc(list, func(a, b *item) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(b.count, a.count)) })
	said := make([]system.Statement, len(list))
	for i, it := range list {
		said[i] = system.Statement{Value: it.value, Source: it.source, Weight: it.weight, Count: it.count}
	}
	pick := func(at []int) (out []*item) {
		for _, k := range at {
			out = append(out, list[k])
		}
		return out
	}
	d.runs = system.Weigh(said)
	var out []belief
	for i := range d.runs {
		b := &d.runs[i]
		b.Confidence, b.Version = round(b.Confidence), clues.Printable(b.Version)
		out = append(out, belief{b.Text(), b.Confidence, pick(b.For), pick(b.Against)})
	}
	return out
}

// day is the date of the device's last packet in UTC, empty if there was none.
func (d *device) day() string {
	day, _, _ := strings.Cut(stamp(d.last), "T")
	return day
}

// assess concludes traits and risk, which take all devices.
func (r *Report) assess() {
	at := make(map[*device]int, len(r.detail))
	for i, d := range r.detail {
		at[d] = i
	}
	all := make([]*risk.Machine, len(r.detail))
	for i, d := range r.detail {
		all[i] = d.machine(&r.Devices[i], at)
	}
	risk.Observe(all)
	for i, m := range all {
		r.Devices[i].Traits, r.Devices[i].Risk = m.Traits, risk.Score(m)
	}
}

// machine is what the risk of a device is judged by.
func (d *device) machine(row *Device, at map[*device]int) *risk.Machine {
	m := &risk.Machine{
		Role: string(row.Role), Modality: row.Role.Modality(), Care: row.Role.Care(),
		OS: row.OS, Ends: row.Ends, Supported: row.Supported, Unless: row.Unless, Traits: d.traits(), First: d.first, Last: d.last,
	}
	for _, ip := range d.ips {
		m.Addresses = append(m.Addresses, ip.Addr())
	}
	for i := range d.items {
		it := &d.items[i]
		if it.attr == clues.AETitle && it.subject == clues.Self {
			m.Titles = append(m.Titles, risk.Title{Name: it.value, Source: it.source, Count: it.count, First: it.first, Last: it.last})
		}
	}
	for _, e := range d.serves {
		m.Links = append(m.Links, risk.Link{Peer: at[e.client], Serves: true, Service: e.service, Count: e.connections, First: e.first, Last: e.last})
	}
	for _, e := range d.uses {
		m.Links = append(m.Links, risk.Link{Peer: at[e.server], Service: e.service, Count: e.connections, First: e.first, Last: e.last})
	}
	return m
}

// traits are what records showed that a device allows or lacks.
func (d *device) traits() []risk.Trait {
	out := []risk.Trait{}
	for _, b := range d.beliefs(clues.Has) {
		n, peers := risk.Trait{Trait: clues.Trait(b.value)}, b.pro[0].peers
		first, last := b.pro[0].first, b.pro[0].last
		var sources []string
		for _, it := range b.pro {
			sources = append(sources, it.source)
			n.Count += it.count
			peers = union(slices.Clip(peers), it.peers)
			first, last = min(first, it.first), max(last, it.last)
		}
		slices.Sort(sources)
		n.Source, n.Peers = strings.Join(sources, ", "), len(peers)
		n.FirstSeen, n.LastSeen = stamp(first), stamp(last)
		out = append(out, n)
	}
	return out
}
