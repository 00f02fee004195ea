// Package detect turns records into findings that an analyst believes at once: who did
// what to whom, by which fields, why it matters, and what else could be the cause.
//
// A Rule is the head of a detection, whatever looks for it: what a manual page says. A
// Behaviour is a Rule with code: it wants some logs and keeps a bounded memory. Engines
// read rules that others wrote (Sigma, YARA) and lists of indicators. All see every
// record once, in the order of the merge, and report hits; a Book joins hits that are
// alike to findings. How grave a finding is depends on what the two devices are for, which
// is known best at the end: it is judged when a report is asked for, from the same hits.
//
// It refuses to conclude from what was not answered: a rule says whether a thing was
// asked for, refused or granted, and these are three findings. Nothing here sees a
// packet, opens a file or reads a clock: time is that of the records.
//
// Memory: Config bounds the findings; what finds no room is counted. A Book belongs to
// one goroutine and keeps no record, only short strings of it.
//
// Standards: MITRE ATT&CK names of techniques, Zeek's names of logs and fields.
package detect

import (
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/baseline"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/trace"
)

// Severity says how much a finding asks for attention.
type Severity uint8

// The severities. None is that of no finding.
const (
	None     Severity = iota
	Info              // good to know when something else happens
	Low               // look at it when there is time
	Medium            // look at it today
	High              // look at it now
	Critical          // act now
)

var severities = []string{"none", "info", "low", "medium", "high", "critical"}

// String is the word for it.
func (s Severity) String() string {
	if int(s) < len(severities) {
		return severities[s]
	}
	return "none"
}

// UnmarshalText reads the word for a severity, as configurations have it.
func (s *Severity) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSeverity(string(b))
	return err
}

// ParseSeverity reads the word for a severity other than None.
func ParseSeverity(s string) (Severity, error) {
	if i := slices.Index(severities, s); i > 0 {
		return Severity(i), nil
	}
	return None, fmt.Errorf("severity %q is none of %s", s, strings.Join(severities[1:], ", "))
}

// Rule is what is said of a detection.
type Rule struct {
	ID         string   // the same forever
	Engine     string   // what looks for it: behaviour, sigma, yara or intel
	Title      string   // what is seen, in a line
	Why        string   // why it matters, for who is on call
	Innocent   []string // what else could be the cause
	Attack     []string // techniques of ATT&CK
	Severity   Severity // if nothing is known of the devices
	Confidence float64  // 0..1, that it is what it says
	Basis      string   // where the facts come from
	Numbers    []Number // windows and counts, which may be set
	Logs       []string // what it reads, by the names of logs, as far as it is known; of behaviours Wants tells it
	Baseline   string   // needed, used, or empty; of behaviours Learned tells it
	// Judge may change the severity, by what is found and what the devices are for,
	// and says why. It may be nil.
	Judge func(f *Finding, source, target roles.Role) (Severity, string)
}

// Number is a window, a count or an amount that a rule compares with. It is a
// proposal: a site may set another.
type Number struct {
	Name  string
	Value float64
	Min   float64 // least that makes sense
	Unit  string  // seconds, hosts, ...
	Doc   string
	Basis string // who proposes it
}

// Numbers are the values in force for one rule.
type Numbers map[string]float64

// Seconds is a number as an interval.
func (n Numbers) Seconds(name string) event.Interval { return event.Interval(n[name] * 1e9) }

// Int is a number as a count.
func (n Numbers) Int(name string) int { return int(n[name]) }

// Behaviour is a rule with code.
type Behaviour struct {
	Rule
	Wants []*event.Schema // what Add gets
	// New makes its memory, which is bounded. The function that it gives back looks
	// at one record and keeps nothing of it but short strings.
	// It is nil for a rule that says nothing without a baseline.
	New func(n Numbers, report func(Hit)) func(r *event.Record)
	// Learned is New for what compares with what is normal, nil if the rule does not. With
	// a baseline it takes the place of New for records that are not learned from.
	Learned func(n Numbers, base *baseline.Profile, report func(Hit)) func(r *event.Record)
}

