package pattern

import (
	"math/bits"
	"slices"
)

// An atom is what the index looks for: four bytes in a row, or two where a unit has no
// more, that every match holds (one of a set of atoms, where a unit has alternatives).
type atom struct {
	text [4]byte
	n    uint8  // bytes of text, 4 or 2
	key  byte   // the text was changed by, of modifier xor
	off  uint32 // before it in the match, if the match has a fixed length
	// Where the programs go on from the place before the atom.
	fwd, back uint32
}

// maxVariants bounds the atoms that one window with wild cards becomes.
const maxVariants = 64

// worth says how rare a byte is in files, roughly.
func worth(c byte) int {
	switch {
	case c == 0 || c == 0xff:
		return 4
	case c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0xcc || c == 0x90:
		return 8
	case c == 'e' || c == 't' || c == 'a' || c == 'o' || c == 'i' || c == 'n' || c == 's' || c == 'r' || c == 0x8b || c == 1:
		return 16
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '/':
		return 18
	}
	return 20
}

// variants is how many values a set has in an atom of n bytes: those of four are
// compared without bit 5, so that letter case costs nothing.
func variants(s *Set, n int) int {
	if n != 4 {
		return s.len()
	}
	k := 0
	for _, w := range s {
		k += bits.OnesCount32(uint32(w) | uint32(w>>32))
	}
	return k
}

// score judges a window of sets; below zero it cannot be one.
func score(w []Set) int {
	total, product := 0, 1
	var seen [4]Set
	for i := range w {
		k := variants(&w[i], len(w))
		if k == 0 || k > maxVariants {
			return -1
		}
		if product *= k; product > maxVariants {
			return -1
		}
		low := 20
		if k == 1 {
			low = worth(w[i].low())
		}
		total += low
		for k > 1 {
			total -= 4
			k /= 2
		}
		seen[i] = w[i]
		if slices.Contains(seen[:i], w[i]) {
			total -= 6
		}
	}
	return max(total, 0)
}

// windows is a set of windows of which every match holds one.
type windows struct {
	leaves [][]*node
	score  int
}

// best finds the windows of an expression that are rarest together; false if there is
// a match without any.
func best(n *node) (windows, bool) {
	switch n.op {
	case opSet:
		return bestRun([]*node{n})
	case opCat:
		return bestOfCat(n)
	case opRepeat:
		if n.min >= 1 {
			return best(n.subs[0])
		}
	case opAlt:
		out := windows{score: 1 << 20}
		for _, s := range n.subs {
			w, ok := best(s)
			if !ok {
				return windows{}, false
			}
			out.leaves = append(out.leaves, w.leaves...)
			out.score = min(out.score, w.score)
		}
		out.score = max(out.score-len(n.subs), 0)
		return out, len(out.leaves) <= 4*maxVariants
	}
	return windows{}, false
}

func bestOfCat(n *node) (windows, bool) {
	out, found := windows{}, false
	take := func(w windows, ok bool) {
		if ok && (!found || w.score > out.score) {
			out, found = w, true
		}
	}
	from := 0
	for i := 0; i <= len(n.subs); i++ {
		if i < len(n.subs) && n.subs[i].op == opSet {
			continue
		}
		take(bestRun(n.subs[from:i]))
		if i < len(n.subs) {
			take(best(n.subs[i]))
		}
		from = i + 1
	}
	return out, found
}

// bestRun finds the best window of bytes in a row.
func bestRun(run []*node) (windows, bool) {
	out, found := windows{score: -1}, false
	var w [4]Set
	for i := range run {
		for _, k := range []int{4, 2} {
			if i+k > len(run) {
				continue
			}
			for j := range k {
				w[j] = run[i+j].set
			}
			if s := score(w[:k]); s > out.score {
				out, found = windows{leaves: [][]*node{run[i : i+k]}, score: s}, true
			}
		}
	}
	return out, found
}

// spell writes a window out as atoms, each made from a.
func spell(out []atom, sets []Set, a atom) []atom {
	from := len(out)
	a.n = uint8(len(sets))
	out = append(out, a)
	for i := range sets {
		end := len(out)
		for k := from; k < end; k++ {
			first := true
			var seen Set
			for c := range 256 {
				v := byte(c)
				if !sets[i].Has(v) {
					continue
				}
				if len(sets) == 4 {
					v |= fold
				}
				if seen.Has(v) {
					continue
				}
				seen.add(v)
				if first {
					out[k].text[i], first = v, false
					continue
				}
				next := out[k]
				next.text[i] = v
				out = append(out, next)
			}
		}
	}
	return out
}

// atomsOfLeaves gives the atoms of an expression whose programs were written.
func atomsOfLeaves(w windows) []atom {
	var out []atom
	for _, l := range w.leaves {
		sets := make([]Set, len(l))
		for i, n := range l {
			sets[i] = n.set
		}
		out = spell(out, sets, atom{fwd: l[0].fwd, back: l[0].back})
	}
	return out
}

// atomsOfSequence gives the atoms of a sequence of fixed length, nil if it has none.
func atomsOfSequence(seq []Set) []atom {
	at, n, top := 0, 0, -1
	for i := range seq {
		for _, k := range []int{4, 2} {
			if i+k <= len(seq) {
				if s := score(seq[i : i+k]); s > top {
					at, n, top = i, k, s
				}
			}
		}
	}
	if n == 0 {
		return nil
	}
	return spell(nil, seq[at:at+n], atom{off: uint32(at)})
}

// firstOf is the set of bytes with which a match may begin, and whether it may be
// empty.
func firstOf(n *node) (Set, bool) {
	switch n.op {
	case opSet:
		return n.set, false
	case opCat:
		var s Set
		for _, k := range n.subs {
			f, empty := firstOf(k)
			s.union(&f)
			if !empty {
				return s, false
			}
		}
		return s, true
	case opAlt:
		var s Set
		any := false
		for _, k := range n.subs {
			f, empty := firstOf(k)
			s.union(&f)
			any = any || empty
		}
		return s, any
	case opRepeat:
		f, empty := firstOf(n.subs[0])
		return f, empty || n.min == 0
	}
	return Set{}, true
}
