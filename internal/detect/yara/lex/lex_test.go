package lex

import (
	"fmt"
	"strings"
	"testing"
)

func words(text string) (out []string, faults []string) {
	l := New(text, func(line int, what string) { faults = append(faults, fmt.Sprintf("%d: %s", line, what)) })
	for {
		t := l.Next()
		if t.Kind == End {
			return out, faults
		}
		s := t.Text
		switch t.Kind {
		case Int:
			s = fmt.Sprint(t.Num)
		case Float:
			s = fmt.Sprint(t.Float)
		case Regex:
			s = "/" + t.Text + "/" + t.Flags
		}
		out = append(out, fmt.Sprintf("%d:%d:%s", t.Line, t.Kind, s))
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"a_1 12 0x1F 0o17 2KB 1.5":   "1:1:a_1 1:2:12 1:2:31 1:2:15 1:2:2048 1:3:1.5",
		"1..5 <<>> != !a #a @ $a* $": "1:2:1 1:10:.. 1:2:5 1:10:<< 1:10:>> 1:10:!= 1:9:$a 1:7:$a 1:8:$ 1:6:$a* 1:6:$",
		"a // b\n/* c\n */ d":        "1:1:a 3:1:d",
		`"x\"\x41\n" /a\/b\./is`:     "1:4:x\"A\n 1:5:/a/b\\./is",
		"$a = \"b\"\nwide":           "1:6:$a 1:10:= 1:4:b 2:1:wide",
		"x \\ 2 % 3 ~4":              "1:1:x 1:10:\\ 1:2:2 1:10:% 1:2:3 1:10:~ 1:2:4",
	} {
		got, faults := words(text)
		if s := strings.Join(got, " "); s != want || len(faults) > 0 {
			t.Errorf("%q: %s, %v; wanted %s", text, s, faults, want)
		}
	}
	for text, want := range map[string]string{
		"\"a\nb": "1: a text string", "\n/a": "2: a regular expression", "/* a": "1: a comment", `"\q"`: "1: an escape", "99999999999999999999": `1: "99999999999999999999" is no integer`,
		"9007199254740993KB": `1: "9007199254740993KB" is no integer`, "1_0": `1: "1_0" is no integer`,
	} {
		if _, faults := words(text); len(faults) == 0 || !strings.HasPrefix(faults[0], want) {
			t.Errorf("%q: %v, wanted %s", text, faults, want)
		}
	}
}

func TestBraces(t *testing.T) {
	l := New("= { 41 // }\n 42 /* } */ }\nwide", func(int, string) { t.Error("a fault") })
	l.Next()
	if !l.Brace() {
		t.Fatal("no brace")
	}
	if s := l.Braces(); s != " 41 // }\n 42 /* } */ " {
		t.Errorf("inside %q", s)
	}
	if x := l.Next(); x.Text != "wide" || x.Line != 3 {
		t.Errorf("behind it %v in line %d", x, x.Line)
	}
}
