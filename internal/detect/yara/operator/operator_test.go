package operator

import (
	"math"
	"testing"
)

func TestArithmetic(t *testing.T) {
	for _, c := range []struct {
		op   string
		a, b int64
		want int64
		ok   bool
	}{
		{"+", math.MaxInt64, 1, math.MinInt64, true}, {"-", 1, 2, -1, true}, {"*", 3, -4, -12, true},
		{`\`, -5, 2, -2, true}, {`\`, 5, 0, 0, false}, {`\`, math.MinInt64, -1, math.MinInt64, true},
		{"%", -5, 3, -2, true}, {"%", 5, 0, 0, false},
		{"&", 6, 3, 2, true}, {"|", 6, 3, 7, true}, {"^", 6, 3, 5, true},
		{"<<", 1, 63, math.MinInt64, true}, {"<<", 1, 64, 0, true}, {"<<", 1, 1 << 40, 0, true}, {"<<", 1, -1, 0, false},
		{">>", -1, 1, -1, true}, {">>", 8, 3, 1, true}, {">>", -1, 64, 0, true}, {">>", 1, -1, 0, false},
	} {
		if got, ok := Arithmetic(c.op)(c.a, c.b); ok != c.ok || ok && got != c.want {
			t.Errorf("%d %s %d is %d, %v; wanted %d, %v", c.a, c.op, c.b, got, ok, c.want, c.ok)
		}
	}
	if Floating("&") != nil || Ordered("+") != nil || Textual("matches") != nil {
		t.Error("an operator that is none")
	}
}

func TestTextual(t *testing.T) {
	for _, c := range []struct {
		op, a, b string
		want     bool
	}{
		{"contains", "abc", "b", true}, {"contains", "abc", "B", false}, {"icontains", "aBc", "Bc", true},
		{"startswith", "abc", "ab", true}, {"istartswith", "ABc", "ab", true}, {"startswith", "abc", "b", false},
		{"endswith", "abc", "bc", true}, {"iendswith", "abC", "BC", true}, {"iequals", "ab", "AB", true},
		{"iequals", "\xc4", "\xe4", false}, {"iequals", "[", "{", false},
	} {
		if got := Textual(c.op)(c.a, c.b); got != c.want {
			t.Errorf("%q %s %q is %v", c.a, c.op, c.b, got)
		}
	}
}
