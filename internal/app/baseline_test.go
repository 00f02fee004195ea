package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/report"
)

// learned freezes what a capture of the lab shows.
func learned(t *testing.T, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lab.baseline")
	code, _, msg := lazaret(t, nil, append([]string{"read", "-o", "json", "--save-baseline", file}, args...)...)
	if code != 0 || !strings.Contains(msg, "the baseline has ") {
		t.Fatalf("status %d, %s", code, msg)
	}
	return file
}

// pairs are findings of some rules as severity, rule, source, target.
func pairs(found []report.Finding, rules ...string) []string {
	var out []string
	for _, f := range found {
		if slices.Contains(rules, f.Rule) {
			out = append(out, strings.TrimSpace(f.Severity+" "+f.Rule+" "+f.Source.Address+">"+f.Target.Address+" "+f.Topic))
		}
	}
	return out
}

// What a clean day showed is normal; the outbreaks are found by what is new in them, and
// nobody else is accused.
func TestBaselineAndOutbreaks(t *testing.T) {
	base := learned(t, "--learn", "7d", filepath.Join(labDir, "hospital.pcap.zst"), filepath.Join(labDir, "outbreak", "busy.pcap.zst"))
	rules := []string{"C1", "C2", "C3", "C4", "C5", "D3", "D4", "D5", "H1"}
	for name, want := range map[string][]string{
		"theft": {"medium C3 10.20.30.144>10.20.30.10 dicom", "medium D4 10.20.30.144>10.20.30.10 fetches many studies",
			"medium D4 10.20.30.144>10.20.30.10 has studies sent to RADEXPORT, where none went before"},
		"merge":    {"high H1 10.20.30.144>10.20.30.13 ADT^A40", "high H1 10.20.30.144>10.20.30.13 ORU^R01", "medium C3 10.20.30.144>10.20.30.13 hl7"},
		"takeover": {"medium C5 >10.20.30.10 a4:bb:6d:20:30:90", "medium C5 >10.20.30.21 a4:bb:6d:20:30:90"},
		"kwampirs": {"high C1 10.20.30.21>10.20.30.10 smb", "high C1 10.20.30.51>10.20.30.21 smb", "high C1 10.20.30.51>10.20.30.23 smb",
			"high C1 10.20.30.51>10.20.30.25 smb", "high C1 10.20.30.51>10.20.30.29 smb", "high C2 10.20.30.21>198.51.100.66 http to 198.51.100.0/24",
			"high C4 10.20.30.21>10.20.30.10 share", "high C4 10.20.30.51>10.20.30.21 service", "high C4 10.20.30.51>10.20.30.21 share",
			"high C4 10.20.30.51>10.20.30.23 service", "high C4 10.20.30.51>10.20.30.23 share", "high C4 10.20.30.51>10.20.30.25 share",
			"high C4 10.20.30.51>10.20.30.29 share", "medium C1 10.20.30.133>10.20.30.51 smb", "medium C4 10.20.30.133>10.20.30.51 service",
			"medium C4 10.20.30.133>10.20.30.51 share"},
	} {
		got := pairs(findingsOf(t, "--baseline", base, filepath.Join(labDir, "outbreak", name+".pcap.zst")), rules...)
		got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "low ") || strings.HasPrefix(s, "info ") })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// What is learned in the first half of a clean day makes little of the second, and nothing
// of the first. Only what is really new is above low: two readers that asked nobody before.
func TestCleanDay(t *testing.T) {
	rules := []string{"C1", "C2", "C3", "C4", "C5", "D3", "D4", "D5", "H1"}
	for _, c := range []struct {
		capture, window string
		most            int
		above           []string
	}{
		{"hospital", "14s", 40, []string{"medium C3 10.20.30.42>10.20.30.10 dicom", "medium C3 10.20.30.42>10.20.30.11 dicom", "medium C3 10.20.40.31>10.20.30.11 dicom"}},
		{"outbreak/busy", "3h", 20, nil},
		{"outbreak/busy", "1d", 0, nil},
	} {
		got := pairs(findingsOf(t, "--learn", c.window, filepath.Join(labDir, c.capture+".pcap.zst")), rules...)
		if c.window == "1d" {
			got = slices.DeleteFunc(got, func(s string) bool { return !strings.Contains(s, " C") })
		}
		if len(got) > c.most {
			t.Errorf("%s: %d findings, want %d at most:\n%s", c.capture, len(got), c.most, strings.Join(got, "\n"))
		}
		got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "low ") || strings.HasPrefix(s, "info ") })
		slices.Sort(got)
		if !slices.Equal(got, c.above) {
			t.Errorf("%s: above low\n%s\nwant\n%s", c.capture, strings.Join(got, "\n"), strings.Join(c.above, "\n"))
		}
	}
}

