package sigma

import (
	"errors"
	"fmt"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Config bounds the memory of an Engine.
type Config struct {
	Groups int `toml:"groups" doc:"groups of one correlation, or windows that are open; the one touched longest ago is forgotten beyond"`
	Events int `toml:"events" doc:"events of all groups of one correlation; the group touched longest ago is forgotten beyond"`
}

// DefaultConfig is enough for a hospital.
func DefaultConfig() Config { return Config{Groups: 20_000, Events: 200_000} }

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	for _, x := range []struct {
		key string
		n   int
	}{{"groups", c.Groups}, {"events", c.Events}} {
		if x.n < 1 || x.n > 1<<26 {
			errs = append(errs, fmt.Errorf("sigma.%s: %d is not between 1 and %d", x.key, x.n, 1<<26))
		}
	}
	return errors.Join(errs...)
}

// Stats counts what an Engine left out.
type Stats struct {
	Shed     uint64            // events of correlations that found no room
	Late     uint64            // events of windows that were over
	Filtered map[string]uint64 // hits left out, by the title of the filter
}

// Engine looks for the rules of a Set in records. It belongs to one goroutine.
type Engine struct {
	set      *Set
	report   func(detect.Hit)
	logs     map[*event.Schema]*reading
	counters []*counter
	filtered []uint64
	seq      uint64
	stats    Stats
	clock    event.Time
	key      []byte
}

// reading is what one log's records are read into.
type reading struct {
	plan *plan
	who  who
	view view
	// seen says by the number of the record which rules were looked at.
	seen []uint64
	hits func([]int)
}

// NewEngine makes an engine that calls report for each hit.
func NewEngine(set *Set, c Config, report func(detect.Hit)) *Engine {
	e := &Engine{set: set, report: report, logs: map[*event.Schema]*reading{}, filtered: make([]uint64, len(set.titles))}
	for s, p := range set.plans {
		if len(p.rules) == 0 {
			continue
		}
		g := &reading{plan: p, who: whoOf(s), seen: make([]uint64, len(p.rules))}
		g.view.columns = append([]column(nil), p.columns...)
		g.hits = func(rules []int) {
			for _, i := range rules {
				if g.seen[i] != e.seq {
					g.seen[i] = e.seq
					e.look(g, p.rules[i])
				}
			}
		}
		e.logs[s] = g
	}
	for _, c2 := range set.corrs {
		e.counters = append(e.counters, newCounter(e, c2, c))
	}
	return e
}

// Stats tells what was left out so far.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Filtered = map[string]uint64{}
	for i, n := range e.filtered {
		if n > 0 {
			s.Filtered[e.set.titles[i]] += n
		}
	}
	return s
}

// Add looks at one record. It keeps nothing of it but short strings.
func (e *Engine) Add(r *event.Record) {
	if r == nil || r.Body == nil {
		return
	}
	e.seq++
	if r.TS > e.clock {
		e.clock = r.TS
		for _, c := range e.counters {
			if c.due <= e.clock {
				c.close(e.clock, false)
			}
		}
	}
	g := e.logs[r.Body.Schema()]
	if g == nil {
		return
	}
	g.view.begin(r)
	g.hits(g.plan.index.always)
	for k := range g.plan.index.by {
		x := &g.plan.index.by[k]
		c := g.view.at(x.column)
		for i := range c.values {
			x.find(c.lowText(i), g.hits)
		}
	}
	g.view.record = nil
}

// End judges the windows that are open, as far as that is possible before they are over.
func (e *Engine) End() {
	for _, c := range e.counters {
		c.close(e.clock, true)
	}
}

// look evaluates one rule.
func (e *Engine) look(g *reading, t *target) {
	if !t.test(&g.view) {
		return
	}
	for _, f := range t.filters {
		if f.test(&g.view) {
			e.filtered[f.number]++
			return
		}
	}
	r := g.view.record
	if !t.rule.silent {
		h := detect.Hit{Rule: &t.rule.head, Time: r.TS, Facts: t.facts(&g.view)}
		h.Source, h.Target, h.UIDs = ends(r)
		g.who.sign(&h, r)
		e.report(h)
	}
	e.feed(t.rule, occurrence{ts: r.TS, seq: e.seq, record: r})
}

// ends are the originator, the responder and the uid of the conversation of a record.
func ends(r *event.Record) (source, target netid.IP, uids []string) {
	if c := r.Conn; c != nil {
		source, target = c.Orig.IP, c.Resp.IP
		if c.UID != "" {
			uids = []string{c.UID}
		}
	}
	return source, target, uids
}

// feed tells correlations what a rule found.
func (e *Engine) feed(r *rule, o occurrence) {
	for _, f := range r.feeds {
		e.counters[f.corr.number].add(f.ref, o)
	}
}
