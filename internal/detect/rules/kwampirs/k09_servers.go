package kwampirs

import (
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/proto/http"
)

// k9 is the list of servers of the backdoor, gone through: pages of its grammar are asked
// for at bare addresses, most of which are dead or belong to people who have nothing to
// do with it.
var k9 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K9", Engine: "behaviour",
		Title:      "Dead servers are asked for pages in the grammar of Kwampirs",
		Why:        "The backdoor calls one address of its list after the other, and asks each for such a page, until one answers.",
		Innocent:   []string{"A device with an old list of servers calls the same few each time, and not so many.", "Somebody looks at many devices outside by their addresses."},
		Attack:     []string{"T1008", "T1071.001"},
		Severity:   detect.High,
		Confidence: 0.85,
		Basis:      "grammar of paths and 465 bare addresses in the lists that ReversingLabs published; MITRE ATT&CK S0236, T1008",
		Numbers: []detect.Number{
			{Name: "dead", Value: 5, Min: 2, Unit: "servers", Doc: "different ones outside that did not answer or had no such page, from which on it is told", Basis: "proposal"},
			{Name: "window", Value: 86_400, Min: 60, Unit: "seconds", Doc: "in which they are called", Basis: "proposal: the backdoor calls daily (FBI, CP-000111-MW)"},
		},
		Judge: infectedDevice,
	},
	Wants: []*event.Schema{http.Schema, flow.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		s := &servers{n: n, report: report,
			asked: recent.NewTable[netid.IP, asked](n.Seconds("window"), maxHosts),
			dead:  recent.NewDistinct[netid.IP, netid.IP](n.Seconds("window"), maxHosts, 64),
			told:  recent.NewTable[netid.IP, int](n.Seconds("window"), maxHosts)}
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *http.Exchange:
				s.ask(r, d)
			case *flow.Record:
				if r.Conn.Proto == 6 && webPort(r.Conn.Resp.Port) && unreachable(d) && outside(r.Conn.Orig.IP, r.Conn.Resp.IP) {
					s.dead.Add(r.Conn.Orig.IP, r.Conn.Resp.IP, r.TS)
					s.tell(r.Conn.Orig.IP, r)
				}
			}
		}
	},
}

// asked is the last page that a device asked for at a bare address.
type asked struct {
	facts []detect.Fact
	uid   string
}

// servers is the memory of k9.
type servers struct {
	n      detect.Numbers
	report func(detect.Hit)
	asked  *recent.Table[netid.IP, asked]
	dead   *recent.Distinct[netid.IP, netid.IP]
	told   *recent.Table[netid.IP, int]
}

// ask looks at a request for a page.
func (s *servers) ask(r *event.Record, d *http.Exchange) {
	host, path, _ := target(d.URI, d.Host)
	if _, own := ownPath(path); !own {
		return
	}
	ip, ok := rawOutside(r.Conn, host)
	if !ok {
		return
	}
	from := r.Conn.Orig.IP
	s.asked.Put(from, asked{facts: detect.FactsOf(r, "method", "host", "uri", "user_agent", "status_code"), uid: r.Conn.UID}, r.TS)
	if outcome(d) != "answered" {
		s.dead.Add(from, ip, r.TS)
	}
	s.tell(from, r)
}

// tell reports when enough servers are dead, and when there are twice as many.
func (s *servers) tell(from netid.IP, r *event.Record) {
	list := s.dead.Values(from)
	if len(list) < s.n.Int("dead") {
		return
	}
	before, _ := s.told.Get(from, r.TS)
	page, ok := s.asked.Get(from, r.TS)
	if !ok || len(list) < 2*before {
		return
	}
	s.told.Put(from, len(list), r.TS)
	var last []string
	for _, ip := range list[max(0, len(list)-5):] {
		last = append(last, ip.String())
	}
	s.report(detect.Hit{Time: r.TS, Source: from, UIDs: []string{page.uid, r.Conn.UID},
		Facts: append([]detect.Fact{{Field: "dead servers", Value: strconv.Itoa(len(list))},
			{Field: "the last of them", Value: strings.Join(last, ", ")}}, page.facts...)})
}

func webPort(p uint16) bool { return p == 80 || p == 443 || p == 8080 || p == 8000 }

// unreachable tells whether nobody answered, or the port was refused.
func unreachable(d *flow.Record) bool {
	return d.ConnState == "REJ" || d.ConnState == "S0" && d.OrigBytes.V == 0 && d.RespPkts == 0 && !strings.ContainsAny(d.History, "ADF")
}

// outside tells whether an address is a public one, and so different from the other that
// no hospital owns both. Addresses for documentation count as public.
func outside(from, to netid.IP) bool {
	if from.Is4() && to.Is4() && from[12] == to[12] && from[13] == to[13] {
		return false
	}
	a := to.Addr()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !(to.Is4() && to[12] == 100 && to[13]&0xc0 == 64) // RFC 6598
}

// rawOutside is the address that a request names as its host, if it is one of a server
// outside.
func rawOutside(c *event.Conn, host string) (netid.IP, bool) {
	a, ok := rawHost(host)
	if !ok {
		return netid.IP{}, false
	}
	ip := netid.FromAddr(a)
	return ip, outside(c.Orig.IP, ip)
}
