package app

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/proto/files"
	"lazaret/internal/report"
	"lazaret/internal/sessions"
)

func TestMoved(t *testing.T) {
	m := newMoved()
	for _, f := range []*files.Record{
		{Source: "SMB", Seen: 2048, SHA256: "a", Runs: true, Family: "F1"}, {Source: "SMB", Seen: 1024, SHA256: "b", Runs: true, Family: "F1"}, {Source: "HTTP", Seen: 1024},
	} {
		m.add(&event.Record{Body: f})
	}
	if got, want := movedLine(&m.Moved), "3 files moved, 4.0 KiB, 2 executables in 1 family; 1 not seen whole."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if fmt.Sprint(m.Sources) != "map[HTTP:1 SMB:2]" {
		t.Errorf("sources %v", m.Sources)
	}
	if got := movedLine(&report.Moved{}); got != "" {
		t.Errorf("of no files: %q", got)
	}
}

// The section about sessions fits the terminal, joins what differs in reason and account
// alone, and shows what was granted first.
func TestSessionsText(t *testing.T) {
	d := threeDevices()
	d.Devices[0].Names = []string{"ctconsole"}
	add := func(o sessions.Outcome, user, why string, count int) {
		d.Sessions = append(d.Sessions, report.Session{Kind: sessions.Service, Client: "10.0.0.3", ClientDevice: "ip:10.0.0.3", Server: "10.0.0.1", ServerDevice: "ip:10.0.0.1",
			User: user, Outcome: o, Why: why, Count: count})
	}
	add(sessions.Refused, "m1", "dce_rpc: svcctl CreateServiceW refused", 1200)
	add(sessions.Granted, "m1", "dce_rpc: svcctl CreateServiceW accepted", 1)
	add(sessions.Granted, "m2", "dce_rpc: svcctl StartServiceW accepted", 2)
	for _, width := range []int{0, 80} {
		var b strings.Builder
		if err := printSessions(&b, d, width); err != nil {
			t.Fatal(err)
		}
		var rows []string
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(line) - 1; width > 0 && n > width {
				t.Errorf("%d characters: %q", n, line)
			}
			rows = append(rows, strings.Join(strings.Fields(line), " "))
		}
		if len(rows) != 5 || !strings.HasPrefix(rows[3], "service 10.0.0.3 ctconsole granted 3 2") || !strings.HasPrefix(rows[4], "service 10.0.0.3 ctconsole refused 1,200 1") {
			t.Errorf("width %d:\n%s", width, b.String())
		}
		if width == 0 && !strings.Contains(rows[3], "svcctl CreateServiceW accepted +1") {
			t.Errorf("no reason: %s", rows[3])
		}
	}
	for i := range 3 * mostSessions {
		add(sessions.Likely, "", fmt.Sprint("x", i), 1)
		d.Sessions[len(d.Sessions)-1].Client, d.Sessions[len(d.Sessions)-1].ClientDevice = fmt.Sprint("10.1.0.", i), ""
	}
	var b strings.Builder
	if err := printSessions(&b, d, 80); err != nil || !strings.Contains(b.String(), "(and 42 more; -o json has all)") {
		t.Errorf("%v\n%s", err, b.String())
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
