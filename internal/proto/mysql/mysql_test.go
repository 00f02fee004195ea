package mysql

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func pkt(seq byte, body string) string {
	return string([]byte{byte(len(body)), byte(len(body) >> 8), byte(len(body) >> 16), seq}) + body
}

const hello = "\x0a5.5.5-10.11.6-MariaDB\x00\x01\x00\x00\x00abcdefgh\x00\xfe\xf7\x08\x02\x00\xff\x81\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00ijklmnopqrst\x00mysql_native_password\x00"

// answer is a handshake response with capabilities and an account.
func answer(caps uint32, user string) string {
	return string([]byte{byte(caps), byte(caps >> 8), byte(caps >> 16), byte(caps >> 24), 0, 0, 0, 1, 33}) + strings.Repeat("\x00", 23) + user
}

const okay = "\x00\x00\x00\x02\x00\x00\x00"

func session() *prototest.Talk {
	return prototest.Dialogue(3306,
		"S: "+pkt(0, hello), "C: "+pkt(1, answer(capProtocol41, "risapp\x00\x14S3CRET-S3CRET-S3CRET")), "S: "+pkt(2, okay),
		"C: "+pkt(0, "\x03select name from patient where id='ZZCANARY'"), "S: "+pkt(1, "\x01")+pkt(2, "\x03defZZCANARY")+pkt(3, "\xfe\x00\x00\x02\x00")+pkt(4, "\x08ZZCANARY")+pkt(5, "\xfe\x00\x00\x02\x00"),
		"C: "+pkt(0, "\x03update patient set name='ZZCANARY'"), "S: "+pkt(1, "\x00\x03\x00\x02\x00\x00\x00"),
		"C: "+pkt(0, "\x03drop table ZZCANARY"), "S: "+pkt(1, "\xff\x7a\x04#42S02Table 'ZZCANARY' doesn't exist"),
		"C: "+pkt(0, "\x01"))
}

func TestSession(t *testing.T) {
	f := prototest.Feed(&Spec, session().Said)
	var got []string
	for _, r := range f.Records {
		m := r.Body.(*Record)
		got = append(got, m.Command+":"+m.Arg+":"+m.Response)
	}
	if s := strings.Join(got, " "); s != "login:risapp: query:SELECT: query:UPDATE: query:DROP:error 1146 (42S02) quit::" {
		t.Error(s)
	}
	r := f.Records[0].Body.(*Record)
	if r.ServerVersion != "5.5.5-10.11.6-MariaDB" || r.AuthPlugin != "mysql_native_password" || !r.Success.V {
		t.Errorf("%+v", r)
	}
	if n := f.Records[2].Body.(*Record).Rows; n.V != 3 {
		t.Errorf("%d rows", n.V)
	}
	if l := prototest.Leaks(f.Records, []string{"CANARY", "S3CRET"}); len(l) > 0 {
		t.Errorf("the records hold %v", l)
	}
}

func TestLogins(t *testing.T) {
	for name, tc := range map[string]struct {
		said []string
		want string
	}{
		"refused":     {[]string{"C: " + pkt(1, answer(capProtocol41, "x\x00")), "S: " + pkt(2, "\xff\x15\x04#28000Access denied for ZZCANARY")}, `"success":false,"response":"error 1045 (28000)"`},
		"other proof": {[]string{"C: " + pkt(1, answer(capProtocol41, "x\x00")), "S: " + pkt(2, "\xfecaching_sha2_password\x00xyz"), "C: " + pkt(3, "proof"), "S: " + pkt(4, "\x01\x03") + pkt(5, okay)}, `"auth_plugin":"caching_sha2_password"`},
		"tls":         {[]string{"C: " + pkt(1, answer(capProtocol41|capSSL, "")) + "\x16\x03\x01"}, `"cmd":"ssl_request"`},
		"old client":  {[]string{"C: " + pkt(1, "\x05\x00\x00\x00\x01old\x00pw"), "S: " + pkt(2, okay)}, `"arg":"old","success":true`},
		"no answer":   {[]string{"C: " + pkt(1, answer(capProtocol41, "x\x00"))}, `"cmd":"login","arg":"x","server_version"`},
	} {
		f := prototest.Feed(&Spec, prototest.Dialogue(3306, append([]string{"S: " + pkt(0, hello)}, tc.said...)...).Said)
		if out := f.JSON(); len(f.Records) != 1 || !strings.Contains(out, tc.want) || strings.Contains(out, "CANARY") {
			t.Errorf("%s: %v %s", name, f.Weirds, out)
		}
		if name == "tls" && (len(f.Handed) != 1 || string(f.Handed[0].Data) != "\x16\x03\x01") {
			t.Errorf("handed on %v", f.Handed)
		}
	}
}

func TestCompressed(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(3306, "S: "+pkt(0, hello), "C: "+pkt(1, answer(capProtocol41|capCompress, "x\x00")), "S: "+pkt(2, okay), "C: \x05\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01").Said)
	if len(f.Blinds) != 1 || len(f.Records) != 1 {
		t.Errorf("blind %v, %s", f.Blinds, f.JSON())
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"": proto.Maybe, pkt(0, hello): proto.Yes, pkt(0, hello)[:12]: proto.Maybe, pkt(1, hello): proto.No,
		"\x4a\x00\x00\x00\x0aMariaDB": proto.No, "GET / H": proto.No, "\x00\x00\x00\x54\xfeS": proto.No, "SSH-2.0-x": proto.No,
	} {
		if got := probe(proto.Resp, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestSpoken(t *testing.T) { prototest.Spoken(t, &Spec, session()) }

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "database") }

func TestLab(t *testing.T) { prototest.Stream(t, &Spec, "database") }

func FuzzParse(f *testing.F) { prototest.FuzzSpoken(f, &Spec, session()) }
