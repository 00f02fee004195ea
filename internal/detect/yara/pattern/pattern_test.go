package pattern

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// expressionOf makes a regular expression over few letters.
func expressionOf(r *rand.Rand, depth int) string {
	var b strings.Builder
	for range 1 + r.IntN(4) {
		s := string("abcd"[r.IntN(4)])
		switch {
		case depth > 0 && r.IntN(3) == 0:
			s = "(" + expressionOf(r, depth-1) + ")"
		case r.IntN(6) == 0:
			s = "[" + s + "b-c]"
		case r.IntN(9) == 0:
			s = "."
		}
		b.WriteString(s + []string{"", "", "", "*", "+", "?", "{2}", "{1,3}"}[r.IntN(8)])
	}
	if depth > 0 && r.IntN(3) == 0 {
		return b.String() + "|" + expressionOf(r, depth-1)
	}
	return b.String()
}

// All matches, each as long as may be, are those that trying every place finds.
func TestEveryPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	found, indexed := 0, 0
	for range 3000 {
		text := expressionOf(r, 2)
		p, err := NewExpression(text, false, Modifiers{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !p.Slow() {
			indexed++
		}
		b := make([]byte, r.IntN(60))
		for i := range b {
			b[i] = "abcd\n"[r.IntN(5)]
		}
		slow := regexp.MustCompile(`\A(?:` + text + `)`)
		slow.Longest()
		var want []Span
		for i := range b {
			if m := slow.FindIndex(b[i:]); m != nil && m[1] > 0 {
				want = append(want, Span{uint32(i), uint32(m[1])})
			}
		}
		s := NewSearch(NewIndex([]*Pattern{p}), DefaultLimits())
		s.Run(b, false, nil)
		got, all := s.Matches(0)
		if !slices.Equal(offsets(got), offsets(want)) || !all {
			t.Fatalf("/%s/ in %q: %v, wanted %v", text, b, got, want)
		}
		found += len(got)
	}
	if found < 3000 || indexed < 1000 {
		t.Errorf("%d matches, %d expressions with an atom", found, indexed)
	}
}

func offsets(s []Span) (out []uint32) {
	for _, m := range s {
		out = append(out, m.Off)
	}
	return out
}

// Text is found wherever it stands, also at the edges, also many at once.
func TestManyTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var list []*Pattern
	var texts [][]byte
	for range 500 {
		b := make([]byte, 1+r.IntN(12))
		for i := range b {
			b[i] = "abAB\x00 "[r.IntN(6)]
		}
		p, err := NewText(b, Modifiers{NoCase: true})
		if err != nil {
			t.Fatal(err)
		}
		list, texts = append(list, p), append(texts, b)
	}
	b := make([]byte, 1000)
	for i := range b {
		b[i] = "abAB\x00 "[r.IntN(6)]
	}
	s := NewSearch(NewIndex(list), DefaultLimits())
	s.Run(b, false, nil)
	hay := strings.ToLower(string(b))
	for k, x := range texts {
		var want []uint32
		for i := range b {
			if strings.HasPrefix(hay[i:], strings.ToLower(string(x))) {
				want = append(want, uint32(i))
			}
		}
		if got, _ := s.Matches(k); !slices.Equal(offsets(got), want) {
			t.Errorf("%q: %v, wanted %v", x, offsets(got), want)
		}
	}
}

// An atom avoids what is frequent in files.
func TestAtoms(t *testing.T) {
	for text, want := range map[string]string{
		"\x00\x00\x00\x00QxZ9\x00\x00":         "qxz9",
		"    Zk7#    ":                         "zk7#",
		"\xff\xff\xff\xff\x12\x34\x56\x78\xff": "24vx",
	} {
		p, err := NewText([]byte(text), Modifiers{})
		if err != nil {
			t.Fatal(err)
		}
		a := p.parts[0][0].atoms
		if len(a) != 1 || string(a[0].text[:]) != want {
			t.Errorf("%q: atoms %q, wanted %q", text, a[0].text, want)
		}
	}
}

// Steps and matches are bounded, and what is cut is said.
func TestLimits(t *testing.T) {
	text, _ := NewText([]byte("aaaa"), Modifiers{})
	slow, _ := NewExpression("a[^x]{1,300}[bc]", false, Modifiers{})
	other, _ := NewText([]byte("needle"), Modifiers{})
	s := NewSearch(NewIndex([]*Pattern{text, slow, other}), DefaultLimits())
	s.Run([]byte(strings.Repeat("a", 1<<18)+"needle"), false, nil)
	for k, want := range map[int]bool{0: false, 1: false, 2: true} {
		if found, all := s.Matches(k); all != want || k != 1 && len(found) == 0 {
			t.Errorf("pattern %d: %d matches, all %v", k, len(found), all)
		}
	}
	l := DefaultLimits()
	l.Total = 100
	s = NewSearch(NewIndex([]*Pattern{text, other}), l)
	s.Run([]byte(strings.Repeat("a", 1000)), false, nil)
	if found, all := s.Matches(0); len(found) > 104 || all {
		t.Errorf("%d matches of at most 100 in all, all %v", len(found), all)
	}
}

// Parts with long jumps between them are joined.
func TestJumps(t *testing.T) {
	for hex, want := range map[string]string{
		"41 42 43 44 [-] 45 46 47 48":                     "[{0 508}]",
		"41 42 43 44 [0-499] 45 46 47 48":                 "[]",
		"41 42 43 44 [500-501] 45 46 47 48":               "[{0 508}]",
		"41 42 43 44 [300-] 45 46 [201-] 45 46 47 48":     "[]",
		"41 42 43 44 [300-] 45 46 47 48 [201-] 4a ~41 4c": "[{0 811}]",
	} {
		p, err := NewHex(hex)
		if err != nil {
			t.Fatal(err)
		}
		b := []byte("ABCD" + strings.Repeat(".", 500) + "EFGH" + strings.Repeat(".", 300) + "JKL")
		s := NewSearch(NewIndex([]*Pattern{p}), DefaultLimits())
		s.Run(b, false, nil)
		if got, _ := s.Matches(0); fmt.Sprint(got) != want {
			t.Errorf("%s: %v, wanted %s", hex, got, want)
		}
	}
}
