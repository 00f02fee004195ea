package ftp

import (
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
	"lazaret/internal/rest"
)

// visit is a conversation with all that a record is made of.
func visit() *prototest.Talk {
	return prototest.Dialogue(21,
		"S: 220---------- Welcome ----------\r\n220-You are user 3 of 50.\r\n220 This is Pure-FTPd [TLS]\r\n",
		"C: USER ct1\r\n", "S: 331 Password for ct1\r\n",
		"C: PASS s3cr3t-word\r\n", "S: 230 Hello s3cr3t-word\r\n",
		"C: SYST\r\n", "S: 215 UNIX Type: L8\r\n",
		"C: PWD\r\n", "S: 257 \"/home/export\" is your current location\r\n",
		"C: CWD MUELLER_ANNA\r\n", "S: 250 OK. Current directory is /home/export/MUELLER_ANNA\r\n",
		"C: PASV\r\n", "S: 227 Entering Passive Mode (192,0,2,2,28,86)\r\n",
		"C: RETR Mueller 19600101.dcm\r\n", "S: 150 Opening connection for Mueller 19600101.dcm (1164 bytes)\r\n", "S: 226 File sent: \"Mueller 19600101.dcm\".\r\n",
		"C: CDUP\r\n", "S: 200 up\r\n",
		"C: EPRT |1|192.0.2.1|4000|\r\n", "S: 200 fine\r\n",
		"C: STOR Setup.exe\r\n", "S: 550 /home/export/Setup.exe: Permission denied\r\n",
		"C: DELE /pub/a/../../4711/readme.txt\r\n", "S: 250 Deleted 4711/readme.txt\r\n",
		"C: QUIT\r\n", "S: 221 Goodbye.\r\n")
}

func TestVisit(t *testing.T) {
	f := prototest.Feed(&Spec, visit().Said)
	if len(f.Weirds) != 0 || len(f.Records) != 6 {
		t.Fatalf("%d records, weird %v\n%s", len(f.Records), f.Weirds, f.JSON())
	}
	if leaks := prototest.Leaks(f.Records, []string{"s3cr3t", "ueller", "MUELLER", "1960", "4711"}); len(leaks) != 0 {
		t.Errorf("%v left the parser:\n%s", leaks, f.JSON())
	}
	rec := func(i int) *Record { return f.Records[i].Body.(*Record) }
	if r := rec(0); r.Command != "PASV" || r.DataPort != event.N(7254) || r.DataResp != f.ID.Resp.IP || !r.Passive.V || r.User != "ct1" || r.Password != "<hidden>" {
		t.Errorf("%+v", r)
	}
	mark := f.Pseudonym("file", []byte("Mueller 19600101.dcm"))[:rest.MarkSize] + ".dcm"
	dir := f.Pseudonym("file", []byte("MUELLER_ANNA"))[:rest.MarkSize]
	if r := rec(1); r.Arg != "ftp://192.0.2.2/home/export/"+dir+"/"+mark || r.FileSize != event.N(1164) || r.Code != event.N(226) ||
		!strings.HasPrefix(r.Reply, "File sent: \"") {
		t.Errorf("%+v", r)
	}
	if r := rec(2); r.Command != "EPRT" || r.DataPort != event.N(4000) || r.Passive != event.B(false) || r.DataOrig != f.ID.Resp.IP {
		t.Errorf("%+v", r)
	}
	if r := rec(3); r.Arg != "ftp://192.0.2.2/home/export/Setup.exe" || r.Reply != "/home/export/Setup.exe: Permission denied" {
		t.Errorf("%+v", r)
	}
	s := f.Records[5].Body.(*Session)
	if s.Banner != "This is Pure-FTPd [TLS]" || s.System != "UNIX Type: L8" || s.Login != "granted" || s.Anonymous || !s.ClearPass || s.Commands != 12 || s.Encrypted {
		t.Errorf("%+v", s)
	}
}

