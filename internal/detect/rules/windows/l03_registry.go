package windows

import (
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/trace"
)

// l3 is a value of the registry that lets somebody in again, or starts a program.
var l3 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "L3", Engine: "behaviour",
		Title:      "Registry of another machine opened to its intruder",
		Why:        "These values switch protection off, let everybody administer from afar, log somebody in by themselves, or start a program at each logon.",
		Innocent:   []string{"A vulnerability scanner that starts RemoteRegistry and sets what it needs.", "Tools that carry out group policy.", "A maker's set-up of automatic logon on a device."},
		Attack:     []string{"T1112", "T1547.001"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "MS-RRP 3.1.5.22; documentation of the values by Microsoft",
		Judge:      raise,
	},
	Wants: []*event.Schema{dcerpc.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*dcerpc.Record)
			if !ok || d.Operation != "BaseRegSetValue" {
				return
			}
			what := opens(d.Target, d.Detail)
			if what == "" {
				return
			}
			p := caller(r, d.Backward)
			h := detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: what + " " + outcome(d), Account: d.User, Service: d.Endpoint, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "target", "detail", "value", "outcome", "status", "user")}
			h.Reach = trace.Entered
			if o := outcome(d); o == refused || o == failed || o == silent {
				h.Severity, h.Reach = detect.Low, trace.Touched
			}
			report(h)
		}
	},
}

// opening are values that open a machine, in small letters, and what they are called in a
// topic.
var opening = map[string]string{
	"localaccounttokenfilterpolicy": "LocalAccountTokenFilterPolicy", "autoadminlogon": "AutoAdminLogon", "disableantispyware": "DisableAntiSpyware",
	"disablerestrictedadmin": "DisableRestrictedAdmin", "uselogoncredential": "UseLogonCredential", "fdenytsconnections": "fDenyTSConnections", "enablelua": "EnableLUA",
	"userinit": "Userinit", "appinit_dlls": "AppInit_DLLs", "limitblankpassworduse": "LimitBlankPasswordUse",
}

// opens names what a value opens; empty if it is another.
func opens(key, detail string) string {
	value, ok := strings.CutPrefix(detail, "value ")
	if !ok {
		return ""
	}
	value, _, _ = strings.Cut(value, ", ")
	if name := opening[strings.ToLower(value)]; name != "" {
		return name
	}
	key = strings.ToLower(strings.TrimSuffix(key, `\`))
	if strings.HasSuffix(key, `\currentversion\run`) || strings.HasSuffix(key, `\currentversion\runonce`) {
		return "program at logon"
	}
	return ""
}
