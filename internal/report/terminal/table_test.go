package terminal

import (
	"lazaret/internal/report"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTableFits(t *testing.T) {
	for _, width := range []int{0, 20, 40, 60, 100} {
		tab := &Table{Head: []string{"A", "EMPTY", "LONG", "OTHER"}, Floor: []int{5, 0, 8, 8}, Spare: []int{3}}
		tab.Add("short", "", strings.Repeat("é", 50), strings.Repeat("x", 30))
		tab.Add("b", "", "c", "d")
		var b strings.Builder
		if err := tab.Print(&b, width); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if n := utf8.RuneCountInString(line); width > 0 && n > width {
				t.Errorf("a line of %d characters in a width of %d: %q", n, width, line)
			}
		}
		if strings.Contains(b.String(), "EMPTY") {
			t.Error("a column without a value is shown")
		}
		if (width == 20) != (len(tab.Left) == 1) {
			t.Errorf("width %d left out %v", width, tab.Left)
		}
	}
}

func TestWrap(t *testing.T) {
	if got := Wrap("one two three four", 9); got != "one two\n  three\n  four" {
		t.Errorf("%q", got)
	}
	if got := Wrap("one two", 0); got != "one two" {
		t.Errorf("%q", got)
	}
}

func TestSizes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 20: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 1 << 62: "4.0 EiB"} {
		if got := report.Size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
	if got := report.Thousands(1234567); got != "1,234,567" {
		t.Error(got)
	}
}
