package inventory

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/risk"
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

// system is what is concluded of the operating system.
func (d *device) system() System {
	n := System{OS: d.best(clues.OS), Also: []string{}}
	n.Family, n.Version, _ = strings.Cut(n.OS, "|")
	n.OS = strings.TrimSpace(n.Family + " " + n.Version)
	if b := d.beliefs(clues.OS); n.OS != "" {
		n.Sureness = b[0].confidence
	}
	return n
}
