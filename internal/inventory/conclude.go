package inventory

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/system"
)

// Evidence is one piece of evidence as reports and explanations show it.
type Evidence struct {
	Attribute string  `json:"attribute"`
	Value     string  `json:"value"`
	Source    string  `json:"source"` // log and field
	Subject   string  `json:"subject"`
	Weight    float64 `json:"weight"` // 0..1, trust in the source alone
	Count     uint64  `json:"count"`
	Peers     int     `json:"peers,omitempty"` // machines it was done with, at least
	First     string  `json:"first_seen"`      // RFC 3339, UTC
	Last      string  `json:"last_seen"`
}

// Conclusion is what is believed of an attribute, and why.
type Conclusion struct {
	Value      string     `json:"value"`
	Confidence float64    `json:"confidence"` // 0..1
	For        []Evidence `json:"for"`
	Against    []Evidence `json:"against"`
}

// belief is a Conclusion before it is written out: most reports are never asked
// for reasons, and the evidence of all devices in words takes much memory.
type belief struct {
	value      string
	confidence float64
	pro, con   []*item
}

func (b *belief) conclusion() Conclusion {
	return Conclusion{clues.Printable(b.value), b.confidence, evidenceOf(b.pro), evidenceOf(b.con)}
}

func evidenceOf(items []*item) []Evidence {
	out := make([]Evidence, 0, len(items))
	for _, it := range items {
		out = append(out, it.evidence())
	}
	return out
}

// attribute is what is believed of one attribute, best value first.
type attribute struct {
	attr    clues.Attr
	beliefs []belief
}

func (it *item) evidence() Evidence {
	value := it.value
	if it.attr == clues.OS {
		value = system.Text(value)
	}
	return Evidence{
		Attribute: it.attr.String(), Value: clues.Printable(value), Source: it.source, Subject: it.subject.String(),
		Weight: it.weight, Count: it.count, Peers: len(it.peers), First: stamp(it.first), Last: stamp(it.last),
	}
}

// stamp is RFC 3339 in UTC, empty for a time that was never set.
func stamp(t event.Time) string {
	if t == always || t == math.MaxInt64 {
		return ""
	}
	return t.RFC3339()
}

// round keeps confidences short and equal on every machine.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }

// several are the attributes of which a machine may have many values at once.
// Their values do not contradict each other.
var several = [clues.NumAttrs]bool{
	clues.Does: true, clues.Name: true, clues.AETitle: true, clues.Station: true, clues.Application: true,
	clues.Implementation: true, clues.ClientID: true, clues.DeviceUID: true, clues.UDI: true,
	clues.Has: true, clues.Product: true, clues.KindOf: true, clues.Fingerprint: true,
	clues.Domain: true, clues.Description: true, clues.SwitchPort: true, clues.HostID: true,
}

// freeText is the one source of makers that is typed by people; the others are
// answers of the vendor tables and canonical already.
const freeText = "dicom_op.manufacturer"

// key is the form in which the values of two items count as one.
func (it *item) key() string {
	if it.attr == clues.Manufacturer && it.source == freeText {
		return clues.Maker(it.value)
	}
	return fold(it.attr, it.value)
}

// fold puts letter case aside where it says nothing.
func fold(a clues.Attr, value string) string {
	switch a {
	case clues.Name, clues.Institution, clues.Department, clues.Location:
		return strings.ToLower(value)
	}
	return value
}

// conclude weighs the evidence of every attribute about the machine itself. The
// items are sorted by attribute and must not move afterwards.
func (d *device) conclude() {
	d.attrs = nil
	for i := 0; i < len(d.items); {
		a := d.items[i].attr
		var list []*item
		for ; i < len(d.items) && d.items[i].attr == a; i++ {
			if it := &d.items[i]; a != clues.Does && it.subject == clues.Self {
				list = append(list, it)
			}
		}
		switch {
		case len(list) == 0:
		case a == clues.OS:
			d.attrs = append(d.attrs, attribute{a, d.systems(list)})
		default:
			d.attrs = append(d.attrs, attribute{a, conclusions(a, list)})
		}
	}
}

