package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/lab/truth"
)

// The case of each outbreak of the lab is written in every format, without a patient or an
// account in it.
func TestReport(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(labDir, "outbreak", "*.pcap.zst"))
	if err != nil || len(files) < 10 {
		t.Fatal(err, len(files))
	}
	for _, file := range files {
		b, err := os.ReadFile(strings.Replace(file, ".pcap.zst", ".truth.json", 1))
		if err != nil {
			t.Fatal(err)
		}
		var tr truth.Truth
		if err := json.Unmarshal(b, &tr); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		args := []string{"report"}
		for _, x := range []string{"c.html", "c.md", "c.json", "c.stix.json"} {
			args = append(args, "--save", filepath.Join(dir, x))
		}
		if code, _, msg := lazaret(t, nil, append(args, file)...); code != 0 {
			t.Errorf("%s: status %d: %s", file, code, msg)
			continue
		}
		var page string
		for _, x := range []string{"c.html", "c.md", "c.json", "c.stix.json"} {
			text, err := os.ReadFile(filepath.Join(dir, x))
			if err != nil || len(text) == 0 {
				t.Errorf("%s: %s: %v", file, x, err)
			}
			for _, c := range tr.Canaries {
				if strings.Contains(string(text), c.Value) {
					t.Errorf("%s: a canary of kind %s is in %s", file, c.Kind, x)
				}
			}
			if x == "c.html" {
				page = string(text)
			}
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "http://") && !strings.Contains(page, "http://www.w3.org/2000/svg") {
			t.Errorf("%s: the page runs or fetches something", file)
		}
	}
}

// The shorter the time that was watched before the first act, the likelier it came from somebody that
// is not seen; and what led to the first act is gone when the capture begins behind it.
func TestLateEntry(t *testing.T) {
	file := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst")
	last := 0.0
	for _, since := range []string{"", "2026-11-24T02:41:00Z", "2026-11-24T02:42:40Z"} {
		args := []string{file}
		if since != "" {
			args = append([]string{"--since", since}, args...)
		}
		x := incidentsOf(t, args...)[0]
		unseen := 0.0
		for i, e := range x.Entry {
			if e.Device.Address == "" {
				unseen = e.Probability
				if since != "" && i > 2 {
					t.Errorf("since %s it is not among the first three: %+v", since, x.Entry)
				}
			}
		}
		if unseen <= last {
			t.Errorf("since %s: unseen with %v, with more that was watched %v", since, unseen, last)
		}
		last = unseen
	}
}

func TestReportCommand(t *testing.T) {
	file := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst")
	_, md, _ := lazaret(t, nil, "report", "-o", "md", "--incident", "1", file)
	for _, want := range []string{"## What to do first", "| JUMP1 | REG1 | proven | almost certain |", "## Where it came in\n\n| device", "- Each of the first half of the infected devices infected 1.7 others", "of 3 steps", "## Exposure"} {
		if !strings.Contains(md, want) {
			t.Errorf("no %q in\n%s", want, md)
		}
	}
	if _, layer, msg := lazaret(t, nil, "report", "-o", "layer", file); !strings.Contains(layer, `"techniques"`) {
		t.Errorf("no layer: %s", msg)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-o", "pdf", file}, `--output: "pdf"`},
		{[]string{"--tlp", "white", file}, `--tlp: "white"`},
		{[]string{"--save", "case.pdf", file}, "ends in none of"},
		{[]string{"--incident", "7", file}, `no incident "7"; there are: LZ-`},
	} {
		if code, _, msg := lazaret(t, nil, append([]string{"report"}, c.args...)...); code != 2 || !strings.Contains(msg, c.want) {
			t.Errorf("%v: status %d: %s", c.args, code, msg)
		}
	}
	code, out, msg := lazaret(t, nil, "report", filepath.Join(labDir, "dicom-store.pcap.zst"))
	if code != 0 || !strings.Contains(out, "No incident") || !strings.Contains(msg, "there is no incident") {
		t.Errorf("status %d: %s", code, msg)
	}
}

// A capture without the beginning tells first what could not be seen.
func TestReportLate(t *testing.T) {
	file := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst")
	_, page, msg := lazaret(t, nil, "report", "--since", "2026-11-24T02:42:00Z", file)
	blind, advice := strings.Index(page, "What could not be seen of it"), strings.Index(page, "What to do first")
	if blind < 0 || advice < blind || !strings.Contains(page[blind:advice], "after the capture began") {
		t.Errorf("blind spots at %d, advice at %d: %s", blind, advice, msg)
	}
	_, page, _ = lazaret(t, nil, "report", file)
	if i := strings.Index(page, "What to do first"); i < 0 || strings.Contains(page[:i], "What could not be seen of it") {
		t.Error("blind spots come first in a capture with its beginning")
	}
}
