package sigma

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"lazaret/internal/detect"
	"lazaret/internal/detect/sigma/syntax"
	"lazaret/internal/event"
)

// rule is one document: a rule, a correlation or a filter.
type rule struct {
	doc     *syntax.Document
	head    detect.Rule
	name    string
	number  int
	idle    string    // why nothing here can tell of it; empty if it runs
	targets []*target // of a rule: one for each log
	feeds   []feed    // correlations that count what it finds
	silent  bool      // reports nothing of its own
	corr    *correlation
	bad     bool
	// of a rule
	source syntax.LogSource
}

// target is a rule over one log.
type target struct {
	rule    *rule
	schema  *event.Schema
	root    *node
	test    func(*view) bool
	filters []filter
}

// filter leaves hits of a rule out.
type filter struct {
	number int // of the filter's document
	test   func(*view) bool
}

var (
	technique = regexp.MustCompile(`^attack\.t(\d{4}(?:\.\d{3})?)$`)
	levels    = map[string]detect.Severity{"informational": detect.Info, "low": detect.Low, "medium": detect.Medium, "high": detect.High, "critical": detect.Critical}
	trust     = map[string]float64{"stable": 0.8, "test": 0.6, "experimental": 0.4, "deprecated": 0.4, "unsupported": 0.4}
)

// newRule reads the head of a document, which is the same for all kinds.
func newRule(d *syntax.Document) *rule {
	r := &rule{doc: d}
	h := &r.head
	h.Engine = "sigma"
	before := len(d.Out.List)
	h.Title = syntax.Clip(d.Text(d.Root, "title"), 256)
	h.ID, r.name = syntax.Clip(d.Text(d.Root, "id"), 100), syntax.Clip(d.Text(d.Root, "name"), 100)
	d.Key = h.Title
	if d.Key == "" {
		d.Fault(nil, "title", "is missing: every rule has one")
	}
	if h.ID == "" {
		h.ID = r.name
	}
	if h.ID == "" {
		h.ID = h.Title
	}
	h.Why = d.Text(d.Root, "description")
	h.Innocent = slices.DeleteFunc(d.Texts(d.Root, "falsepositives"), func(s string) bool { return strings.EqualFold(s, "unknown") })
	for _, t := range d.Texts(d.Root, "tags") {
		if m := technique.FindStringSubmatch(syntax.Lower(t)); m != nil {
			h.Attack = append(h.Attack, "T"+m[1])
		}
	}
	r.grades()
	r.basis()
	for _, old := range []string{"action", "rules"} {
		if n := syntax.Get(d.Root, old); n != nil {
			d.Fault(n, old, "is no key of Sigma 2.1 here: write each rule out, and rules inside correlation or filter")
		}
	}
	r.bad = len(d.Out.List) > before
	return r
}

func (r *rule) grades() {
	level, status := r.doc.Text(r.doc.Root, "level"), r.doc.Text(r.doc.Root, "status")
	r.head.Severity, r.head.Confidence = detect.Low, 0.5
	if level != "" {
		s, ok := levels[level]
		if !ok {
			r.doc.Fault(syntax.Get(r.doc.Root, "level"), "level", "%q is none of informational, low, medium, high and critical", level)
		}
		r.head.Severity = s
	}
	if status != "" {
		c, ok := trust[status]
		if !ok {
			r.doc.Fault(syntax.Get(r.doc.Root, "status"), "status", "%q is none of stable, test, experimental, deprecated and unsupported", status)
		}
		r.head.Confidence = c
	}
	if status == "unsupported" {
		r.idle = "its author says that it is unsupported"
	}
	if t := r.doc.Text(r.doc.Root, "taxonomy"); t != "" && t != "sigma" {
		r.doc.Fault(syntax.Get(r.doc.Root, "taxonomy"), "taxonomy", "%q is not known: sigma is", t)
	}
}

