// Package yara looks for rules of YARA in what files hold.
//
// Compile reads rule files (YARA 4.2, "Writing YARA rules"): text, hexadecimal and
// regular-expression strings with their modifiers, conditions with all operators,
// quantifiers, loops and integer reads, and the modules pe, hash and math. What is not
// supported is refused at load, by its name: include, external variables, other modules
// and members of modules. A rule with a fault is left out and said; the others hold. Each
// file has its names for itself, and its global rules hold for itself.
//
// A Scanner judges bytes. Truth has four values, not two: besides true, false and YARA's
// undefined there is what is not known, because the file was seen in part or because the
// steps that a scan may take ran out. Such a rule is neither matched nor denied, but
// named as undecided: a hash, the size or the absence of a string is never concluded
// from half a file.
//
// It opens no file, reads no clock and starts nothing; time is counted in steps, the
// same for the same bytes. It refuses to run or unpack what it looks at.
//
// Memory: a Set never changes and is shared; a Scanner belongs to one goroutine, is used
// again and keeps nothing of the bytes; what a Result shows of them is copied and cut.
package yara

import (
	"fmt"
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/yara/lex"
	"lazaret/internal/detect/yara/pattern"
)

// Source is one rule file.
type Source struct {
	Name string
	Text []byte
}

// Meta is one line of a rule's meta: integers and truths as they are written.
type Meta struct{ Key, Value string }

// Rule is what a rule says of itself.
type Rule struct {
	Name    string
	File    string
	Line    int
	Tags    []string
	Meta    []Meta
	Private bool // matches for other rules only
	Global  bool // without it no rule of its file matches
}

type rule struct {
	file            string
	name            string
	line            int
	tags            []string
	meta            []Meta
	private, global bool
	texts           []textOf
	cond            func(f *frame) value
	space           int // number of its file
	head            *detect.Rule
}

// Set is a set of rules, ready to look.
type Set struct {
	rules    []*rule
	patterns []*pattern.Pattern
	index    *pattern.Index
	warnings []detect.Fault
	spaces   int
}

// Compile reads rule files. The faults are those of all rules; a rule that has one is
// not in the set, nor is one that depends on it.
func Compile(sources []Source) (*Set, []detect.Fault) {
	set := &Set{}
	var faults []detect.Fault
	for _, src := range sources {
		p := &parser{set: set, name: src.Name, faults: &faults, imports: map[string]*member{}, rules: map[string]int{}}
		if len(src.Text) > maxText {
			p.fault(0, fmt.Sprintf("the file has more than %d bytes", maxText))
			continue
		}
		p.lex = lex.New(strings.TrimPrefix(string(src.Text), "\ufeff"), p.fail)
		from := len(set.rules)
		p.file()
		for _, r := range set.rules[from:] {
			r.space = set.spaces
		}
		set.spaces++
	}
	set.index = pattern.NewIndex(set.patterns)
	names := map[string]int{}
	for _, r := range set.rules {
		names[r.name]++
	}
	for _, r := range set.rules {
		r.head = head(r, names[r.name] > 1)
	}
	return set, faults
}

// Warnings are what is allowed, but slow.
func (s *Set) Warnings() []detect.Fault { return s.warnings }

// Rules lists the rules in their order.
func (s *Set) Rules() []Rule {
	out := make([]Rule, len(s.rules))
	for i, r := range s.rules {
		out[i] = Rule{Name: r.name, File: r.file, Line: r.line, Tags: r.tags, Meta: r.meta, Private: r.private, Global: r.global}
	}
	return out
}

// Head is the manual page of a rule, as far as its meta has one.
func (s *Set) Head(i int) *detect.Rule { return s.rules[i].head }

// head reads a manual page from meta, by the keys that authors use.
func head(r *rule, twice bool) *detect.Rule {
	h := &detect.Rule{
		ID: "yara:" + r.name, Engine: "yara", Title: "A file matches YARA rule " + r.name,
		Severity: detect.Medium, Confidence: 0.7,
		Innocent: []string{"A file that only holds the same bytes, such as a rule file, a report or a tool of defenders"},
	}
	if twice {
		h.ID = "yara:" + r.file + ":" + r.name
	}
	var basis []string
	for _, m := range r.meta {
		switch strings.ToLower(m.Key) {
		case "description", "desc":
			h.Title, h.Why = title(m.Value), m.Value
		case "author", "reference", "ref", "source", "license":
			basis = append(basis, m.Value)
		case "score", "severity", "threat_level":
			if v := severity(m.Value); v != detect.None {
				h.Severity = v
			}
		case "confidence":
			if n, err := strconv.ParseFloat(m.Value, 64); err == nil && n >= 0 && n <= 100 {
				if n > 1 {
					n /= 100
				}
				h.Confidence = n
			}
		case "mitre", "attack", "mitre_att", "mitre_attack", "technique":
			h.Attack = append(h.Attack, techniques(m.Value)...)
		}
	}
	h.Basis = strings.Join(basis, "; ")
	return h
}

// title is the first line of a description.
func title(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return lex.Cut(line, 120)
}

// severity reads a word, or a score of 0 to 100.
func severity(s string) detect.Severity {
	if v, err := detect.ParseSeverity(strings.ToLower(s)); err == nil {
		return v
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || n < 0:
		return detect.None
	case n < 40:
		return detect.Info
	case n < 60:
		return detect.Low
	case n < 75:
		return detect.Medium
	case n < 90:
		return detect.High
	}
	return detect.Critical
}

// techniques finds names of ATT&CK techniques in a text: T and four digits, with a
// point and three more for a part of one.
func techniques(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r != '.' && !(r < 0x80 && lex.NameByte(byte(r))) }) {
		w = strings.ToUpper(strings.Trim(w, "."))
		digits := strings.Trim(w, "0123456789.")
		if digits == "T" && w[0] == 'T' && (len(w) == 5 || len(w) == 9 && w[5] == '.') {
			out = append(out, w)
		}
	}
	return out
}
