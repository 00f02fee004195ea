package detect

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"lazaret/internal/baseline"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// Config bounds a Book.
type Config struct {
	Max     int                           `toml:"max" doc:"most findings that are told apart; hits beyond are only counted"`
	Numbers map[string]map[string]float64 `toml:"numbers" doc:"windows and counts of rules, other than those that lazaret rules explain shows: by rule, then by name"`
}

// DefaultConfig is for a network of a few thousand machines.
func DefaultConfig() Config { return Config{Max: 20_000, Numbers: map[string]map[string]float64{}} }

// Validate names every wrong key. What the numbers may be is known to those who have
// the rules: see NumbersOf.
func (c Config) Validate() error {
	if c.Max < 1 || c.Max > 1<<24 {
		return fmt.Errorf("detect.max: %d is not between 1 and %d", c.Max, 1<<24)
	}
	return nil
}

// NumbersOf are the numbers in force for a rule.
func (c Config) NumbersOf(r *Rule) Numbers {
	n := Numbers{}
	for _, x := range r.Numbers {
		n[x.Name] = x.Value
	}
	maps.Copy(n, c.Numbers[r.ID])
	return n
}

// row tells findings apart.
type row struct {
	rule           *Rule
	source, target netid.IP
	topic          string
	card           netid.MAC
}

// Book joins hits to findings.
type Book struct {
	cfg  Config
	rows map[row]*Finding
	// allow says why a hit is expected; nil if nothing is.
	allow   func(*Hit) string
	allowed map[allowed]int
	hits    uint64
	shed    uint64
}

// allowed is a row of what allow-lists silenced.
type allowed struct {
	rule *Rule
	by   string
}

// Allowed is how many hits of a rule an entry of an allow-list silenced.
type Allowed struct {
	Rule  *Rule
	By    string
	Count int
}

// Report is what a Book has found.
type Report struct {
	Findings []Finding // worst first, then by First
	Allowed  []Allowed // by rule and entry
	Hits     uint64    // in all
	Shed     uint64    // hits that found no room
}

// NewBook makes an empty Book. allow names the entry of an allow-list that a hit is
// expected by, or is empty; it may be nil.
func NewBook(cfg Config, allow func(*Hit) string) *Book {
	return &Book{cfg: cfg, rows: map[row]*Finding{}, allow: allow, allowed: map[allowed]int{}}
}

// Hit takes what a rule reports.
func (b *Book) Hit(h Hit) {
	b.hits++
	if b.allow != nil {
		if by := b.allow(&h); by != "" {
			b.allowed[allowed{h.Rule, by}]++
			return
		}
	}
	k := row{h.Rule, h.Source, h.Target, h.Topic, h.Card}
	f := b.rows[k]
	if f == nil {
		if len(b.rows) >= b.cfg.Max {
			b.shed++
			return
		}
		f = &Finding{Rule: h.Rule, Source: h.Source, Target: h.Target, Card: h.Card, Topic: h.Topic, First: h.Time, Last: h.Time, Conn: h.Conn, judge: h.Judge}
		b.rows[k] = f
	}
	f.add(&h)
}

// add joins a hit that is like those before it.
func (f *Finding) add(h *Hit) {
	f.Count++
	f.First, f.Last = min(f.First, h.Time), max(f.Last, h.Time)
	f.Severity = max(f.Severity, cmp.Or(h.Severity, h.Rule.Severity))
	f.Confidence = max(f.Confidence, cmp.Or(h.Confidence, h.Rule.Confidence))
	for _, x := range h.Facts {
		f.addFact(x)
	}
	if len(f.Steps) < maxSteps {
		s := Step{Time: h.Time, Reach: h.Reach}
		if len(h.UIDs) > 0 {
			s.UID = h.UIDs[len(h.UIDs)-1]
		}
		f.Steps = append(f.Steps, s)
	}
	for _, u := range h.UIDs {
		if len(f.UIDs) < maxUIDs && !slices.Contains(f.UIDs, u) {
			f.UIDs = append(f.UIDs, u)
		}
	}
}

