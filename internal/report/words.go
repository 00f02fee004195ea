package report

import (
	"fmt"
	"strings"
)

// Thousands groups digits: 1,234,567.
func Thousands(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Size is a number of bytes for reading, in units of 1024.
func Size(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/1024, 0
	for v >= 1023.95 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return fmt.Sprintf("%.1f %ciB", v, units[i])
}

// noun is a noun in the number that goes with n; its plural ends in s.
func noun(n any, word string) string {
	if fmt.Sprint(n) == "1" {
		return word
	}
	return word + "s"
}

// counted is a whole number with its noun.
func counted(n any, word string) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + noun(n, word)
}

// Unit is a unit of the list of what could not be inspected, all of which are
// plurals in s, in the number that goes with n.
func Unit(n uint64, units string) string {
	if n == 1 {
		return strings.TrimSuffix(units, "s")
	}
	return units
}
