package clinical

import (
	"fmt"

	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dicom"
)

// d4 is a question for everything, and what follows it: many studies that are fetched, or
// sent to a place that nothing was sent to before.
var d4 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "D4", Engine: "behaviour",
		Title:      "Images are gathered in bulk",
		Why:        "Whoever asks an archive for everything and fetches study after study takes the patients' data with him.",
		Innocent:   []string{"Migration, synchronisation with another archive, prefetching at night, an AI gateway: name them in an allow-list."},
		Attack:     []string{"T1213", "T1119", "T1041"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "PS3.4 C.2 to C.4; reports on archives that answered anybody; the counts are proposals",
		Numbers: []detect.Number{
			{Name: "matches", Value: 100, Min: 1, Unit: "matches", Doc: "answers to one unbounded question from which on it is a sweep", Basis: "proposal"},
			{Name: "studies", Value: 50, Min: 2, Unit: "studies", Doc: "different studies that one host fetches within the window", Basis: "proposal"},
			{Name: "window", Value: 3600, Min: 60, Unit: "seconds", Doc: "within which studies are counted", Basis: "proposal"},
			{Name: "over", Value: 2, Min: 1, Unit: "times", Doc: "with a baseline: how much more than ever is too much", Basis: "proposal"},
			{Name: "least", Value: 10, Min: 1, Unit: "studies", Doc: "with a baseline: fewer studies within the window are never too many", Basis: "proposal"},
			{Name: "days", Value: 30, Min: 1, Unit: "days", Doc: "width of a range of dates from which on it bounds nothing", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			switch {
			case source == roles.Archive || source == roles.DoseAI || source == roles.Workstation:
				return max(f.Severity-1, detect.Low), fmt.Sprintf("this is ordinary for a device that is a %s", source)
			case source.Modality() && f.Topic != sweep:
				return detect.High, "a modality does not gather images of others"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{dicom.OperationSchema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return newGatherer(n, nil, report).add
	},
	Learned: func(n detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
		return newGatherer(n, base, report).add
	},
}

// sweep is the topic of a question for everything.
const sweep = "asks for everything"

// gatherer is the memory of d4.
type gatherer struct {
	n       detect.Numbers
	report  func(detect.Hit)
	base    *baseline.Profile // nil if what is normal is not known
	studies *recent.Distinct[netid.IP, string]
	swept   *recent.Table[netid.IP, bool]
}

func newGatherer(n detect.Numbers, base *baseline.Profile, report func(detect.Hit)) *gatherer {
	return &gatherer{n: n, report: report, base: base,
		studies: recent.NewDistinct[netid.IP, string](n.Seconds("window"), maxHosts, 4*n.Int("studies")),
		swept:   recent.NewTable[netid.IP, bool](n.Seconds("window"), maxHosts)}
}

func (g *gatherer) add(r *event.Record) {
	d, ok := r.Body.(*dicom.Operation)
	if !ok || !d.FromCaller {
		return
	}
	from, to := sides(r.Conn, d.IsOrig)
	h := detect.Hit{Time: r.TS, Source: from, Target: to, Service: d.Calling, UIDs: []string{r.Conn.UID}}
	switch {
	case d.Command == "C-FIND" && d.Service == "query" && int(d.Matches) >= g.n.Int("matches") && baseline.Unbounded(d, g.n.Int("days")):
		if g.asks(baseline.Key{Kind: baseline.Query, Source: from, Target: to, Name: d.Calling}, d.Matches) {
			return
		}
		g.swept.Put(from, true, r.TS)
		h.Topic = sweep
		h.Facts = detect.FactsOf(r, "command", "query_level", "query_keys", "query_wildcards", "query_date_range_days", "matches", "calling_ae", "called_ae")
		g.report(h)
	case (d.Command == "C-MOVE" || d.Command == "C-GET") && d.Study != "" && (!d.Completed.OK || d.Completed.V > 0):
		many := g.studies.Add(from, d.Study, r.TS)
		limit, says := g.limit(from, d.Calling)
		_, after := g.swept.Get(from, r.TS)
		if after {
			h.Severity, h.Confidence = detect.High, 0.85
		}
		h.Facts = append(detect.FactsOf(r, "command", "move_destination", "calling_ae", "called_ae", "status_name"), counted("studies", many),
			detect.Fact{Field: "after asking for everything", Value: fmt.Sprint(after)})
		if says != "" {
			h.Facts = append(h.Facts, detect.Fact{Field: "baseline", Value: says})
		}
		if g.base != nil && d.MoveDest != "" {
			if _, known := g.base.Has(baseline.Key{Kind: baseline.Destination, Source: to, Name: d.MoveDest}); !known {
				h.Topic = "has studies sent to " + d.MoveDest + ", where none went before"
				g.report(h)
			}
		}
		if many < limit {
			return
		}
		h.Topic = "fetches many studies"
		if d.MoveDest != "" && d.MoveDest != d.Calling {
			h.Topic = "has many studies sent to " + d.MoveDest
		}
		g.report(h)
	}
}

// asks tells whether somebody asks for everything every day, and gets as much.
func (g *gatherer) asks(k baseline.Key, matches uint64) bool {
	if g.base == nil {
		return false
	}
	row, known := g.base.Has(k)
	return known && float64(matches) <= g.n["over"]*float64(row.Most[0])
}

// limit is from how many studies within the window on it is too much: for who is in the
// baseline more than it ever fetched, for others the rule's number.
func (g *gatherer) limit(from netid.IP, title string) (studies int, says string) {
	if g.base == nil {
		return g.n.Int("studies"), ""
	}
	row, known := g.base.Has(baseline.Key{Kind: baseline.Retrieval, Source: from, Name: title})
	if !known {
		return min(g.n.Int("least"), g.n.Int("studies")), "it fetched nothing in " + baseline.Long(g.base.Span())
	}
	return max(g.n.Int("least"), int(g.n["over"]*float64(row.Most[0]))+1), fmt.Sprintf("at most %d studies in an hour", row.Most[0])
}
