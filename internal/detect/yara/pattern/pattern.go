// Package pattern finds the strings of YARA rules in bytes.
//
// A Pattern is one string of a rule: text with its modifiers, hexadecimal bytes, or a
// regular expression over bytes (YARA 4.2, "Writing YARA rules", Strings). It becomes
// units: each way in which the string may stand in a file, such as wide or encoded in
// base64. An Index holds the units of all rules and finds them in one pass over the
// bytes: it looks up each window of four bytes in a table of bits, and only where a
// window is one of an atom (the rarest four bytes that every match of a unit holds) the
// unit is compared in full.
//
// Windows and a hash were chosen over an automaton: letter case costs nothing, memory
// grows with the number of atoms (some twenty bytes each) and not with their bytes times
// 256, and no step depends on the one before.
//
// Text and sequences of fixed length are compared byte by byte; the rest runs as a set
// of states, forward and backward from the atom, at most Reach bytes. Time is counted in
// steps, which the caller allots: nothing goes back over its choices, so no expression
// takes more than its states times the bytes at a place. It refuses references back,
// look-around and expressions of more than maxLeaves bytes.
//
// Memory: an Index never changes after Build and is shared; a Machine belongs to one
// goroutine and is used again. Nothing keeps the bytes that are searched.
package pattern

import "math/bits"

// Reach is how many bytes before and after its atom a match of variable length may
// extend.
const Reach = 4096

// Span is a match: where it begins and how many bytes it has.
type Span struct{ Off, Len uint32 }

// Set is a set of bytes.
type Set [4]uint64

// Has says whether c is in the set.
func (s *Set) Has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

func (s *Set) add(c byte)   { s[c>>6] |= 1 << (c & 63) }
func (s *Set) union(o *Set) { s[0] |= o[0]; s[1] |= o[1]; s[2] |= o[2]; s[3] |= o[3] }

func (s *Set) len() int {
	return bits.OnesCount64(s[0]) + bits.OnesCount64(s[1]) + bits.OnesCount64(s[2]) + bits.OnesCount64(s[3])
}

func (s *Set) addRange(lo, hi byte) {
	for c := int(lo); c <= int(hi); c++ {
		s.add(byte(c))
	}
}

// not is the complement.
func (s Set) not() Set { return Set{^s[0], ^s[1], ^s[2], ^s[3]} }

// single is the set of one byte.
func single(c byte) Set {
	var s Set
	s.add(c)
	return s
}

// anyByte is the set of all bytes.
func anyByte() Set { return Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)} }

// folded adds the other case of each letter.
func (s Set) folded() Set {
	for c := byte('a'); c <= 'z'; c++ {
		if s.Has(c) || s.Has(c-32) {
			s.add(c)
			s.add(c - 32)
		}
	}
	return s
}

type op uint8

const (
	opEmpty op = iota
	opSet
	opCat
	opAlt
	opRepeat
	opBegin   // at the beginning of the file
	opEnd     // at its end
	opWord    // between a character of a word and another
	opNotWord // not so
)

// node is a part of an expression.
type node struct {
	op       op
	set      Set
	subs     []*node
	min, max int // of opRepeat; max -1 is without end
	// fwd is the instruction of this leaf in the program forward, and back the one
	// behind it in the program backward.
	fwd, back uint32
}

func cat(subs ...*node) *node {
	if len(subs) == 1 {
		return subs[0]
	}
	return &node{op: opCat, subs: subs}
}

func leaf(s Set) *node { return &node{op: opSet, set: s} }

func repeat(n *node, lo, hi int) *node {
	return &node{op: opRepeat, subs: []*node{n}, min: lo, max: hi}
}

// expand writes counted repetitions out: what is left is ?, * and +, and every leaf has
// one place. It gives nil if the result has more than *left nodes.
func (n *node) expand(left *int) *node {
	if n.op != opRepeat {
		return n.each(left, func(s *node) *node { return s.expand(left) })
	}
	lo, hi := n.min, n.max
	copies := lo
	if hi < 0 {
		copies = max(lo-1, 0) // and a + or * behind
	}
	var subs []*node
	one := func() *node { return n.subs[0].expand(left) }
	for range copies {
		k := one()
		if k == nil {
			return nil
		}
		subs = append(subs, k)
	}
	var rest *node
	if hi < 0 {
		k := one()
		if k == nil {
			return nil
		}
		rest = repeat(k, min(lo, 1), -1)
	}
	for range max(hi-lo, 0) { // x{0,2} is (x(x)?)?
		k := one()
		if k == nil {
			return nil
		}
		if rest != nil {
			k = cat(k, rest)
		}
		rest = repeat(k, 0, 1)
	}
	if rest != nil {
		subs = append(subs, rest)
	}
	if len(subs) == 0 {
		return &node{op: opEmpty}
	}
	return cat(subs...)
}

// each is a copy with other parts; nil if one is nil or there are too many.
func (n *node) each(left *int, f func(*node) *node) *node {
	*left--
	if *left < 0 {
		return nil
	}
	c := &node{op: n.op, set: n.set, min: n.min, max: n.max}
	for _, s := range n.subs {
		k := f(s)
		if k == nil {
			return nil
		}
		if n.op == opCat && k.op == opCat {
			c.subs = append(c.subs, k.subs...)
			continue
		}
		c.subs = append(c.subs, k)
	}
	return c
}

// mapped is a copy in which every leaf is replaced.
func (n *node) mapped(f func(Set) *node) *node {
	if n.op == opSet {
		return f(n.set)
	}
	c := &node{op: n.op, min: n.min, max: n.max}
	for _, s := range n.subs {
		c.subs = append(c.subs, s.mapped(f))
	}
	return c
}

// wide is the expression over characters of two bytes, the second one zero.
func (n *node) wide() *node {
	return n.mapped(func(s Set) *node { return cat(leaf(s), leaf(single(0))) })
}

// fixed gives the sets of an expression that is a plain sequence.
func (n *node) fixed() ([]Set, bool) {
	switch n.op {
	case opSet:
		return []Set{n.set}, true
	case opCat:
		var out []Set
		for _, s := range n.subs {
			if s.op != opSet {
				return nil, false
			}
			out = append(out, s.set)
		}
		return out, true
	}
	return nil, false
}
