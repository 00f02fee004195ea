package ldap

import (
	"strings"
	"unicode/utf8"

	"lazaret/internal/der"
)

// Choices of a filter (RFC 4511 4.5.1).
const (
	filterAnd     = 0xa0
	filterOr      = 0xa1
	filterNot     = 0xa2
	filterEqual   = 0xa3
	filterSub     = 0xa4
	filterMore    = 0xa5
	filterLess    = 0xa6
	filterPresent = 0x87
	filterApprox  = 0xa8
	filterRule    = 0xa9
)

// filter writes one filter as RFC 4515 has it, with ? for values, and notes what
// the ping of a domain controller says of the client.
func (s *Search) filter(w *strings.Builder, tag byte, val []byte, depth int) bool {
	if depth > maxDepth || w.Len() > maxFilter {
		return false
	}
	switch tag {
	case filterAnd, filterOr, filterNot:
		w.WriteByte('(')
		w.WriteByte("&|!"[tag-filterAnd])
		for len(val) > 0 {
			t, v, rest, ok := der.Element(val)
			if !ok || !s.filter(w, t, v, depth+1) {
				return false
			}
			val = rest
		}
		w.WriteByte(')')
	case filterPresent:
		w.WriteString("(" + text(val) + "=*)")
	case filterEqual, filterMore, filterLess, filterApprox:
		return s.assertion(w, tag, val)
	case filterSub:
		_, name, rest, ok := der.Element(val)
		if !ok {
			return false
		}
		w.WriteString("(" + text(name) + "=" + stars(rest) + ")")
	case filterRule:
		return rule(w, val)
	default:
		return false
	}
	return true
}

// assertion writes attribute and value.
func (s *Search) assertion(w *strings.Builder, tag byte, val []byte) bool {
	_, name, rest, ok := der.Element(val)
	if !ok {
		return false
	}
	_, value, _, ok := der.Element(rest)
	if !ok {
		return false
	}
	op := "="
	switch tag {
	case filterMore:
		op = ">="
	case filterLess:
		op = "<="
	case filterApprox:
		op = "~="
	}
	attr := text(name)
	w.WriteString("(" + attr + op)
	switch lower := strings.ToLower(attr); {
	case shown[lower]:
		for _, c := range value[:min(len(value), 64)] {
			escape(w, c)
		}
	case lower == "host":
		s.Client = text(value)
		w.WriteByte('?')
	case lower == "dnsdomain":
		s.Domain = strings.TrimSuffix(text(value), ".")
		w.WriteByte('?')
	default:
		w.WriteByte('?')
	}
	w.WriteByte(')')
	return true
}

// escape writes a byte of a value (RFC 4515 3).
func escape(w *strings.Builder, c byte) {
	if c < ' ' || c >= 0x7f || c == '*' || c == '(' || c == ')' || c == '\\' {
		const hex = "0123456789abcdef"
		w.WriteString(`\` + hex[c>>4:c>>4+1] + hex[c&15:c&15+1])
		return
	}
	w.WriteByte(c)
}

// stars is the shape of a substring filter.
func stars(b []byte) string {
	_, list, _, ok := der.Element(b)
	if !ok {
		return "?"
	}
	out := ""
	for n := 0; len(list) > 0 && n < 4; n++ {
		tag, _, rest, ok := der.Element(list)
		if !ok {
			break
		}
		switch {
		case tag == 0x80: // initial
			out += "?*"
		case strings.HasSuffix(out, "*"):
			out += "?"
		default:
			out += "*?"
		}
		if tag == 0x81 {
			out += "*"
		}
		list = rest
	}
	return out
}

// rule writes an extensible match: attribute and matching rule; its value stays
// when the attribute's may.
func rule(w *strings.Builder, val []byte) bool {
	attr, id, value := "", "", ""
	for len(val) > 0 {
		tag, v, rest, ok := der.Element(val)
		if !ok {
			return false
		}
		switch tag {
		case 0x81:
			id = text(v)
		case 0x82:
			attr = text(v)
		case 0x83:
			value = text(v)
		}
		val = rest
	}
	if !shown[strings.ToLower(attr)] {
		value = "?"
	}
	if id != "" {
		id = ":" + id
	}
	w.WriteString("(" + attr + id + ":=" + value + ")")
	return true
}

// text is a string of a message, cut at maxText.
func text(b []byte) string {
	b = b[:min(len(b), maxText)]
	for len(b) > 0 && len(b) == maxText && !utf8.Valid(b) && !utf8.RuneStart(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return string(b)
}
