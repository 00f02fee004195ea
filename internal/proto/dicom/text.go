package dicom

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

	"lazaret/internal/vendordb"
)

// trim removes the padding of values: spaces and zeros, on both sides, as both
// are without meaning in the VRs read here (PS3.5 6.2).
func trim(v []byte) []byte { return bytes.Trim(v, " \x00") }

// isUID reports whether v is made of digits and dots (PS3.5 9.1).
func isUID(v []byte) bool {
	for _, c := range v {
		if c != '.' && (c < '0' || c > '9') {
			return false
		}
	}
	return len(v) > 0 && len(v) <= 64
}

const hexDigits = "0123456789abcdef"

// plain makes text of bytes without a character set: printable ASCII stays, the
// rest becomes \xNN. At most n bytes of v are taken.
func plain(v []byte, n int) string {
	v = trim(v)
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

// charset is a specific character set (0008,0005): 0 is the default repertoire,
// another number the row before it in charsets, setOther an unknown one.
type charset uint8

const setOther charset = 0xff

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

// charsetOf reads (0008,0005). With code extensions, the last set decides:
// texts that switch back and forth between several are the names of patients,
// which are not read.
func charsetOf(v []byte) charset {
	set := charset(0)
	for term := range bytes.SplitSeq(v, []byte{'\\'}) {
		name := string(trim(term))
		name = strings.TrimPrefix(strings.TrimPrefix(name, "ISO 2022 IR "), "ISO_IR ")
		if name == "" || name == "6" {
			continue
		}
		set = setOther
		for i := range charsets {
			if charsets[i].term == name {
				set = charset(i + 1)
			}
		}
	}
	return set
}

// clean makes text of a value: decoded, without control characters, trimmed,
// at most n characters.
func (c charset) clean(v []byte, n int) string {
	v = trim(v)
	if printable(v) {
		return string(v[:min(n, len(v))])
	}
	if c == 0 || c == setOther {
		if c == 0 && utf8.Valid(v) {
			return shorten(string(v), n) // undeclared UTF-8 is common, and nothing else looks like it
		}
		return plain(v, n)
	}
	set := &charsets[c-1]
	if set.escapes {
		v = bytes.ReplaceAll(bytes.ReplaceAll(v, []byte("\x1b$)C"), nil), []byte("\x1b$)A"), nil)
	}
	out, err := set.decoder.NewDecoder().Bytes(v)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return plain(v, n)
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

// memo remembers values of the last data set: a machine says the same of itself
// in every object, and one copy of it is enough. It is bounded by its slots, each of at most maxValue bytes.
type memo struct {
	texts       [len(attributes)]cleaned
	creators    [8]string
	software    []string
	softwareRaw []byte
	softwareSet charset
	patient     hashed
	study       hashed
	accession   hashed
}

// cleaned is a value, its character set and the text made of it.
type cleaned struct {
	raw  []byte
	set  charset
	text string
}

// hashed is a value and its pseudonym.
type hashed struct {
	value []byte
	hash  string
}

// text enters a text of at most n characters unless there is one. last is what
// was made of the last such value.
func (a *analyzer) text(to *string, last *cleaned, r *reader, v []byte, n int) {
	if *to != "" {
		return
	}
	if v = trim(v); last.set != r.charset || !bytes.Equal(v, last.raw) {
		last.raw, last.set = append(last.raw[:0], v...), r.charset
		last.text = r.charset.clean(v, n)
	}
	*to = last.text
}

// pseudonym enters the keyed hash of a value unless there is one.
func (a *analyzer) pseudonym(to *string, kind string, last *hashed, v []byte) {
	v = trim(v)
	if *to != "" || len(v) == 0 {
		return
	}
	if last.hash == "" || !bytes.Equal(v, last.value) {
		last.value = append(last.value[:0], v...)
		last.hash = a.f.Pseudonym(kind, v)
	}
	*to = last.hash
}

// instance enters the SOP instance UID: its hash, and the root of its maker.
func (a *analyzer) instance(rec *Operation, v []byte) {
	if rec.SOPInstance != "" || len(v) > maxValue {
		return
	}
	rec.SOPInstance = a.f.Pseudonym("instance", v)
	if !isUID(v) {
		return
	}
	if root, ok := vendordb.UIDRoot(string(v)); ok {
		rec.InstanceRoot = root.Prefix
	}
}
