// Package rest takes apart what requests to web services and their answers are made of:
// targets (RFC 9112 3.2, RFC 3986), media types (RFC 9110 8.3), multipart content (RFC
// 2046 5.1, RFC 2387) and JSON (RFC 8259).
//
// Content comes piece by piece and is never gathered: Multipart finds the delimiters
// of parts, Walker says which values stand where, both with a state of fixed size and
// without looking at a byte twice. What belongs to DICOMweb or to FHIR is known by
// their own packages.
//
// It refuses to keep: values are given to a Sink for the length of a call, and what was
// gathered of one is overwritten by the next. It refuses to nest without end, to follow
// a head of a part beyond MaxPartHead bytes, and to read broken JSON any further.
//
// Memory: a Walker and a Multipart belong to the caller, allocate nothing after Start
// and hold at most a few hundred bytes and MaxPartHead bytes.
package rest

import (
	"strings"
)

// Media is the type and subtype of a Content-Type without parameters, in lower case and
// at most 64 bytes; empty if there is none (RFC 9110 8.3.1).
func Media(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	t = strings.TrimSpace(t)
	return strings.ToLower(t[:min(len(t), 64)])
}

// Param is the value of a parameter of a Content-Type, without its quotes; empty if it
// is not there. name is lower case.
func Param(contentType, name string) string {
	_, rest, _ := strings.Cut(contentType, ";")
	for rest != "" {
		var key, value string
		key, rest, _ = strings.Cut(rest, "=")
		rest = strings.TrimLeft(rest, " \t")
		if strings.HasPrefix(rest, `"`) {
			value, rest, _ = strings.Cut(rest[1:], `"`)
			_, rest, _ = strings.Cut(rest, ";")
		} else {
			value, rest, _ = strings.Cut(rest, ";")
		}
		if strings.EqualFold(strings.Trim(key, " \t;"), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Split parts a request target into its path and its query, without scheme, authority
// and fragment (RFC 9112 3.2.1, 3.2.2). Nothing is decoded.
func Split(target string) (path, query string) {
	if i := strings.Index(target, "://"); i > 0 && i < 8 {
		target = target[i+3:]
		i := strings.IndexAny(target, "/?")
		if i < 0 {
			return "", ""
		}
		target = target[i:]
	}
	target, _, _ = strings.Cut(target, "#")
	path, query, _ = strings.Cut(target, "?")
	return path, query
}

// Segments are the last segments of a path, at most as many as to holds, in their
// order and not decoded. Empty ones are left out.
func Segments(path string, to []string) []string {
	n := len(to)
	for path != "" && n > 0 {
		i := strings.LastIndexByte(path, '/')
		if s := path[i+1:]; s != "" {
			n--
			to[n] = s
		}
		path = path[:max(i, 0)]
	}
	return to[n:]
}

// Pairs calls f with each name and value of a query, decoded, until f says false. A
// name without "=" has no value and is left out: it may be one itself.
func Pairs(query string, f func(name, value string) bool) {
	for n := 0; query != "" && n < 256; n++ {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if name, value, ok := strings.Cut(pair, "="); ok && !f(Unescape(name), Unescape(value)) {
			return
		}
	}
}

// Unescape decodes percent signs and the plus of queries. What is no escape stays.
func Unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0:
			out.WriteByte(byte(hex(s[i+1])<<4 | hex(s[i+2])))
			i += 2
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// hex is the value of a hexadecimal digit, -1 if c is none.
func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// AddDistinct appends s to a list unless it is there, empty, or the list holds limit.
func AddDistinct(list []string, s string, limit int) []string {
	if s == "" || len(list) >= limit {
		return list
	}
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
