package sigma

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"lazaret/internal/detect"
	"lazaret/internal/detect/sigma/syntax"
	"lazaret/internal/event"
)

// Source is the text of one file of rules.
type Source struct {
	Name string // shown in faults
	Text []byte
}

// maxRules is how many documents all files may have together. The public collection
// has less than a tenth.
const maxRules = 20_000

// Set is rules, ready to be used. It never changes.
type Set struct {
	rules  []*rule // those that are looked for, and those that are idle
	plans  map[*event.Schema]*plan
	corrs  []*correlation
	titles []string // of filters
	idle   []detect.Fault
	notes  []detect.Fault
}

// Rules are the heads of the rules that are looked for, in the order of the sources.
// Those that only a correlation uses are among them.
func (s *Set) Rules() []*detect.Rule {
	var out []*detect.Rule
	for _, r := range s.rules {
		if r.idle == "" {
			out = append(out, &r.head)
		}
	}
	return out
}

// Idle are the rules that are well written and that no log here can decide, each with
// the reason.
func (s *Set) Idle() []detect.Fault { return s.idle }

// Notes say how rules are read where that is not evident: fields that stand for others,
// branches that cannot hold here, rules that report nothing of their own.
func (s *Set) Notes() []detect.Fault { return s.notes }

// builder makes a Set.
type builder struct {
	set     *Set
	logs    []*event.Schema
	given   map[string][]string
	out     *syntax.Faults
	byRef   map[string]*rule // by id and by name
	filters []*rule
}

// Compile reads all sources and tells everything that is wrong with them. Rules without
// a fault are in the Set, whatever is wrong with others. logs are the schemas of the
// records that an Engine will be given. placeholders are the values of %names%.
func Compile(sources []Source, logs []*event.Schema, placeholders map[string][]string) (*Set, []detect.Fault) {
	b := &builder{
		set:  &Set{plans: map[*event.Schema]*plan{}},
		logs: logs, given: placeholders, out: &syntax.Faults{}, byRef: map[string]*rule{},
	}
	var corrs []*rule
	count := 0
	for _, src := range sources {
		for _, d := range syntax.Parse(src.Name, src.Text, b.out) {
			if count++; count > maxRules {
				d.Fault(nil, "", "more than %d rules", maxRules)
				return b.finish()
			}
			if r := b.document(d); r != nil && r.corr != nil {
				corrs = append(corrs, r)
			}
		}
	}
	b.correlate(corrs)
	for _, f := range b.filters {
		b.filter(f)
	}
	return b.finish()
}

// document reads one document and files it by its kind.
func (b *builder) document(d *syntax.Document) *rule {
	r := newRule(d)
	kinds := 0
	for _, k := range []string{"detection", "correlation", "filter"} {
		if syntax.Get(d.Root, k) != nil {
			kinds++
		}
	}
	if kinds != 1 {
		d.Fault(nil, "", "has %d of the sections detection, correlation and filter: a document has one", kinds)
		return nil
	}
	if syntax.Get(d.Root, "filter") != nil {
		if !r.bad {
			b.filters = append(b.filters, r)
		}
		return nil
	}
	for _, ref := range slices.Compact([]string{r.head.ID, r.name}) {
		if other := b.byRef[ref]; other != nil {
			d.Fault(nil, "id", "%q is taken by %s in %s", ref, other.head.Title, other.doc.File)
			return nil
		}
	}
	if syntax.Get(d.Root, "correlation") != nil {
		r.corr = &correlation{rule: r}
	} else {
		b.detection(r)
	}
	if r.bad {
		return nil
	}
	b.byRef[r.head.ID] = r
	if r.name != "" {
		b.byRef[r.name] = r
	}
	r.number = len(b.set.rules)
	b.set.rules = append(b.set.rules, r)
	return r
}

// detection compiles a rule for each log that it is for.
func (b *builder) detection(r *rule) {
	source, ok := r.doc.LogSource()
	body, ok2 := r.readBody("detection")
	if r.bad = r.bad || !ok || !ok2; r.bad {
		return
	}
	r.source = source
	p, err := syntax.Resolve(source, b.logs)
	if err != nil {
		r.doc.Fault(syntax.Get(r.doc.Root, "logsource"), "logsource", "%v", err)
		r.bad = true
		return
	}
	if r.idle == "" {
		r.idle = p.Why
	}
	if r.build(body, "detection", &p, nil, b.given).faulty {
		r.bad = true
		return
	}
	if r.idle != "" {
		return
	}
	b.place(r, body, &p)
}

