package prototest

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Message is an entity with its content, for Carry.
type Message struct {
	proto.Entity
	Fields map[string]string // header fields by their names in lower case
	Body   string
	LostAt int  // from this offset on, if positive, LostLen bytes of Body are lost
	Lost   int  // that many
	Torn   bool // its end is not seen
}

// Carry gives messages to a new reader of the spec, as HTTP would, their contents in
// pieces of step bytes, and ends the conversation. Entities that it does not want are
// left out. It panics if a Flow's promise is broken, so that a test or fuzz run fails.
func Carry(spec *proto.Spec, msgs []Message, step int) *Flow {
	f := NewFlow()
	r := spec.New(f).(proto.Reader)
	for i := range msgs {
		m := msgs[i]
		f.Time += 1_000_000
		e := &m.Entity
		if e.Length == 0 {
			e.Length = int64(len(m.Body))
		}
		open := true
		e.Field = func(name string) string {
			if !open {
				panic(spec.Name + ": Field was called behind Open")
			}
			return m.Fields[strings.ToLower(name)]
		}
		if !spec.Wants(e) {
			continue
		}
		r.Open(e)
		open = false
		m.carry(r, e, step)
		r.Close(e, !m.Torn)
	}
	if end, ok := r.(proto.Finisher); ok {
		end.Finish()
	}
	return f
}

// carry gives the content, each piece in memory that is overwritten afterwards.
func (m *Message) carry(r proto.Reader, e *proto.Entity, step int) {
	give := func(s string) {
		for s != "" {
			n := min(step, len(s))
			b := []byte(s[:n])
			r.Content(e, b)
			clear(b)
			s = s[n:]
		}
	}
	if m.LostAt <= 0 || m.LostAt > len(m.Body) {
		give(m.Body)
		return
	}
	give(m.Body[:m.LostAt])
	r.Lost(e, m.Lost)
	give(m.Body[min(m.LostAt+m.Lost, len(m.Body)):])
}

// CarrySays holds that a conversation gives one record with all of these parts in its
// JSON, none if there are no parts, and no anomaly.
func CarrySays(t *testing.T, what string, f *Flow, want []string) {
	t.Helper()
	if (len(f.Records) != 0) != (want != nil) || len(f.Records) > 1 {
		t.Errorf("%s: %d records: %s", what, len(f.Records), f.JSON())
	}
	for _, w := range want {
		if !strings.Contains(f.JSON(), w) {
			t.Errorf("%s: %s is not in %s", what, w, f.JSON())
		}
	}
	if len(f.Weirds) > 0 {
		t.Errorf("%s: weirds %v", what, f.Weirds)
	}
}

// CarryPieces holds that what comes of conversations does not depend on how their
// content was cut.
func CarryPieces(t *testing.T, spec *proto.Spec, all map[string][]Message) {
	t.Helper()
	for name, said := range all {
		for _, step := range []int{1, 2, 3, 7, 100, 130, 133, 1460} {
			carrySame(t, name, spec, said, step)
		}
	}
}

// CarryFuzz is the body of a fuzz target: one conversation whole, in pieces, and with
// a loss in its first message while the end of the second is missing.
func CarryFuzz(t *testing.T, spec *proto.Spec, said []Message, cut uint16) {
	t.Helper()
	carrySame(t, "fuzz", spec, said, 1+int(cut)%2000)
	said[0].LostAt, said[0].Lost, said[1].Torn = 1+int(cut)%500, 3, true
	Carry(spec, said, 64)
}

func carrySame(t *testing.T, what string, spec *proto.Spec, said []Message, step int) {
	t.Helper()
	want, got := Carry(spec, said, 1<<20), Carry(spec, said, step)
	if got.JSON() != want.JSON() || !slices.Equal(got.Weirds, want.Weirds) {
		t.Errorf("%s in pieces of %d:\n got %s %v\nwant %s %v", what, step, got.JSON(), got.Weirds, want.JSON(), want.Weirds)
	}
}

