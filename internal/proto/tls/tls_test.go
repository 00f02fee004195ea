package tls

import (
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func record(typ byte, body string) string {
	return string([]byte{typ, 3, 3, byte(len(body) >> 8), byte(len(body))}) + body
}

func hello(kind byte) string {
	body := "\x03\x03" + strings.Repeat("r", 32) + "\x00"
	if kind == 2 {
		body += "\xc0\x2f\x00"
	} else {
		body += "\x00\x02\xc0\x2f\x01\x00"
	}
	return record(handshake, string([]byte{kind, 0, 0, byte(len(body))})+body)
}

func TestProbe(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want proto.Match
	}{
		"client hello":   {hello(1), proto.Yes},
		"server hello":   {hello(2), proto.Yes},
		"first byte":     {hello(1)[:1], proto.Maybe},
		"eight bytes":    {hello(1)[:8], proto.Maybe},
		"certificate":    {hello(11), proto.No},
		"version 9":      {"\x16\x09\x01\x00\x40\x01\x00\x00\x3c", proto.No},
		"empty record":   {"\x16\x03\x01\x00\x00\x01\x00\x00\x3c", proto.No},
		"huge record":    {"\x16\x03\x01\xff\xff\x01\x00\x00\x3c", proto.No},
		"http":           {"GET / HTTP/1.1\r\n", proto.No},
		"dicom":          {"\x01\x00\x00\x00\x00\xcd\x00\x01\x00\x00", proto.No},
		"application":    {record(appData, "xxxxxxxx"), proto.No},
		"nothing so far": {"", proto.Maybe},
	} {
		if got := probe(proto.Orig, []byte(tc.in)); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestBlind(t *testing.T) {
	say := func(d proto.Dir, s string) prototest.Segment { return prototest.Segment{Dir: d, Data: []byte(s)} }
	both := []prototest.Segment{say(0, hello(1)), say(1, hello(2)), say(0, record(appData, "secret")), say(1, record(appData, "answer"))}
	for name, tc := range map[string]struct {
		segs   []prototest.Segment
		blinds int
		weird  string
	}{
		"both sides":        {both, 1, ""},
		"byte by byte":      {prototest.Recut(both, []int{1}), 1, ""},
		"handshake only":    {both[:2], 0, ""},
		"one side's data":   {both[:3], 1, ""},
		"turns into noise":  {append(both[:2:2], say(0, "GET / HTTP/1.1")), 0, "error:bad_record"},
		"more data, counts": {append(both, both[2], both[3]), 1, ""},
	} {
		f := prototest.Feed(&Spec, tc.segs)
		if len(f.Blinds) != tc.blinds || strings.Join(f.Weirds, " ") != tc.weird {
			t.Errorf("%s: blind %v, weird %v", name, f.Blinds, f.Weirds)
		}
	}
}

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "dicom-tls", "tls") }

// portless hides the port, which is one of the signs of DICOM inside, so that the
// checks on a strange port compare the rest.
type portless struct{ proto.Flow }

func (f portless) Conn() *event.Conn {
	c := *f.Flow.Conn()
	c.Resp.Port = 0
	return &c
}

func TestStream(t *testing.T) {
	spec := Spec
	spec.New = func(f proto.Flow) any { return newAnalyzer(portless{f}) }
	prototest.Stream(t, &spec, "dicom-tls")
	prototest.Counted(t, &spec, "dicom-tls")
}

func FuzzParse(f *testing.F) { prototest.FuzzStream(f, &Spec, "dicom-tls") }

// TestDICOM holds that each conversation of DICOM over TLS in the lab is told, and
// nothing else is taken for it.
func TestDICOM(t *testing.T) {
	for name, want := range map[string]uint64{"dicom-tls": 3, "tls": 2, "hospital": 1, "web": 0, "windows": 0, "remote": 0, "database": 0} {
		_, st := prototest.Run(t, prototest.Load(t, filepath.Join(prototest.Lab, name+".pcap.zst")), &Spec)
		if got := uint64(st.Blind["dicom_tls"]); got != want {
			t.Errorf("%s: %d conversations counted as DICOM over TLS, want %d", name, got, want)
		}
	}
}
