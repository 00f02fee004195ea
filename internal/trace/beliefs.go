package trace

import "math"

// beliefs are the numbers of the model, as far as they are estimated.
type beliefs struct {
	transmit [Grades]float64
	mean, sd float64 // of the logarithm of the wait in seconds
	hidden   float64 // share of infections by contacts not seen
	full     float64 // infections a second by one infected device of one other
	quantile [grid]float64
}

// grid is on how many points of equal weight the wait is looked at.
const grid = 16

// shortest is the least wait that is told from none, in seconds: clocks and stacks are no
// finer.
const shortest = 1e-3

func (b *beliefs) set(mean, sd float64) {
	b.mean, b.sd = mean, sd
	for k := range b.quantile {
		p := (float64(k) + 0.5) / grid
		b.quantile[k] = math.Exp(mean + sd*math.Sqrt2*math.Erfinv(2*p-1))
	}
}

// density of a wait, for each second.
func (b *beliefs) density(wait float64) float64 {
	wait = max(wait, shortest)
	z := (math.Log(wait) - b.mean) / b.sd
	return math.Exp(-z*z/2) / (wait * b.sd * math.Sqrt(2*math.Pi))
}

// silent is the chance of no own act within a time. Half of those infected never act by
// themselves: nothing says that they must.
func (b *beliefs) silent(wait float64) float64 {
	if wait <= shortest {
		return 1
	}
	z := (math.Log(wait) - b.mean) / b.sd
	return 1 - dutiful*0.5*math.Erfc(-z/math.Sqrt2)
}

const dutiful = 0.5

// hazard is how many infections a second a node suffers by contacts that are not seen,
// from so many that are infected.
func (b *beliefs) hazard(infected float64) float64 {
	return b.hidden / (1 - b.hidden) * b.full * infected
}
