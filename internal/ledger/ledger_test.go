package ledger

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func seen(id string, day int, devices, marks, talks string) Seen {
	at := fmt.Sprintf("2026-01-%02dT00:00:00Z", day)
	return Seen{ID: id, Title: "Spread", Severity: "high", State: "open", First: at, Last: at, Devices: strings.Fields(devices), Marks: strings.Fields(marks), Talks: strings.Fields(talks),
		History: []Change{{Time: at, What: "opened", Detail: id}}}
}

func take(t *testing.T, l *Ledger, list ...Seen) (ids []string) {
	t.Helper()
	got, err := l.Take(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range got {
		ids = append(ids, e.ID+" "+e.State)
	}
	return ids
}

func whats(e *Entry) (out []string) {
	for _, c := range e.History {
		out = append(out, strings.TrimSpace(c.What+" "+c.Other))
	}
	return out
}

// An incident keeps its id whatever shows that it is the same, and what has nothing in common is
// another.
func TestSame(t *testing.T) {
	for _, c := range []struct {
		name string
		then Seen
		want string
	}{
		{"the same again", seen("a", 5, "d1 d2", "m1", "c1 c2"), "a open"},
		{"begun earlier", seen("b", 1, "d0", "", "c0 c1"), "a open"},
		{"the same device later", seen("b", 9, "d2", "", "c9"), "a open"},
		{"the same mark", seen("b", 9, "d9", "m1", "c9"), "a open"},
		{"nothing in common", seen("b", 9, "d9", "m9", "c9"), "b open"},
		{"nothing in common, the id is", seen("a", 9, "d9", "m9", "c9"), "a-2 open"},
	} {
		l := &Ledger{}
		take(t, l, seen("a", 5, "d1 d2", "m1", "c1 c2"))
		if got := take(t, l, c.then); got[0] != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
		before, _ := text(l)
		take(t, l, c.then)
		if after, _ := text(l); before != after {
			t.Errorf("%s: the same run again changes\n%s\nto\n%s", c.name, before, after)
		}
	}
}

func text(l *Ledger) (string, error) {
	var b bytes.Buffer
	err := l.Write(&b)
	return b.String(), err
}

// Two that are known become one when a run shows it, under the id that was first; the other's id
// leads there. A device alone does not do that.
func TestMerge(t *testing.T) {
	l := &Ledger{}
	take(t, l, seen("a", 1, "d1", "", "c1"), seen("b", 2, "d2", "", "c2 c3"))
	if got := take(t, l, seen("c", 1, "d1 d2", "", "c1 c2 c3 c4")); got[0] != "a open" {
		t.Errorf("%v", got)
	}
	b, err := l.Find("b")
	if err != nil || b.State != Merged || b.Into != "a" {
		t.Errorf("%+v %v", b, err)
	}
	a, _ := l.Find("a")
	if !slices.Contains(whats(a), "merged b") || !slices.Contains(whats(b), "merged a") || !slices.Equal(a.Talks, []string{"c1", "c2", "c3", "c4"}) {
		t.Errorf("%v %v", whats(a), whats(b))
	}
	if _, err := l.Say("b", Closed, "Jo", "", time.Now()); err == nil {
		t.Error("what was merged is closed")
	}
	l = &Ledger{}
	take(t, l, seen("a", 1, "d1", "", "c1"), seen("b", 2, "d2", "", "c2"))
	if got := take(t, l, seen("c", 9, "d1 d2", "", "c9")); got[0] != "a open" || l.Entries[1].State == Merged {
		t.Errorf("a device in common: %v", got)
	}
}

// An incident that is open does not vanish in one that was closed.
func TestMergeClosed(t *testing.T) {
	l := &Ledger{}
	take(t, l, seen("a", 1, "d1", "", "c1"), seen("b", 2, "d2", "", "c2"))
	if _, err := l.Say("a", Closed, "Jo", "", time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := take(t, l, seen("c", 1, "d1 d2", "", "c1 c2")); got[0] != "a open" || !slices.Contains(whats(l.Entries[0]), "reopened b") {
		t.Errorf("%v %v", got, whats(l.Entries[0]))
	}
}

// However much a run brings, what is written can be read, and the same run again is no news.
func TestFull(t *testing.T) {
	l := &Ledger{}
	s := seen("a", 1, "", "m1", "")
	for i := range MaxKeys + 50 {
		s.Devices, s.Talks = append(s.Devices, fmt.Sprintf("d%05d", i)), append(s.Talks, fmt.Sprintf("c%05d", i))
	}
	take(t, l, s)
	if _, err := l.Say("a", Closed, "Jo", "", time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := take(t, l, s); got[0] != "a closed" {
		t.Errorf("the same again: %v", got)
	}
	out, err := text(l)
	if err == nil {
		_, err = Read(strings.NewReader(out))
	}
	if err != nil {
		t.Error(err)
	}
	// What people put in another order is found all the same.
	l.Entries[0].Devices = []string{"d9", "d5", "d1"}
	out, _ = text(l)
	if l, err = Read(strings.NewReader(out)); err != nil || !slices.IsSorted(l.Entries[0].Devices) {
		t.Errorf("%v", err)
	}
}

// What was one and turns out to be two: that which has most in common keeps the id.
func TestSplit(t *testing.T) {
	l := &Ledger{}
	take(t, l, seen("a", 1, "d1 d2", "", "c1 c2 c3"))
	first, second := seen("x", 1, "d1", "", "c1"), seen("y", 2, "d2", "", "c2 c3")
	if got := take(t, l, first, second); !slices.Equal(got, []string{"x open", "a open"}) {
		t.Errorf("%v", got)
	}
	x, _ := l.Find("x")
	if a, _ := l.Find("a"); !slices.Contains(whats(x), "split a") || !slices.Contains(whats(a), "split x") {
		t.Errorf("%v %v", whats(x), whats(a))
	}
	before, _ := text(l)
	take(t, l, first, second)
	if after, _ := text(l); before != after {
		t.Errorf("again:\n%s\n%s", before, after)
	}
}

// People close; what was not known when they did opens it again, what was does not.
func TestClose(t *testing.T) {
	l := &Ledger{}
	one := seen("a", 1, "d1", "", "c1")
	take(t, l, one)
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	if e, err := l.Say("a", Closed, "Jo Example", "cleaned", at); err != nil || e.State != Closed {
		t.Fatal(e, err)
	}
	if _, err := l.Say("a", Closed, "", "", at); err == nil {
		t.Error("closed twice")
	}
	if got := take(t, l, one); got[0] != "a closed" {
		t.Errorf("the same again: %v", got)
	}
	if got := take(t, l, seen("b", 9, "d1", "", "c2")); got[0] != "a reopened" {
		t.Errorf("acts again: %v", got)
	}
	if _, err := l.Say("a", Reopened, "", "", at); err == nil {
		t.Error("what is open is reopened")
	}
	if _, err := l.Say("a", "noted", "Jo", strings.Repeat("x", MaxText+1), at); err == nil {
		t.Error("a note without end")
	}
	if _, err := l.Say("zz", "noted", "Jo", "", at); err == nil {
		t.Error("a note to nobody")
	}
	if e, err := l.Say("a", "noted", "Jo", "called the maker", at); err != nil || e.State != Reopened || !slices.Contains(whats(e), "noted") {
		t.Error(e, err)
	}
}

// What is written can be read, and is the same.
func TestRoundTrip(t *testing.T) {
	l := &Ledger{}
	take(t, l, seen("a", 1, "d1", "m <&>", "c1"), seen("b", 2, "d2", "", "c2"))
	take(t, l, seen("a", 1, "d1 d2", "", "c1 c2"))
	s, err := text(l)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(strings.NewReader(s))
	if err != nil || !reflect.DeepEqual(back, l) {
		t.Errorf("%v\n%+v\n%+v", err, back, l)
	}
	if l, err := Read(strings.NewReader("")); err != nil || len(l.Entries) != 0 {
		t.Errorf("an empty file: %v", err)
	}
}

// A file that breaks its form is refused with line and reason.
func TestFaults(t *testing.T) {
	const head = `{"lazaret_ledger":1}` + "\n"
	good := `{"id":"a","title":"","severity":"","state":"open","first":"2026-01-01T00:00:00Z","last":"2026-01-01T00:00:00Z","devices":[],"marks":[],"conversations":[],"history":[]}` + "\n"
	for in, want := range map[string]string{
		"hello\n":                             "line 1: is not the head",
		`{"lazaret_ledger":2}`:                "line 1: is not the head",
		head + "{":                            "line 2",
		head + good + good:                    "line 3: id: \"a\" is there twice",
		head + good[:len(good)-2] + `,"x":1}`: `line 2: json: unknown field "x"`,
		head + strings.TrimSpace(good) + "{}": "line 2: something stands behind",
		head + strings.Replace(good, `"open"`, `"shut"`, 1):                                               `line 2: state: "shut"`,
		head + strings.Replace(good, `"open"`, `"merged"`, 1):                                             "line 2: into",
		head + strings.Replace(good, `"state":"open"`, `"state":"merged","into":"b"`, 1):                  `line 2: into: there is no incident "b"`,
		head + strings.Replace(good, "2026-01-01T", "yesterday", 1):                                       "line 2: first",
		head + strings.Replace(good, `"id":"a"`, `"id":""`, 1):                                            "line 2: id",
		head + strings.Replace(good, `"history":[]`, `"history":[{"time":"x","what":"","detail":""}]`, 1): "line 2: history 1",
	} {
		if _, err := Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

// FuzzRead: a file that is accepted can be written, read again and used.
func FuzzRead(f *testing.F) {
	l := &Ledger{}
	if _, err := l.Take([]Seen{seen("a", 1, "d1", "m", "c1")}); err != nil {
		f.Fatal(err)
	}
	s, _ := text(l)
	f.Add(s)
	f.Add(`{"lazaret_ledger":1}`)
	f.Fuzz(func(t *testing.T, s string) {
		l, err := Read(strings.NewReader(s))
		if err != nil {
			return
		}
		if _, err := l.Take([]Seen{seen("x", 3, "d1", "m", "c1 c2")}); err != nil {
			t.Fatal(err)
		}
		out, err := text(l)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(strings.NewReader(out)); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}
