package windows

import (
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/smb"
)

// x1 asks the question of K2 where shares cannot be seen: one machine that opens encrypted
// sessions with many.
var x1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "X1", Engine: "behaviour",
		Title: "Encrypted file sharing opened with several machines from one",
		Why:   "Whoever goes from machine to machine over ADMIN$ looks like this if SMB3 encrypts. Seen are the sessions; not seen are the shares, which may be ordinary ones, so this is a hint and no more.",
		Innocent: []string{"A user of several file servers and domain controllers where SMB encryption is the rule.",
			"Software distribution, backup or a scanner with an account.", "An administrator."},
		Attack:     []string{"T1021.002"},
		Severity:   detect.Low,
		Confidence: 0.3,
		Basis:      "the question of K2, from the fan-out alone; MS-SMB2 2.2.41",
		Numbers: []detect.Number{
			{Name: "hosts", Value: 3, Min: 2, Unit: "hosts", Doc: "with which encrypted sessions are opened", Basis: "proposal"},
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "within which they are", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			switch {
			case source.Modality():
				return detect.Medium, "a modality delivers to one place and opens no shares of several machines"
			case server(source):
				return detect.Info, "servers that back up, manage or pass on files do the same"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{smb.VeilSchema, smb.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		window := n.Seconds("window")
		opened := recent.NewDistinct[netid.IP, netid.IP](window, maxHosts, maxPeers)
		told := newGrowth[netid.IP](window, maxHosts)
		used := newServing()
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *smb.Record:
				if d.Granted > 0 {
					used.note(caller(r, !d.IsOrig), r.TS)
				}
			case *smb.VeilRecord:
				if d.Action != "begin" {
					return
				}
				h, p := veilHit(r, d)
				used.note(p, r.TS)
				all := opened.Add(p.from, p.to, r.TS)
				if !told.news(p.from, all, n.Int("hosts"), r.TS) {
					return
				}
				list, alone := opened.Values(p.from), 0
				for _, to := range list {
					if used.others(pair{p.from, to}) == 0 {
						alone++
					}
				}
				if alone == 0 {
					h.Severity = detect.Info // all of them are used by others as well
				}
				h.Facts = append(detect.FactsOf(r, "user"), counted("hosts", all), counted("of them used by nobody else", alone), first(list))
				report(h)
			}
		}
	},
}
