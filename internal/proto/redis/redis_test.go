package redis

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// cmd is a command as clients send it.
func cmd(words ...string) string {
	s := fmt.Sprintf("*%d\r\n", len(words))
	for _, w := range words {
		s += bulk(w)
	}
	return s
}

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

const info = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nos:Linux 6.1.0-18-amd64 x86_64\r\n# Replication\r\nrole:master\r\n"

func session() *prototest.Talk {
	return prototest.Dialogue(6379,
		"C: "+cmd("GET", "ZZCANARY-key"), "S: -NOAUTH Authentication required.\r\n",
		"C: "+cmd("AUTH", "S3CRET-PW"), "S: +OK\r\n",
		"C: "+cmd("INFO"), "S: "+bulk(info),
		"C: "+cmd("SET", "k", strings.Repeat("ZZCANARY", 40))+cmd("LRANGE", "l", "0", "-1"), "S: +OK\r\n*3\r\n"+bulk("ZZCANARY1")+":7\r\n*1\r\n$-1\r\n",
	)
}

func TestSessions(t *testing.T) {
	for name, tc := range map[string]struct {
		said  []string
		want  string // in the record
		weird string
	}{
		"open":            {[]string{"C: " + cmd("PING"), "S: +PONG\r\n"}, `"open":true`, ""},
		"wrong password":  {[]string{"C: " + cmd("AUTH", "x"), "S: -WRONGPASS invalid\r\n"}, `"success":false`, ""},
		"hello":           {[]string{"C: " + cmd("HELLO", "3"), "S: %2\r\n" + bulk("server") + bulk("redis") + bulk("version") + bulk("7.2.4")}, `"server_version":"7.2.4"`, ""},
		"hello is free":   {[]string{"C: " + cmd("HELLO", "3"), "S: *0\r\n"}, `"command_count":1}`, ""},
		"one word a line": {[]string{"C: PING\r\n", "S: +PONG\r\n"}, `"commands":["ping"]`, ""},
		"binary name":     {[]string{"C: " + cmd("A\x01B", "y"), "S: -ERR\r\n"}, `"command_count":1}`, ""},
		"no length":       {[]string{"C: " + cmd("PING") + "*1\r\n$x\r\n"}, `"command_count":1`, "error:bad_string"},
		"huge array":      {[]string{"C: " + cmd("PING"), "S: *999999999\r\n"}, `"command_count":1`, "error:bad_array"},
	} {
		f := prototest.Feed(&Spec, prototest.Dialogue(6379, tc.said...).Said)
		if out := f.JSON(); len(f.Records) != 1 || !strings.Contains(out, tc.want) || strings.Join(f.Weirds, " ") != tc.weird {
			t.Errorf("%s: weird %v: %s", name, f.Weirds, out)
		}
	}
}

func TestDiscreet(t *testing.T) {
	f := prototest.Feed(&Spec, session().Said)
	if l := prototest.Leaks(f.Records, []string{"S3CRET", "CANARY"}); len(l) > 0 {
		t.Errorf("the record holds %v", l)
	}
	r := f.Records[0].Body.(*Record)
	if !r.Locked || r.Open || !r.Success.V || r.ServerVersion != "7.0.15" || r.Role != "master" || !slices.Equal(r.Commands, []string{"get", "auth", "info", "set", "lrange"}) {
		t.Error(f.JSON())
	}
}

// A client that never stops costs no more than the first commands.
func TestBounded(t *testing.T) {
	said := []prototest.Segment{{Dir: proto.Orig, Data: []byte(strings.Repeat(cmd("PING"), 5000))}}
	f := prototest.Feed(&Spec, said)
	if len(f.Records) != 1 || f.Records[0].Body.(*Record).Count != maxCommands {
		t.Errorf("%s", f.JSON())
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"": proto.Maybe, "*": proto.Maybe, "*1\r": proto.Maybe, "*1\r\n$4\r\nPI": proto.Maybe, cmd("PING"): proto.Yes,
		"*x": proto.No, "*1\r\n+": proto.No, "*1\r\n$99\r\n": proto.No, "*1\r\n$2\r\n\x00\x00": proto.No,
		"+PONG\r\n": proto.Yes, "+OK POP3 ready": proto.No, "-NOAUTH x": proto.Yes, "-ERR": proto.No, "* OK IMAP": proto.No,
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
