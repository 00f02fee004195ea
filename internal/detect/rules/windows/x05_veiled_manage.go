package windows

import (
	"cmp"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/tls"
)

// x5 asks the question of L5 where the command cannot be read: WinRM inside TLS, and methods
// of WMI in sealed calls. Who manages many machines so does it for a living.
var x5 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "X5", Engine: "behaviour",
		Title: "Remote management that cannot be read",
		Why:   "WinRM and WMI start programs without a file or a service. Seen are the session and its port, or the number of a sealed call; not seen is whether anything was started, nor if the log-in was granted. It weighs if one of the two has no business with it.",
		Innocent: []string{"An administrator with PowerShell, a management or inventory server: allow it by its host and service (winrm, wmi).",
			"Something else on the port of WinRM."},
		Attack:     []string{"T1021.006", "T1047"},
		Severity:   detect.Info,
		Confidence: 0.3,
		Basis:      "the question of L5, from ports and numbers of operations; MS-WSMV 2.1, MS-WMI 3.1.4.3.22",
		Numbers: []detect.Number{
			{Name: "administers", Value: 3, Min: 1, Unit: "hosts", Doc: "that a machine manages so within a day, from which on it is not told of further ones", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
			switch {
			case desk(source):
				return detect.Medium, "a machine of the role " + string(source) + " administers no other"
			case target.Modality():
				return detect.Medium, "a modality is managed by its maker's service alone"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{tls.Schema, dcerpc.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		managed := recent.NewDistinct[netid.IP, netid.IP](day, maxHosts, 64)
		return func(r *event.Record) {
			var h detect.Hit
			switch d := r.Body.(type) {
			case *tls.Record:
				if r.Conn.Resp.Port != 5986 || !d.Established {
					return
				}
				h.Topic, h.Source, h.Target = "winrm", r.Conn.Orig.IP, r.Conn.Resp.IP
				h.Facts = append([]detect.Fact{{Field: "port", Value: "5986, of WinRM inside TLS"}}, detect.FactsOf(r, "server_name", "version", "ja4")...)
			case *dcerpc.Record:
				if d.Endpoint != "IWbemServices" || !d.Closed || !processCreate(d) || d.Outcome == refused || d.Outcome == failed {
					return
				}
				p := caller(r, d.Backward)
				h.Topic, h.Source, h.Target, h.Account = "wmi", p.from, p.to, cmp.Or(d.User, d.Account)
				h.Facts = detect.FactsOf(r, "endpoint", "operation", "outcome", "user")
			}
			if managed.Add(h.Source, h.Target, r.TS) > n.Int("administers") {
				return
			}
			h.Time, h.Service, h.UIDs = r.TS, h.Topic, []string{r.Conn.UID}
			report(h)
		}
	},
}
