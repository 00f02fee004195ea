package network

import (
	"fmt"
	"strings"
	"time"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/tls"
)

// b1 is a conversation that begins anew like a clock. Backdoors ask for orders so; so do
// updaters and monitors, which is why the rule alone never says more than low.
var b1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "B1", Engine: "behaviour",
		Title:      "Calls that return like a clock",
		Why:        "Backdoors ask their server for orders at regular intervals; a modality has nobody outside to ask, and no reason to ask a PC.",
		Innocent:   []string{"Updates, licences, virus scanners and telemetry of Windows and of makers.", "A maker's remote service that keeps its line open.", "A monitor, or a page that renews itself.", "A proprietary protocol between devices of one maker."},
		Attack:     []string{"T1071", "T1571"},
		Severity:   detect.Low,
		Confidence: 0.5,
		Basis:      "median and median absolute deviation of the intervals; proposals, no published figure",
		Numbers: []detect.Number{
			{Name: "returns", Value: 12, Min: 4, Unit: "calls", Doc: "from which on a rhythm is looked for", Basis: "proposal"},
			{Name: "spread", Value: 0.2, Min: 0, Unit: "share", Doc: "most median deviation of the intervals, of their median; 40 % of jitter to both sides is 0.2", Basis: "proposal"},
			{Name: "single", Value: 0.6, Min: 0, Unit: "share", Doc: "least intervals of one period; the others may be of several, by lost packets", Basis: "proposal"},
			{Name: "shortest", Value: 10, Min: 1, Unit: "seconds", Doc: "period", Basis: "proposal"},
			{Name: "longest", Value: 21_600, Min: 60, Unit: "seconds", Doc: "period", Basis: "proposal"},
			{Name: "burst", Value: 4, Min: 0, Unit: "seconds", Doc: "within which several calls are one", Basis: "proposal"},
		},
		Judge: weighBeacon,
	},
	Wants: []*event.Schema{flow.Schema, dns.Schema, tls.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		given, said := newResolved(), lru.New[line, hello](maxLines)
		of := lru.New[line, *rhythm](maxLines)
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *dns.Record:
				given.note(d)
			case *tls.Record:
				given.named(r.Conn.Resp.IP, d.ServerName)
				c := r.Conn
				said.Put(line{c.Orig.IP, c.Resp.IP, c.Resp.Port, c.Proto, elsewhere(c.Orig.IP, c.Resp.IP)}, hello{strings.Clone(d.ServerName), strings.Clone(d.JA4)})
			case *flow.Record:
				k, o, ok := lineOf(r, d)
				if !ok {
					return
				}
				x, known := of.Touch(k)
				if !known {
					x = &rhythm{}
					of.Put(k, x)
				}
				fresh := x.add(r.TS, n.Seconds("burst"), o)
				x.weigh(d.OrigBytes.V)
				over := x.returns - n.Int("returns")
				if !fresh || over < 0 || over%4 != 0 || x.returns < 2*x.told {
					return // often enough to see it, and not at each call
				}
				if b := x.score(); b.fits(n) {
					x.told = x.returns
					h := beaconHit(r, d, k, x, b, given)
					if i, ok := said.Get(k); ok {
						h.Facts = append(h.Facts, i.facts()...)
					}
					report(h)
				}
			}
		}
	},
}

const maxLines = 32_768 // of who calls whom on which port

// line is who calls whom, and on which port.
type line struct {
	from, to netid.IP
	port     uint16
	proto    uint8
	outside  bool
}

