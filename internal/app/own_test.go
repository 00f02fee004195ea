package app

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/report"
)

// What is in a network of the site is never told as an indicator, and a network that is none is an
// error.
func TestOwnNetworks(t *testing.T) {
	capture := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst")
	config := filepath.Join(t.TempDir(), "lazaret.toml")
	write(t, config, "[site]\nnetworks = [\"198.51.100.0/24\"]\n")
	_, before, _ := lazaret(t, nil, "report", "-o", "stix", "--share", capture)
	code, after, msg := lazaret(t, nil, "report", "--config", config, "-o", "stix", "--share", capture)
	if code != 0 || !strings.Contains(before, "198.51.100.66") || strings.Contains(after, "198.51.100.") || !strings.Contains(after, "192.0.2.41") {
		t.Errorf("status %d: %s", code, msg)
	}
	write(t, config, "[site]\nnetworks = [\"198.51.100\"]\n")
	if code, _, msg := lazaret(t, nil, "report", "--config", config, capture); code != 2 || !strings.Contains(msg, "site.networks") {
		t.Errorf("status %d: %s", code, msg)
	}
}

// With a baseline, what goes where it never went is moved.
func TestMovedOutside(t *testing.T) {
	capture := filepath.Join(labDir, "outbreak", "theft.pcap.zst")
	base := filepath.Join(t.TempDir(), "site.baseline")
	if code, _, msg := lazaret(t, nil, "read", "--learn", "2026-11-23T00:00:00Z/2026-11-24T00:13:00Z", "--save-baseline", base, capture); code != 0 {
		t.Fatal(msg)
	}
	_, out, msg := lazaret(t, nil, "exposure", "--baseline", base, "-o", "json", capture)
	var d struct {
		Incidents []struct{ Exposure report.Exposure }
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || len(d.Incidents) == 0 {
		t.Fatal(err, msg)
	}
	if w := d.Incidents[0].Exposure.Whole; w.Moved.Studies.Count != 60 || w.Handled.Studies.Count != 0 || w.Returned.Studies.Count != 120 {
		t.Errorf("%+v", w)
	}
}
