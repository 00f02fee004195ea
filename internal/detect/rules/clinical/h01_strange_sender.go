package clinical

import (
	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/hl7"
)

// sender is who speaks HL7.
type sender struct {
	ip       netid.IP
	app, fac string
}

// h1 is a merge of patients, or a result, from somebody who was not heard before. A
// receiver believes whoever reaches it.
var h1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "H1", Engine: "behaviour",
		Title:      "Unknown sender changes patients or results",
		Why:        "A merge puts one patient's history into another's, and cannot be undone in many systems; a false result is treated.",
		Innocent:   []string{"The interface engine failed over: list both of its nodes.", "A new interface goes live."},
		Attack:     []string{"T1565.001", "T1557"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "HL7 v2 chapter 3 (A18, A34, A40) and 7 (ORU): MLLP knows no login; advisory ICSMA-26-288-02",
		Numbers: []detect.Number{
			{Name: "learn", Value: 600, Min: 0, Unit: "seconds", Doc: "after the first message to a receiver, in which every sender is taken for known", Basis: "proposal"},
			{Name: "memory", Value: 30 * 24 * 3600, Min: 60, Unit: "seconds", Doc: "how long a sender is known after it spoke", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			if source == roles.HL7Engine && f.Severity > detect.Medium {
				return detect.Medium, "the sender works as an interface engine"
			}
			return detect.None, ""
		},
	},
	Wants:   []*event.Schema{hl7.MessageSchema},
	Learned: unheard,
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		first := recent.NewTable[netid.IP, event.Time](n.Seconds("memory"), maxHosts)
		known := recent.NewTable[sender, bool](n.Seconds("memory"), maxHosts)
		return func(r *event.Record) {
			d, ok := r.Body.(*hl7.Message)
			if !ok || d.Type == "" || d.Unasked || d.Partial {
				return
			}
			from, to := sides(r.Conn, d.IsOrig)
			who := sender{from, d.SendingApp, d.SendingFac}
			begun, heard := first.Get(to, r.TS)
			if !heard {
				begun = r.TS
			}
			first.Put(to, begun, r.TS) // as long as it is spoken to, it is remembered when that began
			_, familiar := known.Get(who, r.TS)
			if learning := r.TS-begun <= event.Time(n.Seconds("learn")); familiar || learning {
				known.Put(who, true, r.TS)
				return
			}
			if !grave(d) {
				known.Put(who, true, r.TS) // it is new, and does nothing grave
				return
			}
			h := detect.Hit{Time: r.TS, Source: from, Target: to, Topic: d.Type + "^" + d.Event, Service: d.SendingApp, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "type", "event", "sending_application", "sending_facility", "receiving_application", "ack", "patient")}
			if d.AckCode == "AA" || d.AckCode == "CA" {
				h.Severity = detect.High
			}
			report(h)
		}
	},
}

// grave reports what changes a patient's record for good: merges and results.
func grave(d *hl7.Message) bool {
	return d.Type == "ADT" && (d.Event == "A40" || d.Event == "A18" || d.Event == "A34") || d.Type == "ORU"
}

// unheard tells of applications, and of kinds of messages, that were not sent from there
// before.
func unheard(_ detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
	return func(r *event.Record) {
		d, ok := r.Body.(*hl7.Message)
		if !ok {
			return
		}
		k, ok := baseline.SenderOf(r, d)
		if _, known := base.Has(k); !ok || known {
			return
		}
		_, speaks := base.Has(baseline.Key{Kind: baseline.Contact, Source: k.Source, Target: k.Target, Name: "hl7"})
		if speaks && !grave(d) && d.AckCode != "" && d.AckCode != "AA" && d.AckCode != "CA" {
			return // what is refused every day is never learned
		}
		h := detect.Hit{Time: r.TS, Source: k.Source, Target: k.Target, Topic: k.Also, Service: d.SendingApp, UIDs: []string{r.Conn.UID}, Severity: detect.Low,
			Facts: append(detect.FactsOf(r, "type", "event", "sending_application", "sending_facility", "receiving_application", "ack", "patient"),
				detect.Fact{Field: "baseline", Value: "no " + k.Also + " from this application and address in " + baseline.Long(base.Span())})}
		switch taken := d.AckCode == "AA" || d.AckCode == "CA"; {
		case grave(d) && !speaks && taken:
			h.Severity = detect.High
		case grave(d):
			h.Severity = detect.Medium
		}
		if speaks {
			h.Topic += ", new for this sender"
			h.Judge = func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
				if was := base.Role(k.Source); was != roles.Unknown {
					source = was
				}
				if source == roles.HL7Engine || source == roles.HIS || source == roles.RIS {
					return detect.Low, "a " + string(source) + " that is known may begin to send these"
				}
				return f.Severity, ""
			}
		}
		report(h)
	}
}
