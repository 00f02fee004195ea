package clinical

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/magic"
	"lazaret/internal/proto/files"
)

// d6 is an image that is also a program: the 128 bytes before the word DICM are free, and
// hold the head of an executable.
var d6 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "D6", Engine: "behaviour",
		Title:      "DICOM file that is also a program",
		Why:        "It opens as an image and runs as a program; virus scanners often leave images alone. Delete nothing: it may be a patient's examination.",
		Innocent:   []string{"None is expected. A preamble for TIFF readers, or of zeros, is ordinary and not meant."},
		Attack:     []string{"T1036.008", "T1204.002"},
		Severity:   detect.Critical,
		Confidence: 0.97,
		Basis:      "CVE-2019-11687; PS3.10 7.1",
	},
	Wants: []*event.Schema{files.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*files.Record)
			if !ok || d.Preamble == "" || !magic.Kind(d.Preamble).Runs() {
				return
			}
			from, to := sides(r.Conn, d.IsOrig.V)
			report(detect.Hit{Time: r.TS, Source: from, Target: to, Topic: d.Preamble, Service: d.Source, Account: d.User, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "preamble", "source", "filename", "mime_type", "sha256", "seen_bytes", "user")})
		}
	},
}
