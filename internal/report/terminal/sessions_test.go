package terminal

import (
	"fmt"
	"lazaret/internal/report"
	"lazaret/internal/sessions"
	"strings"
	"testing"
	"unicode/utf8"
)

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

func TestMovedLine(t *testing.T) {
	m := report.Moved{Files: 3, Bytes: 4096, Incomplete: 1, Executables: 2, Families: 1}
	if got, want := movedLine(&m), "3 files moved, 4.0 KiB, 2 executables in 1 family; 1 not seen whole."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := movedLine(&report.Moved{}); got != "" {
		t.Errorf("of no files: %q", got)
	}
}
