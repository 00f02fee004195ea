package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/detect/rules"
)

func TestRulesCommand(t *testing.T) {
	code, out, _ := lazaret(t, nil, "rules", "list")
	if lines := strings.Count(out, "\n"); code != 0 || lines != len(rules.All())+1 {
		t.Errorf("status %d, %d lines for %d rules", code, lines, len(rules.All()))
	}
	code, out, _ = lazaret(t, nil, "rules", "list", "--json")
	var list []ruleJSON
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || len(list) != len(rules.All()) || list[0].Why == "" {
		t.Errorf("status %d, %v, %d rules", code, err, len(list))
	}
	for _, r := range list {
		if code, out, _ := lazaret(t, nil, "rules", "explain", strings.ToLower(r.ID)); code != 0 || !strings.Contains(out, r.Why) {
			t.Errorf("explain %s: status %d\n%s", r.ID, code, out)
		}
	}
	_, manual, _ := lazaret(t, nil, "rules", "manual")
	for _, r := range list {
		if strings.Count(manual, "## "+r.ID+": ") != 1 || !strings.Contains(manual, r.Why) {
			t.Errorf("the manual has not one page for %s", r.ID)
		}
	}
	if code, _, msg := lazaret(t, nil, "rules", "explain", "Z9"); code != 2 || !strings.Contains(msg, `no rule "Z9"`) {
		t.Errorf("status %d: %s", code, msg)
	}
}

