package syntax

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Modifiers is what follows the name of a field (Modifiers Appendix).
type Modifiers struct {
	Change []string // what is done to the values, in order
	Kind   string   // how they are compared: "", re, cidr, exists, lt, lte, gt, gte, fieldref
	Flags  string   // of re: i, m, s
	Part   Part     // of a time
	All    bool     // each value must be found
	Cased  bool     // letters differ from capitals
	Neq    bool     // no value may be found
	Expand bool     // %name% in values stands for those of the site
}

const modifierNames = "contains, startswith, endswith, all, cased, neq, exists, re, i, m, s, cidr, lt, lte, gt, gte, base64, base64offset, wide, utf16, utf16le, utf16be, windash, fieldref, expand, minute, hour, day, week, month, year"

// ParseModifiers reads the words behind the name of a field. An error names the word that
// is unknown, or those that do not go together.
func ParseModifiers(words []string) (Modifiers, error) {
	var m Modifiers
	for i, w := range words {
		switch w {
		case "all":
			m.All = true
		case "cased":
			m.Cased = true
		case "neq":
			m.Neq = true
		case "expand":
			m.Expand = true
		case "contains", "startswith", "endswith", "base64", "base64offset", "wide", "utf16", "utf16le", "utf16be", "windash":
			m.Change = append(m.Change, w)
		case "re", "cidr", "exists", "lt", "lte", "gt", "gte", "fieldref":
			if m.Kind != "" {
				return m, fmt.Errorf("modifiers %s and %s exclude each other", m.Kind, w)
			}
			m.Kind = w
		case "i", "m", "s":
			if m.Kind != "re" {
				return m, fmt.Errorf("modifier %s belongs behind re", w)
			}
			m.Flags += w
		default:
			p, ok := timeParts[w]
			if !ok {
				return m, fmt.Errorf("modifier %q is not one of Sigma 2.1: %s", w, modifierNames)
			}
			if i > 0 && m.Part != Whole {
				return m, fmt.Errorf("a time has one of minute, hour, day, week, month and year")
			}
			m.Part = p
		}
	}
	return m, m.agree()
}

// agree finds modifiers that make no sense together.
func (m *Modifiers) agree() error {
	places := 0
	for i, c := range m.Change {
		if c == "contains" || c == "startswith" || c == "endswith" {
			places++
			if i != len(m.Change)-1 {
				return fmt.Errorf("modifier %s must come behind those that change the value", c)
			}
		}
	}
	switch {
	case m.Kind == "fieldref" && len(m.Change) != places, m.Kind != "" && m.Kind != "fieldref" && len(m.Change) > 0:
		return fmt.Errorf("modifiers %s and %s exclude each other", m.Kind, m.Change[0])
	case m.Kind != "" && m.Kind != "fieldref" && m.Cased:
		return fmt.Errorf("modifiers %s and cased exclude each other", m.Kind)
	case m.Kind == "exists" && (m.All || m.Neq), m.Kind == "fieldref" && m.Expand:
		return fmt.Errorf("modifier %s stands alone", m.Kind)
	case m.Part != Whole && (len(m.Change) > 0 || m.Cased || m.Kind == "re" || m.Kind == "cidr" || m.Kind == "exists" || m.Kind == "fieldref"):
		return fmt.Errorf("a part of a time is a number: lt, lte, gt, gte and neq alone go with it")
	}
	return nil
}

// maxVariants is how many texts one value may stand for.
const maxVariants = 256

// Variants changes one pattern as modifiers say. Any of the results, at most 256, will do.
func (m *Modifiers) Variants(p []Token) ([][]Token, error) {
	all := [][]Token{p}
	for _, c := range m.Change {
		var next [][]Token
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

func change(how string, p []Token) ([][]Token, error) {
	switch how {
	case "contains":
		return [][]Token{around(p, true, true)}, nil
	case "startswith":
		return [][]Token{around(p, false, true)}, nil
	case "endswith":
		return [][]Token{around(p, true, false)}, nil
	case "windash":
		return [][]Token{windash(p)}, nil
	case "wide", "utf16", "utf16le", "utf16be":
		out := make([]Token, len(p))
		for i, t := range p {
			if t.Kind == Dash {
				return nil, fmt.Errorf("modifier windash must come behind %s", how)
			}
			if t.Kind == Literal {
				t.Text = encode16(t.Text, how, i == 0)
			}
			out[i] = t
		}
		return [][]Token{out}, nil
	}
	var out [][]Token
	for _, p := range spell(p) {
		text, ok := PlainText(p)
		if !ok {
			return nil, fmt.Errorf("modifier %s cannot encode a wild card", how)
		}
		if how == "base64" {
			out = append(out, []Token{{Text: base64.StdEncoding.EncodeToString([]byte(text))}})
			continue
		}
		for shift := range 3 {
			b := base64.StdEncoding.EncodeToString([]byte("   "[:shift] + text))
			from := [...]int{0, 2, 3}[shift]
			to := len(b) - [...]int{0, 3, 2}[(shift+len(text))%3]
			if from >= to {
				return nil, fmt.Errorf("is too short to be known again in base64")
			}
			out = append(out, []Token{{Text: b[from:to]}})
		}
	}
	return out, nil
}

// spell writes out the dashes of a pattern, as far as maxVariants; the rest shows by
// being too many.
func spell(p []Token) [][]Token {
	all := []string{""}
	for _, t := range p {
		if t.Kind == Star || t.Kind == One {
			return [][]Token{p}
		}
		options := []string{t.Text}
		if t.Kind == Dash {
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
	out := make([][]Token, len(all))
	for i, a := range all {
		out[i] = []Token{{Text: a}}
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

// Placeholders puts the values that a site gives in the place of %name%; \% is a plain
// percent sign (Rules Specification, Placeholders). A name without a value is an error.
func Placeholders(s string, given map[string][]string) ([]string, error) {
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
