package clinical

import (
	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dicom"
)

// home is where an AE title was at home so far.
type home struct {
	ip   netid.IP
	seen int
	impl string // implementation class UID
}

// d3 is a title that speaks from another address, or by another program, than it did. An
// archive that knows titles alone lets it in.
var d3 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "D3", Engine: "behaviour",
		Title:      "Known AE title speaks from elsewhere",
		Why:        "Somebody may have taken the name of a device to be let in by the archive.",
		Innocent:   []string{"The device was replaced, or got another address.", "Remote reading over VPN.", "A device was updated: then the address is the same and the implementation changed."},
		Attack:     []string{"T1078", "T1036"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "PS3.8 9.3.2: titles are said, not proved; the count is a proposal",
		Numbers: []detect.Number{
			{Name: "associations", Value: 10, Min: 1, Unit: "associations", Doc: "accepted ones from one address from which on a title is at home there", Basis: "proposal"},
			{Name: "memory", Value: 30 * 24 * 3600, Min: 60, Unit: "seconds", Doc: "how long a home is remembered after the title spoke", Basis: "proposal"},
		},
	},
	Wants:   []*event.Schema{dicom.AssociationSchema},
	Learned: titleElsewhere,
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		homes := recent.NewTable[string, home](n.Seconds("memory"), maxHosts)
		return func(r *event.Record) {
			d, ok := r.Body.(*dicom.Association)
			if !ok || d.Calling == "" || d.Result != "accepted" {
				return
			}
			from, to := sides(r.Conn, d.IsOrig)
			h, known := homes.Get(d.Calling, r.TS)
			settled := known && h.seen >= n.Int("associations")
			hit := detect.Hit{Time: r.TS, Source: from, Target: to, Service: d.Calling, UIDs: []string{r.Conn.UID},
				Facts: append(detect.FactsOf(r, "calling_ae", "called_ae", "services", "requestor_implementation_version", "requestor_implementation_uid"), detect.Fact{Field: "home", Value: h.ip.String()}, counted("associations from there", h.seen))}
			switch {
			case settled && h.ip != from:
				hit.Topic = d.Calling
				if h.impl != d.RqImplUID {
					hit.Topic, hit.Severity = d.Calling+", another implementation", detect.High
				}
				report(hit)
				return // its home stays
			case settled && h.impl != d.RqImplUID && h.impl != "" && d.RqImplUID != "":
				hit.Topic, hit.Severity = d.Calling+", same address, another implementation", detect.Low
				report(hit)
			case known && h.ip != from:
				h = home{} // it never settled
			}
			homes.Put(d.Calling, home{from, h.seen + 1, d.RqImplUID}, r.TS)
		}
	},
}

// titleElsewhere compares with where titles were at home, and by which implementation.
func titleElsewhere(_ detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
	return func(r *event.Record) {
		d, ok := r.Body.(*dicom.Association)
		if !ok {
			return
		}
		k, ok := baseline.TitleOf(r, d)
		if _, known := base.Has(k); !ok || known {
			return
		}
		homes := base.TitlesOf(d.Calling)
		if len(homes) == 0 {
			return // a new title is no known one
		}
		here, same := false, false
		for _, h := range homes {
			here = here || h.Source == k.Source
			same = same || h.More == k.More
			if h.Source == k.Source && (h.More == k.More || k.More == "") {
				return // another version, or it says nothing
			}
		}
		_, to := sides(r.Conn, d.IsOrig)
		hit := detect.Hit{Time: r.TS, Source: k.Source, Target: to, Service: d.Calling, UIDs: []string{r.Conn.UID}, Topic: d.Calling,
			Facts: append(detect.FactsOf(r, "calling_ae", "called_ae", "services", "requestor_implementation_version", "requestor_implementation_uid"),
				detect.Fact{Field: "baseline", Value: "at home at " + homes[0].Source.String() + ", by " + homes[0].More + " " + homes[0].Also})}
		switch {
		case here:
			hit.Topic, hit.Severity = d.Calling+", same address, another implementation", detect.Low
		case !same:
			hit.Topic, hit.Severity = d.Calling+", another implementation", detect.High
		}
		report(hit)
	}
}
