// Package recent is the memory of behaviours: what was seen not long ago.
//
// A Distinct counts different values for a key within a window: the hosts that somebody
// mapped shares on in the last ten minutes. A Table remembers one thing for a key for a
// while: the program that was written to a host, until it is started. Both are bounded in
// keys and in values, whatever the traffic: the key used longest ago is forgotten.
//
// Time is that of records. They come in the order in which things ended, and a record's
// time is when its thing began; so times run forward only roughly. An age is measured from
// the latest time that was seen, and what is older than the window when it comes is not
// counted.
//
// It refuses to decide: whoever asks compares with a number of its own. Nothing here reads
// a clock or is safe for several goroutines. Memory: what it is made with. There is no
// standard for it.
package recent

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/lru"
)

// Distinct counts different values of a key within a window.
type Distinct[K, V comparable] struct {
	window event.Interval
	values int
	now    event.Time
	of     *lru.Map[K, *[]dated[V]]
}

type dated[V any] struct {
	v V
	t event.Time
}

// NewDistinct keeps at most that many keys, and values of each.
func NewDistinct[K, V comparable](window event.Interval, keys, values int) *Distinct[K, V] {
	return &Distinct[K, V]{window: window, values: values, of: lru.New[K, *[]dated[V]](keys)}
}

// Add enters a value, and says how many different ones there are within the window. If
// there is no room, the value seen longest ago is forgotten.
func (d *Distinct[K, V]) Add(k K, v V, at event.Time) int {
	d.now = max(d.now, at)
	list, ok := d.of.Touch(k)
	if !ok {
		list = new([]dated[V])
		d.of.Put(k, list)
	}
	since := d.now - event.Time(d.window)
	l := slices.DeleteFunc(*list, func(x dated[V]) bool { return x.t < since || x.v == v && x.t <= at })
	if at >= since && !slices.ContainsFunc(l, func(x dated[V]) bool { return x.v == v }) {
		if len(l) >= d.values {
			l = slices.Delete(l, 0, 1)
		}
		l = append(l, dated[V]{v, at})
	}
	*list = l
	return len(l)
}

// Values are those of a key, the one seen longest ago first.
func (d *Distinct[K, V]) Values(k K) []V {
	var out []V
	if list, ok := d.of.Get(k); ok {
		for _, x := range *list {
			out = append(out, x.v)
		}
	}
	return out
}

// Forget begins anew with a key.
func (d *Distinct[K, V]) Forget(k K) { d.of.Delete(k) }

// Table remembers one thing for each key for a while.
type Table[K comparable, V any] struct {
	keep event.Interval
	now  event.Time
	of   *lru.Map[K, dated[V]]
}

// NewTable keeps at most that many keys.
func NewTable[K comparable, V any](keep event.Interval, keys int) *Table[K, V] {
	return &Table[K, V]{keep: keep, of: lru.New[K, dated[V]](keys)}
}

// Put remembers a thing from a time on.
func (t *Table[K, V]) Put(k K, v V, at event.Time) {
	t.now = max(t.now, at)
	t.of.Put(k, dated[V]{v, at})
}

// Get finds what was remembered of a key no longer ago than the table keeps, seen from
// a time.
func (t *Table[K, V]) Get(k K, at event.Time) (v V, ok bool) {
	t.now = max(t.now, at)
	d, ok := t.of.Get(k)
	if !ok {
		return v, false
	}
	if t.now-d.t > event.Time(t.keep) {
		t.of.Delete(k)
		return v, false
	}
	return d.v, true
}

// Forget forgets a key.
func (t *Table[K, V]) Forget(k K) { t.of.Delete(k) }
