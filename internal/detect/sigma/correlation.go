package sigma

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"lazaret/internal/detect/sigma/syntax"
	"lazaret/internal/event"
)

// correlation counts what rules find (Correlation Rules Specification).
type correlation struct {
	rule       *rule
	kind       string
	refs       []*rule
	span       event.Interval
	spanText   string
	group      []string
	classes    []event.Class
	fields     []string // of value_*
	class      event.Class
	bounds     bounds
	presence   *syntax.Expr // of temporal: which rules must have found something
	percentile float64
	atEnd      bool // is judged when a window is over
	number     int
	readers    []map[*event.Schema]*keyReader // by ref
	from       []*childReader                 // by ref, of correlations that are judged at the end
	state      uint8                          // 0 not yet, 1 at it, 2 done
}

// feed is a correlation that counts a rule, as its ref-th.
type feed struct {
	corr *correlation
	ref  int
}

// keyReader takes group and value from a record.
type keyReader struct {
	group  []event.Access
	fields []event.Access
}

// childReader takes the group from the group of another correlation.
type childReader struct{ group []int }

// bounds is a condition on a number.
type bounds struct {
	low, high         float64
	lowOpen, highOpen bool
	not               float64 // NaN unless neq
	upper             bool    // there is a bound above
}

func (b *bounds) holds(x float64) bool {
	switch {
	case x < b.low || b.lowOpen && x == b.low:
		return false
	case x > b.high || b.highOpen && x == b.high:
		return false
	}
	return x != b.not
}

// Bounds of correlations.
const (
	maxRefs  = 64      // rules that one correlation refers to
	maxCount = 100_000 // events that one may wait for
	maxSpan  = event.Interval(366 * 24 * 3600 * 1e9)
)

var correlationKinds = []string{"event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile", "value_median"}

// correlate reads the correlations; those that others refer to come first.
func (b *builder) correlate(all []*rule) {
	for _, r := range all {
		b.correlation(r, 0)
	}
	b.set.rules = slices.DeleteFunc(b.set.rules, func(r *rule) bool { return r.bad })
	for i, r := range b.set.rules {
		r.number = i
	}
}

func (b *builder) correlation(r *rule, depth int) {
	c := r.corr
	switch {
	case c.state == 2:
		return
	case c.state == 1 || depth > 16:
		r.doc.Fault(syntax.Get(r.doc.Root, "correlation"), "correlation.rules", "correlations refer to each other in a circle, or deeper than 16")
		r.bad = true
		return
	}
	c.state = 1
	n := syntax.Get(r.doc.Root, "correlation")
	before := len(r.doc.Out.List) + r.doc.Out.More
	if n.Kind != yaml.MappingNode {
		r.doc.Fault(n, "correlation", "is no map")
	} else {
		b.readCorrelation(c, n, depth)
	}
	c.state = 2
	r.bad = r.bad || len(r.doc.Out.List)+r.doc.Out.More > before
	if r.bad || r.idle != "" {
		return
	}
	c.number = len(b.set.corrs)
	b.set.corrs = append(b.set.corrs, c)
	generate := r.doc.Text(n, "generate") == "true" || r.doc.Text(r.doc.Root, "generate") == "true"
	for i, ref := range c.refs {
		ref.feeds = append(ref.feeds, feed{c, i})
		ref.silent = ref.silent || !generate
	}
	b.inherit(r)
}

// inherit gives a correlation what its author left to the rules that it refers to.
func (b *builder) inherit(r *rule) {
	level := syntax.Get(r.doc.Root, "level") != nil
	attack := len(r.head.Attack) == 0
	for _, ref := range r.corr.refs {
		if !level {
			r.head.Severity = max(r.head.Severity, ref.head.Severity)
		}
		for _, t := range ref.head.Attack {
			if attack && !slices.Contains(r.head.Attack, t) {
				r.head.Attack = append(r.head.Attack, t)
			}
		}
	}
}

func (b *builder) readCorrelation(c *correlation, n *yaml.Node, depth int) {
	d := c.rule.doc
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; !slices.Contains([]string{"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"}, k.Value) {
			d.Fault(k, "correlation."+k.Value, "is no key of a correlation: type, rules, group-by, timespan, condition, aliases and generate are")
		}
	}
	c.kind = d.Text(n, "type")
	if !slices.Contains(correlationKinds, c.kind) {
		d.Fault(syntax.Get(n, "type"), "correlation.type", "%q is none of %s", c.kind, strings.Join(correlationKinds, ", "))
		return
	}
	var err error
	c.spanText = d.Text(n, "timespan")
	if c.span, err = parseSpan(c.spanText); err != nil {
		d.Fault(syntax.Get(n, "timespan"), "correlation.timespan", "%v", err)
	}
	c.group = d.Texts(n, "group-by")
	b.references(c, n, depth)
	if len(c.refs) == 0 {
		return
	}
	c.condition(syntax.Get(n, "condition"))
	if c.rule.idle == "" {
		b.readers(c, n)
	}
}

