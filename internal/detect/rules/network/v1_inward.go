package network

import (
	"slices"
	"time"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
)

// v1 is a machine that somebody came into from outside, and that then goes on to others.
// Makers' remote service works so; Orangeworm came in that way.
var v1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "V1", Engine: "behaviour",
		Title:      "Remote session from outside goes on to other machines",
		Why:        "Suppliers' access was a way in for Orangeworm: a session that belongs on one modality turns to desks, servers and shares.",
		Innocent:   []string{"Genuine remote service in its window, on the modalities it is for.", "Staff who work from outside on a machine that uses servers inside."},
		Attack:     []string{"T1199", "T1133", "T1021"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "FBI CP-000111-MW (entry by suppliers and remote management); MITRE ATT&CK T1199",
		Numbers: []detect.Number{
			{Name: "after", Value: 3600, Min: 0, Unit: "seconds", Doc: "after the last packet of the session in which the next step belongs to it", Basis: "proposal"},
			{Name: "hosts", Value: 3, Min: 2, Unit: "hosts", Doc: "that are gone to over shares or calls of Windows, from which on it is high", Basis: "proposal"},
		},
		Judge: weighInward,
	},
	Wants: []*event.Schema{flow.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		v := &inward{n: n, report: report,
			entered: lru.New[netid.IP, *visit](maxHosts), steps: lru.New[netid.IP, *[]step](maxHosts),
			spread: recent.NewDistinct[netid.IP, netid.IP](n.Seconds("after"), maxHosts, 64)}
		return func(r *event.Record) {
			d, ok := r.Body.(*flow.Record)
			if !ok || r.Conn.Proto != tcp {
				return
			}
			way := wayOf(r.Conn.Resp.Port)
			if way == byNone || outcome(d) != answered {
				return
			}
			c := r.Conn
			switch {
			case elsewhere(c.Orig.IP, c.Resp.IP):
			case elsewhere(c.Resp.IP, c.Orig.IP):
				if way == byShell || way == byScreen {
					v.enter(c, d, r.TS)
				}
			default:
				v.step(c.Orig.IP, step{to: c.Resp.IP, way: way, at: r.TS, uid: c.UID})
			}
		}
	},
}

// maxSteps is how many steps of a host are kept for a session that is not known yet: the
// record of a conversation comes when it ends, and a session ends last.
const maxSteps = 32

// visit is the session by which a machine was entered last.
type visit struct {
	from       netid.IP
	way        by
	uid        string
	begin, end event.Time
}

// step is where a machine went.
type step struct {
	to  netid.IP
	way by
	at  event.Time
	uid string
}

// inward is the memory of v1.
type inward struct {
	n       detect.Numbers
	report  func(detect.Hit)
	entered *lru.Map[netid.IP, *visit]
	steps   *lru.Map[netid.IP, *[]step]
	spread  *recent.Distinct[netid.IP, netid.IP]
}

// enter notes a session from outside; steps that were within it are told now.
func (v *inward) enter(c *event.Conn, d *flow.Record, at event.Time) {
	host := c.Resp.IP
	s := &visit{from: c.Orig.IP, way: wayOf(c.Resp.Port), uid: c.UID, begin: at, end: at + event.Time(d.Duration)}
	if old, ok := v.entered.Touch(host); ok && old.from == s.from && s.begin <= old.end+event.Time(v.n.Seconds("after")) {
		s.begin = min(s.begin, old.begin)
		s.end = max(s.end, old.end)
	}
	v.entered.Put(host, s)
	list, ok := v.steps.Get(host)
	if !ok {
		return
	}
	*list = slices.DeleteFunc(*list, func(x step) bool { return v.within(host, s, x) })
}

// step looks at a conversation from a machine inside to another.
func (v *inward) step(host netid.IP, x step) {
	if s, ok := v.entered.Touch(host); ok && v.within(host, s, x) {
		return
	}
	list, ok := v.steps.Touch(host)
	if !ok {
		list = new([]step)
		v.steps.Put(host, list)
	}
	if len(*list) >= maxSteps {
		*list = slices.Delete(*list, 0, 1)
	}
	*list = append(*list, x)
}

// within tells whether a step was made in a session or not long after, and reports it.
func (v *inward) within(host netid.IP, s *visit, x step) bool {
	if x.at < s.begin || x.at > s.end+event.Time(v.n.Seconds("after")) || x.to == host {
		return false
	}
	h := detect.Hit{Time: x.at, Source: host, Target: x.to, Topic: string(x.way), Service: string(x.way), UIDs: []string{x.uid, s.uid},
		Facts: []detect.Fact{{Field: "entered from", Value: s.from.String()}, {Field: "by", Value: string(s.way)},
			{Field: "goes on by", Value: string(x.way)}, {Field: "after the session began", Value: time.Duration(x.at.Sub(s.begin)).Round(time.Second).String()}}}
	if x.way.spreads() {
		if hosts := v.spread.Add(host, x.to, x.at); hosts >= v.n.Int("hosts") {
			h.Severity, h.Confidence = detect.High, 0.8
			h.Facts = append(h.Facts, counted("hosts gone to over shares and calls", hosts))
		}
	}
	v.report(h)
	return true
}

// weighInward judges by what the machines are for.
func weighInward(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
	spreads := by(f.Topic).spreads()
	switch {
	case !spreads && target.Modality():
		return detect.Info, "remote service is there for modalities"
	case target == roles.DomainController || target == roles.DNSDHCP:
		return detect.Low, "every machine of a domain goes there"
	case spreads && desk(target), spreads && source == roles.VendorGateway:
		return detect.High, "a supplier's session has no business with its files and calls"
	}
	return detect.None, ""
}
