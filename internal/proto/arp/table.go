package arp

// table is a map of bounded size from which the least recently used entry leaves.
// Its entries are linked by position, so it holds no pointers of its own and its
// order depends on nothing but the order of use.
type table[K comparable, V any] struct {
	at      map[K]int32
	entries []entry[K, V]
	limit   int
	newest  int32 // -1 if empty
	oldest  int32
}

type entry[K comparable, V any] struct {
	key          K
	value        V
	newer, older int32
}

func newTable[K comparable, V any](limit int) *table[K, V] {
	return &table[K, V]{at: make(map[K]int32), limit: limit, newest: -1, oldest: -1}
}

// put finds or makes the entry of k and makes it the newest. When the table is
// full a new entry takes the place of the oldest, which is returned as old. The
// pointer is valid until the next put.
func (t *table[K, V]) put(k K) (v *V, isNew bool, old entry[K, V], evicted bool) {
	i, found := t.at[k]
	switch {
	case found:
		t.unlink(i)
	case len(t.entries) < t.limit:
		i = int32(len(t.entries))
		t.entries = append(t.entries, entry[K, V]{key: k})
		t.at[k] = i
	default:
		i = t.oldest
		old, evicted = t.entries[i], true
		t.unlink(i)
		delete(t.at, old.key)
		t.entries[i] = entry[K, V]{key: k}
		t.at[k] = i
	}
	e := &t.entries[i]
	e.older, e.newer = t.newest, -1
	if t.newest >= 0 {
		t.entries[t.newest].newer = i
	} else {
		t.oldest = i
	}
	t.newest = i
	return &e.value, !found, old, evicted
}

func (t *table[K, V]) unlink(i int32) {
	e := &t.entries[i]
	if e.newer >= 0 {
		t.entries[e.newer].older = e.older
	} else {
		t.newest = e.older
	}
	if e.older >= 0 {
		t.entries[e.older].newer = e.newer
	} else {
		t.oldest = e.newer
	}
}

// drain empties the table and returns its entries in no particular order.
func (t *table[K, V]) drain() []entry[K, V] {
	all := t.entries
	t.entries, t.newest, t.oldest = nil, -1, -1
	clear(t.at)
	return all
}
