package windows

import (
	"cmp"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/files"
	"lazaret/internal/trace"
)

// k4 is the whole step of a worm: a program is copied to a machine and something is started
// there at once. Either record may come first: a file is told when its handle is closed.
var k4 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K4", Engine: "behaviour",
		Title: "Program copied to a machine and started there",
		Why:   "Copy and start on the same machine by the same other one is how a worm or an intruder moves. If the start was accepted, the target must be taken for compromised.",
		Innocent: []string{"Software distribution from a server (PDQ, SCCM): allow it by its host and its service.",
			"PsExec in the hands of an administrator."},
		Attack:     []string{"T1570", "T1569.002", "T1053.005", "T1047"},
		Severity:   detect.High,
		Confidence: 0.9,
		Basis:      "BZAR (write to an administrative share and start on the same target), JPCERT/CC on PsExec",
		Numbers: []detect.Number{
			{Name: "window", Value: 120, Min: 1, Unit: "seconds", Doc: "from the end of the copy to the start", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
			switch {
			case f.Topic == accepted && source.Modality():
				return detect.Critical, "a modality starts programs on no other machine"
			case f.Topic == accepted && target.Modality():
				return detect.Critical, "the program runs on a modality"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{files.Schema, dcerpc.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		window := n.Seconds("window")
		copies := recent.NewTable[pair, detect.Hit](window*4, maxPairs)
		starts := recent.NewTable[pair, detect.Hit](window*4, maxPairs)
		both := func(file, start detect.Hit) {
			if d := start.Time - file.Time; d < -event.Time(window) || d > event.Time(window) {
				return
			}
			start.Facts = append(file.Facts[:len(file.Facts):len(file.Facts)], start.Facts...)
			start.UIDs = append(file.UIDs[:len(file.UIDs):len(file.UIDs)], start.UIDs...)
			start.Account = cmp.Or(start.Account, file.Account)
			if start.Reach = trace.Written; start.Topic == accepted {
				start.Reach = trace.Proven
			}
			report(start)
		}
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *files.Record:
				p, ok := copied(r, d)
				if !ok {
					return
				}
				h := detect.Hit{Time: r.TS + event.Time(d.Duration), Source: p.from, Target: p.to, Account: d.User, UIDs: []string{r.Conn.UID}, Facts: detect.FactsOf(r, "filename", "sha256")}
				copies.Put(p, h, h.Time)
				if s, ok := starts.Get(p, h.Time); ok && s.Time >= r.TS {
					both(h, s)
				}
			case *dcerpc.Record:
				if !starting(d) {
					return
				}
				p := caller(r, d.Backward)
				h := started(r, d, p)
				starts.Put(p, h, r.TS)
				if c, ok := copies.Get(p, r.TS); ok && c.Time-event.Time(window) <= r.TS {
					both(c, h)
				}
			}
		}
	},
}

// starting finds calls that start something on the machine that is called.
func starting(d *dcerpc.Record) bool {
	switch d.Endpoint {
	case "svcctl":
		return strings.HasPrefix(d.Operation, "StartService")
	case "atsvc":
		return d.Operation == "NetrJobAdd"
	case "ITaskSchedulerService":
		return d.Operation == "SchRpcRun"
	case "IWbemServices":
		return processCreate(d)
	}
	return false
}

// processCreate finds the method of WMI that starts a program; of a sealed call only its
// number is known, and it may be another method.
func processCreate(d *dcerpc.Record) bool {
	if d.Operation != "ExecMethod" && d.Operation != "ExecMethodAsync" {
		return false
	}
	return d.Closed || strings.HasPrefix(strings.ToLower(d.Target), "win32_process") && strings.EqualFold(d.Detail, "method create")
}

// startReach is how far a start has got of which it is not known what it started.
func startReach(outcome string) trace.Grade {
	switch outcome {
	case accepted:
		return trace.Written
	case sealed:
		return trace.Entered
	}
	return trace.Touched
}

// started is what a start is worth by its answer.
func started(r *event.Record, d *dcerpc.Record, p pair) detect.Hit {
	h := detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: outcome(d), Account: cmp.Or(d.User, d.Account), Service: d.Target, UIDs: []string{r.Conn.UID},
		Facts: detect.FactsOf(r, "endpoint", "operation", "target", "command", "outcome", "status", "return_value", "user")}
	if d.ReturnValue.OK && d.ReturnValue.V != 0 {
		h.Topic = failed
	}
	switch h.Topic {
	case refused, failed:
		h.Severity = detect.Medium
	case sealed:
		h.Confidence = 0.7
	case silent:
		h.Severity, h.Confidence = detect.Medium, 0.6
	}
	h.Reach = startReach(h.Topic)
	return h
}
