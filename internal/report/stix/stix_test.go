package stix

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/netid"
	"lazaret/internal/report"
	"lazaret/internal/report/stix/stixtest"
)

const hostile = "=cmd|'/c' \\ \"q\" ] OR [a:b = 'c'\r\n\x1b[2J\t\u202egnp.exe\xff\x00<b>&\u2028"

const hash = "dfe47507136b9919ae230f2a1f0d77c7bc8c2b7294020e9fa0259e9e15009c6b"

// document has an incident of all kinds of things, with hostile names.
func document() *report.Document {
	desk := report.Party{Address: "10.20.30.51", Role: "registration-desk"}
	ct := report.Party{Address: "10.20.30.21", Role: "ct"}
	return &report.Document{Version: "1", Blind: []report.Blind{{Reason: "tls", Count: 3, Unit: "conversations"}},
		Findings: []report.Finding{
			{Time: "2026-11-02T08:00:00.123456789Z", Last: "2026-11-02T09:00:00Z", Count: 3, Rule: "K1", Title: "Service", Topic: "10.20.30.21", Attack: []string{"T1543.003", "T1570", "T9999", hostile}, Confidence: 0.95,
				Source: desk, Target: ct, Evidence: []report.Evidence{{Field: "files.sha256", Value: hash}, {Field: "files.filename", Value: `\\10.20.30.21\ADMIN$\x.exe`}, {Field: "files.user", Value: "accountmark", Account: true}},
				Conn: report.Connection{UID: "C1", Orig: netid.Endpoint{IP: netid.IPv4(10, 20, 30, 51), Port: 50000}, Resp: netid.Endpoint{IP: netid.IPv4(10, 20, 30, 21), Port: 445}, Proto: 6}},
			{Time: "2026-11-02T08:30:00Z", Last: "x", Rule: hostile, Title: hostile, Topic: hostile, Source: report.Party{Address: "fe80::1%eth0"}, Target: report.Party{Address: "198.51.100.7"},
				SourceMAC: "00:0C:29:44:55:66", Evidence: []report.Evidence{{Field: "dns.query", Value: "bad.example.org"}}},
			{Time: hostile, Rule: "E6", Source: report.Party{Address: hostile}},
		},
		Incidents: []report.Incident{
			{ID: "LZ-1", Title: "Spread over 2 devices", Severity: "critical", First: "2026-11-02T08:00:00.123456789Z", Last: "2026-11-02T09:00:00Z",
				Entry:    []report.Entry{{Device: desk, Probability: 0.9}, {Via: desk, Probability: 0.1}},
				Tree:     []report.Edge{{Source: desk, Target: ct, Grade: "proven", Probability: 0.98, Evidence: report.Proof{Title: hostile}}},
				Infected: []report.Infected{{Device: desk, Probability: 1, Median: "2026-11-02T08:00:00Z"}, {Device: ct, Probability: 0.97}},
				Attack:   []string{"T1543.003", "T1570", "T9999", hostile}, Findings: []int{0, 1, 2},
				Advice: []report.Action{{Do: "Isolate 10.20.30.21", Why: hostile, Devices: []report.Party{ct}}},
				Blind:  []report.Spot{{Reason: "one_sided", Detail: "10.20.30.21 to 10.20.30.51", Devices: []report.Party{ct}}},
				Indicators: []report.Indicator{{Kind: "sha256", Value: hash, Detail: "content", Finding: 0}, {Kind: "sha256", Value: hostile, Detail: "", Finding: 0}, {Kind: "md5", Value: "d41d8cd98f00b204e9800998ecf8427e", Detail: "", Finding: 0}, {Kind: "imphash", Value: "ab", Detail: "", Finding: 0}, {Kind: "tlsh", Value: "T1AB", Detail: "", Finding: 0},
					{Kind: "service", Value: hostile, Detail: "", Finding: 0}, {Kind: "task", Value: `\a\b`, Detail: "", Finding: 0}, {Kind: "file", Value: hostile, Detail: "", Finding: 0}, {Kind: "domain", Value: "bad.example.org", Detail: "", Finding: 1}, {Kind: "url", Value: "http://bad.example.org/'", Detail: hostile, Finding: 1},
					{Kind: "address", Value: "198.51.100.7", Detail: "", Finding: 1}, {Kind: "address", Value: "2001:db8::7", Detail: "", Finding: 1}, {Kind: "user_agent", Value: "ItIsMe", Detail: "", Finding: 1}, {Kind: "ja4", Value: "t13", Detail: "", Finding: 1}, {Kind: "sha256", Value: hash, Detail: "", Finding: 99}}},
			{ID: hostile, Title: hostile, First: "never", Last: ""},
		}}
}

