package charset

import "testing"

func TestUTF16(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"C\x00T\x001\x00", 9, "CT1"},
		{"C\x00T\x001\x00", 2, "CT"},
		{"C\x00\x00\x00X\x00", 9, "C"},
		{"C\x00T", 9, "C"},
		{"\xe4\x00\x07\x00 \x00", 9, "ä "},
		{"\x3d\xd8\x00\xde!\x00", 9, "😀!"},
		{"\x3d\xd8A\x00", 9, "\uFFFDA"},
		{"\x3d\xd8", 9, "\uFFFD"},
		{"", 9, ""},
	} {
		if got := UTF16([]byte(c.in), c.n); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}
