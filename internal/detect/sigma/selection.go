package sigma

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"lazaret/internal/detect/sigma/syntax"
	"lazaret/internal/event"
)

// node is a part of a condition over one log.
type node struct {
	op   nodeOp
	n    int // least of kids, for nodeSome
	kids []*node
	item *item
	test func(*view) bool
	note string // of a node that cannot hold: the field that is not here
}

type nodeOp uint8

const (
	nodeItem nodeOp = iota
	nodeAnd
	nodeOr
	nodeNot
	nodeSome
	nodeNever // needs what is not here
)

// plan is what the rules of one log look at: columns, shared by all of them.
type plan struct {
	schema  *event.Schema
	columns []column
	rules   []*target // rules over this log
	index   index
	every   []int // all columns, for keywords
}

// column finds or adds a column.
func (p *plan) column(w syntax.Word, a event.Access) int {
	for i := range p.columns {
		if c := &p.columns[i]; c.name == w.Name && c.part == w.Part {
			return i
		}
	}
	c := column{access: a, part: w.Part, name: w.Name, kind: kindOf(a.Type())}
	if w.Part == syntax.Whole {
		c.unset, c.always = a.Unset()
	}
	p.columns = append(p.columns, c)
	return len(p.columns) - 1
}

// all gives every column of the log but its time.
func (p *plan) all() []int {
	if p.every == nil {
		names := make([]string, 0, len(p.schema.Fields)+5)
		if p.schema.PerConn {
			names = append(names, "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
		}
		for i := range p.schema.Fields {
			names = append(names, p.schema.Fields[i].Name)
		}
		for _, n := range names {
			if a, ok := p.schema.Access(n); ok {
				p.every = append(p.every, p.column(syntax.Word{Name: n}, a))
			}
		}
	}
	return p.every
}

// reader makes the selections of one rule for one log. Without a plan it checks what can
// be checked without knowing the log.
type reader struct {
	doc    *syntax.Document
	place  *syntax.Place
	plan   *plan
	given  map[string][]string
	absent []string          // fields of the selection that are not here
	wants  map[string]bool   // fields that nobody knows, for logs chosen by their fields
	notes  map[string]string // by field: how it differs
}

// What a field of a rule may look for.
const (
	maxTests = 20_000 // values
	maxValue = 4096   // bytes of a value
)

// selection makes a search identifier: a map, a list of maps, or keywords.
func (r *reader) selection(n *yaml.Node, key string) *node {
	switch n.Kind {
	case yaml.MappingNode:
		if len(n.Content) == 0 {
			r.doc.Fault(n, key, "is an empty map: expected fields and values")
			return nil
		}
		var kids []*node
		for i := 0; i+1 < len(n.Content); i += 2 {
			kids = append(kids, r.field(n.Content[i], n.Content[i+1], key))
		}
		return join(nodeAnd, kids)
	case yaml.SequenceNode:
		return r.alternatives(n, key)
	}
	if syntax.Null(n) {
		r.doc.Fault(n, key, "is empty: expected a map of fields and values, or a list")
		return nil
	}
	return r.keywords(n, []*yaml.Node{n}, syntax.Modifiers{}, key)
}

// alternatives are maps, any of which will do, and keywords among them.
func (r *reader) alternatives(n *yaml.Node, key string) *node {
	if len(n.Content) == 0 {
		r.doc.Fault(n, key, "is an empty list, which never matches")
		return nil
	}
	var kids []*node
	var words []*yaml.Node
	for _, c := range n.Content {
		if c.Kind == yaml.ScalarNode {
			words = append(words, c)
			continue
		}
		kids = append(kids, r.selection(c, key))
	}
	if words != nil {
		kids = append(kids, r.keywords(n, words, syntax.Modifiers{}, key))
	}
	return join(nodeOr, kids)
}

func join(op nodeOp, kids []*node) *node {
	if slices.Contains(kids, nil) {
		return nil // a fault was filed
	}
	if len(kids) == 1 {
		return kids[0]
	}
	return &node{op: op, kids: kids}
}

// field makes a field with its modifiers and values.
func (r *reader) field(k, v *yaml.Node, key string) *node {
	words := strings.Split(k.Value, "|")
	name, at := words[0], key+"."+k.Value
	m, err := syntax.ParseModifiers(words[1:])
	if err != nil {
		r.doc.Fault(k, at, "%v", err)
		return nil
	}
	values := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		values = v.Content
	}
	if len(values) == 0 || len(values) > maxTests {
		r.doc.Fault(v, at, "has %d values: expected 1 to %d", len(values), maxTests)
		return nil
	}
	for _, x := range values {
		if x.Kind != yaml.ScalarNode || len(x.Value) > maxValue {
			r.doc.Fault(x, at, "a value is text, a number, true, false or null, of at most %d bytes", maxValue)
			return nil
		}
	}
	if name == "" {
		return r.keywords(k, values, m, at)
	}
	if r.plan == nil {
		r.items(&item{columns: []int{0}}, values, &m, asAny, at, "")
		return &node{op: nodeNever, note: name}
	}
	w, a, status := r.place.Field(r.plan.schema, name)
	switch status {
	case syntax.Unknown:
		r.wants[name] = true
		r.unknown(k, at, name)
		return nil
	case syntax.Missing:
		r.items(&item{columns: []int{0}}, values, &m, asAny, at, "")
		r.absent = append(r.absent, name)
		return &node{op: nodeNever, note: name}
	}
	if w.Note != "" {
		r.notes[name] = "field " + name + " is " + w.Name + " here: " + w.Note
	}
	if m.Part != syntax.Whole {
		if a.Type() != "time" {
			r.doc.Fault(k, at, "field %s is no time", w.Name)
			return nil
		}
		w.Part = m.Part
	}
	col := r.plan.column(w, a)
	if m.Kind == "fieldref" {
		return r.reference(values, &m, col, at)
	}
	it := &item{columns: []int{col}, all: m.All, negated: m.Neq}
	return r.items(it, values, &m, r.plan.columns[col].kind, at, r.plan.schema.Name+"."+w.Name)
}

