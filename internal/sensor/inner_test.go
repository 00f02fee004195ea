package sensor_test

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// carrier is a protocol of lines that offers an entity ("ENT type"), gives it
// content ("+text"), reports a loss ("-"), closes it (".") and hands a message on
// ("msg text").
type carrier struct {
	f proto.Flow
	t proto.Taker
}

func carrierSpec() *proto.Spec {
	return &proto.Spec{
		Name: "carrier", Transports: proto.TCP, Budget: 64,
		Probe: func(_ proto.Dir, b []byte) proto.Match {
			const word = "ENT"
			n := min(len(b), len(word))
			switch {
			case string(b[:n]) != word[:n]:
				return proto.No
			case n < len(word):
				return proto.Maybe
			}
			return proto.Yes
		},
		New: func(f proto.Flow) any { return &carrier{f: f} },
	}
}

func (c *carrier) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	line, _, ok := strings.Cut(string(b), "\n")
	if !ok {
		return proto.Progress{Need: len(b) + 1}, nil
	}
	switch kind, rest := line[:1], line[1:]; {
	case kind == "E":
		c.t = c.f.Offer(&proto.Entity{Dir: d, Type: strings.TrimPrefix(rest, "NT ")})
	case kind == "m":
		// "msg #1 text" goes to a state of its own.
		text, state := strings.TrimPrefix(rest, "sg "), ""
		if strings.HasPrefix(text, "#") {
			state, text, _ = strings.Cut(text, " ")
		}
		c.f.Hand(d, []byte(text), "letter"+state)
	case c.t == nil:
	case kind == "+":
		c.t.Content([]byte(rest))
	case kind == "-":
		c.t.Lost(3)
	case kind == ".":
		c.t.Close(true)
	}
	return proto.Progress{Done: len(line) + 1}, nil
}
func (c *carrier) Gap(proto.Dir, int) bool { return true }
func (c *carrier) End(proto.Dir)           {}

// scribe notes what it is told, as a Reader and as a Datagram.
type scribe struct {
	f    proto.Flow
	name string
}

func scribeSpec(name, wants string) *proto.Spec {
	return &proto.Spec{
		Name: name, Transports: proto.Content | proto.Message, Records: []*event.Schema{noteSchema},
		Wants: func(e *proto.Entity) bool { return strings.Contains(e.Type, wants) },
		New:   func(f proto.Flow) any { return &scribe{f, name} },
	}
}

func (s *scribe) say(format string, args ...any) {
	s.f.Emit(s.f.Now(), &note{s.name + " " + fmt.Sprintf(format, args...)})
}
func (s *scribe) Open(e *proto.Entity) { s.say("open %s", e.Type) }
func (s *scribe) Content(_ *proto.Entity, b []byte) {
	s.say("%s", b)
}
func (s *scribe) Lost(_ *proto.Entity, n int)        { s.say("lost %d", n) }
func (s *scribe) Close(_ *proto.Entity, whole bool)  { s.say("close %v", whole) }
func (s *scribe) Packet(d proto.Dir, b []byte) error { s.say("from %d: %s", d, b); return nil }

// mail is a scribe for messages, whose Close has no argument; it tells how many it had.
type mail struct {
	*scribe
	n int
}

func (m *mail) Packet(d proto.Dir, b []byte) error { m.n++; return m.scribe.Packet(d, b) }
func (m *mail) Close()                             { m.say("end of %d", m.n) }

func mailSpec() *proto.Spec {
	s := scribeSpec("letter", "nothing")
	s.Transports = proto.Message
	s.New = func(f proto.Flow) any { return &mail{&scribe{f, "letter"}, 0} }
	return s
}

func TestContent(t *testing.T) {
	for name, tc := range map[string]struct{ said, want string }{
		"whole":        {">ENT a\n|>+x\n|>.\n", "a open a, a x, a close true"},
		"two readers":  {">ENT ab\n|>+x\n|>.\n", "a open ab, b open ab, a x, b x, a close true, b close true"},
		"unwanted":     {">ENT z\n|>+x\n|>.\n", ""},
		"lost":         {">ENT b\n|>-\n|>.\n", "b open b, b lost 3, b close true"},
		"end not seen": {">ENT b\n|>+x\n", "b open b, b x, b close false"},
		"closed twice": {">ENT b\n|>.\n|>.\n", "b open b, b close true"},
		"message":      {">ENT z\n|>msg hello\n|<ENT z\n|<msg you\n", "letter from 0: hello, letter from 1: you, letter end of 2"},
		"two states":   {">ENT z\n|>msg hello\n|>msg #2 there\n|>msg again\n|>msg #2 too\n|>msg #2 now\n", "letter from 0: hello, letter from 0: there, letter from 0: again, letter from 0: too, letter from 0: now, letter end of 2, letter end of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			talk := talk(strings.Split(tc.said, "|")...)
			records, st := prototest.Run(t, talk.Frames(nil), carrierSpec(), scribeSpec("a", "a"), scribeSpec("b", "b"), mailSpec())
			if got := notes(records); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if want := tc.want != ""; (st.Attached["a"]+st.Attached["b"]+st.Attached["letter"] > 0) != want {
				t.Errorf("attached %v", st.Attached)
			}
		})
	}
}
