package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/ledger"
	"lazaret/internal/report"
)

// remembered runs report over files with a ledger and gives back the incidents.
func remembered(t *testing.T, file string, captures ...string) []report.Incident {
	t.Helper()
	code, out, msg := lazaret(t, nil, append([]string{"report", "-o", "json", "--ledger", file}, captures...)...)
	var d struct{ Incidents []report.Incident }
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
		t.Fatalf("status %d, %v, %s", code, err, msg)
	}
	return d.Incidents
}

func happened(x *report.Incident, what string) bool {
	return slices.ContainsFunc(x.History, func(c report.Change) bool { return c.What == what })
}

// The first half of an outbreak, then the whole: it keeps its id and grows; closed by a person it
// stays closed when the same is read again, and what came after that opens it.
func TestLedger(t *testing.T) {
	file := filepath.Join(t.TempDir(), "incidents.jsonl")
	whole := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst")
	half := rewritten(t, "kwampirs", 0, 0.55, 0)
	first := remembered(t, file, half)
	if len(first) != 1 {
		t.Fatalf("%d incidents in the first half", len(first))
	}
	id := first[0].ID
	if code, out, msg := lazaret(t, nil, "incident", "close", "--ledger", file, "--by", "K. Example", "--note", "cleaned", id); code != 0 || !strings.Contains(out, "closed") {
		t.Fatal(code, msg)
	}
	if again := remembered(t, file, half); again[0].ID != id || again[0].State != "closed" {
		t.Errorf("the same again: %s %s", again[0].ID, again[0].State)
	}
	if code, out, _ := lazaret(t, nil, "incident", "list", "--ledger", file); code != 0 || !strings.Contains(out, "No incident is open") {
		t.Errorf("status %d: %s", code, out)
	}
	grown := remembered(t, file, whole)
	if len(grown) != 1 || grown[0].ID != id || grown[0].State != "reopened" || len(grown[0].Infected) <= len(first[0].Infected) || !happened(&grown[0], "closed") || !happened(&grown[0], "reopened") || !happened(&grown[0], "grew") {
		t.Errorf("the whole: %s %s %+v", grown[0].ID, grown[0].State, grown[0].History)
	}
	// The second half alone is the same incident too: its devices and its programs are known.
	if rest := remembered(t, file, rewritten(t, "kwampirs", 0.55, 1, 0)); len(rest) == 0 || rest[0].ID != id {
		t.Errorf("the second half is another: %+v", rest)
	}
	code, out, _ := lazaret(t, nil, "incident", "show", "--ledger", file, "-o", "json", id)
	var e ledger.Entry
	if err := json.Unmarshal([]byte(out), &e); err != nil || code != 0 || e.ID != id || !slices.ContainsFunc(e.History, func(c ledger.Change) bool { return c.By == "K. Example" && c.Detail == "cleaned" }) {
		t.Errorf("status %d, %v: %s", code, err, out)
	}
	code, out, _ = lazaret(t, nil, "incident", "show", "--ledger", file, id)
	for _, want := range []string{id, "reopened", "closed by K. Example  cleaned", "acted: ", "mark:  family "} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d, not told: %s\n%s", code, want, out)
		}
	}
}

// What is wrong with a ledger is said with its line, and nothing is written over it.
func TestLedgerFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "incidents.jsonl")
	bad := "{\"lazaret_ledger\":1}\n{\"id\":7}\n"
	write(t, file, bad)
	capture := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"read", "--ledger", file, capture}, "line 2"},
		{[]string{"incident", "list", "--ledger", file}, "line 2"},
		{[]string{"incident", "list", "--ledger", file + ".none"}, "no such file"},
		{[]string{"incident", "list"}, "--ledger"},
		{[]string{"incident", "note", "--ledger", file, "LZ-1"}, "--note"},
		{[]string{"incident", "list", "--ledger", file, "-o", "xml"}, "xml"},
	} {
		if code, _, msg := lazaret(t, nil, c.args...); code != 2 || !strings.Contains(msg, c.says) {
			t.Errorf("%q: status %d: %s", c.args, code, msg)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != bad {
		t.Errorf("it was written over: %v", err)
	}
}
