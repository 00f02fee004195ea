// Package allow reads allow-lists: what is expected of whom, by which means, and when.
//
// An entry names source hosts, and an account or a service, and a window of the week;
// target hosts, rules and a last day may narrow it. All that an entry names must fit a
// hit. A name alone silences nothing: whoever breaks in can use a name. So an entry
// without a source, without an account or service, or without a window is a fault.
//
// It refuses sources that are everybody, patterns that fit everything, and entries that
// silence all rules for all hosts; every fault of a file is told at once with its line.
// What a list silences is counted by the Book that asks it.
//
// Memory: as large as the file, whose size its reader bounds. A List never changes and
// may be used by any goroutine. It reads no clock: the time is that of the hit. There is
// no standard for it; the file is TOML 1.0.
package allow

import (
	"net/netip"
	"strings"
	"time"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Entry is one thing that is expected.
type Entry struct {
	Name     string
	Why      string
	sources  []netip.Prefix
	targets  []netip.Prefix // empty for all
	accounts []string       // patterns in small letters; empty if services are named
	services []string
	rules    []string // numbers of rules; empty for all
	window   window
	until    event.Time // end of its last day, 0 for none
}

// window is a part of the week.
type window struct {
	always   bool
	days     [7]bool // by time.Weekday, of the day on which the window begins
	from, to int     // minutes of the day; to may be before from: then it ends on the next day
	zone     *time.Location
}

// List is what is expected.
type List struct{ entries []*Entry }

// Entries are all entries in the order of the files.
func (l *List) Entries() []*Entry { return l.entries }

// Allows names the entry by which a hit is expected, and is empty if there is none.
func (l *List) Allows(h *detect.Hit) string {
	if l == nil {
		return ""
	}
	for _, e := range l.entries {
		if e.fits(h) {
			return e.Name
		}
	}
	return ""
}

func (e *Entry) fits(h *detect.Hit) bool {
	if len(e.rules) > 0 && !among(e.rules, strings.ToUpper(h.Rule.ID)) {
		return false
	}
	if !within(e.sources, h.Source) || len(e.targets) > 0 && (h.Target.IsZero() || !within(e.targets, h.Target)) {
		return false
	}
	if !named(e.accounts, h.Account) || !named(e.services, h.Service) {
		return false
	}
	return (e.until == 0 || h.Time < e.until) && e.window.holds(h.Time)
}

func among(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func within(list []netip.Prefix, ip netid.IP) bool {
	a := ip.Addr()
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// named says whether a name fits one of the patterns; if none is demanded, all do. A
// name that is not known fits none.
func named(patterns []string, name string) bool {
	if len(patterns) == 0 {
		return true
	}
	name = strings.ToLower(name)
	for _, p := range patterns {
		if name != "" && glob(p, name) {
			return true
		}
	}
	return false
}

// glob compares with a pattern in which * stands for any text.
func glob(pattern, s string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	for {
		part, more, star := strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], more
	}
}

func (w *window) holds(t event.Time) bool {
	if w.always {
		return true
	}
	at := t.Std().In(w.zone)
	minute, day := at.Hour()*60+at.Minute(), at.Weekday()
	if w.from <= w.to {
		return w.days[day] && minute >= w.from && minute < w.to
	}
	return w.days[day] && minute >= w.from || w.days[(day+6)%7] && minute < w.to
}
