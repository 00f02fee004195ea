package app

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/inventory"
	"lazaret/internal/report"
)

// Sessions in the JSON name devices, and accounts by mark alone.
func TestSessionsJSON(t *testing.T) {
	_, out, _ := lazaret(t, nil, "read", "-o", "json", filepath.Join(labDir, "rpc.pcap.zst"))
	var d struct {
		Sessions []report.Session   `json:"sessions"`
		Files    report.Moved       `json:"files"`
		Devices  []inventory.Device `json:"devices"`
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, v := range d.Devices {
		ids[v.ID] = true
	}
	marks := 0
	for _, s := range d.Sessions {
		if !ids[s.ClientDevice] || !ids[s.ServerDevice] || s.Why == "" || s.Count < 1 || len(s.UIDs) == 0 || s.Start > s.Last {
			t.Errorf("%+v", s)
		}
		if s.User != "" {
			if marks++; len(s.User) != 32 || strings.Contains(s.User, "lz") {
				t.Errorf("user %q", s.User)
			}
		}
	}
	if len(d.Sessions) < 10 || marks < 5 || d.Files.Files != 6 || d.Files.Executables != 6 || d.Files.Sources["SMB"] != 6 {
		t.Errorf("%d sessions, %d marks, files %+v", len(d.Sessions), marks, d.Files)
	}
}
