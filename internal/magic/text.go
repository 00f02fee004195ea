package magic

import (
	"bytes"
	"unicode/utf8"
)

// text tells the kinds that are text, behind a byte order mark and white space.
func text(b []byte) Kind {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	b = bytes.TrimPrefix(b, []byte("\x0b")) // the start block of MLLP
	t := bytes.TrimLeft(b, " \t\r\n")
	switch {
	case len(t) == 0:
		return Unknown
	case has(t, 0, "MSH|^~\\"), has(t, 0, "FHS|^~\\"), has(t, 0, "BHS|^~\\"):
		return HL7
	case t[0] == '<':
		return markup(t)
	case t[0] == '{' && object(t), t[0] == '[' && array(t):
		return JSON
	case t[0] == '[' && section(t):
		return Ini
	case folded(t, "@echo off"), folded(t, "<?php"):
		return Script
	case folded(t, "mime-version:"), folded(t, "received: from "), folded(t, "return-path: <"):
		return Email
	case !printable(t):
		return Unknown
	case ecma(t):
		return JavaScript
	}
	return Text
}

// tags begin pages of HTML, in lower case.
var tags = [...]string{"<!doctype html", "<html", "<head", "<body", "<title", "<meta", "<table", "<div", "<h1", "<p>", "<br", "<a href", "<font", "<center", "<iframe", "<img"}

// markup tells HTML, XML and scripts in tags, behind comments.
func markup(t []byte) Kind {
	if t = uncommented(t); len(t) == 0 || t[0] != '<' {
		return Text
	}
	for _, tag := range tags {
		if folded(t, tag) {
			return HTML
		}
	}
	switch {
	case folded(t, "<?php"), folded(t, "<script"), folded(t, "<job"):
		return Script
	case folded(t, "<?xml"), len(t) > 1 && letter(t[1]) && bytes.IndexByte(t, '>') > 0:
		return dialect(t)
	case printable(t):
		return Text
	}
	return Unknown
}

// uncommented is what follows the comments and the white space that t begins with; a
// comment whose end is not there stays.
func uncommented(t []byte) []byte {
	for bytes.HasPrefix(t, []byte("<!--")) {
		i := bytes.Index(t, []byte("-->"))
		if i < 0 {
			break
		}
		t = bytes.TrimLeft(t[i+3:], " \t\r\n")
	}
	return t
}

// dialect tells some kinds of XML by the element that all others are in, or its
// declaration (XML 1.0 2.1, 2.8); in front of it stand comments and instructions.
func dialect(t []byte) Kind {
	if bytes.Contains(t, []byte(":Envelope")) || bytes.Contains(t, []byte("<Envelope")) {
		return SOAP
	}
	for {
		t = uncommented(t)
		var end []byte
		switch {
		case folded(t, "<!doctype html"), folded(t, "<html"):
			return HTML // XHTML 1.0
		case folded(t, "<cross-domain-policy"), folded(t, "<!doctype cross-domain-policy"):
			return CrossSite
		case folded(t, "<rss"):
			return Feed
		case has(t, 0, "<feed") && bytes.Contains(t, []byte("http://www.w3.org/2005/Atom")):
			return Atom
		case has(t, 0, "<?"):
			end = []byte("?>")
		case has(t, 0, "<!") && !has(t, 0, "<!--"):
			end = []byte(">")
		default:
			return XML
		}
		i := bytes.Index(t, end)
		if i < 0 {
			return XML
		}
		t = bytes.TrimLeft(t[i+len(end):], " \t\r\n")
	}
}

// section reports whether t begins with the name of a section in brackets and then, but
// for empty lines and comments, a name and a value with an equals sign between them.
func section(t []byte) bool {
	line, rest := cutLine(t)
	if len(line) < 3 || line[len(line)-1] != ']' || bytes.IndexByte(line[1:len(line)-1], '[') >= 0 || !printable(line) {
		return false
	}
	for len(rest) > 0 {
		line, rest = cutLine(rest)
		switch i := bytes.IndexByte(line, '='); {
		case len(line) == 0 || line[0] == ';' || line[0] == '#':
		case i < 1 || !printable(line):
			return false
		default:
			return bytes.IndexFunc(line[:i], func(c rune) bool { return c == '<' || c == '(' || c == '{' }) < 0
		}
	}
	return false
}

