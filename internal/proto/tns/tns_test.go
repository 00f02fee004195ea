package tns

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func packet(kind byte, body string) string {
	h := []byte{0, 0, 0, 0, kind, 0, 0, 0}
	binary.BigEndian.PutUint16(h, uint16(len(body)+headLen))
	return string(h) + body
}

// connect is a connect packet around a descriptor.
func connect(descriptor string) string {
	b := make([]byte, 50)
	binary.BigEndian.PutUint16(b, 314)
	binary.BigEndian.PutUint16(b[2:], 300)
	binary.BigEndian.PutUint16(b[16:], uint16(len(descriptor)))
	binary.BigEndian.PutUint16(b[18:], 58)
	return packet(kindConnect, string(b)+descriptor)
}

const asked = "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=ris.lazarus)(CID=(PROGRAM=risclient.exe)(HOST=DESK17)(USER=desk)))(ADDRESS=(PROTOCOL=TCP)(HOST=10.0.0.9)(PORT=1521)))"

func accept() string {
	return packet(kindAccept, "\x01\x3a\x0c\x41\x20\x00\xff\xff\x01\x00\x00\x00\x00\x20\x05\x00")
}

func refuse(text string) string {
	return packet(kindRefuse, string([]byte{0x22, 0, 0, byte(len(text))})+text)
}

func session() *prototest.Talk {
	return prototest.Dialogue(1521, "C: "+connect(asked), "S: "+accept(),
		"C: "+packet(kindData, "\x00\x00\x01\x06\x05\x04\x03\x02\x01\x00IBMPC/WIN_NT64-9.1.0\x00"),
		"S: "+packet(kindData, "\x00\x00\x01\x06\x00x86_64/Linux 2.4.xx\x00\x69\x03\x01"),
		"C: "+packet(kindData, "\x00\x00\x03\x5eselect * from ZZCANARY"))
}

func TestSession(t *testing.T) {
	f := prototest.Feed(&Spec, session().Said)
	if len(f.Records) != 1 {
		t.Fatalf("%v %s", f.Weirds, f.JSON())
	}
	want := Record{Service: "ris.lazarus", Program: "risclient.exe", ClientHost: "DESK17", User: "desk", Result: "accepted",
		Banner: "x86_64/Linux 2.4.xx", Version: 314, ClientVersion: 314}
	if r := *f.Records[0].Body.(*Record); r != want {
		t.Errorf("%+v", r)
	}
	if l := prototest.Leaks(f.Records, []string{"CANARY"}); len(l) > 0 {
		t.Errorf("the record holds %v", l)
	}
}

func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		said []string
		want string
	}{
		"refused":     {[]string{"S: " + refuse("(DESCRIPTION=(TMP=)(VSNNUM=186647552)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))")}, `"result":"refused","error":12514,"server_version":"11.2.0.4.0"`},
		"new release": {[]string{"S: " + refuse("(DESCRIPTION=(VSNNUM=318767104)(ERR=1189))")}, `"server_version":"19.0.0.0.0"`},
		"redirected":  {[]string{"S: " + packet(kindRedirect, "\x00\x20(ADDRESS=(PROTOCOL=tcp)(HOST=x))")}, `"result":"redirected"`},
		"no answer":   {nil, `"service_name":"ris.lazarus"`},
		"too deep":    {[]string{"S: " + refuse(strings.Repeat("(A=", 40))}, `"result":"refused"`},
	} {
		f := prototest.Feed(&Spec, prototest.Dialogue(1521, append([]string{"C: " + connect(asked)}, tc.said...)...).Said)
		if out := f.JSON(); len(f.Records) != 1 || !strings.Contains(out, tc.want) {
			t.Errorf("%s: %v %s", name, f.Weirds, out)
		}
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"": proto.Maybe, connect(asked): proto.Yes, connect(asked)[:20]: proto.Maybe, refuse("(ERR=1)"): proto.Yes, accept(): proto.Yes,
		"\x00\x3a\x00\x00\x01\x00\x00\x00\x00\x00": proto.Maybe, "\x00\x00\x00\x54\xfeSMB": proto.No, "\x00\x1d\x00\x00\x00\x06\x00\x00": proto.No,
		"GET / HT": proto.No, "\x01\x00\x00\x00\x00\xcd\x00\x01": proto.No, packet(kindConnect, strings.Repeat("\x00", 30)): proto.No,
	} {
		if got := probe(proto.Orig, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestSpoken(t *testing.T) { prototest.Spoken(t, &Spec, session()) }

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "database") }

func TestLab(t *testing.T) { prototest.Stream(t, &Spec, "database") }

func FuzzParse(f *testing.F) { prototest.FuzzSpoken(f, &Spec, session()) }
