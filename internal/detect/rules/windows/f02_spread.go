package windows

import (
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/files"
	"lazaret/internal/proto/smb"
	"lazaret/internal/share"
)

// f2 is one act on several machines in turn. In a chain, a machine does to a third what was
// done to it before; in a fan, one machine does it to many. Only what was granted makes a
// machine a link of a chain.
var f2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "F2", Engine: "behaviour",
		Title: "The same act goes from machine to machine",
		Why:   "A machine that does to others what was done to it, hop after hop, is how a worm looks. Isolate the links, the first one first: the hops are in the evidence, in time (UTC).",
		Innocent: []string{"Software distribution (SCCM, PDQ), with distribution points that are updated before they serve others: allow it by its host and its account or service.",
			"A jump host, from which an administrator goes on.", "Backup servers in a cascade."},
		Attack:     []string{"T1570", "T1021.002", "T1210"},
		Severity:   detect.Medium,
		Confidence: 0.8,
		Basis:      "MITRE ATT&CK G0071 and S0366 (spread over administrative shares, by MS17-010); BZAR",
		Numbers: []detect.Number{
			{Name: "after", Value: 14_400, Min: 1, Unit: "seconds", Doc: "from what was done to a machine to what it does itself", Basis: "proposal"},
			{Name: "hosts", Value: 3, Min: 2, Unit: "hosts", Doc: "to which one machine does the same", Basis: "proposal"},
			{Name: "window", Value: 3600, Min: 1, Unit: "seconds", Doc: "within which it does", Basis: "proposal"},
		},
		Judge: weighSpread,
	},
	Wants: []*event.Schema{files.Schema, dcerpc.Schema, share.MappingSchema, share.TriedSchema, smb.TransSchema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		s := &spread{report: report, least: n.Int("hosts"),
			reached: recent.NewTable[site, []act](n.Seconds("after"), maxHosts),
			done:    recent.NewDistinct[fan, netid.IP](n.Seconds("window"), maxHosts, maxPeers),
			last:    recent.NewTable[fan, []act](n.Seconds("window"), maxHosts),
			told:    newGrowth[fan](n.Seconds("window"), maxHosts)}
		return func(r *event.Record) {
			a, ok := actOf(r)
			if !ok || a.from == a.to {
				return
			}
			s.chain(r, a)
			s.fan(r, a)
		}
	},
}

// deed is what is done to a machine.
type deed string

// The deeds, from what may be administration to what is least so.
const (
	enters deed = "administrative share"
	probes deed = "probe for MS17-010"
	writes deed = "program written"
	starts deed = "program started"
)

// act is a deed, once.
type act struct {
	pair
	what          deed
	name          string // of the program, the service or the task; empty if it is not told
	answer        string
	at            event.Time
	uid           string
	account, word string // by whom, and the service as allow-lists know it
}

// site is a machine to which something was done.
type site struct {
	host netid.IP
	what deed
}

// fan is what a machine does to others, with one answer.
type fan struct {
	from   netid.IP
	what   deed
	answer string
}

// maxHops is how many hops of a chain, or machines of a fan, are kept to be named.
const maxHops = 8

