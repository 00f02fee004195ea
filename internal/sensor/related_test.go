package sensor_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
)

// porter is a protocol of lines that opens inner streams ("POR open n"), writes to
// one ("n text"), tells of a loss in it ("n -"), closes it ("n ."), announces port p
// ("expect p"), counts in what the shard shares ("count") and stores a file's pieces
// ("file off text", "close").
type porter struct {
	f      proto.Flow
	open   map[string]proto.Channel
	pieces proto.Pieces
}

type tally struct{ n int }

func porterSpec() *proto.Spec {
	s := carrierSpec()
	s.Name = "porter"
	s.Probe = func(_ proto.Dir, b []byte) proto.Match {
		if strings.HasPrefix("POR", string(b[:min(len(b), 3)])) {
			return map[bool]proto.Match{true: proto.Yes, false: proto.Maybe}[len(b) >= 3]
		}
		return proto.No
	}
	s.NewShared = func() any { return &tally{} }
	s.Records = []*event.Schema{noteSchema}
	s.New = func(f proto.Flow) any { return &porter{f: f, open: map[string]proto.Channel{}} }
	return s
}

func (p *porter) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	line, _, ok := strings.Cut(string(b), "\n")
	if !ok {
		return proto.Progress{Need: len(b) + 1}, nil
	}
	word, rest, _ := strings.Cut(strings.TrimPrefix(line, "POR "), " ")
	switch {
	case word == "open":
		p.open[rest] = p.f.Channel("inner", proto.About{Name: rest})
	case word == "expect":
		port, _ := strconv.Atoi(rest)
		p.f.Expect(proto.Expectation{At: netid.Endpoint{IP: p.f.Conn().Resp.IP, Port: uint16(port)}, Name: "expected",
			About: proto.About{Verb: "port " + rest}, Keep: port == 7777})
	case word == "count":
		t := p.f.Shared().(*tally)
		t.n++
		p.f.Emit(p.f.Now(), &note{fmt.Sprint("counted ", t.n)})
	case word == "file":
		if p.pieces == nil {
			p.pieces = p.f.Store(&proto.File{Source: "TEST", Key: "k", Size: -1})
		}
		if p.pieces == nil {
			break
		}
		off, text, _ := strings.Cut(rest, " ")
		n, _ := strconv.ParseInt(off, 10, 64)
		p.pieces.At(n, []byte(text))
	case word == "close":
		p.pieces.Close(true)
	case rest == "-":
		p.open[word].Lost(d, 2)
	case rest == ".":
		p.open[word].Close()
	default:
		p.open[word].Write(d, []byte(rest+"\n"))
	}
	return proto.Progress{Done: len(line) + 1}, nil
}
func (p *porter) Gap(proto.Dir, int) bool { return true }
func (p *porter) End(proto.Dir)           {}

// named is echo with what is known of its conversation before each note.
func named(name string) *proto.Spec {
	s := echoSpec(name, "INN")
	s.New = func(f proto.Flow) any { return &echo{f, name + " " + f.About().Name + f.About().Verb} }
	return s
}

