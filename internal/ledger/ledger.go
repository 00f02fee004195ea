// Package ledger remembers incidents from one run to the next: their ids, their states, what
// happened to them, and what people said of them.
//
// An incident of a run is one that is known if conversations of its findings are, or a mark of the
// intruder, or if a device that acted in the one acts in the other. It keeps the id under which it
// was first told. If it is like several that are known, these are merged into the one that was known
// first; if several are like one, that which has most in common keeps the id and the others were
// split from it. Closing is for people alone; conversations that were not known when somebody
// closed it reopen it.
//
// What happened is only ever added to. The file is JSON Lines, the first of them a head with its
// version; one that breaks its form is refused with the line and the reason, since a state that is
// half read would be half true. Notes are people's own words.
//
// It refuses to open files, to read a clock and to know findings. Memory is bounded by numbers: see
// the constants. One goroutine owns a Ledger. Times are RFC 3339 in UTC.
package ledger

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Bounds of a file.
const (
	MaxEntries = 10_000
	MaxKeys    = 20_000 // of an incident: conversations, marks and devices
	MaxHistory = 5_000  // changes of an incident; the first are kept, and the last thousand
	MaxLine    = 8 << 20
	MaxText    = 2_000 // bytes of a note
	version    = 1
)

// The states that only a ledger knows; the others are those of package incident.
const (
	Open     = "open"
	Reopened = "reopened"
	Closed   = "closed"
	Merged   = "merged"
)

// Change is something that happened.
type Change struct {
	Time   string `json:"time"`
	What   string `json:"what"`
	Other  string `json:"other,omitempty"` // id of another incident
	Detail string `json:"detail"`
	By     string `json:"by,omitempty"` // who said so, empty for the program
}

// Entry is an incident as it is known.
type Entry struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Severity string   `json:"severity"`
	State    string   `json:"state"`
	First    string   `json:"first"`
	Last     string   `json:"last"`
	Into     string   `json:"into,omitempty"` // id of the incident that it was merged into
	Devices  []string `json:"devices"`        // that acted; sorted
	Marks    []string `json:"marks"`          // of the intruder; sorted
	Talks    []string `json:"conversations"`  // of its findings; sorted
	History  []Change `json:"history"`        // by time of being told
}

// Seen is an incident as a run tells it.
type Seen struct {
	ID, Title, Severity, State string
	First, Last                string
	Devices, Marks, Talks      []string
	History                    []Change
}

// Ledger is all that are known, in the order in which they became so.
type Ledger struct{ Entries []*Entry }

// head is the first line.
type head struct {
	Version int `json:"lazaret_ledger"`
}

// Read reads a file; an empty one is an empty Ledger.
func Read(r io.Reader) (*Ledger, error) {
	l := &Ledger{}
	known := map[string]bool{}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), MaxLine)
	n := 0
	for lines.Scan() {
		n++
		if n == 1 {
			var h head
			if err := strict(lines.Bytes(), &h); err != nil || h.Version != version {
				return nil, fmt.Errorf("line 1: is not the head of a ledger of version %d", version)
			}
			continue
		}
		var e Entry
		if err := strict(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case known[e.ID]:
			return nil, fmt.Errorf("line %d: id: %.40q is there twice", n, e.ID)
		case len(l.Entries) == MaxEntries:
			return nil, fmt.Errorf("line %d: more than %d incidents", n, MaxEntries)
		}
		known[e.ID] = true
		l.Entries = append(l.Entries, &e)
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return nil, fmt.Errorf("line %d: is longer than %d bytes", n+1, MaxLine)
		}
		return nil, err
	}
	for i, e := range l.Entries {
		if e.Into != "" && (!known[e.Into] || e.Into == e.ID) {
			return nil, fmt.Errorf("line %d: into: there is no incident %.40q", i+2, e.Into)
		}
	}
	return l, nil
}

// strict decodes one JSON value without unknown keys or anything behind it.
func strict(line []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something stands behind the value")
	}
	return nil
}

