package network

import (
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// f1 is one host that goes to many on a port by which machines are managed.
var f1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "F1", Engine: "behaviour",
		Title:      "Many machines are called on one management port",
		Why:        "Who looks for machines that can be entered calls one after the other on the same port; modalities and desks have no reason to.",
		Innocent:   []string{"A server that manages, backs up or takes stock of machines.", "The PC of an administrator.", "A vulnerability scanner."},
		Attack:     []string{"T1046", "T1018", "T1021"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "proposals; Windows shares on port 445 have a rule of their own for the same in seconds",
		Numbers: []detect.Number{
			{Name: "hosts", Value: 15, Min: 3, Unit: "hosts", Doc: "from which on it is a fan", Basis: "proposal"},
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "in which they are called", Basis: "proposal"},
			{Name: "some", Value: 5, Min: 3, Unit: "hosts", Doc: "from which on it is told as information, which counts for devices that manage nobody", Basis: "proposal"},
			{Name: "while", Value: 3600, Min: 1, Unit: "seconds", Doc: "in which those are called", Basis: "proposal"},
		},
		Judge: weighFan,
	},
	Wants: []*event.Schema{flow.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		fast := recent.NewDistinct[caller, netid.IP](n.Seconds("window"), maxHosts, maxFan)
		slow := recent.NewDistinct[caller, netid.IP](n.Seconds("while"), maxHosts, maxFan)
		alive := recent.NewDistinct[caller, netid.IP](n.Seconds("while"), maxHosts, maxFan)
		told := recent.NewTable[caller, fanTold](n.Seconds("while"), maxHosts)
		return func(r *event.Record) {
			d, ok := r.Body.(*flow.Record)
			if !ok || r.Conn.Proto != tcp || wayOf(r.Conn.Resp.Port) == byNone {
				return
			}
			o := outcome(d)
			if o == unknown || !r.Conn.Resp.IP.IsUnicast() {
				return
			}
			k := caller{r.Conn.Orig.IP, r.Conn.Resp.Port, elsewhere(r.Conn.Orig.IP, r.Conn.Resp.IP)}
			if o == answered {
				alive.Add(k, r.Conn.Resp.IP, r.TS)
			}
			quick, many := 0, slow.Add(k, r.Conn.Resp.IP, r.TS)
			if wayOf(k.port) != byFiles {
				quick = fast.Add(k, r.Conn.Resp.IP, r.TS)
			}
			// Shares and calls of Windows to the outside are never everyday, at any pace.
			fan := quick >= n.Int("hosts") || k.outside && wayOf(k.port).spreads() && many >= n.Int("some")
			grade := detect.Info
			if fan {
				grade = detect.None // the rule's
			}
			before, _ := told.Get(k, r.TS)
			if many < n.Int("some") || (before.fan || !fan) && many < 2*before.hosts {
				return
			}
			told.Put(k, fanTold{many, fan || before.fan}, r.TS)
			h := detect.Hit{Time: r.TS, Source: k.ip, Topic: portOf(k.port), Service: string(wayOf(k.port)), Severity: grade, UIDs: []string{r.Conn.UID},
				Facts: append([]detect.Fact{counted("hosts", many), counted("of them answered", len(alive.Values(k))),
					{Field: "they are", Value: firstFew(slow.Values(k))}}, detect.FactsOf(r, "service", "conn_state")...)}
			if k.outside {
				h.Topic += " outside"
			}
			report(h)
		}
	},
}

// fanTold is what was told of a fan: how many hosts, and whether they were quick.
type fanTold struct {
	hosts int
	fan   bool
}

// maxFan is how many hosts of a fan are told apart.
const maxFan = 128

// weighFan judges by what the one who calls is for.
func weighFan(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
	switch {
	case source == roles.VendorGateway && spreadingTopic(f.Topic):
		return detect.High, "it is there for the work on modalities, and goes to machines in general"
	case source.Modality():
		return min(f.Severity+2, detect.High), "a modality manages nobody"
	case source == roles.RegistrationDesk || source == roles.ConsentDesk || source == roles.Dictation:
		return min(f.Severity+1, detect.High), "a desk manages nobody"
	case source == roles.Server && f.Severity == detect.Medium:
		return detect.Low, "servers manage machines"
	}
	return detect.None, ""
}

// spreadingTopic tells whether a finding is of a port by which programs spread.
func spreadingTopic(topic string) bool {
	switch topic {
	case "port 135", "port 139", "port 445", "port 5985", "port 5986":
		return true
	}
	return false
}
