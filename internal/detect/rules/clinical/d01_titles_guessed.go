package clinical

import (
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dicom"
)

// d1 is somebody who tries AE titles: with the right two, most archives let anybody in.
var d1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "D1", Engine: "behaviour",
		Title:      "AE titles are guessed",
		Why:        "The titles are the only password of most archives: whoever finds a pair that is accepted can ask for all images.",
		Innocent:   []string{"After a service visit a title is mistyped: then it is one title, and one peer."},
		Attack:     []string{"T1110", "T1046"},
		Severity:   detect.Low,
		Confidence: 0.9,
		Basis:      "PS3.8 9.3.4 (reasons 3 and 7: a title is not recognized); nmap's dicom-brute; the counts are proposals",
		Numbers: []detect.Number{
			{Name: "refusals", Value: 5, Min: 2, Unit: "refusals", Doc: "least refusals of one host within the window", Basis: "proposal"},
			{Name: "titles", Value: 3, Min: 2, Unit: "titles", Doc: "different called or calling titles from which on it is guessing", Basis: "proposal"},
			{Name: "window", Value: 300, Min: 1, Unit: "seconds", Doc: "within which they are counted", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			if f.Severity >= detect.High && source.Modality() {
				return detect.Critical, "a modality does not try titles"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{dicom.AssociationSchema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		refused := recent.NewDistinct[netid.IP, uint64](n.Seconds("window"), maxHosts, 256)
		titles := recent.NewDistinct[netid.IP, string](n.Seconds("window"), maxHosts, 256)
		return func(r *event.Record) {
			d, ok := r.Body.(*dicom.Association)
			if !ok || d.Result != "rejected" || !d.RejectSource.OK || d.RejectSource.V != 1 || d.RejectReason.V != 3 && d.RejectReason.V != 7 {
				return
			}
			from, to := sides(r.Conn, d.IsOrig)
			times := refused.Add(from, r.Index, r.TS)
			tried := titles.Add(from, d.Calling+"\x00"+d.Called, r.TS)
			if times < n.Int("refusals") {
				return
			}
			h := detect.Hit{Time: r.TS, Source: from, Target: to, Service: d.Called, UIDs: []string{r.Conn.UID}, Topic: "one title",
				Facts: append(detect.FactsOf(r, "reject_reason", "calling_ae", "called_ae"), counted("refusals", times), counted("pairs of titles", tried))}
			if tried >= n.Int("titles") {
				h.Topic, h.Severity = "many titles", detect.High
			}
			report(h)
		}
	},
}
