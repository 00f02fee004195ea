package sigma

import (
	"bytes"
	"maps"
	"slices"

	"lazaret/internal/detect/sigma/syntax"
)

// index says which rules of a log a record can concern, by texts without which their
// conditions cannot hold. It may name a rule too many, never one too few.
type index struct {
	always []int // rules without such texts
	by     []columnIndex
}

// columnIndex is the texts of one column.
type columnIndex struct {
	column int
	equal  map[string][]int
	// begin and end hold texts by their first or last bytes, as many as a class has.
	begin, end [len(classes)]map[string][]int
	// inside holds texts by four of their bytes; some is a filter before it.
	inside map[uint32][]int
	some   [filterBits / 64]uint64
}

// classes are how many bytes of a text are looked up.
var classes = [...]int{3, 6, 12}

const (
	gram       = 4 // bytes of a text that may stand anywhere
	filterBits = 1 << 14
)

// trigger is a text in lower case that a column must hold in a place.
type trigger struct {
	column int
	where  where
	text   []byte
}

type where uint8

const (
	isAll where = iota
	atBegin
	atEnd
	anywhere
)

// triggers are texts of which one at least must be there for the node to hold, and how
// telling the least of them is; none if there are no such texts.
func (n *node) triggers() (out []trigger, worth int) {
	switch n.op {
	case nodeItem:
		return n.item.triggers()
	case nodeAnd:
		for _, k := range n.kids {
			if t, w := k.triggers(); w > worth {
				out, worth = t, w
			}
		}
		return out, worth
	case nodeOr, nodeSome:
		worth = 1 << 20
		for _, k := range n.kids {
			t, w := k.triggers()
			if w == 0 {
				return nil, 0
			}
			out, worth = append(out, t...), min(worth, w)
		}
		return out, worth
	}
	return nil, 0
}

func (it *item) triggers() (out []trigger, worth int) {
	if it.negated || it.orAbsent || it.present || len(it.columns) != 1 || len(it.globs) == 0 {
		return nil, 0
	}
	least := 1 << 20
	for _, variants := range it.globs {
		var texts []trigger
		w := 1 << 20
		for _, g := range variants {
			t := telling(g, it.columns[0])
			texts, w = append(texts, t), min(w, t.worth())
		}
		if len(variants) == 0 {
			w = 0
		}
		switch {
		case !it.all:
			out, least = append(out, texts...), min(least, w)
		case w > worth: // all must be there: the most telling will do
			out, worth = texts, w
		}
	}
	if !it.all {
		worth = least
	}
	if worth == 0 {
		return nil, 0
	}
	return out, worth
}

// worth is how telling a text is: its length, or nothing if it is too short to be looked
// up.
func (t trigger) worth() int {
	switch {
	case t.where == isAll && len(t.text) > 0:
		return len(t.text) + 4
	case (t.where == atBegin || t.where == atEnd) && len(t.text) >= classes[0]:
		return len(t.text) + 1
	case t.where == anywhere && len(t.text) >= gram:
		return len(t.text)
	}
	return 0
}

// telling is the text of a pattern that says most.
func telling(g *syntax.Glob, column int) trigger {
	if b, ok := g.Exact(); ok {
		return trigger{column, isAll, syntax.AppendLower(nil, b)}
	}
	best := trigger{column: column, where: anywhere}
	for i := range g.Pieces {
		p := &g.Pieces[i]
		t := trigger{column: column, where: anywhere}
		switch {
		case i == 0 && p.Tokens == nil:
			t.where = atBegin
		case i == len(g.Pieces)-1 && p.Tokens == nil:
			t.where = atEnd
		}
		t.text = syntax.AppendLower(nil, p.Text)
		for _, k := range p.Tokens {
			if k.Kind == syntax.Literal && len(k.Text) > len(t.text) {
				t.text = syntax.AppendLower(nil, k.Text)
			}
		}
		if t.worth() > best.worth() {
			best = t
		}
	}
	return best
}

// build makes the index of a log.
func (p *plan) build() {
	at := map[int]int{}
	for i, t := range p.rules {
		texts, worth := t.root.triggers()
		if worth == 0 {
			p.index.always = append(p.index.always, i)
			continue
		}
		for _, x := range texts {
			k, ok := at[x.column]
			if !ok {
				k = len(p.index.by)
				at[x.column] = k
				p.index.by = append(p.index.by, columnIndex{column: x.column})
			}
			p.index.by[k].add(x, i)
		}
	}
}

func (c *columnIndex) add(t trigger, rule int) {
	put := func(m *map[string][]int, key []byte) {
		if *m == nil {
			*m = map[string][]int{}
		}
		if l := (*m)[string(key)]; len(l) == 0 || l[len(l)-1] != rule {
			(*m)[string(key)] = append(l, rule)
		}
	}
	class := 0
	for i, n := range classes {
		if n <= len(t.text) {
			class = i
		}
	}
	switch t.where {
	case isAll:
		put(&c.equal, t.text)
	case atBegin:
		put(&c.begin[class], t.text[:classes[class]])
	case atEnd:
		put(&c.end[class], t.text[len(t.text)-classes[class]:])
	default:
		c.addGram(t.text, rule)
	}
}

// addGram files a text under the four of its bytes that fewest others are filed under.
func (c *columnIndex) addGram(text []byte, rule int) {
	if c.inside == nil {
		c.inside = map[uint32][]int{}
	}
	best, least := uint32(0), 1<<30
	for i := 0; i+gram <= len(text); i++ {
		k := key(text[i:])
		if n := len(c.inside[k]); n < least || n == least && spread(text[i:]) > 2 && bytes.IndexByte(text[i:i+gram], '.') < 0 {
			best, least = k, n
		}
	}
	if l := c.inside[best]; len(l) == 0 || l[len(l)-1] != rule {
		c.inside[best] = append(l, rule)
	}
	h := hash(best)
	c.some[h/64] |= 1 << (h % 64)
}

// spread is how many different bytes begin a text.
func spread(b []byte) int {
	n := 0
	for i := range gram {
		if bytes.IndexByte(b[:i], b[i]) < 0 {
			n++
		}
	}
	return n
}

func key(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func hash(k uint32) uint32 { return k * 2654435761 >> 18 }

// find calls hit for each rule that a value may concern, perhaps more than once.
func (c *columnIndex) find(b []byte, hit func([]int)) {
	if c.equal != nil {
		hit(c.equal[string(b)])
	}
	for i, n := range classes {
		if n > len(b) {
			break
		}
		if m := c.begin[i]; m != nil {
			hit(m[string(b[:n])])
		}
		if m := c.end[i]; m != nil {
			hit(m[string(b[len(b)-n:])])
		}
	}
	if c.inside == nil {
		return
	}
	for i := 0; i+gram <= len(b); i++ {
		k := key(b[i:])
		if h := hash(k); c.some[h/64]&(1<<(h%64)) != 0 {
			hit(c.inside[k])
		}
	}
}

// sorted are the keys of a set, in order.
func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
