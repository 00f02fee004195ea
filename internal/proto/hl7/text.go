package hl7

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// delims are the separators of one message (v2.9 2.5.4). A zero separates
// nothing.
type delims struct {
	field, comp, rep, esc, sub, trunc byte
}

// setEncoding takes the encoding characters of MSH-2. It reports false when they
// are missing or say the same twice; what is missing is the usual one unless
// that is already taken.
func (d *delims) setEncoding(b []byte) bool {
	if string(b) == `^~\&` {
		d.comp, d.rep, d.esc, d.sub, d.trunc = '^', '~', '\\', '&', 0
		return true
	}
	ok := len(b) >= 1 && len(b) <= 5
	dst := [...]*byte{&d.comp, &d.rep, &d.esc, &d.sub, &d.trunc}
	for i, p := range dst {
		*p = 0
		if i < len(b) && delimiter(b[i]) && bytes.IndexByte(b[:i], b[i]) < 0 {
			*p = b[i]
		} else if i < len(b) {
			ok = false
		}
	}
	if len(b) == 0 {
		d.comp, d.rep, d.esc, d.sub = '^', '~', '\\', '&'
	}
	return ok
}

// cut splits b at the first sep, which may be 0 for none.
func cut(b []byte, sep byte) (first, rest []byte, found bool) {
	if sep == 0 {
		return b, nil, false
	}
	i := bytes.IndexByte(b, sep)
	if i > 0 && bytes.IndexByte(b[:i], 0x1b) >= 0 {
		i = wideIndex(b, sep)
	}
	if i < 0 {
		return b, nil, false
	}
	return b[:i], b[i+1:], true
}

// wideIndex is bytes.IndexByte outside of the two-byte characters of ISO 2022.
func wideIndex(b []byte, sep byte) int {
	wide := false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == 0x1b:
			wide = i+1 < len(b) && b[i+1] == '$'
		case b[i] == sep && !wide:
			return i
		}
	}
	return -1
}

// component returns the n-th component (from 1) of the first repetition.
func (d *delims) component(b []byte, n int) []byte {
	from := 0
	for i, c := range b {
		switch {
		case c < ' ': // it may switch to two-byte characters, or be as zero as no separator is
			return d.wideComponent(b, n)
		case c != d.comp && c != d.rep && c != d.sub:
			continue
		case c == d.sub && n > 1:
			continue
		case c == d.comp && n > 1:
			n, from = n-1, i+1
			continue
		}
		if n > 1 {
			return nil
		}
		return null(b[from:i])
	}
	if n > 1 {
		return nil
	}
	return null(b[from:])
}

// null returns b unless it says explicitly that there is no value (v2.9 2.5.3).
func null(b []byte) []byte {
	if string(b) == `""` {
		return nil
	}
	return b
}

// wideComponent is component for any bytes.
func (d *delims) wideComponent(b []byte, n int) []byte {
	b, _, _ = cut(b, d.rep)
	more := true
	for i := 1; i < n; i++ {
		if _, b, more = cut(b, d.comp); !more {
			return nil
		}
	}
	b, _, _ = cut(b, d.comp)
	b, _, _ = cut(b, d.sub)
	return null(b)
}

// place returns the first repetition of a location (PL, v2.9 2A.2.51) without its
// components from the ninth on, which describe it in free text.
func (d *delims) place(b []byte) []byte {
	b, _, _ = cut(b, d.rep)
	rest, n := b, 0
	for i := 1; i <= 8; i++ {
		c, r, more := cut(rest, d.comp)
		n += len(c)
		if !more {
			return b
		}
		rest = r
		n++
	}
	return b[:n-1]
}

// unescape appends b with its escape sequences resolved (v2.9 2.7). Formatting,
// highlighting and local sequences vanish; what is no sequence stays.
func (d *delims) unescape(dst, b []byte) []byte {
	for {
		before, rest, ok := cut(b, d.esc)
		dst = append(dst, before...)
		if !ok {
			return dst
		}
		seq, after, ok := cut(rest, d.esc)
		if !ok || len(seq) > 64 {
			dst, b = append(dst, d.esc), rest
			continue
		}
		var known bool
		if dst, known = d.sequence(dst, seq); known {
			b = after
		} else {
			dst, b = append(dst, d.esc), rest
		}
	}
}