// basis says where the facts come from: author, licence and references.
func (r *rule) basis() {
	var out []string
	for _, key := range []string{"author", "license"} {
		if s := r.doc.Text(r.doc.Root, key); s != "" {
			out = append(out, s)
		}
	}
	out = append(out, r.doc.Texts(r.doc.Root, "references")...)
	r.head.Basis = syntax.Clip(strings.Join(out, "; "), syntax.MaxProse)
}

// body is the selections and the condition of a rule or filter, read once.
type body struct {
	names      []string
	selections map[string]*yaml.Node
	conditions []*syntax.Expr
	at         *yaml.Node // the condition
}

// readBody reads detection or filter. skip are keys that are no selections.
func (r *rule) readBody(section string, skip ...string) (*body, bool) {
	n := syntax.Get(r.doc.Root, section)
	if n == nil || n.Kind != yaml.MappingNode {
		r.doc.Fault(n, section, "is missing or no map: expected selections and a condition")
		return nil, false
	}
	b := &body{selections: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i].Value
		switch {
		case k == "condition":
			b.at = n.Content[i+1]
		case k == "timeframe":
			r.doc.Fault(n.Content[i], section+".timeframe", "is no longer part of Sigma: write a correlation with a timespan")
			return nil, false
		case slices.Contains(skip, k):
		case k == "":
			r.doc.Fault(n.Content[i], section, "a selection has no name")
			return nil, false
		default:
			b.names = append(b.names, k)
			b.selections[k] = n.Content[i+1]
		}
	}
	if b.at == nil || len(b.names) == 0 {
		r.doc.Fault(n, section, "has no condition or no selection")
		return nil, false
	}
	items := []*yaml.Node{b.at}
	if b.at.Kind == yaml.SequenceNode {
		items = b.at.Content
	}
	used := map[string]bool{}
	for _, i := range items {
		if i.Kind != yaml.ScalarNode {
			r.doc.Fault(i, section+".condition", "is no text")
			return nil, false
		}
		e, err := syntax.ParseCondition(i.Value, b.names, used)
		if err != nil {
			r.doc.Fault(i, section+".condition", "%v", err)
			return nil, false
		}
		b.conditions = append(b.conditions, e)
	}
	return b, len(b.conditions) > 0
}

// built is a condition over one log.
type built struct {
	root      *node
	undecided string // why it cannot be decided here
	notes     []string
	wants     map[string]bool
	faulty    bool
}

// build makes a condition for one log; plan is nil if there is none.
func (r *rule) build(b *body, section string, p *syntax.Place, plan *plan, given map[string][]string) built {
	out := built{wants: map[string]bool{}}
	before := len(r.doc.Out.List) + r.doc.Out.More
	rd := &reader{doc: r.doc, place: p, plan: plan, given: given, wants: out.wants, notes: map[string]string{}}
	nodes, absent := map[string]*node{}, map[string][]string{}
	for _, name := range b.names {
		rd.absent = nil
		nodes[name] = rd.selection(b.selections[name], section+"."+name)
		absent[name] = rd.absent
	}
	if out.faulty = len(r.doc.Out.List)+r.doc.Out.More > before; out.faulty || plan == nil {
		return out
	}
	var kids []*node
	for _, e := range b.conditions {
		kids = append(kids, arrange(e, nodes, absent, false, &out.undecided))
	}
	out.root = fold(join(nodeOr, kids))
	if out.root.op == nodeNever && out.undecided == "" {
		out.undecided = "field " + out.root.note + " is not seen here, and without it the condition never holds"
	}
	out.notes = slices.Sorted(maps.Values(rd.notes))
	for _, name := range b.names {
		for _, f := range absent[name] {
			out.notes = append(out.notes, fmt.Sprintf("field %s of %s is not seen here: the rule is decided by its other branches", f, name))
		}
	}
	return out
}

