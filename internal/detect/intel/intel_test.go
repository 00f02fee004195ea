package intel

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/files"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/tls"
	"lazaret/internal/protocols"
)

func logs() []*event.Schema {
	out := []*event.Schema{flow.Schema}
	for _, s := range protocols.Specs {
		out = append(out, s.Records...)
	}
	return out
}

func load(texts ...string) (*Set, []detect.Fault) {
	var src []Source
	for i, t := range texts {
		src = append(src, Source{Name: fmt.Sprintf("list%d", i), Text: strings.NewReader(t)})
	}
	return Load(src)
}

// mustLoad loads lists without a fault.
func mustLoad(t testing.TB, texts ...string) *Set {
	t.Helper()
	s, faults := load(texts...)
	for _, f := range faults {
		t.Fatal(f.Error())
	}
	return s
}

// run gives the hits of records as "rule topic severity".
func run(t testing.TB, s *Set, records ...*event.Record) []string {
	t.Helper()
	var out []string
	e, err := NewEngine(s, logs(), func(h detect.Hit) {
		out = append(out, strings.TrimPrefix(h.Rule.ID, "LZ-INTEL-")+" "+h.Topic+" "+h.Severity.String())
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		e.Add(r)
	}
	return out
}

var inside, outside = netid.IPv4(10, 0, 0, 5), netid.IPv4(198, 51, 100, 7)

func record(body event.Payload) *event.Record {
	return &event.Record{TS: 1_700_000_000_000_000_000, Body: body, Conn: &event.Conn{
		UID: "C1", Orig: netid.Endpoint{IP: inside, Port: 1025}, Resp: netid.Endpoint{IP: outside, Port: 443}, Proto: 6}}
}

func incoming(r *event.Record) *event.Record {
	r.Conn.Orig, r.Conn.Resp = r.Conn.Resp, r.Conn.Orig
	return r
}

const md5Text, shaText = "0123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// Each indicator fires on what it means and is quiet on what is only like it.
func TestMatches(t *testing.T) {
	answered := func(q string, a ...string) *event.Record {
		return record(&dns.Record{Query: q, RCodeName: "NOERROR", Answers: a})
	}
	for name, tc := range map[string]struct {
		list string
		r    *event.Record
		want string // of the hits
	}{
		"address, outgoing":      {"198.51.100.7", record(&flow.Record{ConnState: "SF"}), "ADDRESS 198.51.100.7 medium"},
		"address, unanswered":    {"198.51.100.7", record(&flow.Record{ConnState: "S0"}), "ADDRESS 198.51.100.7 low"},
		"address, scan":          {"198.51.100.7", incoming(record(&flow.Record{ConnState: "REJ"})), "ADDRESS 198.51.100.7 info"},
		"address, came in":       {"198.51.100.7", incoming(record(&flow.Record{ConnState: "SF"})), "ADDRESS 198.51.100.7 low"},
		"address, neighbour":     {"198.51.100.8", record(&flow.Record{ConnState: "SF"}), ""},
		"address, severity":      {"type,value,severity\nip,198.51.100.7,critical", record(&flow.Record{ConnState: "S0"}), "ADDRESS 198.51.100.7 high"},
		"address, port":          {"198.51.100.7:443", record(&flow.Record{ConnState: "SF"}), "ADDRESS 198.51.100.7 medium"},
		"address, other port":    {"198.51.100.7:80", record(&flow.Record{ConnState: "SF"}), ""},
		"network":                {"198.51.100.0/29", record(&flow.Record{ConnState: "SF"}), "NETWORK 198.51.100.0/29 low"},
		"network, neighbour":     {"198.51.100.8/29", record(&flow.Record{ConnState: "SF"}), ""},
		"narrowest network":      {"198.51.0.0/16\n198.51.100.0/24", record(&flow.Record{ConnState: "SF"}), "NETWORK 198.51.100.0/24 low"},
		"expired":                {"value,valid_until\n198.51.100.7,2020-01-01", record(&flow.Record{ConnState: "SF"}), ""},
		"valid":                  {"value,valid_until\n198.51.100.7,2030-01-01", record(&flow.Record{ConnState: "SF"}), "ADDRESS 198.51.100.7 medium"},
		"narrow network expired": {"value,valid_until\n198.51.100.0/24,2020-01-01\n198.51.0.0/16,", record(&flow.Record{ConnState: "SF"}), "NETWORK 198.51.0.0/16 low"},
		"domain":                 {"evil.example", answered("evil.example", "203.0.113.1"), "DOMAIN evil.example medium"},
		"domain below":           {"evil[.]example", answered("a.b.evil.example", "203.0.113.1"), "DOMAIN evil.example medium"},
		"domain, alike":          {"evil.example", answered("notevil.example", "203.0.113.1"), ""},
		"domain, longer":         {"evil.example", answered("evil.example.org", "203.0.113.1"), ""},
		"domain, gone":           {"evil.example", record(&dns.Record{Query: "evil.example", RCodeName: "NXDOMAIN"}), "DOMAIN evil.example low"},
		"domain, sinkhole":       {"evil.example", answered("evil.example", "0.0.0.0"), "DOMAIN evil.example low"},
		"domain, by alias":       {"evil.example", answered("good.example", "x.evil.example"), "DOMAIN evil.example low"},
		"resolved address":       {"198.51.100.7", answered("good.example", "198.51.100.7"), "ADDRESS 198.51.100.7 low"},
		"SNI":                    {"evil.example", record(&tls.Record{ServerName: "WWW.evil.example", Established: true}), "DOMAIN evil.example medium"},
		"SNI alone":              {"sni: short", record(&tls.Record{ServerName: "short", Established: true}), "DOMAIN short medium"},
		"SNI, not below":         {"sni: short", record(&tls.Record{ServerName: "a.short"}), ""},
		"URL":                    {"hxxps://evil.example/a%20b?x=1#y", record(&http.Exchange{Host: "EVIL.example:80", URI: "/a b?x=1", Status: event.N(200)}), "URL evil.example/a b?x=1 high"},
		"URL, refused":           {"http://evil.example/a", record(&http.Exchange{Host: "evil.example", URI: "/a", Status: event.N(404)}), "URL evil.example/a medium"},
		"URL, other path":        {"http://evil.example/a", record(&http.Exchange{Host: "evil.example", URI: "/ab", Status: event.N(200)}), ""},
		"URL, by proxy":          {"http://evil.example/a", record(&http.Exchange{Host: "x", URI: "http://evil.example/a", Status: event.N(200)}), "URL evil.example/a high"},
		"URL, marked":            {"http://evil.example/gate/123456.php", record(&http.Exchange{Host: "evil.example", URI: "/gate/~0123456789abcdef.php", Status: event.N(200)}), "URL evil.example/gate/123456.php medium"},
		"URL, marked, other":     {"http://evil.example/gate/123456.php", record(&http.Exchange{Host: "evil.example", URI: "/date/~0123456789abcdef.php", Status: event.N(200)}), ""},
		"URL, all marks":         {"http://evil.example/123456", record(&http.Exchange{Host: "evil.example", URI: "/~0123456789abcdef", Status: event.N(200)}), ""},
		"agent":                  {"ua: Evil/1.0", record(&http.Exchange{URI: "/", UserAgent: "Evil/1.0", Status: event.N(200)}), "AGENT Evil/1.0 medium"},
		"agent, longer":          {"ua: Evil/1.0", record(&http.Exchange{URI: "/", UserAgent: "Evil/1.01", Status: event.N(200)}), ""},
		"program":                {md5Text, record(&files.Record{MD5: md5Text, Runs: true}), "HASH " + md5Text + " high"},
		"document":               {shaText, record(&files.Record{SHA256: shaText}), "HASH " + shaText + " medium"},
		"hash of another type":   {md5Text, record(&tls.Record{JA3: md5Text}), ""},
		"JA3":                    {"ja3: " + md5Text, record(&tls.Record{JA3: md5Text, Established: true}), "PRINT " + md5Text + " low"},
		"JA3 is no file":         {"ja3: " + md5Text, record(&files.Record{MD5: md5Text, Runs: true}), ""},
		"certificate":            {"cert: " + shaText, record(&tls.Record{Chain: []string{shaText}, Established: true}), "CERTIFICATE " + shaText + " medium"},
		"file name":              {"file: Evil.EXE", record(&files.Record{Filename: `temp\evil.exe`}), "FILE evil.exe medium"},
		"file name, longer":      {"file: Evil.EXE", record(&files.Record{Filename: `temp\notevil.exe`}), ""},
		"file in its place":      {`file: C:\Windows\Temp\svchost.exe`, record(&files.Record{Filename: `Temp\svchost.exe`}), "FILE svchost.exe medium"},
		"file elsewhere":         {`file: C:\Windows\Temp\svchost.exe`, record(&files.Record{Filename: `System32\svchost.exe`}), ""},
		"AE title":               {"ae: EVILSCU", record(&dicom.Association{Calling: "EVILSCU", Result: "accepted"}), "AETITLE EVILSCU medium"},
		"AE title, refused":      {"ae: EVILSCU", record(&dicom.Association{Calling: "EVILSCU", Result: "rejected"}), "AETITLE EVILSCU low"},
		"AE title, longer":       {"ae: EVILSCU", record(&dicom.Association{Calling: "EVILSCU2", Result: "accepted"}), ""},
		"service":                {"service: WmiApSrvEx", record(&dcerpc.Record{Endpoint: "svcctl", Target: "wmiapsrvex", Outcome: "accepted"}), "SERVICE wmiapsrvex high"},
		"service, refused":       {"service: WmiApSrvEx", record(&dcerpc.Record{Endpoint: "svcctl", Target: "WmiApSrvEx", Outcome: "refused"}), "SERVICE wmiapsrvex medium"},
		"not a service":          {"service: WmiApSrvEx", record(&dcerpc.Record{Endpoint: "winreg", Target: "WmiApSrvEx", Outcome: "accepted"}), ""},
	} {
		if got := strings.Join(run(t, mustLoad(t, tc.list), tc.r), "; "); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// What is refused names its reason, and hinders no other line.
func TestRefused(t *testing.T) {
	for line, want := range map[string]string{
		"0.0.0.0/0": "wider than /8", "10.0.0.0/7": "wider than /8", "2001:db8::/16": "wider than /24", "10.1.2.3": "private", "192.168.0.0/16": "private",
		"127.0.0.1": "loopback", "224.0.0.5": "multicast", "255.255.255.255": "broadcast", "0.0.0.0": "unspecified", "::": "unspecified", "fe80::1": "link-local",
		"com": "top level", "co.uk": "public suffix", "*.com": "top level", "domain: 1.2.3.4": "is an address",
		"d41d8cd98f00b204e9800998ecf8427e": "empty file", "http://": "no host", "ftp://a.example/x": "another scheme", "md5: 0123": "32 hex digits",
		"file: a.b": "too short", "file: cmd.exe": "every machine", "evil.exe": "prefix file:", "ae: ANY-SCP": "whoever has none", "ja4: t13d": "no JA4",
		"ua: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36": "common browser",
		"what is this": "other kinds need a prefix",
	} {
		s, faults := load("good.example\n" + line + "\nbetter.example\n")
		if s.Len() != 2 || len(faults) != 1 || faults[0].Line != 2 || !strings.Contains(faults[0].What, want) {
			t.Errorf("%q: %d indicators, %v, want %q", line, s.Len(), faults, want)
		}
	}
	if s, faults := load("value,severity\n10.1.2.3,low\n"); s.Len() != 1 || len(faults) != 0 {
		t.Errorf("a private address that is meant: %v", faults)
	}
	if _, faults := load(""); len(faults) != 1 {
		t.Errorf("an empty list: %v", faults)
	}
}

func TestCSV(t *testing.T) {
	s, faults := load("# made up\ntype;value;comment;severity;colour\ndomain;evil.example;\"a;b\";high;x\ndomain;worse.example;;dire;x\nnoise;x.example;;;\nip;203.0.113.9;;;\nip;203.0.113.9;;;\n")
	if s.Len() != 2 || s.Lists()[0].Repeated != 1 || len(faults) != 3 || faults[0].Line != 2 || faults[1].Line != 4 || faults[2].Line != 5 {
		t.Errorf("%d indicators, %v", s.Len(), faults)
	}
	if s := mustLoad(t, "sha256\n"+shaText+"\n"); s.Count(SHA256) != 1 {
		t.Error("a column called after its kind was not read")
	}
}

const stix = `{"type":"bundle","id":"bundle--1","objects":[{"type":"malware","id":"malware--1"},
{"type":"indicator","id":"indicator--1","name":"N","pattern_type":"stix","valid_from":"2020-01-01T00:00:00Z","pattern":"%s"}]}`

func TestPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		`[ipv4-addr:value = '203.0.113.1' OR ipv4-addr:value IN ('203.0.113.2','203.0.113.3')]`: "3",
		`[domain-name:value = 'evil.example'] OR ([url:value = 'http://a.example/x'])`:          "2",
		`[file:hashes.'SHA-256' = '` + shaText + `' AND file:name = 'evil.exe']`:                "1",
		`[ipv4-addr:value ISSUBSET '203.0.113.0/24']`:                                           "1",
		`[network-traffic:dst_ref.value = '203.0.113.1' AND network-traffic:dst_port = 443]`:    "1",
		`[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'X/1.0']`: "1",
		`[process:extensions.'windows-service-ext'.service_name = 'WmiApSrvEx']`:                "1",
		`[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'b.example']`:        "FOLLOWEDBY",
		`[domain-name:value = 'a.example'] WITHIN 5 SECONDS`:                                    "WITHIN",
		`[domain-name:value LIKE '%%.example']`:                                                 "LIKE",
		`[domain-name:value != 'a.example']`:                                                    "!=",
		`[windows-registry-key:key = 'x']`:                                                      "windows-registry-key:key",
		`[network-traffic:dst_port = 443]`:                                                      "port alone",
		`[domain-name:value = 'a.example' AND file:name = 'evil.exe']`:                          "no record has",
		`[domain-name:value = 'a.example'`:                                                      "ends where",
		`[ipv4-addr:value = '0.0.0.0/0']`:                                                       "wider",
	} {
		text := strings.ReplaceAll(stix, "%s", strings.ReplaceAll(pattern, "%%", "%"))
		s, faults := load(text)
		if len(want) == 1 {
			if fmt.Sprint(s.Len()) != want || len(faults) != 0 {
				t.Errorf("%s: %d indicators, %v", pattern, s.Len(), faults)
			}
		} else if len(faults) != 1 || !strings.Contains(faults[0].Error(), want) || !strings.Contains(faults[0].Key, "indicator--1") {
			t.Errorf("%s: %d indicators, %v, want %q", pattern, s.Len(), faults, want)
		}
	}
	both := mustLoad(t, strings.ReplaceAll(stix, "%s", `[file:hashes.MD5 = '`+md5Text+`' AND file:name = 'evil.exe']`))
	if got := run(t, both, record(&files.Record{MD5: md5Text, Filename: "other.exe"})); len(got) != 0 {
		t.Errorf("one half of an AND: %v", got)
	}
	if got := run(t, both, record(&files.Record{MD5: md5Text, Filename: "evil.exe"})); len(got) != 1 {
		t.Errorf("both halves of an AND: %v", got)
	}
	for _, bad := range []string{`{"type":"bundle","objects":[`, `{"a":1}`, `{"type":"bundle","objects":[{"type":"indicator","name":5}]}`} {
		if _, faults := load(bad); len(faults) == 0 {
			t.Errorf("%s: no fault", bad)
		}
	}
}

func TestMISP(t *testing.T) {
	one := func(kind, value, ids string) string {
		return fmt.Sprintf(`{"type":%q,"value":%q,"uuid":"u-1","to_ids":%s}`, kind, value, ids)
	}
	s, faults := load(`{"Event":{"info":"Roster","uuid":"e-1","Attribute":[` + strings.Join([]string{
		one("ip-dst|port", "198.51.100.7|443", "true"), one("domain|ip", "evil.example|203.0.113.2", `"1"`), one("filename|md5", "x.exe|"+md5Text, "true"),
		one("domain", "quiet.example", "false"), one("mutex", "m", "true"), one("ip-src", "nobody", "true"), one("ja3-fingerprint-md5", md5Text, "true"),
	}, ",") + `],"Object":[{"name":"file","Attribute":[` + one("sha256", shaText, "true") + `]}]}}`)
	if s.Len() != 6 || len(faults) != 1 || !strings.Contains(faults[0].Key, "u-1") {
		t.Errorf("%d indicators, %v", s.Len(), faults)
	}
	if l := s.Lists()[1]; l.Name != "Roster" || l.LeftOut["type mutex"] != 1 || l.LeftOut["not for detection (to_ids)"] != 1 {
		t.Errorf("the event became %+v", l)
	}
	if got := run(t, s, record(&flow.Record{ConnState: "SF"})); len(got) != 1 {
		t.Errorf("hits %v", got)
	}
}

// A column that the table names and no log has is found at start.
func TestColumns(t *testing.T) {
	if _, err := NewEngine(mustLoad(t, "evil.example"), logs(), nil); err != nil {
		t.Error(err)
	}
	if _, err := NewEngine(mustLoad(t, "evil.example"), logs()[1:], nil); err == nil {
		t.Error("nobody misses the log conn")
	}
	for _, r := range Rules() {
		if r.ID == "" || r.Title == "" || r.Why == "" || len(r.Innocent) == 0 || r.Severity == detect.None || r.Confidence <= 0 {
			t.Errorf("rule %q is not complete", r.ID)
		}
	}
}

// million are mixed indicators as lists have them.
func million(n int) string {
	var b strings.Builder
	b.WriteString("type,value,comment\n")
	for i := range n {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "ip,%d.%d.%d.%d,seen in campaign %d\n", 11+i%80, i>>16&255, i>>8&255, i&255, i%500)
		case 1:
			fmt.Fprintf(&b, "domain,host%d.zone%d.example,\n", i, i%1000)
		case 2:
			fmt.Fprintf(&b, "sha256,%064x,dropper %d\n", uint64(i)*0x9e3779b97f4a7c15, i)
		case 3:
			fmt.Fprintf(&b, "url,http://site%d.example/gate/%d/login.php,\n", i%50000, i)
		case 4:
			fmt.Fprintf(&b, "md5,%032x,\n", uint64(i)*0x9e3779b97f4a7c15)
		}
	}
	return b.String()
}

