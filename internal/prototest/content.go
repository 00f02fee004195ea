package prototest

import (
	"strings"

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
