package sessions

// ring is a table that knows the order in which its entries came.
type ring[K comparable, V any] struct {
	of         map[K]*link[K, V]
	head, tail *link[K, V]
}

type link[K comparable, V any] struct {
	key         K
	v           V
	prev, after *link[K, V]
}

func newRing[K comparable, V any]() ring[K, V] { return ring[K, V]{of: map[K]*link[K, V]{}} }

func (r *ring[K, V]) len() int { return len(r.of) }

func (r *ring[K, V]) get(k K) (v V, ok bool) {
	if l := r.of[k]; l != nil {
		return l.v, true
	}
	return v, false
}

// put adds an entry whose key is new.
func (r *ring[K, V]) put(k K, v V) {
	l := &link[K, V]{key: k, v: v, prev: r.tail}
	if r.tail == nil {
		r.head = l
	} else {
		r.tail.after = l
	}
	r.tail = l
	r.of[k] = l
}

func (r *ring[K, V]) remove(k K) {
	l := r.of[k]
	if l == nil {
		return
	}
	delete(r.of, k)
	if l.prev == nil {
		r.head = l.after
	} else {
		l.prev.after = l.after
	}
	if l.after == nil {
		r.tail = l.prev
	} else {
		l.after.prev = l.prev
	}
}

// drop removes the oldest entry.
func (r *ring[K, V]) drop() (v V, ok bool) {
	if r.head == nil {
		return v, false
	}
	v = r.head.v
	r.remove(r.head.key)
	return v, true
}

// each visits all entries, the oldest first.
func (r *ring[K, V]) each(visit func(K, V)) {
	for l := r.head; l != nil; l = l.after {
		visit(l.key, l.v)
	}
}
