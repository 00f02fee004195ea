package sensor_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/proto"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
)

const lab = "../../testdata/lab"

// note is the record of the test's own protocol.
type note struct {
	Text string `log:"text" doc:"what was said"`
}

var noteSchema = event.NewSchema[note]("note", "test")

func (*note) Schema() *event.Schema { return noteSchema }

// echo is a protocol of lines that begin with a given word. It hands what comes
// after "in:" to the dispatcher and fails on request.
type echo struct {
	f    proto.Flow
	word string
}

func echoSpec(name, word string, ports ...uint16) *proto.Spec {
	return &proto.Spec{
		Name: name, Transports: proto.TCP | proto.Inner, Ports: ports, Budget: 64, Records: []*event.Schema{noteSchema},
		Probe: func(_ proto.Dir, b []byte) proto.Match {
			n := min(len(b), len(word))
			switch {
			case string(b[:n]) != word[:n]:
				return proto.No
			case n < len(word):
				return proto.Maybe
			}
			return proto.Yes
		},
		New: func(f proto.Flow) any { return &echo{f, name} },
	}
}

func (e *echo) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	i := strings.IndexByte(string(b), '\n')
	if i < 0 {
		return proto.Progress{Need: len(b) + 1}, nil
	}
	line := string(b[:i])
	switch {
	case strings.Contains(line, "panic"):
		panic("on request")
	case strings.Contains(line, "error"):
		return proto.Progress{}, &proto.Error{Code: "on_request", Offset: i}
	case strings.Contains(line, "in:"):
		_, rest, _ := strings.Cut(line, "in:")
		e.f.Hand(d, []byte(rest+"\n"), "inner")
	default:
		e.f.Emit(e.f.Now(), &note{e.word + " " + line})
	}
	return proto.Progress{Done: i + 1}, nil
}
func (e *echo) Gap(d proto.Dir, n int) bool {
	e.f.Emit(e.f.Now(), &note{fmt.Sprintf("%s gap %d %d", e.word, d, n)})
	return true
}
func (e *echo) End(d proto.Dir) { e.f.Emit(e.f.Now(), &note{fmt.Sprintf("%s end %d", e.word, d)}) }

func talk(said ...string) *prototest.Talk {
	f := prototest.NewFlow()
	c := &prototest.Talk{Orig: f.ID.Orig, Resp: f.ID.Resp}
	for _, s := range said {
		d := proto.Orig
		if s[0] == '<' {
			d = proto.Resp
		}
		c.Said = append(c.Said, prototest.Segment{Dir: d, Data: []byte(s[1:])})
	}
	return c
}

func notes(records []event.Record) string {
	var out []string
	for _, r := range records {
		if n, ok := r.Body.(*note); ok {
			out = append(out, n.Text)
		}
	}
	return strings.Join(out, ", ")
}

func TestDispatch(t *testing.T) {
	outer, inner := echoSpec("outer", "OUT", 7), echoSpec("inner", "INN")
	for name, tc := range map[string]struct {
		said []string
		want string
	}{
		"recognised by content":         {[]string{">OUT a\n"}, "outer OUT a, outer end 0, outer end 1"},
		"recognised from the responder": {[]string{"<OUT b\n"}, "outer OUT b, outer end 0, outer end 1"},
		"not yet":                       {[]string{">O", ">U", ">T c\n"}, "outer OUT c, outer end 0, outer end 1"},
		"both directions in order":      {[]string{"<hello\n", ">OUT d\n", "<e\n"}, "outer gap 1 6, outer OUT d, outer e, outer end 0, outer end 1"},
		"undecided bytes are kept":      {[]string{"<OU", ">OUT f\n", "<T g\n"}, "outer OUT f, outer OUT g, outer end 0, outer end 1"},
		"not recognised":                {[]string{">XYZ\n", "<ABC\n"}, ""},
		"inner protocol":                {[]string{">OUT in:INN x\n"}, "inner INN x, outer end 0, inner end 0, outer end 1, inner end 1"},
		"inner in pieces":               {[]string{">OUT in:IN\n", ">in:N y\n"}, "outer end 0, outer end 1"},
	} {
		t.Run(name, func(t *testing.T) {
			records, st := prototest.Run(t, talk(tc.said...).Frames(nil), inner, outer)
			if got := notes(records); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if tc.want == "" && st.Unknown != 1 {
				t.Errorf("%d unknown conversations, want 1", st.Unknown)
			}
		})
	}
}

// A port orders the probes: of two protocols that both say yes, the one whose
// port it is wins, whatever their order.
func TestPortOrders(t *testing.T) {
	a, b := echoSpec("a", "SAME"), echoSpec("b", "SAME", 104)
	records, _ := prototest.Run(t, talk(">SAME x\n").Frames(nil), a, b)
	if got := notes(records); !strings.HasPrefix(got, "b SAME x") {
		t.Errorf("got %s", got)
	}
}

