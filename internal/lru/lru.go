// Package lru is a table of bounded size that knows the order of its entries.
//
// Entries stand in the order in which they were put, or touched last. When there is no
// room, the first in this order has to go and is handed to the caller, who knows what
// its loss means. With Put and Drop alone it is a queue with a key; with Touch the entry
// that was used last survives.
//
// It refuses to expire anything by itself: it knows no time, and an age is a matter of
// what the entries are. Nothing here is safe for several goroutines.
//
// Memory: one map and one node of two pointers beside the entry; at most the bound that
// it was made with. Values belong to the caller. There is no standard for it.
package lru

import "iter"

// Map is such a table. Make one with New.
type Map[K comparable, V any] struct {
	of         map[K]*node[K, V]
	head, tail *node[K, V]
	max        int
}

type node[K comparable, V any] struct {
	k           K
	v           V
	prev, after *node[K, V]
}

// New makes a table of at most max entries, one at least.
func New[K comparable, V any](max int) *Map[K, V] {
	return &Map[K, V]{of: map[K]*node[K, V]{}, max: max}
}

// Len is the number of entries.
func (m *Map[K, V]) Len() int { return len(m.of) }

// Get finds an entry and leaves its place as it is.
func (m *Map[K, V]) Get(k K) (v V, ok bool) {
	if n := m.of[k]; n != nil {
		return n.v, true
	}
	return v, false
}

// Touch finds an entry and makes it the last to go.
func (m *Map[K, V]) Touch(k K) (v V, ok bool) {
	n := m.of[k]
	if n == nil {
		return v, false
	}
	if m.tail != n {
		m.unlink(n)
		m.link(n)
	}
	return n.v, true
}

// Put sets an entry and makes it the last to go. If another one had to make room, it
// comes back.
func (m *Map[K, V]) Put(k K, v V) (gone V, shed bool) {
	if n := m.of[k]; n != nil {
		n.v = v
		m.Touch(k)
		return gone, false
	}
	if len(m.of) >= m.max {
		_, gone, shed = m.Drop()
	}
	n := &node[K, V]{k: k, v: v}
	m.of[k] = n
	m.link(n)
	return gone, shed
}

// Delete removes an entry, if there is one.
func (m *Map[K, V]) Delete(k K) {
	if n := m.of[k]; n != nil {
		delete(m.of, k)
		m.unlink(n)
	}
}

// Oldest is the entry that goes first.
func (m *Map[K, V]) Oldest() (k K, v V, ok bool) {
	if m.head == nil {
		return k, v, false
	}
	return m.head.k, m.head.v, true
}

// Drop removes the entry that goes first.
func (m *Map[K, V]) Drop() (k K, v V, ok bool) {
	if k, v, ok = m.Oldest(); ok {
		m.Delete(k)
	}
	return k, v, ok
}

// All gives the entries, the first to go first. An entry may be deleted while it is
// visited.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for n := m.head; n != nil; {
			after := n.after
			if !yield(n.k, n.v) {
				return
			}
			n = after
		}
	}
}

func (m *Map[K, V]) link(n *node[K, V]) {
	n.prev, n.after = m.tail, nil
	if m.tail == nil {
		m.head = n
	} else {
		m.tail.after = n
	}
	m.tail = n
}

func (m *Map[K, V]) unlink(n *node[K, V]) {
	if n.prev == nil {
		m.head = n.after
	} else {
		n.prev.after = n.after
	}
	if n.after == nil {
		m.tail = n.prev
	} else {
		n.after.prev = n.prev
	}
}
