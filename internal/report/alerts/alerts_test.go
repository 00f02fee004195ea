package alerts

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"lazaret/internal/detect"
	"lazaret/internal/netid"
	"lazaret/internal/report"
	"lazaret/internal/report/attack"
)

var update = flag.Bool("update", false, "write the golden files")

func endpoint(t *testing.T, address string, port uint16) netid.Endpoint {
	t.Helper()
	var ip netid.IP
	copy(ip[:], mapped(address))
	if ip.String() != address {
		t.Fatalf("%s became %s", address, ip)
	}
	return netid.Endpoint{IP: ip, Port: port}
}

// mapped is an IPv4 address in the sixteen bytes of netid.IP.
func mapped(address string) []byte {
	b := append(make([]byte, 10), 0xff, 0xff)
	for part := range strings.SplitSeq(address, ".") {
		n := 0
		for _, c := range part {
			n = n*10 + int(c-'0')
		}
		b = append(b, byte(n))
	}
	return b
}

// hostile is what may stand in a name on the network, one trouble after the other.
const hostile = "=cmd|'/c calc'!A0\r\n<14>1 - forged | a=b \\ \"q\" ] \x1b[2J\t\u202egnp.exe\xff\x00; x"

// document has a plain finding, one of hostile strings, and one with little in it.
func document(t *testing.T) *report.Document {
	t.Helper()
	return &report.Document{Version: "1.2 go|test", Findings: []report.Finding{
		{Time: "2026-11-02T08:00:00.123456789Z", Last: "2026-11-02T09:00:00Z", Count: 3, Rule: "K1", Engine: "behaviour",
			Title: "Service of a known name", Topic: "accepted", Why: "It stays.", Attack: []string{"T1543.003", "T1036.004", "T1569.002"},
			Severity: "critical", Reason: "the target is a CT", Confidence: 0.95,
			Source: report.Party{Address: "10.0.0.5", Device: "mac:02:00:00:00:00:05", Role: "pc"}, Target: report.Party{Address: "10.0.0.9", Device: "mac:02:00:00:00:00:09", Role: "ct"},
			Evidence: []report.Evidence{{Field: "dce_rpc.target", Value: "WmiApSrvEx"}, {Field: "ntlm.username", Value: "p:00112233445566778899aabb", Account: true},
				{Field: "files.md5", Value: "D41D8CD98F00B204E9800998ECF8427E"}},
			Innocent: []string{"None is known."}, UIDs: []string{"CAbc1", "CAbc2"},
			Conn: report.Connection{UID: "CAbc1", Orig: endpoint(t, "10.0.0.5", 50000), Resp: endpoint(t, "10.0.0.9", 445), Proto: 6}},
		{Time: "2026-11-02T08:30:00Z", Last: "2026-11-02T08:30:00Z", Count: 1, Rule: "site|rule\n1 \"x\"", Engine: "sigma",
			Title: hostile, Topic: hostile, Why: hostile, Attack: []string{"T1046", "T9999.001", "T0800", "x]\"|="},
			Severity: "medium", Confidence: 0.5,
			Source: report.Party{Address: "2001:db8::5", Role: "unknown"}, Target: report.Party{Address: "fe80::1%eth0", Role: "unknown"},
			Evidence: []report.Evidence{{Field: "smb_files.name", Value: hostile}, {Field: "http.uri", Value: strings.Repeat("a=|\\\n", 2000)}},
			Innocent: []string{hostile}, UIDs: []string{"CDef1"}},
		{Time: "2026-11-02T07:00:00Z", Last: "2026-11-02T09:30:00Z", Count: 2000, Rule: "E6", Engine: "yara", Title: "Scan", Attack: []string{"T1046"},
			Severity: "low", Confidence: 0.4, Source: report.Party{Address: "10.0.0.7", Role: "pc"},
			Conn: report.Connection{UID: "CGhi1", Orig: endpoint(t, "10.0.0.7", 40000), Resp: endpoint(t, "10.0.0.8", 53), Proto: 17}, UIDs: []string{"CGhi1"}},
	}}
}

