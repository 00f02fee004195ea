package habits

import (
	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
)

// c1 is a machine that speaks a service to one that it never spoke to so.
var c1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "C1", Engine: "behaviour",
		Title:      "First contact",
		Why:        "Devices of imaging talk to the same few partners for years: one that goes to others does what nobody planned, or somebody does it with it.",
		Innocent:   []string{"A server was added or moved, a device has a new destination.", "The window that was learned was too short: learn a week, with a weekend.", "An administrator works on it."},
		Attack:     []string{"T1021", "T1570"},
		Severity:   detect.Low,
		Confidence: 0.6,
		Basis:      "the baseline of this network; how usual weighs is a proposal",
	},
	Wants: []*event.Schema{flow.Schema},
	Learned: func(_ detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			t, ok := baseline.TalkOf(r)
			if !ok || t.Outward || t.Inward || !begun(r) {
				return
			}
			k := base.KeyOf(t, r.Conn.UID)
			if _, known := base.Has(k); known || !base.Knows(t.From) {
				return // who is new is told of by another rule
			}
			report(detect.Hit{Time: r.TS, Source: t.From, Target: t.To, Topic: t.Service, Service: t.Service, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "service", "id.resp_p"), Judge: weighContact(base, k)})
		}
	},
}

// How many machines of a role make a habit of it: if they are half of them, or if that is
// what the server is there for.
const (
	few     = 2
	several = 5
)

// weighContact judges a first contact by how usual it is for the role. What is usual and
// concerns no device of care is not told.
func weighContact(base *baseline.Profile, k baseline.Key) func(*detect.Finding, roles.Role, roles.Role) (detect.Severity, string) {
	return func(_ *detect.Finding, source, target roles.Role) (detect.Severity, string) {
		if _, known := base.Has(k); known {
			return detect.None, ""
		}
		source, target = role(base, k.Source, source), role(base, k.Target, target)
		n, of := base.Usual(k.Kind, source, k.Name, target)
		says := base.Says(k.Kind, source, k.Name, target)
		care := source.Care() || target.Care()
		switch {
		case !care && (n >= few && 2*n >= of || n >= several && meant(k.Name, source, target)):
			return detect.None, "" // computers use servers, and nobody wants to read of each
		case n > 0 && 2*n >= of:
			return detect.Info, "usual for its role: " + says
		case n > 0:
			return detect.Low, "not usual for its role: " + says
		case !baseline.Spreads(k.Name) && vague(source):
			return detect.Info, says
		case !baseline.Spreads(k.Name):
			return detect.Low, says
		case meant(k.Name, source, target):
			return detect.Low, says + "; that is what a " + string(target) + " is there for"
		case maintains(k.Name, source, target):
			return detect.Low, says + "; remote service is there for modalities"
		case vague(source) && !target.Care():
			return detect.Low, says + ", which says little of such a role"
		case care && !vague(source):
			return detect.High, says + "; this one did, and programs spread that way"
		}
		return detect.Medium, says + "; this one did, and programs spread that way"
	}
}