// addFact enters a field's value beside others that it had. What was counted has one
// value, the last.
func (f *Finding) addFact(x Fact) {
	if x.counted() {
		if i := slices.IndexFunc(f.Facts, func(y Fact) bool { return y.Field == x.Field }); i >= 0 {
			f.Facts[i] = x
			return
		}
	}
	if len(f.Facts) < maxFacts && !slices.Contains(f.Facts, x) {
		f.Facts = append(f.Facts, x)
	}
}

// Snapshot tells what was found so far. role says what a device is for.
func (b *Book) Snapshot(role func(netid.IP) roles.Role) *Report {
	out := &Report{Findings: make([]Finding, 0, len(b.rows)), Hits: b.hits, Shed: b.shed}
	for _, f := range b.rows {
		c := *f
		c.Facts, c.UIDs, c.Steps = slices.Clone(f.Facts), slices.Clone(f.UIDs), slices.Clone(f.Steps)
		if c.weigh(role) {
			out.Findings = append(out.Findings, c)
		}
	}
	slices.SortFunc(out.Findings, func(x, y Finding) int {
		return cmp.Or(-cmp.Compare(x.Severity, y.Severity), cmp.Compare(x.First, y.First), cmp.Compare(x.Rule.ID, y.Rule.ID),
			x.Source.Compare(y.Source), x.Target.Compare(y.Target), cmp.Compare(x.Topic, y.Topic), bytes.Compare(x.Card[:], y.Card[:]))
	})
	for k, n := range b.allowed {
		out.Allowed = append(out.Allowed, Allowed{k.rule, k.by, n})
	}
	slices.SortFunc(out.Allowed, func(x, y Allowed) int {
		return cmp.Or(cmp.Compare(x.Rule.ID, y.Rule.ID), cmp.Compare(x.By, y.By))
	})
	return out
}

// weigh judges a finding by what the devices are for. It is false if there is none after
// all.
func (f *Finding) weigh(role func(netid.IP) roles.Role) bool {
	j := f.judge
	if j == nil {
		if j = f.Rule.Judge; j == nil {
			return true
		}
	}
	s, why := j(f, role(f.Source), role(f.Target))
	if f.judge != nil {
		f.Severity, f.Reason = s, why
		return s != None
	}
	if s != None && s != f.Severity {
		f.Severity, f.Reason = s, why
	}
	return true
}

// Watch runs behaviours over records.
type Watch struct {
	of map[*event.Schema][]func(*event.Record)
	at *event.Conn // of the record at hand, nil if it has none
}

// NewWatch starts behaviours with the numbers in force. What they report goes to book.
// Those that need to know what is normal are left out.
func NewWatch(cfg Config, book *Book, list []*Behaviour) *Watch {
	return NewWatchAgainst(cfg, book, list, nil)
}

// NewWatchAgainst is NewWatch for who knows what is normal; base is nil if nobody does.
// What base learns from, it must have learned before Add is told of it.
func NewWatchAgainst(cfg Config, book *Book, list []*Behaviour, base *baseline.Profile) *Watch {
	w := &Watch{of: map[*event.Schema][]func(*event.Record){}}
	for _, b := range list {
		if look := w.start(b, cfg.NumbersOf(&b.Rule), book, base); look != nil {
			for _, s := range b.Wants {
				w.of[s] = append(w.of[s], look)
			}
		}
	}
	return w
}

// start makes what looks at records for a behaviour, nil for nothing.
func (w *Watch) start(b *Behaviour, n Numbers, book *Book, base *baseline.Profile) func(*event.Record) {
	report := func(h Hit) {
		h.Rule = &b.Rule
		if w.at != nil && len(h.UIDs) > 0 && h.UIDs[0] == w.at.UID {
			h.Conn = *w.at
		}
		book.Hit(h)
	}
	if base == nil || b.Learned == nil {
		if b.New == nil {
			return nil
		}
		return b.New(n, report)
	}
	compare, look := b.Learned(n, base, report), func(*event.Record) {}
	if b.New != nil {
		look = b.New(n, report)
	}
	return func(r *event.Record) {
		if base.Learning(r.TS) {
			look(r)
			return
		}
		compare(r)
	}
}

// Add shows a record to the behaviours that want its kind.
func (w *Watch) Add(r *event.Record) {
	if r.Body == nil {
		return
	}
	w.at = r.Conn
	for _, look := range w.of[r.Body.Schema()] {
		look(r)
	}
}
