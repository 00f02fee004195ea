package windows

import (
	"cmp"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
)

// l2 is a job or a task that runs a program on another machine. Jobs of the old scheduler
// are made by hardly anybody; of tasks it takes both, registering and running.
var l2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "L2", Engine: "behaviour",
		Title:    "Scheduled task made and run on another machine",
		Why:      "A task runs a program with all rights and needs no service. Conficker used the old AT jobs, today's tools register a task and run it at once.",
		Innocent: []string{"SCCM and some makers' updaters register tasks.", "An administrator with schtasks; AT jobs are almost never legitimate today."},
		Attack:   []string{"T1053.002", "T1053.005"},
		Severity: detect.Medium, Confidence: 0.8,
		Basis: "MS-TSCH 3.2.5.2.1, 3.2.5.4; BZAR (execution by atsvc and tsch)",
		Numbers: []detect.Number{
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "from registering a task to running it", Basis: "proposal"},
		},
		Judge: raise,
	},
	Wants: []*event.Schema{dcerpc.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		made := recent.NewTable[pair, detect.Hit](n.Seconds("window"), maxPairs)
		return func(r *event.Record) {
			d, ok := r.Body.(*dcerpc.Record)
			if !ok || d.Operation != "NetrJobAdd" && d.Operation != "SchRpcRegisterTask" && d.Operation != "SchRpcRun" {
				return
			}
			p := caller(r, d.Backward)
			h := detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: outcome(d), Account: cmp.Or(d.User, d.Account), Service: d.Target, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "endpoint", "operation", "target", "command", "detail", "outcome", "status", "user")}
			h.Reach = startReach(h.Topic)
			switch h.Topic {
			case refused, failed, silent:
				h.Severity = detect.Low
			case sealed:
				h.Confidence = 0.6
			}
			switch d.Operation {
			case "NetrJobAdd":
				h.Severity = detect.Medium
				if h.Topic == accepted || h.Topic == sealed {
					h.Severity = detect.High
				}
				h.Topic = "job " + h.Topic
				report(h)
			case "SchRpcRegisterTask":
				if h.Severity == detect.Low && h.Topic != silent {
					h.Topic = "not made: " + h.Topic
					report(h)
					return
				}
				made.Put(p, h, r.TS)
			default:
				before, ok := made.Get(p, r.TS)
				if !ok || before.Service != "" && h.Service != "" && !strings.EqualFold(strings.Trim(before.Service, `\`), strings.Trim(h.Service, `\`)) {
					return
				}
				h.Facts, h.UIDs = append(before.Facts, h.Facts...), append(before.UIDs, h.UIDs...)
				made.Forget(p)
				report(h)
			}
		}
	},
}
