// Package spread describes an incident as that of a disease: attack rates, generation
// interval, reproduction number, and how late it was found.
//
// Every figure weighs what is not certain by its probability. The attack rate of a role is
// the sum of the probabilities of its devices, among all of them, with the interval of
// Wilson (1927). The generation interval is from the infection of a device to the step by
// which it infected another; edges weigh by their probabilities. The reproduction number is
// the number of those that a device infected (Wallinga and Teunis 2004), among the first half of the
// infected devices: the others had little time for it. Infections that nobody is seen to have caused
// are theirs in proportion. Its interval is that of Jeffreys for a Poisson rate, by the approximation
// of Wilson and Hilferty (1931), widened by Pearson's measure of how much more than Poisson the
// devices differ (Wedderburn 1974), since few may infect many. How often it holds the truth stands
// in docs/tracing.md.
//
// It refuses to tell a figure that nothing stands behind: Number is 0 then. It sees no
// record and reads no clock, and owns nothing. There is no standard for it.
package spread

import (
	"cmp"
	"math"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/incident"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// Figures describe one incident.
type Figures struct {
	Attack       []Rate // of roles with infected devices, by role
	Generation   Range  // seconds: median, and the middle half
	Reproduction Range  // with the interval of 95 chances in 100
	// FirstTrace is the earliest infection, by its median; FirstFinding the first grave
	// finding; 0 if there is none.
	FirstTrace, FirstFinding event.Time
}

// Rate is which share of the devices of a role is infected, 0..1.
type Rate struct {
	Role             roles.Role
	Devices          int
	Infected         float64 // sum of probabilities
	Share, Low, High float64 // with 95 chances in 100 between the last two
}

// Range is an estimate with bounds; Number is from how many it was made, 0 for none.
type Range struct {
	Value, Low, High float64
	Number           int
}

// Of describes an incident. population is how many devices there are of each role, role
// what a device is for, and found the first grave finding, 0 for none.
func Of(x *incident.Incident, population map[roles.Role]int, role func(netid.IP) roles.Role, found event.Time) Figures {
	out := Figures{FirstFinding: found}
	sums := map[roles.Role]float64{}
	began := map[netid.IP]event.Time{}
	for _, list := range [][]incident.Infected{x.Devices, x.AtRisk} {
		for _, d := range list {
			sums[role(d.Device)] += d.Probability
			began[d.Device] = d.Median
		}
	}
	for _, d := range x.Devices {
		if out.FirstTrace == 0 || d.Median < out.FirstTrace {
			out.FirstTrace = d.Median
		}
	}
	for r, k := range sums {
		n := max(population[r], int(math.Ceil(k)))
		low, high := wilson(k, float64(n))
		out.Attack = append(out.Attack, Rate{r, n, k, k / float64(n), low, high})
	}
	slices.SortFunc(out.Attack, func(a, b Rate) int { return cmp.Compare(a.Role.Rank(), b.Role.Rank()) })
	list := intervals(x, began)
	out.Generation = quartiles(list)
	out.Reproduction = reproduction(x, began)
	return out
}

// z is the quantile of the normal distribution for 95 chances in 100.
const z = 1.959964

func wilson(k, n float64) (low, high float64) {
	p := k / n
	mid, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max((mid-half)/(1+z*z/n), 0), min((mid+half)/(1+z*z/n), 1)
}

// interval is a generation interval in seconds with its weight.
type interval struct{ seconds, weight float64 }

func intervals(x *incident.Incident, began map[netid.IP]event.Time) []interval {
	var out []interval
	for _, e := range x.Edges {
		if at, ok := began[e.Source]; ok {
			out = append(out, interval{max(e.Time.Sub(at).Seconds(), 0), e.Probability})
		}
	}
	slices.SortFunc(out, func(a, b interval) int { return cmp.Compare(a.seconds, b.seconds) })
	return out
}

// quartiles are the weighted median and the middle half. Number has those that are more
// likely than not.
func quartiles(list []interval) Range {
	whole, sum := 0.0, 0.0
	var out Range
	for _, i := range list {
		whole += i.weight
		if i.weight >= 0.5 {
			out.Number++
		}
	}
	if out.Number == 0 {
		return Range{}
	}
	to := []*float64{&out.Low, &out.Value, &out.High}
	for _, i := range list {
		sum += i.weight
		for len(to) > 0 && sum >= whole*(1-float64(len(to))/4) {
			*to[0], to = i.seconds, to[1:]
		}
	}
	return out
}

// reproduction is how many each of the devices infected that were the first half to be infected:
// the others had little time for it.
func reproduction(x *incident.Incident, began map[netid.IP]event.Time) Range {
	cohort := slices.Clone(x.Devices)
	slices.SortFunc(cohort, func(a, b incident.Infected) int {
		return cmp.Or(cmp.Compare(a.Median, b.Median), a.Device.Compare(b.Device))
	})
	cohort = cohort[:(len(cohort)+1)/2]
	made, told, all := map[netid.IP]float64{}, 0.0, -1.0 // by whom how many; one of all was infected by none of them
	for _, e := range x.Edges {
		if _, ok := began[e.Source]; ok {
			made[e.Source] += e.Probability
			told += e.Probability
		}
	}
	for _, list := range [][]incident.Infected{x.Devices, x.AtRisk} {
		for _, d := range list {
			all += d.Probability
		}
	}
	if told < 0.5 {
		return Range{}
	}
	// Whom nobody is seen to have infected, somebody among them did: in proportion.
	more := max(1, all/told)
	whole, had := 0.0, 0.0
	for _, d := range cohort {
		whole, had = whole+more*made[d.Device], had+d.Probability
	}
	over, wide, r := 0.0, 1.0, whole/had
	for _, d := range cohort {
		if expected := r * d.Probability; expected > 0 {
			over += (more*made[d.Device] - expected) * (more*made[d.Device] - expected) / expected
		}
	}
	if len(cohort) > 1 {
		wide = max(1, over/float64(len(cohort)-1))
	}
	return Range{r, gamma(whole/wide+0.5, -z) * wide / had, gamma(whole/wide+0.5, z) * wide / had, len(cohort)}
}

// gamma is the quantile of a gamma distribution of a shape, scale 1, at a quantile of the
// normal distribution.
func gamma(shape, z float64) float64 {
	c := max(1-1/(9*shape)+z/(3*math.Sqrt(shape)), 0)
	return shape * c * c * c
}
