package app

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/reading"
	"lazaret/internal/report"
)

// lazaret runs the command line with a key of the test's own.
func lazaret(t *testing.T, in io.Reader, args ...string) (code int, out, errs string) {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "lazaret.toml")
	key := filepath.Join(t.TempDir(), "key")
	write(t, key, "a key for tests only")
	write(t, conf, "[site]\nkey = \""+key+"\"\n")
	var o, e bytes.Buffer
	code = Main(append([]string{"--config", conf}, args...), in, &o, &e)
	return code, o.String(), e.String()
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(labDir, "hl7.pcap.zst")
	file := func(name, content string) string {
		p := filepath.Join(dir, name)
		write(t, p, content)
		return p
	}
	empty := filepath.Join(dir, "none")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	head := "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00"
	folder := filepath.Join(dir, "folder.json")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args []string
		code int
		errs []string
	}{
		"no capture":      {[]string{"read", file("text", "hello, this is text and no capture")}, 1, []string{"text: neither"}},
		"empty":           {[]string{"read", file("empty", "")}, 1, []string{"empty: file is empty"}},
		"cut":             {[]string{"read", file("cut.zst", string(whole[:len(whole)/2]))}, 1, []string{"cut.zst: zstd stream ends early"}},
		"lying length":    {[]string{"read", file("lie", head+"\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\x7f\xff\xff\xff\x7f"+strings.Repeat("x", 99))}, 1, []string{"lie: offset 24:"}},
		"empty folder":    {[]string{"read", empty}, 1, []string{"none: directory without captures"}},
		"missing":         {[]string{"read", filepath.Join(dir, "missing")}, 1, []string{"no such file"}},
		"others are read": {[]string{"read", file("text2", "text, not a capture at all"), good}, 1, []string{"text2: neither"}},
		"all is well":     {[]string{"read", good}, 0, nil},
		"no arguments":    {[]string{"read"}, 2, []string{"read wants a file"}},
		"unknown flag":    {[]string{"read", "--nope", good}, 2, []string{"unknown flag: --nope"}},
		"unknown command": {[]string{"reed"}, 2, []string{`unknown command "reed"`}},
		"no such word":    {[]string{"records", "reed"}, 2, []string{`records does not know "reed"`}},
		"save in nowhere": {[]string{"read", "--save", filepath.Join(dir, "nowhere", "a.json"), good}, 2, []string{"a.json: there is no folder"}},
		"save on folder":  {[]string{"read", "--save", folder, good}, 2, []string{"folder.json: is a folder"}},
		"bad settings":    {[]string{"read", "--config", file("wrong.toml", "[sensor]\nworkers = \"x\"\n"), good}, 2, []string{"wrong.toml: ", "line 2"}},
		"nobody":          {[]string{"explain", "nobody", good}, 1, []string{`"nobody"; lazaret read lists the devices`}},
		"bad order":       {[]string{"read", "--sort", "age", good}, 2, []string{`--sort: "age" is none of role, risk`}},
		"bad time":        {[]string{"read", "--since", "noon", good}, 2, []string{`--since: "noon" is not a time`}},
		"times swapped":   {[]string{"read", "--since", "2026-02-01", "--until", "2026-01-01", good}, 2, []string{"is not before"}},
		"bad format":      {[]string{"read", "-o", "xml", good}, 2, []string{`--output: "xml"`}},
		"bad workers":     {[]string{"read", "--workers", "99", good}, 2, []string{"sensor.workers: 99"}},
		"unknown device":  {[]string{"explain", "nobody", good}, 1, []string{`"nobody"`}},
		"bad config":      {[]string{"config", "check", file("c.toml", "[sensor]\nworkers = -1\nqueu = 3\n")}, 2, []string{"unknown key sensor.queu", "sensor.workers: -1"}},
		"content in file": {[]string{"read", "--extract", file("g", "x"), good}, 2, []string{"--extract", "is not a folder"}},
		"bad limit":       {[]string{"read", "--extract", dir, "--extract-limit", "much", good}, 2, []string{`--extract-limit: "much" is not`}},
		"logs in a file":  {[]string{"read", "--logs", file("f", "x"), good}, 1, []string{"--logs:"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := lazaret(t, nil, tc.args...)
			if code != tc.code {
				t.Errorf("exit %d, want %d: %s", code, tc.code, errs)
			}
			for _, want := range tc.errs {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is not in %q", want, errs)
				}
			}
			if len(tc.errs) == 0 && errs != "" {
				t.Errorf("errors without a fault: %q", errs)
			}
			if name == "others are read" && !strings.Contains(out, "HL7 message") {
				t.Errorf("the good file was not read: %q", out)
			}
		})
	}
}

