package windows

import (
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/kinship"
	"lazaret/internal/netid"
	"lazaret/internal/proto/files"
)

// k6 is one program that is different for each machine that it is copied to. Kwampirs puts
// other random bytes into each copy, so that no list of hashes finds it.
var k6 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K6", Engine: "behaviour",
		Title:      "Program copied to several machines, altered for each",
		Why:        "Who alters a program for each copy hides it from lists of hashes. Kwampirs inserts random bytes into the middle of its own.",
		Innocent:   []string{"Programs that are built for each machine with its licence; they are rare.", "Versions of one program that are close in time."},
		Attack:     []string{"T1027.001", "T1570"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "MITRE ATT&CK S0236 (binary padding), kinship of programs by their bytes",
		Numbers: []detect.Number{
			{Name: "hosts", Value: 2, Min: 2, Unit: "hosts", Doc: "that get copies which differ", Basis: "proposal"},
			{Name: "window", Value: 86400, Min: 60, Unit: "seconds", Doc: "within which they get them", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			if f.Severity == detect.Medium && desk(source) {
				return detect.High, "a machine of the role " + string(source) + " distributes no programs"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{files.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		window := n.Seconds("window")
		hosts := recent.NewDistinct[string, netid.IP](window, 1024, 128)
		hashes := recent.NewDistinct[string, string](window, 1024, 128)
		told := newGrowth[string](window, 1024)
		return func(r *event.Record) {
			d, ok := r.Body.(*files.Record)
			if !ok || !d.Runs || d.Family == "" || d.SHA256 == "" || d.Source != "SMB" || !d.IsOrig.V || r.Conn == nil || d.Refused > 0 {
				return
			}
			c, h := hosts.Add(d.Family, r.Conn.Resp.IP, r.TS), hashes.Add(d.Family, d.SHA256, r.TS)
			if !told.news(d.Family, min(c, h), n.Int("hosts"), r.TS) {
				return
			}
			hit := detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Topic: "family " + d.Family, Account: d.User, Service: byShares, UIDs: []string{r.Conn.UID},
				Facts: append(detect.FactsOf(r, "filename", "sha256", "family", "kinship", "likeness"), counted("hosts", c), counted("different copies", h), first(hosts.Values(d.Family)))}
			if d.Kinship == kinship.Run {
				hit.Severity, hit.Confidence = detect.High, 0.9
			}
			report(hit)
		}
	},
}
