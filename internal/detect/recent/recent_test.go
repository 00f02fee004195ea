package recent

import (
	"slices"
	"testing"

	"lazaret/internal/event"
)

const second = 1_000_000_000

func TestDistinct(t *testing.T) {
	d := NewDistinct[string, int](10*second, 2, 3)
	for _, c := range []struct {
		key       string
		value     int
		at        event.Time
		want      int
		remembers []int
	}{
		{"a", 1, 100 * second, 1, []int{1}},
		{"a", 1, 101 * second, 1, []int{1}},
		{"a", 2, 102 * second, 2, []int{1, 2}},
		{"a", 3, 99 * second, 3, []int{1, 2, 3}},  // a little late
		{"a", 3, 50 * second, 3, []int{1, 2, 3}},  // far too late: what is known stays
		{"a", 4, 103 * second, 3, []int{2, 3, 4}}, // no room for a fourth
		{"a", 4, 112 * second, 2, []int{2, 4}},    // the third is old
		{"b", 9, 113 * second, 1, []int{9}},       //
		{"c", 9, 114 * second, 1, []int{9}},       // no room for a third key
		{"a", 5, 115 * second, 1, []int{5}},       // so the first was forgotten
		{"c", 8, 20 * second, 1, []int{9}},        // older than the window
		{"c", 7, 125 * second, 1, []int{7}},       // all others are old
		{"never", 1, 1 * second, 0, nil},          //
		{"c", 7, 124 * second, 1, []int{7}},       // the same again, earlier
	} {
		if got := d.Add(c.key, c.value, c.at); got != c.want || !slices.Equal(d.Values(c.key), c.remembers) {
			t.Errorf("%s %d at %d s: %d of %v, want %d of %v", c.key, c.value, c.at/second, got, d.Values(c.key), c.want, c.remembers)
		}
	}
	if d.Forget("c"); d.Values("c") != nil {
		t.Error("a forgotten key is known")
	}
}

func TestTable(t *testing.T) {
	m := NewTable[string, int](10*second, 2)
	m.Put("a", 1, 100*second)
	if v, ok := m.Get("a", 110*second); !ok || v != 1 {
		t.Errorf("after ten seconds: %d, %v", v, ok)
	}
	if _, ok := m.Get("a", 111*second); ok {
		t.Error("after eleven seconds it is still known")
	}
	m.Put("b", 2, 112*second)
	m.Put("c", 3, 112*second)
	m.Put("d", 4, 112*second)
	if _, ok := m.Get("b", 112*second); ok {
		t.Error("there was room for a third")
	}
	if m.Forget("d"); m.of.Len() != 1 {
		t.Errorf("%d are known", m.of.Len())
	}
}