func written(t *testing.T, d *report.Document, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Bundles are as the standard wants them, and the same again, whatever the traffic says.
func TestStandard(t *testing.T) {
	for _, o := range []Options{{}, {TLP: "clear", Share: true}, {TLP: "green", Site: "mark"}, {TLP: "amber+strict", Incident: "LZ-1"}, {TLP: "red"}} {
		b := written(t, document(), o)
		for _, f := range stixtest.Check([]byte(b)) {
			t.Errorf("%+v: %s", o, f)
		}
		if b != written(t, document(), o) {
			t.Errorf("%+v: other bytes the second time", o)
		}
		if strings.Contains(b, "accountmark") || strings.ContainsAny(b, "\x1b\x00") {
			t.Errorf("%+v: an account or a control character", o)
		}
	}
	if f := stixtest.Check([]byte(written(t, &report.Document{}, Options{}))); f != nil {
		t.Error(f)
	}
	for _, o := range []Options{{TLP: "white"}, {Incident: "LZ-2"}} {
		if err := Write(&bytes.Buffer{}, document(), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// What goes to others has nothing of the site.
func TestShare(t *testing.T) {
	all, shared := written(t, document(), Options{}), written(t, document(), Options{Share: true})
	for _, inner := range []string{"10.20.30.", "fe80", "00:0c:29", "infrastructure", "observed-data", "course-of-action", "ADMIN$"} {
		if strings.Contains(shared, inner) {
			t.Errorf("%s goes out", inner)
		}
		if inner != "ADMIN$" && !strings.Contains(all, inner) {
			t.Errorf("%s is not in the whole", inner)
		}
	}
	for _, want := range []string{hash, "bad.example.org", "198.51.100.7", "T1543.003", "2 devices likely taken over", "one_sided (1 devices)", "where_sighted_refs", "A hospital"} {
		if !strings.Contains(shared, want) {
			t.Errorf("%s does not go out", want)
		}
	}
}

func objects(t *testing.T, b string) map[string][]stixtest.Object {
	t.Helper()
	var top struct{ Objects []stixtest.Object }
	if err := json.Unmarshal([]byte(b), &top); err != nil {
		t.Fatal(err)
	}
	out := map[string][]stixtest.Object{}
	for _, x := range top.Objects {
		kind := x["type"].(string)
		out[kind] = append(out[kind], x)
	}
	return out
}

// A grown incident gives newer versions of the same objects.
func TestGrown(t *testing.T) {
	d := document()
	before := objects(t, written(t, d, Options{Incident: "LZ-1"}))
	d.Incidents[0].Last = "2026-11-03T09:00:00Z"
	after := objects(t, written(t, d, Options{Incident: "LZ-1"}))
	for _, kind := range []string{"report", "indicator", "infrastructure", "sighting"} {
		for i := range before[kind] {
			x, y := before[kind][i], after[kind][i]
			if x["id"] != y["id"] || x["created"] != y["created"] || x["modified"] != "2026-11-02T09:00:00.000Z" || y["modified"] != "2026-11-03T09:00:00.000Z" {
				t.Errorf("%v became %v", x, y)
			}
		}
	}
	if one, two := objects(t, written(t, d, Options{Site: "a"})), objects(t, written(t, d, Options{Site: "b"})); slices.ContainsFunc(one["sighting"], func(x stixtest.Object) bool {
		return x["where_sighted_refs"].([]any)[0] == two["sighting"][0]["where_sighted_refs"].([]any)[0]
	}) {
		t.Error("two sites are one")
	}
}

// Identifiers of what is observed are those of the standard: the value was computed with
// Python's uuid.uuid5.
func TestIdentifiers(t *testing.T) {
	for value, want := range map[string]string{"198.51.100.3": "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"} {
		if got := observed("ipv4-addr", map[string]any{"value": value}); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
	if got := canonical(`{"a":"\u003cb\u003e\u0026\\u0026\u2028\u0001"}`); got != "{\"a\":\"<b>&\\\\u0026\u2028\\u0001\"}" {
		t.Errorf("%s", got)
	}
}

// A pattern holds the value alone, whatever it is.
func TestPattern(t *testing.T) {
	for kind, want := range map[string]string{
		"service": `[process:extensions.'windows-service-ext'.service_name = 'a\'b\\']`, "file": `[file:name = 'a\'b\\']`, "sha256": "", "ja3": "",
	} {
		if got := pattern(kind, `a'b\`); got != want {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

// The check finds what is wrong.
func TestCheck(t *testing.T) {
	good := written(t, document(), Options{})
	for old, wrong := range map[string]string{
		`"pattern_type": "stix"`: `"pattern_type": "own"`, `"context": "suspicious-activity"`: `"context": "x"`, `"spec_version": "2.1"`: `"spec_version": "2.0"`,
		`"relationship_type": "consists-of"`: `"relationship_type": "eats"`, `"is_family": false,`: ``, `08:00:00.123Z`: `08:00:00Z`, `"src_port": 50000`: `"src_port": 50001`,
		`"tlp_2_0": "amber"`: `"tlp_2_0": "white"`, `"number_observed": 3`: `"number_observed": 0`, `"infrastructure_types"`: `"x_types"`, `"value": "10.20.30.51"`: `"value": "10.20.30.52"`,
		`= '198.51.100.7'`: `= 198.51.100.7`, `"identity_class": "system"`: `"identity_class": "box"`,
	} {
		if bad := strings.Replace(good, old, wrong, 1); bad == good || stixtest.Check([]byte(bad)) == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// Programs of others compute the same identifiers of what was observed, and accept the objects that
// their schemas know.
func TestOthers(t *testing.T) {
	dir, err := filepath.Abs("../../../lab/validators")
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(dir, "node_modules", "@mitre-attack", "attack-data-model")); err != nil || missing != nil {
		t.Skip("the validators are not installed: make tools")
	}
	check := func(b string) string {
		file := filepath.Join(t.TempDir(), "x.stix.json")
		if err := os.WriteFile(file, []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(node, filepath.Join(dir, "validate.js"), "stix", file).CombinedOutput()
		if err != nil && len(out) == 0 {
			t.Fatal(err)
		}
		return string(out)
	}
	b := written(t, document(), Options{})
	if out := check(b); out != "" {
		t.Error(out)
	}
	for from, to := range map[string]string{`"src_port": 50000`: `"src_port": 50001`, `"spec_version": "2.1"`: `"spec_version": "9"`, `"created": "20`: `"created": "x`,
		`"kill_chain_name": "mitre-attack"`: `"kill_chain_name": "Mine Own"`, `"id": "attack-pattern--`: `"id": "attack-pattern-`, `"source_name": "mitre-attack"`: `"source": "m"`} {
		wrong := strings.Replace(b, from, to, 1)
		if wrong == b || check(wrong) == "" {
			t.Errorf("%s is taken", to)
		}
	}
}

func FuzzWrite(f *testing.F) {
	f.Add(hostile, "file", "10.0.0.1")
	f.Add("a", "task", "fe80::1%1")
	f.Fuzz(func(t *testing.T, text, kind, address string) {
		d := document()
		x := &d.Incidents[0]
		x.ID, x.Title, x.First, x.Infected[0].Device.Address, d.Findings[0].Source.Address = text, text, text, address, address
		x.Indicators = append(x.Indicators, report.Indicator{Kind: kind, Value: text, Detail: address})
		d.Findings[0].Evidence[0].Value, d.Findings[1].Evidence[0].Value = text, text
		for _, o := range []Options{{}, {Share: true}} {
			if faults := stixtest.Check([]byte(written(t, d, o))); faults != nil {
				t.Errorf("%+v: %s", o, faults)
			}
		}
	})
}
