// Package operator has YARA's operators on integers, floats and texts.
//
// Each function gives, for an operator as it is written, what does it, or nil if there
// is no such operator for these operands (YARA 4.2, "Writing YARA rules", Conditions).
// It is looked up once, when a rule is read. Integers have 64 bits and wrap; a shift by
// 64 and more leaves nothing. Texts are bytes: letter case means that of ASCII.
//
// It refuses to answer where YARA has no answer: a division by zero and a shift by a
// negative number say so, and give no number.
//
// Memory: nothing is kept; operators that ignore letter case copy their operands.
package operator

import "strings"

// Arithmetic gives a function for an operator on integers, which says false where there
// is no answer. The operator is one of + - * \ % & | ^ << >>.
func Arithmetic(op string) func(a, b int64) (int64, bool) {
	switch op {
	case "+":
		return func(a, b int64) (int64, bool) { return a + b, true }
	case "-":
		return func(a, b int64) (int64, bool) { return a - b, true }
	case "*":
		return func(a, b int64) (int64, bool) { return a * b, true }
	case `\`:
		return func(a, b int64) (int64, bool) {
			if b == 0 {
				return 0, false
			}
			return a / b, true
		}
	case "%":
		return func(a, b int64) (int64, bool) {
			if b == 0 {
				return 0, false
			}
			return a % b, true
		}
	case "&":
		return func(a, b int64) (int64, bool) { return a & b, true }
	case "|":
		return func(a, b int64) (int64, bool) { return a | b, true }
	case "^":
		return func(a, b int64) (int64, bool) { return a ^ b, true }
	case "<<":
		return func(a, b int64) (int64, bool) { return a << min(uint64(b), 64), b >= 0 }
	default: // >>
		return func(a, b int64) (int64, bool) {
			if b >= 64 {
				return 0, true
			}
			return a >> (uint64(b) & 63), b >= 0
		}
	}
}

// Floating gives a function for an operator on floats; nil if there is none.
func Floating(op string) func(a, b float64) float64 {
	switch op {
	case "+":
		return func(a, b float64) float64 { return a + b }
	case "-":
		return func(a, b float64) float64 { return a - b }
	case "*":
		return func(a, b float64) float64 { return a * b }
	case `\`:
		return func(a, b float64) float64 { return a / b }
	}
	return nil
}

// Ordered turns the outcome of a comparison (-1, 0, 1) into that of an operator; nil if
// it is none that compares.
func Ordered(op string) func(c int) bool {
	switch op {
	case "==":
		return func(c int) bool { return c == 0 }
	case "!=":
		return func(c int) bool { return c != 0 }
	case "<":
		return func(c int) bool { return c < 0 }
	case "<=":
		return func(c int) bool { return c <= 0 }
	case ">":
		return func(c int) bool { return c > 0 }
	case ">=":
		return func(c int) bool { return c >= 0 }
	}
	return nil
}

// Textual gives a function for an operator on texts; nil if there is none.
func Textual(op string) func(a, b string) bool {
	switch op {
	case "contains":
		return strings.Contains
	case "startswith":
		return strings.HasPrefix
	case "endswith":
		return strings.HasSuffix
	case "iequals":
		return func(a, b string) bool { return small(a) == small(b) }
	case "icontains":
		return func(a, b string) bool { return strings.Contains(small(a), small(b)) }
	case "istartswith":
		return func(a, b string) bool { return strings.HasPrefix(small(a), small(b)) }
	case "iendswith":
		return func(a, b string) bool { return strings.HasSuffix(small(a), small(b)) }
	}
	return nil
}

// small folds ASCII letters and nothing else: texts are bytes.
func small(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 32
		}
	}
	return string(b)
}
