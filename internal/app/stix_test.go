package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lazaret/internal/report"
	"lazaret/internal/report/stix"
	"lazaret/internal/report/stix/stixtest"
)

// Every outbreak of the lab is written as the standard wants it, and read again as
// indicators by another site.
func TestSTIX(t *testing.T) {
	captures, err := filepath.Glob(filepath.Join(labDir, "outbreak", "*.pcap.zst"))
	if err != nil || len(captures) == 0 {
		t.Fatal(err)
	}
	for _, file := range captures {
		name := strings.TrimSuffix(filepath.Base(file), ".pcap.zst")
		t.Run(name, func(t *testing.T) {
			bundle := filepath.Join(t.TempDir(), "x.stix.json")
			code, out, msg := lazaret(t, nil, "read", "-o", "stix", "--save", bundle, file)
			saved, err := os.ReadFile(bundle)
			if code != 0 || err != nil || string(saved) != out {
				t.Fatalf("status %d, %v, %s", code, err, msg)
			}
			for _, f := range stixtest.Check(saved) {
				t.Error(f)
			}
			if name != "kwampirs" && name != "wannacry" {
				return
			}
			for _, want := range map[string][]string{"kwampirs": {"service_name = 'WmiApSrvEx'", "[ipv4-addr:value = '198.51.100.66']", "file:hashes.'SHA-256'"},
				"wannacry": {"iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com", "T1210"}}[name] {
				if !strings.Contains(out, want) {
					t.Errorf("no %s", want)
				}
			}
			code, out, msg = lazaret(t, nil, "read", "--intel", bundle, "-o", "findings", file)
			if code != 0 || !strings.Contains(out, "intel") {
				t.Errorf("what was found is not found by it: status %d, %s, %d bytes", code, msg, len(out))
			}
		})
	}
}

// What goes to others has no address, card, account or server of the site.
func TestSTIXShared(t *testing.T) {
	captures, err := filepath.Glob(filepath.Join(labDir, "outbreak", "*.pcap.zst"))
	if err != nil || len(captures) == 0 {
		t.Fatal(err)
	}
	inner := regexp.MustCompile(`10\.20\.30\.|192\.168\.|fe80:|([0-9a-f]{2}:){5}[0-9a-f]{2}|\\\\\\\\[A-Za-z0-9]`)
	for _, file := range captures {
		code, out, msg := lazaret(t, nil, "read", "-o", "json", file)
		var d report.Document
		if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
			t.Fatalf("%s: status %d, %v, %s", file, code, err, msg)
		}
		var b bytes.Buffer
		if err := stix.Write(&b, &d, stix.Options{TLP: "green", Share: true}); err != nil {
			t.Fatal(err)
		}
		for _, f := range stixtest.Check(b.Bytes()) {
			t.Errorf("%s: %s", file, f)
		}
		for line := range strings.Lines(b.String()) {
			// Doubled backslashes in JSON after one that quotes a key of the registry are no server.
			if inner.MatchString(line) && !strings.Contains(line, "windows-registry-key") {
				t.Errorf("%s: %s", file, line)
			}
		}
		for _, v := range d.Findings {
			for _, e := range v.Evidence {
				if strings.HasSuffix(e.Field, ".user") && strings.Contains(b.String(), e.Value) {
					t.Errorf("%s: %s goes out", file, e.Field)
				}
			}
		}
	}
}
