package measure

import (
	"math"
	"testing"
)

func TestValues(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"entropy of all bytes", Entropy(all), 8},
		{"entropy of one", Entropy([]byte("aaaa")), 0},
		{"mean", Mean(all), 127.5},
		{"deviation", Deviation([]byte{0, 4}, 1), 2},
		{"correlation of equal bytes", SerialCorrelation([]byte("aaaa")), -100000},
		{"correlation of alternating bytes", SerialCorrelation([]byte{0, 1, 0, 1}), -1},
		{"all points inside", MonteCarlo(make([]byte, 60)), (4 - math.Pi) / math.Pi},
		{"no point inside", MonteCarlo([]byte("\xff\xff\xff\xff\xff\xff")), 1},
		{"count", float64(Histogram([]byte("abca"))['a']), 2},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: %v, wanted %v", c.name, c.got, c.want)
		}
	}
	if !math.IsNaN(Mean(nil)) || !math.IsNaN(MonteCarlo([]byte("abc"))) {
		t.Error("no bytes have a mean, or no points a pi")
	}
}
