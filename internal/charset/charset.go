// Package charset makes text of the values of DICOM data elements.
//
// A data set names its character sets in Specific Character Set (0008,0005) by
// the defined terms of PS3.3 C.12.1.1.2; values without one are ASCII. Text comes
// out as UTF-8 without control characters, bounded in length, and the same bytes
// give the same text wherever they are seen, so that names of institutions and
// machines can be compared.
//
// Beside it there is the UTF-16 in which Windows protocols write names.
//
// It refuses to guess: bytes that are not of the named set come out as \xNN, and
// code extensions that switch within a value are decided by the last set, because
// only the names of patients use them and those are not read. It keeps nothing;
// what it returns is the caller's.
package charset

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// Trim removes the padding of values: spaces and zeros, on both sides, as both
// are without meaning in the VRs read here (PS3.5 6.2).
func Trim(v []byte) []byte { return bytes.Trim(v, " \x00") }

const hexDigits = "0123456789abcdef"

// Plain makes text of bytes without a character set: printable ASCII stays, the
// rest becomes \xNN. At most n bytes of v are taken.
func Plain(v []byte, n int) string {
	v = Trim(v)
	v = v[:min(n, len(v))]
	if printable(v) {
		return string(v)
	}
	var out strings.Builder
	for _, c := range v {
		if c >= 0x20 && c < 0x7f {
			out.WriteByte(c)
		} else {
			out.WriteString(`\x`)
			out.WriteByte(hexDigits[c>>4])
			out.WriteByte(hexDigits[c&15])
		}
	}
	return out.String()
}

// printable reports whether v is printable ASCII.
func printable(v []byte) bool {
	for _, c := range v {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// Set is a specific character set (0008,0005): 0 is the default repertoire,
// another number the row before it in charsets, other an unknown one.
type Set uint8

const other Set = 0xff

// charsets are the character sets of PS3.3 C.12.1.1.2 by the end of their
// defined terms, which are the same with and without code extensions.
var charsets = [...]struct {
	term    string
	decoder encoding.Encoding
	escapes bool // designated by escape sequences that the decoder takes for granted
}{
	{"192", unicode.UTF8, false},
	{"100", charmap.ISO8859_1, false},
	{"101", charmap.ISO8859_2, false},
	{"109", charmap.ISO8859_3, false},
	{"110", charmap.ISO8859_4, false},
	{"144", charmap.ISO8859_5, false},
	{"127", charmap.ISO8859_6, false},
	{"126", charmap.ISO8859_7, false},
	{"138", charmap.ISO8859_8, false},
	{"148", charmap.ISO8859_9, false},
	{"203", charmap.ISO8859_15, false},
	{"166", charmap.Windows874, false},
	{"13", japanese.ShiftJIS, false},
	{"87", japanese.ISO2022JP, false},
	{"159", japanese.ISO2022JP, false},
	{"149", korean.EUCKR, true},
	{"58", simplifiedchinese.GB18030, true},
	{"GB18030", simplifiedchinese.GB18030, false},
	{"GBK", simplifiedchinese.GB18030, false},
}

// Of reads (0008,0005). With code extensions, the last set decides:
// texts that switch back and forth between several are the names of patients,
// which are not read.
func Of(v []byte) Set {
	set := Set(0)
	for term := range bytes.SplitSeq(v, []byte{'\\'}) {
		name := string(Trim(term))
		name = strings.TrimPrefix(strings.TrimPrefix(name, "ISO 2022 IR "), "ISO_IR ")
		if name == "" || name == "6" {
			continue
		}
		set = other
		for i := range charsets {
			if charsets[i].term == name {
				set = Set(i + 1)
			}
		}
	}
	return set
}

// Clean makes text of a value: decoded, without control characters, trimmed,
// at most n characters.
func (c Set) Clean(v []byte, n int) string {
	v = Trim(v)
	if printable(v) {
		return string(v[:min(n, len(v))])
	}
	if c == 0 || c == other {
		if c == 0 && utf8.Valid(v) {
			return shorten(string(v), n) // undeclared UTF-8 is common, and nothing else looks like it
		}
		return Plain(v, n)
	}
	set := &charsets[c-1]
	if set.escapes {
		v = bytes.ReplaceAll(bytes.ReplaceAll(v, []byte("\x1b$)C"), nil), []byte("\x1b$)A"), nil)
	}
	out, err := set.decoder.NewDecoder().Bytes(v)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return Plain(v, n)
	}
	return shorten(string(out), n)
}

// shorten drops what is not printable and cuts s at n characters.
func shorten(s string, n int) string {
	var out strings.Builder
	for _, r := range s {
		if n == 0 {
			break
		}
		if strconv.IsPrint(r) {
			out.WriteRune(r)
			n--
		}
	}
	return strings.TrimSpace(out.String())
}