func (r *reader) unknown(k *yaml.Node, at, name string) {
	hint := ""
	if n := syntax.Near(r.plan.schema, name); n != "" {
		hint = "; " + n + " is near"
	}
	r.doc.Fault(k, at, "log %s has no field %s%s (lazaret records lists its fields)", r.plan.schema.Name, name, hint)
}

// reference compares with other fields of the same record.
func (r *reader) reference(values []*yaml.Node, m *syntax.Modifiers, col int, at string) *node {
	var kids []*node
	for _, v := range values {
		w, a, status := r.place.Field(r.plan.schema, v.Value)
		switch status {
		case syntax.Unknown:
			r.wants[v.Value] = true
			r.unknown(v, at, v.Value)
			return nil
		case syntax.Missing:
			r.absent = append(r.absent, v.Value)
			kids = append(kids, &node{op: nodeNever, note: v.Value})
			continue
		}
		other := r.plan.column(w, a)
		kids = append(kids, &node{item: &item{columns: []int{col}, present: true}, test: sameAs(m, col, other)})
	}
	op := nodeOr
	if m.All || m.Neq {
		op = nodeAnd
	}
	return join(op, kids)
}

// keywords are looked for in every field.
func (r *reader) keywords(at *yaml.Node, values []*yaml.Node, m syntax.Modifiers, key string) *node {
	if m.Part != syntax.Whole || m.Neq || m.Kind != "" && m.Kind != "re" {
		r.doc.Fault(at, key, "keywords have no field: contains, all, re, cased and encodings alone go with them")
		return nil
	}
	if m.Kind == "" && (len(m.Change) == 0 || !slices.Contains([]string{"contains", "startswith", "endswith"}, m.Change[len(m.Change)-1])) {
		m.Change = append(slices.Clone(m.Change), "contains")
	}
	it := &item{columns: []int{0, 0}, all: m.All}
	if r.plan != nil {
		it.columns = r.plan.all()
	}
	for _, v := range values {
		if syntax.Null(v) || v.Value == "" {
			r.doc.Fault(v, key, "an empty keyword would match everything")
			return nil
		}
	}
	return r.items(it, values, &m, asText, key, "")
}

// items fills an item with its tests.
func (r *reader) items(it *item, values []*yaml.Node, m *syntax.Modifiers, kind columnKind, at, field string) *node {
	if m.Kind == "exists" {
		v := syntax.Lower(values[0].Value)
		if len(values) != 1 || v != "true" && v != "false" {
			r.doc.Fault(values[0], at, "modifier exists wants true or false")
			return nil
		}
		it.present, it.orAbsent = v == "true", v == "false"
		return &node{item: it, test: it.compile()}
	}
	exact := map[string]bool{}
	for _, v := range values {
		if m.Kind == "" && (syntax.Null(v) || v.Value == "" && len(m.Change) == 0) {
			if it.orAbsent = true; it.all || it.negated {
				r.doc.Fault(v, at, "null and empty values do not go with all and neq: use exists")
				return nil
			}
			continue
		}
		raws := []string{v.Value}
		if m.Expand {
			var err error
			if raws, err = syntax.Placeholders(v.Value, r.given); err != nil {
				r.doc.Fault(v, at, "%v", err)
				return nil
			}
		}
		if !r.tests(it, v, raws, m, kind, at, field, exact) {
			return nil
		}
	}
	if len(exact) > 0 {
		it.tests = append(it.tests, func(c *column, i int) bool { return exact[string(c.lowText(i))] })
	}
	return &node{item: it, test: it.compile()}
}

// tests adds the tests of one value, any of whose texts will do. Plain texts of a long
// list are looked up at once in exact.
func (r *reader) tests(it *item, v *yaml.Node, raws []string, m *syntax.Modifiers, kind columnKind, at, field string, exact map[string]bool) bool {
	var any []valueTest
	var globs []*syntax.Glob
	for _, raw := range raws {
		t, g, laxed, err := testOf(m, raw, kind, syntax.Starless(field))
		if err != nil {
			r.doc.Fault(v, at, "%v", err)
			return false
		}
		if laxed {
			r.notes[field] = fmt.Sprintf("%s: the escaped wild card of %q is read as a wild card, for no name of a share holds one", at, syntax.Clip(raw, 80))
		}
		any = append(any, t)
		globs = append(globs, g...)
	}
	it.globs = append(it.globs, globs)
	if text, ok := lone(globs); ok && !it.all && !m.Cased && (kind == asText || kind == asAny) && len(any) == 1 {
		exact[text] = true
		return true
	}
	if len(any) == 1 {
		it.tests = append(it.tests, any[0])
		return true
	}
	it.tests = append(it.tests, func(c *column, i int) bool {
		for _, t := range any {
			if t(c, i) {
				return true
			}
		}
		return false
	})
	return true
}

func lone(globs []*syntax.Glob) (string, bool) {
	if len(globs) != 1 {
		return "", false
	}
	b, ok := globs[0].Exact()
	return string(b), ok
}
