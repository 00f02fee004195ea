package mask

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// Bounds of a word that is looked for everywhere, bytes: a shorter one stands anywhere by
// chance.
const (
	shortest = 5
	longest  = 64
)

// words are names and numbers of patients. Those of a name in parts are looked for each.
type words struct {
	max   int
	known map[string]bool
	list  []string
	begin [1 << 13]byte // bit: some word begins with four bytes of this hash
	heads map[uint32][]string
}

// learn takes a value that was overwritten. Parts of it (PS3.5 6.2.1, HL7 2.5.1 2A) are words
// by themselves.
func (w *words) learn(v []byte) {
	for _, part := range bytes.FieldsFunc(v, func(r rune) bool {
		return r == '^' || r == '=' || r == '\\' || r == '&' || r == '~' || r == '|' || r == 0 || r == ' ' || r == ',' || r == '*'
	}) {
		if len(part) < shortest || len(part) > longest || len(w.list) >= w.max || !utf8.Valid(part) || w.known[string(part)] {
			continue
		}
		if w.known == nil {
			w.known = map[string]bool{}
		}
		w.known[string(part)] = true
		w.list = append(w.list, string(part))
	}
}

// build makes ready to look: each word as it is and as Windows writes it.
func (w *words) build() {
	w.heads = map[uint32][]string{}
	add := func(s string) {
		h := binary.LittleEndian.Uint32(lower([]byte(s[:4])))
		w.begin[spread(h)>>3] |= 1 << (spread(h) & 7)
		w.heads[h] = append(w.heads[h], s)
	}
	for _, s := range w.list {
		add(s)
		var wide []byte
		for i := range len(s) {
			if s[i] >= utf8.RuneSelf {
				wide = nil
				break
			}
			wide = append(wide, s[i], 0)
		}
		if wide != nil {
			add(string(wide))
		}
	}
	for _, l := range w.heads {
		slices.SortFunc(l, func(a, b string) int { return len(b) - len(a) }) // the longest first
	}
}

func spread(h uint32) uint32 { return h * 0x9e3779b1 >> 16 }

func lower(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}

// cover overwrites every word in b, whatever its case, and returns how many there were.
func (w *words) cover(b []byte) (n int) {
	if len(w.list) == 0 {
		return 0
	}
	for i := 0; i+shortest <= len(b); i++ {
		h := binary.LittleEndian.Uint32(b[i:])
		// Set bit 5 of each byte that is a letter of upper case.
		for k := range 4 {
			if c := byte(h >> (8 * k)); c >= 'A' && c <= 'Z' {
				h |= 0x20 << (8 * k)
			}
		}
		if w.begin[spread(h)>>3]&(1<<(spread(h)&7)) == 0 {
			continue
		}
		for _, s := range w.heads[h] {
			if len(s) <= len(b)-i && bytes.EqualFold(b[i:i+len(s)], []byte(s)) {
				for k := range len(s) { // UTF-16 stays UTF-16
					if s[k] != 0 {
						b[i+k] = 'X'
					}
				}
				n++
				break
			}
		}
	}
	return n
}
