package tds

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// packet is a packet with its head.
func packet(kind byte, body string) string {
	h := []byte{kind, 1, 0, 0, 0, 0, 1, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(len(body)+headLen))
	return string(h) + body
}

// options is a pre-login body: version, encryption, instance.
func options(version, encryption, instance string) string {
	at := 16
	head, data := "", ""
	for i, v := range []string{version, encryption, instance} {
		head += string([]byte{byte(i), 0, byte(at + len(data)), 0, byte(len(v))})
		data += v
	}
	return head + "\xff" + data
}

func utf16(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteString(string([]byte{c, 0}))
	}
	return b.String()
}

// login7 is a log-in whose texts are in the order of the standard.
func login7(texts ...string) string {
	b := make([]byte, 94)
	b[4], b[5], b[6], b[7] = 4, 0, 0, 0x74
	data := ""
	for i, s := range texts {
		binary.LittleEndian.PutUint16(b[36+4*i:], uint16(94+len(data)))
		binary.LittleEndian.PutUint16(b[38+4*i:], uint16(len(s)))
		data += utf16(s)
	}
	binary.LittleEndian.PutUint32(b, uint32(94+len(data)))
	return string(b) + data
}

func token(kind byte, body string) string {
	return string([]byte{kind, byte(len(body)), byte(len(body) >> 8)}) + body
}

var ack = token(0xad, "\x01\x74\x00\x00\x04\x14"+utf16("Microsoft SQL Server")+"\x0f\x00\x07\xd0")

func session() *prototest.Talk {
	return prototest.Dialogue(1433,
		"C: "+packet(kindPrelogin, options("\x0b\x00\x0c\x38\x00\x00", "\x02", "MSSQLSERVER\x00")),
		"S: "+packet(kindReply, options("\x0f\x00\x07\xd0\x00\x00", "\x02", "\x00")),
		"C: "+packet(kindLogin7, login7("DESK17", "risapp", "S3CRET", "RIS Client", "risdb", "", "ODBC", "", "ris")),
		"S: "+packet(kindReply, token(0xe3, "\x01\x03")+ack+"\xfd\x00\x00"),
		"C: "+packet(kindBatch, utf16("select * from patient where name='ZZCANARY'")),
		"S: "+packet(kindReply, "\x81\x01\x00ZZCANARY"))
}

func TestSession(t *testing.T) {
	f := prototest.Feed(&Spec, session().Said)
	if len(f.Records) != 1 {
		t.Fatalf("%v %s", f.Weirds, f.JSON())
	}
	r := *f.Records[0].Body.(*Record)
	want := Record{ServerVersion: "15.0.2000", ServerProgram: "Microsoft SQL Server", ServerName: "risdb", Instance: "MSSQLSERVER", ServerEncryption: "none",
		ClientEncryption: "none", ClientVersion: "11.0.3128", TDSVersion: "7.4", ClientHost: "DESK17", Application: "RIS Client", Library: "ODBC",
		Database: "ris", User: "risapp", Clear: true, Success: r.Success}
	if r != want || !r.Success.V {
		t.Errorf("%+v\n%+v", r, want)
	}
	if l := prototest.Leaks(f.Records, []string{"CANARY", "S3CRET"}); len(l) > 0 {
		t.Errorf("the record holds %v", l)
	}
}

func TestEnds(t *testing.T) {
	hello := "C: " + packet(kindPrelogin, options("\x0b\x00\x0c\x38\x00\x00", "\x01", "x\x00"))
	for name, tc := range map[string]struct {
		said []string
		want string
		tls  int // bytes handed on
	}{
		"refused":     {[]string{hello, "C: " + packet(kindLogin7, login7("a", "b", "c", "d", "e", "", "f", "", "g")), "S: " + packet(kindReply, token(0xaa, "\x18\x48\x00\x00ZZCANARY")+"\xfd")}, `"success":false,"error":18456`, 0},
		"all in tls":  {[]string{hello, "C: " + packet(kindPrelogin, "\x16\x03\x01\x00\x02ab"), "S: " + packet(kindPrelogin, "\x16\x03\x03\x00\x01c"), "C: \x17\x03\x03\x00\x01d"}, `"client_encryption":"all"`, 7 + 6 + 6},
		"only hello":  {[]string{hello}, `"client_version":"11.0.3128"`, 0},
		"short login": {[]string{hello, "C: " + packet(kindLogin7, "\x10\x00\x00\x00abcdefghijkl")}, `"clear"`, -1},
	} {
		f := prototest.Feed(&Spec, prototest.Dialogue(1433, tc.said...).Said)
		n := 0
		for _, h := range f.Handed {
			n += len(h.Data)
		}
		out := f.JSON()
		if tc.tls < 0 {
			if strings.Contains(out, tc.want) {
				t.Errorf("%s: %s", name, out)
			}
			continue
		}
		if len(f.Records) != 1 || !strings.Contains(out, tc.want) || n != tc.tls || strings.Contains(out, "CANARY") {
			t.Errorf("%s: %v, %d bytes handed on: %s", name, f.Weirds, n, out)
		}
	}
}

func resolution(text string) string {
	return string([]byte{5, byte(len(text)), byte(len(text) >> 8)}) + text
}

const told = "ServerName;RISDB;InstanceName;MSSQLSERVER;IsClustered;No;Version;15.0.2000.5;tcp;1433;;ServerName;RISDB;InstanceName;DOSE;IsClustered;No;Version;11.0.2100.60;tcp;49200;;"

func TestResolution(t *testing.T) {
	said := []prototest.Segment{{Dir: proto.Orig, Data: []byte{3}}, {Dir: proto.Resp, Data: []byte(resolution(told))}}
	records, _ := prototest.Run(t, prototest.Exchange(50000, 1434, said), &Spec)
	out := prototest.JSON(records, &Spec)
	if strings.Count(out, `"resolution":true`) != 2 || !strings.Contains(out, `"instance":"DOSE"`) || !strings.Contains(out, `"server_version":"11.0.2100.60"`) {
		t.Error(out)
	}
	prototest.Packets(t, &Spec, []prototest.Segment{said[1]})
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"": proto.Maybe, "\x12\x01": proto.Maybe, packet(kindPrelogin, options("123456", "\x00", "x")): proto.Yes,
		packet(kindLogin7, login7("a")): proto.Yes, packet(kindPrelogin, "\x16\x03\x01\x00\x00\x00\x00"): proto.No,
		"\x12\x00\x00\x00": proto.No, "\x04\x01\x00\x20\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff": proto.No, "\x05\x00\x0b\x03": proto.No,
		resolution(told): proto.Yes, resolution(told)[:40]: proto.No,
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

func FuzzPacket(f *testing.F) { prototest.FuzzPackets(f, &Spec, []byte(resolution(told))) }