func parseSpan(s string) (event.Interval, error) {
	unit := map[byte]float64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400}
	if s != "" {
		if u, ok := unit[s[len(s)-1]]; ok {
			n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
			if span := float64(n) * u * 1e9; err == nil && n > 0 && span <= float64(maxSpan) {
				return event.Interval(span), nil
			}
		}
	}
	return 0, fmt.Errorf("%q is no time: expected a number and s, m, h or d, at most 366d", s)
}

// references finds the rules that are counted.
func (b *builder) references(c *correlation, n *yaml.Node, depth int) {
	d, at := c.rule.doc, syntax.Get(n, "rules")
	names := d.Texts(n, "rules")
	if len(names) == 0 || len(names) > maxRefs {
		d.Fault(at, "correlation.rules", "has %d rules: expected 1 to %d ids or names", len(names), maxRefs)
		return
	}
	var idle []string
	for _, name := range names {
		r := b.byRef[name]
		if r == nil {
			d.Fault(at, "correlation.rules", "no rule has the id or name %q, or it has faults", name)
			continue
		}
		if r.corr != nil {
			if b.correlation(r, depth+1); r.bad {
				d.Fault(at, "correlation.rules", "correlation %q has faults", name)
				continue
			}
		}
		if r.idle != "" {
			idle = append(idle, r.head.Title)
		}
		c.refs = append(c.refs, r)
	}
	if len(idle) > 0 {
		c.rule.idle = "rule " + syntax.List(idle) + ", which it refers to, cannot be decided here"
	}
}

// condition reads what the count is compared with.
func (c *correlation) condition(n *yaml.Node) {
	d := c.rule.doc
	temporal := strings.HasPrefix(c.kind, "temporal")
	c.bounds = bounds{low: math.Inf(-1), high: math.Inf(1), not: math.NaN()}
	switch {
	case syntax.Null(n) && temporal:
		c.bounds.low = float64(len(c.refs))
		return
	case n != nil && n.Kind == yaml.ScalarNode && c.kind == "temporal":
		c.expression(n)
		return
	case n == nil || n.Kind != yaml.MappingNode || len(n.Content) == 0:
		d.Fault(n, "correlation.condition", "is missing or no map: expected gt, gte, lt, lte, eq or neq and a number")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Value == "field" && !temporal && c.kind != "event_count" {
			c.fields = d.Texts(n, "field")
			continue
		}
		x, err := syntax.Number(v.Value)
		if err != nil || v.Kind != yaml.ScalarNode {
			d.Fault(v, "correlation.condition."+k.Value, "is no number")
			continue
		}
		c.bound(k, x)
	}
	if c.kind != "event_count" && !temporal && len(c.fields) == 0 || len(c.fields) > 1 && c.kind != "value_count" {
		d.Fault(n, "correlation.condition", "%s needs one field", c.kind)
	}
	if c.kind == "value_percentile" && !(c.percentile > 0 && c.percentile <= 100) {
		d.Fault(n, "correlation.condition", "value_percentile needs percentile, above 0 and up to 100")
	}
	c.judge(n, temporal)
}

func (c *correlation) bound(k *yaml.Node, x float64) {
	b := &c.bounds
	switch k.Value {
	case "gt":
		b.low, b.lowOpen = x, true
	case "gte":
		b.low, b.lowOpen = x, false
	case "lt":
		b.high, b.highOpen, b.upper = x, true, true
	case "lte":
		b.high, b.highOpen, b.upper = x, false, true
	case "eq":
		b.low, b.high, b.upper = x, x, true
	case "neq":
		b.not, b.upper = x, true
	case "percentile":
		if c.kind == "value_percentile" {
			c.percentile = x
			return
		}
		fallthrough
	default:
		c.rule.doc.Fault(k, "correlation.condition."+k.Value, "is none of gt, gte, lt, lte, eq, neq and, for values, field")
	}
}

// judge decides whether a count is known as soon as it is reached, or only when a
// window is over.
func (c *correlation) judge(n *yaml.Node, temporal bool) {
	d, b := c.rule.doc, &c.bounds
	switch {
	case math.IsInf(b.low, -1) && math.IsInf(b.high, 1) && math.IsNaN(b.not):
		d.Fault(n, "correlation.condition", "compares with nothing: expected gt, gte, lt, lte, eq or neq")
	case b.low > b.high || b.low == b.high && (b.lowOpen || b.highOpen):
		d.Fault(n, "correlation.condition", "can never hold")
	case temporal && b.upper && !(b.low == b.high && b.low == float64(len(c.refs))):
		d.Fault(n, "correlation.condition", "%s knows what was there, not what was not: expected gt, gte or no condition", c.kind)
	case temporal && (b.low > float64(len(c.refs)) || b.lowOpen && b.low == float64(len(c.refs)) || c.kind == "temporal_ordered" && !b.holds(float64(len(c.refs)))):
		d.Fault(n, "correlation.condition", "can never hold: there are %d rules", len(c.refs))
	case c.kind == "temporal_ordered" && !b.lowOpen && b.low < float64(len(c.refs)), c.kind == "temporal_ordered" && b.lowOpen && b.low < float64(len(c.refs)-1):
		d.Fault(n, "correlation.condition", "temporal_ordered wants all of its rules: leave the condition out")
	case strings.HasSuffix(c.kind, "_count") && b.low > maxCount:
		d.Fault(n, "correlation.condition", "more than %d are not counted", maxCount)
	}
	c.atEnd = !temporal && (b.upper || c.kind == "value_avg" || c.kind == "value_percentile" || c.kind == "value_median")
}