func TestChannels(t *testing.T) {
	talk := talk(">POR open a\n", ">open b\n", ">a INN one\n", ">b INN two\n", "<a INN three\n", ">a -\n", ">a INN four\n", ">a .\n", ">a INN late\n")
	records, _ := prototest.Run(t, talk.Frames(nil), porterSpec(), named("inner"))
	want := "inner a INN one, inner b INN two, inner a INN three, inner a gap 0 2, inner a INN four, inner a end 0, inner a end 1, inner b end 0, inner b end 1"
	if got := notes(records); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTooManyChannels(t *testing.T) {
	said := []string{">POR count\n"}
	for i := range 300 {
		said = append(said, fmt.Sprintf(">open c%d\n", i))
	}
	_, st := prototest.Run(t, talk(said...).Frames(nil), porterSpec(), named("inner"))
	if st.InnerShed != 300-256 {
		t.Errorf("%d streams shed", st.InnerShed)
	}
}

// later is a conversation with the responder's port, after the first one.
func later(first []capture.Frame, port uint16, said string) []capture.Frame {
	c := talk(said)
	c.Orig.Port, c.Resp.Port = c.Orig.Port+port, port
	list := c.Frames(nil)
	for i := range list {
		list[i].Index += uint64(len(first))
		list[i].Time += first[len(first)-1].Time - list[0].Time + 1000
	}
	return append(first, list...)
}

func TestExpect(t *testing.T) {
	list := talk(">POR expect 7777\n", ">expect 8888\n").Frames(nil)
	for _, port := range []uint16{7777, 7777, 8888, 8888, 9999} {
		list = later(list, port, ">hello\n")
	}
	spec := named("expected")
	spec.Probe, spec.Ports = nil, nil
	records, _ := prototest.Run(t, list, porterSpec(), spec)
	got := strings.Split(notes(records), ", ")
	got = slices.DeleteFunc(got, func(s string) bool { return strings.Contains(s, "end") })
	want := []string{"expected port 7777 hello", "expected port 7777 hello", "expected port 8888 hello"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestShared(t *testing.T) {
	list := later(talk(">POR count\n").Frames(nil), 9000, ">POR count\n")
	records, _ := prototest.Run(t, list, porterSpec())
	if got := notes(records); got != "counted 1, counted 2" {
		t.Error(got)
	}
}

// shelf notes what it is given.
type shelf struct{ k proto.Keeping }
type shelved struct {
	k    proto.Keeping
	conn *event.Conn
}

func (s *shelf) Open(f proto.Flow, file *proto.File) proto.Pieces {
	if s.k.Head == 0 || file.Size != -1 {
		return nil
	}
	return &shelved{s.k, f.Conn()}
}
func (s *shelf) Advance(event.Time) {}
func (s *shelf) Flush()             { s.k.Emit(1, nil, &note{"flush"}) }

func (s *shelved) At(off int64, b []byte) {
	s.k.Emit(1, s.conn, &note{fmt.Sprint(off, " ", string(b))})
}
func (s *shelved) Missing(int64, int64) {}
func (s *shelved) Refused(int64, int64) {}
func (s *shelved) Sized(int64)          {}
func (s *shelved) Close(whole bool)     { s.k.Emit(1, s.conn, &note{fmt.Sprint("close ", whole)}) }

func TestStore(t *testing.T) {
	keeper := &proto.Spec{Name: "shelf", Transports: proto.Files, Records: []*event.Schema{noteSchema},
		NewKeeper: func(k proto.Keeping) proto.Keeper { return &shelf{k} }}
	for name, tc := range map[string]struct{ said, want string }{
		"in pieces": {">POR file 5 world\n|>file 0 hello\n|>close\n|>file 9 late\n", "5 world, 0 hello, close true"},
	} {
		t.Run(name, func(t *testing.T) {
			records, _ := prototest.Run(t, talk(strings.Split(tc.said, "|")...).Frames(nil), porterSpec(), keeper)
			var got []string
			for _, n := range strings.Split(notes(records), ", ") {
				if n != "flush" {
					got = append(got, n)
				}
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if n := strings.Count(notes(records), "flush"); n != 32 {
				t.Errorf("%d shards flushed", n)
			}
		})
	}
}

func TestFilesNotFollowed(t *testing.T) {
	keeper := &proto.Spec{Name: "shelf", Transports: proto.Files, Records: []*event.Schema{noteSchema},
		NewKeeper: func(k proto.Keeping) proto.Keeper { return &shelf{k} }}
	for _, follow := range []bool{true, false} {
		cfg := sensor.DefaultConfig()
		cfg.Files.Follow = follow
		n := 0
		opt := sensor.Options{Specs: []*proto.Spec{porterSpec(), keeper}, Key: make([]byte, 16), Emit: func(r event.Record) {
			if _, ok := r.Body.(*note); ok {
				n++
			}
		}}
		if _, err := sensor.Run(cfg, prototest.Source(talk(">POR file 0 hello\n").Frames(nil)), opt); err != nil {
			t.Fatal(err)
		}
		if (n > 0) != follow {
			t.Errorf("follow %v: %d notes", follow, n)
		}
	}
}
