package app

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/report"
	"lazaret/lab/truth"
)

// theftOf reads the truth of the capture in which all of an archive is listed and half of
// it fetched: the archive has the studies and the patients of the canaries, fetched were
// the first sixty.
func theftOf(t *testing.T) (file string, patients, studies map[string]bool) {
	t.Helper()
	file = filepath.Join(labDir, "outbreak", "theft.pcap.zst")
	b, err := os.ReadFile(strings.Replace(file, ".pcap.zst", ".truth.json", 1))
	if err != nil {
		t.Fatal(err)
	}
	var tr truth.Truth
	if err := json.Unmarshal(b, &tr); err != nil {
		t.Fatal(err)
	}
	patients, studies = map[string]bool{}, map[string]bool{}
	for _, c := range tr.Canaries {
		switch c.Kind {
		case "patient-id":
			patients[c.Value] = true
		case "study-uid":
			studies[c.Value] = true
		}
	}
	return file, patients, studies
}

// What was listed and fetched is counted exactly, and the site finds its patients again.
func TestExposure(t *testing.T) {
	file, patients, studies := theftOf(t)
	var b strings.Builder
	fmt.Fprintln(&b, "NOBODY-1")
	for p := range patients {
		fmt.Fprintf(&b, "  %s\r\n\n%s\n", p, p)
	}
	list, out := filepath.Join(t.TempDir(), "list.txt"), filepath.Join(t.TempDir(), "hit.txt")
	write(t, list, b.String())
	code, text, msg := lazaret(t, nil, "exposure", "-o", "json", "--incident", "1", "--match", list, "--matched", out, file)
	if code != 0 {
		t.Fatalf("status %d: %s", code, msg)
	}
	var d exposed
	if err := json.Unmarshal([]byte(text), &d); err != nil || len(d.Incidents) != 1 {
		t.Fatalf("%v, %d incidents", err, len(d.Incidents))
	}
	x, m := d.Incidents[0].Exposure.Whole, d.Incidents[0].Match
	n := func(i int) report.Amount { return report.Amount{Count: uint64(i)} }
	if x.Returned.Studies != n(len(studies)) || x.Returned.Patients != n(len(patients)) || x.Handled.Studies != n(60) || x.All.Studies != n(len(studies)) || x.Handled.Queries != n(1) {
		t.Errorf("%+v, with %d patients and %d studies in the archive", x, len(patients), len(studies))
	}
	if len(d.Incidents[0].Exposure.Devices) != 1 || d.Incidents[0].Exposure.Devices[0].Ways != x {
		t.Errorf("devices %+v", d.Incidents[0].Exposure.Devices)
	}
	if m.Listed != len(patients)+1 || m.Matched != len(patients) || m.Returned != len(patients) || m.Handled == 0 || m.Moved != 0 || len(m.Lines) != 2*len(patients) || !m.Complete {
		t.Errorf("match %+v", m)
	}
	hit, err := os.ReadFile(out)
	if err != nil || strings.Contains(string(hit), "NOBODY") || strings.Count(string(hit), "\n") != len(m.Lines) {
		t.Errorf("%v: %q", err, hit)
	}
	for p := range patients {
		if strings.Contains(text, p) {
			t.Error("a patient id is in the output")
		}
		if !strings.Contains(string(hit), p) {
			t.Error("a patient id is missing in the file that was asked for")
		}
	}
}

func TestExposureFaults(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.txt")
	write(t, empty, " \n\n")
	long := filepath.Join(t.TempDir(), "long.txt")
	write(t, long, "a\n"+strings.Repeat("x", 300)+"\n")
	file := filepath.Join(labDir, "outbreak", "theft.pcap.zst")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-o", "xml", file}, `--output: "xml"`},
		{[]string{"--matched", "x.txt", file}, "give --match"},
		{[]string{"--match", empty, file}, "there is no patient id"},
		{[]string{"--match", long, file}, "long.txt:2: is no patient id"},
		{[]string{"--match", "nowhere.txt", file}, "nowhere.txt: no such file"},
		{[]string{"--incident", "LZ-0", file}, `no incident "LZ-0"; there are: LZ-`},
		{[]string{"--incident", "2", file}, `no incident "2"`},
	} {
		if code, _, msg := lazaret(t, nil, append([]string{"exposure"}, c.args...)...); code != 2 || !strings.Contains(msg, c.want) {
			t.Errorf("%v: status %d: %s", c.args, code, msg)
		}
	}
	code, out, _ := lazaret(t, nil, "exposure", filepath.Join(labDir, "dicom-store.pcap.zst"))
	if code != 0 || !strings.Contains(out, "There is no incident") {
		t.Errorf("status %d: %s", code, out)
	}
}