// The file is the same for any number of workers, and so is what is found with it.
func TestBaselineIsDeterministic(t *testing.T) {
	var first, found string
	for _, workers := range []string{"1", "2", "5"} {
		file := learned(t, "--workers", workers, "--learn", "3h", filepath.Join(labDir, "outbreak", "busy.pcap.zst"))
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, out, _ := lazaret(t, nil, "read", "-o", "json", "--workers", workers, "--baseline", file, filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst"))
		if first == "" {
			first, found = string(b), out
		}
		if string(b) != first || out != found {
			t.Errorf("%s workers make something else", workers)
		}
	}
}

func TestBaselineCommands(t *testing.T) {
	busy := filepath.Join(labDir, "outbreak", "busy.pcap.zst")
	old := learned(t, "--learn", "3h", busy)
	all := learned(t, "--baseline", old, "--learn", "2d", busy)
	if code, out, _ := lazaret(t, nil, "baseline", "check", old, all); code != 0 || out != "ok: "+old+"\nok: "+all+"\n" {
		t.Errorf("check: status %d, %s", code, out)
	}
	code, out, _ := lazaret(t, nil, "baseline", "show", all)
	if code != 0 || !strings.Contains(out, "Learned in ") || !strings.Contains(out, "administers: service") || !strings.Contains(out, "2 of 2") {
		t.Errorf("show: status %d\n%s", code, out)
	}
	code, out, _ = lazaret(t, nil, "baseline", "show", "--json", all)
	var shown baselineJSON
	if err := json.Unmarshal([]byte(out), &shown); err != nil || code != 0 || len(shown.Learned) != 2 || len(shown.Rows) < 50 || len(shown.Usual) < 10 {
		t.Errorf("show --json: status %d, %v, %d rows", code, err, len(shown.Rows))
	}
	code, out, msg := lazaret(t, nil, "baseline", "diff", old, all)
	if code != 1 || msg != "" || !strings.Contains(out, "+ contact 10.20.30.133 10.20.30.21 ssh  # vendor-gateway > ct; before: ") || strings.Contains(out, "\n- ") {
		t.Errorf("diff: status %d, %s\n%s", code, msg, out)
	}
	code, out, _ = lazaret(t, nil, "baseline", "diff", "--json", old, all)
	var changes []changeJSON
	if err := json.Unmarshal([]byte(out), &changes); err != nil || code != 1 || len(changes) == 0 || changes[0].Change == "" {
		t.Errorf("diff --json: status %d, %v", code, err)
	}
	if code, out, _ = lazaret(t, nil, "baseline", "diff", old, old); code != 0 || out != "" {
		t.Errorf("diff with itself: status %d, %s", code, out)
	}
}

func TestBaselineFaults(t *testing.T) {
	lab := filepath.Join(labDir, "hl7.pcap.zst")
	bad := filepath.Join(t.TempDir(), "bad.baseline")
	write(t, bad, "format 1\nhost 1.2.3 role=ct\nact x\n")
	save := filepath.Join(t.TempDir(), "new.baseline")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"read", "--learn", "x", "--learn", "-1h", lab}, "--learn x: expected is a length like 24h or 7d"},
		{[]string{"read", "--learn", "2026-01-08/2026-01-01", lab}, "2026-01-08 is not before 2026-01-01"},
		{[]string{"read", "--learn", "2026-13-01/x", lab}, `"2026-13-01" is not a time like`},
		{[]string{"read", "--save-baseline", save, lab}, "nothing is learned without --learn"},
		{[]string{"read", "--learn", "1h", "--save-baseline", "/nowhere/x", lab}, "/nowhere"},
		{[]string{"read", "--baseline", bad, lab}, bad + ":2: host, address: "},
		{[]string{"read", "--baseline", bad, lab}, bad + ":3: act: 1 columns were found"},
		{[]string{"read", "--baseline", bad + ".none", lab}, "no such file"},
		{[]string{"baseline", "check", bad}, bad + ":2: host, address: "},
		{[]string{"baseline", "diff", bad}, "diff wants two files"},
		{[]string{"read", "--learn", "2001-01-01/2001-01-02", "--save-baseline", save, lab}, "there is no record in it; the captures are from "},
	} {
		if code, _, msg := lazaret(t, nil, c.args...); code != 2 || !strings.Contains(msg, c.want) {
			t.Errorf("%q: status %d, %s", c.args, code, msg)
		}
	}
	if _, err := os.Stat(save); err == nil {
		t.Error("a baseline of nothing was written")
	}
}
