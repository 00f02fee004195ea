package rfb

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

const init24 = "\x05\x00\x03\x20" + "\x20\x18\x00\x01\x00\xff\x00\xff\x00\xff\x10\x08\x00\x00\x00\x00"

// visit is a session with a password, version 3.8.
func visit() *prototest.Talk {
	return prototest.Dialogue(5900,
		"S: RFB 003.008\n", "C: RFB 003.008\n", "S: \x02\x02\x10", "C: \x02",
		"S: 0123456789abcdef", "C: fedcba9876543210", "S: \x00\x00\x00\x00", "C: \x01",
		"S: "+init24+"\x00\x00\x00\x07CT room", "C: \x00\x00\x00\x00", "S: \x00\x00\x00\x01")
}

func one(t *testing.T, said ...string) (*prototest.Flow, *Record) {
	t.Helper()
	f := prototest.Feed(&Spec, prototest.Dialogue(5900, said...).Said)
	if len(f.Records) != 1 {
		t.Fatalf("%d records, weird %v", len(f.Records), f.Weirds)
	}
	return f, f.Records[0].Body.(*Record)
}

func TestPassword(t *testing.T) {
	f := prototest.Feed(&Spec, visit().Said)
	r := f.Records[0].Body.(*Record)
	if r.ServerMinor != "008" || r.ClientMajor != "003" || r.Method != "VNC" || r.Auth != event.B(true) || r.Share != event.B(true) ||
		r.Desktop != "CT room" || r.Width != event.N(1280) || r.Height != event.N(800) || !slices.Equal(r.Offered, []string{"VNC", "Tight"}) {
		t.Errorf("%+v", r)
	}
	if leaks := prototest.Leaks(f.Records, []string{"0123", "fedc"}); len(leaks) > 0 {
		t.Error(leaks)
	}
}

func TestKinds(t *testing.T) {
	if _, r := one(t, "S: RFB 003.003\n", "C: RFB 003.003\n", "S: \x00\x00\x00\x01", "C: \x00", "S: "+init24+"\x00\x00\x00\x00"); r.Method != "None" || r.Auth != event.B(true) || r.Share != event.B(false) || !r.Width.OK {
		t.Errorf("3.3 %+v", r)
	}
	if _, r := one(t, "S: RFB 003.008\n", "C: RFB 003.007\n", "S: \x01\x01", "C: \x01", "C: \x00", "S: "+init24+"\x00\x00\x00\x00"); r.Method != "None" || !r.Width.OK {
		t.Errorf("3.7 %+v", r)
	}
	if _, r := one(t, "S: RFB 003.008\n", "C: RFB 003.008\n", "S: \x00\x00\x00\x00\x03bad"); r.Method != "" || r.Auth.OK {
		t.Errorf("refused %+v", r)
	}
	if _, r := one(t, "S: RFB 003.008\n", "C: RFB 003.008\n", "S: \x01\x02", "C: \x02", "S: 0123456789abcdef", "C: 0123456789abcdef", "S: \x00\x00\x00\x01\x00\x00\x00\x02no"); r.Auth != event.B(false) {
		t.Errorf("failed %+v", r)
	}
	keys := strings.Repeat("k", 16)
	if _, r := one(t, "S: RFB 003.889\n", "C: RFB 003.889\n", "S: \x01\x1e", "C: \x1e", "S: \x00\x02\x00\x08"+keys, "C: "+strings.Repeat("c", 136), "S: \x00\x00\x00\x00", "C: \x01",
		"S: "+init24+"\x00\x00\x00\x04vmac"); r.Method != "Apple Remote Desktop" || r.Desktop != "vmac" {
		t.Errorf("apple %+v", r)
	}
	if _, r := one(t, "S: RFB 003.008\n", "C: RFB 003.008\n", "S: \x01\x10", "C: \x10", "S: \x00\x00\x00\x00\x00\x00\x00\x01STDVVNCAUTH_0123", "C: \x00\x00\x00\x02",
		"S: 0123456789abcdef", "C: 0123456789abcdef", "S: \x00\x00\x00\x00", "C: \x00", "S: "+init24+"\x00\x00\x00\x01x"); r.Method != "Tight" || r.Desktop != "x" {
		t.Errorf("tight %+v", r)
	}
	if f, r := one(t, "S: RFB 003.008\n", "C: RFB 003.008\n", "S: \x01\x05", "C: \x05", "S: secret"); r.Method != "RealVNC" || len(f.Blinds) != 1 {
		t.Errorf("blind %+v %v", r, f.Blinds)
	}
}

func TestTLS(t *testing.T) {
	f, r := one(t, "S: RFB 003.008\n", "C: RFB 003.008\n", "S: \x01\x13", "C: \x13", "S: \x00\x02", "C: \x00\x02", "S: \x00\x01\x00\x00\x01\x02", "C: \x00\x00\x01\x02",
		"S: \x01", "C: \x16\x03\x01", "S: \x16\x03\x03")
	if r.Method != "VeNCrypt" || len(f.Handed) != 2 || string(f.Handed[1].Data) != "\x16\x03\x03" {
		t.Errorf("%+v %v", r, f.Handed)
	}
	f, r = one(t, "S: RFB 003.008\n", "C: RFB 003.008\n", "S: \x01\x13", "C: \x13", "S: \x00\x02", "C: \x00\x02", "S: \x00\x01\x00\x00\x01\x00", "C: \x00\x00\x01\x00",
		"C: \x00\x00\x00\x03\x00\x00\x00\x06bobsecret", "S: \x00\x00\x00\x00", "C: \x00", "S: "+init24+"\x00\x00\x00\x01x")
	if r.Desktop != "x" || strings.Contains(f.JSON(), "bob") {
		t.Errorf("%+v", r)
	}
	f, _ = one(t, "S: RFB 003.008\n", "C: RFB 003.008\n", "S: \x01\x12", "C: \x12", "C: \x16\x03\x01")
	if len(f.Handed) != 1 {
		t.Error("no TLS was handed over")
	}
}

func TestBroken(t *testing.T) {
	for _, said := range [][]string{
		{"S: RFB 003.008\n", "C: GET / HTTP/1.1\r\n"},
		{"S: RFB 003.003\n", "C: RFB 003.003\n", "S: \x00\x00\x00\x01", "C: \x00", "S: " + init24 + "\xff\xff\xff\xff"},
	} {
		f := prototest.Feed(&Spec, prototest.Dialogue(5900, said...).Said)
		if len(f.Weirds) != 1 || len(f.Records) != 1 {
			t.Errorf("%q: weird %v, %d records", said, f.Weirds, len(f.Records))
		}
	}
	f := prototest.Feed(&Spec, []prototest.Segment{{Dir: proto.Orig, Data: []byte("RFB 003.008\n" + strings.Repeat("x", 4000))}})
	if len(f.Records) != 1 {
		t.Error("who does not wait for its turn has no record")
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"": proto.Maybe, "RFB 0": proto.Maybe, "RFB 003.008\n": proto.Yes, "RFB 003.008\r": proto.No, "RFC 793": proto.No, "RFB 3.8\n": proto.No,
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
