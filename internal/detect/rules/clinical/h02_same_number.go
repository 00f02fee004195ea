package clinical

import (
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/hl7"
)

// numbered is a message by the number that its sender gave it.
type numbered struct {
	to            netid.IP
	app, fac, num string
	typ, event    string
}

// body is what a message must not change when it is sent again.
type body struct {
	patient, accession string
	bytes              uint64
	from               netid.IP
}

// h2 is a second message of the same number that says something else, as one that was
// changed on its way does.
var h2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "H2", Engine: "behaviour",
		Title:      "HL7 message comes again and says something else",
		Why:        "Somebody between the systems may change what they tell each other, and let the first copy through as well.",
		Innocent:   []string{"A message was corrected and sent again under its old number.", "A system that counts anew every day: then hours lie between."},
		Attack:     []string{"T1565.002"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "HL7 v2 2.9.2: MSH-10 tells messages of a sender apart",
		Numbers: []detect.Number{
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "between the two", Basis: "proposal"},
		},
	},
	Wants: []*event.Schema{hl7.MessageSchema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		seen := recent.NewTable[numbered, body](n.Seconds("window"), maxKept)
		return func(r *event.Record) {
			d, ok := r.Body.(*hl7.Message)
			if !ok || d.ControlID == "" || d.Acknowledges != "" || d.Unasked || d.Partial {
				return
			}
			from, to := sides(r.Conn, d.IsOrig)
			k := numbered{to, d.SendingApp, d.SendingFac, d.ControlID, d.Type, d.Event}
			now := body{d.Patient, d.Accession, d.Bytes, from}
			was, again := seen.Get(k, r.TS)
			if !again {
				seen.Put(k, now, r.TS)
				return
			}
			if was == now || was.patient == now.patient && was.accession == now.accession && was.bytes == now.bytes {
				return
			}
			h := detect.Hit{Time: r.TS, Source: from, Target: to, Topic: d.Type + "^" + d.Event, Service: d.SendingApp, UIDs: []string{r.Conn.UID},
				Facts: append(detect.FactsOf(r, "control_id", "type", "event", "sending_application", "bytes", "patient", "accession"), counted("bytes of the first", int(was.bytes)))}
			if was.from != from {
				h.Severity, h.Confidence = detect.High, 0.75
				h.Facts = append(h.Facts, detect.Fact{Field: "first came from", Value: was.from.String()})
			}
			report(h)
		}
	},
}
