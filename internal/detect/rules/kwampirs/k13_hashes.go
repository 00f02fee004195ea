package kwampirs

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/files"
)

// k13 is a file that is one of the samples that were published. Few copies are, because
// each differs; but one that is needs no further proof.
var k13 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K13", Engine: "behaviour",
		Title:      "Published sample of the Kwampirs backdoor",
		Why:        "The file that moves here is, byte by byte, one of those by which the backdoor became known.",
		Innocent:   []string{"None is known but analysts who move samples."},
		Attack:     []string{"T1570", "T1105"},
		Severity:   detect.High,
		Confidence: 0.99,
		Basis:      "MD5 of eight samples in RedDrip7's list, and that of Emerging Threats 2023595",
		Judge:      infectedFile,
	},
	Wants: []*event.Schema{files.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*files.Record)
			if !ok || !sample(d.MD5) {
				return
			}
			h := detect.Hit{Time: r.TS, UIDs: []string{r.Conn.UID}, Account: d.User,
				Facts: detect.FactsOf(r, "md5", "filename", "source", "sha256", "user")}
			h.Source, h.Target = movedBy(r.Conn, d)
			report(h)
		}
	},
}

// sample tells whether an MD5 is that of a published sample.
func sample(md5 string) bool {
	switch md5 {
	case "290d8e8524e57783e8cc1b9a3445dfe9", "7e5f76c7b5bf606b0fdc17f4ba75de03", "3b3a1062689ffa191e58d5507d39939d",
		"5c3499acfe0ad7563b367fbf7fb2928c", "939e76888bdeb628405e1b8be963273c", "6277e675d335fd69a3ff13a465f6b0a8",
		"fac94bc2dcfbef7c3b248927cb5abf6d", "cb9954509dc82e6bbed2aee202d88415", "1f1b5c16bbb62387fdf53e524a382006":
		return true
	}
	return false
}
