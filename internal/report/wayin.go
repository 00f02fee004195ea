package report

import (
	"fmt"
	"time"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/incident"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/partners"
)

// Bounds of the list of outsiders.
const (
	leastEntry = 0.1 // probability of an entry that is looked behind
	mostWays   = 20  // of one entry
)

// Came sets out who from outside had to do with the likely entries before they first acted
// against others: when an entry was infected is an estimate, that it then was is known.
// findings are those that the incident was built from.
func (x *Incident) Came(of *incident.Incident, findings []detect.Finding, book *partners.Book, at Directory) {
	x.WayIn = []WayIn{}
	acted := map[netid.IP]event.Time{}
	for _, i := range of.Findings {
		f := &findings[i]
		if t, ok := acted[f.Source]; !ok || f.First < t {
			acted[f.Source] = f.First
		}
	}
	looked := map[netid.IP]bool{}
	for _, e := range of.Entry {
		ip := e.Device
		if ip.IsZero() {
			ip = e.Via
		}
		if e.Probability < leastEntry || ip.IsZero() || looked[ip] {
			continue
		}
		looked[ip] = true
		first, ok := acted[ip]
		if !ok {
			first = of.First
		}
		ways := book.Ways(ip, first)
		for _, w := range ways[:min(len(ways), mostWays)] {
			x.WayIn = append(x.WayIn, wayIn(&w, at, first))
		}
	}
}

func wayIn(w *partners.Way, at Directory, acted event.Time) WayIn {
	y := WayIn{Address: w.Outside.String(), Kind: "outside", Device: at.Party(w.Inside), First: w.First.RFC3339(), Last: w.Last.RFC3339(), Contacts: w.Contacts, Services: w.Services}
	switch {
	case w.Partner != nil:
		y.Partner, y.Kind = w.Partner.Name, w.Partner.Kind
	case at.Role(w.Outside) == roles.VendorGateway:
		y.Kind = "supplier"
	}
	y.Detail = "It had nothing to do with the device before that acted against others."
	if w.Before != 0 {
		y.Before = w.Before.RFC3339()
		y.Detail = fmt.Sprintf("%s opened towards the device; the last contact before that acted against others began %s earlier.", counted(int(w.Inward), "conversation"), time.Duration(acted.Sub(w.Before)).Round(100*time.Millisecond))
	}
	return y
}
