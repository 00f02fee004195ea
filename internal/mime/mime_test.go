package mime

import (
	std "encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// parts notes what it is given.
type parts struct {
	b    strings.Builder
	open bool
}

func (p *parts) Open(h Head) {
	if p.open {
		p.b.WriteString("!overlap")
	}
	p.open = true
	fmt.Fprintf(&p.b, "[%d %s %s:", h.Depth, strings.SplitN(h.Type, ";", 2)[0], h.Name)
}
func (p *parts) Content(b []byte) { p.b.Write(b) }
func (p *parts) Close(whole bool) {
	p.open = false
	fmt.Fprintf(&p.b, " %v]", whole)
}

func run(typ, encoding, body string, step int, lost int) string {
	var w Walker
	p := &parts{}
	w.Start(p, typ, encoding, "")
	for at := 0; at < len(body); at += step {
		if lost > 0 && at <= lost && lost < at+step {
			w.Lost()
			continue
		}
		w.Feed([]byte(body[at:min(at+step, len(body))]))
	}
	w.End(true)
	return p.b.String()
}

const nested = "preamble\r\n--a\r\nContent-Type: text/plain\r\n\r\nhello\r\n--a\r\nContent-Type: multipart/mixed;\r\n\tboundary=b\r\n\r\n--b\r\n" +
	"Content-Type: application/x-msdownload; name=x.exe\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQ\r\nAAM=\r\n--b\r\n" +
	"Content-Disposition: attachment; filename=\"y z.txt\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nca=66=\r\nfe=3D\r\n--b--\r\n" +
	"\r\n--a\r\n\r\nlast\r\n--a--\r\nepilogue"

func TestWalker(t *testing.T) {
	for name, tc := range map[string]struct{ typ, encoding, body, want string }{
		"plain":         {"text/plain", "", "hi\r\n", "[1 text/plain :hi\r\n true]"},
		"base64":        {"", "BASE64", "aGVs\r\nbG8=", "[1  :hello true]"},
		"base64 cut":    {"", "base64", "aGVsbG", "[1  :hell true]"},
		"nested":        {"multipart/mixed; boundary=a", "", nested, "[2 text/plain :hello true][3 application/x-msdownload x.exe:MZ\x90\x00\x03 true][3  y z.txt:caffe= true][2  :last true]"},
		"bad boundary":  {"multipart/mixed", "", "x", "[1 multipart/mixed :x true]"},
		"quoted, wrong": {"", "quoted-printable", "a=zz=4", "[1  :a=zz=4 true]"},
	} {
		t.Run(name, func(t *testing.T) {
			for step := 1; step <= len(tc.body); step++ {
				if got := run(tc.typ, tc.encoding, tc.body, step, 0); got != tc.want {
					t.Fatalf("step %d\ngot  %q\nwant %q", step, got, tc.want)
				}
			}
		})
	}
}

func TestLost(t *testing.T) {
	got := run("multipart/mixed; boundary=a", "", nested, 1, strings.Index(nested, "hello")+2)
	if !strings.Contains(got, "helo false]") || !strings.Contains(got, "[2  :last true]") {
		t.Error(got)
	}
}

func TestEncodings(t *testing.T) {
	body := make([]byte, 5000)
	for i := range body {
		body[i] = byte(i * 7 / 3)
	}
	want := "[1  :" + string(body) + " true]"
	if got := run("", "base64", std.StdEncoding.EncodeToString(body), 77, 0); got != want {
		t.Error("base64 differs")
	}
	var b strings.Builder
	q := quotedprintable.NewWriter(&b)
	q.Binary = true
	q.Write(body)
	q.Close()
	if got := run("", "quoted-printable", b.String(), 13, 0); got != want {
		t.Error("quoted-printable differs")
	}
}

func FuzzWalker(f *testing.F) {
	f.Add(nested, 3)
	f.Fuzz(func(t *testing.T, body string, step int) {
		for _, typ := range []string{"multipart/mixed; boundary=a", "text/plain"} {
			for _, enc := range []string{"", "base64", "quoted-printable"} {
				a := run(typ, enc, body, max(step%50, 1), 0)
				if b := run(typ, enc, body, len(body)+1, 0); a != b || strings.Contains(a, "!overlap") {
					t.Errorf("cut by %d:\n%q\nwhole:\n%q", step, a, b)
				}
			}
		}
	})
}
