package identity

import (
	"slices"
	"testing"

	"lazaret/internal/inventory/clues"
)

func marks(words ...string) Marks {
	var m Marks
	for _, w := range words {
		switch w[0] {
		case '!':
			m.Name(w[1:])
		case '@':
			m.Title(w[1:])
		default:
			m.ID(w)
		}
	}
	return m
}

func TestAgree(t *testing.T) {
	const key, cert, guid = clues.IDKey + "k", clues.IDCert + "c", clues.IDServer + "g"
	for _, c := range []struct {
		name string
		a, b Marks
		want bool
	}{
		{"nothing", Marks{}, Marks{}, false},
		{"two kinds", marks(key, guid), marks(key, guid), true},
		{"a key and a name", marks(key, "!pacs.a"), marks(key, "!PACS.b"), true},
		{"a key and a title", marks(key, "@PACS"), marks(key, "@PACS"), true},
		{"a key alone", marks(key), marks(key), false},
		{"a certificate and a name", marks(cert, "!pacs"), marks(cert, "!pacs"), false},
		{"a certificate and a key", marks(cert, key), marks(cert, key), true},
		{"names alone", marks("!pacs", "@PACS"), marks("!pacs", "@PACS"), false},
		{"another key of another kind", marks(key, guid, clues.IDKey+"rsa"), marks(key, guid), true},
		{"another installation", marks(key, guid, "!pacs"), marks(key, clues.IDServer+"h", "!pacs"), false},
		{"another name in the domain", marks(key, cert, clues.IDName+"a"), marks(key, cert, clues.IDName+"b"), false},
	} {
		if got := c.a.Agree(c.b); got != c.want || c.b.Agree(c.a) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestJoin(t *testing.T) {
	const key, guid = clues.IDKey + "k", clues.IDServer + "g"
	// The first and the third have nothing in common but the second.
	list := []Marks{marks(key, "!a", clues.IDCert+"c"), marks(key, "!a", guid, "!b"), marks(guid, "!b"), marks("!a")}
	if got := Join(slices.Clone(list), func(int, int) bool { return true }); !slices.Equal(got, []int{0, 0, 2, 3}) && !slices.Equal(got, []int{0, 0, 0, 3}) {
		t.Errorf("%v", got)
	}
	if got := Join(slices.Clone(list), func(int, int) bool { return false }); !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("%v", got)
	}
	var many []Marks
	for range maxTwins + 1 {
		many = append(many, marks(key, guid))
	}
	if got := Join(many, func(int, int) bool { return true }); got[maxTwins] != maxTwins {
		t.Errorf("copies: %v", got)
	}
}

func TestTurns(t *testing.T) {
	for _, c := range []struct {
		name string
		list []Span
		want []string
	}{
		{"one", []Span{{"a", 1, 9}}, nil},
		{"named anew", []Span{{"a", 1, 4}, {"b", 5, 9}}, nil},
		{"by turns", []Span{{"a", 1, 6}, {"b", 5, 9}}, []string{"a", "b"}},
		{"once in between", []Span{{"b", 5, 5}, {"a", 1, 6}}, []string{"a", "b"}},
		{"each once", []Span{{"a", 5, 5}, {"b", 5, 5}}, nil},
		{"pieces of one", []Span{{"a", 1, 2}, {"b", 4, 4}, {"a", 6, 7}}, []string{"a", "b"}},
	} {
		if got := Turns(c.list); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
