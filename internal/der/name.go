package der

import (
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Tags of strings (X.690 8.1.2, X.680 41).
const (
	tagUTF8      = 0x0c
	tagNumeric   = 0x12
	tagPrintable = 0x13
	tagT61       = 0x14
	tagIA5       = 0x16
	tagVisible   = 0x1a
	tagUniversal = 0x1c
	tagBMP       = 0x1e
)

// Bounds of a distinguished name.
const (
	// MaxName is how much of the text of a name is made, bytes; the attribute that
	// reaches it is made whole.
	MaxName = 2048
	maxOID  = 64 // bytes of a type
)

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

// Name writes a distinguished name (RFC 5280 4.1.2.4), given without its tag, as RFC
// 2253 wants it: last part first, parts of one set joined by a plus, special characters
// escaped, what has no text in hexadecimal. It calls keep, which may be nil, for each
// attribute whose type and text are known, in the order of the bytes. False is damage;
// what was read before it is still given.
func Name(b []byte, keep func(key, value string)) (string, bool) {
	type part struct {
		text string
		more bool // another of the same set stands before it
	}
	var parts []part
	sets, ok := NewReader(b), true
	for size := 0; ok && sets.Len() > 0 && size < MaxName; {
		set := NewReader(sets.Want(Set))
		for i := 0; ok && set.Len() > 0 && size < MaxName; i++ {
			pair := NewReader(set.Want(Sequence))
			key, value := "", ""
			if key, value, ok = attribute(&pair, keep); ok {
				parts = append(parts, part{key + "=" + value, i > 0})
				size += len(key) + len(value) + 2
			}
		}
		ok = ok && sets.OK() && set.OK()
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
	return s.String(), ok
}

// attribute reads a type and its value (RFC 5280 4.1.2.4) as Name writes them.
func attribute(pair *Reader, keep func(key, value string)) (key, value string, ok bool) {
	id := pair.Want(ObjectID)
	whole := pair.Whole()
	if len(id) > maxOID || whole == nil {
		return "", "", false
	}
	typ := OID(id, maxOID)
	tag, body, _, _ := Element(whole)
	plain, isText := text(tag, body)
	switch key = attributes[typ]; {
	case typ == "":
		return "", "", false
	case key == "":
		return typ, "#" + strings.ToUpper(hex.EncodeToString(whole)), true
	case !isText:
		return key, "#" + strings.ToUpper(hex.EncodeToString(whole)), true
	}
	if keep != nil {
		keep(key, plain)
	}
	return key, escape(plain), true
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

// attributes are the short names of attribute types, as OpenSSL writes them.
var attributes = map[string]string{
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