// check finds what is wrong with an entry.
func (e *Entry) check() error {
	switch {
	case e.ID == "" || len(e.ID) > 64:
		return fmt.Errorf("id: %.40q is empty or longer than 64 bytes", e.ID)
	case !slices.Contains([]string{Open, "quiet", Reopened, Closed, Merged}, e.State):
		return fmt.Errorf("state: %.40q is none of open, quiet, reopened, closed, merged", e.State)
	case (e.State == Merged) != (e.Into != ""):
		return errors.New("into: stands beside the state merged, and only there")
	case len(e.Devices)+len(e.Marks)+len(e.Talks) > MaxKeys:
		return fmt.Errorf("more than %d devices, marks and conversations", MaxKeys)
	case len(e.History) > MaxHistory:
		return fmt.Errorf("history: more than %d changes", MaxHistory)
	}
	for _, x := range []struct{ name, v string }{{"first", e.First}, {"last", e.Last}} {
		if _, err := time.Parse(time.RFC3339Nano, x.v); err != nil {
			return fmt.Errorf("%s: %.40q is no time", x.name, x.v)
		}
	}
	for _, list := range [][]string{e.Devices, e.Marks, e.Talks} {
		slices.Sort(list) // people may have edited it
	}
	for i, c := range e.History {
		if _, err := time.Parse(time.RFC3339Nano, c.Time); err != nil {
			return fmt.Errorf("history %d: %.40q is no time", i+1, c.Time)
		}
	}
	return nil
}

// Write writes the file.
func (l *Ledger) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(head{version}); err != nil {
		return err
	}
	for _, x := range l.Entries {
		if err := e.Encode(x); err != nil {
			return err
		}
	}
	return nil
}

// Find is the incident of an id, also of one that was merged: then it is told what became of it.
func (l *Ledger) Find(id string) (*Entry, error) {
	for _, e := range l.Entries {
		if e.ID == id {
			return e, nil
		}
	}
	return nil, fmt.Errorf("there is no incident %s; lazaret incident list shows all", id)
}

// likeness is how much an incident has in common with one that is known.
func (e *Entry) likeness(s *Seen) int {
	// A conversation that both have is proof; a mark or a device is a reason.
	return 1000*common(e.Talks, s.Talks) + 10*common(e.Marks, s.Marks) + common(e.Devices, s.Devices)
}

// common is how many values two lists share. have is sorted.
func common(have, list []string) (n int) {
	for _, x := range list {
		if _, ok := slices.BinarySearch(have, x); ok {
			n++
		}
	}
	return n
}

// proof is the likeness from which on two are one: a mark or a conversation in common, and not
// only a device.
const proof = 10

// match is an incident of a run that is like one that is known.
type match struct{ seen, entry, likeness int }

// Take enters the incidents of a run and returns the entry of each. The same run again changes
// nothing.
func (l *Ledger) Take(list []Seen) ([]*Entry, error) {
	var all []match
	for i := range list {
		for k, e := range l.Entries {
			if n := e.likeness(&list[i]); n > 0 && e.State != Merged {
				all = append(all, match{i, k, n})
			}
		}
	}
	slices.SortFunc(all, func(a, b match) int {
		return cmp.Or(-cmp.Compare(a.likeness, b.likeness), cmp.Compare(a.entry, b.entry), cmp.Compare(a.seen, b.seen))
	})
	out, holder := make([]*Entry, len(list)), map[*Entry]int{}
	for _, m := range all {
		e := l.Entries[m.entry]
		k, held := holder[e]
		switch has := out[m.seen]; {
		case has == nil && !held:
			out[m.seen], holder[e] = e, m.seen
		case has != nil && !held && m.likeness >= proof && e.State != Merged:
			out[m.seen] = l.merge(has, e, &list[m.seen])
			holder[has], holder[e] = m.seen, m.seen
		case has == nil && k != m.seen && m.likeness >= 1000:
			list[m.seen].History = append(slices.Clone(list[m.seen].History), Change{Time: list[m.seen].First, What: "split", Other: e.ID, Detail: "it was a part of " + e.ID + " when that was told before"})
			e.add(Change{Time: list[m.seen].First, What: "split", Other: list[m.seen].ID, Detail: "a part of it turned out to be an incident of its own"})
			e.Talks = slices.DeleteFunc(e.Talks, func(t string) bool { return slices.Contains(list[m.seen].Talks, t) })
		}
	}
	for i := range list {
		if out[i] == nil {
			if len(l.Entries) == MaxEntries {
				return nil, fmt.Errorf("the ledger has %d incidents, and no room for more", MaxEntries)
			}
			out[i] = &Entry{ID: l.free(list[i].ID), State: Open, First: list[i].First, Last: list[i].Last, Devices: []string{}, Marks: []string{}, Talks: []string{}, History: []Change{}}
			l.Entries = append(l.Entries, out[i])
		}
		out[i].update(&list[i])
	}
	return out, nil
}