func TestStandardInput(t *testing.T) {
	f, err := os.Open(filepath.Join(labDir, "hl7.pcap.zst"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	saved := os.Stdin
	os.Stdin = f
	defer func() { os.Stdin = saved }()
	code, out, errs := lazaret(t, f, "read", "-")
	if code != 0 || !strings.Contains(out, "HL7 messages") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}

// Several files are one timeline: given in any order they have the same records.
func TestOrderOfFiles(t *testing.T) {
	a, b := filepath.Join(labDir, "hl7.pcap.zst"), filepath.Join(labDir, "dhcp-dns.pcap.zst")
	var outs []string
	for _, args := range [][]string{{a, b}, {b, a}} {
		code, out, errs := lazaret(t, nil, append([]string{"read", "-o", "json"}, args...)...)
		if code != 0 {
			t.Fatal(errs)
		}
		outs = append(outs, out)
	}
	if outs[0] != outs[1] {
		t.Error("the order of the files on the command line changes the output")
	}
}

func TestTimes(t *testing.T) {
	file := filepath.Join(labDir, "hl7.pcap.zst")
	_, out, _ := lazaret(t, nil, "read", "-o", "json", file)
	var all, part report.Document
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatal(err)
	}
	_, out, _ = lazaret(t, nil, "read", "-o", "json", "--until", all.Summary.Last, file)
	if err := json.Unmarshal([]byte(out), &part); err != nil {
		t.Fatal(err)
	}
	if n := all.Summary.Packets - part.Summary.Packets; n == 0 || n != part.Summary.OutsideTime {
		t.Errorf("%d of %d packets were left out, the summary says %d", n, all.Summary.Packets, part.Summary.OutsideTime)
	}
}

func TestCSV(t *testing.T) {
	_, out, _ := lazaret(t, nil, "read", "-o", "csv", filepath.Join(labDir, "hospital.pcap.zst"))
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 20 || rows[0][0] != "id" {
		t.Errorf("%d rows, head %v", len(rows), rows[0])
	}
}

// The keys that scripts rely on stay.
func TestJSONKeys(t *testing.T) {
	_, out, _ := lazaret(t, nil, "read", "-o", "json", filepath.Join(labDir, "hospital.pcap.zst"))
	var doc map[string]any
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	has := func(where string, v any, keys ...string) {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%s is no object", where)
		}
		for _, k := range keys {
			if _, ok := m[k]; !ok {
				t.Errorf("%s has no key %q", where, k)
			}
		}
	}
	has("the document", doc, "summary", "blind", "sessions", "files", "devices", "services")
	has("a device", doc["devices"].([]any)[0], "id", "ips", "macs", "names", "role", "confidence", "manufacturer", "model", "serial",
		"software", "os", "ae_titles", "department", "institution", "first_seen", "last_seen")
	has("a service", doc["services"].([]any)[0], "client", "server", "service", "port", "connections", "operations",
		"bytes_to_server", "bytes_to_client", "first_seen", "last_seen")
	has("the blind list", doc["blind"].([]any)[0], "reason", "detail", "count", "unit")
}

// What config print writes is the configuration in force, read back without loss.
func TestConfigRoundTrip(t *testing.T) {
	_, out, _ := lazaret(t, nil, "config", "print")
	path := filepath.Join(t.TempDir(), "c.toml")
	write(t, path, out)
	cfg, err := reading.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := reading.PrintConfig(&b, cfg); err != nil {
		t.Fatal(err)
	}
	if b.String() != out {
		t.Errorf("printed %q, read back %q", out, b.String())
	}
	for line := range strings.Lines(out) {
		if key, _, ok := strings.Cut(line, " = "); ok && (key == "" || key != strings.ToLower(key)) {
			t.Errorf("a setting without a proper name: %q", line)
		}
	}
}

func TestVersionTables(t *testing.T) {
	code, out, errs := lazaret(t, nil, "version", "--tables")
	if code != 0 || !strings.Contains(out, "roots.csv") || !strings.Contains(out, "oui.csv.gz") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}

// A file that cannot be written costs neither the output nor the other files.
func TestSaveFault(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, strings.Repeat("x", 250)+".json")
	code, out, errs := lazaret(t, nil, "read", "--save", bad, "--save", good, filepath.Join(labDir, "hl7.pcap.zst"))
	if code != 1 || !strings.Contains(out, "HL7 messages") || !strings.Contains(errs, "--save "+bad+": ") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	if b, err := os.ReadFile(good); err != nil || !strings.Contains(string(b), `"devices"`) {
		t.Errorf("the other file: %v", err)
	}
}
