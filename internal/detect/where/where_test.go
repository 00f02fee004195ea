package where

import (
	"io"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

const text = `top = 1
[[ case ]] # the first
name = "a"
"quoted" = 2

[[case]]
name = 'b'
[other]
x = 1
`

func TestEntries(t *testing.T) {
	list := Entries([]byte(text), "case")
	if len(list) != 2 || list[0].First != 2 || list[1].First != 6 {
		t.Fatalf("%+v", list)
	}
	for _, c := range []struct {
		entry int
		key   string
		line  int
	}{{0, "name", 3}, {0, "quoted", 4}, {0, "missing", 2}, {1, "name", 7}, {1, "quoted", 6}, {1, "other", 8}} {
		if got := list[c.entry].Line(c.key); got != c.line {
			t.Errorf("entry %d, %s is on line %d, want %d", c.entry, c.key, got, c.line)
		}
	}
	if (Entry{}).Line("x") != 0 || len(Entries(nil, "case")) != 0 {
		t.Error("nothing is found in nothing")
	}
	if Key(Lines([]byte(text)), "top") != 0 || Key(nil, "top") != -1 {
		t.Error("top")
	}
}

func TestBroken(t *testing.T) {
	var v any
	_, err := toml.Decode("a = 1\nb = [", &v)
	if f := Broken("x", err); f.Line != 2 || f.File != "x" || f.What == "" {
		t.Errorf("%+v", f)
	}
}

func TestCounter(t *testing.T) {
	c := NewCounter(strings.NewReader(strings.Repeat("ab\n", 1000)))
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Fatal(err)
	}
	for i := range int64(1000) {
		if got := c.Line(3*i + 1); got != int(i)+1 {
			t.Fatalf("offset %d is on line %d", 3*i+1, got)
		}
	}
}