// lineOf tells whether a conversation is one whose returns say something. Inside, asking
// servers for what they are there for is everyday: only calls that no protocol was
// recognised in, remote control and plain web are looked at.
func lineOf(r *event.Record, d *flow.Record) (k line, o call, ok bool) {
	c := r.Conn
	k = line{c.Orig.IP, c.Resp.IP, c.Resp.Port, c.Proto, elsewhere(c.Orig.IP, c.Resp.IP)}
	switch c.Proto {
	case tcp:
		if o = outcome(d); o == unknown {
			return k, o, false
		}
		ok = k.outside || c.Resp.IP.IsUnicast() && (d.Service == "" && d.OrigBytes.V > 0 || d.Service == "http" || d.Service == "ssl" || d.Service == "ssh")
	case udp:
		if ok = k.outside && d.Service == "" && !everydayUDP(c.Resp.Port); ok && d.RespPkts > 0 {
			o = answered
		} else if ok {
			o = dead
		}
	}
	return k, o, ok
}

// everydayUDP reports the ports on which regular datagrams to the outside are the rule:
// names, clocks, keys and tunnels of remote service, telephony.
func everydayUDP(port uint16) bool {
	switch port {
	case 53, 123, 443, 500, 1194, 3478, 3544, 4500, 5060, 51820:
		return true
	}
	return false
}

// fits tells whether a beat is regular enough.
func (b beat) fits(n detect.Numbers) bool {
	return b.spread <= n["spread"] && b.single >= n["single"] && b.period >= n.Seconds("shortest") && b.period <= n.Seconds("longest")
}

func beaconHit(r *event.Record, d *flow.Record, k line, x *rhythm, b beat, given resolved) detect.Hit {
	h := detect.Hit{Time: r.TS, Source: k.from, Target: k.to, Topic: portOf(k.port), Service: portOf(k.port), UIDs: []string{r.Conn.UID},
		Facts: beatFacts(x, b)}
	if !k.outside {
		h.Severity, h.Topic = detect.Info, h.Topic+" inside"
	} else if name, ok := given.of.Get(k.to); ok {
		h.Facts = append(h.Facts, detect.Fact{Field: "its address was given for", Value: name})
	} else {
		h.Facts = append(h.Facts, detect.Fact{Field: "its address was given for", Value: "no name that was seen"})
	}
	h.Facts = append(h.Facts, detect.FactsOf(r, "service", "conn_state")...)
	if x.size > 0 {
		h.Facts = append(h.Facts, counted("calls that send as much, more or less", x.alike))
	}
	return h
}

// hello is what a call inside TLS shows of itself: for which name it is, if it says so, and
// the print of the program that makes it.
type hello struct{ name, ja4 string }

func (h hello) facts() []detect.Fact {
	if h.name == "" {
		h.name = "none"
	}
	out := []detect.Fact{{Field: "ssl.server_name", Value: h.name}}
	if h.ja4 != "" {
		out = append(out, detect.Fact{Field: "ssl.ja4", Value: h.ja4})
	}
	return out
}

// beatFacts are what is told of a rhythm.
func beatFacts(x *rhythm, b beat) []detect.Fact {
	out := []detect.Fact{
		{Field: "every", Value: time.Duration(b.period).Round(time.Second).String()},
		{Field: "median deviation", Value: fmt.Sprintf("%.1f %%", 100*b.spread)},
		counted("returns", x.returns), counted("calls answered", x.answered),
	}
	if x.dead > 0 {
		out = append(out, counted("calls without an answer", x.dead))
	}
	if b.missed > 0 {
		out = append(out, counted("returns left out", b.missed))
	}
	return out
}

// weighBeacon judges by who calls whom.
func weighBeacon(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
	inside := strings.HasSuffix(f.Topic, " inside")
	switch {
	case !source.Modality():
	case !inside && f.Severity < detect.Medium:
		return detect.Medium, "a modality calls it, and modalities have nobody outside to ask but their maker"
	case inside && desk(target):
		return detect.Medium, "a modality calls a machine at which people work"
	}
	return detect.None, ""
}

// desk reports the machines at which people work, and which serve nobody.
func desk(r roles.Role) bool {
	switch r {
	case roles.PC, roles.RegistrationDesk, roles.ConsentDesk, roles.Dictation:
		return true
	}
	return false
}