func TestBrokenAnalyzer(t *testing.T) {
	spec := echoSpec("outer", "OUT")
	records, st := prototest.Run(t, talk(">OUT a\n", ">OUT error\n", ">OUT b\n").Frames(nil), spec)
	if got := notes(records); got != "outer OUT a, outer end 0, outer end 1" {
		t.Errorf("got %s", got)
	}
	if st.Weirds["outer/on_request"] != 1 || st.Detached["outer"] != 1 {
		t.Errorf("weirds %v, detached %v", st.Weirds, st.Detached)
	}
}

// A panic detaches the analyzer, is counted with its stack, and neither the
// conversation nor any other is lost.
func TestPanicIsContained(t *testing.T) {
	bad := talk(">OUT a\n", ">OUT panic\n", ">OUT b\n")
	good := talk(">OUT c\n")
	good.Orig.Port++
	list := append(bad.Frames(nil), good.Frames(nil)...)
	for i := range list {
		list[i].Index = uint64(i + 1)
	}
	records, st := run(t, list, sensor.DefaultConfig(), echoSpec("outer", "OUT"))
	if got := notes(records); got != "outer OUT a, outer OUT c, outer end 0, outer end 1" {
		t.Errorf("got %s", got)
	}
	if st.Panics != 1 || !strings.Contains(st.Stack, "Parse") || st.Records["conn"] != 2 {
		t.Errorf("panics %d, conversations %d, stack %q", st.Panics, st.Records["conn"], st.Stack)
	}
}

type source struct{ list []capture.Frame }

func (s *source) Next() (*capture.Batch, error) {
	if len(s.list) == 0 {
		return nil, io.EOF
	}
	n := min(len(s.list), capture.BatchSize)
	b := &capture.Batch{Frames: s.list[:n:n]}
	s.list = s.list[n:]
	return b, nil
}

func run(t *testing.T, list []capture.Frame, cfg sensor.Config, specs ...*proto.Spec) ([]event.Record, *sensor.Stats) {
	t.Helper()
	var out []event.Record
	st, err := sensor.Run(cfg, &source{list}, sensor.Options{
		Specs: specs, Key: prototest.Key, Emit: func(r event.Record) { out = append(out, r) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, st
}

// The records must be the same bytes for any number of workers, also when the
// budgets are so small that everything is shed.
func TestWorkersAgree(t *testing.T) {
	small := sensor.DefaultConfig()
	small.Flow.Max, small.Stream.Memory, small.Stream.Held = 1024, 1<<20, 4<<10
	for name, cfg := range map[string]sensor.Config{"default": sensor.DefaultConfig(), "small": small} {
		for _, file := range []string{"hospital", "dicom-many", "dhcp-dns"} {
			list := prototest.Load(t, filepath.Join(lab, file+".pcap.zst"))
			var first string
			for _, n := range []int{1, 2, 3, sensor.Shards} {
				cfg.Workers = n
				records, _ := run(t, slices.Clone(list), cfg, protocols.Specs...)
				var b strings.Builder
				for i := range records {
					fmt.Fprintf(&b, "%s %d %s\n", records[i].Body.Schema().Name, records[i].Index, records[i].AppendJSON(nil))
				}
				switch {
				case first == "":
					first = b.String()
				case first != b.String():
					t.Errorf("%s, %s: %d workers give other records than 1", name, file, n)
				}
			}
		}
	}
}

// A storm of lone SYNs stays within flow.max, and every conversation has its
// record.
func TestStorm(t *testing.T) {
	cfg := sensor.DefaultConfig()
	cfg.Flow.Max = 32 * 64
	var list []capture.Frame
	r := rand.New(rand.NewPCG(9, 9))
	const n = 20000
	for i := range n {
		c := talk(">x")
		c.Orig.Port = uint16(1024 + i%60000)
		c.Orig.IP[15], c.Orig.IP[14] = byte(r.IntN(250)), byte(i/60000)
		f := c.Frames(nil)[0]
		f.Index = uint64(i + 1)
		f.Time += event.Time(i)
		list = append(list, f)
	}
	records, st := run(t, list, cfg)
	conns := 0
	for _, rec := range records {
		if _, ok := rec.Body.(*flow.Record); ok {
			conns++
		}
	}
	if uint64(conns) != st.Flows || conns < n*9/10 || st.PeakOpen > cfg.Flow.Max || st.FlowShed == 0 {
		t.Errorf("%d records, %d flows, %d open at most, %d shed", conns, st.Flows, st.PeakOpen, st.FlowShed)
	}
}

func TestConfigSaysAll(t *testing.T) {
	var c sensor.Config
	err := c.Validate()
	if err == nil {
		t.Fatal("an empty configuration was accepted")
	}
	for _, key := range []string{"sensor.queue", "flow.max", "flow.attempt", "stream.memory", "decode"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("%q is not named in: %v", key, err)
		}
	}
}
