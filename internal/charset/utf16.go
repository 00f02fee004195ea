package charset

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// UTF16 makes text of little-endian UTF-16, in which Windows writes names: up to
// the first zero, at most n characters, without those that cannot be printed. Half
// a pair comes out as U+FFFD, half a character at the end is dropped.
func UTF16(v []byte, n int) string {
	var out strings.Builder
	for len(v) >= 2 && n > 0 {
		r := rune(v[0]) | rune(v[1])<<8
		v = v[2:]
		if r == 0 {
			break
		}
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if len(v) >= 2 {
				low = rune(v[0]) | rune(v[1])<<8
			}
			if r = utf16.DecodeRune(r, low); r != '\uFFFD' {
				v = v[2:]
			}
		}
		if strconv.IsPrint(r) {
			out.WriteRune(r)
			n--
		}
	}
	return out.String()
}
