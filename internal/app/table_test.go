package app

import (
	"lazaret/internal/report"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestTableFits(t *testing.T) {
	for _, width := range []int{0, 20, 40, 60, 100} {
		tab := &table{head: []string{"A", "EMPTY", "LONG", "OTHER"}, floor: []int{5, 0, 8, 8}, spare: []int{3}}
		tab.add("short", "", strings.Repeat("é", 50), strings.Repeat("x", 30))
		tab.add("b", "", "c", "d")
		var b strings.Builder
		if err := tab.print(&b, width); err != nil {
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
		if (width == 20) != (len(tab.left) == 1) {
			t.Errorf("width %d left out %v", width, tab.left)
		}
	}
}

func TestWrap(t *testing.T) {
	if got := wrap("one two three four", 9); got != "one two\n  three\n  four" {
		t.Errorf("%q", got)
	}
	if got := wrap("one two", 0); got != "one two" {
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

func TestBarLine(t *testing.T) {
	line := barLine(512<<20, 1<<30, 2*time.Second, 100)
	for _, want := range []string{" 50%", "512.0 MiB of 1.0 GiB", "256.0 MiB/s", "2s left"} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is missing in %q", want, line)
		}
	}
	for _, width := range []int{0, 1, 10, 40, 80} {
		if n := len(barLine(5, 10, time.Second, width)); n > max(width-1, 0) {
			t.Errorf("%d characters in a width of %d", n, width)
		}
	}
	if line := barLine(100, -1, time.Second, 80); strings.Contains(line, "%") {
		t.Errorf("a share of an unknown total: %q", line)
	}
}
