package report

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/inventory"
	"lazaret/internal/netid"
	"lazaret/internal/sessions"
)

// Sessions know the devices at their ends, unless an address moved from one to another,
// and accounts by mark alone.
func TestNewSessions(t *testing.T) {
	devices := []inventory.Device{{ID: "mac:1", IPs: []string{"10.0.0.1", "10.0.0.9"}}, {ID: "mac:2", IPs: []string{"10.0.0.2"}}, {ID: "mac:3", IPs: []string{"10.0.0.9"}}}
	list := []sessions.Session{
		{Kind: sessions.SSH, Client: netid.IPv4(10, 0, 0, 1), Server: netid.IPv4(10, 0, 0, 2), Port: 22, User: "ops", Outcome: sessions.Granted, Why: "w", Start: 1e9, Last: 2e9, Count: 3, UIDs: []string{"C1"}},
		{Kind: sessions.VNC, Client: netid.IPv4(10, 0, 0, 9), Server: netid.IPv4(10, 9, 9, 9), Start: 1e9, Last: 1e9, Count: 1},
	}
	got := NewSessions(list, NewDirectory(devices), func(s string) string { return strings.Repeat("*", len(s)) })
	want := Session{Kind: sessions.SSH, Client: "10.0.0.1", ClientDevice: "mac:1", Server: "10.0.0.2", ServerDevice: "mac:2", Port: 22, User: "***", Outcome: sessions.Granted,
		Why: "w", Start: "1970-01-01T00:00:01Z", Last: "1970-01-01T00:00:02Z", Count: 3, UIDs: []string{"C1"}}
	if fmt.Sprintf("%+v", got[0]) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	if got[1].ClientDevice != "" || got[1].ServerDevice != "" || got[1].Client != "10.0.0.9" {
		t.Errorf("%+v", got[1])
	}
}

// The page shows what was granted first, links to devices, escapes what it shows, and
// counts what it leaves out.
func TestPageSessions(t *testing.T) {
	d := hospital(t, "hospital")
	if strings.Contains(string(written(t, "html", d)), `id="sessions"`) {
		t.Error("a section about nothing")
	}
	id := d.Devices[0].ID
	d.Sessions = []Session{{Kind: sessions.SSH, Client: "10.0.0.1", Server: "10.0.0.2", Outcome: sessions.Refused, Why: "<b>refused</b>", Count: 4, Start: "2026-11-02T08:00:00Z"}}
	for range 2 * mostSessions {
		d.Sessions = append(d.Sessions, Session{Kind: sessions.VNC, ClientDevice: id, Client: "10.0.0.3", Server: "10.0.0.2", User: "MARKMARK", Outcome: sessions.Granted, Why: "w", Count: 1, Start: "2026-11-02T09:00:00Z"})
	}
	d.Moved = Moved{Files: 57, Executables: 3, Families: 1, Incomplete: 2}
	page := string(written(t, "html", d))
	for _, want := range []string{"57 files moved (2 of them seen in part), among them 3 programs in 1 family.", fmt.Sprint(mostSessions+1, " more are in the JSON output"),
		`<td>vnc</td><td><a href="#` + anchor(id) + `">`, "2026-11-02 09:00"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(page, "<b>refused</b>") || strings.Contains(page, "MARKMARK") {
		t.Error("markup or an account is on the page")
	}
	d.Sessions = d.Sessions[:2]
	page = string(written(t, "html", d))
	if granted, refused := strings.Index(page, "<td>granted</td>"), strings.Index(page, "<td>refused</td>"); granted < 0 || refused < granted {
		t.Errorf("granted at %d, refused at %d", granted, refused)
	}
}