// CarryCanaries looks for words in everything that comes of conversations, whole, in
// pieces, with losses and with damage.
func CarryCanaries(t *testing.T, spec *proto.Spec, all map[string][]Message, words []string) {
	t.Helper()
	check := func(what string, f *Flow) {
		if leaks := Leaks(f.Records, words); len(leaks) > 0 {
			t.Fatalf("%s: %v in %s", what, leaks, f.JSON())
		}
		for _, w := range words {
			if strings.Contains(strings.Join(f.Weirds, " "), w) {
				t.Fatalf("%s: %s in %v", what, w, f.Weirds)
			}
		}
	}
	for name, said := range all {
		check(name, Carry(spec, said, 11))
		for k := range said {
			body := said[k].Body
			for at := 1; at < len(body); at += 1 + len(body)/80 {
				bad := slices.Clone(said)
				bad[k].LostAt, bad[k].Lost = at, 5
				check(fmt.Sprintf("%s, 5 bytes lost at %d of %d", name, at, k), Carry(spec, bad, 100))
				b := []byte(body)
				b[at] ^= 0x41
				bad[k].LostAt, bad[k].Body = 0, string(b)
				check(fmt.Sprintf("%s, byte %d of %d", name, at, k), Carry(spec, bad, 100))
			}
		}
	}
}

// CarryBounded asks one thing n times without an answer: all are told, and that there
// were too many is one anomaly.
func CarryBounded(t *testing.T, spec *proto.Spec, ask Message, n int, weird string) {
	t.Helper()
	said := slices.Repeat([]Message{ask}, n)
	for i := range said {
		said[i].Seq = i + 1
	}
	if f := Carry(spec, said, 100); len(f.Records) != n || !slices.Equal(f.Weirds, []string{weird}) {
		t.Errorf("%d records of %d requests, weirds %v", len(f.Records), n, f.Weirds)
	}
}

// CarryYield holds that memory, of least bytes or more, comes back when nothing is
// under way, and that what comes afterwards is understood all the same.
func CarryYield(t *testing.T, spec *proto.Spec, said []Message, least, records int) {
	t.Helper()
	f := NewFlow()
	a := spec.New(f).(interface {
		proto.Reader
		proto.Holder
		proto.Finisher
	})
	for i := range said {
		e := said[i].Entity
		e.Length, e.Field = int64(len(said[i].Body)), func(string) string { return "" }
		a.Open(&e)
		a.Content(&e, []byte(said[i].Body))
		a.Close(&e, true)
		full := a.Held()
		a.Yield()
		if now := a.Held(); now >= full || full < least {
			t.Errorf("%d bytes held before, %d after", full, now)
		}
	}
	a.Finish()
	if len(f.Records) != records {
		t.Errorf("%d records: %s", len(f.Records), f.JSON())
	}
}

// CarriedCuts is Stream for a protocol whose bytes another one, the carrier, hands
// over: the conversations of a lab capture, at least least of them, give the same
// records in pieces of several sizes.
func CarriedCuts(t *testing.T, spec, carrier *proto.Spec, name string, least int) {
	t.Helper()
	cut := 0
	for _, c := range Talks(t, Load(t, filepath.Join(Lab, name+".pcap.zst"))) {
		records, _ := Run(t, c.Frames(nil), carrier, spec)
		want := JSON(records, spec)
		if want == "" {
			continue
		}
		cut++
		for _, sizes := range [][]int{{1}, {7}, {3, 100, 1}, {536}} {
			records, _ := Run(t, c.Frames(sizes), carrier, spec)
			if got := JSON(records, spec); Still(got) != Still(want) {
				t.Errorf("in pieces of %v:\n got %s\nwant %s", sizes, got, want)
			}
		}
	}
	if cut < least {
		t.Errorf("%d conversations", cut)
	}
}

// CarriedLeaks looks for words in the records of a protocol that another one, the
// carrier, hands over, in a lab capture.
func CarriedLeaks(t *testing.T, spec, carrier *proto.Spec, name string, words []string) {
	t.Helper()
	records, _ := Run(t, Load(t, filepath.Join(Lab, name+".pcap.zst")), carrier, spec)
	mine := slices.DeleteFunc(records, func(r event.Record) bool { return !slices.Contains(spec.Records, r.Body.Schema()) })
	if leaks := Leaks(mine, words); len(mine) == 0 || len(leaks) > 0 {
		t.Errorf("%d records, leaks %v", len(mine), leaks)
	}
}