// free is an id that nobody has.
func (l *Ledger) free(id string) string {
	name := id
	for n := 2; slices.ContainsFunc(l.Entries, func(e *Entry) bool { return e.ID == name }); n++ {
		name = fmt.Sprintf("%s-%d", id, n)
	}
	return name
}

// merge makes one of two entries: the one that was known first.
func (l *Ledger) merge(a, b *Entry, s *Seen) *Entry {
	if slices.Index(l.Entries, b) < slices.Index(l.Entries, a) {
		a, b = b, a
	}
	a.Devices, a.Marks, a.Talks = unite(a.Devices, b.Devices), unite(a.Marks, b.Marks), unite(a.Talks, b.Talks)
	a.cut()
	if a.State == Closed && b.State != Closed { // what is open does not vanish with it
		a.State = Reopened
		a.add(Change{Time: s.Last, What: "reopened", Other: b.ID, Detail: b.ID + ", which is not closed, turned out to be a part of this one"})
	}
	a.add(Change{Time: s.Last, What: "merged", Other: b.ID, Detail: b.ID + " turned out to be a part of this one"})
	b.State, b.Into = Merged, a.ID
	b.add(Change{Time: s.Last, What: "merged", Other: a.ID, Detail: "it turned out to be a part of " + a.ID})
	return a
}

// unite is the sorted set of two lists.
func unite(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// update takes what a run knows.
func (e *Entry) update(s *Seen) {
	talks := unite(e.Talks, s.Talks)
	full := len(e.Devices)+len(e.Marks)+len(e.Talks) >= MaxKeys // what was cut off is not news
	news := !full && len(talks) > len(e.Talks) || earlier(e.Last, s.Last)
	e.Title, e.Severity = s.Title, s.Severity
	if e.First == "" || earlier(s.First, e.First) {
		e.First = s.First
	}
	if earlier(e.Last, s.Last) {
		e.Last = s.Last
	}
	e.Devices, e.Marks, e.Talks = unite(e.Devices, s.Devices), unite(e.Marks, s.Marks), talks
	e.cut()
	for _, c := range s.History {
		e.add(c)
	}
	switch {
	case e.State == Closed && news:
		e.State = Reopened
		e.add(Change{Time: s.Last, What: "reopened", Detail: "there were conversations that were not known when it was closed"})
	case e.State == Closed:
	default:
		e.State = s.State
	}
}

// cut keeps the lists within their bound: conversations go first, then marks, then devices.
func (e *Entry) cut() {
	for _, list := range []*[]string{&e.Talks, &e.Marks, &e.Devices} {
		over := len(e.Devices) + len(e.Marks) + len(e.Talks) - MaxKeys
		if over <= 0 {
			return
		}
		*list = (*list)[:max(0, len(*list)-over)]
	}
}

func earlier(a, b string) bool {
	x, err := time.Parse(time.RFC3339Nano, a)
	y, err2 := time.Parse(time.RFC3339Nano, b)
	return err == nil && err2 == nil && x.Before(y)
}

// add enters a change, once.
func (e *Entry) add(c Change) {
	if slices.Contains(e.History, c) {
		return
	}
	if len(e.History) == MaxHistory {
		e.History = slices.Delete(e.History, MaxHistory-1000, MaxHistory-999)
	}
	e.History = append(e.History, c)
	slices.SortStableFunc(e.History, func(a, b Change) int {
		x, _ := time.Parse(time.RFC3339Nano, a.Time)
		y, _ := time.Parse(time.RFC3339Nano, b.Time)
		return cmp.Or(x.Compare(y), 0)
	})
}

// Say is what a person says of an incident at a time: it is closed, it is open again, or a note.
func (l *Ledger) Say(id, what, by, note string, at time.Time) (*Entry, error) {
	e, err := l.Find(id)
	if err != nil {
		return nil, err
	}
	switch {
	case e.State == Merged:
		return nil, fmt.Errorf("%s was merged into %s", id, e.Into)
	case len(note) > MaxText || len(by) > 200:
		return nil, fmt.Errorf("a note has at most %d bytes, a name 200", MaxText)
	case what == Closed && e.State == Closed:
		return nil, fmt.Errorf("%s is closed already", id)
	case what == Reopened && e.State != Closed:
		return nil, fmt.Errorf("%s is not closed: it is %s", id, e.State)
	case what == Closed || what == Reopened:
		e.State = what
	}
	e.add(Change{Time: at.UTC().Format(time.RFC3339), What: what, Detail: note, By: by})
	return e, nil
}
