package charset

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for name, tc := range map[string]struct {
		set, in string
		n       int
		want    string
	}{
		"ascii":               {"", " St Lazarus \x00", 64, "St Lazarus"},
		"cut":                 {"", "abcdef", 3, "abc"},
		"latin 1":             {"ISO_IR 100", "Universit\xe4t", 64, "Universität"},
		"latin 1, extensions": {`\ISO 2022 IR 100`, "H\xf4pital", 64, "Hôpital"},
		"utf-8":               {"ISO_IR 192", "Klinikum Köln", 64, "Klinikum Köln"},
		"utf-8 undeclared":    {"", "Klinikum Köln", 64, "Klinikum Köln"},
		"cyrillic":            {"ISO_IR 144", "\xb1\xd0", 64, "Ба"},
		"greek":               {"ISO_IR 126", "\xc1\xe1", 64, "Αα"},
		"katakana":            {"ISO_IR 13", "\xb1\xb2", 64, "ｱｲ"},
		"japanese, escaped":   {`\ISO 2022 IR 87`, "\x1b$B;3\x1b(B", 64, "山"},
		"korean, designated":  {`\ISO 2022 IR 149`, "\x1b$)C\xb1\xe8", 64, "김"},
		"chinese":             {"GB18030", "\xd2\xbd", 64, "医"},
		"unknown set":         {"ISO_IR 999", "a\xff", 64, `a\xff`},
		"wrong for the set":   {"ISO_IR 192", "a\xff", 64, `a\xff`},
		"controls":            {"ISO_IR 100", "a\x1b\x07\xe4", 64, "aä"},
	} {
		if got := Of([]byte(tc.set)).Clean([]byte(tc.in), tc.n); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestPlain(t *testing.T) {
	if got := Plain([]byte(" A\x01\x80 "), 8); got != `A\x01\x80` {
		t.Errorf("%q", got)
	}
}

// Whatever the bytes and the set, the text is valid UTF-8, printable and bounded.
func FuzzClean(f *testing.F) {
	f.Add([]byte(`\ISO 2022 IR 87`), []byte("\x1b$B;3\x1b(B"))
	f.Add([]byte("ISO_IR 192"), []byte("a\xff"))
	f.Fuzz(func(t *testing.T, set, v []byte) {
		got := Of(set).Clean(v, 20)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 80 || strings.ContainsAny(got, "\x00\x1b\n") {
			t.Errorf("%q in %q gives %q", v, set, got)
		}
	})
}
