package clinical

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/dicom"
)

// verification is the SOP class of C-ECHO (PS3.4 A.3).
const verification = "1.2.840.10008.1.1"

// d2 is an association that was opened and then nothing was done with it, as a scanner of
// networks does that wants to know who speaks DICOM.
var d2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "D2", Engine: "behaviour",
		Title:      "DICOM association without any operation",
		Why:        "Tools that look for archives open an association for verification and go away without a word.",
		Innocent:   []string{"Monitoring probes and load balancers do this too, always from the same address.", "A device was switched off at that moment."},
		Attack:     []string{"T1046"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "nmap's dicom-ping: verification alone is offered, no C-ECHO and no release follow",
	},
	Wants: []*event.Schema{dicom.AssociationSchema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*dicom.Association)
			if !ok || d.Result != "accepted" || d.Ops > 0 || d.Missed > 0 || d.End == "released" || len(d.Offered) != 1 || d.Offered[0] != verification {
				return
			}
			from, to := sides(r.Conn, d.IsOrig)
			report(detect.Hit{Time: r.TS, Source: from, Target: to, Service: d.Called, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "result", "end", "operations", "calling_ae", "called_ae", "requestor_implementation_version")})
		}
	},
}
