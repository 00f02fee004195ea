package windows

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/wsman"
)

// l5 is a program that is started over WMI, by DCOM or WinRM. Of sealed calls only the
// number of the operation is known, which may be another method: they are not told here,
// and count only behind a copy of a program (K4).
var l5 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "L5", Engine: "behaviour",
		Title:      "Program started on another machine over WMI",
		Why:        "It needs no file and no service on the target, so it is what intruders use when they know a password.",
		Innocent:   []string{"SCCM and inventory start programs so.", "An administrator with wmic or PowerShell."},
		Attack:     []string{"T1047"},
		Severity:   detect.Medium,
		Confidence: 0.8,
		Basis:      "MS-WMI 3.1.4.3.22, class Win32_Process; BZAR (execution by WMI)",
		Judge:      raise,
	},
	Wants: []*event.Schema{dcerpc.Schema, wsman.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			var h detect.Hit
			switch d := r.Body.(type) {
			case *dcerpc.Record:
				if d.Endpoint != "IWbemServices" || d.Target == "" || !processCreate(d) {
					return
				}
				h = started(r, d, caller(r, d.Backward))
				h.Facts = detect.FactsOf(r, "operation", "target", "detail", "arguments", "outcome", "status", "return_value", "user")
			case *wsman.Record:
				if d.Class != "Win32_Process" || d.Method != "Create" {
					return
				}
				p := caller(r, !d.IsOrig)
				h = detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: silent, Account: d.User, UIDs: []string{r.Conn.UID},
					Facts: detect.FactsOf(r, "class", "method", "status_code", "fault", "user")}
				switch {
				case d.Status.V == 401 || d.Status.V == 403 || d.Fault == "AccessDenied":
					h.Topic = refused
				case d.Fault != "":
					h.Topic = failed
				case d.Status.V == 200:
					h.Topic = accepted
				}
			}
			h.Severity, h.Service, h.Reach = detect.None, "wmi", startReach(h.Topic)
			if h.Topic == refused || h.Topic == failed || h.Topic == silent {
				h.Severity = detect.Low
			}
			report(h)
		}
	},
}
