package app

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/report"
)

// What is inside encryption is told by who spoke to whom, and how often.
func TestBlindBetween(t *testing.T) {
	for capture, want := range map[string][]string{
		"outbreak/veiled": {"smb3 10.20.30.21 10.20.30.23 445 1", "smb3 10.20.30.54 10.20.30.101 445 1", "dicom_tls 10.20.30.23 10.20.30.11 2762 1", "tls 10.20.30.23 198.51.100.66 443 13", "sealed 10.20.30.21 10.20.30.23 49664 1"},
		"dicom-tls":       {"dicom_tls"},
	} {
		_, out, msg := lazaret(t, nil, "read", "-o", "json", filepath.Join(labDir, capture+".pcap.zst"))
		var doc struct {
			Blind []report.Blind `json:"blind"`
		}
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err, msg)
		}
		var got strings.Builder
		for _, b := range doc.Blind {
			var sum uint64
			for _, p := range b.Between {
				sum += p.Count
				fmt.Fprintln(&got, b.Reason, p.Source.Address, p.Target.Address, p.Port, p.Count)
			}
			if len(b.Between) > 0 && b.More == 0 && sum != b.Count {
				t.Errorf("%s: %s: %d conversations, %d by pairs", capture, b.Reason, b.Count, sum)
			}
		}
		for _, w := range want {
			if !strings.Contains("\n"+got.String(), "\n"+w) {
				t.Errorf("%s: no %q in\n%s", capture, w, got.String())
			}
		}
	}
}
