package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/extract"
)

// indexOf reads the index of a folder.
func indexOf(t *testing.T, dir string) []extract.Line {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, extract.IndexName))
	if err != nil {
		t.Fatal(err)
	}
	var out []extract.Line
	for line := range strings.Lines(string(b)) {
		var x extract.Line
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}

// stored is the SHA-256 of every file of a folder but the index, by name.
func stored(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range list {
		if e.Name() == extract.IndexName {
			continue
		}
		info, err := e.Info()
		if err != nil || info.Mode() != 0o400 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		out[e.Name()] = hex.EncodeToString(sum[:])
	}
	return out
}

// TestExtract holds that every file of the lab that crossed the network whole and in
// clear is written as it was on disk, once, and named by its content.
func TestExtract(t *testing.T) {
	for _, scenario := range []string{"smb", "rpc", "files"} {
		dir := filepath.Join(t.TempDir(), "found")
		code, _, errs := lazaret(t, nil, "read", "--extract", dir, "--logs", t.TempDir(), filepath.Join(labDir, scenario+".pcap.zst"))
		if code != 0 || !strings.Contains(errs, "lazaret: wrote ") {
			t.Fatalf("%s: exit %d: %s", scenario, code, errs)
		}
		have := stored(t, dir)
		sums := map[string]bool{}
		for name, sum := range have {
			first, ext, _ := strings.Cut(name, ".")
			sums[sum] = true
			if first != sum && !strings.HasPrefix(ext, "part.") {
				t.Errorf("%s: %s holds %s", scenario, name, sum)
			}
		}
		told := 0
		for _, f := range loadTruth(t, scenario).Files {
			if !f.Complete || f.Sealed || f.Refused != "" || f.Size == 0 || f.Size > 4<<20 || strings.Contains(f.Detail, "opens") {
				continue // what was appended in an open of its own is a file of its own
			}
			told++
			if !sums[f.SHA256] {
				t.Errorf("%s: %s %s to %s, %d bytes, is missing", scenario, f.Carrier, f.Sender, f.Receiver, f.Size)
			}
		}
		if told < 4 {
			t.Errorf("%s: the truth tells only %d files", scenario, told)
		}
		for _, x := range indexOf(t, dir) {
			if x.Stored != "" && have[x.Stored] == "" || x.Stored == "" && x.Reason == "" || x.UID == "" || x.Whole && x.Stored != "" && have[x.Stored] != x.SHA256 {
				t.Errorf("%s: index: %+v", scenario, x)
			}
			if x.Runs && x.Stored != "" && !strings.HasSuffix(x.Stored, ".bin") {
				t.Errorf("%s: a program is named %s", scenario, x.Stored)
			}
		}
	}
}

// TestExtractAgain holds that nothing is overwritten, that the index grows, and that the
// same bytes come out for any number of workers.
func TestExtractAgain(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	file := filepath.Join(labDir, "web.pcap.zst")
	if code, _, errs := lazaret(t, nil, "read", "--extract", dir, "--workers", "1", file); code != 0 {
		t.Fatal(errs)
	}
	lines, before := len(indexOf(t, dir)), stored(t, dir)
	victim := ""
	for name := range before {
		victim = max(victim, name)
	}
	path := filepath.Join(dir, victim)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o400); err != nil {
		t.Fatal(err)
	}
	code, _, errs := lazaret(t, nil, "read", "--extract", dir, "--workers", "3", file)
	if code != 0 || !strings.Contains(errs, "wrote 0 files") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
		t.Errorf("%s was overwritten: %v", victim, err)
	}
	if n := len(indexOf(t, dir)); n != 2*lines {
		t.Errorf("%d lines, before there were %d", n, lines)
	}
	if code, _, errs := lazaret(t, nil, "read", "--extract", other, "--workers", "3", file); code != 0 {
		t.Fatal(errs)
	}
	after := stored(t, other)
	if len(after) != len(before) || len(before) < 20 {
		t.Errorf("%d files, with one worker %d", len(after), len(before))
	}
	for name := range before {
		if after[name] != before[name] {
			t.Errorf("%s differs", name)
		}
	}
}

// TestExtractLimit holds the bound, and that what it costs is said.
func TestExtractLimit(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := lazaret(t, nil, "read", "--extract", dir, "--extract-limit", "3k", filepath.Join(labDir, "web.pcap.zst"))
	if code != 0 || !strings.Contains(errs, "not written: --extract-limit was reached") {
		t.Errorf("exit %d: %s", code, errs)
	}
	total, left := int64(0), 0
	for name := range stored(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	for _, x := range indexOf(t, dir) {
		if x.Reason == "limit" {
			left++
		}
	}
	if total == 0 || total > 3<<10 || left == 0 {
		t.Errorf("%d bytes written, %d files left out", total, left)
	}
}

// TestExtractLink holds that a link in the folder leads nowhere.
func TestExtractLink(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	if err := os.Symlink(outside, filepath.Join(dir, extract.IndexName)); err != nil {
		t.Fatal(err)
	}
	code, _, errs := lazaret(t, nil, "read", "--extract", dir, filepath.Join(labDir, "web.pcap.zst"))
	if _, err := os.Stat(outside); err == nil || code != 1 || !strings.Contains(errs, "--extract "+dir) {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]uint64{"1": 1, "3k": 3 << 10, "500M": 500 << 20, "2g": 2 << 30, "1T": 1 << 40} {
		if got, err := extract.ParseSize(in); err != nil || got != want {
			t.Errorf("%s: %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "k", "-1", "0", "1x", "1kk", "1.5G", "99999999999T", "9223372036854775808"} {
		if got, err := extract.ParseSize(in); err == nil {
			t.Errorf("%q was taken for %d", in, got)
		}
	}
}
