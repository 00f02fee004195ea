package habits

import (
	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/share"
)

// c4 is administration of a machine by one that never administered it.
var c4 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "C4", Engine: "behaviour",
		Title:      "Machine administered by another for the first time",
		Why:        "Services, tasks and the shares of administrators are how an intruder takes the next machine; those who do it by profession do it from the same few machines.",
		Innocent:   []string{"A new administrator's or deployment machine.", "The window that was learned was too short: maintenance comes monthly."},
		Attack:     []string{"T1021.002", "T1569.002", "T1053.005", "T1047"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "the baseline of this network; MS-SCMR, MS-TSCH, MS-RRP, MS-WMI and administrative shares",
	},
	Wants: []*event.Schema{dcerpc.Schema, share.MappingSchema},
	Learned: func(_ detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			k := baseline.Key{Kind: baseline.Act, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP}
			account := ""
			switch d := r.Body.(type) {
			case *dcerpc.Record:
				k.Name, account = baseline.ActOf(d), d.User
				if d.Backward {
					k.Source, k.Target = k.Target, k.Source
				}
			case *share.MappingRecord:
				if baseline.AdminShare(d.Path) {
					k.Name, account = "share", d.User
				}
			}
			if _, known := base.Has(k); known || k.Name == "" || k.Target == (netid.IP{}) {
				return
			}
			report(detect.Hit{Time: r.TS, Source: k.Source, Target: k.Target, Topic: k.Name, Account: account, Service: k.Name, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "operation", "target", "path", "outcome", "user"), Judge: weighAct(base, k)})
		}
	},
}

// weighAct judges by who administers for a living.
func weighAct(base *baseline.Profile, k baseline.Key) func(*detect.Finding, roles.Role, roles.Role) (detect.Severity, string) {
	return func(_ *detect.Finding, source, target roles.Role) (detect.Severity, string) {
		if _, known := base.Has(k); known {
			return detect.None, ""
		}
		source, target = role(base, k.Source, source), role(base, k.Target, target)
		n, of := base.Usual(k.Kind, source, k.Name, target)
		says := base.Says(k.Kind, source, k.Name, target)
		switch {
		case n > 0 && 2*n >= of:
			return detect.Info, "usual for its role: " + says
		case n > 0:
			return detect.Low, "not usual for its role: " + says
		case source.Care() || target.Care():
			return detect.High, says + "; this one did, and a device of care is concerned"
		}
		return detect.Medium, says
	}
}
