package smtp

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// evening is a conversation of two messages.
func evening() *prototest.Talk {
	return prototest.Dialogue(25,
		"S: 220 mail.lazarus.example ESMTP Postfix (Debian/GNU)\r\n",
		"C: EHLO ct1.lazarus.example\r\n",
		"S: 250-mail.lazarus.example Hello\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE\r\n",
		"C: AUTH LOGIN\r\n", "S: 334 VXNlcm5hbWU6\r\n", "C: dXNlcg==\r\n", "S: 334 UGFzc3dvcmQ6\r\n", "C: c2VjcmV0LXdvcmQ=\r\n", "S: 235 ok\r\n",
		"C: MAIL FROM:<ct1@lazarus.example> SIZE=100\r\n", "S: 250 ok\r\n",
		"C: RCPT TO:<a@lazarus.example>\r\nRCPT TO:<b@lazarus.example>\r\nDATA\r\n", "S: 250 ok\r\n250 ok\r\n354 go\r\n",
		"C: Received: from a (b [10.0.0.7])\r\n\tby c [10.0.0.9]\r\nReceived: by d\r\nSubject: Findings of MUELLER^ANNA\r\n 1960\r\nFrom: CT One <ct1@lazarus.example>\r\n"+
			"To: \"Doe, John\" <a@lazarus.example>, b@lazarus.example\r\nX-Mailer: SquirrelMail 1\r\n\r\nSubject: no header\r\n..stuffed MUELLER\r\n.not the end\r\n",
		"C: last\r\n.\r\n", "S: 250 queued as 1\r\n",
		"C: MAIL FROM:<>\r\nRCPT TO:<c@lazarus.example>\r\nBDAT 20\r\nSubject: x\r\n\r\n123456", "C: BDAT 6 LAST\r\n\r\n.\r\n\r\n"[:len("C: BDAT 6 LAST\r\n")]+"\r\n.\r\n!",
		"S: 250 ok\r\n250 ok\r\n250 20\r\n250 done\r\n", "C: QUIT\r\n", "S: 221 bye\r\n")
}

func TestMessages(t *testing.T) {
	f := prototest.Feed(&Spec, evening().Said)
	if len(f.Records) != 2 || len(f.Weirds) != 0 || len(f.Handed) != 0 {
		t.Fatalf("weird %v\n%s", f.Weirds, f.JSON())
	}
	if leaks := prototest.Leaks(f.Records, []string{"MUELLER", "1960", "dXNlcg", "c2Vjcm", "secret", "no header"}); len(leaks) > 0 {
		t.Errorf("%v left the parser:\n%s", leaks, f.JSON())
	}
	m := f.Records[0].Body.(*Message)
	if m.Helo != "ct1.lazarus.example" || m.MailFrom != "ct1@lazarus.example" || !slices.Equal(m.RcptTo, []string{"a@lazarus.example", "b@lazarus.example"}) ||
		m.From != "CT One <ct1@lazarus.example>" || len(m.To) != 2 || m.To[0] != `"Doe, John" <a@lazarus.example>` || m.Last != "250 queued as 1" {
		t.Errorf("%+v", m)
	}
	if m.Second != "from a (b [10.0.0.7])\tby c [10.0.0.9]" || m.First != "by d" || len(m.Path) != 3 || m.Path[2].String() != "10.0.0.9" || !m.Webmail {
		t.Errorf("%+v", m)
	}
	if m.Subject != f.Pseudonym("subject", []byte("Findings of MUELLER^ANNA 1960")) || m.Depth != 1 || m.TLS {
		t.Errorf("%+v", m)
	}
	if m.Server != "mail.lazarus.example" || !m.StartTLS || !slices.Equal(m.AuthAll, []string{"PLAIN", "LOGIN"}) || m.Auth != "LOGIN" || m.AuthDone != "granted" ||
		m.Banner != "mail.lazarus.example ESMTP Postfix (Debian/GNU)" {
		t.Errorf("%+v", m)
	}
	if n := f.Records[1].Body.(*Message); n.Depth != 2 || n.MailFrom != "" || n.Subject == "" || n.Last != "250 done" {
		t.Errorf("%+v", n)
	}
}

func TestTLS(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(25,
		"S: 220 a ESMTP\r\n", "C: EHLO b\r\n", "S: 250-a\r\n250 STARTTLS\r\n", "C: STARTTLS\r\n", "S: 220 go\r\n", "C: \x16\x03\x01", "S: \x16\x03\x03").Said)
	if len(f.Handed) != 2 || len(f.Records) != 1 || !f.Records[0].Body.(*Message).TLS {
		t.Errorf("%v\n%s", f.Handed, f.JSON())
	}
}

func TestTokens(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(25, "S: 220 a ESMTP\r\n", "C: EHLO b\r\nAUTH NTLM TlRMTVNTUAAB\r\n", "S: 250 a\r\n334 TlRMTVNTUAAC\r\n",
		"C: TlRMTVNTUAAD\r\nQUIT\r\n", "S: 535 no\r\n221 bye\r\n").Said)
	var all []string
	for _, h := range f.Handed {
		all = append(all, string(h.Data))
	}
	if !slices.Equal(all, []string{"NTLMSSP\x00\x01", "NTLMSSP\x00\x02", "NTLMSSP\x00\x03", "\x01535"}) {
		t.Errorf("%q", all)
	}
	if m := f.Records[0].Body.(*Message); m.AuthDone != "refused" || m.Auth != "NTLM" {
		t.Errorf("%+v", m)
	}
}

