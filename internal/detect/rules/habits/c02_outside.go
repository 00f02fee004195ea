package habits

import (
	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
)

// c2 is a device of care that calls somebody outside, or is called from there, for the
// first time.
var c2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "C2", Engine: "behaviour",
		Title:      "New partner outside of a device of care",
		Why:        "Backdoors call their servers, and data leaves, from devices that have nothing to do outside.",
		Innocent:   []string{"The maker's remote service or update server got another address or name.", "A time or name server outside was set up.", "The window that was learned was too short."},
		Attack:     []string{"T1071", "T1133"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "the baseline of this network; FBI CP-000111-MW for backdoors on imaging devices",
	},
	Wants: []*event.Schema{flow.Schema},
	Learned: func(_ detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			t, ok := baseline.TalkOf(r)
			if !ok || !t.Outward && !t.Inward || !begun(r) {
				return
			}
			k := base.KeyOf(t, r.Conn.UID)
			if _, known := base.Has(k); known {
				return
			}
			if t.Outward { // what was called without a name is known by its network
				by := k
				by.Name = baseline.NetworkOf(t.To)
				if _, known := base.Has(by); known {
					return
				}
			}
			report(detect.Hit{Time: r.TS, Source: t.From, Target: t.To, Topic: k.More + map[bool]string{true: " to ", false: " from "}[t.Outward] + k.Name,
				Service: k.More, UIDs: []string{r.Conn.UID}, Facts: detect.FactsOf(r, "service", "id.resp_p"), Judge: weighOutside(base, k)})
		}
	},
}

// weighOutside judges by what the machine inside is for, and by whether its like have
// business outside. Others than devices of care are not told of unless somebody from
// outside comes in by what people and programs use.
func weighOutside(base *baseline.Profile, k baseline.Key) func(*detect.Finding, roles.Role, roles.Role) (detect.Severity, string) {
	return func(_ *detect.Finding, source, target roles.Role) (detect.Severity, string) {
		if _, known := base.Has(k); known {
			return detect.None, ""
		}
		device := source
		if k.Kind == baseline.Inbound {
			device = target
		}
		device = role(base, k.Source, device)
		enters := k.Kind == baseline.Inbound && baseline.Spreads(k.More)
		if !device.Care() && !enters {
			return detect.None, ""
		}
		n, of := base.Usual(k.Kind, device, k.More, "")
		says := base.Says(k.Kind, device, k.More, "")
		switch {
		case base.Abroad(k.Kind, k.Source, k.More) > 0:
			return detect.Low, "it had the same with others outside; " + says
		case n > 0 && 2*n >= of:
			return detect.Low, "usual for its role: " + says
		case device == roles.VendorGateway && interactive(k.More):
			return detect.Low, "it is there for sessions from outside; " + says
		case n > 0, !device.Care():
			return detect.Medium, says
		case k.More == "dns" || k.More == "ntp":
			return detect.Medium, says + "; this one did"
		}
		return detect.High, says + "; this one did"
	}
}