func TestPipelined(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(21,
		"C: USER anonymous\r\nPASS me@here\r\nPASV\r\nRETR a.b\r\nSTAT\r\n",
		"S: 220 ftp\r\n230 ok\r\n230 ok\r\n227 Entering (1,2,3,4,5,6)\r\n150 go\r\n",
		"S: 213-Status\r\n 213 no\r\n213-more\r\n213 end\r\n226 done\r\n").Said)
	if len(f.Records) != 3 {
		t.Fatal(f.JSON())
	}
	if r := f.Records[1].Body.(*Record); r.Command != "RETR" || r.Reply != "done" || r.User != "anonymous" || r.Password != "<hidden>" {
		t.Errorf("%+v", r)
	}
	if s := f.Records[2].Body.(*Session); !s.Anonymous {
		t.Errorf("%+v", s)
	}
}

func TestReversed(t *testing.T) {
	segs := visit().Said
	for i := range segs {
		segs[i].Dir = segs[i].Dir.Other()
	}
	f := prototest.Feed(&Spec, segs)
	if s := f.Records[len(f.Records)-1].Body.(*Session); len(f.Records) != 6 || !s.Reversed || s.Login != "granted" {
		t.Error(f.JSON())
	}
	if r := f.Records[0].Body.(*Record); r.DataOrig != f.ID.Resp.IP {
		t.Errorf("%+v", r)
	}
}