// expression reads a condition over the names of rules.
func (c *correlation) expression(n *yaml.Node) {
	var names []string
	for _, r := range c.refs {
		name := r.name
		if name == "" {
			name = r.head.ID
		}
		names = append(names, name)
	}
	e, err := syntax.ParseCondition(n.Value, names, map[string]bool{})
	if err != nil {
		c.rule.doc.Fault(n, "correlation.condition", "%v", err)
		return
	}
	if e.Negates() {
		c.rule.doc.Fault(n, "correlation.condition", "not: what did not happen is only known when a window is over, which temporal does not wait for")
		return
	}
	e.Number(names)
	c.presence = e
}

// readers finds the fields of group and value in every log that the rules read.
func (b *builder) readers(c *correlation, n *yaml.Node) {
	d := c.rule.doc
	aliases := syntax.Get(n, "aliases")
	if !syntax.Null(aliases) && aliases.Kind != yaml.MappingNode {
		d.Fault(aliases, "correlation.aliases", "is no map of names to rules and their fields")
		return
	}
	c.classes = make([]event.Class, len(c.group))
	for i, ref := range c.refs {
		name := func(field string) string { return alias(aliases, field, ref) }
		for _, g := range c.group {
			if name(g) == "" {
				d.Fault(syntax.Get(aliases, g), "correlation.aliases."+g, "has no field for rule %s", ref.head.Title)
				return
			}
		}
		c.readers = append(c.readers, map[*event.Schema]*keyReader{})
		c.from = append(c.from, nil)
		if ref.corr != nil && ref.corr.atEnd {
			c.ofGroup(i, ref, name)
			continue
		}
		for _, leaf := range leaves(ref, nil) {
			for _, t := range leaf.targets {
				if c.readers[i][t.schema] == nil {
					c.readers[i][t.schema] = c.reader(b, leaf, t.schema, name)
				}
			}
		}
	}
}

// alias is the field of a rule that a name of the correlation stands for.
func alias(aliases *yaml.Node, field string, ref *rule) string {
	a := syntax.Get(aliases, field)
	if a == nil {
		return field
	}
	for _, key := range []string{ref.name, ref.head.ID} {
		if v := syntax.Get(a, key); !syntax.Null(v) {
			return v.Value
		}
	}
	return ""
}

func leaves(r *rule, out []*rule) []*rule {
	if r.corr == nil {
		return append(out, r)
	}
	for _, k := range r.corr.refs {
		out = leaves(k, out)
	}
	return out
}

func (c *correlation) reader(b *builder, leaf *rule, s *event.Schema, name func(string) string) *keyReader {
	k := &keyReader{}
	p, _ := syntax.Resolve(leaf.source, b.logs)
	find := func(field string) event.Access {
		_, a, status := p.Field(s, field)
		if status != syntax.Known {
			c.rule.doc.Fault(nil, "correlation", "log %s, which rule %s reads, has no field %s", s.Name, leaf.head.Title, field)
		}
		return a
	}
	for i, g := range c.group {
		a := find(name(g))
		k.group = append(k.group, a)
		if a.Class != "" {
			c.classes[i] = a.Class
		}
	}
	for _, f := range c.fields {
		a := find(name(f))
		k.fields = append(k.fields, a)
		if a.Class != "" {
			c.class = a.Class
		}
	}
	return k
}

// ofGroup takes the group from that of a correlation that is judged at the end of a
// window, when no record is at hand.
func (c *correlation) ofGroup(i int, ref *rule, name func(string) string) {
	k := &childReader{}
	for j, g := range c.group {
		at := slices.Index(ref.corr.group, name(g))
		if at < 0 {
			c.rule.doc.Fault(nil, "correlation.group-by", "%s is not among what %s groups by, which is judged at the end of its windows", g, ref.head.Title)
			return
		}
		k.group = append(k.group, at)
		c.classes[j] = ref.corr.classes[at]
	}
	if len(c.fields) > 0 {
		c.rule.doc.Fault(nil, "correlation.condition", "%s has no values of fields: it is judged at the end of its windows", ref.head.Title)
	}
	c.from[i] = k
}
