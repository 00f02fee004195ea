package sigma

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

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
func (p *plan) column(w word, a event.Access) int {
	for i := range p.columns {
		if c := &p.columns[i]; c.name == w.name && c.part == w.part {
			return i
		}
	}
	c := column{access: a, part: w.part, name: w.name, kind: kindOf(a.Type())}
	if w.part == whole {
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
				p.every = append(p.every, p.column(word{name: n}, a))
			}
		}
	}
	return p.every
}

// reader makes the selections of one rule for one log. Without a plan it checks what can
// be checked without knowing the log.
type reader struct {
	doc    *document
	place  *place
	plan   *plan
	given  map[string][]string
	absent []string          // fields of the selection that are not here
	wants  map[string]bool   // fields that nobody knows, for logs chosen by their fields
	notes  map[string]string // by field: how it differs
}

// maxTests is how many values a rule may look for.
const maxTests = 20_000

// selection makes a search identifier: a map, a list of maps, or keywords.
func (r *reader) selection(n *yaml.Node, key string) *node {
	switch n.Kind {
	case yaml.MappingNode:
		if len(n.Content) == 0 {
			r.doc.fault(n, key, "is an empty map: expected fields and values")
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
	if null(n) {
		r.doc.fault(n, key, "is empty: expected a map of fields and values, or a list")
		return nil
	}
	return r.keywords(n, []*yaml.Node{n}, modifiers{}, key)
}

// alternatives are maps, any of which will do, and keywords among them.
func (r *reader) alternatives(n *yaml.Node, key string) *node {
	if len(n.Content) == 0 {
		r.doc.fault(n, key, "is an empty list, which never matches")
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
		kids = append(kids, r.keywords(n, words, modifiers{}, key))
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
	m, err := parseModifiers(words[1:])
	if err != nil {
		r.doc.fault(k, at, "%v", err)
		return nil
	}
	values := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		values = v.Content
	}
	if len(values) == 0 || len(values) > maxTests {
		r.doc.fault(v, at, "has %d values: expected 1 to %d", len(values), maxTests)
		return nil
	}
	for _, x := range values {
		if x.Kind != yaml.ScalarNode || len(x.Value) > maxValue {
			r.doc.fault(x, at, "a value is text, a number, true, false or null, of at most %d bytes", maxValue)
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
	w, a, status := r.place.field(r.plan.schema, name)
	switch status {
	case unknown:
		r.wants[name] = true
		r.unknown(k, at, name)
		return nil
	case missing:
		r.items(&item{columns: []int{0}}, values, &m, asAny, at, "")
		r.absent = append(r.absent, name)
		return &node{op: nodeNever, note: name}
	}
	if w.note != "" {
		r.notes[name] = "field " + name + " is " + w.name + " here: " + w.note
	}
	if m.part != whole {
		if a.Type() != "time" {
			r.doc.fault(k, at, "field %s is no time", w.name)
			return nil
		}
		w.part = m.part
	}
	col := r.plan.column(w, a)
	if m.kind == "fieldref" {
		return r.reference(values, &m, col, at)
	}
	it := &item{columns: []int{col}, all: m.all, negated: m.neq}
	return r.items(it, values, &m, r.plan.columns[col].kind, at, r.plan.schema.Name+"."+w.name)
}

func (r *reader) unknown(k *yaml.Node, at, name string) {
	hint := ""
	if n := near(r.plan.schema, name); n != "" {
		hint = "; " + n + " is near"
	}
	r.doc.fault(k, at, "log %s has no field %s%s (lazaret records lists its fields)", r.plan.schema.Name, name, hint)
}

// reference compares with other fields of the same record.
func (r *reader) reference(values []*yaml.Node, m *modifiers, col int, at string) *node {
	var kids []*node
	for _, v := range values {
		w, a, status := r.place.field(r.plan.schema, v.Value)
		switch status {
		case unknown:
			r.wants[v.Value] = true
			r.unknown(v, at, v.Value)
			return nil
		case missing:
			r.absent = append(r.absent, v.Value)
			kids = append(kids, &node{op: nodeNever, note: v.Value})
			continue
		}
		other := r.plan.column(w, a)
		kids = append(kids, &node{item: &item{columns: []int{col}, present: true}, test: m.sameAs(col, other)})
	}
	op := nodeOr
	if m.all || m.neq {
		op = nodeAnd
	}
	return join(op, kids)
}

// keywords are looked for in every field.
func (r *reader) keywords(at *yaml.Node, values []*yaml.Node, m modifiers, key string) *node {
	if m.part != whole || m.neq || m.kind != "" && m.kind != "re" {
		r.doc.fault(at, key, "keywords have no field: contains, all, re, cased and encodings alone go with them")
		return nil
	}
	if m.kind == "" && (len(m.change) == 0 || !slices.Contains([]string{"contains", "startswith", "endswith"}, m.change[len(m.change)-1])) {
		m.change = append(slices.Clone(m.change), "contains")
	}
	it := &item{columns: []int{0, 0}, all: m.all}
	if r.plan != nil {
		it.columns = r.plan.all()
	}
	for _, v := range values {
		if null(v) || v.Value == "" {
			r.doc.fault(v, key, "an empty keyword would match everything")
			return nil
		}
	}
	return r.items(it, values, &m, asText, key, "")
}

// items fills an item with its tests.
func (r *reader) items(it *item, values []*yaml.Node, m *modifiers, kind columnKind, at, field string) *node {
	if m.kind == "exists" {
		v := lower(values[0].Value)
		if len(values) != 1 || v != "true" && v != "false" {
			r.doc.fault(values[0], at, "modifier exists wants true or false")
			return nil
		}
		it.present, it.orAbsent = v == "true", v == "false"
		return &node{item: it, test: it.compile()}
	}
	exact := map[string]bool{}
	for _, v := range values {
		if m.kind == "" && (null(v) || v.Value == "" && len(m.change) == 0) {
			if it.orAbsent = true; it.all || it.negated {
				r.doc.fault(v, at, "null and empty values do not go with all and neq: use exists")
				return nil
			}
			continue
		}
		raws := []string{v.Value}
		if m.expand {
			var err error
			if raws, err = placeholders(v.Value, r.given); err != nil {
				r.doc.fault(v, at, "%v", err)
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
func (r *reader) tests(it *item, v *yaml.Node, raws []string, m *modifiers, kind columnKind, at, field string, exact map[string]bool) bool {
	var any []valueTest
	var globs []*glob
	for _, raw := range raws {
		t, g, laxed, err := m.valueTest(v, raw, kind, starless[field])
		if err != nil {
			r.doc.fault(v, at, "%v", err)
			return false
		}
		if laxed {
			r.notes[field] = fmt.Sprintf("%s: the escaped wild card of %q is read as a wild card, for no name of a share holds one", at, clip(raw, 80))
		}
		any = append(any, t)
		globs = append(globs, g...)
	}
	it.globs = append(it.globs, globs)
	if text, ok := lone(globs); ok && !it.all && !m.cased && (kind == asText || kind == asAny) && len(any) == 1 {
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

func lone(globs []*glob) (string, bool) {
	if len(globs) != 1 {
		return "", false
	}
	b, ok := globs[0].exact()
	return string(b), ok
}
