package postgresql

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// msg is a message with its type (0 for none) and length.
func msg(kind byte, body string) string {
	n := binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))
	if kind == 0 {
		return string(n) + body
	}
	return string(kind) + string(n) + body
}

func start(pairs ...string) string {
	return msg(0, "\x00\x03\x00\x00"+strings.Join(pairs, "\x00")+"\x00\x00")
}

const sslCode, cancelCode = "\x04\xd2\x16\x2f", "\x04\xd2\x16\x2e"

// session is a log-in with a password in clear and a query behind it.
func session() *prototest.Talk {
	return prototest.Dialogue(5432,
		"C: "+msg(0, sslCode), "S: N",
		"C: "+start("user", "risapp", "database", "ris", "application_name", "psql"),
		"S: "+msg('R', "\x00\x00\x00\x03"),
		"C: "+msg('p', "S3CRET-PW\x00"),
		"S: "+msg('R', "\x00\x00\x00\x00")+msg('S', "server_version\x0015.5 (Debian 15.5-0+deb12u1)\x00")+msg('S', "server_encoding\x00UTF8\x00")+msg('K', "\x00\x00\x00\x01\x00\x00\x00\x02")+msg('Z', "I"),
		"C: "+msg('Q', "select * from patient where name='ZZCANARY'\x00"),
		"S: "+msg('D', "\x00\x01\x00\x00\x00\x08ZZCANARY"),
	)
}

func TestSessions(t *testing.T) {
	for name, tc := range map[string]struct {
		said []string
		want []string // in the one record
		weir string
	}{
		"refused": {[]string{"C: " + start("user", "x"), "S: " + msg('R', "\x00\x00\x00\x0a\x53\x43RAM\x00\x00"),
			"S: " + msg('E', "SFATAL\x00C28P01\x00Mpassword authentication failed for user ZZCANARY\x00\x00")},
			[]string{`"auth":"scram"`, `"success":false`, `"sqlstate":"28P01"`}, ""},
		"let in without a password": {[]string{"C: " + start("user", "x"), "S: " + msg('R', "\x00\x00\x00\x00") + msg('Z', "I")},
			[]string{`"auth":"none"`, `"success":true`}, ""},
		"tls":         {[]string{"C: " + msg(0, sslCode), "S: S", "C: \x16\x03\x01\x00\x01\x01"}, []string{`"tls":"granted"`}, ""},
		"cancel":      {[]string{"C: " + msg(0, cancelCode+"\x00\x00\x00\x01\x00\x00\x00\x02")}, []string{`"cancel":true`}, ""},
		"length lies": {[]string{"C: " + start("user", "x"), "S: R\x7f\xff\xff\xff\x00\x00\x00\x00"}, []string{`"user":"x"`}, "error:bad_length"},
		"no answer":   {[]string{"C: " + start("user", "x")}, []string{`"user":"x"`}, ""},
	} {
		f := prototest.Feed(&Spec, prototest.Dialogue(5432, tc.said...).Said)
		out := f.JSON()
		for _, w := range tc.want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %s in %s", name, w, out)
			}
		}
		if len(f.Records) != 1 || strings.Join(f.Weirds, " ") != tc.weir || strings.Contains(out, "ZZCANARY") {
			t.Errorf("%s: %d records, weird %v: %s", name, len(f.Records), f.Weirds, out)
		}
		if name == "tls" && (len(f.Handed) != 1 || f.Handed[0].Data[0] != 22) {
			t.Errorf("handed on: %v", f.Handed)
		}
	}
}

func TestDiscreet(t *testing.T) {
	f := prototest.Feed(&Spec, session().Said)
	if l := prototest.Leaks(f.Records, []string{"S3CRET", "CANARY", "select"}); len(l) > 0 {
		t.Errorf("the record holds %v", l)
	}
	if !strings.Contains(f.JSON(), `"server_version":"15.5 (Debian 15.5-0+deb12u1)"`) || !strings.Contains(f.JSON(), `"auth":"password"`) {
		t.Error(f.JSON())
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"": proto.Maybe, "N": proto.Maybe, "S": proto.Maybe, "SSH-2.0": proto.No, "R": proto.Maybe, "RFB 003.008\n": proto.No,
		msg('R', "\x00\x00\x00\x03"): proto.Yes, msg(0, sslCode): proto.Yes, start("user", "x"): proto.Yes,
		start("user", "x")[:10]: proto.Maybe, "\x00\x00\x00\x10\x00\x03\x00\x00\x01\x02\x03\x04\x05": proto.No,
		"\x00\x00\x00\x54\xfeSMB@\x00\x00\x00\x00": proto.No, "GET / HTTP/1.1": proto.No, "\x01\x00\x00\x00\x00\xcd": proto.No,
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
