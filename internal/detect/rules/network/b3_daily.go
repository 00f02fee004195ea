package network

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/tls"
)

// b3 is a server outside that is called once a day, at about the same hour, and not in
// between.
var b3 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "B3", Engine: "behaviour",
		Title:      "A server outside is called every day at the same hour",
		Why:        "Backdoors that want to stay for years call home once a day; of a modality only its maker may expect that.",
		Innocent:   []string{"Daily updates, licences and reports of programs.", "A maker's remote service, which collects logs at night.", "A device that is switched on every morning."},
		Attack:     []string{"T1071", "T1008"},
		Severity:   detect.Info,
		Confidence: 0.4,
		Basis:      "FBI CP-000111-MW: Kwampirs calls its servers daily; the rest are proposals",
		Numbers: []detect.Number{
			{Name: "days", Value: 5, Min: 3, Unit: "days", Doc: "from which on it is told", Basis: "proposal"},
			{Name: "spread", Value: 0.04, Min: 0, Unit: "share", Doc: "most median deviation of the intervals from a day; 0.04 is an hour", Basis: "proposal"},
			{Name: "single", Value: 0.6, Min: 0, Unit: "share", Doc: "least intervals of one day; the others may be of several", Basis: "proposal"},
			{Name: "burst", Value: 14_400, Min: 60, Unit: "seconds", Doc: "within which all calls are one", Basis: "proposal"},
		},
		Judge: weighDaily,
	},
	Wants: []*event.Schema{flow.Schema, dns.Schema, tls.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		given := newResolved()
		of := lru.New[daily, *rhythm](maxServers)
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *dns.Record:
				given.note(d)
			case *tls.Record:
				given.named(r.Conn.Resp.IP, d.ServerName)
			case *flow.Record:
				c := r.Conn
				o := outcome(d)
				if c.Proto != tcp || o == unknown || !elsewhere(c.Orig.IP, c.Resp.IP) {
					return
				}
				k := daily{c.Orig.IP, given.server(c.Resp.IP), c.Resp.Port}
				x, known := of.Touch(k)
				if !known {
					x = &rhythm{}
					of.Put(k, x)
				}
				if !x.add(r.TS, n.Seconds("burst"), o) || x.returns < n.Int("days") || x.returns < 2*x.told {
					return
				}
				if b := x.score(); b.spread <= n["spread"] && b.single >= n["single"] && b.period >= 23*hour && b.period <= 25*hour {
					x.told = x.returns
					report(dailyHit(r, d, k, x, b))
				}
			}
		}
	},
}

const hour = event.Interval(3600e9)

// daily is who calls which server, known by its domain or its address, on which port.
type daily struct {
	from   netid.IP
	server server
	port   uint16
}

func dailyHit(r *event.Record, d *flow.Record, k daily, x *rhythm, b beat) detect.Hit {
	h := detect.Hit{Time: r.TS, Source: k.from, Target: r.Conn.Resp.IP, Topic: portOf(k.port), Service: portOf(k.port), UIDs: []string{r.Conn.UID},
		Facts: append([]detect.Fact{{Field: "server", Value: k.server.String()}}, beatFacts(x, b)...)}
	if x.answered == 0 {
		h.Severity = detect.Low // and it goes on calling
	}
	h.Facts = append(h.Facts, detect.FactsOf(r, "service", "conn_state")...)
	return h
}

// weighDaily judges by who calls.
func weighDaily(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
	if source.Modality() && f.Severity < detect.Medium {
		return detect.Medium, "a modality calls it, and modalities have nobody outside to ask but their maker"
	}
	return detect.None, ""
}
