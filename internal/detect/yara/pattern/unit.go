package pattern

import (
	"encoding/base64"
	"errors"
	"fmt"
)

var errLarge = fmt.Errorf("an expression of more than %d bytes when its repetitions are written out", maxLeaves)

// unit is one way in which a string may stand in a file.
type unit struct {
	lit      []byte // text
	nocase   bool   // lit is in small letters
	seq      []Set  // a sequence of fixed length
	fwd, rev *program

	wide     bool
	fullword bool
	lazy     bool
	atoms    []atom
	first    Set // of units without an atom: with what a match may begin
	keyed    bool
	lo, hi   byte // keys of xor
}

// Pattern is one string of a rule.
type Pattern struct {
	parts [][]*unit // more than one for long jumps
	gaps  []gap     // between them
	lazy  bool
}

// Slow says that some way in which the string may stand has no atom: it is compared at
// every place of a file.
func (p *Pattern) Slow() bool {
	for _, units := range p.parts {
		for _, u := range units {
			if len(u.atoms) == 0 {
				return true
			}
		}
	}
	return false
}

// Modifiers are those of a string ("Text strings", "String Modifier Summary").
type Modifiers struct {
	ASCII, Wide, NoCase, FullWord, Private bool

	Xor            bool
	XorMin, XorMax byte

	Base64, Base64Wide bool
	Alphabet           string // 64 bytes, empty for the usual one
}

// NewText makes the pattern of a text string.
func NewText(text []byte, m Modifiers) (*Pattern, error) {
	if len(text) == 0 {
		return nil, errors.New("the string is empty")
	}
	if m.Base64 || m.Base64Wide {
		return newBase64(text, m)
	}
	var units []*unit
	add := func(lit []byte, wide bool) {
		units = append(units, newLiteral(lit, wide, m))
	}
	if m.ASCII || !m.Wide {
		add(text, false)
	}
	if m.Wide {
		add(widen(text), true)
	}
	return &Pattern{parts: [][]*unit{units}}, nil
}

func newLiteral(lit []byte, wide bool, m Modifiers) *unit {
	u := &unit{lit: lit, wide: wide, nocase: m.NoCase, fullword: m.FullWord}
	seq := make([]Set, len(lit))
	for i, c := range lit {
		seq[i] = single(c)
		if m.NoCase {
			seq[i] = seq[i].folded()
		}
	}
	u.first = seq[0]
	if m.NoCase {
		u.lit = make([]byte, len(lit))
		for i, c := range lit {
			u.lit[i] = lower(c)
		}
	}
	if !m.Xor {
		u.atoms = atomsOfSequence(seq)
		return u
	}
	u.keyed, u.lo, u.hi = true, m.XorMin, m.XorMax
	u.first = Set{}
	for k := int(m.XorMin); k <= int(m.XorMax); k++ {
		u.first.add(lit[0] ^ byte(k))
		for i := range lit {
			seq[i] = single(lit[i] ^ byte(k))
		}
		for _, a := range atomsOfSequence(seq) {
			a.key = byte(k)
			u.atoms = append(u.atoms, a)
		}
	}
	return u
}

func widen(b []byte) []byte {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, c, 0)
	}
	return out
}

const plainAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// newBase64 makes the three texts that a string becomes in base64, by where it begins
// in a group of three, without the characters that depend on its neighbours.
func newBase64(text []byte, m Modifiers) (*Pattern, error) {
	if len(text) < 3 {
		return nil, errors.New("base64 wants a string of three bytes and more")
	}
	alphabet := m.Alphabet
	if alphabet == "" {
		alphabet = plainAlphabet
	}
	if len(alphabet) != 64 {
		return nil, errors.New("the alphabet of base64 has not 64 bytes")
	}
	var seen Set
	for i := range 64 {
		if c := alphabet[i]; seen.Has(c) || c == '\n' || c == '\r' || c >= 0x80 {
			return nil, errors.New("the alphabet of base64 has a byte twice, a line break or a byte that is not ASCII")
		}
		seen.add(alphabet[i])
	}
	enc := base64.NewEncoding(alphabet).WithPadding(base64.NoPadding)
	var units []*unit
	one := func(plain []byte) {
		for lead := range 3 {
			coded := []byte(enc.EncodeToString(append(make([]byte, lead), plain...)))
			if (lead+len(plain))%3 != 0 {
				coded = coded[:len(coded)-1]
			}
			coded = coded[[]int{0, 2, 3}[lead]:]
			if m.Base64 {
				units = append(units, newLiteral(coded, false, Modifiers{}))
			}
			if m.Base64Wide {
				units = append(units, newLiteral(widen(coded), true, Modifiers{}))
			}
		}
	}
	if m.ASCII || !m.Wide {
		one(text)
	}
	if m.Wide {
		one(widen(text))
	}
	return &Pattern{parts: [][]*unit{units}}, nil
}

