package habits

import (
	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
)

// c3 is a machine inside that was not there before, and what it speaks to devices of care.
var c3 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "C3", Engine: "behaviour",
		Title:      "Machine that was never seen",
		Why:        "Whoever plugs something in, or takes a free address, can speak to archives and scanners: they ask nobody for a password.",
		Innocent:   []string{"A new device, or one with a new address: laptops get others every day.", "The window that was learned was too short."},
		Attack:     []string{"T1200"},
		Severity:   detect.Info,
		Confidence: 0.6,
		Basis:      "the baseline of this network",
	},
	Wants: []*event.Schema{flow.Schema},
	Learned: func(_ detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			t, ok := baseline.TalkOf(r)
			if !ok || t.Inward || !begun(r) || base.Knows(t.From) {
				return
			}
			h := detect.Hit{Time: r.TS, Source: t.From, Service: t.Service, UIDs: []string{r.Conn.UID}, Facts: detect.FactsOf(r, "service"),
				Judge: func(*detect.Finding, roles.Role, roles.Role) (detect.Severity, string) {
					if base.Knows(t.From) {
						return detect.None, ""
					}
					return detect.Info, "it is not in the baseline, of " + baseline.Long(base.Span())
				}}
			report(h)
			if t.Outward {
				return
			}
			h.Target, h.Topic, h.Facts = t.To, t.Service, detect.FactsOf(r, "service", "id.resp_p")
			h.Judge = weighStranger(base, t)
			report(h)
		}
	},
}

// weighStranger judges what a new machine speaks to a known one; only what it speaks to
// devices of care is told.
func weighStranger(base *baseline.Profile, t baseline.Talk) func(*detect.Finding, roles.Role, roles.Role) (detect.Severity, string) {
	return func(_ *detect.Finding, source, target roles.Role) (detect.Severity, string) {
		target = role(base, t.To, target)
		if base.Knows(t.From) || !target.Care() {
			return detect.None, ""
		}
		n, of := base.Usual(baseline.Contact, source, t.Service, target)
		usual := n > 0 && 2*n >= of
		says := base.Says(baseline.Contact, source, t.Service, target)
		switch {
		case baseline.Spreads(t.Service) && !usual:
			return detect.High, "a new machine, by a service that carries programs or people, to a device of care; " + says
		case source.Modality() && t.Service == "dicom":
			return detect.Low, "a new scanner, by what it does; " + says
		case baseline.Spreads(t.Service) || t.Service == "dicom" || t.Service == "hl7":
			return detect.Medium, "a new machine speaks to a device of care; " + says
		case usual:
			return detect.Info, "usual for its role: " + says
		}
		return detect.Low, says
	}
}
