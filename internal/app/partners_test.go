package app

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/report"
)

// The supplier that the lab's outbreak came by is named with its contacts.
func TestPartners(t *testing.T) {
	_, example, _ := lazaret(t, nil, "partners")
	list := filepath.Join(t.TempDir(), "partners.toml")
	write(t, list, example)
	if code, out, msg := lazaret(t, nil, "partners", "check", list); code != 0 || !strings.HasPrefix(out, "ok: ") {
		t.Fatalf("status %d: %s", code, msg)
	}
	_, out, msg := lazaret(t, nil, "report", "-o", "json", "--partners", list, filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst"))
	var d struct {
		Incidents []report.Incident `json:"incidents"`
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || len(d.Incidents) != 1 {
		t.Fatalf("%v: %s", err, msg)
	}
	ways := d.Incidents[0].WayIn
	if len(ways) == 0 {
		t.Fatal("no way in")
	}
	w := ways[0]
	if w.Kind != "manufacturer" || !strings.HasPrefix(w.Partner, "Example Imaging") || w.Address != "198.51.100.100" || w.Device.Address != "10.20.30.133" || w.Before == "" || w.Contacts == 0 || len(w.Services) == 0 {
		t.Errorf("%+v", w)
	}
	write(t, list, strings.Replace(example, "manufacturer\"", "friend\"", 1))
	if code, _, msg := lazaret(t, nil, "read", "--partners", list, "x.pcap"); code != 2 || !strings.Contains(msg, list+":3: kind: ") {
		t.Errorf("status %d: %s", code, msg)
	}
}
