package reading

import (
	"strings"
	"testing"
	"time"
)

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
