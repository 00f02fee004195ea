package app

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lazaret/internal/bundle"
	"lazaret/lab/truth"
)

// A bundle has the case, the records behind it and hashes of what was read, is the same
// when it is made again, and a change of it is refused by the part that differs.
func TestBundle(t *testing.T) {
	file, list := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst"), filepath.Join(labDir, "outbreak", "busy.allow.toml")
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.zip"), filepath.Join(dir, "b.zip")
	conf, key := filepath.Join(dir, "lazaret.toml"), filepath.Join(dir, "key")
	write(t, key, "a key for tests only")
	write(t, conf, "[site]\nkey = \""+key+"\"\n")
	var said bytes.Buffer
	for _, name := range []string{a, b} {
		said.Reset()
		if code := Main([]string{"--config", conf, "report", "-o", "md", "--allow", list, "--note", "for nobody", "--bundle", name, file}, nil, &bytes.Buffer{}, &said); code != 0 {
			t.Fatalf("status %d: %s", code, said.String())
		}
	}
	one, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := os.ReadFile(b); err != nil || !bytes.Equal(one, two) {
		t.Errorf("made again it differs: %v", err)
	}
	m := regexp.MustCompile(`the head of \S+ is ([0-9a-f]{64}): write`).FindStringSubmatch(said.String())
	if m == nil {
		t.Fatalf("no head: %s", said.String())
	}
	code, out, msg := lazaret(t, nil, "bundle", "verify", "--json", "--head", m[1], a)
	var r bundle.Result
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
		t.Fatalf("status %d: %v %s", code, err, msg)
	}
	capture, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(capture)
	kinds := map[string]string{}
	for _, e := range r.Entries {
		kinds[filepath.Base(e.Name)] = e.Kind + " " + e.SHA256
	}
	if kinds["kwampirs.pcap.zst"] != "input "+hex.EncodeToString(sum[:]) || !strings.HasPrefix(kinds["busy.allow.toml"], "input ") || kinds["for nobody"] != "note " {
		t.Errorf("entries %v", kinds)
	}
	for _, want := range []string{"case.html", "case.md", "case.json", "case.stix.json", "case.layer.json", "lazaret.toml", "rules.json", "dce_rpc.log", "conn.log"} {
		if !strings.HasPrefix(kinds[want], "part ") {
			t.Errorf("no part %s", want)
		}
	}
	discreet(t, one, strings.Replace(file, ".pcap.zst", ".truth.json", 1))
	bad := filepath.Join(dir, "bad.zip")
	write(t, bad, string(one[:len(one)/2])+"x"+string(one[len(one)/2+1:]))
	if code, _, msg := lazaret(t, nil, "bundle", "verify", bad); code != 1 || !strings.Contains(msg, bad+": ") {
		t.Errorf("status %d: %s", code, msg)
	}
	if code, _, msg := lazaret(t, nil, "bundle", "verify", "--head", strings.Repeat("0", 64), a); code != 1 || !strings.Contains(msg, "made anew") {
		t.Errorf("status %d: %s", code, msg)
	}
}

// discreet holds that no part of a bundle has a canary or the key; accounts stand in
// the records alone.
func discreet(t *testing.T, archive []byte, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tr truth.Truth
	if err := json.Unmarshal(text, &tr); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "a key for tests only") {
			t.Errorf("the key is in %s", f.Name)
		}
		for _, c := range tr.Canaries {
			if c.Kind == "user" && strings.HasPrefix(f.Name, "records/") {
				continue // who did it is what the records are for
			}
			if strings.Contains(b.String(), c.Value) {
				t.Errorf("a canary of kind %s is in %s", c.Kind, f.Name)
			}
		}
	}
}
