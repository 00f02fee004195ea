package windows

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dcerpc"
)

// l4 is replication of the directory to a machine that is no domain controller. The number
// of the call is in clear even if its content is sealed. Whether the caller is a domain
// controller is known at the end.
var l4 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "L4", Engine: "behaviour",
		Title:      "Directory replicated to a machine that is not known as a domain controller",
		Why:        "Replication gives out the secrets of all accounts (DCSync). Whoever has them is everybody in the domain.",
		Innocent:   []string{"Another domain controller that did nothing else in this time.", "Appliances that synchronise the directory, as with a cloud: allow them by host and account."},
		Attack:     []string{"T1003.006"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "MS-DRSR 4.1.10; MITRE ATT&CK T1003.006",
		Judge: func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			switch {
			case source == roles.DomainController:
				return detect.Info, "domain controllers replicate"
			case f.Severity == detect.Medium && source != roles.Unknown && source != roles.Server && source != roles.DNSDHCP:
				return detect.Critical, "a machine of the role " + string(source) + " replicates no directory"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{dcerpc.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*dcerpc.Record)
			if !ok || d.Operation != "DRSGetNCChanges" {
				return
			}
			p := caller(r, d.Backward)
			h := detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: outcome(d), Account: d.User, Service: d.Endpoint, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "endpoint", "operation", "outcome", "status", "auth_level", "user")}
			if h.Topic == refused || h.Topic == failed || h.Topic == silent {
				h.Severity = detect.Low
			}
			report(h)
		}
	},
}