// actOf takes the act from a record.
func actOf(r *event.Record) (act, bool) {
	switch d := r.Body.(type) {
	case *files.Record:
		p, ok := copied(r, d)
		return act{p, writes, lastName(d.Filename), accepted, r.TS + event.Time(d.Duration), uidOf(r), d.User, byShares}, ok
	case *dcerpc.Record:
		making := d.Endpoint == "svcctl" && strings.HasPrefix(d.Operation, "CreateService") || d.Operation == "SchRpcRegisterTask"
		if !making && !starting(d) {
			return act{}, false
		}
		h := started(r, d, caller(r, d.Backward))
		a := act{pair{h.Source, h.Target}, starts, strings.Trim(d.Target, `\`), h.Topic, r.TS, r.Conn.UID, h.Account, h.Service}
		if a.answer == sealed {
			a.answer = accepted
		}
		// What was made is started next, and told then.
		return a, !making || a.answer == refused || a.answer == failed
	case *share.MappingRecord:
		_, ok := adminShare(d.Path)
		return act{caller(r, false), enters, "", accepted, r.TS, r.Conn.UID, d.User, byShares}, ok
	case *share.TriedRecord:
		_, ok := adminShare(d.Path)
		a := act{caller(r, false), enters, "", refused, r.TS, r.Conn.UID, d.User, byShares}
		if d.Status == "" {
			a.answer = silent
		}
		return a, ok && d.Action == "SMB::TREE_CONNECT"
	case *smb.TransRecord:
		return act{caller(r, false), probes, "", accepted, r.TS, r.Conn.UID, "", byShares}, d.SubCommand == "PEEK_NMPIPE" && d.FID.OK && d.FID.V == 0 && d.Status != ""
	}
	return act{}, false
}

// uidOf is the conversation of a record that may have none.
func uidOf(r *event.Record) string {
	if r.Conn == nil {
		return ""
	}
	return r.Conn.UID
}

// lastName is the name at the end of a path.
func lastName(path string) string { return path[strings.LastIndexByte(path, '\\')+1:] }

// spread is the memory of f2.
type spread struct {
	report  func(detect.Hit)
	least   int
	reached *recent.Table[site, []act] // the hops by which a machine was reached
	done    *recent.Distinct[fan, netid.IP]
	last    *recent.Table[fan, []act]
	told    growth[fan]
}

// chain tells an act of a machine to which the same was done before, by a third one.
func (s *spread) chain(r *event.Record, a act) {
	hops, ok := s.reached.Get(site{a.from, a.what}, a.at)
	if ok {
		// A way back is none on: two machines of administrators visit each other.
		ok = hops[len(hops)-1].at <= a.at && !slices.ContainsFunc(hops, func(h act) bool { return h.from == a.to || h.to == a.to })
	}
	if !ok {
		hops = nil
	}
	all := append(slices.Clone(hops[max(0, len(hops)-maxHops+1):]), a)
	if a.answer == accepted {
		key := site{a.to, a.what}
		// The first visit of a machine counts, and the longest way to one.
		if old, ok := s.reached.Get(key, a.at); !ok || len(old) <= len(all) && old[len(old)-1].from != a.from {
			s.reached.Put(key, all, a.at)
		}
	}
	if len(all) < 2 {
		return
	}
	h := a.hit(r, "chain "+a.answer)
	h.Target = a.to
	h.UIDs = append(h.UIDs, all[len(all)-2].uid)
	h.Facts = slices.Insert(h.Facts, 0, detect.Fact{Field: "hops, " + string(a.what), Value: route(all)})
	same := a.name != "" && !slices.ContainsFunc(all, func(x act) bool { return !strings.EqualFold(x.name, a.name) })
	if same {
		h.Confidence = 0.95
		h.Facts = append(h.Facts, detect.Fact{Field: "same name at each hop, " + string(a.what), Value: a.name})
	}
	switch {
	case a.answer != accepted, a.what == enters && !same:
		h.Severity, h.Confidence = detect.Low, 0.5
	case a.what == starts, a.what == probes:
		h.Severity = detect.High
	}
	s.report(h)
}

// fan tells an act that one machine does to many. Shares alone are another rule's (K2), and
// so are probes (E4, E6).
func (s *spread) fan(r *event.Record, a act) {
	if a.what != writes && a.what != starts {
		return
	}
	key := fan{a.from, a.what, a.answer}
	n := s.done.Add(key, a.to, a.at)
	list, _ := s.last.Get(key, a.at)
	if !slices.ContainsFunc(list, func(x act) bool { return x.to == a.to }) {
		list = append(slices.Clone(list[max(0, len(list)-maxHops+1):]), a)
		s.last.Put(key, list, a.at)
	}
	if !s.told.news(key, n, s.least, a.at) {
		return
	}
	h := a.hit(r, "fan "+a.answer)
	h.Facts = slices.Insert(h.Facts, 0, counted("machines, "+string(a.what), n), detect.Fact{Field: "in turn, " + string(a.what), Value: route(list)})
	if a.answer != accepted {
		h.Severity = detect.Low
	}
	s.report(h)
}

// hit is what all hits of an act have. Of a share that was entered the hops tell enough.
func (a *act) hit(r *event.Record, topic string) detect.Hit {
	return detect.Hit{Time: a.at, Source: a.from, Topic: topic, Account: a.account, Service: a.word, UIDs: []string{a.uid},
		Facts: detect.FactsOf(r, "endpoint", "operation", "target", "command", "outcome", "status", "filename", "sha256")}
}

// route names hops in time.
func route(list []act) string {
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.from.String() + ">" + a.to.String() + a.at.Std().Format(" 15:04:05"))
	}
	return b.String()
}

// weighSpread judges by what the machines are for.
func weighSpread(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
	chain := strings.HasPrefix(f.Topic, "chain ")
	switch {
	case chain && f.Severity == detect.High && (desk(source) || source.Care()):
		return detect.Critical, "a machine of the role " + string(source) + " passes on what was done to it"
	case chain && f.Severity == detect.High && target.Care():
		return detect.Critical, "it has reached a machine of the role " + string(target)
	case f.Severity == detect.Medium && (desk(source) || source.Care()):
		return detect.High, "a machine of the role " + string(source) + " administers no other"
	case chain && f.Severity == detect.Low && (desk(source) || source.Care()):
		return detect.Medium, "a machine of the role " + string(source) + " tries what was done to it"
	}
	return detect.None, ""
}
