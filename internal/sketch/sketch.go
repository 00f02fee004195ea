// Package sketch counts different things in little memory, with a known error.
//
// A Sketch is a HyperLogLog: of every thing it sees a hash of 64 bits, keeps for each of
// its registers the longest run of zeros that led a hash, and tells from them how many
// different ones there were. Two are joined without counting twice what both have seen.
// The estimate is that of Ertl, which needs no table of corrections and is right from
// zero on.
//
// It refuses to hash: who counts brings hashes, which must be evenly spread; keyed hashes
// are, and Mix makes others so. Memory: one byte a register, 2^precision of them, owned by
// the Sketch. It is not safe for several goroutines. There is no standard; P. Flajolet and
// others (2007) describe it, O. Ertl (2017) the estimate.
package sketch

import (
	"fmt"
	"math"
	"math/bits"
)

// Bounds of the precision.
const (
	Least = 4
	Most  = 16
)

// Sketch counts different hashes.
type Sketch struct {
	precision uint8
	registers []uint8
}

// New makes one with 2^precision registers. It fails if the precision is not between
// Least and Most.
func New(precision int) (*Sketch, error) {
	if precision < Least || precision > Most {
		return nil, fmt.Errorf("precision %d is not between %d and %d", precision, Least, Most)
	}
	return &Sketch{uint8(precision), make([]uint8, 1<<precision)}, nil
}

// Error is the standard error of a precision, relative to the count.
func Error(precision int) float64 { return 1.04 / math.Sqrt(math.Exp2(float64(precision))) }

// Add counts a hash.
func (s *Sketch) Add(hash uint64) {
	i := hash >> (64 - s.precision)
	// The bit behind the hash ends a run of zeros that has no other end.
	run := uint8(bits.LeadingZeros64(hash<<s.precision|1<<(s.precision-1)) + 1)
	s.registers[i] = max(s.registers[i], run)
}

// Join counts what another has counted too. It fails if their precisions differ.
func (s *Sketch) Join(o *Sketch) error {
	if s.precision != o.precision {
		return fmt.Errorf("sketches of precision %d and %d cannot be joined", s.precision, o.precision)
	}
	for i, r := range o.registers {
		s.registers[i] = max(s.registers[i], r)
	}
	return nil
}

// Count is about how many different hashes were added.
func (s *Sketch) Count() uint64 {
	var of [65]int
	for _, r := range s.registers {
		of[r]++
	}
	m := float64(len(s.registers))
	longest := 64 - int(s.precision)
	z := m * tau(1-float64(of[longest+1])/m)
	for k := longest; k >= 1; k-- {
		z = (z + float64(of[k])) / 2
	}
	z += m * sigma(float64(of[0])/m)
	return uint64(math.Round(m * m / (2 * math.Ln2 * z)))
}

// sigma corrects for registers that are still empty.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	z, y := x, 1.0
	for {
		x *= x
		before := z
		if z, y = z+x*y, y+y; z == before {
			return z
		}
	}
}

// tau corrects for registers that are full.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	z, y := 1-x, 1.0
	for {
		x = math.Sqrt(x)
		before := z
		y /= 2
		if z -= (1 - x) * (1 - x) * y; z == before {
			return z / 3
		}
	}
}

// Mix spreads a number evenly over 64 bits; different numbers stay different.
func Mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
