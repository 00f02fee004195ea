package clinical

import (
	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dicom"
)

// stored is who stores into a study.
type stored struct {
	title string
	ip    netid.IP
}

// d5 is an image that somebody adds to a study of another. Archives take it, and doctors
// see it among the others.
var d5 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "D5", Engine: "behaviour",
		Title:      "A stranger stores into a study",
		Why:        "Images that are added to somebody's examination, or replace them, change what the doctor sees.",
		Innocent:   []string{"With a baseline: a new scanner, or one that stores into another archive.", "Import of discs, studies from elsewhere, results of AI and dose servers.", "A workstation stores key images and reconstructions."},
		Attack:     []string{"T1565.001"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "PS3.4 B (storage checks no right to a study); advisory ICSMA-26-288-02 on unregistered titles",
		Numbers: []detect.Number{
			{Name: "memory", Value: 24 * 3600, Min: 60, Unit: "seconds", Doc: "how long it is remembered who made a study", Basis: "proposal"},
			{Name: "known", Value: 5, Min: 1, Unit: "studies", Doc: "studies of its own from which on a sender is no stranger", Basis: "proposal"},
		},
		Judge: func(_ *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			switch {
			case source == roles.Archive || source == roles.DoseAI || source == roles.Workstation || source.Modality():
				return detect.Info, "a " + string(source) + " does that every day"
			case source == roles.PC || source == roles.Unknown || source == roles.Server || source == roles.RegistrationDesk || source == roles.ConsentDesk || source == roles.Dictation:
				return detect.High, "the sender is none of the devices that work on images"
			}
			return detect.None, ""
		},
	},
	Wants:   []*event.Schema{dicom.OperationSchema},
	Learned: unknownStorer,
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		makers := recent.NewTable[string, stored](n.Seconds("memory"), maxKept)
		own := recent.NewDistinct[stored, string](n.Seconds("memory"), maxHosts, n.Int("known"))
		return func(r *event.Record) {
			d, ok := r.Body.(*dicom.Operation)
			// What an archive gives back within a C-GET is no storing of the one who asked.
			if !ok || d.Command != "C-STORE" || !d.FromCaller || d.Study == "" || d.MoveOrig != "" || d.StatusName != "success" && d.StatusName != "warning" {
				return
			}
			from, to := sides(r.Conn, d.IsOrig)
			who := stored{d.Calling, from}
			made, known := makers.Get(d.Study, r.TS)
			if !known {
				makers.Put(d.Study, who, r.TS)
				own.Add(who, d.Study, r.TS)
				return
			}
			// Who received the study hands it on; that is no stranger.
			if made.title == who.title || made.ip == from || len(own.Values(who)) >= n.Int("known") {
				return
			}
			report(detect.Hit{Time: r.TS, Source: from, Target: to, Service: d.Calling, UIDs: []string{r.Conn.UID},
				Facts: append(detect.FactsOf(r, "calling_ae", "called_ae", "sop_class_name", "status_name", "study"), detect.Fact{Field: "study made by", Value: made.title + " at " + made.ip.String()})})
		}
	},
}

// unknownStorer tells of images from a title and an address that stored nothing into that
// archive before.
func unknownStorer(_ detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
	return func(r *event.Record) {
		d, ok := r.Body.(*dicom.Operation)
		if !ok {
			return
		}
		k, ok := baseline.StorerOf(r, d)
		if _, known := base.Has(k); !ok || known {
			return
		}
		report(detect.Hit{Time: r.TS, Source: k.Source, Target: k.Target, Service: d.Calling, UIDs: []string{r.Conn.UID}, Topic: "never stored there",
			Facts: append(detect.FactsOf(r, "calling_ae", "called_ae", "sop_class_name", "status_name"),
				detect.Fact{Field: "baseline", Value: "no image from this title and address in " + baseline.Long(base.Span())}),
			Judge: func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
				if _, known := base.Has(k); known {
					return detect.None, ""
				}
				if was := base.Role(k.Source); was != roles.Unknown {
					source = was
				}
				if s, why := f.Rule.Judge(f, source, target); s != detect.None {
					return s, why
				}
				return f.Severity, ""
			}})
	}
}
