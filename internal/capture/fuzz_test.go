package capture

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"
)

// fuzzBytes reads b mapped, and piped in small reads: both must give the same
// frames and faults, and no more bytes than there are.
func fuzzBytes(t *testing.T, path string, b []byte) {
	if len(b) > 64<<10 {
		return
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.MaxFrame = 2 << 10
	cfg.Chunk = cfg.MaxFrame + 2*slack
	file := Open(t.Context(), cfg, []string{path}, Options{})
	got := collect(t, file)
	pipe := open(t.Context(), cfg, []string{"-"}, Options{}, iotest.HalfReader(bytes.NewReader(b)))
	if again := collect(t, pipe); !slices.Equal(got, again) {
		t.Fatalf("mapped %v\n piped %v", got, again)
	}
	same := func(a, b Fault) bool {
		b.File = a.File
		return a == b || a.Class == Empty && b.Class == Empty
	}
	if a, b := file.Faults(), pipe.Faults(); !slices.EqualFunc(a, b, same) {
		t.Fatalf("mapped %+v\n piped %+v", a, b)
	}
	if !isGzip(b) && !isZstd(b) {
		if st := file.Stats(); st.Bytes > uint64(len(b)) {
			t.Fatalf("%d bytes of frames in %d bytes", st.Bytes, len(b))
		}
	}
}

func seed(f *testing.F, ng bool) string {
	for _, s := range samples() {
		if isSection(s.raw) == ng {
			f.Add(s.raw)
		}
	}
	return filepath.Join(f.TempDir(), "fuzz")
}

func FuzzPcap(f *testing.F) {
	path := seed(f, false)
	f.Fuzz(func(t *testing.T, b []byte) { fuzzBytes(t, path, b) })
}

func FuzzPcapNG(f *testing.F) {
	path := seed(f, true)
	f.Fuzz(func(t *testing.T, b []byte) { fuzzBytes(t, path, b) })
}

// FuzzScout looks for a read behind the window: a wrong guess may cost time, but
// nothing else.
func FuzzScout(f *testing.F) {
	raw, _ := varied(orders["be"], false, 3)
	f.Add(raw, uint32(1_700_000_000), true)
	raw, _ = varied(orders["le"], true, 3)
	f.Add(raw, uint32(0), false)
	f.Fuzz(func(t *testing.T, b []byte, sec uint32, big bool) {
		for _, head := range []int{16, 24} {
			if n := scoutRecords(b, head, sec, big); n > len(b)/16+lanes {
				t.Errorf("touched %d times in %d bytes", n, len(b))
			}
		}
		if n := scoutBlocks(b, big); n > len(b)/minimumLen+lanes {
			t.Errorf("touched %d times in %d bytes", n, len(b))
		}
	})
}
