package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/report"
	"lazaret/lab/truth"
)

// The masked packets of an outbreak tell the same story as the capture, and nothing of a
// patient.
func TestPackets(t *testing.T) {
	for _, name := range []string{"kwampirs", "theft", "ransom", "legacy", "wannacry", "domain", "merge"} {
		file := filepath.Join(labDir, "outbreak", name+".pcap.zst")
		packets := filepath.Join(t.TempDir(), "p.pcapng")
		code, out, msg := lazaret(t, nil, "report", "-o", "json", "--pcap", packets, file)
		if code != 0 || !strings.Contains(msg, "overwritten") {
			t.Fatalf("%s: status %d: %s", name, code, msg)
		}
		whole := edges(t, out)
		code, out, msg = lazaret(t, nil, "report", "-o", "json", packets)
		if code != 0 {
			t.Fatalf("%s: status %d: %s", name, code, msg)
		}
		if masked := edges(t, out); len(whole) > 0 && strings.Join(whole, "\n") != strings.Join(masked, "\n") {
			t.Errorf("%s: who infected whom:\n%s\nby the masked packets:\n%s", name, strings.Join(whole, "\n"), strings.Join(masked, "\n"))
		}
		b, err := os.ReadFile(strings.Replace(file, ".pcap.zst", ".truth.json", 1))
		if err != nil {
			t.Fatal(err)
		}
		var tr truth.Truth
		if err := json.Unmarshal(b, &tr); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(packets)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range tr.Canaries {
			if c.Kind != "user" && bytes.Contains(text, []byte(c.Value)) {
				t.Errorf("%s: a canary of kind %s is in the packets", name, c.Kind)
			}
		}
	}
}

// edges are who infected whom, as text.
func edges(t *testing.T, text string) (out []string) {
	t.Helper()
	var d struct{ Incidents []report.Incident }
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
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
