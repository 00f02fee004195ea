package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/protocols"
	"lazaret/internal/sensor"
)

// everything says whether the long parts are wanted too.
func everything() bool { return os.Getenv("LAZARET_CONFORMANCE") == "all" }

// siteKey is the key of the site that these tests are.
var siteKey = []byte("conformance: a key for tests")

// root is the folder of the repository.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the package")
		}
		dir = filepath.Dir(dir)
	}
}

// shared gives ../shared/<name> beside the repository, or skips the test.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(root(t), "..", "shared", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared/%s beside the repository", name)
	}
	return dir
}

// under lists the files of a folder, relative to it. CAPTURE restricts them to
// those whose name has that text in it, for looking at one.
func under(t testing.TB, dir, ext string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ext) || !strings.Contains(path, os.Getenv("CAPTURE")) {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		out = append(out, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// captures lists the shared captures. Folder 30 has DICOM files, which are none.
func captures(t testing.TB, dir string) []string {
	return slices.DeleteFunc(under(t, dir, ""), func(s string) bool {
		return strings.HasPrefix(s, "30-") || !strings.Contains(s, "/")
	})
}

// line is one record in the form of the logs.
type line map[string]any

// reading is what the sensor made of one capture.
type reading struct {
	logs  map[string][]line
	text  []byte // all records as JSON, one a line, the log's name in front
	stats *sensor.Stats
}

// run sends a capture through the whole sensor with all protocols.
func run(path string, cfg sensor.Config) (*reading, error) {
	tl := capture.Open(context.Background(), capture.DefaultConfig(), []string{path}, capture.Options{})
	defer tl.Close()
	out := &reading{}
	var err error
	out.stats, err = sensor.Run(cfg, tl, sensor.Options{
		Specs: protocols.Specs, Key: siteKey,
		Emit: func(r event.Record) {
			out.text = append(append(out.text, r.Body.Schema().Name...), ' ')
			out.text = append(r.AppendJSON(out.text), '\n')
		},
	})
	return out, err
}

// read is run with the default configuration; a panic of an analyzer fails the
// test.
func read(t testing.TB, path string, workers int) *reading {
	t.Helper()
	cfg := sensor.DefaultConfig()
	cfg.Workers = workers
	cfg.Extra = []string{"smb_cmd"}
	out, err := run(path, cfg)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	if out.stats.Panics > 0 {
		t.Errorf("%s: an analyzer panicked: %s", path, out.stats.Stack)
	}
	return out
}

// parse fills logs from text.
func (r *reading) parse(t testing.TB) *reading {
	t.Helper()
	r.logs = map[string][]line{}
	for row := range bytes.Lines(r.text) {
		name, body, _ := bytes.Cut(row, []byte{' '})
		var l line
		if err := json.Unmarshal(body, &l); err != nil {
			t.Errorf("%v in %s", err, row)
			continue
		}
		r.logs[string(name)] = append(r.logs[string(name)], l)
	}
	return r
}

// zeekLogs reads Zeek's logs of one capture; nil if Zeek wrote nothing, or could
// not read it.
func zeekLogs(t testing.TB, path string) map[string][]line {
	t.Helper()
	out := map[string][]line{}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		name, _ := l["_log"].(string)
		delete(l, "_log")
		out[name] = append(out[name], l)
	}
	if err := s.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return out
}
