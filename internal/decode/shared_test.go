package decode

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"lazaret/internal/capture"
)

// sharedDir gives ../shared/<name> beside the repository, or skips the test.
func sharedDir(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the package")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared/%s beside the repository", name)
	}
	return dir
}

// sharedFiles lists the captures of the folders of shared/pcaps that match.
func sharedFiles(t testing.TB, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(sharedDir(t, "pcaps"), folder, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no captures in %s: %v", folder, err)
	}
	return names
}

// readCapture gives the frames of a capture up to its first fault; a file that
// is no capture has none.
func readCapture(t testing.TB, name string) []capture.Frame {
	t.Helper()
	tl := capture.Open(context.Background(), capture.DefaultConfig(), []string{name}, capture.Options{})
	defer tl.Close()
	var out []capture.Frame
	for {
		batch, err := tl.Next()
		if err != nil {
			return out
		}
		for _, f := range batch.Frames {
			f.Data = bytes.Clone(f.Data)
			out = append(out, f)
		}
		batch.Release()
	}
}
