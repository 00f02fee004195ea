package windows

import (
	"cmp"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/trace"
)

// l1 is a service that somebody makes on another machine and starts. Tools rename
// themselves and their services; the order of the calls stays.
var l1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "L1", Engine: "behaviour",
		Title:    "Service made and started on another machine",
		Why:      "A service runs with all rights. Making one from afar is how PsExec and worms run programs, under whatever name.",
		Innocent: []string{"PDQ (PDQDeployRunner), SCCM (ccmsetup) and backup helpers.", "PsExec in the hands of an administrator."},
		Attack:   []string{"T1569.002", "T1543.003"},
		Severity: detect.Medium, Confidence: 0.8,
		Basis: "MS-SCMR 3.1.4; the sequence as JPCERT/CC records it of PsExec",
		Numbers: []detect.Number{
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "from making the service to starting it", Basis: "proposal"},
		},
		Judge: raise,
	},
	Wants: []*event.Schema{dcerpc.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		made := recent.NewTable[pair, detect.Hit](n.Seconds("window"), maxPairs)
		return func(r *event.Record) {
			d, ok := r.Body.(*dcerpc.Record)
			if !ok || d.Endpoint != "svcctl" {
				return
			}
			create := strings.HasPrefix(d.Operation, "CreateService") || d.Operation == "CreateWowService"
			if !create && !strings.HasPrefix(d.Operation, "StartService") {
				return
			}
			p := caller(r, d.Backward)
			h := detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: outcome(d), Account: cmp.Or(d.User, d.Account), Service: d.Target, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "operation", "target", "display_name", "command", "outcome", "status", "user")}
			if create {
				switch h.Topic {
				case accepted, sealed, silent:
					made.Put(p, h, r.TS)
				default:
					h.Severity, h.Topic, h.Reach = detect.Low, "not made: "+h.Topic, trace.Touched
					report(h)
				}
				return
			}
			before, ok := made.Get(p, r.TS)
			if !ok || !strings.EqualFold(before.Service, h.Service) && before.Service != "" && h.Service != "" {
				return
			}
			h.Service = cmp.Or(h.Service, before.Service)
			h.Facts, h.UIDs = append(before.Facts, h.Facts...), append(before.UIDs, h.UIDs...)
			made.Forget(p)
			h.Reach = startReach(h.Topic)
			switch h.Topic {
			case refused, failed, silent:
				h.Severity = detect.Low
			case sealed:
				h.Confidence = 0.6
			}
			report(h)
		}
	},
}