// cutLine is the first line without white space at its ends, and what follows.
func cutLine(t []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(t, []byte("\n"))
	return bytes.TrimSpace(line), rest
}

// openings begin programs in JavaScript and are hardly those of other languages:
// functions that are called where they stand, the strict mode (ECMA-262 11.2.1) and the
// objects of a page (HTML 3.1, 7.2).
var openings = [...]string{"(function(", "(function (", "!function(", "!function (", ";(function(", "\"use strict\"", "'use strict'", "document.write", "document.cookie", "document.getelementby", "document.location", "window.", "jquery(", "$(document)", "$(function"}

// ecma reports whether t begins as a program in JavaScript does, behind comments
// (ECMA-262 12.4).
func ecma(t []byte) bool {
	for {
		var end []byte
		switch {
		case has(t, 0, "/*"):
			end = []byte("*/")
		case has(t, 0, "//"):
			end = []byte("\n")
		default:
			return opening(t)
		}
		i := bytes.Index(t, end)
		if i < 0 {
			return false
		}
		t = bytes.TrimLeft(t[i+len(end):], " \t\r\n")
	}
}

// opening reports whether t begins with one of openings, or declares a variable with a
// value (ECMA-262 14.3.2).
func opening(t []byte) bool {
	for _, o := range openings {
		if folded(t, o) {
			return true
		}
	}
	if !has(t, 0, "var ") {
		return false
	}
	t = bytes.TrimLeft(t[4:], " \t")
	n := 0
	for n < len(t) && (letter(t[n]) || t[n] == '_' || t[n] == '$' || n > 0 && t[n] >= '0' && t[n] <= '9') {
		n++
	}
	t = bytes.TrimLeft(t[n:], " \t\r\n")
	return n > 0 && (has(t, 0, "=") && !has(t, 0, "==") || has(t, 0, ";"))
}

// object reports whether t goes on as an object of JSON does: with a name or its end
// (RFC 8259 4). Files of many other notations begin with a brace.
func object(t []byte) bool {
	t = bytes.TrimLeft(t[1:], " \t\r\n")
	return len(t) > 0 && (t[0] == '"' && bytes.Contains(t, []byte(`":`)) || t[0] == '"' && bytes.Contains(t, []byte(`" :`)) || t[0] == '}')
}

// array is the same for an array (RFC 8259 5).
func array(t []byte) bool {
	t = bytes.TrimLeft(t[1:], " \t\r\n")
	return len(t) > 0 && (t[0] == '{' && (len(t) == 1 || object(t)) || t[0] == ']' || t[0] == '"' || t[0] == '[' || t[0] >= '0' && t[0] <= '9')
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// folded reports whether t begins with want, which is lower case, whatever the case.
func folded(t []byte, want string) bool {
	if len(t) < len(want) {
		return false
	}
	for i := range len(want) {
		c := t[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != want[i] {
			return false
		}
	}
	return true
}

// printable reports whether b is text: UTF-8, of a character set that keeps ASCII and
// has hardly a letter between 80 and 9f (ISO 8859, KOI8 and the sets of Windows for one
// byte), or ASCII for the most part. Of enciphered bytes above ASCII a quarter lies there.
func printable(b []byte) bool {
	high, rare := 0, 0
	for _, c := range b {
		switch {
		case c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != 0x1b || c == 0x7f:
			return false
		case c >= 0x80:
			high++
			if c < 0xa0 {
				rare++
			}
		}
	}
	return high*8 <= len(b) || rare*8 <= high || utf8Text(b)
}

// utf8Text reports whether b is UTF-8 (RFC 3629) but for a character at its end that is
// cut.
func utf8Text(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return !utf8.FullRune(b)
		}
		b = b[n:]
	}
	return true
}
