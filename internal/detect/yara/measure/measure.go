// Package measure takes statistics of bytes, as YARA's module math defines them.
//
// Entropy, Mean, Deviation, SerialCorrelation and MonteCarlo look for what is packed or
// encrypted: bytes that are spread evenly and do not depend on each other (YARA 4.2,
// "Math module"; Knuth, The Art of Computer Programming 2, 3.3.2). Each reads the bytes
// once, in their order, and gives the same for the same bytes on every machine.
//
// It refuses to judge: what number is high is for a rule to say. No bytes at all give
// not a number, which a rule sees as undefined.
//
// Memory: nothing is kept, and nothing but counters on the stack is used.
package measure

import "math"

// Histogram counts how often each byte stands there.
func Histogram(b []byte) (n [256]int) {
	for _, c := range b {
		n[c]++
	}
	return n
}

// Entropy is Shannon's, in bits per byte.
func Entropy(b []byte) float64 {
	sum := 0.0
	for _, n := range Histogram(b) {
		if n > 0 {
			p := float64(n) / float64(len(b))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

// Mean is that of the bytes.
func Mean(b []byte) float64 {
	sum := 0.0
	for _, c := range b {
		sum += float64(c)
	}
	return sum / float64(len(b))
}

// Deviation is the mean distance from a mean.
func Deviation(b []byte, from float64) float64 {
	sum := 0.0
	for _, c := range b {
		sum += math.Abs(float64(c) - from)
	}
	return sum / float64(len(b))
}

// SerialCorrelation says how much each byte depends on the one before (Knuth, The Art
// of Computer Programming 2, 3.3.2 K); the last is followed by the first. As in YARA it
// is -100000 if all bytes are the same.
func SerialCorrelation(b []byte) float64 {
	var products, sum, squares, last, first float64
	for i, c := range b {
		v := float64(c)
		if i == 0 {
			first = v
		} else {
			products += last * v
		}
		sum += v
		squares += v * v
		last = v
	}
	products += last * first
	n := float64(len(b))
	if d := n*squares - sum*sum; d != 0 {
		return (n*products - sum*sum) / d
	}
	return -100000
}

// MonteCarlo takes each six bytes as a point of a square, counts those in the quarter of
// the circle, and says how far pi from them is from pi.
func MonteCarlo(b []byte) float64 {
	const side = 1<<24 - 1
	points, in := 0, 0
	for ; len(b) >= 6; b = b[6:] {
		x := float64(int(b[0])<<16 | int(b[1])<<8 | int(b[2]))
		y := float64(int(b[3])<<16 | int(b[4])<<8 | int(b[5]))
		points++
		if x*x+y*y <= side*side {
			in++
		}
	}
	return math.Abs((4*float64(in)/float64(points) - math.Pi) / math.Pi)
}