func TestFailOn(t *testing.T) {
	if code, _, msg := lazaret(t, nil, "read", "--fail-on", "grave", "x.pcap"); code != 2 || !strings.Contains(msg, "--fail-on") {
		t.Errorf("status %d: %s", code, msg)
	}
	for s, want := range map[string]detect.Severity{"": detect.None, "High": detect.High, "info": detect.Info} {
		if got, err := parseFailOn(s); err != nil || got != want {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
}

func TestAllowCommand(t *testing.T) {
	_, out, _ := lazaret(t, nil, "rules", "allow")
	name := filepath.Join(t.TempDir(), "site.toml")
	write(t, name, strings.ReplaceAll(out, `rules   = ["K2", "K3", "K4", "L1"]`, `rules = ["K1"]`))
	if code, out, msg := lazaret(t, nil, "rules", "check", name); code != 0 || out != "ok: 1 entry\n" {
		t.Errorf("status %d: %s%s", code, out, msg)
	}
	if code, _, msg := lazaret(t, nil, "read", "--allow", name+"x", "x.pcap"); code != 2 || !strings.Contains(msg, "--allow "+name+"x: no such file") {
		t.Errorf("status %d: %s", code, msg)
	}
	write(t, name, "[[allow]]\nname = 'x'\nalways = true\nfrom = '1'\n")
	code, _, msg := lazaret(t, nil, "read", "--allow", name, "x.pcap")
	if code != 2 || strings.Count(msg, name+":1: ") < 3 || !strings.Contains(msg, name+":3: always") {
		t.Errorf("status %d: %s", code, msg)
	}
}

// A name that somebody asked for in the lab is found when it is on a list, and with
// --fail-on the status says so.
func TestIntel(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list.txt")
	capture := filepath.Join(labDir, "dhcp-dns.pcap.zst")
	logs := t.TempDir()
	lazaret(t, nil, "read", "--logs", logs, capture)
	name := firstQuery(t, filepath.Join(logs, "dns.log"))
	write(t, list, "# names\ndomain:"+name+"\n")
	code, out, msg := lazaret(t, nil, "read", "--intel", list, "--fail-on", "info", capture)
	if code != 3 || !strings.Contains(out, name) || !strings.Contains(out, "LZ-INTEL") {
		t.Errorf("status %d, %s\n%s", code, msg, out)
	}
	write(t, list, "domain:com\n0.0.0.0/0\n")
	code, _, msg = lazaret(t, nil, "read", "--intel", list, capture)
	if code != 2 || !strings.Contains(msg, list+":1") || !strings.Contains(msg, list+":2") {
		t.Errorf("status %d, %s", code, msg)
	}
	if code, _, msg := lazaret(t, nil, "read", "--intel", list+"x", capture); code != 2 || !strings.Contains(msg, "no such file") {
		t.Errorf("status %d, %s", code, msg)
	}
}

// firstQuery is the first name of a public form in a dns log that was answered.
func firstQuery(t *testing.T, log string) string {
	t.Helper()
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var d struct {
			Query string `json:"query"`
			RCode string `json:"rcode_name"`
			Type  string `json:"qtype_name"`
		}
		if json.Unmarshal([]byte(line), &d) == nil && d.RCode == "NOERROR" && d.Type == "A" && strings.Count(d.Query, ".") >= 2 {
			return d.Query
		}
	}
	t.Fatal("no name in the log")
	return ""
}

const sigmaRule = `title: Name of the lab is asked for
id: 11111111-2222-4333-8444-555555555555
status: test
description: Somebody asks for a name.
logsource:
    product: zeek
    service: dns
detection:
    selection:
        query|contains: '.'
    condition: selection
level: low
tags:
    - attack.t1071.004
`

func TestSigma(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yml"), sigmaRule)
	write(t, filepath.Join(dir, "README.md"), "not a rule")
	capture := filepath.Join(labDir, "dhcp-dns.pcap.zst")
	code, out, msg := lazaret(t, nil, "read", "--rules", dir, "--fail-on", "low", capture)
	if code != 3 || !strings.Contains(out, "Name of the lab is asked for") {
		t.Errorf("status %d, %s\n%s", code, msg, out)
	}
	if code, out, msg := lazaret(t, nil, "rules", "explain", "--rules", dir, "11111111-2222-4333-8444-555555555555"); code != 0 || !strings.Contains(out, "Somebody asks") {
		t.Errorf("status %d, %s\n%s", code, msg, out)
	}
	if code, out, _ := lazaret(t, nil, "rules", "check", dir); code != 0 || !strings.Contains(out, "ok: 1 rule\n") {
		t.Errorf("status %d\n%s", code, out)
	}
	write(t, filepath.Join(dir, "b.yml"), strings.Replace(sigmaRule, "query|contains", "query|contians", 1))
	write(t, filepath.Join(dir, "c.yml"), strings.Replace(sigmaRule, "condition: selection", "condition: selektion", 1))
	code, _, msg = lazaret(t, nil, "rules", "check", dir)
	if code != 2 || !strings.Contains(msg, "b.yml:") || !strings.Contains(msg, "c.yml:") {
		t.Errorf("status %d\n%s", code, msg)
	}
	for path, want := range map[string]string{filepath.Join(dir, "README.md"): "ends in none", dir + "x": "no such file", t.TempDir(): "no files .yml"} {
		if code, _, msg := lazaret(t, nil, "read", "--rules", path, capture); code != 2 || !strings.Contains(msg, want) {
			t.Errorf("%s: status %d, %s", path, code, msg)
		}
	}
}

const yaraRule = `rule LabStub : inert
{
    meta:
        description = "A program that the lab moved"
        severity = "low"
    strings:
        $mz = "MZ"
    condition:
        $mz at 0
}
`

func TestYARA(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.yar")
	write(t, name, yaraRule)
	capture := filepath.Join(labDir, "rpc.pcap.zst")
	code, out, msg := lazaret(t, nil, "read", "--rules", name, "--fail-on", "low", capture)
	if code != 3 || !strings.Contains(out, "A program that the lab moved") {
		t.Errorf("status %d, %s\n%s", code, msg, out)
	}
	write(t, name, strings.Replace(yaraRule, "$mz at 0", "$my at 0 and androguard.x", 1))
	write(t, filepath.Join(dir, "b.yml"), strings.Replace(sigmaRule, "condition: selection", "condition: selektion", 1))
	code, _, msg = lazaret(t, nil, "rules", "check", dir)
	if code != 2 || !strings.Contains(msg, "a.yar:") || !strings.Contains(msg, "b.yml:") {
		t.Errorf("status %d\n%s", code, msg)
	}
}

// What is wrong with rules, lists and indicators is told at once.
func TestAllKnowledgeFaults(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	code, _, msg := lazaret(t, nil, "read", "--rules", write("r.yar", "rule a { condition: $b }"), "--allow", write("a.toml", "[[allow]]\nrules = [\"a\"]\n"),
		"--intel", write("i.txt", "0.0.0.0/0\n"), filepath.Join(labDir, "hl7.pcap.zst"))
	if code != 2 {
		t.Errorf("status %d", code)
	}
	for _, want := range []string{"r.yar:1: a: ", "a.toml:1: source: ", "i.txt:1: 0.0.0.0/0: "} {
		if !strings.Contains(msg, want) {
			t.Errorf("not said: %s\n%s", want, msg)
		}
	}
	if strings.Contains(msg, "there is no rule") {
		t.Errorf("a rule of a file that cannot be read is held against the list:\n%s", msg)
	}
}
