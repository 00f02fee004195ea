package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
