package terminal

import (
	"lazaret/internal/inventory"
	"lazaret/internal/report"
	"strings"
	"testing"
)

func TestPrintFindings(t *testing.T) {
	d := &report.Document{Report: &inventory.Report{Devices: []inventory.Device{{ID: "mac:1", Names: []string{"CT1"}, IPs: []string{"10.0.0.5"}}}},
		Silenced: []report.Silenced{{Rule: "K2", By: "PDQ", Count: 3}},
		Findings: []report.Finding{
			{Time: "2026-11-02T08:00:00Z", Last: "2026-11-02T08:05:00Z", Count: 3, Rule: "K1", Title: "Service", Topic: "accepted", Why: "It stays.", Attack: []string{"T1543.003"},
				Severity: "critical", Reason: "the target is a CT", Confidence: 0.95, Source: report.Party{Address: "10.0.0.5", Device: "mac:1", Role: "ct"}, Target: report.Party{Address: "10.0.0.9", Role: "archive"},
				Evidence: []report.Evidence{{Field: "dce_rpc.target", Value: "Wmi\x1b[2JApSrvEx"}, {Field: "dce_rpc.outcome", Value: "accepted"}}, Innocent: []string{"None is known."}},
			{Time: "2026-11-02T08:06:00Z", Last: "2026-11-02T08:06:00Z", Count: 1, Rule: "E6", Title: "Scan", Why: "It looks.", Attack: []string{"T1046"},
				Severity: "low", Confidence: 0.5, Source: report.Party{Address: "10.0.0.7", Role: "pc"}, Innocent: []string{"Inventory."}},
		}}
	var b strings.Builder
	if err := printFindings(&b, d, 70); err != nil {
		t.Fatal(err)
	}
	want := `
Findings: 1 critical, 1 low. Allow-lists silenced 3 hits.

  CT1 (ct, 10.0.0.5) -> 10.0.0.9 (archive)
    CRITICAL  K1   Service: accepted
              2026-11-02T08:00:00Z to 2026-11-02T08:05:00Z, 3 times;
                T1543.003; confidence 0.95
              Severity: the target is a CT
                dce_rpc.target   Wmi\x1b[2JApSrvEx
                dce_rpc.outcome  accepted
              It stays.
              Innocent causes: None is known.

  10.0.0.7 (pc)
    LOW       E6   Scan
              2026-11-02T08:06:00Z; T1046; confidence 0.50
              It looks.
              Innocent causes: Inventory.
`
	if b.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := printFindings(&b, &report.Document{}, 70); err != nil || b.String() != "\nFindings: none.\n" {
		t.Errorf("without any: %q, %v", b.String(), err)
	}
}

// Who has no known address is called by its network card, never by an address that it took.
func TestCardLine(t *testing.T) {
	p := report.Party{Device: "mac:00:0c:29:44:55:66", Role: "unknown", MAC: "00:0c:29:44:55:66", Vendor: "VMware"}
	for called, want := range map[string]string{
		"":         "network card 00:0c:29:44:55:66 by VMware (unknown)",
		"10.0.0.1": "network card 00:0c:29:44:55:66 by VMware (unknown)",
		"DESK1":    "DESK1 (unknown, network card 00:0c:29:44:55:66 by VMware)",
	} {
		if got := partyLine(&p, map[string]string{p.Device: called}); got != want {
			t.Errorf("%q: %s, want %s", called, got, want)
		}
	}
}