func TestTLS(t *testing.T) {
	f := prototest.Feed(&Spec, []prototest.Segment{
		{Dir: proto.Resp, Data: []byte("220 ProFTPD Server ready.\r\n")},
		{Dir: proto.Orig, Data: []byte("AUTH TLS\r\n")},
		{Dir: proto.Resp, Data: []byte("234 AUTH TLS successful\r\n")},
		{Dir: proto.Orig, Data: []byte("\x16\x03\x01hello")},
		{Dir: proto.Resp, Data: []byte("\x16\x03\x03server")},
		{Dir: proto.Orig, Lost: 4},
		{Dir: proto.Orig, Data: []byte("not given")},
	})
	if len(f.Handed) != 2 || string(f.Handed[0].Data) != "\x16\x03\x01hello" || f.Handed[1].Dir != proto.Resp || len(f.Records) != 1 {
		t.Errorf("handed %v\n%s", f.Handed, f.JSON())
	}
	if s := f.Records[0].Body.(*Session); s.Security != "TLS" || !s.Encrypted || s.ClearPass {
		t.Errorf("%+v", s)
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"":                                    proto.Maybe,
		"220 ready\r\n":                       proto.Maybe,
		"220 (vsFTPd 3.0.3)\r\n":              proto.Yes,
		"220 mail ESMTP ftp\r\n":              proto.No,
		"220 mail\r\n250 ok\r\n":              proto.No,
		"220 ready\r\n331 please\r\n":         proto.Yes,
		"220-\r\n220-Welcome\r\n220 x\r\n":    proto.Maybe,
		"200 news\r\n":                        proto.No,
		"USER anonymous\r\n":                  proto.Maybe,
		"USER a\r\nPASS b\r\nSYST\r\n":        proto.Yes,
		"USER a\r\nPASS b\r\nSTAT\r\n":        proto.No,
		"USER a b c :d\r\n":                   proto.No,
		"auth tls\r\n":                        proto.Yes,
		"AUTH PLAIN\r\n":                      proto.No,
		"EHLO ct1\r\n":                        proto.No,
		"GET / HTTP/1.1\r\n":                  proto.No,
		"HTTP/1.1 200 OK\r\n":                 proto.No,
		"220" + strings.Repeat("x", 40):       proto.No,
		"USER " + strings.Repeat("x", 100):    proto.No,
		"SSH-2.0-x\r\n":                       proto.No,
		"US":                                  proto.Maybe,
		"PASV\r\n":                            proto.Yes,
		"PORT 1,2,3,4,5,6\r\n":                proto.Yes,
		"PORT 4000\r\n":                       proto.No,
		"POST / HTTP/1.1\r\n":                 proto.No,
		"227 Passive (1,2,3,4,5,6)\r\n":       proto.Yes,
		"227 Passive\r\n":                     proto.No,
		"229 Extended (|||4000|)\r\n":         proto.Yes,
		"229 ok\r\n":                          proto.No,
		"2":                                   proto.Maybe,
		strings.Repeat("220-hello\r\n", 20):   proto.No,
		"220 x\r\n500 what\r\n530 not in\r\n": proto.Maybe,
	} {
		if got := probe(proto.Orig, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

// hexed gives marks of the form that the sensor gives.
type hexed struct{ *prototest.Flow }

func (h hexed) Pseudonym(kind string, v []byte) string {
	return "00000" + strings.TrimPrefix(h.Flow.Pseudonym(kind, v), "file:") + "00000000000"
}

func TestMask(t *testing.T) {
	f := hexed{prototest.NewFlow()}
	for in, kept := range map[string]bool{
		"index.html": true, "README": true, "..": true, "vnc-setup.exe": true, "C:": true,
		"patient4711.exe": false, "Anna Mueller.cfg": false, "temp.txt": false, "mueller": false, "report.pdf": false, "1.2.840.dcm": false,
	} {
		if got := rest.MaskName(f.Pseudonym, in); (got == in) != kept {
			t.Errorf("%q became %q", in, got)
		}
	}
	if got := rest.MaskName(f.Pseudonym, "x.mp3"); !strings.HasSuffix(got, ".mp3") || !rest.Marked(got) {
		t.Error(got)
	}
	for in, want := range map[string]string{
		"File send OK.": "File send OK.",
		"150.492 seconds (measured here), 34.33 Mbytes/s": "150.492 seconds (measured here), 34.33 Mbytes/s",
		"Response to RETR command":                        "Response to RETR command",
	} {
		if got := maskReply(f, in, "x"); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
	once := maskReply(f, "FILE: Anna^B.txt", "")
	if strings.Contains(once, "Anna") || maskReply(f, once, "") != once {
		t.Error(once)
	}
}

func TestAddresses(t *testing.T) {
	if ip, p, ok := parseSix("at (10,0,0,1,4,5)."); !ok || p != 1029 || ip.String() != "10.0.0.1" {
		t.Error(ip, p, ok)
	}
	for _, bad := range []string{"", "1,2,3,4,5", "1,2,3,4,5,256", "1.2.3.4", "(,,,,,)", "1234,1,1,1,1,"} {
		if _, _, ok := parseSix(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
	if ip, p, ok := parseExtended("|2|2001:db8::1|4000|"); !ok || p != 4000 || ip.String() != "2001:db8::1" {
		t.Error(ip, p, ok)
	}
	for _, bad := range []string{"", "|", "|||", "|1|x|5|", "|1|1.2.3.4|70000|", "Entering"} {
		if _, _, ok := parseExtended(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
	for in, want := range map[string]string{"/a|b": "/a/b", "/a|/b": "/b", ".|x": "./x", "/a/b|..": "/a", "/|..": "/", ".|..": "..", "/a|./b//c/": "/a/b/c", "/a|../../..": "/"} {
		dir, path, _ := strings.Cut(in, "|")
		if got := join(dir, path); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSpoken(t *testing.T) { prototest.Spoken(t, &Spec, visit()) }

func FuzzConversation(f *testing.F) { prototest.FuzzStream(f, &Spec, "remote") }

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "remote") }
func TestStream(t *testing.T) { prototest.Stream(t, &Spec, "remote") }

// Commands that wait for an answer are given up when memory is wanted.
func TestYield(t *testing.T) {
	f := prototest.NewFlow()
	a := newAnalyzer(f)
	if _, err := a.Parse(proto.Orig, []byte("USER a\r\n"+strings.Repeat("RETR x\r\n", 10))); err != nil {
		t.Fatal(err)
	}
	before := a.Held()
	if a.Yield(); len(f.Records) != 10 || a.Held() > before-10*300 {
		t.Errorf("%d records; %d bytes, then %d", len(f.Records), before, a.Held())
	}
}

// The words of a server pass; others, which may be a patient's name, do not.
func TestPlainWords(t *testing.T) {
	for in, want := range map[string]string{
		"Transfer complete.":                       "Transfer complete.",
		"complete for patient Zebra Zoe":           "complete for ~ ~ ~",
		"Entering Passive Mode (10,0,0,1,4,5)":     "Entering Passive Mode (10,0,0,1,4,5)",
		`"/pub/incoming" is the current directory`: `"/pub/incoming" is the current directory`,
		"550 Zoë: No such file":                    "550 ~: No such file",
		"0123456789abcdef.dcm deleted":             "0123456789abcdef.dcm deleted",
	} {
		if got := plainWords(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
