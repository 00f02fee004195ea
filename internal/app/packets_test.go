package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/report"
	"lazaret/lab/truth"
)

// The masked packets of each outbreak tell all that the packets in clear tell, and nothing of a
// patient.
func TestPackets(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(labDir, "outbreak", "*.pcap.zst"))
	if err != nil || len(files) < 10 {
		t.Fatal(err, len(files))
	}
	told := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pcap.zst")
		clear, masked := filepath.Join(t.TempDir(), "c.pcapng"), filepath.Join(t.TempDir(), "m.pcapng")
		for _, args := range [][]string{{"--pcap", masked}, {"--pcap-clear", "--pcap", clear}} {
			if code, _, msg := lazaret(t, nil, append(append([]string{"report", "-o", "json"}, args...), file)...); code != 0 {
				t.Fatalf("%s: status %d: %s", name, code, msg)
			}
		}
		whole := findings(t, clear)
		told += len(whole)
		got := findings(t, masked)
		for _, f := range whole {
			// What is within content of several parts is overwritten with the rest of it, and
			// names of files that are alike in length are alike then.
			if !slices.Contains(got, f) && !strings.Contains(f, " D6 10.20.30.41 ") && !strings.Contains(f, " E9 ") {
				t.Errorf("%s: masked packets do not tell %s", name, f)
			}
		}
		for _, f := range got {
			if !slices.Contains(whole, f) {
				t.Errorf("%s: masked packets alone tell %s", name, f)
			}
		}
		b, err := os.ReadFile(strings.Replace(file, ".pcap.zst", ".truth.json", 1))
		if err != nil {
			t.Fatal(err)
		}
		var tr truth.Truth
		if err := json.Unmarshal(b, &tr); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(masked)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range tr.Canaries {
			if c.Kind != "user" && bytes.Contains(text, []byte(c.Value)) {
				t.Errorf("%s: a canary of kind %s is in the packets", name, c.Kind)
			}
		}
	}
	if told < 50 {
		t.Errorf("only %d findings were told", told)
	}
}

// findings are those of a capture, and who infected whom, as text. A capture of no packet has
// none.
func findings(t *testing.T, file string) (out []string) {
	t.Helper()
	_, text, msg := lazaret(t, nil, "read", "-o", "json", file)
	var d report.Document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err, msg)
	}
	for _, f := range d.Findings {
		out = append(out, strings.Join([]string{f.Time, f.Rule, f.Source.Address, f.Target.Address}, " "))
	}
	for _, x := range d.Incidents {
		for _, e := range x.Tree {
			out = append(out, strings.Join([]string{e.Time, e.Source.Address, e.Target.Address, e.Grade}, " "))
		}
	}
	return out
}

func TestPacketsCommand(t *testing.T) {
	file := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst")
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--pcap-clear", file}, 2, "give --pcap"},
		{[]string{"--pcap", filepath.Join(dir, "none", "p.pcapng"), file}, 2, "none"},
		{[]string{"--pcap", filepath.Join(dir, "p.pcapng"), "-"}, 2, "read twice"},
		{[]string{"--pcap", filepath.Join(dir, "p.pcapng"), "--pcap-clear", file}, 0, "holds patient data"},
	} {
		code, _, msg := lazaret(t, nil, append([]string{"report"}, c.args...)...)
		if code != c.code || !strings.Contains(msg, c.says) {
			t.Errorf("%q: status %d: %s", c.args, code, msg)
		}
	}
	packets, kept := filepath.Join(dir, "p.pcapng"), filepath.Join(dir, "b.zip")
	code, _, msg := lazaret(t, nil, "report", "--pcap", packets, "--bundle", kept, file)
	if code != 0 {
		t.Fatal(msg)
	}
	code, out, _ := lazaret(t, nil, "bundle", "verify", "--json", kept)
	if code != 0 || !strings.Contains(out, `"packets.pcapng"`) {
		t.Errorf("status %d: the packets are not in the bundle: %s", code, out)
	}
}