// sequence appends the meaning of one escape sequence.
func (d *delims) sequence(dst, seq []byte) ([]byte, bool) {
	if len(seq) == 0 {
		return dst, false
	}
	if len(seq) == 1 {
		c := byte(0)
		switch seq[0] {
		case 'F':
			c = d.field
		case 'S':
			c = d.comp
		case 'T':
			c = d.sub
		case 'R':
			c = d.rep
		case 'E':
			c = d.esc
		case 'P':
			c = d.trunc
		case 'H', 'N':
			return dst, true
		default:
			return dst, false
		}
		if c != 0 {
			dst = append(dst, c)
		}
		return dst, true
	}
	switch seq[0] {
	case 'X':
		if len(seq)%2 == 0 {
			return dst, false
		}
		for _, c := range seq[1:] {
			if unhex(c) > 15 {
				return dst, false
			}
		}
		for i := 1; i < len(seq); i += 2 {
			dst = append(dst, unhex(seq[i])<<4|unhex(seq[i+1]))
		}
		return dst, true
	case '.', 'C', 'M', 'Z':
		return dst, true
	}
	return dst, false
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// charset is a character set with the list that has its name alone, which
// records share.
type charset struct {
	enc  encoding.Encoding
	list []string
}

// charsets is HL7 table 0211 with the spellings met in practice. A nil encoding
// is UTF-8 or a part of it.
var charsets = func(encodings map[string]encoding.Encoding) map[string]charset {
	m := make(map[string]charset, len(encodings))
	for name, enc := range encodings {
		m[name] = charset{enc, []string{name}}
	}
	return m
}(map[string]encoding.Encoding{
	"ASCII": nil, "ISO IR6": nil, "UNICODE": nil, "UNICODE UTF-8": nil, "UTF-8": nil, "UTF8": nil,
	"8859/1": charmap.Windows1252, "ISO-8859-1": charmap.Windows1252, "ISO8859-1": charmap.Windows1252,
	"WINDOWS-1252": charmap.Windows1252, "ISO IR100": charmap.Windows1252,
	"8859/2": charmap.ISO8859_2, "ISO-8859-2": charmap.ISO8859_2, "WINDOWS-1250": charmap.Windows1250,
	"8859/3": charmap.ISO8859_3, "8859/4": charmap.ISO8859_4, "8859/5": charmap.ISO8859_5,
	"WINDOWS-1251": charmap.Windows1251,
	"8859/6":       charmap.ISO8859_6, "8859/7": charmap.ISO8859_7, "8859/8": charmap.ISO8859_8,
	"8859/9": charmap.ISO8859_9, "8859/15": charmap.ISO8859_15, "ISO-8859-15": charmap.ISO8859_15,
	"ISO IR14": japanese.ShiftJIS, "ISO IR87": japanese.ISO2022JP, "ISO IR159": japanese.ISO2022JP,
	"JAS2020": japanese.ISO2022JP, "JIS X 0202": japanese.ISO2022JP,
	"GB 18030-2000": simplifiedchinese.GB18030, "GB18030": simplifiedchinese.GB18030,
	"KS X 1001": korean.EUCKR, "BIG-5": traditionalchinese.Big5, "CNS 11643-1992": encoding.Replacement,
})

// sections are the usual values of OBR-24 (table 0074, and what is common in
// radiology), each with the list that has it alone, which records share.
var sections = func() map[string][]string {
	m := map[string][]string{}
	for _, name := range strings.Fields("AU BG BLB CG CH CP CT CTH CUS DX EC EN GE HM ICU IMG IMM LAB MB MCB MG MR " +
		"MYC NM NMR NMS NRS OSL OT OTH OUS PAR PAT PET PF PHR PHY PT RAD RC RF RT RUS RX SP SR TX URN US VR VUS XA XRC") {
		m[name] = []string{name}
	}
	return m
}()

// trim cuts what surrounds values without being part of them: spaces, NULs, tabs
// and line ends.
func trim(b []byte) []byte {
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func blank(c byte) bool { return c == ' ' || c == 0 || c >= '\t' && c <= '\r' }

// text turns bytes of the message into valid UTF-8 of at most maxValue bytes,
// trimmed. It ends with the line: no technical value has two, and what follows
// may be a text that a broken sender put there. Without a declared set, what is
// not UTF-8 is taken as Windows-1252.
func text(b []byte, enc encoding.Encoding) string {
	b = trim(b)
	if i := bytes.IndexAny(b, "\n\v\r"); i >= 0 {
		b = b[:i]
	}
	var s string
	switch {
	case len(b) == 0 || string(b) == `""`:
		return ""
	case ascii(b) && enc != japanese.ISO2022JP, enc == nil && utf8.Valid(b):
		s = string(b[:min(len(b), maxValue+utf8.UTFMax)])
	default:
		if enc == nil {
			enc = charmap.Windows1252
		}
		out, err := enc.NewDecoder().Bytes(b)
		if err != nil {
			out = bytes.ToValidUTF8(b, []byte("\ufffd"))
		}
		s = strings.ToValidUTF8(string(out), "\ufffd")
	}
	if len(s) > maxValue {
		n := maxValue
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return s
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// code returns b if it looks like a coded value: at most n letters, digits and
// the marks of codes and time stamps. Anything else could be text that a broken
// message moved here.
func code(b []byte, n int) []byte {
	b = trim(b)
	if len(b) > n {
		return nil
	}
	for _, c := range b {
		if !alnum(c) && c != '_' && c != '.' && c != '-' && c != '+' && c != '/' {
			return nil
		}
	}
	return b
}

// stamp returns b if it is a time stamp (v2.9 2A.2.22, or with ISO 8601's marks).
func stamp(b []byte) []byte {
	b = trim(b)
	if len(b) > 32 {
		return nil
	}
	for _, c := range b {
		if (c < '0' || c > '9') && bytes.IndexByte([]byte(".+-:TZ"), c) < 0 {
			return nil
		}
	}
	return b
}

// consent tells whether a document type (TXA-2, HL7 table 0270 is open to local
// codes) names a consent: one of LOINC's consent documents, or the word.
func consent(b []byte, d *delims) bool {
	for more := true; more; {
		var c []byte
		c, b, more = cut(b, d.comp)
		switch string(trim(c)) {
		case "59284-0", "57016-8", "57017-6", "64292-6", "64293-4", "61359-6", "64300-7", "77602-1",
			"52027-0", "52028-8", "52029-6", "89427-9":
			return true
		}
		l := bytes.ToLower(c)
		for _, w := range [...]string{"consent", "consens", "consenso", "einwillig", "aufkl", "toestemming", "samtyck", "samtykke", "suostumus", "zgoda"} {
			if bytes.Contains(l, []byte(w)) {
				return true
			}
		}
	}
	return false
}
