package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// modifiers is what follows the name of a field (Modifiers Appendix).
type modifiers struct {
	change []string // what is done to the values, in order
	kind   string   // how they are compared: "", re, cidr, exists, lt, lte, gt, gte, fieldref
	flags  string   // of re: i, m, s
	part   part
	all    bool
	cased  bool
	neq    bool
	expand bool
}

const modifierNames = "contains, startswith, endswith, all, cased, neq, exists, re, i, m, s, cidr, lt, lte, gt, gte, base64, base64offset, wide, utf16, utf16le, utf16be, windash, fieldref, expand, minute, hour, day, week, month, year"

func parseModifiers(words []string) (modifiers, error) {
	var m modifiers
	for i, w := range words {
		switch w {
		case "all":
			m.all = true
		case "cased":
			m.cased = true
		case "neq":
			m.neq = true
		case "expand":
			m.expand = true
		case "contains", "startswith", "endswith", "base64", "base64offset", "wide", "utf16", "utf16le", "utf16be", "windash":
			m.change = append(m.change, w)
		case "re", "cidr", "exists", "lt", "lte", "gt", "gte", "fieldref":
			if m.kind != "" {
				return m, fmt.Errorf("modifiers %s and %s exclude each other", m.kind, w)
			}
			m.kind = w
		case "i", "m", "s":
			if m.kind != "re" {
				return m, fmt.Errorf("modifier %s belongs behind re", w)
			}
			m.flags += w
		default:
			p, ok := timeParts[w]
			if !ok {
				return m, fmt.Errorf("modifier %q is not one of Sigma 2.1: %s", w, modifierNames)
			}
			if i > 0 && m.part != whole {
				return m, fmt.Errorf("a time has one of minute, hour, day, week, month and year")
			}
			m.part = p
		}
	}
	return m, m.agree()
}

// agree finds modifiers that make no sense together.
func (m *modifiers) agree() error {
	places := 0
	for i, c := range m.change {
		if c == "contains" || c == "startswith" || c == "endswith" {
			places++
			if i != len(m.change)-1 {
				return fmt.Errorf("modifier %s must come behind those that change the value", c)
			}
		}
	}
	switch {
	case m.kind == "fieldref" && len(m.change) != places, m.kind != "" && m.kind != "fieldref" && len(m.change) > 0:
		return fmt.Errorf("modifiers %s and %s exclude each other", m.kind, m.change[0])
	case m.kind != "" && m.kind != "fieldref" && m.cased:
		return fmt.Errorf("modifiers %s and cased exclude each other", m.kind)
	case m.kind == "exists" && (m.all || m.neq), m.kind == "fieldref" && m.expand:
		return fmt.Errorf("modifier %s stands alone", m.kind)
	case m.part != whole && (len(m.change) > 0 || m.cased || m.kind == "re" || m.kind == "cidr" || m.kind == "exists" || m.kind == "fieldref"):
		return fmt.Errorf("a part of a time is a number: lt, lte, gt, gte and neq alone go with it")
	}
	return nil
}

// maxVariants is how many texts one value may stand for.
const maxVariants = 256

// variants changes one pattern as modifiers say. Any of the results will do.
func (m *modifiers) variants(p []token) ([][]token, error) {
	all := [][]token{p}
	for _, c := range m.change {
		var next [][]token
		for _, p := range all {
			v, err := change(c, p)
			if err != nil {
				return nil, err
			}
			next = append(next, v...)
		}
		if all = next; len(all) > maxVariants {
			return nil, fmt.Errorf("stands for more than %d texts", maxVariants)
		}
	}
	return all, nil
}

func change(how string, p []token) ([][]token, error) {
	switch how {
	case "contains":
		return [][]token{around(p, true, true)}, nil
	case "startswith":
		return [][]token{around(p, false, true)}, nil
	case "endswith":
		return [][]token{around(p, true, false)}, nil
	case "windash":
		return [][]token{windash(p)}, nil
	case "wide", "utf16", "utf16le", "utf16be":
		out := make([]token, len(p))
		for i, t := range p {
			if t.kind == dash {
				return nil, fmt.Errorf("modifier windash must come behind %s", how)
			}
			if t.kind == literal {
				t.text = encode16(t.text, how, i == 0)
			}
			out[i] = t
		}
		return [][]token{out}, nil
	}
	var out [][]token
	for _, p := range spell(p) {
		text, ok := plainText(p)
		if !ok {
			return nil, fmt.Errorf("modifier %s cannot encode a wild card", how)
		}
		if how == "base64" {
			out = append(out, []token{{text: base64.StdEncoding.EncodeToString([]byte(text))}})
			continue
		}
		for shift := range 3 {
			b := base64.StdEncoding.EncodeToString([]byte("   "[:shift] + text))
			from := [...]int{0, 2, 3}[shift]
			to := len(b) - [...]int{0, 3, 2}[(shift+len(text))%3]
			if from >= to {
				return nil, fmt.Errorf("is too short to be known again in base64")
			}
			out = append(out, []token{{text: b[from:to]}})
		}
	}
	return out, nil
}

// spell writes out the dashes of a pattern, as far as maxVariants; the rest shows by
// being too many.
func spell(p []token) [][]token {
	all := []string{""}
	for _, t := range p {
		if t.kind == star || t.kind == one {
			return [][]token{p}
		}
		options := []string{t.text}
		if t.kind == dash {
			options = strings.Split(dashes, "")
		}
		var next []string
		for _, a := range all {
			for _, o := range options {
				next = append(next, a+o)
			}
		}
		if all = next; len(all) > maxVariants {
			break
		}
	}
	out := make([][]token, len(all))
	for i, a := range all {
		out[i] = []token{{text: a}}
	}
	return out
}

// encode16 is text as UTF-16; utf16 has a byte order mark at its beginning.
func encode16(s, how string, first bool) string {
	var b []byte
	if how == "utf16" && first {
		b = append(b, 0xff, 0xfe)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if how == "utf16be" {
			b = binary.BigEndian.AppendUint16(b, u)
		} else {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
	}
	return string(b)
}

// placeholders puts the values that a site gives in the place of %name%; \% is a plain
// percent sign (Rules Specification, Placeholders).
func placeholders(s string, given map[string][]string) ([]string, error) {
	all := []string{""}
	add := func(options []string) error {
		var next []string
		for _, a := range all {
			for _, o := range options {
				next = append(next, a+o)
			}
		}
		if all = next; len(all) > 16*maxVariants {
			return fmt.Errorf("its placeholders stand for more than %d texts", 16*maxVariants)
		}
		return nil
	}
	for s != "" {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return all, add([]string{s})
		}
		if i > 0 && s[i-1] == '\\' {
			if err := add([]string{s[:i-1] + "%"}); err != nil {
				return nil, err
			}
			s = s[i+1:]
			continue
		}
		name, rest, ok := strings.Cut(s[i+1:], "%")
		if !ok || name == "" || strings.ContainsAny(name, ` \*?`) {
			if err := add([]string{s[:i+1]}); err != nil {
				return nil, err
			}
			s = s[i+1:]
			continue
		}
		values := given[name]
		if len(values) == 0 {
			return nil, fmt.Errorf("placeholder %%%s%% has no value: give it one, or leave the rule out", name)
		}
		if err := add([]string{s[:i]}); err != nil {
			return nil, err
		}
		if err := add(values); err != nil {
			return nil, err
		}
		s = rest
	}
	return all, nil
}