func TestMillion(t *testing.T) {
	text := million(1_000_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	s := mustLoad(t, text)
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	mb := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20
	t.Logf("%d indicators, %d MB kept, %d MB from the system, loaded in %v", s.Len(), mb, after.Sys>>20, took)
	if s.Len() < 990_000 || mb > 200 {
		t.Errorf("%d indicators take %d MB, want at most 200", s.Len(), mb)
	}
	runtime.KeepAlive(text)
}

func quiet() []*event.Record {
	return []*event.Record{
		record(&flow.Record{ConnState: "SF"}),
		record(&dns.Record{Query: "www.update.vendor.example", RCodeName: "NOERROR", Answers: []string{"203.0.113.77", "cdn.vendor.example"}}),
		record(&http.Exchange{Host: "web.example:8080", URI: "/index.html?x=~0123456789abcdef", UserAgent: "Agent/1.0", Status: event.N(200)}),
		record(&tls.Record{ServerName: "www.vendor.example", JA3: md5Text, Chain: []string{shaText}}),
		record(&files.Record{MD5: md5Text, SHA256: shaText, Filename: `temp\tool.exe`}),
	}
}

func TestAllocs(t *testing.T) {
	s := mustLoad(t, million(10_000), "198.18.0.0/15\nua: Evil/1\nfile: evil.exe\nja3: aaaabbbbccccddddeeeeffff00001111\nsni: x\n")
	e, err := NewEngine(s, logs(), func(h detect.Hit) { t.Errorf("hit %s", h.Topic) })
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range quiet() {
		if n := testing.AllocsPerRun(200, func() { e.Add(r) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", r.Body.Schema().Name, n)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	s := mustLoad(b, million(1_000_000))
	e, err := NewEngine(s, logs(), func(detect.Hit) {})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range quiet() {
		b.Run(r.Body.Schema().Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Add(r)
			}
		})
	}
}

func fuzz(f *testing.F, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	all := logs()
	f.Fuzz(func(t *testing.T, text string) {
		s, _ := load(text)
		n := 0
		for k := Address; k < kinds; k++ {
			n += s.Count(k)
		}
		if n != s.Len() {
			t.Errorf("%d indicators, %d by their kinds", s.Len(), n)
		}
		e, err := NewEngine(s, all, func(h detect.Hit) {
			if h.Topic == "" || h.Severity == detect.None {
				t.Errorf("hit %+v", h)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range quiet() {
			e.Add(r)
		}
	})
}

func FuzzPlain(f *testing.F) {
	fuzz(f, "evil.example\n1.2.3.4 # x\nae: X1\nhxxp://a.example/~x\n203.0.113.0/24\n")
}
func FuzzCSV(f *testing.F) {
	fuzz(f, "type,value,severity,valid_until\nip,198.51.100.7,high,2030-01-01\n")
}
func FuzzSTIX(f *testing.F) {
	fuzz(f, strings.ReplaceAll(stix, "%s", `[file:hashes.MD5 = '`+md5Text+`' AND file:name = 'tool.exe']`))
}
func FuzzMISP(f *testing.F) {
	fuzz(f, `{"response":[{"Event":{"Attribute":[{"type":"ip-dst|port","value":"198.51.100.7|443","to_ids":true}]}}]}`)
}

// Faults in JSON tell the line on which the object ends that they are in.
func TestLinesOfJSON(t *testing.T) {
	for text, want := range map[string]string{
		"{\"type\":\"bundle\",\n\"objects\":[\n{\"type\":\"domain-name\"},\n\n{\"type\":\"indicator\",\"id\":\"i\",\n\"pattern\":\"[no\"}\n]}":                                   "f:6: i: the pattern",
		"{\"Event\":{\"Attribute\":[\n{\"type\":\"domain\",\"value\":\"com\",\"uuid\":\"u\",\"to_ids\":true},\n{\"type\":\"domain\",\"value\":\"a.example\",\"to_ids\":true}]}}": "f:2: u (com): ",
		"{\n\"objects\":[\n{]}": "f:3: is no JSON",
		"{\n\"objects\":":       "f:2: the JSON ends too early",
	} {
		_, faults := Load([]Source{{Name: "f", Text: strings.NewReader(text)}})
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), want) {
			t.Errorf("%s\n%v, want %s", text, faults, want)
		}
	}
}
