package prototest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/sensor"
)

// Key is the site key of all tests, so that pseudonyms in golden files stay.
var Key = []byte("prototest: a key for tests only")

// frames is a sensor.Source over frames in memory.
type frames struct {
	list []capture.Frame
}

func (f *frames) Next() (*capture.Batch, error) {
	if len(f.list) == 0 {
		return nil, io.EOF
	}
	n := min(len(f.list), capture.BatchSize)
	b := &capture.Batch{Frames: f.list[:n:n]}
	f.list = f.list[n:]
	return b, nil
}

// Load reads a capture file whole. The frames are copies.
func Load(t testing.TB, path string) []capture.Frame {
	t.Helper()
	tl := capture.Open(context.Background(), capture.DefaultConfig(), []string{path}, capture.Options{})
	defer tl.Close()
	var out []capture.Frame
	for {
		b, err := tl.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Frames {
			f.Data = append([]byte(nil), f.Data...)
			out = append(out, f)
		}
		b.Release()
	}
	if faults := tl.Faults(); len(faults) > 0 {
		t.Fatalf("%v", faults[0])
	}
	if len(out) == 0 {
		t.Fatalf("%s has no frames", path)
	}
	return out
}

// Run sends frames through the real decode, flow and stream to the given
// protocols. A panic of an analyzer fails the test.
func Run(t testing.TB, list []capture.Frame, specs ...*proto.Spec) ([]event.Record, *sensor.Stats) {
	t.Helper()
	cfg := sensor.DefaultConfig()
	cfg.Workers = 2
	for _, s := range specs {
		cfg.Extra = append(cfg.Extra, s.Extra...)
	}
	var out []event.Record
	st, err := sensor.Run(cfg, &frames{list}, sensor.Options{
		Specs: specs, Key: Key, Emit: func(r event.Record) { out = append(out, r) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if st.Panics > 0 {
		t.Fatalf("an analyzer panicked: %s", st.Stack)
	}
	return out, st
}

// JSON is the records of one protocol, a line each with the log's name in front.
func JSON(records []event.Record, spec *proto.Spec) string {
	var b []byte
	for i := range records {
		for _, s := range spec.Records {
			if records[i].Body.Schema() == s {
				b = append(append(b, s.Name...), ' ')
				b = append(records[i].AppendJSON(b), '\n')
			}
		}
	}
	return string(b)
}

// moving are the fields that depend on when packets came or how they were cut.
var moving = regexp.MustCompile(`"uids":\[[^]]*\],?|"(ts|uid|referenced_file\.ts|duration|ack_delay|rtt|server_skew|missed_bytes|last_seen|id\.orig_p|id\.resp_p)":("[^"]*"|[-0-9.e]+),?`)

// Still drops what depends on time, ports and connection ids from JSON lines.
func Still(json string) string { return moving.ReplaceAllString(json, "") }

// lines compares two sets of JSON lines and names the first that differs.
func diff(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d of %d:\n got %s\nwant %s", i+1, len(w), a, b)
		}
	}
	return ""
}

// Shared is the path of a file among the captures that others made, in the folder
// shared beside the repository. Without it the test is skipped and says so.
func Shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("../../../../shared", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no shared/%s beside the repository", name)
	}
	return path
}

// Source is a sensor.Source over frames in memory.
func Source(list []capture.Frame) sensor.Source { return &frames{list} }
