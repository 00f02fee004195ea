package report

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// late is how long before the first act a capture must have run, that it can tell what led
// to it.
const late = 10 * time.Minute

// Miss fills in what could not be seen, as far as it bears on the incident, the gravest
// first. d is the document that the incident is of, but for its incidents.
func (x *Incident) Miss(d *Document) {
	x.Blind = []Spot{}
	add := func(reason string, devices []Party, format string, a ...any) {
		if devices == nil {
			devices = []Party{}
		}
		x.Blind = append(x.Blind, Spot{reason, fmt.Sprintf(format, a...), devices})
	}
	begin, err := time.Parse(time.RFC3339Nano, d.Summary.First)
	first, err2 := time.Parse(time.RFC3339Nano, x.First)
	if err == nil && err2 == nil && first.Sub(begin) < late {
		add("starts_late", nil, "The first act was seen %s after the capture began: what led to it, and where it came in, may lie before.", first.Sub(begin).Round(time.Second))
	}
	for _, reason := range []string{"one_sided", "capture_drops", "lost_bytes", "cut_packets"} {
		if i := slices.IndexFunc(d.Blind, func(b Blind) bool { return b.Reason == reason }); i >= 0 {
			add(reason, nil, "In the whole capture: %s %s, %s.", Thousands(d.Blind[i].Count), Unit(d.Blind[i].Count, d.Blind[i].Unit), d.Blind[i].Detail)
		}
	}
	last, err3 := time.Parse(time.RFC3339Nano, x.Last)
	for _, c := range d.Summary.Clashes {
		from, err4 := time.Parse(time.RFC3339Nano, c.From)
		to, err5 := time.Parse(time.RFC3339Nano, c.To)
		if errors.Join(err2, err3, err4, err5) == nil && !from.After(last) && !to.Before(first.Add(-late)) {
			add("captures_"+c.Kind, nil, "%s.", c.Detail)
		}
	}
	concerned := map[string]Party{}
	for _, list := range [][]Infected{x.Infected, x.AtRisk} {
		for _, i := range list {
			concerned[i.Device.Address] = i.Device
		}
	}
	for i := range d.Blind {
		x.sealed(&d.Blind[i], concerned, add)
	}
	var shared []Party
	for i := range d.Devices {
		for _, ip := range d.Devices[i].IPs {
			if p, ok := concerned[ip]; ok && d.Devices[i].Behind != nil {
				shared = append(shared, p)
			}
		}
	}
	if len(shared) > 0 {
		add("behind_one_address", shared, "Several machines are behind the address of %s: which of them it was cannot be seen.", counted(len(shared), "device"))
	}
}

// sealed tells of conversations of devices of the incident that nobody could look into.
func (x *Incident) sealed(b *Blind, concerned map[string]Party, add func(reason string, devices []Party, format string, a ...any)) {
	var n uint64
	seen := map[string]bool{}
	var devices []Party
	for _, p := range b.Between {
		hit := false
		for _, end := range []Party{p.Source, p.Target} {
			if of, ok := concerned[end.Address]; ok {
				if hit = true; !seen[end.Address] {
					seen[end.Address] = true
					devices = append(devices, of)
				}
			}
		}
		if hit {
			n += p.Count
		}
	}
	if n == 0 {
		return
	}
	slices.SortFunc(devices, func(a, b Party) int { return slices.Compare([]byte(a.Address), []byte(b.Address)) })
	add(b.Reason, devices, "%s of these devices: %s.", counted(n, "conversation"), b.Detail)
}
