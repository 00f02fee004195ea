package inventory

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/risk"
	"lazaret/internal/inventory/system"
)

// traits are what a device was seen to allow or to lack, in the order of the
// risk table.
func (d *device) traits() []risk.Trait {
	out := []risk.Trait{}
	for _, b := range d.beliefs(clues.Has) {
		n := risk.Trait{Trait: clues.Trait(b.value)}
		first, last := b.pro[0].first, b.pro[0].last
		var sources []string
		peers := b.pro[0].peers
		for _, it := range b.pro {
			sources = append(sources, it.source)
			n.Count += it.count
			peers = union(slices.Clip(peers), it.peers)
			first, last = min(first, it.first), max(last, it.last)
		}
		slices.Sort(sources)
		n.Source, n.Peers = strings.Join(sources, ", "), len(peers)
		n.FirstSeen, n.LastSeen = stamp(first), stamp(last)
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b risk.Trait) int { return cmp.Compare(a.Trait, b.Trait) })
	return out
}

// systems are the operating systems that the evidence names, best first.
func (d *device) systems(list []*item) []belief {
	said := make([]system.Statement, len(list))
	for i, it := range list {
		said[i] = system.Statement{Value: it.value, Source: it.source, Weight: it.weight, Count: it.count}
	}
	var out []belief
	for i, b := range system.Weigh(said) {
		if i == 0 {
			d.runs = b
		}
		n := belief{value: b.Text(), confidence: round(b.Confidence)}
		for _, k := range b.For {
			n.pro = append(n.pro, list[k])
		}
		for _, k := range b.Against {
			n.con = append(n.con, list[k])
		}
		out = append(out, n)
	}
	return out
}

// minJudged is the confidence under which a system is named, but the end of its
// support is not.
const minJudged = 0.5

// system is what is concluded of the operating system.
func (d *device) system() System {
	n := System{Also: []string{}}
	all := d.beliefs(clues.OS)
	if len(all) == 0 || all[0].confidence < minShown {
		return n
	}
	n.Family, n.Version, n.Sureness = string(d.runs.Family), printable(d.runs.Version), all[0].confidence
	day := ""
	if d.last > 0 {
		day = stamp(d.last)[:len("2006-01-02")]
	}
	r := system.Describe(d.runs.Family, n.Version, d.side(), day)
	n.OS = r.Name
	if n.Sureness >= minJudged {
		n.Ends, n.Supported, n.Note = r.Ends, r.Supported, r.Note
		n.unless = r.Unless
	}
	for _, b := range all[1:] {
		if b.confidence >= minAlso && !slices.ContainsFunc(b.pro, func(it *item) bool { return slices.Contains(all[0].pro, it) }) {
			n.Also = append(n.Also, printable(b.value))
		}
	}
	slices.Sort(n.Also)
	return n
}

// minAlso is the confidence from which on another system is named.
const minAlso = 0.1

// side tells a server from a client by what it says that it is.
func (d *device) side() system.Side {
	server, client := false, false
	for _, b := range d.beliefs(clues.KindOf) {
		switch clues.Kind(b.value) {
		case clues.KindDomainController, clues.KindServer:
			server = true
		case clues.KindPC:
			client = true
		}
	}
	switch {
	case server && !client:
		return system.Server
	case client && !server:
		return system.Client
	}
	return system.Either
}
