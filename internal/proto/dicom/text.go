package dicom

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"

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

// charset is a specific character set (0008,0005), an index into decoders.
// 0 is the default repertoire.
type charset uint8

const (
	setDefault charset = iota
	setUTF8
	setLatin1
	setLatin2
	setLatin3
	setLatin4
	setCyrillic
	setArabic
	setGreek
	setHebrew
	setLatin5
	setLatin9
	setThai
	setKatakana
	setJapanese
	setKorean
	setChinese
	setOther
	charsets
)

// decoders are the encodings of the character sets of PS3.3 C.12.1.1.2. Where
// none is given, bytes beyond ASCII are escaped.
var decoders = [charsets]encoding.Encoding{
	setLatin1: charmap.ISO8859_1, setLatin2: charmap.ISO8859_2, setLatin3: charmap.ISO8859_3,
	setLatin4: charmap.ISO8859_4, setCyrillic: charmap.ISO8859_5, setArabic: charmap.ISO8859_6,
	setGreek: charmap.ISO8859_7, setHebrew: charmap.ISO8859_8, setLatin5: charmap.ISO8859_9,
	setLatin9: charmap.ISO8859_15, setThai: charmap.Windows874, setKatakana: japanese.ShiftJIS,
	setJapanese: japanese.ISO2022JP, setKorean: korean.EUCKR, setChinese: simplifiedchinese.GB18030,
}

// charsetOf reads (0008,0005). With code extensions, the set that adds most to
// the first one decides: texts that switch back and forth between several are
// the names of patients, which are not read.
func charsetOf(v []byte) charset {
	set := setDefault
	for term := range bytes.SplitSeq(v, []byte{'\\'}) {
		if s := termOf(string(trim(term))); s != setDefault {
			set = s
		}
	}
	return set
}

// termOf is the character set of one defined term.
func termOf(term string) charset {
	term = strings.TrimPrefix(strings.TrimPrefix(term, "ISO 2022 IR "), "ISO_IR ")
	switch term {
	case "", "6":
		return setDefault
	case "192":
		return setUTF8
	case "100":
		return setLatin1
	case "101":
		return setLatin2
	case "109":
		return setLatin3
	case "110":
		return setLatin4
	case "144":
		return setCyrillic
	case "127":
		return setArabic
	case "126":
		return setGreek
	case "138":
		return setHebrew
	case "148":
		return setLatin5
	case "203":
		return setLatin9
	case "166":
		return setThai
	case "13":
		return setKatakana
	case "87", "159":
		return setJapanese
	case "149":
		return setKorean
	case "GB18030", "GBK", "58":
		return setChinese
	}
	return setOther
}

// clean makes text of a value: decoded, without control characters, trimmed,
// at most n characters.
func (c charset) clean(v []byte, n int) string {
	v = trim(v)
	if printable(v) {
		return string(v[:min(n, len(v))])
	}
	var s string
	switch dec := decoders[c]; {
	case dec != nil:
		// Code extensions to a G1 set designate it by an escape sequence that
		// the encodings above take for granted (PS3.3 C.12.1.1.2).
		if c == setKorean || c == setChinese {
			v = withoutEscapes(v)
		}
		out, err := dec.NewDecoder().Bytes(v)
		if err != nil {
			return plain(v, n)
		}
		s = string(out)
	case utf8.Valid(v) && c != setOther:
		s = string(v) // undeclared UTF-8 is common, and nothing else looks like it
	default:
		return plain(v, n)
	}
	return shorten(s, n)
}

// shorten drops what is not printable and cuts s at n characters.
func shorten(s string, n int) string {
	var out strings.Builder
	for _, r := range s {
		if n == 0 {
			break
		}
		if unicode.IsPrint(r) {
			out.WriteRune(r)
			n--
		}
	}
	return strings.TrimSpace(out.String())
}

// withoutEscapes drops designations of the form ESC $ ) F (ISO 2022).
func withoutEscapes(v []byte) []byte {
	var out []byte
	for {
		before, rest, found := bytes.Cut(v, []byte{0x1b, '$', ')'})
		out = append(out, before...)
		if !found || len(rest) == 0 {
			return out
		}
		v = rest[1:]
	}
}

// Texts of which the last one is remembered: a machine says the same of itself
// in every object, and one copy of it is enough.
const (
	slotModality = iota
	slotManufacturer
	slotInstitution
	slotStation
	slotDepartment
	slotModel
	slotMetaImpl
	slotSerial
	slotDeviceUID
	slotUDI
	slotStationAE
	slotMPPS
	slotLevel
	slots
)

// memo remembers values of the last data set, so that the next one with the
// same costs nothing. It is bounded by its slots, each of at most maxValue bytes.
type memo struct {
	texts       [slots]cleaned
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

// text enters a text of at most n characters unless there is one.
func (a *analyzer) text(to *string, slot int, r *reader, v []byte, n int) {
	if *to != "" {
		return
	}
	last := &a.memo.texts[slot]
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
