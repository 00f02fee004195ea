package truth

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outbreak is what an analyst must be told of a capture: how something spread,
// what must be found and what must not.
type Outbreak struct {
	// Entry is the host where it came in; empty when nothing did.
	Entry string `json:"entry,omitempty"`
	// Contacts are the steps of the spread, in order of time.
	Contacts []Contact `json:"contacts,omitempty"`
	// Findings must be there.
	Findings []Finding `json:"findings,omitempty"`
	// MayFire are findings that are right without an allow-list and silent
	// with Allowed.
	MayFire []Finding `json:"may_fire,omitempty"`
	// Silent must not be there: each is a near miss of its rule.
	Silent []Finding `json:"silent,omitempty"`
	// Low are findings that may be there, but no higher than low: a rule that
	// can only say that something is worth a look must say no more.
	Low []Finding `json:"low,omitempty"`
	// Allowed are who may do what in this hospital.
	Allowed []Allowance `json:"allowed,omitempty"`
	// Blind says in words what this capture cannot show.
	Blind []string `json:"blind,omitempty"`
}

// Contact is one step from a host to another. It is as strong as its grade:
// see Grades.
type Contact struct {
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Source string    `json:"source"`
	Target string    `json:"target"`
	Grade  string    `json:"grade"`
	Detail string    `json:"detail,omitempty"`
}

// Grades are the words a contact's grade may be, the strongest first. refused:
// the target said no, and nothing came of it.
func Grades() []string {
	return strings.Fields(`proven exploited written entered touched refused`)
}

// Finding is what a rule says of two hosts.
type Finding struct {
	Rule   string `json:"rule"` // number in the catalogue of rules
	Source string `json:"source"`
	Target string `json:"target,omitempty"` // empty: many or nobody
	Answer string `json:"answer,omitempty"` // accepted, refused or failed; empty where nothing answers
	Detail string `json:"detail,omitempty"`
}

// Allowance is an activity that the hospital knows.
type Allowance struct {
	Source  string    `json:"source"`
	Account string    `json:"account,omitempty"`
	Service string    `json:"service,omitempty"`
	Targets []string  `json:"targets,omitempty"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
	Detail  string    `json:"detail"`
}

func (o *Outbreak) validate(known map[string]bool) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("outbreak: "+format, args...)) }
	if o.Entry != "" && !known[o.Entry] {
		bad("entry %q is no host", o.Entry)
	}
	for i, c := range o.Contacts {
		if !known[c.Source] || !known[c.Target] || !slices.Contains(Grades(), c.Grade) || c.From.IsZero() || c.Until.Before(c.From) {
			bad("contact %d: %+v", i, c)
		}
	}
	for _, f := range slices.Concat(o.Findings, o.MayFire, o.Silent, o.Low) {
		if f.Rule == "" || !known[f.Source] || f.Target != "" && !known[f.Target] || !slices.Contains([]string{"", "accepted", "refused", "failed"}, f.Answer) {
			bad("finding %+v", f)
		}
	}
	for _, a := range o.Allowed {
		if !known[a.Source] || a.Account == "" && a.Service == "" || !a.From.Before(a.Until) || a.Detail == "" {
			bad("allowance of %s is not whole", a.Source)
		}
		for _, t := range a.Targets {
			if !known[t] {
				bad("allowance of %s: %q is no host", a.Source, t)
			}
		}
	}
	return errs
}
