package app

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// The example in the documentation is right.
func TestRulesTest(t *testing.T) {
	code, out, msg := lazaret(t, nil, "rules", "test", "../../docs/detections/example")
	if code != 0 || strings.Count(out, "ok      ") != 5 || !strings.Contains(out, "5 cases, 0 failed.") {
		t.Errorf("status %d\n%s%s", code, out, msg)
	}
}

const shareRule = `title: Share entered
id: 0e6b6a3c-0000-4000-8000-000000000001
logsource: {product: zeek, service: smb_mapping}
detection:
    sel: {path|endswith: '\ADMIN$'}
    condition: sel
---
title: Never
id: 0e6b6a3c-0000-4000-8000-000000000002
logsource: {product: zeek, service: dns}
detection:
    sel: {query: never}
    condition: sel
---
title: Shares entered
id: 0e6b6a3c-0000-4000-8000-000000000003
correlation:
    type: event_count
    rules: [0e6b6a3c-0000-4000-8000-000000000001]
    generate: true
    group-by: [id.orig_h]
    timespan: 10m
    condition: {gte: 3}
`

const marked = `rule marked { strings: $a = "inert mark" condition: $a }`

// A wrong expectation fails, with what the rule said instead; rules without a case are
// named.
func TestRulesTestFails(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "r.yml"), shareRule)
	write(t, filepath.Join(dir, "r.yar"), marked)
	write(t, filepath.Join(dir, "with.bin"), "MZ an inert mark")
	const entered = `{ log = "smb_mapping", id.orig_h = "10.0.0.1", id.resp_h = "10.0.0.2", path = '\\a\ADMIN$' }`
	one := func(name, rule, rest string) string {
		return "[[case]]\nname = '" + name + "'\nrule = '" + rule + "'\n" + rest + "\n"
	}
	write(t, filepath.Join(dir, "r.test.toml"), strings.Join([]string{
		one("right", "share entered", "expect = 'fires'\nsource = '10.0.0.1'\nrecords = ["+entered+"]"),
		one("loud", "Share entered", "expect = 'quiet'\nrecords = ["+entered+"]"),
		one("other way", "Share entered", "expect = 'fires'\nsource = '10.0.0.2'\nrecords = ["+entered+"]"),
		one("too often", "Share entered", "expect = 'fires'\ncount = 1\nrecords = ["+entered+", "+entered+"]"),
		one("many", "Shares entered", "expect = 'fires'\nrecords = ["+entered+", "+entered+", "+entered+"]"),
		one("few", "Shares entered", "expect = 'fires'\nrecords = ["+entered+", "+entered+"]"),
		one("in a file", "marked", "expect = 'fires'\nfile = 'with.bin'"),
		one("not in a file", "marked", "expect = 'fires'\nfile = 'r.yml'"),
	}, "\n"))
	code, out, msg := lazaret(t, nil, "rules", "test", dir)
	for _, want := range []string{": right\n", "FAILED", "quiet is expected: it fires\n", "fires is expected: it fires, but not from 10.0.0.2 to anybody", "it fires 2 times, 1 are expected",
		"it said: ", "10.0.0.1>10.0.0.2, 1 time", "fires is expected: it stays quiet", "8 cases, 5 failed.", "Without a case: 1 rule\n  0e6b6a3c-0000-4000-8000-000000000002 Never\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("not told: %s", want)
		}
	}
	if code != 1 || msg != "" {
		t.Errorf("status %d, %s", code, msg)
	}
	if t.Failed() {
		t.Log(out)
	}
	code, out, _ = lazaret(t, nil, "rules", "test", "--json", dir)
	var d trials
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 1 || len(d.Cases) != 8 || d.Failed != 5 || d.Cases[1].OK || d.Cases[1].Why != "it fires" || len(d.Untested) != 1 {
		t.Errorf("status %d, %v, %+v", code, err, d)
	}
}

// Faults of rules and cases are told at once, and nothing is run.
func TestRulesTestFaults(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "r.yar"), marked)
	cases := filepath.Join(dir, "r.test.toml")
	write(t, cases, "[[case]]\nrule = 'nothing'\nexpect = 'fires'\nfile = 'a'\n[[case]]\nrule = 'K1'\nexpect = 'quiet'\nfile = 'a'\n[[case]]\nrule = 'marked'\nexpect = 'fires'\nrecords = [{log='dns'}]\n[[case]]\nrule='marked'\n[[case]]\nrule = 'K1'\nexpect = 'quiet'\nrecords = [{log='dns'}]\n")
	code, out, msg := lazaret(t, nil, "rules", "test", dir)
	for _, want := range []string{cases + ":5: file: " + filepath.Join(dir, "a") + ": no such file", cases + `:1: rule: there is no rule of the number or title "nothing"`, cases + ":5: file: K1 is a rule of behaviour", cases + ":9: records: yara:marked is a rule of yara", cases + ":13: expect: ", cases + ":15: records: K1 reads dce_rpc alone"} {
		if !strings.Contains(msg, want) {
			t.Errorf("not said: %s\n%s", want, msg)
		}
	}
	if code != 2 || out != "" {
		t.Errorf("status %d: %s", code, out)
	}
	write(t, filepath.Join(dir, "r.yar"), "rule broken { condition: $x }")
	if code, _, msg := lazaret(t, nil, "rules", "test", dir); code != 2 || !strings.Contains(msg, "r.yar:1: broken") || !strings.Contains(msg, ":13: expect: ") {
		t.Errorf("status %d: %s", code, msg)
	}
	write(t, filepath.Join(dir, "r.yar"), marked)
	write(t, cases, "[[case]]\nrule = 'marked'\nexpect = 'fires'\ncapture = 'gone.pcap'\n")
	if code, _, msg := lazaret(t, nil, "rules", "test", dir); code != 2 || !strings.Contains(msg, "gone.pcap: no such file") {
		t.Errorf("status %d: %s", code, msg)
	}
	if code, _, msg := lazaret(t, nil, "rules", "test", filepath.Join(dir, "r.yar")); code != 2 || !strings.Contains(msg, "there are no cases") {
		t.Errorf("status %d: %s", code, msg)
	}
}
