package inventory

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
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

func (it *item) evidence() Evidence {
	return Evidence{
		Attribute: it.attr.String(), Value: printable(it.value), Source: it.source, Subject: it.subject.String(),
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

// printable makes hostile text fit for a terminal and for JSON: control bytes
// and broken UTF-8 become question marks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\ufeff' || r == '\ufffd' || (r >= 0x202a && r <= 0x202e) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// round keeps confidences short and equal on every machine.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }

// several are the attributes of which a machine may have many values at once.
// Their values do not contradict each other.
var several = [clues.NumAttrs]bool{
	clues.Does: true, clues.Name: true, clues.AETitle: true, clues.Station: true, clues.Application: true,
	clues.Implementation: true, clues.ClientID: true, clues.DeviceUID: true, clues.UDI: true,
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

// conclude weighs the evidence of every attribute about the machine itself.
func (d *device) conclude() {
	for a := clues.Does + 1; a < clues.NumAttrs; a++ {
		var list []*item
		for i := range d.items {
			if it := &d.items[i]; it.attr == a && it.subject == clues.Self {
				list = append(list, it)
			}
		}
		d.attrs[a] = conclusions(a, list)
	}
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
func conclusions(a clues.Attr, list []*item) []Conclusion {
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
	choices := make([]*choice, 0, len(byValue))
	for _, c := range byValue {
		c.support = support(c.items, total, several[a])
		choices = append(choices, c)
	}
	slices.SortFunc(choices, func(x, y *choice) int {
		return cmp.Or(cmp.Compare(y.support, x.support), cmp.Compare(y.last, x.last), cmp.Compare(x.value, y.value))
	})
	out := make([]Conclusion, 0, len(choices))
	for i, c := range choices {
		out = append(out, concluded(a, i, c, choices))
	}
	return out
}

func concluded(a clues.Attr, i int, c *choice, choices []*choice) Conclusion {
	n := Conclusion{Value: printable(c.value), For: []Evidence{}, Against: []Evidence{}}
	rival := 0.0
	for j, o := range choices {
		for _, it := range o.items {
			switch {
			case i == j:
				n.For = append(n.For, it.evidence())
			case !several[a] && !it.hint:
				n.Against = append(n.Against, it.evidence())
				rival = max(rival, o.support)
			}
		}
	}
	n.Confidence = round(c.support * (1 - rival/2))
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
	if c := d.attrs[a]; len(c) > 0 && c[0].Confidence >= minShown {
		return c[0].Value
	}
	return ""
}

// values are all values of an attribute with many, sorted.
func (d *device) values(attrs ...clues.Attr) []string {
	out := []string{}
	for _, a := range attrs {
		for _, c := range d.attrs[a] {
			same := func(s string) bool { return fold(a, s) == fold(a, c.Value) }
			if c.Confidence >= minShown && !slices.ContainsFunc(out, same) {
				out = append(out, c.Value)
			}
		}
	}
	slices.Sort(out)
	return out
}
