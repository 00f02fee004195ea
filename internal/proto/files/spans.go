package files

import "slices"

// span is a run of bytes, from and behind the last.
type span struct{ from, to int64 }

// spans are the runs of bytes that were seen, in order and apart.
type spans struct {
	list []span
	seen int64
	// shed is how many bytes of holes are no longer told apart from what was seen,
	// because there are too many holes.
	shed int64
}

// add takes a run and calls fresh for each part of it that is new, in order. old is
// called for the parts that were there; it may be nil.
func (s *spans) add(from, to int64, fresh, old func(from, to int64)) {
	if n := len(s.list); n > 0 && s.list[n-1].to == from { // the common case
		s.list[n-1].to = to
		s.seen += to - from
		fresh(from, to)
		return
	}
	i, _ := slices.BinarySearchFunc(s.list, from, func(x span, v int64) int {
		if x.to < v {
			return -1
		}
		return 1
	})
	j, at := i, from
	for ; j < len(s.list) && s.list[j].from <= to; j++ {
		x := s.list[j]
		if at < x.from {
			s.seen += x.from - at
			fresh(at, x.from)
		}
		if lo, hi := max(at, x.from), min(to, x.to); lo < hi && old != nil {
			old(lo, hi)
		}
		at = max(at, x.to)
	}
	if at < to {
		s.seen += to - at
		fresh(at, to)
	}
	joined := span{from, to}
	if i < j {
		joined = span{min(from, s.list[i].from), max(to, s.list[j-1].to)}
	}
	s.list = slices.Replace(s.list, i, j, joined)
	if len(s.list) > maxSpans {
		s.shed += s.list[1].from - s.list[0].to
		s.list[1].from = s.list[0].from
		s.list = slices.Delete(s.list, 0, 1)
	}
}

// has says whether all bytes of a run were seen.
func (s *spans) has(from, to int64) bool {
	for _, x := range s.list {
		if x.from <= from && to <= x.to {
			return true
		}
	}
	return from >= to
}

// reach is behind the last of the bytes from at on that were seen without a hole; at
// if there are none.
func (s *spans) reach(at int64) int64 {
	for _, x := range s.list {
		if x.from <= at && at < x.to {
			return x.to
		}
	}
	return at
}

// end is behind the last byte that was seen.
func (s *spans) end() int64 {
	if len(s.list) == 0 {
		return 0
	}
	return s.list[len(s.list)-1].to
}

// whole says whether all bytes up to size were seen.
func (s *spans) whole(size int64) bool {
	return s.shed == 0 && (size == 0 && len(s.list) == 0 || len(s.list) == 1 && s.list[0].from == 0 && s.list[0].to >= size)
}

// holes calls f for each run below size that was not seen.
func (s *spans) holes(size int64, f func(from, to int64)) {
	at := int64(0)
	for _, x := range s.list {
		if at < x.from {
			f(at, x.from)
		}
		at = x.to
	}
	if at < size {
		f(at, size)
	}
}

// each calls f for each run that was seen.
func (s *spans) each(f func(span)) {
	for _, x := range s.list {
		f(x)
	}
}