// beliefs are the values believed of an attribute, best first.
func (d *device) beliefs(a clues.Attr) []belief {
	for i := range d.attrs {
		if d.attrs[i].attr == a {
			return d.attrs[i].beliefs
		}
	}
	return nil
}

// choice is one candidate value.
type choice struct {
	value   string
	last    event.Time
	support float64
	items   []*item
}

// conclusions weighs all values of one attribute, best first. The formula is in
// the package comment.
func conclusions(a clues.Attr, list []*item) []belief {
	total := map[string]uint64{} // statements per source
	byValue := map[string]*choice{}
	for _, it := range list {
		total[it.source] += it.count
		key := it.key()
		c := byValue[key]
		if c == nil {
			c = &choice{value: it.value, last: it.last}
			if a == clues.Manufacturer {
				c.value = key
			}
			byValue[key] = c
		}
		c.last = max(c.last, it.last)
		c.items = append(c.items, it)
	}
	if a == clues.Manufacturer {
		joinMakers(byValue)
	}
	choices := make([]*choice, 0, len(byValue))
	for _, c := range byValue {
		c.support = support(c.items, total, several[a])
		choices = append(choices, c)
	}
	slices.SortFunc(choices, func(x, y *choice) int {
		return cmp.Or(cmp.Compare(y.support, x.support), cmp.Compare(y.last, x.last), cmp.Compare(x.value, y.value))
	})
	out := make([]belief, 0, len(choices))
	for i, c := range choices {
		out = append(out, concluded(a, i, c, choices))
	}
	return out
}

// joinMakers counts a network card's maker for the one other maker that bears its
// name as well: a group registers cards for its medical branch.
func joinMakers(byValue map[string]*choice) {
	for _, key := range slices.Sorted(maps.Keys(byValue)) {
		c := byValue[key]
		if len(c.items) != 1 || c.items[0].source != "oui" {
			continue
		}
		for _, other := range slices.Sorted(maps.Keys(byValue)) {
			if strings.HasPrefix(other, key+" ") {
				byValue[other].items = append(byValue[other].items, c.items...)
				delete(byValue, key)
				break
			}
		}
	}
}

func concluded(a clues.Attr, i int, c *choice, choices []*choice) belief {
	n := belief{value: c.value}
	rival := 0.0
	for j, o := range choices {
		for _, it := range o.items {
			switch {
			case i == j:
				n.pro = append(n.pro, it)
			case !several[a] && !it.hint:
				n.con = append(n.con, it)
				rival = max(rival, o.support)
			}
		}
	}
	n.confidence = round(c.support * (1 - rival/2))
	return n
}

// support is the noisy-or of the sources that name a value. A source that names
// several values gives each its share, unless the attribute has many values.
func support(items []*item, total map[string]uint64, many bool) float64 {
	weight := map[string]float64{}
	count := map[string]uint64{}
	for _, it := range items {
		weight[it.source] = max(weight[it.source], it.weight)
		count[it.source] += it.count
	}
	sources := make([]string, 0, len(weight))
	for s := range weight {
		sources = append(sources, s)
	}
	slices.Sort(sources) // the order of floating-point products is part of the result
	miss := 1.0
	for _, s := range sources {
		share := 1.0
		if !many && total[s] > 0 {
			share = float64(count[s]) / float64(total[s])
		}
		miss *= 1 - weight[s]*share
	}
	return 1 - miss
}

// minShown is the confidence under which a single-valued attribute is left
// unknown.
const minShown = 0.2

// best is the concluded value of a single-valued attribute, empty if unknown.
func (d *device) best(a clues.Attr) string {
	if c := d.beliefs(a); len(c) > 0 && c[0].confidence >= minShown {
		return clues.Printable(c[0].value)
	}
	return ""
}

// values are all values of an attribute with many, sorted.
func (d *device) values(attrs ...clues.Attr) []string {
	out := []string{}
	for _, a := range attrs {
		for _, c := range d.beliefs(a) {
			value := clues.Printable(c.value)
			same := func(s string) bool { return fold(a, s) == fold(a, value) }
			if c.confidence >= minShown && !slices.ContainsFunc(out, same) {
				out = append(out, value)
			}
		}
	}
	slices.Sort(out)
	return out
}
