package incident

import (
	"cmp"
	"slices"

	"lazaret/internal/contacts"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/trace"
)

// Bounds of what everyday contacts tell, for each incident.
const (
	mostEveryday = 100_000 // contacts that are weighed
	mostReached  = 50      // devices that are told
)

// everyday lists the contacts among devices that no finding is about. One that was rolled up is
// there with its beginning and its end.
func everyday(g *contacts.Graph, devices []netid.IP) []contacts.Contact {
	if g == nil {
		return nil
	}
	list := g.Between(devices)
	out := list[:0:0]
	for _, c := range list[max(0, len(list)-mostEveryday):] {
		if out = append(out, c); c.Count > 1 && c.To > c.From {
			c.From = c.To
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b contacts.Contact) int { return cmp.Compare(a.From, b.From) })
	return out
}

// Reach finds over everyday contacts who may have been reached from the infected devices until
// end, and from whom the entry may have been reached before it was infected. Devices that are
// told already are not among those reached.
func (x *Incident) Reach(cfg Config, g *contacts.Graph, findings []detect.Finding, end event.Time) {
	told := map[netid.IP]bool{}
	var seeds []contacts.Seed
	for _, d := range x.Devices {
		told[d.Device] = true
		seeds = append(seeds, contacts.Seed{Device: d.Device, Since: d.First})
	}
	for _, d := range x.AtRisk {
		told[d.Device] = true
	}
	reached := slices.DeleteFunc(g.Forward(seeds, end, trace.Touched, cfg.Trace.Everyday.Of()), func(r contacts.Reach) bool { return told[r.Device] })
	x.Reached, x.MoreReached = reached[:min(len(reached), mostReached)], max(0, len(reached)-mostReached)
	if len(x.Entry) == 0 {
		return
	}
	entry := x.Entry[0].Device
	if entry.IsZero() {
		entry = x.Entry[0].Via
	}
	before := x.Last // until its own first act
	for _, i := range x.Findings {
		if f := &findings[i]; f.Source == entry {
			before = min(before, f.First)
		}
	}
	back := g.Backward(entry, before, before-event.Time(cfg.Trace.Before*1e9), trace.Touched, cfg.Trace.Everyday.Of())
	x.Before, x.MoreBefore = back[:min(len(back), mostReached)], max(0, len(back)-mostReached)
}
