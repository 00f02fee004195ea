package network

import (
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dns"
)

// b2 is a list of servers, or of names, that is gone through in vain: each is called, is
// dead, and the next one is called. Backdoors that carry hundreds of addresses do so each
// day until one of them answers.
var b2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "B2", Engine: "behaviour",
		Title:      "One dead server after the other is called",
		Why:        "Backdoors such as Kwampirs carry long lists of servers, most of them dead, and go through them daily until one answers; devices know a few servers, which live.",
		Innocent:   []string{"A firewall that has just closed the way out for everything.", "A program that knows many mirrors, or shares files with many others.", "A monitor that asks for machines which are switched off.", "A resolver or mail server that asks for names on behalf of others."},
		Attack:     []string{"T1008", "T1071.001"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "MITRE ATT&CK S0236 (a large hard-coded list, many entries inactive); FBI CP-000111-MW (daily)",
		Numbers: []detect.Number{
			{Name: "dead", Value: 10, Min: 3, Unit: "servers", Doc: "different ones on one port that did not answer, from which on it is told; addresses of one domain are one", Basis: "proposal"},
			{Name: "names", Value: 20, Min: 3, Unit: "domains", Doc: "different ones that do not exist, from which on it is told", Basis: "proposal"},
			{Name: "alive", Value: 0.25, Min: 0, Unit: "share", Doc: "most servers on that port that answered, for each one that did not", Basis: "proposal"},
			{Name: "abreast", Value: 0.5, Min: 0, Unit: "share", Doc: "most calls that begin before the one before has ended; scanners call many at a time", Basis: "proposal"},
			{Name: "window", Value: 86_400, Min: 60, Unit: "seconds", Doc: "in which they are called", Basis: "proposal"},
			{Name: "return", Value: 43_200, Min: 60, Unit: "seconds", Doc: "after which a server that is called again counts as a new round", Basis: "proposal: daily, with room for devices that are switched on in the morning"},
		},
		Judge: weighCycle,
	},
	Wants: []*event.Schema{flow.Schema, dns.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		c := &cycles{n: n, report: report,
			of:    lru.New[caller, *cycle](maxHosts),
			dead:  recent.NewDistinct[caller, server](n.Seconds("window"), maxHosts, maxDead),
			alive: recent.NewDistinct[caller, server](n.Seconds("window"), maxHosts, maxDead),
			first: lru.New[calledServer, event.Time](maxServers), given: newResolved(),
			names: recent.NewDistinct[netid.IP, string](n.Seconds("window"), maxHosts, maxDead),
			told:  recent.NewTable[netid.IP, int](n.Seconds("window"), maxHosts)}
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *flow.Record:
				if r.Conn.Proto == tcp {
					c.call(r, d)
				}
			case *dns.Record:
				c.given.note(d)
				if d.RCode.OK && d.RCode.V == nxdomain && r.Conn.Resp.Port == 53 {
					c.name(r, d)
				}
			}
		}
	},
}

const (
	maxDead    = 256    // servers of one list that are told apart
	maxServers = 32_768 // servers of all lists
	nxdomain   = 3      // RFC 1035 4.1.1
)

// patience is for how long whoever calls a dead server waits at least: TCP asks again only
// after a second (RFC 6298, section 2). Who calls the next one sooner calls both at once.
const patience = event.Interval(1e9)

// caller is who calls, and on which port: a list is for one service.
type caller struct {
	ip      netid.IP
	port    uint16
	outside bool
}

type calledServer struct {
	by caller
	server
}

// cycle is what is known of a list.
type cycle struct {
	begin, end     event.Time // of the call before
	calls, abreast int
	told           int // dead servers when it was last told
	again          int // of them, called again another day
	toldAgain      bool
}

// cycles is the memory of b2.
type cycles struct {
	n      detect.Numbers
	report func(detect.Hit)
	of     *lru.Map[caller, *cycle]
	dead   *recent.Distinct[caller, server]
	alive  *recent.Distinct[caller, server]
	first  *lru.Map[calledServer, event.Time]
	given  resolved
	names  *recent.Distinct[netid.IP, string]
	told   *recent.Table[netid.IP, int]
}