// NewHex makes the pattern of a hexadecimal string from what stands in its braces.
func NewHex(text string) (*Pattern, error) {
	parts, gaps, err := parseHex(text)
	if err != nil {
		return nil, err
	}
	p := &Pattern{gaps: gaps, lazy: true}
	for _, n := range parts {
		u, err := newUnit(n, Modifiers{}, false, true)
		if err != nil {
			return nil, err
		}
		p.parts = append(p.parts, []*unit{u})
	}
	return p, nil
}

// NewExpression makes the pattern of a regular expression; dotAll is its flag s, and
// its flag i is the modifier nocase.
func NewExpression(text string, dotAll bool, m Modifiers) (*Pattern, error) {
	n, lazy, err := parseRegex(text, m.NoCase, dotAll)
	if err != nil {
		return nil, err
	}
	p := &Pattern{lazy: lazy}
	var units []*unit
	if m.ASCII || !m.Wide {
		u, err := newUnit(n, m, false, lazy)
		if err != nil {
			return nil, err
		}
		units = append(units, u)
	}
	if m.Wide {
		u, err := newUnit(n.wide(), m, true, lazy)
		if err != nil {
			return nil, err
		}
		units = append(units, u)
	}
	p.parts = [][]*unit{units}
	return p, nil
}

func newUnit(n *node, m Modifiers, wide, lazy bool) (*unit, error) {
	left := maxLeaves
	if n = n.expand(&left); n == nil {
		return nil, errLarge
	}
	u := &unit{wide: wide, lazy: lazy, fullword: m.FullWord}
	empty := false
	if u.first, empty = firstOf(n); empty {
		u.first = anyByte()
	}
	if seq, ok := n.fixed(); ok {
		u.seq = seq
		u.atoms = atomsOfSequence(seq)
		return u, nil
	}
	u.fwd = newProgram(n, wide, false)
	if w, ok := best(n); ok {
		u.rev = newProgram(n, wide, true)
		u.atoms = atomsOfLeaves(w)
	}
	return u, nil
}

// at compares the unit where its atom was seen at i, and adds what matches.
func (u *unit) at(m *Machine, out []Span, b []byte, i int, a *atom) []Span {
	if u.fwd == nil {
		return u.plain(m, out, b, i-int(a.off), a.key)
	}
	n := m.forward(u.fwd, b, i, a.fwd, u.lazy)
	if n < 0 {
		return out
	}
	m.backward(u.rev, b, i, a.back)
	for _, k := range m.lens {
		out = u.add(m, out, b, i-int(k), n+int(k))
	}
	return out
}

// from compares the unit at a place, for units without atoms.
func (u *unit) from(m *Machine, out []Span, b []byte, i int) []Span {
	if u.fwd != nil {
		if n := m.forward(u.fwd, b, i, u.fwd.start, u.lazy); n > 0 {
			return u.add(m, out, b, i, n)
		}
		return out
	}
	if !u.keyed {
		return u.plain(m, out, b, i, 0)
	}
	if k := b[i] ^ u.lit[0]; k >= u.lo && k <= u.hi {
		return u.plain(m, out, b, i, k)
	}
	return out
}

// plain compares text or a sequence at a place.
func (u *unit) plain(m *Machine, out []Span, b []byte, i int, key byte) []Span {
	n := len(u.lit) + len(u.seq)
	m.Steps--
	if i < 0 || i+n > len(b) {
		return out
	}
	s := b[i : i+n]
	k := 0
	switch {
	case u.seq != nil:
		for k < n && u.seq[k].Has(s[k]) {
			k++
		}
	case u.nocase:
		for k < n && lower(s[k]) == u.lit[k] {
			k++
		}
	case key != 0:
		for k < n && s[k]^key == u.lit[k] {
			k++
		}
	default:
		for k < n && s[k] == u.lit[k] {
			k++
		}
	}
	m.Steps -= k / 2
	if k < n {
		return out
	}
	return u.add(m, out, b, i, n)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 32
	}
	return c
}

// add takes a match that is not empty and, if that is wanted, a word of its own.
func (u *unit) add(m *Machine, out []Span, b []byte, i, n int) []Span {
	if n == 0 || u.fullword && !u.alone(m, b, i, i+n) {
		return out
	}
	if k := len(out); k > 0 && out[k-1].Off == uint32(i) {
		if u.lazy == (out[k-1].Len > uint32(n)) {
			out[k-1].Len = uint32(n)
		}
		return out
	}
	return append(out, Span{uint32(i), uint32(n)})
}

// alone says that no letter or digit stands beside b[i:j].
func (u *unit) alone(m *Machine, b []byte, i, j int) bool {
	if u.wide {
		if i >= 2 && b[i-1] == 0 && alnum(b[i-2]) {
			return false
		}
		if j+1 < len(b) {
			return b[j+1] != 0 || !alnum(b[j])
		}
		return !m.Open
	}
	if i >= 1 && alnum(b[i-1]) {
		return false
	}
	if j < len(b) {
		return !alnum(b[j])
	}
	return !m.Open
}
