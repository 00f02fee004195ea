package inventory

import "lazaret/internal/inventory/clues"

// places are the locations that evidence names, surest first.
func (d *device) places() []Place {
	out := []Place{}
	for _, b := range d.beliefs(clues.Location) {
		best := b.pro[0]
		for _, it := range b.pro {
			if it.weight > best.weight {
				best = it
			}
		}
		out = append(out, Place{clues.Printable(b.value), b.confidence, best.source})
	}
	return out
}
