package windows

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
)

// e6 is a sweep over the machines nearby that share files, or calls of strangers outside.
// A conversation is told when it ends, one without an answer long after it began: what
// counts is when each began.
var e6 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "E6", Engine: "behaviour",
		Title:    "File sharing of many machines called from one",
		Why:      "Worms look for their next victims so: all neighbours on 445 and 139, or addresses out in the world, where a hospital's machine has nothing to share.",
		Innocent: []string{"Discovery by inventory, print management or a scanner.", "A file service in the cloud: few addresses, all of which answer."},
		Attack:   []string{"T1046", "T1018"},
		Severity: detect.Medium, Confidence: 0.8,
		Basis: "analyses of WannaCry (all addresses of its network, then random ones) and NotPetya (139 and 445)",
		Numbers: []detect.Number{
			{Name: "hosts", Value: 15, Min: 3, Unit: "hosts", Doc: "of the caller's own network (/24, of IPv6 /64), or of others inside, that are called", Basis: "proposal"},
			{Name: "outside", Value: 5, Min: 1, Unit: "hosts", Doc: "outside that are called, or inside by one from outside", Basis: "proposal"},
			{Name: "window", Value: 60, Min: 1, Unit: "seconds", Doc: "within which they are", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			if f.Severity == detect.Medium && desk(source) {
				return detect.High, "a machine of the role " + string(source) + " looks for no others"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{flow.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		s := &sweeps{n: n, of: lru.New[sweepKey, *sweep](maxHosts)}
		return func(r *event.Record) {
			d, ok := r.Body.(*flow.Record)
			if !ok || r.Conn == nil || r.Conn.Proto != 6 || r.Conn.Resp.Port != 445 && r.Conn.Resp.Port != 139 {
				return
			}
			if h, ok := s.add(r, d); ok {
				report(h)
			}
		}
	},
}

type sweepKey struct {
	from  netid.IP
	where string
}

// Where the machines of a sweep are, as topics.
const (
	neighbours  = "neighbours"
	elsewhere   = "other networks"
	outside     = "outside"
	fromOutside = "from outside"
)

// whereto tells where a called machine is. Addresses that share their first 16 bits are
// taken for one site's.
func whereto(from, to netid.IP, d *flow.Record) string {
	switch {
	case within(from, to, 24):
		return neighbours
	case within(from, to, 16) || d.LocalOrig && d.LocalResp || !to.IsUnicast():
		return elsewhere
	case !d.LocalResp:
		return outside
	}
	return fromOutside
}

// called is one conversation of a sweep.
type called struct {
	to   netid.IP
	at   event.Time
	dead bool // nobody answered, or the port was refused
}

// sweep is what one machine called not long ago, at most maxPeers, the oldest entry first.
type sweep struct {
	list []called
	told int // hosts of the last report
	when event.Time
}

type sweeps struct {
	n  detect.Numbers
	of *lru.Map[sweepKey, *sweep]
}

// add enters a conversation, and makes a hit if the hosts within the window reach the
// number, or are twice as many as were told.
func (s *sweeps) add(r *event.Record, d *flow.Record) (detect.Hit, bool) {
	from, to := r.Conn.Orig.IP, r.Conn.Resp.IP
	topic := whereto(from, to, d)
	key, least := sweepKey{from, topic}, s.n.Int("hosts")
	if topic == outside || topic == fromOutside {
		least = s.n.Int("outside")
	}
	w, ok := s.of.Touch(key)
	if !ok {
		w = &sweep{}
		s.of.Put(key, w)
	}
	w.put(called{to, r.TS, d.ConnState == "S0" || d.ConnState == "REJ"})
	hosts, dead := w.count(r.TS, event.Time(s.n.Seconds("window")))
	if r.TS-w.when > event.Time(s.n.Seconds("window")) {
		w.told = 0
	}
	if len(hosts) < least || len(hosts) < 2*w.told {
		return detect.Hit{}, false
	}
	w.told, w.when = len(hosts), r.TS
	h := detect.Hit{Time: r.TS, Source: from, Topic: topic, Service: byShares, UIDs: []string{r.Conn.UID},
		Facts: []detect.Fact{counted("hosts called on 445 or 139", len(hosts)), counted("of them dead or refusing", dead), first(hosts)}}
	if topic == outside && dead > 0 {
		h.Severity, h.Confidence = detect.High, 0.9
	}
	return h, true
}

// put keeps the newest conversation with each host.
func (w *sweep) put(c called) {
	for i := range w.list {
		if w.list[i].to == c.to {
			if c.at >= w.list[i].at {
				w.list[i] = c
			}
			return
		}
	}
	if len(w.list) == maxPeers {
		copy(w.list, w.list[1:])
		w.list = w.list[:maxPeers-1]
	}
	w.list = append(w.list, c)
}

// count finds the hosts called within the window before, or after, a time: whichever are
// more.
func (w *sweep) count(at, window event.Time) (hosts []netid.IP, dead int) {
	before, after := 0, 0
	for _, c := range w.list {
		if c.at <= at && at-c.at <= window {
			before++
		}
		if c.at >= at && c.at-at <= window {
			after++
		}
	}
	for _, c := range w.list {
		since := at - c.at
		if before < after {
			since = -since
		}
		if since >= 0 && since <= window {
			hosts = append(hosts, c.to)
			if c.dead {
				dead++
			}
		}
	}
	return hosts, dead
}

// within tells whether two addresses share the first bits of IPv4, 8 bytes of IPv6.
func within(a, b netid.IP, bits int) bool {
	if a.Is4() != b.Is4() {
		return false
	}
	n := 8
	if a.Is4() {
		n = 12 + bits/8
	}
	return string(a[:n]) == string(b[:n])
}