// arrange puts selections into a condition. A selection that needs what is not here must
// not be negated: it would silence nothing, and the rule would say more than was meant.
func arrange(e *syntax.Expr, nodes map[string]*node, absent map[string][]string, negated bool, undecided *string) *node {
	if e.Op == syntax.OpName {
		if a := absent[e.Name]; negated && a != nil {
			*undecided = fmt.Sprintf("field %s is not seen here, and %s leaves out what has it", a[0], e.Name)
		}
		return nodes[e.Name]
	}
	n := &node{op: map[syntax.Op]nodeOp{syntax.OpAnd: nodeAnd, syntax.OpOr: nodeOr, syntax.OpNot: nodeNot, syntax.OpSome: nodeSome}[e.Op], n: e.N}
	for _, k := range e.Kids {
		n.kids = append(n.kids, arrange(k, nodes, absent, negated != (e.Op == syntax.OpNot), undecided))
	}
	return n
}

// fold takes out what can never hold.
func fold(n *node) *node {
	if n.op == nodeItem || n.op == nodeNever {
		return n
	}
	out := &node{op: n.op, n: n.n}
	note := ""
	for _, k := range n.kids {
		k = fold(k)
		if k.op == nodeNever {
			note = k.note
			if n.op == nodeAnd {
				return k
			}
			continue
		}
		out.kids = append(out.kids, k)
	}
	if least := max(1, n.n); len(out.kids) < least {
		return &node{op: nodeNever, note: note}
	}
	if n.op == nodeSome {
		switch out.n {
		case 1:
			out.op = nodeOr
		case len(out.kids):
			out.op = nodeAnd
		}
	}
	if len(out.kids) == 1 && out.op != nodeNot {
		return out.kids[0]
	}
	return out
}

// compile makes one closure of a condition.
func (n *node) compile() func(*view) bool {
	if n.op == nodeItem {
		return n.test
	}
	kids := make([]func(*view) bool, len(n.kids))
	for i, k := range n.kids {
		kids[i] = k.compile()
	}
	switch n.op {
	case nodeNot:
		kid := kids[0]
		return func(v *view) bool { return !kid(v) }
	case nodeAnd:
		return func(v *view) bool {
			for _, k := range kids {
				if !k(v) {
					return false
				}
			}
			return true
		}
	case nodeOr:
		return func(v *view) bool {
			for _, k := range kids {
				if k(v) {
					return true
				}
			}
			return false
		}
	case nodeSome:
		least := n.n
		return func(v *view) bool {
			held := 0
			for _, k := range kids {
				if k(v) {
					if held++; held == least {
						return true
					}
				}
			}
			return false
		}
	}
	return func(*view) bool { return false }
}

// facts are the fields of the items that hold, with the values that make them hold. A
// rule that finds what is not so has the fields that it looked at.
func (t *target) facts(v *view) []detect.Fact {
	var out []detect.Fact
	t.root.collect(v, false, &out)
	if len(out) == 0 {
		t.root.collect(v, true, &out)
	}
	return out
}

func (n *node) collect(v *view, negated bool, out *[]detect.Fact) {
	switch {
	case n.op == nodeNot && !negated || len(*out) >= maxFacts:
		return
	case n.op != nodeItem:
		for _, k := range n.kids {
			k.collect(v, negated, out)
		}
		return
	case !negated && !n.test(v):
		return
	}
	schema := v.record.Body.Schema().Name
	for _, at := range n.item.columns {
		c := v.at(at)
		f := detect.Fact{Field: schema + "." + c.name, Class: c.access.Class}
		if slices.ContainsFunc(*out, func(o detect.Fact) bool { return o.Field == f.Field }) {
			continue
		}
		var values []string
		for i := range c.values {
			if len(values) < 8 && n.item.shows(c, i, negated || len(c.values) == 1 && len(n.item.columns) == 1) {
				values = append(values, string(c.text(i)))
			}
		}
		if len(values) > 0 && len(*out) < maxFacts {
			f.Value = syntax.Clip(strings.Join(values, ", "), 300)
			*out = append(*out, f)
		}
	}
}

const maxFacts = 16

// shows says whether a value speaks for the item.
func (it *item) shows(c *column, i int, any bool) bool {
	if any || it.present || it.negated {
		return true
	}
	for _, t := range it.tests {
		if t(c, i) {
			return true
		}
	}
	return false
}
