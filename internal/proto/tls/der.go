package tls

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Tags of ASN.1 (X.690 8.1.2).
const (
	tagBoolean   = 0x01
	tagInteger   = 0x02
	tagBits      = 0x03
	tagOctets    = 0x04
	tagOID       = 0x06
	tagUTF8      = 0x0c
	tagNumeric   = 0x12
	tagPrintable = 0x13
	tagT61       = 0x14
	tagIA5       = 0x16
	tagUTCTime   = 0x17
	tagTime      = 0x18
	tagVisible   = 0x1a
	tagUniversal = 0x1c
	tagBMP       = 0x1e
	tagSequence  = 0x30
	tagSet       = 0x31
)

// der walks the elements of one constructed value. Lengths are definite, and tags
// have one byte; anything else ends the walk.
type der struct {
	b   []byte
	bad bool
}

// next gives the tag, the content and the whole of the next element.
func (d *der) next() (tag byte, body, whole []byte) {
	if d.bad || len(d.b) < 2 || d.b[0]&0x1f == 0x1f {
		d.bad = true
		return 0, nil, nil
	}
	n, at := int(d.b[1]), 2
	if n >= 0x80 {
		k := n & 0x7f
		if k == 0 || k > 3 || len(d.b) < 2+k {
			d.bad = true
			return 0, nil, nil
		}
		n, at = 0, 2+k
		for _, c := range d.b[2:at] {
			n = n<<8 | int(c)
		}
	}
	if n > len(d.b)-at {
		d.bad = true
		return 0, nil, nil
	}
	tag, body, whole = d.b[0], d.b[at:at+n], d.b[:at+n]
	d.b = d.b[at+n:]
	return tag, body, whole
}

// want gives the content of the next element if it has the tag.
func (d *der) want(tag byte) []byte {
	t, body, _ := d.next()
	if t != tag {
		d.bad = true
		return nil
	}
	return body
}

// peek is the tag of the next element, 0 at the end.
func (d *der) peek() byte {
	if d.bad || len(d.b) == 0 {
		return 0
	}
	return d.b[0]
}

// oid writes an object identifier in dots (X.690 8.19).
func oid(b []byte) string {
	if len(b) == 0 || len(b) > 64 {
		return ""
	}
	var out []byte
	v, first := uint64(0), true
	for _, c := range b {
		if v >= 1<<56 {
			return ""
		}
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		if first {
			top := min(v/40, 2)
			out = strconv.AppendUint(out, top, 10)
			v, first = v-top*40, false
		}
		out = strconv.AppendUint(append(out, '.'), v, 10)
		v = 0
	}
	return string(out)
}

// text reads a string of any of the types that names use, as UTF-8.
func text(tag byte, b []byte) (string, bool) {
	switch tag {
	case tagUTF8, tagNumeric, tagPrintable, tagIA5, tagVisible:
		if tag == tagUTF8 && !utf8.Valid(b) {
			return "", false
		}
		return string(b), true
	case tagT61: // read as Latin-1, as it is written in practice
		var s strings.Builder
		for _, c := range b {
			s.WriteRune(rune(c))
		}
		return s.String(), true
	case tagBMP:
		if len(b)%2 != 0 {
			return "", false
		}
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
		}
		return string(utf16.Decode(u)), true
	case tagUniversal:
		if len(b)%4 != 0 {
			return "", false
		}
		var s strings.Builder
		for i := 0; i < len(b); i += 4 {
			s.WriteRune(rune(uint32(b[i])<<24 | uint32(b[i+1])<<16 | uint32(b[i+2])<<8 | uint32(b[i+3])))
		}
		return s.String(), true
	}
	return "", false
}

// maxName bounds the text of one name.
const maxName = 2048

// name is a distinguished name: its text, and the parts that are of use alone.
type name struct {
	text string
	cn   []string
	org  []string
}

// readName writes a name as RFC 2253 wants it: last part first, parts of one set
// joined by a plus, special characters escaped, what has no text in hexadecimal.
func readName(b []byte) (n name, ok bool) {
	type part struct {
		text string
		more bool // another of the same set stands before it
	}
	var parts []part
	sets := der{b: b}
	size := 0
	for len(sets.b) > 0 && !sets.bad && size < maxName {
		set := der{b: sets.want(tagSet)}
		for i := 0; len(set.b) > 0 && !set.bad && size < maxName; i++ {
			pair := der{b: set.want(tagSequence)}
			typ := oid(pair.want(tagOID))
			tag, body, whole := pair.next()
			if pair.bad || typ == "" {
				sets.bad = true
				break
			}
			key, value := attributeNames[typ], ""
			plain, isText := text(tag, body)
			switch {
			case key == "":
				key, value = typ, "#"+strings.ToUpper(hex.EncodeToString(whole))
			case !isText:
				value = "#" + strings.ToUpper(hex.EncodeToString(whole))
			default:
				value = escape(plain)
				n.keep(key, plain)
			}
			parts = append(parts, part{key + "=" + value, i > 0})
			size += len(key) + len(value) + 2
		}
		sets.bad = sets.bad || set.bad
	}
	var s strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		s.WriteString(parts[i].text)
		if i > 0 {
			if parts[i].more {
				s.WriteByte('+')
			} else {
				s.WriteByte(',')
			}
		}
	}
	n.text = s.String()
	return n, !sets.bad
}

// keep notes a common name or an organisation.
func (n *name) keep(key, value string) {
	const most = 4
	if len(value) > 256 {
		return
	}
	switch {
	case key == "CN" && len(n.cn) < most:
		n.cn = append(n.cn, value)
	case key == "O" && len(n.org) < most:
		n.org = append(n.org, value)
	}
}

// escape escapes a value (RFC 2253 2.4), and all that is not printable ASCII.
func escape(s string) string {
	const digits = "0123456789ABCDEF"
	var b []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c < ' ' || c > '~':
			b = append(b, '\\', digits[c>>4], digits[c&15])
		case strings.IndexByte(",+\"\\<>;", c) >= 0,
			i == 0 && (c == ' ' || c == '#'), i == len(s)-1 && c == ' ':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// attributeNames are the short names of attribute types, as OpenSSL writes them.
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description",
	"2.5.4.15": "businessCategory", "2.5.4.16": "postalAddress", "2.5.4.17": "postalCode", "2.5.4.18": "postOfficeBox",
	"2.5.4.20": "telephoneNumber", "2.5.4.41": "name", "2.5.4.42": "GN", "2.5.4.43": "initials",
	"2.5.4.44": "generationQualifier", "2.5.4.45": "x500UniqueIdentifier", "2.5.4.46": "dnQualifier",
	"2.5.4.65": "pseudonym", "2.5.4.72": "role", "2.5.4.97": "organizationIdentifier",
	"1.2.840.113549.1.9.1": "emailAddress", "1.2.840.113549.1.9.2": "unstructuredName",
	"1.2.840.113549.1.9.8": "unstructuredAddress", "0.9.2342.19200300.100.1.25": "DC",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.3": "mail",
	"1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
	"1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}
