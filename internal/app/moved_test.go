package app

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/proto/files"
	"lazaret/internal/report"
)

func TestMoved(t *testing.T) {
	m := newMoved()
	for _, f := range []*files.Record{
		{Source: "SMB", Seen: 2048, SHA256: "a", Runs: true, Family: "F1"}, {Source: "SMB", Seen: 1024, SHA256: "b", Runs: true, Family: "F1"}, {Source: "HTTP", Seen: 1024},
	} {
		m.add(&event.Record{Body: f})
	}
	if want := (report.Moved{Files: 3, Bytes: 4096, Incomplete: 1, Executables: 2, Families: 1, Sources: map[string]int{"HTTP": 1, "SMB": 2}}); !reflect.DeepEqual(m.Moved, want) {
		t.Errorf("%+v, want %+v", m.Moved, want)
	}
}

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