// call looks at a conversation.
func (c *cycles) call(r *event.Record, d *flow.Record) {
	k := caller{r.Conn.Orig.IP, r.Conn.Resp.Port, elsewhere(r.Conn.Orig.IP, r.Conn.Resp.IP)}
	o := outcome(d)
	if o == unknown {
		return
	}
	s, ok := c.of.Touch(k)
	if o == answered {
		if ok { // as long as nobody was dead, those that live do not matter
			c.alive.Add(k, c.given.server(r.Conn.Resp.IP), r.TS)
		}
		return
	}
	if !ok {
		s = &cycle{}
		c.of.Put(k, s)
	}
	// Records of different servers may come long out of order, so both ends count.
	end := r.TS + event.Time(d.Duration)
	if d.RespPkts == 0 {
		end = max(end, r.TS+event.Time(patience))
	}
	if s.calls++; r.TS < s.end && end > s.begin {
		s.abreast++
	}
	s.begin, s.end = r.TS, end
	called := c.given.server(r.Conn.Resp.IP)
	dead := c.dead.Add(k, called, r.TS)
	c.again(s, calledServer{k, called}, r.TS)
	c.tell(r, d, s, k, dead)
}

// again notes that a server is called in a new round.
func (c *cycles) again(s *cycle, at calledServer, now event.Time) {
	first, ok := c.first.Touch(at)
	switch {
	case !ok:
		c.first.Put(at, now)
	case now-first >= event.Time(c.n.Seconds("return")):
		s.again++
		c.first.Put(at, now)
	}
}

// tell reports a list when it is long enough, when it has doubled, and when it is gone
// through once more.
func (c *cycles) tell(r *event.Record, d *flow.Record, s *cycle, k caller, dead int) {
	need := c.n.Int("dead")
	daily := s.again >= need/2
	if dead < need || dead < 2*s.told && (!daily || s.toldAgain) {
		return
	}
	alive := len(c.alive.Values(k))
	if float64(alive) > c.n["alive"]*float64(dead) || float64(s.abreast) > c.n["abreast"]*float64(s.calls) {
		return
	}
	s.told, s.toldAgain = dead, daily
	list := c.dead.Values(k)
	h := detect.Hit{Time: r.TS, Source: k.ip, Topic: portOf(k.port), Service: portOf(k.port), UIDs: []string{r.Conn.UID},
		Facts: []detect.Fact{counted("servers that did not answer", dead), counted("servers that answered", alive),
			{Field: "the last of them", Value: firstFew(list[max(0, len(list)-5):])}}}
	switch {
	case k.outside && daily:
		h.Severity, h.Confidence = detect.High, 0.85
		h.Facts = append(h.Facts, counted("of them called again another day", s.again))
	case !k.outside:
		h.Severity, h.Topic = detect.Low, h.Topic+" inside"
	}
	h.Facts = append(h.Facts, detect.FactsOf(r, "conn_state", "history")...)
	c.report(h)
}

// name looks at a name that does not exist.
func (c *cycles) name(r *event.Record, d *dns.Record) {
	domain := lastTwo(d.Query)
	if domain == "" {
		return
	}
	from := r.Conn.Orig.IP
	count := c.names.Add(from, strings.Clone(domain), r.TS)
	before, _ := c.told.Get(from, r.TS)
	if count < c.n.Int("names") || count < 2*before {
		return
	}
	c.told.Put(from, count, r.TS)
	list := c.names.Values(from)
	c.report(detect.Hit{Time: r.TS, Source: from, Topic: "names", Service: "dns", Severity: detect.Low, Confidence: 0.5, UIDs: []string{r.Conn.UID},
		Facts: append([]detect.Fact{counted("domains that do not exist", count),
			{Field: "the last of them", Value: strings.Join(list[max(0, len(list)-5):], ", ")}}, detect.FactsOf(r, "query", "rcode_name")...)})
}

// weighCycle judges by what the one who calls is for.
func weighCycle(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
	switch {
	case source.Modality() && f.Severity < detect.High:
		return f.Severity + 1, "a modality calls the few servers that it was set up for"
	case f.Topic == "names" && (source == roles.DNSDHCP || source == roles.DomainController):
		return detect.Info, "it asks for the names of others"
	}
	return detect.None, ""
}