// nameless is document with somebody of whom only a network card is known.
func nameless(t *testing.T) *report.Document {
	d := document(t)
	d.Findings = append(d.Findings, report.Finding{Time: "2026-11-02T07:00:00Z", Last: "2026-11-02T07:00:00Z", Count: 1, Rule: "N1", Engine: "behaviour", Title: "Address taken over", Attack: []string{"T1557.002"},
		Severity: "low", Confidence: 0.5, Source: report.Party{Device: "mac:00:0c:29:44:55:66", Role: "unknown", MAC: "00:0c:29:44:55:66", Vendor: "VMware"},
		Target: report.Party{Address: "10.0.0.1", Role: "router"}})
	return d
}

func written(t *testing.T, name string, d *report.Document) []byte {
	t.Helper()
	f, ok := ByName(name)
	if !ok {
		t.Fatalf("no format %s", name)
	}
	var b bytes.Buffer
	if err := f.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Each format is as it was looked at, and the same again.
func TestGolden(t *testing.T) {
	for _, f := range Formats() {
		got := written(t, f.Name, nameless(t))
		if again := written(t, f.Name, nameless(t)); !bytes.Equal(got, again) {
			t.Errorf("%s: other bytes the second time", f.Name)
		}
		golden(t, "findings"+f.Suffix, got)
	}
	var all []byte
	for i := range nameless(t).Findings {
		all = append(append(all, Sender{Facility: 16, Host: "sensor 1", Version: "1.2 go|test"}.Message(&nameless(t).Findings[i], 8192)...), '\n')
	}
	golden(t, "findings.syslog", all)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: wrote\n%s\nwant\n%s", name, got, want)
	}
}

func message(t *testing.T, i, limit int) []byte {
	d := document(t)
	return Sender{Facility: 16, Host: "sensor 1", Version: d.Version}.Message(&d.Findings[i], limit)
}

