package prototest

import (
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
