package conformance

import (
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// tsharkColumns are the columns that the table needs besides those of the sums.
func tsharkColumns() []string {
	out := slices.Concat(columns, smbColumns)
	for _, t := range toldTable() {
		for _, f := range t.fields {
			for _, c := range f.columns {
				if !slices.Contains(out, c) {
					out = append(out, c)
				}
			}
		}
	}
	return append(out, "eth.src")
}

// toldSpeech gives the table to the comparison.
func toldSpeech() []*speech {
	var out []*speech
	for _, t := range toldTable() {
		some := map[string]bool{}
		s := &speech{log: t.name, keys: []string{"key"}}
		for _, f := range t.fields {
			s.fields = append(s.fields, f.name)
			some[f.name] = f.some
		}
		s.same = func(field string, a, b any) bool { return sameSet(field, some[field], a, b) }
		out = append(out, s)
	}
	return out
}

// sameSet compares two sets of words. A URI of ours may have marks in it.
func sameSet(field string, some bool, a, b any) bool {
	x, _ := a.([]string)
	y, _ := b.([]string)
	if field == "uri" {
		x = slices.Clone(x)
		for i, v := range x {
			x[i] = plainURI(v)
		}
		return slices.EqualFunc(y, y, func(v, _ string) bool { return slices.ContainsFunc(x, unmasked(v).MatchString) }) &&
			slices.EqualFunc(x, x, func(v, _ string) bool {
				return slices.ContainsFunc(y, func(m string) bool { return unmasked(m).MatchString(v) })
			})
	}
	if some {
		return len(x) == 0 && len(y) == 0 || len(y) > 0 && !slices.ContainsFunc(y, func(v string) bool { return !slices.Contains(x, v) })
	}
	return slices.Equal(x, y)
}

// plainURI leaves the ASCII of a URI: escapes are taken off, as in Zeek's log and
// ours, and other bytes are written in several ways.
func plainURI(s string) string {
	for n := 0; n < 8 && escapes.MatchString(s); n++ { // escapes may be escaped themselves
		s = escapes.ReplaceAllStringFunc(s, func(e string) string {
			b, err := hex.DecodeString(e[len(e)-2:])
			if err != nil || b[0] < 0x20 || b[0] > 0x7e {
				return ""
			}
			return string(b)
		})
	}
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '\\' || r == '"' {
			return -1
		}
		return r
	}, s)
}

var escapes = regexp.MustCompile(`%[0-9a-fA-F]{2}|\\x[0-9a-fA-F]{2}`)

// marks stand in URIs of ours where a name or a number stood.
var marks = regexp.MustCompile(`~(?:[0-9a-f]{16})?`)

// longURI is a length at which URIs of ours are cut.
const longURI = 500

func unmasked(uri string) *regexp.Regexp {
	long := len(uri) >= longURI
	parts := marks.Split(plainURI(uri), -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	last := "$"
	if long {
		last = "" // it may be cut
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*?") + last)
}

// told files what tshark says of the protocols in the table.
func (s *sums) told(table []*told, key string, p packetRow) {
	layers := strings.Split(p.one("frame.protocols"), ":")
	if strings.HasPrefix(key, "tcp ") {
		layers = slices.DeleteFunc(layers, func(l string) bool { return l == "syslog" })
	}
	_, key, _ = strings.Cut(key, " ")
	for _, t := range table {
		if t.only != nil && !t.only(p) || !slices.ContainsFunc(t.layers, func(l string) bool { return slices.Contains(layers, l) }) {
			continue
		}
		at := key
		if t.key != nil {
			at = t.key(p)
		}
		if at == "" {
			continue
		}
		for _, f := range t.fields {
			values := f.values(p)
			for _, v := range values {
				s.put(t.name, at, f.name, v)
			}
		}
	}
}

func (f *toldField) values(p packetRow) []string {
	if f.read != nil {
		return f.read(p)
	}
	var out []string
	for _, c := range f.columns {
		out = append(out, p[c]...)
	}
	return out
}

// put makes a line only for a value that says something.
func (s *sums) put(log, key, field, value string) {
	if value != "" {
		s.at(log, key).put(field, value)
	}
}

// toldOurs files what we say of them.
func (s *sums) toldOurs(table []*told, r *reading) {
	for _, l := range r.logs["ldap_search"] {
		l["opcode"] = "search"
	}
	for _, l := range r.logs["syslog"] {
		if str(l, "format") != "rfc5424" { // tshark knows the application of that format only
			delete(l, "app")
		}
	}
	logs := maps.Clone(r.logs)
	// tshark takes a segment of TCP for one message of syslog.
	logs["syslog"] = slices.DeleteFunc(slices.Clone(r.logs["syslog"]), func(l line) bool { return str(l, "proto") == "tcp" })
	logs["ldap"] = slices.Concat(r.logs["ldap"], r.logs["ldap_search"])
	datagrams := func(l line) bool {
		return strings.HasPrefix(str(l, "version"), "DTLS") || strings.HasPrefix(str(l, "ja4"), "d")
	}
	logs["dtls"] = slices.DeleteFunc(slices.Clone(r.logs["ssl"]), func(l line) bool { return !datagrams(l) })
	logs["ssl"] = slices.DeleteFunc(slices.Clone(r.logs["ssl"]), datagrams)
	for _, t := range table {
		for _, l := range logs[t.log] {
			_, key, _ := strings.Cut(lineKey(l, "any"), " ")
			if t.key != nil {
				key = str(l, "mac")
			}
			for _, f := range t.fields {
				for _, name := range f.ours {
					list, ok := l[name].([]any)
					if !ok {
						list = []any{l[name]}
					}
					for _, v := range list {
						switch {
						case v == nil:
						case f.each != nil:
							for _, word := range f.each(name, plainText(v)) {
								s.put(t.name, key, f.name, word)
							}
						case f.mine != nil:
							s.put(t.name, key, f.name, f.mine(name, v))
						default:
							s.put(t.name, key, f.name, plainText(v))
						}
					}
				}
			}
		}
	}
}