// place builds a rule for its logs. Where the log source names none, those are meant
// that have all fields.
func (b *builder) place(r *rule, body *body, p *syntax.Place) {
	var all []built
	why, wanted := "", map[string]bool{}
	for _, log := range p.Logs {
		pl := b.plan(log)
		out := r.doc.Out
		columns := len(pl.columns)
		if p.AnyLog {
			r.doc.Out = &syntax.Faults{} // a log that lacks a field is not meant
		}
		made := r.build(body, "detection", p, pl, b.given)
		r.doc.Out = out
		switch {
		case made.faulty && !p.AnyLog:
			r.bad = true
			return
		case made.faulty || made.undecided != "":
			pl.columns = pl.columns[:columns]
			pl.every = nil
			why = made.undecided
			for f := range made.wants {
				wanted[f] = true
			}
			continue
		}
		all = append(all, made)
		t := &target{rule: r, schema: log, root: made.root, test: made.root.compile()}
		r.targets = append(r.targets, t)
		pl.rules = append(pl.rules, t)
	}
	switch {
	case len(all) > 0:
		for _, n := range all[0].notes {
			b.note(r, "%s", n)
		}
	case p.AnyLog:
		r.doc.Fault(syntax.Get(r.doc.Root, "detection"), "detection", "no log here has all of its fields (%s) with values of their kinds", syntax.List(sorted(wanted)))
		r.bad = true
	default:
		r.idle = why
	}
}

func (b *builder) plan(s *event.Schema) *plan {
	p := b.set.plans[s]
	if p == nil {
		p = &plan{schema: s}
		b.set.plans[s] = p
	}
	return p
}

// filter adds a filter to the rules that it names (Filters Specification).
func (b *builder) filter(f *rule) {
	source, ok := f.doc.LogSource()
	body, ok2 := f.readBody("filter", "rules")
	if !ok || !ok2 {
		return
	}
	p, err := syntax.Resolve(source, b.logs)
	if err != nil {
		f.doc.Fault(syntax.Get(f.doc.Root, "logsource"), "logsource", "%v", err)
		return
	}
	number := len(b.set.titles)
	b.set.titles = append(b.set.titles, f.head.Title)
	at := syntax.Get(syntax.Get(f.doc.Root, "filter"), "rules")
	for _, r := range b.filtered(f, at, &p) {
		if r.idle != "" {
			continue
		}
		for _, t := range r.targets {
			if !slices.Contains(p.Logs, t.schema) {
				f.doc.Fault(at, "filter.rules", "rule %s reads log %s, which is not of the filter's log source", r.head.Title, t.schema.Name)
				return
			}
			made := f.build(body, "filter", &p, b.plan(t.schema), b.given)
			if made.faulty {
				return
			}
			if made.undecided != "" {
				f.doc.Fault(nil, "filter", "%s", made.undecided)
				return
			}
			t.filters = append(t.filters, filter{number: number, test: made.root.compile()})
		}
	}
}

// filtered are the rules that a filter is for.
func (b *builder) filtered(f *rule, at *yaml.Node, p *syntax.Place) []*rule {
	var out []*rule
	names := f.doc.Texts(syntax.Get(f.doc.Root, "filter"), "rules")
	if len(names) == 0 {
		f.doc.Fault(at, "filter.rules", "is missing: expected ids or names of rules, or any")
	}
	for _, name := range names {
		if name == "any" && len(names) == 1 {
			for _, r := range b.set.rules {
				if len(r.targets) > 0 && !slices.ContainsFunc(r.targets, func(t *target) bool { return !slices.Contains(p.Logs, t.schema) }) {
					out = append(out, r)
				}
			}
			return out
		}
		r := b.byRef[name]
		switch {
		case r == nil:
			f.doc.Fault(at, "filter.rules", "no rule has the id or name %q", name)
		case r.corr != nil:
			f.doc.Fault(at, "filter.rules", "%s is a correlation: filter the rules that it refers to", name)
		default:
			out = append(out, r)
		}
	}
	return out
}

func (b *builder) note(r *rule, format string, args ...any) {
	if len(b.set.notes) < maxRules {
		b.set.notes = append(b.set.notes, detect.Fault{File: r.doc.File, Line: r.doc.Base + 1, Key: r.head.Title, What: syntax.Clip(fmt.Sprintf(format, args...), 500)})
	}
}

// finish lists what is idle and makes the indexes.
func (b *builder) finish() (*Set, []detect.Fault) {
	for _, r := range b.set.rules {
		if r.idle != "" {
			b.set.idle = append(b.set.idle, detect.Fault{File: r.doc.File, Line: r.doc.Base + 1, Key: r.head.Title, What: r.idle})
		}
		if r.silent {
			b.note(r, "reports nothing of its own: a correlation uses it and does not say generate: true")
		}
		r.doc.Root = nil
		for _, t := range r.targets {
			r.head.Logs = append(r.head.Logs, t.schema.Name)
		}
		slices.Sort(r.head.Logs)
	}
	for _, p := range b.set.plans {
		p.build()
	}
	if b.out.More > 0 {
		b.out.List = append(b.out.List, detect.Fault{File: b.out.List[0].File, What: fmt.Sprintf("and %d faults more, in all files", b.out.More)})
	}
	return b.set, b.out.List
}