// A file of lines has as many as there are findings, and none has a character that a
// terminal obeys.
func TestLines(t *testing.T) {
	d := document(t)
	for name, want := range map[string]int{"ecs": 3, "notice": 3, "cef": 3, "findings": 4} {
		b := written(t, name, d)
		if n := bytes.Count(b, []byte("\n")); n != want {
			t.Errorf("%s has %d lines, want %d", name, n, want)
		}
		if i := bytes.IndexFunc(b, func(r rune) bool { return r != '\n' && r < ' ' || r == 0x7f || r == utf8.RuneError && name == "cef" }); i >= 0 {
			t.Errorf("%s: %q at %d", name, b[i], i)
		}
		if len(written(t, name, &report.Document{})) != map[string]int{"findings": bytes.IndexByte(b, '\n') + 1}[name] {
			t.Errorf("%s without findings: %q", name, written(t, name, &report.Document{}))
		}
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{"": "", "Größe 5": "Größe 5", "a\nb\x00": `a\x0ab\x00`, "\xc3(\xff": `\xc3(\xff`, "\u202ea\u0085\ufffd": `\u202ea\x85` + "\ufffd"} {
		if got := visible(in); got != want || visible(got) != got {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for n, want := range map[int]string{2: "", 3: "...", 4: "...", 5: "ä...", 8: "äö...", 99: "äöüß!"} {
		if got := cut("äöüß!", n); got != want || len(got) > max(n, 0) {
			t.Errorf("cut to %d: %q, want %q", n, got, want)
		}
	}
}

func TestByFile(t *testing.T) {
	for file, want := range map[string]string{"a.ecs.jsonl": "ecs", "d/B.NOTICE.LOG": "notice", "a.cef": "cef", "a.findings.csv": "findings", "a.layer.json": "layer", "a.csv": "", "a.json": ""} {
		if f, ok := ByFile(file); f.Name != want || ok != (want != "") {
			t.Errorf("%s: %q", file, f.Name)
		}
	}
}

// at finds a value in decoded JSON by its path.
func at(v any, path string) any {
	if m, ok := v.(map[string]any); ok && m[path] != nil {
		return m[path]
	}
	for key := range strings.SplitSeq(path, "/") {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

func records(t *testing.T, name string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range bytes.Lines(written(t, name, document(t))) {
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func same(t *testing.T, what string, v any, want map[string]any) {
	t.Helper()
	for path, x := range want {
		if got := at(v, path); !reflect.DeepEqual(got, x) {
			t.Errorf("%s: %s is %v, want %v", what, path, got, x)
		}
	}
}

func TestECS(t *testing.T) {
	list := records(t, "ecs")
	same(t, "K1", list[0], map[string]any{
		"@timestamp": "2026-11-02T08:00:00.123456789Z", "ecs/version": "8.17.0", "event/kind": "alert", "event/severity": 99.0,
		"event/category": []any{"intrusion_detection", "network"}, "event/type": []any{"info"}, "event/end": "2026-11-02T09:00:00Z",
		"message": "CRITICAL K1 Service of a known name: accepted; 10.0.0.5 (pc) -> 10.0.0.9 (ct), 3 times",
		"rule/id": "K1", "rule/name": "Service of a known name", "rule/description": "It stays.", "rule/ruleset": "behaviour",
		"rule/reference":      "https://attack.mitre.org/techniques/T1543/003/",
		"threat/technique/id": []any{"T1543", "T1036", "T1569"}, "threat/technique/name": []any{"Create or Modify System Process", "Masquerading", "System Services"},
		"threat/technique/subtechnique/id":   []any{"T1543.003", "T1036.004", "T1569.002"},
		"threat/technique/subtechnique/name": []any{"Windows Service", "Masquerade Task or Service", "Service Execution"},
		"threat/tactic/id":                   []any{"TA0002", "TA0003", "TA0004", "TA0005"}, "threat/tactic/name": []any{"Execution", "Persistence", "Privilege Escalation", "Stealth"},
		"source/ip": "10.0.0.5", "source/port": 50000.0, "destination/ip": "10.0.0.9", "destination/port": 445.0, "network/transport": "tcp",
		"related/ip": []any{"10.0.0.5", "10.0.0.9"}, "user/hash": "p:00112233445566778899aabb", "related/user": []any{"p:00112233445566778899aabb"},
		"related/hash": []any{"d41d8cd98f00b204e9800998ecf8427e"}, "lazaret/source/role": "pc", "lazaret/target/role": "ct", "lazaret/count": 3.0,
		"lazaret/uids": []any{"CAbc1", "CAbc2"}, "lazaret/severity": "critical", "lazaret/severity_reason": "the target is a CT",
	})
	same(t, "sigma", list[1], map[string]any{
		"event/severity": 47.0, "user": nil, "source/ip": "2001:db8::5", "destination/ip": "fe80::1%eth0", "threat/technique/id": []any{"T1046", "T9999", "T0800"},
		"threat/technique/name": []any{"Network Service Discovery", "T9999", "T0800"}, "lazaret/topic": strings.ToValidUTF8(hostile, "\ufffd"),
	})
	same(t, "E6", list[2], map[string]any{
		"destination": nil, "lazaret/target": nil, "event/category": []any{"intrusion_detection", "malware"}, "related/ip": []any{"10.0.0.7"}, "source/port": 40000.0,
	})
	ids := map[any]bool{}
	for _, v := range list {
		ids[at(v, "event/id")] = true
	}
	if len(ids) != 3 {
		t.Errorf("%d ids of 3 findings", len(ids))
	}
}

func TestNotice(t *testing.T) {
	list := records(t, "notice")
	same(t, "K1", list[0], map[string]any{
		"uid": "CAbc1", "id.orig_h": "10.0.0.5", "id.orig_p": 50000.0, "id.resp_h": "10.0.0.9", "id.resp_p": 445.0, "proto": "tcp",
		"note": "Lazaret::K1", "src": "10.0.0.5", "dst": "10.0.0.9", "p": 445.0, "n": 3.0, "actions": []any{"Notice::ACTION_LOG"}, "email_dest": []any{}, "suppress_for": 0.0,
		"sub": "dce_rpc.target=WmiApSrvEx; ntlm.username=p:00112233445566778899aabb; files.md5=D41D8CD98F00B204E9800998ECF8427E",
	})
	same(t, "sigma", list[1], map[string]any{"uid": "CDef1", "id.orig_h": nil, "note": "Lazaret::site_rule_1__x_", "p": nil, "proto": nil})
	same(t, "E6", list[2], map[string]any{"dst": nil, "p": nil, "id.resp_p": 53.0, "proto": "udp"})
	if b := written(t, "notice", document(t)); !bytes.HasPrefix(b, []byte(`{"ts":1793606400.123456789,"uid":`)) || !bytes.Contains(b, []byte(`{"ts":1793608200.0,`)) {
		t.Errorf("times: %.80s", b)
	}
}

var (
	cefField = regexp.MustCompile(`^((?:[^|\\]|\\[|\\])*)\|`)
	cefPair  = regexp.MustCompile(`^([A-Za-z0-9]+)=((?:[^=\\]|\\[=\\nr])*?)( [A-Za-z0-9]+=|$)`)
)

// cefParts takes a line apart as CEF's readers do.
func cefParts(t *testing.T, line string) (head []string, values map[string]string) {
	t.Helper()
	rest := line
	for range 7 {
		m := cefField.FindStringSubmatch(rest)
		if m == nil {
			t.Fatalf("no header: %s", line)
		}
		head, rest = append(head, strings.NewReplacer(`\\`, `\`, `\|`, `|`).Replace(m[1])), rest[len(m[0]):]
	}
	values = map[string]string{}
	for rest != "" {
		m := cefPair.FindStringSubmatch(rest)
		if m == nil {
			t.Fatalf("no extension at %q", rest)
		}
		if _, twice := values[m[1]]; twice {
			t.Errorf("%s is there twice", m[1])
		}
		values[m[1]] = strings.NewReplacer(`\\`, `\`, `\=`, `=`).Replace(m[2])
		if rest = rest[len(m[1])+1+len(m[2]):]; rest != "" {
			rest = rest[1:]
		}
	}
	return head, values
}

func TestCEF(t *testing.T) {
	d := document(t)
	lines := strings.Split(strings.TrimSpace(string(written(t, "cef", d))), "\n")
	head, v := cefParts(t, lines[0])
	if want := []string{"CEF:0", "Lazaret", "Lazaret", "1.2 go|test", "K1", "Service of a known name: accepted", "10"}; !slices.Equal(head, want) {
		t.Errorf("header %q", head)
	}
	for key, want := range map[string]string{"start": "1793606400123", "end": "1793610000000", "src": "10.0.0.5", "dst": "10.0.0.9", "spt": "50000", "dpt": "445", "cnt": "3",
		"proto": "TCP", "cs1Label": "ATT&CK", "cs1": "T1543.003; T1036.004; T1569.002", "cs3": "pc", "cs4": "ct", "cs5": "p:00112233445566778899aabb", "cs6": "CAbc1; CAbc2", "reason": "It stays."} {
		if v[key] != want {
			t.Errorf("%s is %q, want %q", key, v[key], want)
		}
	}
	head, v = cefParts(t, lines[1])
	if head[4] != `site|rule\x0a1 "x"` || head[6] != "5" || v["c6a2"] != "2001:db8::5" || v["c6a3"] != "fe80::1" || v["src"] != "" {
		t.Errorf("hostile: %q, %q", head, v)
	}
	if !strings.HasPrefix(v["cs2"], "smb_files.name="+visible(hostile)) || !strings.HasSuffix(v["cs2"], "...") || len(lines[1]) > maxCEF {
		t.Errorf("evidence of the hostile: %q (%d bytes)", v["cs2"], len(lines[1]))
	}
	for limit := 768; limit < 9000; limit += 97 {
		line := CEF(&d.Findings[1], strings.Repeat("|", 99), limit)
		if len(line) > limit || !utf8.ValidString(line) {
			t.Errorf("%d bytes of %d", len(line), limit)
		}
		if _, v := cefParts(t, line); v["start"] == "" || v["c6a2"] == "" {
			t.Errorf("of %d bytes: %s", limit, line)
		}
	}
}

func TestTable(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(written(t, "findings", document(t)))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatal(len(rows), err)
	}
	for i, row := range rows {
		for k, c := range row {
			if c != "" && strings.ContainsAny(c[:1], "=+-@\t\r ") || strings.ContainsFunc(c, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("row %d, %s: %q", i, rows[0][k], c)
			}
		}
	}
	col := func(name string) string { return rows[2][slices.Index(rows[0], name)] }
	if !strings.HasPrefix(col("title"), "'=cmd") || col("technique_names") != "Network Service Discovery; ; ; " || col("tactics") != "Discovery" {
		t.Errorf("hostile row: %q", rows[2])
	}
	for in, want := range map[string]string{"  =1+1": "=1+1", "＝1": "'＝1", "＠x": "'＠x", "a": "a"} {
		if got := cell(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestLayer(t *testing.T) {
	var l map[string]any
	if err := json.Unmarshal(written(t, "layer", document(t)), &l); err != nil {
		t.Fatal(err)
	}
	same(t, "layer", l, map[string]any{"versions/attack": attack.Version, "versions/layer": "4.5", "versions/navigator": navigatorVersion, "domain": "enterprise-attack",
		"sorting": 3.0, "layout/expandedSubtechniques": "annotated", "gradient/minValue": 0.0, "gradient/maxValue": 100.0,
		"description": "3 findings of 5 techniques, from 2026-11-02T07:00:00Z to 2026-11-02T09:30:00Z"})
	list, _ := l["techniques"].([]any)
	var ids []string
	for _, x := range list {
		ids = append(ids, at(x, "techniqueID").(string))
	}
	if want := []string{"T1036.004", "T1046", "T1543.003", "T1569.002", "T9999.001"}; !slices.Equal(ids, want) {
		t.Fatalf("techniques %v, want %v", ids, want)
	}
	same(t, "T1543.003", list[2], map[string]any{"score": 82.0, "enabled": true, "comment": "CRITICAL K1 Service of a known name: accepted; 10.0.0.5 (pc) -> 10.0.0.9 (ct), 3 times"})
	same(t, "T1046", list[1], map[string]any{"score": 51.0}) // medium, two thousand hits and one
	if meta, _ := l["metadata"].([]any); len(meta) != 2 || at(meta[1], "value") != `T0800, x]"|=` {
		t.Errorf("metadata %v", l["metadata"])
	}
	if colors, _ := at(l, "gradient/colors").([]any); len(colors) < 2 || !regexp.MustCompile(`^#[0-9a-f]{6}$`).MatchString(colors[0].(string)) {
		t.Errorf("colors %v", colors)
	}
	for s := detect.Info; s < detect.Critical; s++ {
		if score(s, 1<<40) >= score(s+1, 1) || score(s, 1) <= 0 {
			t.Errorf("many of %s: %d, one of %s: %d", s, score(s, 1<<40), s+1, score(s+1, 1))
		}
	}
	if score(detect.Critical, 1<<40) != 100 {
		t.Errorf("the most is %d", score(detect.Critical, 1<<40))
	}
}

// A comment of a technique that everything has stays short.
func TestLayerBounds(t *testing.T) {
	d := document(t)
	f := d.Findings[1]
	f.Attack = []string{"T1046", "T1046"}
	d.Findings = slices.Repeat([]report.Finding{f}, 500)
	var list []*report.Finding
	for i := range d.Findings {
		list = append(list, &d.Findings[i])
	}
	l := newLayer("Lazaret findings", d.Version, list)
	if c := l.Techniques[0].Comment; len(c) > mostComments*(maxComment+1)+32 || !strings.HasSuffix(c, "\n(and 488 more)") || !strings.Contains(c, "MEDIUM") {
		t.Errorf("%d bytes: %s", len(c), c)
	}
}

// The grammar of RFC 5424, section 6, as far as the sender has a choice.
var syslogMessage = regexp.MustCompile(`^<([0-9]{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) lazaret - ([!-~]{1,32}) ` +
	`((?:\[[!-~]+(?: [!-~]+="(?:[^"\\\]]|\\["\\\]])*")*\])+) (CEF:0\|.*)$`)

func TestSyslog(t *testing.T) {
	for i, want := range [][4]string{{"130", "2026-11-02T08:00:00.123456Z", "sensor1", "K1"}, {"132", "2026-11-02T08:30:00.000000Z", "sensor1", `site|rule1"x"`}, {"133", "2026-11-02T07:00:00.000000Z", "sensor1", "E6"}} {
		for _, limit := range []int{0, 2048, 8192} {
			b := message(t, i, limit)
			m := syslogMessage.FindStringSubmatch(string(b))
			if m == nil || [4]string(m[1:5]) != want || len(b) > max(limit, 2048) || !utf8.Valid(b) {
				t.Fatalf("message %d of %d bytes of %d: %q: %s", i, len(b), limit, m, b)
			}
			if head, _ := cefParts(t, m[6]); head[4] != visible(document(t).Findings[i].Rule) {
				t.Errorf("text: %s", m[6])
			}
		}
	}
	d := document(t)
	f := d.Findings[1]
	f.Rule, f.Topic = strings.Repeat("]", 99), strings.Repeat("\"", 99)
	f.Attack = []string{strings.Repeat("\\", 99)}
	b := Sender{Facility: 23, Host: strings.Repeat("h", 999), Version: strings.Repeat("]", 99)}.Message(&f, 2048)
	if m := syslogMessage.FindStringSubmatch(string(b)); m == nil || len(b) > 2048 || m[4] != "sigma" {
		t.Errorf("the longest: %d bytes, %s", len(b), b)
	}
	if b := (Sender{}).Message(&report.Finding{}, 2048); !bytes.HasPrefix(b, []byte("<6>1 - - lazaret - - [")) {
		t.Errorf("without anything: %s", b)
	}
}

// Whatever the traffic says, a line stays one line and can be taken apart.
func FuzzText(f *testing.F) {
	f.Add(hostile, "T1046")
	f.Add("\\", "|=\\")
	f.Fuzz(func(t *testing.T, text, other string) {
		d := &report.Document{Version: other, Findings: []report.Finding{{Time: "2026-11-02T08:00:00Z", Last: other, Count: 1, Rule: other, Engine: "sigma", Title: text,
			Topic: other, Why: text, Attack: []string{other}, Severity: "high", Source: report.Party{Address: "10.0.0.1", Role: "pc"}, Target: report.Party{Address: other},
			Evidence: []report.Evidence{{Field: "a.b", Value: text}, {Field: "c", Value: other, Account: true}}, UIDs: []string{other}}}}
		line := strings.TrimSuffix(string(written(t, "cef", d)), "\n")
		if _, v := cefParts(t, line); v["src"] != "10.0.0.1" || strings.ContainsAny(line, "\r\n") || len(line) > maxCEF {
			t.Errorf("cef: %q", line)
		}
		b := Sender{Facility: 1, Host: text, Version: other}.Message(&d.Findings[0], 2048)
		if syslogMessage.FindSubmatch(b) == nil || len(b) > 2048 || bytes.IndexFunc(b, hidden) >= 0 {
			t.Errorf("syslog: %q", b)
		}
		for _, name := range []string{"ecs", "notice"} {
			if b := written(t, name, d); !json.Valid(b) || bytes.Count(b, []byte("\n")) != 1 {
				t.Errorf("%s: %q", name, b)
			}
		}
		if b := written(t, "layer", d); !json.Valid(b) {
			t.Errorf("layer: %q", b)
		}
		rows, err := csv.NewReader(bytes.NewReader(written(t, "findings", d))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Errorf("table: %v", err)
		}
		for _, row := range rows {
			for _, c := range row {
				if c != "" && strings.ContainsAny(c[:1], "=+-@\t\r ") {
					if _, err := json.Number(c).Float64(); err != nil {
						t.Errorf("cell %q", c)
					}
				}
			}
		}
	})
}

func BenchmarkFormats(b *testing.B) {
	d := &report.Document{Version: "test"}
	for range 1000 {
		d.Findings = append(d.Findings, report.Finding{Time: "2026-11-02T08:00:00Z", Last: "2026-11-02T08:00:00Z", Count: 9, Rule: "K1", Title: "Service of a known name", Why: hostile,
			Attack: []string{"T1543.003", "T1569.002"}, Severity: "high", Source: report.Party{Address: "10.0.0.5", Role: "pc"}, Target: report.Party{Address: "10.0.0.9", Role: "ct"},
			Evidence: slices.Repeat([]report.Evidence{{Field: "smb_files.name", Value: strings.Repeat("a=|\\\n", 60)}}, 16)})
	}
	for _, f := range Formats() {
		b.Run(f.Name, func(b *testing.B) {
			for b.Loop() {
				if err := f.Write(io.Discard, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("syslog", func(b *testing.B) {
		for b.Loop() {
			for i := range d.Findings {
				Sender{}.Message(&d.Findings[i], 2048)
			}
		}
	})
}
