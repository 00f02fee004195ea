package http

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// said makes segments: lines that begin with > are of the client, with < of the
// server; \n in them is CRLF.
func said(lines ...string) []prototest.Segment {
	var out []prototest.Segment
	for _, l := range lines {
		d := proto.Orig
		if l[0] == '<' {
			d = proto.Resp
		}
		out = append(out, prototest.Segment{Dir: d, Data: []byte(strings.ReplaceAll(l[1:], "\n", "\r\n"))})
	}
	return out
}

// lines gives the records, one line each: depth, method, uri, status, lengths.
func lines(f *prototest.Flow) []string {
	var out []string
	for _, r := range f.Records {
		x := r.Body.(*Exchange)
		status := "-"
		if x.Status.OK {
			status = fmt.Sprint(x.Status.V)
		}
		out = append(out, fmt.Sprintf("%d %s %s %s %d/%d", x.Depth, x.Method, x.URI, status, x.RequestLen, x.ResponseLen))
	}
	return out
}

var conversations = []struct {
	name   string
	said   []prototest.Segment
	want   []string
	weirds []string
}{
	{"one exchange", said(">GET /a?b=c HTTP/1.1\nHost: x\n\n", "<HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), []string{"1 GET /a?b=c 200 0/5"}, nil},
	{"two one after the other", said(">GET /1 HTTP/1.1\n\n", "<HTTP/1.1 200 OK\nContent-Length: 1\n\nx", ">GET /2 HTTP/1.1\n\n", "<HTTP/1.1 404 Not Found\nContent-Length: 0\n\n"),
		[]string{"1 GET /1 200 0/1", "2 GET /2 404 0/0"}, nil},
	{"pipelined", said(">GET /1 HTTP/1.1\n\nHEAD /2 HTTP/1.1\n\nGET /3 HTTP/1.1\n\n",
		"<HTTP/1.1 200 OK\nContent-Length: 1\n\nxHTTP/1.1 200 OK\nContent-Length: 99\n\nHTTP/1.1 304 Not Modified\nContent-Length: 7\n\n"),
		[]string{"1 GET /1 200 0/1", "2 HEAD /2 200 0/0", "3 GET /3 304 0/0"}, nil},
	{"chunks with extensions and a trailer", said(">POST /c HTTP/1.1\nTransfer-Encoding: gzip, Chunked\n\n5;a=b\nhello\n1\n!\n0\nX: y\nZ: w\n\n", "<HTTP/1.1 204 No Content\n\n"),
		[]string{"1 POST /c 204 6/0"}, nil},
	{"until the end", said(">GET / HTTP/1.0\n\n", "<HTTP/1.0 200 OK\n\nab", "<cd"), []string{"1 GET / 200 0/4"}, nil},
	{"an interim answer", said(">PUT /p HTTP/1.1\nExpect: 100-continue\nContent-Length: 3\n\n", "<HTTP/1.1 100 Continue\n\n", ">abc", "<HTTP/1.1 201 Created\nContent-Length: 0\n\n"),
		[]string{"1 PUT /p 201 3/0"}, nil},
	{"the answer before the content", said(">PUT /p HTTP/1.1\nContent-Length: 6\n\nab", "<HTTP/1.1 413 Too Large\nContent-Length: 2\n\nno", ">cdef", ">GET /q HTTP/1.1\n\n", "<HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
		[]string{"1 PUT /p 413 6/2", "2 GET /q 200 0/0"}, nil},
	{"the answer, and the content never", said(">PUT /p HTTP/1.1\nContent-Length: 6\n\nab", "<HTTP/1.1 413 Too Large\nContent-Length: 0\n\n"), []string{"1 PUT /p 413 2/0"}, nil},
	{"no answer", said(">GET / HTTP/1.1\n\n"), []string{"1 GET / - 0/0"}, nil},
	{"no request", said("<HTTP/1.1 200 OK\nContent-Length: 2\n\nok"), []string{"1   200 0/2"}, nil},
	{"the oldest form", said(">GET /old\n", "<<p>hi"), []string{"1 GET /old 0 0/5"}, nil},
	{"line feeds alone", []prototest.Segment{{Dir: proto.Orig, Data: []byte("GET / HTTP/1.1\nHost: x\n\n")}, {Dir: proto.Resp, Data: []byte("HTTP/1.1 200 OK\nContent-Length: 1\n\n!")}}, []string{"1 GET / 200 0/1"}, nil},
	{"cut in the content", said(">POST /a HTTP/1.1\nContent-Length: 100\n\nabc"), []string{"1 POST /a - 3/0"}, nil},
	{"cut in the head", said(">POST /a HTTP/1.1\nHost: x\nConte"), []string{"1 POST /a - 0/0"}, nil},
	{"a wrong length", said(">GET / HTTP/1.1\n\n", "<HTTP/1.1 200 OK\nContent-Length: 5, 6\n\nab"), []string{"1 GET / 200 0/2"}, []string{"bad_content_length"}},
	{"a length twice", said(">GET / HTTP/1.1\n\n", "<HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 2\n\nabHTTP/1.1"), []string{"1 GET / 200 0/2"}, nil},
	{"a wrong chunk", said(">GET / HTTP/1.1\n\n", "<HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nabcdef\n"), []string{"1 GET / 200 0/2"}, []string{"bad_chunk"}},
	{"a folded field", said(">GET / HTTP/1.1\nHost:\n x\n\n"), []string{"1 GET / - 0/0"}, []string{"folded_header"}},
	{"what is no message", said(">GET / HTTP/1.1\n\n\x00\x01\x02\nGET /2 HTTP/1.1\n\n"), []string{"1 GET / - 0/0", "2 GET /2 - 0/0"}, []string{"no_message_start"}},
	{"percent-encoding", said(">GET /%7euser/%zz%2?q=%41 HTTP/1.1\n\n"), []string{"1 GET /~user/%zz%2?q=A - 0/0"}, nil},
}

func TestConversations(t *testing.T) {
	for _, c := range conversations {
		for _, sizes := range [][]int{nil, {1}, {2}, {3, 7}, {31}} {
			f := prototest.Feed(&Spec, prototest.Recut(c.said, sizes))
			if got := lines(f); !slices.Equal(got, c.want) {
				t.Errorf("%s, cut at %v: %q, want %q", c.name, sizes, got, c.want)
			}
			if !slices.Equal(f.Weirds, c.weirds) {
				t.Errorf("%s, cut at %v: weird %v, want %v", c.name, sizes, f.Weirds, c.weirds)
			}
		}
	}
}

func TestFields(t *testing.T) {
	f := prototest.Feed(&Spec, said(">GET http://h/p HTTP/1.1\nHost: h:8080\nuser-agent: UA \nReferer: http://r/\nOrigin: http://o\nX-Odd-Name: 1\nVia: 1.1 px\n\n",
		"<HTTP/1.0 401 No Access\nServer: S/1\nX-Powered-By: P\nWWW-Authenticate: Basic realm=\"cam\"\nContent-Type: text/plain\nContent-Length: 0\nVia: q\n\n"))
	if len(f.Records) != 1 {
		t.Fatalf("records %v", lines(f))
	}
	x := *f.Records[0].Body.(*Exchange)
	for _, c := range []struct{ name, got, want string }{
		{"host", x.Host, "h:8080"}, {"uri", x.URI, "http://h/p"}, {"agent", x.UserAgent, "UA"}, {"referrer", x.Referrer, "http://r/"},
		{"origin", x.Origin, "http://o"}, {"version", x.Version, "1.0"}, {"message", x.StatusMsg, "No Access"}, {"server", x.Server, "S/1"},
		{"powered", x.PoweredBy, "P"}, {"realm", x.Realm, "cam"}, {"type", x.ResponseType, "text/plain"},
		{"client names", strings.Join(x.ClientNames, " "), "HOST USER-AGENT REFERER ORIGIN X-ODD-NAME VIA"},
		{"server names", strings.Join(x.ServerNames, " "), "SERVER X-POWERED-BY WWW-AUTHENTICATE CONTENT-TYPE CONTENT-LENGTH VIA"},
		{"proxied", strings.Join(x.Proxied, ","), "VIA -> 1.1 px"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", c.name, c.got, c.want)
		}
	}
	if !x.Relayed {
		t.Error("an answer with Via was relayed")
	}
}

func TestSecrets(t *testing.T) {
	words := []string{"hunter2", "Roe", "4711", "1.2.840.99.1.7"}
	basic := base64.StdEncoding.EncodeToString([]byte("nurse:hunter2"))
	f := prototest.Feed(&Spec, said(
		">GET /fhir/Patient?identifier=urn:x|4711&family=Roe&_count=5 HTTP/1.1\nAuthorization: Basic "+basic+"\nReferer: http://u:hunter2@h/Patient/4711\nCookie: hunter2\n\n",
		">GET /dicom-web/studies/1.2.840.99.1.7/series?PatientName=Roe^A&limit=3 HTTP/1.1\n\n",
		">GET /login?user=a&password=hunter2&Token=hunter3 HTTP/1.1\n\n",
		">GET http://u:hunter2@h/x HTTP/1.1\n\n",
		">GET /page/4711?x=Roe HTTP/1.1\n\n",
		">GET /app?Patient%49D=4711 HTTP/1.1\n\n",
		">GET /Patient/4711/_history HTTP/1.1\n\n",
		">GET /Observation?subject=Patient/4711 HTTP/1.1\n\n",
		">GET /patients.html?id=4711 HTTP/1.1\n\n",
		"<HTTP/1.1 404 x\nContent-Length: 0\n\nHTTP/1.1 404 x\nContent-Length: 0\n\nHTTP/1.1 404 x\nContent-Length: 0\n\nHTTP/1.1 404 x\nContent-Length: 0\n\n",
		"<HTTP/1.1 200 OK\nContent-Type: application/fhir+json\nContent-Length: 0\n\n"))
	if leaks := prototest.Leaks(f.Records, words[:2]); len(leaks) > 0 {
		t.Errorf("in clear: %v", leaks)
	}
	mark := func(kind, v string) string { return "~" + prototest.NewFlow().Pseudonym(kind, []byte(v))[:markLen] }
	want := []string{
		"/fhir/Patient?identifier=" + mark("person", "4711") + "&family=" + mark("person", "Roe") + "&_count=5",
		"/dicom-web/studies/" + mark("study", "1.2.840.99.1.7") + "/series?PatientName=" + mark("person", "Roe^A") + "&limit=3",
		"/login?user=" + mark("person", "a") + "&password=~&Token=~", "http://~@h/x", "/page/4711?x=" + mark("query", "Roe"),
		"/app?PatientID=" + mark("patient", "4711"), "/Patient/" + mark("patient", "4711") + "/_history",
		"/Observation?subject=" + mark("patient", "4711"), "/patients.html?id=" + mark("query", "4711"),
	}
	for i, r := range f.Records {
		if x := r.Body.(*Exchange); x.URI != want[i] {
			t.Errorf("uri %q, want %q", x.URI, want[i])
		}
	}
	x := f.Records[0].Body.(*Exchange)
	if x.Username != "nurse" || !x.Basic {
		t.Errorf("user %q, basic %v", x.Username, x.Basic)
	}
	if want := "http://h/Patient/" + mark("patient", "4711"); x.Referrer != want {
		t.Errorf("referrer %q, want %q", x.Referrer, want)
	}
	if got := f.Offered[0].Target; !strings.Contains(got, "family=Roe") {
		t.Errorf("readers are given the target %q", got)
	}
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

// raw is said without the change of line ends.
func raw(d proto.Dir, s string) prototest.Segment { return prototest.Segment{Dir: d, Data: []byte(s)} }

func TestContent(t *testing.T) {
	long := strings.Repeat("study ", 4000)
	z := zipped(long)
	in := []prototest.Segment{
		raw(proto.Orig, "POST /studies HTTP/1.1\r\nHost: h\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nabcGET /z HTTP/1.1\r\n\r\n"),
		raw(proto.Resp, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n1\r\nz\r\n0\r\n\r\n"),
		raw(proto.Resp, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(z), z)),
	}
	for _, sizes := range [][]int{nil, {1}, {5, 13}} {
		for _, take := range []bool{false, true} {
			f := feed(prototest.Recut(in, sizes), take)
			if got, want := lines(f), []string{"1 POST /studies 200 3/3", fmt.Sprintf("2 GET /z 200 0/%d", len(long))}; !slices.Equal(got, want) {
				t.Errorf("cut at %v, taken %v: %q, want %q", sizes, take, got, want)
			}
			var got []string
			for _, o := range f.Offered {
				got = append(got, fmt.Sprintf("%d %v %s %s %d %d %q %v", o.Seq, o.Response, o.Method, o.Target, o.Status, o.Length, o.Type, o.Whole))
				if take && o.Response && o.Seq == 2 && string(o.Body) != long {
					t.Errorf("cut at %v: %d bytes of content, want %d", sizes, len(o.Body), len(long))
				}
			}
			want := []string{
				fmt.Sprintf("1 false POST /studies 0 3 \"a/b\" %v", take), fmt.Sprintf("2 false GET /z 0 0 \"\" %v", take),
				fmt.Sprintf("1 true POST /studies 200 -1 \"\" %v", take), fmt.Sprintf("2 true GET /z 200 %d \"\" %v", len(z), take),
			}
			if !slices.Equal(got, want) {
				t.Errorf("offered %q, want %q", got, want)
			}
		}
	}
}

// feed is prototest.Feed with somebody who takes all content.
func feed(segs []prototest.Segment, take bool) *prototest.Flow {
	spec := Spec
	spec.New = func(f proto.Flow) any {
		f.(*prototest.Flow).Take = take
		return newAnalyzer(f)
	}
	return prototest.Feed(&spec, segs)
}

func TestBomb(t *testing.T) {
	z := zipped(strings.Repeat("\x00", 96<<20))
	in := []prototest.Segment{
		raw(proto.Orig, "GET / HTTP/1.1\r\n\r\n"),
		raw(proto.Resp, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(z), z)),
	}
	f := feed(in, true)
	if !slices.Equal(f.Weirds, []string{"content_bomb"}) || len(f.Offered[1].Body) > maxRatio*len(z) || f.Offered[1].Gaps == 0 {
		t.Errorf("weird %v, %d bytes given", f.Weirds, len(f.Offered[1].Body))
	}
	in[1].Data = []byte("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n\x1f\x8bgarbage")
	if f := feed(in, true); !slices.Equal(f.Weirds, []string{"bad_content_coding"}) {
		t.Errorf("weird %v", f.Weirds)
	}
}

func TestChange(t *testing.T) {
	for name, c := range map[string]struct {
		in    []prototest.Segment
		hand  string // bytes of the client handed on
		blind []string
		want  []string
	}{
		"connect": {said(">CONNECT h:443 HTTP/1.1\n\n", "<HTTP/1.1 200 Connection established\n\n\x16\x03", ">\x16\x03\x01"), "\x16\x03\x01", nil, []string{"1 CONNECT h:443 200 0/0"}},
		"connect refused": {said(">CONNECT h:443 HTTP/1.1\n\n", "<HTTP/1.1 407 Auth\nContent-Length: 0\n\n", ">CONNECT h:443 HTTP/1.1\nX: y\n\n", "<HTTP/1.1 200 ok\n\n", ">abc"), "abc", nil,
			[]string{"1 CONNECT h:443 407 0/0", "2 CONNECT h:443 200 0/0"}},
		"websocket": {said(">GET /ws HTTP/1.1\nUpgrade: websocket\n\n", "<HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\n\n", ">\x81\x80abcd"), "\x81\x80abcd", []string{"websocket"}, []string{"1 GET /ws 101 0/0"}},
		"h2c":       {said(">GET / HTTP/1.1\nUpgrade: h2c\n\n", "<HTTP/1.1 101 Switching Protocols\nUpgrade: h2c\n\n", ">PRI * HTTP/2.0\n\nSM\n\n"), "", []string{"http2"}, []string{"1 GET / 101 0/0"}},
		"http2":     {said(">PRI * HTTP/2.0\n\nSM\n\n\x00\x00\x00\x04", "<\x00\x00\x00\x04"), "", []string{"http2"}, []string{"1 PRI * - 0/0"}},
	} {
		for _, sizes := range [][]int{nil, {1}} {
			f := prototest.Feed(&Spec, prototest.Recut(c.in, sizes))
			hand := ""
			for _, h := range f.Handed {
				if h.Dir == proto.Orig {
					hand += string(h.Data)
				}
			}
			if got := lines(f); hand != c.hand || !slices.Equal(f.Blinds, c.blind) || !slices.Equal(got, c.want) || len(f.Weirds) > 0 {
				t.Errorf("%s, cut at %v: handed %q, blind %v, %q, weird %v", name, sizes, hand, f.Blinds, got, f.Weirds)
			}
		}
	}
}

func TestTokens(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x01\x00\x00\x00"))
	f := prototest.Feed(&Spec, said(">GET / HTTP/1.1\nAuthorization: NTLM "+b64+"\n\n", "<HTTP/1.1 401 x\nWWW-Authenticate: Negotiate "+b64+"\nContent-Length: 0\n\n"))
	if len(f.Handed) != 2 || string(f.Handed[0].Data[:7]) != "NTLMSSP" || f.Handed[0].Dir != proto.Orig || f.Handed[1].Dir != proto.Resp {
		t.Errorf("handed %v", f.Handed)
	}
	if leaks := prototest.Leaks(f.Records, []string{b64[:8]}); len(leaks) > 0 {
		t.Error("the token is in the record")
	}
}

// How a server answers a token tells the mechanism whether it was accepted.
func TestVerdict(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x03\x00\x00\x00"))
	for answer, want := range map[string]string{
		"200 OK\n":                         "\x00",
		"500 Oops\n":                       "\x00",
		"100 Continue\n":                   "",
		"401 No\nWWW-Authenticate: NTLM\n": "\x01",
		"407 No\n":                         "\x01",
		"401 Go on\nWWW-Authenticate: NTLM " + b64 + "\n": "NTLMSSP\x00\x03\x00\x00\x00",
	} {
		f := prototest.Feed(&Spec, said(">GET / HTTP/1.1\nAuthorization: NTLM "+b64+"\n\n", "<HTTP/1.1 "+answer+"Content-Length: 0\n\n"))
		got := ""
		for _, h := range f.Handed[1:] {
			got += string(h.Data)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", answer, got, want)
		}
	}
	if f := prototest.Feed(&Spec, said(">GET / HTTP/1.1\n\n", "<HTTP/1.1 200 OK\nContent-Length: 0\n\n")); len(f.Handed) > 0 {
		t.Error("a verdict without a token")
	}
}

func TestGaps(t *testing.T) {
	body := "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
	next := "HTTP/1.1 204 No Content\r\n\r\n"
	two := raw(proto.Orig, "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
	for name, c := range map[string]struct {
		in   []prototest.Segment
		want []string
	}{
		"inside content": {[]prototest.Segment{two, raw(proto.Resp, body+"abc"), {Dir: proto.Resp, Lost: 90}, raw(proto.Resp, "1234567"+next)}, []string{"1 GET /1 200 0/100", "2 GET /2 204 0/0"}},
		"to its end":     {[]prototest.Segment{two, raw(proto.Resp, body+"abc"), {Dir: proto.Resp, Lost: 97}, raw(proto.Resp, next)}, []string{"1 GET /1 200 0/100", "2 GET /2 204 0/0"}},
		"beyond":         {[]prototest.Segment{two, raw(proto.Resp, body+"abc"), {Dir: proto.Resp, Lost: 110}, raw(proto.Resp, "tent\r\n\r\n")}, []string{"1 GET /1 200 0/100", "2 GET /2 - 0/0"}},
		"an answer":      {[]prototest.Segment{two, {Dir: proto.Resp, Lost: 60}, raw(proto.Resp, next)}, []string{"1 GET /1 - 0/0", "2 GET /2 204 0/0"}},
		"in a head":      {[]prototest.Segment{two, raw(proto.Resp, "HTTP/1.1 200 OK\r\nServer: x\r\nCont"), {Dir: proto.Resp, Lost: 60}, raw(proto.Resp, "junk\r\n"+next)}, []string{"1 GET /1 200 0/0", "2 GET /2 204 0/0"}},
	} {
		f := prototest.Feed(&Spec, c.in)
		if got := lines(f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestProbe(t *testing.T) {
	for _, c := range []struct {
		head string
		want proto.Match
	}{
		{"GET / HTTP/1.1\r\n", proto.Yes}, {"GET", proto.Maybe}, {"G", proto.Maybe}, {"GET / HT", proto.Maybe}, {"HTTP/1.1 200 OK", proto.Yes}, {"HTTP/1.", proto.Maybe},
		{"NOTMETHOD /x HTTP/1.0\r\n", proto.Yes}, {"GET /old\r\n", proto.Yes}, {"CONNECT a:25 / HTTP/1.0\r\n", proto.Yes},
		{"OPTIONS sip:a@b SIP/2.0\r\n", proto.No}, {"DESCRIBE rtsp://x RTSP/1.0\r\n", proto.No}, {"EHLO x\r\n", proto.No}, {"USER anonymous\r\n", proto.No},
		{"SSH-2.0-OpenSSH\r\n", proto.No}, {"220 ready\r\n", proto.No}, {"\x16\x03\x01", proto.No}, {"get / HTTP/1.1\r\n", proto.No}, {"HTTP/2 200", proto.No},
		{"GET /" + strings.Repeat("a", 3000), proto.Yes}, {"NOTMETHOD /" + strings.Repeat("a", 3000), proto.No}, {"GET /a\x00 HTTP/1.1\r\n", proto.No},
		{"STAT\r\n", proto.No}, {"LIST 1\r\n", proto.No}, {"NICK bob\r\n", proto.No}, {"AUTH TLS\r\n", proto.No},
	} {
		head := []byte(c.head)
		if got := probe(proto.Orig, head[:min(len(head), proto.ProbeMax)]); got != c.want {
			t.Errorf("%.30q: %v, want %v", c.head, got, c.want)
		}
	}
}

func TestBounds(t *testing.T) {
	head := "GET / HTTP/1.1\r\n" + strings.Repeat("A: "+strings.Repeat("b", 90)+"\r\n", 2000)
	f := prototest.Feed(&Spec, prototest.Recut([]prototest.Segment{raw(proto.Orig, head)}, []int{1000}))
	if !slices.Equal(f.Weirds, []string{"head_too_long"}) || len(f.Records) != 1 || len(f.Records[0].Body.(*Exchange).ClientNames) != maxNames {
		t.Errorf("weird %v, %d records", f.Weirds, len(f.Records))
	}
	many := strings.Repeat("GET / HTTP/1.1\r\n\r\n", 3*maxWait)
	f = prototest.NewFlow()
	a := newAnalyzer(f)
	for range 3 {
		a.Parse(proto.Orig, []byte(many))
		if len(a.wait) > maxWait || a.Held() > 1<<20 {
			t.Fatalf("%d requests wait, %d bytes held", len(a.wait), a.Held())
		}
	}
	n := len(f.Records)
	a.Yield()
	if len(f.Records) != n+len(a.wait) {
		t.Error("what waits was not told")
	}
	a.Parse(proto.Resp, []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	if a.End(proto.Orig); len(f.Records) != n+len(a.wait)+1 {
		t.Error("an exchange was told twice")
	}
}
