package ssh

import (
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"":                        proto.Maybe,
		"S":                       proto.Maybe,
		"SSH-":                    proto.Maybe,
		"SSH-2.0-OpenSSH_9.2\r\n": proto.Yes,
		"SSH-1.99-x":              proto.Yes,
		"SSH-9":                   proto.Maybe,
		"SSH-9.":                  proto.No,
		"SSL ":                    proto.No,
		"GET /":                   proto.No,
	} {
		if got := probe(proto.Orig, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestBlind(t *testing.T) {
	segs := []prototest.Segment{
		{Dir: proto.Resp, Data: []byte("SSH-2.0-OpenSSH_9.2\r\n")},
		{Dir: proto.Orig, Data: []byte("SSH-2.0-PuTTY\r\n\x00\x01")},
		{Dir: proto.Orig, Lost: 100},
		{Dir: proto.Resp, Data: []byte("encrypted")},
	}
	if f := prototest.Feed(&Spec, segs); len(f.Blinds) != 1 || len(f.Weirds) != 0 {
		t.Errorf("blind %v, weird %v", f.Blinds, f.Weirds)
	}
	if f := prototest.Feed(&Spec, segs[:1]); len(f.Blinds) != 0 {
		t.Error("a greeting without an answer hides nothing, but was counted")
	}
}

func TestCounted(t *testing.T) { prototest.Counted(t, &Spec, "hospital") }

func FuzzParse(f *testing.F) { prototest.FuzzStream(f, &Spec, "hospital") }
