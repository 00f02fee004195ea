package kwampirs

import (
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/trace"
)

// k1 is the service that the backdoor installs. The names imitate a service that Windows
// has, wmiApSrv, called WMI Performance Adapter; that one must stay quiet.
var k1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K1", Engine: "behaviour",
		Title:      "Service of the Kwampirs backdoor",
		Why:        "Orangeworm's backdoor installs itself under this name on one imaging device after the other, and stays for months.",
		Innocent:   []string{"None is known. Windows' own service wmiApSrv is not meant by this rule."},
		Attack:     []string{"T1543.003", "T1036.004", "T1569.002"},
		Severity:   detect.High,
		Confidence: 0.95,
		Basis:      "MITRE ATT&CK S0236; names and path of the service as network scanners check them",
	},
	Wants: []*event.Schema{dcerpc.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*dcerpc.Record)
			if !ok || d.Endpoint != "svcctl" || !ownService(d) {
				return
			}
			h := detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, Topic: d.Outcome, Account: d.Account, Service: d.Target, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "operation", "target", "display_name", "command", "outcome", "status")}
			if d.Backward {
				h.Source, h.Target = h.Target, h.Source
			}
			switch d.Outcome {
			case "accepted":
				h.Severity, h.Reach = detect.Critical, trace.Written
				if strings.HasPrefix(d.Operation, "StartService") {
					h.Reach = trace.Proven
				}
			case "refused", "failed":
				h.Reach = trace.Touched
				h.Confidence = 0.9 // somebody tried, and this host said no
			}
			report(h)
		}
	},
}

// ownService finds the names of the backdoor's service. The display name and the name of
// the service must be whole; the program has its words anywhere.
func ownService(d *dcerpc.Record) bool {
	name, command := strings.ToLower(d.Target), strings.ToLower(d.Command)
	return name == "wmiapsrvex" || strings.EqualFold(d.Display, "WMI Performance Adapter Extension") ||
		strings.Contains(command, "wmiapsrve") || strings.Contains(command, "controltrace -embedding")
}