func TestRefused(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(25, "S: 220 a ESMTP\r\n", "C: HELO b\r\n", "S: 250 a\r\n", "C: MAIL FROM:<x@y>\r\n", "S: 250 ok\r\n",
		"C: DATA\r\n", "S: 503 no\r\n", "C: RSET\r\n", "S: 250 reset\r\n", "C: MAIL FROM:<z@y>\r\n", "S: 250 ok\r\n", "C: QUIT\r\n", "S: 221 bye\r\n").Said)
	if len(f.Records) != 2 || f.Records[0].Body.(*Message).Last != "250 reset" || f.Records[1].Body.(*Message).MailFrom != "z@y" {
		t.Error(f.JSON())
	}
}

func TestGaps(t *testing.T) {
	segs := []prototest.Segment{
		{Dir: proto.Resp, Data: []byte("220 a ESMTP\r\n")},
		{Dir: proto.Orig, Data: []byte("EHLO b\r\n")},
		{Dir: proto.Resp, Data: []byte("250 a\r\n")},
		{Dir: proto.Orig, Data: []byte("MAIL FROM:<x@y>\r\nDATA\r\n")},
		{Dir: proto.Resp, Data: []byte("250 ok\r\n354 go\r\n")},
		{Dir: proto.Orig, Data: []byte("Subject: x\r\n\r\nbody\r\n")},
		{Dir: proto.Orig, Lost: 100},
		{Dir: proto.Orig, Data: []byte("MAIL FROM:<in@body>\r\n.\r\n")},
		{Dir: proto.Resp, Data: []byte("250 queued\r\n")},
	}
	f := prototest.Feed(&Spec, segs)
	if len(f.Records) != 1 || f.Records[0].Body.(*Message).Last != "250 queued" {
		t.Error(f.JSON())
	}
}

// A body is passed over without an allocation, however it is cut.
func TestBodyAllocs(t *testing.T) {
	a := newAnalyzer(prototest.NewFlow())
	for d, s := range []string{"EHLO b\r\nMAIL FROM:<a@b>\r\nDATA\r\n", "220 a ESMTP\r\n250 a\r\n250 ok\r\n354 go\r\n"} {
		if _, err := a.Parse(proto.Dir(d), []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Parse(proto.Orig, []byte("\r\n")); err != nil {
		t.Fatal(err)
	}
	body := []byte(strings.Repeat("a line of a letter\r\n..stuffed\r\n", 40))
	if n := testing.AllocsPerRun(100, func() {
		if p, err := a.Parse(proto.Orig, body); err != nil || p.Done != len(body) {
			t.Fatal(p, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a piece of a body", n)
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"":                                    proto.Maybe,
		"EHLO ct1\r\n":                        proto.Yes,
		"helo x\r\n":                          proto.Yes,
		"EHLO \r\n":                           proto.No,
		"EHL":                                 proto.Maybe,
		"EHLO \x00\x01\r\n":                   proto.No,
		"220 mail\r\n":                        proto.Maybe,
		"220 mail\r\n250 ok\r\n":              proto.Yes,
		"220 mail ESMTP\r\n":                  proto.Yes,
		"220-a\r\n220 b Exim\r\n":             proto.Maybe,
		"554 no SMTP service here\r\n":        proto.Yes,
		"220 ready\r\n331 please\r\n":         proto.No,
		"220 (vsFTPd 3.0.3)\r\n":              proto.No,
		"200 news\r\n":                        proto.No,
		"GET / HTTP/1.1\r\n":                  proto.No,
		"HTTP/1.1 200\r\n":                    proto.No,
		"22":                                  proto.Maybe,
		"220x\r\n":                            proto.No,
		"EHLO " + strings.Repeat("x", 400):    proto.No,
		strings.Repeat("220-hello\r\n", 20):   proto.No,
		"221 bye\r\n":                         proto.No,
		"\x00\x00\x00":                        proto.No,
		"SSH-2.0-OpenSSH_9.2\r\n":             proto.No,
		"220 mail\r\n500 what\r\n501 huh\r\n": proto.Maybe,
	} {
		if got := probe(proto.Orig, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"FROM:<a@b> SIZE=5": "a@b", "TO: a@b NOTIFY=x": "a@b", "FROM:<>": "", "TO:<@x,@y:a@b>": "a@b", "": "", "TO:<a@b": "a@b",
	} {
		if got := address(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := addrs("from x (y [IPv6:2001:db8::1]) by 10.0.0.300 (192.0.2.7); Mon, 5 Oct 2009 11:36:07"); len(got) != 1 || got[0].String() != "192.0.2.7" {
		t.Error(got)
	}
}

func TestSpoken(t *testing.T) { prototest.Spoken(t, &Spec, evening()) }
func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "remote") }
func TestStream(t *testing.T) { prototest.Stream(t, &Spec, "remote") }

func FuzzConversation(f *testing.F) { prototest.FuzzStream(f, &Spec, "remote") }

// Messages that wait for an answer are given up when memory is wanted.
func TestYield(t *testing.T) {
	f := prototest.NewFlow()
	a := newAnalyzer(f)
	said := "EHLO b\r\n"
	for range 20 {
		said += "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nTo: x\r\n\r\n.\r\n"
	}
	for d, s := range []string{said, "220 a ESMTP\r\n"} {
		if _, err := a.Parse(proto.Dir(d), []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	before := a.Held()
	if a.Yield(); len(f.Records) != 20 || a.Held() > before-20*700 {
		t.Errorf("%d records; %d bytes, then %d", len(f.Records), before, a.Held())
	}
	if _, err := a.Parse(proto.Resp, []byte(strings.Repeat("250 ok\r\n", 90))); err != nil || len(f.Records) != 20 {
		t.Errorf("%v, %d records", err, len(f.Records))
	}
}