// Against says what a behaviour has to do with a baseline: needed, used, or nothing.
func (b *Behaviour) Against() string {
	switch {
	case b.Learned == nil:
		return ""
	case b.New == nil:
		return "needed"
	}
	return "used"
}

// Hit is what a rule reports once.
type Hit struct {
	Rule   *Rule // set for behaviours
	Time   event.Time
	Source netid.IP // who does it
	Target netid.IP // to whom; zero if it is many or nobody
	// Card is the network card that does it, if Source is not known; else zero.
	Card netid.MAC
	// Topic tells findings of one rule between the same two apart: a share, a
	// service, an outcome. It is short.
	Topic string
	// Account and Service are by whom and by what it was done, as far as the rule
	// knows: allow-lists ask for them. Account is of class person.
	Account, Service string

	Severity   Severity // other than the rule's; None for the rule's
	Confidence float64  // other than the rule's; 0 for the rule's
	Facts      []Fact
	UIDs       []string
	// Judge takes the place of the rule's for what depends on what was learned: it is
	// asked at the end, when all is. None withdraws the finding. That of the first hit
	// counts.
	Judge func(f *Finding, source, target roles.Role) (Severity, string)
	// Conn is the conversation of the first of UIDs. For behaviours it is set if the
	// record at hand is of it; it is zero if it is not known.
	Conn event.Conn
	// Reach is how far it got with Target, for who traces what spreads; Nothing if it is
	// no step from one device to another.
	Reach trace.Grade
}

// Fact is a field with the value that speaks for a finding.
type Fact struct {
	Field string // log.field, or a word for what was counted
	Value string
	Class event.Class
}

// counted says that a fact is no field of a record: its value takes the place of the one
// before.
func (f Fact) counted() bool { return !strings.Contains(f.Field, ".") }

// FactsOf takes fields of a record as facts; those without a value are left out.
func FactsOf(r *event.Record, fields ...string) []Fact {
	s := r.Body.Schema()
	var out []Fact
	for _, name := range fields {
		a, ok := s.Access(name)
		if !ok {
			continue
		}
		var values []string
		a.Each(r, func(v event.Value) bool {
			values = append(values, v.String())
			return len(values) < 8
		})
		if len(values) > 0 {
			out = append(out, Fact{Field: s.Name + "." + name, Value: cut(strings.Join(values, ", ")), Class: a.Class})
		}
	}
	return out
}

// Finding is one or more hits that are alike.
type Finding struct {
	Rule       *Rule
	Severity   Severity
	Reason     string // why the severity is not the rule's; empty if it is
	Confidence float64
	Source     netid.IP
	Target     netid.IP  // zero if it is many or nobody
	Card       netid.MAC // of Source if its address is not known, else zero
	Topic      string
	First      event.Time
	Last       event.Time
	Count      int
	Facts      []Fact     // of the first hit, and where later ones differ; what was counted is that of the last; at most maxFacts
	UIDs       []string   // of conversations, at most maxUIDs
	Conn       event.Conn // of the first hit, zero if it is not known
	Steps      []Step     // from Source to Target, as they were reported, at most maxSteps

	judge func(f *Finding, source, target roles.Role) (Severity, string)
}

// Step is that Source of a finding did it once.
type Step struct {
	Time  event.Time
	Reach trace.Grade
	UID   string // of the conversation, empty if it is not known
}

// Fault is what is wrong with a rule, a list or an allow-list.
type Fault struct {
	File string
	Line int    // from 1, 0 if it is not known
	Key  string // what is wrong: a rule, a key, a string
	What string // what it is and what was expected
}

// Error is the fault in one line.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	if f.Key != "" {
		b.WriteString(": " + f.Key)
	}
	return b.String() + ": " + f.What
}

const (
	maxFacts = 16
	maxUIDs  = 8
	maxSteps = 32
	maxText  = 300 // bytes of a fact
)

// cut bounds a text without breaking a character.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
