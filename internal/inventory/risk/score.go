package risk

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// MaxScore is where a score stops.
const MaxScore = 100

// reachMany is the number of machines from which on a machine counts as reached
// by many.
const reachMany = 5

// The weights of what a machine is and of who reaches it.
const (
	weightCare  = 1.25 // patients depend on it
	weightMany  = 1.25 // many machines reach it
	weightAlone = 0.5  // no machine was seen reaching it
)

// Score adds up what the traits of m cost. A trait that is not in the table
// costs nothing.
func Score(m *Machine) Risk {
	out := Risk{Parts: []Part{}}
	if len(m.Traits) == 0 {
		return out // most addresses of a scan or a flood
	}
	factor, weighed := m.weight()
	sum := 0
	for _, t := range m.Traits {
		c, _ := cost(t.Trait)
		if c.Points == 0 {
			continue
		}
		p := Part{
			Points: max(1, int(math.Round(float64(c.Points)*factor))), Trait: t.Trait,
			Why: c.Why + m.detail(&t), Mend: c.Mend,
		}
		sum += p.Points
		out.Parts = append(out.Parts, p)
	}
	out.Score = min(sum, MaxScore)
	if len(out.Parts) > 0 {
		out.Weighed = weighed
	}
	slices.SortFunc(out.Parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Trait, b.Trait))
	})
	return out
}

// weight is by what all points of a machine are multiplied, and why.
func (m *Machine) weight() (factor float64, weighed string) {
	factor = 1
	var because []string
	if m.Care {
		factor *= weightCare
		because = append(because, "All weighs more because care depends on the machine.")
	}
	switch n := m.reached(); {
	case n == 0:
		factor *= weightAlone
		because = append(because, "All weighs less because no machine was seen reaching it.")
	case n >= reachMany:
		factor *= weightMany
		because = append(because, fmt.Sprintf("All weighs more because %d machines reach it.", n))
	}
	return factor, strings.Join(because, " ")
}

// reached counts the machines that use a service of m.
func (m *Machine) reached() int {
	peers := map[int]bool{}
	for _, l := range m.Links {
		if l.Serves {
			peers[l.Peer] = true
		}
	}
	return len(peers)
}
