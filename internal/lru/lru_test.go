package lru

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func keys[V any](m *Map[int, V]) (out []int) {
	for k := range m.All() {
		out = append(out, k)
	}
	return out
}

func TestOrder(t *testing.T) {
	m := New[int, string](3)
	m.Put(1, "a")
	m.Put(2, "b")
	m.Put(3, "c")
	if _, ok := m.Get(1); !ok {
		t.Error("an entry is not found")
	}
	if v, ok := m.Touch(2); !ok || v != "b" {
		t.Errorf("Touch(2) = %q, %v", v, ok)
	}
	if gone, shed := m.Put(4, "d"); !shed || gone != "a" {
		t.Errorf("Put gave %q back, %v", gone, shed)
	}
	if got := keys(m); !slices.Equal(got, []int{3, 2, 4}) {
		t.Errorf("order = %v", got)
	}
	if _, shed := m.Put(3, "e"); shed || m.Len() != 3 {
		t.Errorf("setting an entry shed one, or there are %d", m.Len())
	}
	if k, v, ok := m.Oldest(); !ok || k != 2 || v != "b" {
		t.Errorf("Oldest = %d %q %v", k, v, ok)
	}
	for k := range m.All() {
		m.Delete(k)
	}
	if _, _, ok := m.Drop(); ok || m.Len() != 0 {
		t.Error("something is left")
	}
}

// TestModel compares with a slice.
func TestModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m, model := New[int, int](5), []int(nil)
	at := func(k int) int { return slices.Index(model, k) }
	for i := range 20_000 {
		k := r.IntN(9)
		switch r.IntN(4) {
		case 0, 1:
			m.Put(k, i)
			if j := at(k); j >= 0 {
				model = slices.Delete(model, j, j+1)
			} else if len(model) == 5 {
				model = model[1:]
			}
			model = append(slices.Clone(model), k)
		case 2:
			if _, ok := m.Touch(k); ok != (at(k) >= 0) {
				t.Fatalf("Touch(%d) = %v", k, ok)
			} else if ok {
				j := at(k)
				model = append(slices.Delete(slices.Clone(model), j, j+1), k)
			}
		case 3:
			m.Delete(k)
			if j := at(k); j >= 0 {
				model = slices.Delete(slices.Clone(model), j, j+1)
			}
		}
		if got := keys(m); !slices.Equal(got, model) {
			t.Fatalf("step %d: %v, want %v", i, got, model)
		}
	}
}
