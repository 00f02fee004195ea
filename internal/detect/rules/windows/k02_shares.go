package windows

import (
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/share"
)

// k2 is one machine that maps administrative shares of many.
var k2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K2", Engine: "behaviour",
		Title: "Administrative shares of several machines tried from one",
		Why:   "Worms and intruders go from machine to machine over ADMIN$ and the shares of drives; Kwampirs tries ADMIN$, C$, D$ and E$.",
		Innocent: []string{"Software distribution (SCCM, PDQ).", "A vulnerability scanner with an account.",
			"Backup over administrative shares.", "A maker's service laptop."},
		Attack:     []string{"T1021.002", "T1018"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "MITRE ATT&CK G0071 (shares that Orangeworm uses), BZAR (many administrative shares from one source)",
		Numbers: []detect.Number{
			{Name: "hosts", Value: 3, Min: 2, Unit: "hosts", Doc: "whose administrative shares are asked for", Basis: "proposal"},
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "within which they are", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			if desk(source) {
				return detect.High, "a machine of the role " + string(source) + " administers no other"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{share.MappingSchema, share.TriedSchema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		window := n.Seconds("window")
		asked := recent.NewDistinct[netid.IP, netid.IP](window, maxHosts, maxPeers)
		granted := recent.NewDistinct[netid.IP, netid.IP](window, maxHosts, maxPeers)
		told := newGrowth[pair](window, maxHosts)
		return func(r *event.Record) {
			user, path, ok := "", "", false
			switch d := r.Body.(type) {
			case *share.MappingRecord:
				user, path, ok = d.User, d.Path, true
			case *share.TriedRecord:
				if d.Action != "SMB::TREE_CONNECT" {
					return
				}
				user, path = d.User, d.Path
			}
			if _, is := adminShare(path); !is {
				return
			}
			from, to := r.Conn.Orig.IP, r.Conn.Resp.IP
			all, let := asked.Add(from, to, r.TS), len(granted.Values(from))
			if ok {
				let = granted.Add(from, to, r.TS)
			}
			h := detect.Hit{Time: r.TS, Source: from, Topic: "granted", Account: user, Service: byShares, UIDs: []string{r.Conn.UID}}
			key := pair{from: from}
			if let < n.Int("hosts") {
				h.Topic, h.Confidence = "mostly refused", 0.7 // administrators know what they may
				key.to = from
			}
			if !told.news(key, all, n.Int("hosts"), r.TS) {
				return
			}
			h.Facts = append(detect.FactsOf(r, "path", "status", "user"), counted("hosts asked", all), counted("hosts that granted it", let), first(asked.Values(from)))
			report(h)
		}
	},
}
