package telnet

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// visit is a login: one refused, one granted.
func visit() *prototest.Talk {
	return prototest.Dialogue(23,
		"S: \xff\xfd\x18\xff\xfd\x20\xff\xfb\x01", "C: \xff\xfb\x18\xff\xfc\x20\xff\xfd\x01",
		"S: \xff\xfa\x18\x01\xff\xf0", "C: \xff\xfa\x18\x00XTERM\xff\xf0\xff\xfa\x27\x00USER\x01mueller\xff\xf0",
		"S: \r\nSunOS 5.8\r\n\r\nanalyser login: ", "C: drmueller\r\n", "S: drmueller\r\n", "S: Password: ", "C: s3cr3t-word\r\n", "S: \r\nLogin incorrect\r\nlogin: ",
		"C: drmueller\r\n", "S: drmueller\r\nPassword:", "C: s3cr3t-word\r\n", "S: \r\nLast login: Mon from host\r\nMueller Anna 1960\r\n$ ", "C: cat x\r\n", "S: secret text\r\n")
}

func one(t *testing.T, segs []prototest.Segment) (*prototest.Flow, *Record) {
	t.Helper()
	f := prototest.Feed(&Spec, segs)
	if len(f.Records) != 1 || len(f.Weirds) != 0 {
		t.Fatalf("%d records, weird %v", len(f.Records), f.Weirds)
	}
	return f, f.Records[0].Body.(*Record)
}

func TestLogin(t *testing.T) {
	f, r := one(t, visit().Said)
	if leaks := prototest.Leaks(f.Records, []string{"mueller", "Mueller", "s3cr3t", "1960", "secret"}); len(leaks) > 0 {
		t.Errorf("%v left the parser:\n%s", leaks, f.JSON())
	}
	if r.Banner != "SunOS 5.8" || r.Prompt != "analyser login:" || r.Login != "granted" || r.Refused != 1 || !r.Password || r.Terminal != "XTERM" ||
		!slices.Equal(r.Server, []string{"do ttype", "do tspeed", "will echo"}) || !slices.Equal(r.Client, []string{"will ttype", "wont tspeed", "do echo"}) {
		t.Errorf("%+v", r)
	}
}

func TestOutcomes(t *testing.T) {
	hello := "S: \xff\xfb\x01\xff\xfb\x03"
	if _, r := one(t, prototest.Dialogue(23, hello+"\r\nUser Access Verification\r\n\r\nPassword: ", "C: x\r\n", "S: \r\nRouter>", "C: enable\r\n").Said); r.Login != "granted" ||
		r.Prompt != "Password:" || r.Banner != "User Access Verification" {
		t.Errorf("a router: %+v", r)
	}
	if _, r := one(t, prototest.Dialogue(23, hello+"Patient: Mueller, Anna\r\nWard 3\r\n", "C: q\r\n").Said); r.Banner != "" || r.Prompt != "" || r.Login != "" {
		t.Errorf("a screen without a prompt: %+v", r)
	}
	if _, r := one(t, prototest.Dialogue(23, hello+"Patient: Mueller, Anna\r\nWard 3\r\nMueller^Anna user:").Said); r.Banner != "" || r.Prompt != "" {
		t.Errorf("a prompt on a screen about a patient: %+v", r)
	}
	if _, r := one(t, prototest.Dialogue(23, hello+"login: "+strings.Repeat("x", maxShown)).Said); r.Prompt != "login:" || r.Login != "" {
		t.Errorf("much text: %+v", r)
	}
	f, r := one(t, prototest.Dialogue(23, "S: \xff\xfd\x26\xff\xfb\x26", "C: \xff\xfd\x26\xff\xfb\x26", "S: \xff\xfa\x26\x03\x00\xff\xf0login: ").Said)
	if !r.Sealed || r.Prompt != "" || len(f.Blinds) != 1 {
		t.Errorf("encrypted: %+v %v", r, f.Blinds)
	}
	many := ""
	for i := range 45 {
		many += "\xff\xfb" + string([]byte{byte(i)})
	}
	if _, r := one(t, prototest.Dialogue(23, "S: "+many).Said); len(r.Server) != maxOptions {
		t.Errorf("%d options", len(r.Server))
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"": proto.Maybe, "\xff": proto.Maybe, "\xff\xfb": proto.Maybe, "\xff\xfb\x01": proto.Maybe, "\xff\xfb\x01\xff\xfd\x18": proto.Yes,
		"\xff\xfd\x18\xff\xfa\x18": proto.Yes, "\xff\xfa\x18\x01": proto.No, "\xff\xfb\x90\x64": proto.No, "\xff\xff\xff": proto.No, "\xff\xd8\xff\xe0": proto.No,
		"\xff\xfb\x01\r\nlogin: ": proto.Yes, "\xff\xfb\x01\x02\x03": proto.No, "login: ": proto.No, "GET / HTTP/1.1": proto.No, "\xff\xf1\x00": proto.No,
	} {
		if got := probe(proto.Resp, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestSpoken(t *testing.T) { prototest.Spoken(t, &Spec, visit()) }
func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "remote") }
func TestStream(t *testing.T) { prototest.Stream(t, &Spec, "remote") }

func FuzzConversation(f *testing.F) { prototest.FuzzStream(f, &Spec, "remote") }

// A conversation whose beginning is missing may have its sides the wrong way round.
func TestReversed(t *testing.T) {
	segs := []prototest.Segment{
		{Dir: proto.Orig, Data: []byte("\xff\xfd\x18\xff\xfd\x1f")},
		{Dir: proto.Resp, Data: []byte("\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x18\x00VT100\xff\xf0")},
		{Dir: proto.Orig, Data: []byte("host login: ")},
	}
	if _, r := one(t, segs); !r.Reversed || r.Prompt != "host login:" || r.Terminal != "VT100" || !slices.Equal(r.Server, []string{"do ttype", "do naws"}) {
		t.Errorf("%+v", r)
	}
}
