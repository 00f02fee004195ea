package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

// bad is a file with something wrong: how many frames it still gives, class,
// offset, count and fatality of the faults, and a part of the last one's line.
type bad struct {
	name   string
	raw    []byte
	frames int
	faults string
	line   string
}

func badClassic() []bad {
	o := orders["le"]
	head := fileHead(o, 0xa1b2c3d4, 1)
	good := record(o, 1, 0, 3, "abc")
	big := record(o, 1, 0, 3, "abc")
	copy(big[8:], "\xff\xff\xff\x7f")
	v3 := bytes.Clone(head)
	v3[4] = 3
	return []bad{
		{"empty", nil, 0, "empty 0 1 true", ": file is empty"},
		{"two bytes", []byte("ab"), 0, "not a capture 0 1 true", "neither pcap nor pcapng"},
		{"text", []byte("some text\n"), 0, "not a capture 0 1 true", "neither pcap nor pcapng"},
		{"version 3", v3, 0, "not a capture 4 1 true", "pcap version 3.4"},
		{"file header cut", head[:20], 0, "cut 0 1 true", "cut inside the file header"},
		{"first record cut", join(head, good[:17]), 0, "cut 24 1 true", "cut inside a record"},
		{"second header cut", join(head, good, good[:3]), 1, "cut 43 1 false", "cut inside a record header"},
		{"length lies", join(head, good, big, good), 1, "inconsistent 43 1 false", "claims 2147483647 captured bytes"},
	}
}

func badBlocks() []bad {
	o := orders["le"]
	ng := join(shb(o), idb(o, 1, 0))
	wrongEnd := epb(o, 0, 1, 1, "a")
	wrongEnd[len(wrongEnd)-4]++
	odd := epb(o, 0, 1, 1, "a")
	odd[4]++
	unpadded := epb(o, 0, 1, 1, "a")
	unpadded[4] -= 3
	unpadded[len(unpadded)-4] -= 3
	fat := epb(o, 0, 1, 1, "a")
	copy(fat[20:], "\xff\xff\xff\xff")
	mark := shb(o)
	mark[8] = 0
	later := shb(o)
	later[12] = 2
	return []bad{
		{"section without mark", join(mark), 0, "not a capture 8 1 true", "byte-order magic"},
		{"second section unknown", join(ng, epb(o, 0, 1, 1, "a"), later), 1, "inconsistent 96 1 false", "pcapng version 2.0 is passed"},
		{"unknown section passed over", join(ng, later, epb(o, 0, 1, 1, "a"), ng, epb(o, 0, 1, 1, "b")), 1, "inconsistent 60 1 false", "version 2.0 is passed over"},
		{"block ends differ", join(ng, epb(o, 0, 1, 1, "a"), wrongEnd), 1, "inconsistent 84 1 false", "36 bytes at its start and 37"},
		{"block length odd", join(ng, odd, []byte("....")), 0, "inconsistent 48 1 true", "37 bytes at its start and"},
		{"block length without padding", join(ng, unpadded), 1, "", ""},
		{"block length small", join(ng, fields(o, uint32(6), uint32(8), uint32(8))), 0, "inconsistent 48 1 true", "length of 8 bytes"},
		{"no such interface", join(ng, epb(o, 9, 1, 1, "a"), epb(o, 0, 1, 1, "a"), epb(o, 8, 1, 1, "a")), 1, "inconsistent 48 2 false", "interface 9, which was not declared (and 1 more)"},
		{"captured length in a block", join(ng, fat, epb(o, 0, 1, 1, "a")), 1, "inconsistent 48 1 false", "4294967295 captured bytes in a block of 36"},
		{"huge block passed over", join(ng, block(o, 6, strings.Repeat("x", 400<<10)), epb(o, 0, 1, 1, "a")), 1, "inconsistent 48 1 false", "block of type 6 claims 409612 bytes"},
		{"huge unknown block", join(ng, block(o, 77, strings.Repeat("x", 2<<20)), epb(o, 0, 1, 1, "a")), 1, "", ""},
		{"block cut", join(ng, block(o, 77, strings.Repeat("x", 2<<20))[:1<<20]), 0, "cut 48 1 true", "cut inside a block"},
		{"simple without interface", join(shb(o), spb(o, 1, "a"), idb(o, 1, 0), spb(o, 1, "a")), 1, "inconsistent 28 1 false", "simple packet block"},
		{"time that does not fit", join(ng, epb(o, 0, 7, 1, "a"), epb(o, 0, 1<<63, 1, "b")), 2, "inconsistent 84 1 false", "beyond the year 2262"},
		{"interface block short", join(shb(o), block(o, 1, "abcd")), 0, "inconsistent 28 1 true", "interface block of 16 bytes"},
	}
}

func badCompressed(tb testing.TB) []bad {
	tb.Helper()
	var wide bytes.Buffer
	e, err := zstd.NewWriter(&wide, zstd.WithWindowSize(64<<20))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.CopyN(e, zeros{}, 80<<20); err != nil {
		tb.Fatal(err)
	}
	if err := e.Close(); err != nil {
		tb.Fatal(err)
	}
	return []bad{
		{"gzip of text", zipped(tb, []byte("no capture here"))["gzip"], 0, "not a capture 0 1 true", "neither"},
		{"gzip of nothing", zipped(tb, nil)["gzip"], 0, "empty 0 1 true", "no bytes"},
		{"gzip header only", []byte("\x1f\x8b\x08\x00"), 0, "broken compression 0 1 true", "gzip stream ends early"},
		{"zstd garbage", []byte("\x28\xb5\x2f\xfdgarbage"), 0, "broken compression 0 1 true", "zstd stream"},
		{"zstd window", wide.Bytes(), 0, "broken compression 0 1 true", "larger window than capture.zstd_window"},
	}
}

func TestFaults(t *testing.T) {
	for _, x := range slices.Concat(badClassic(), badBlocks(), badCompressed(t)) {
		got, faults := mapped(t, x.raw)
		var said []string
		for _, f := range faults {
			said = append(said, fmt.Sprintf("%v %d %d %v", f.Class, f.Offset, f.Count, f.Fatal))
		}
		if len(got) != x.frames || strings.Join(said, "; ") != x.faults {
			t.Errorf("%s: %d frames, faults %q, want %d, %q", x.name, len(got), said, x.frames, x.faults)
		}
		if n := len(faults); n > 0 && !strings.Contains(faults[n-1].Error(), x.line) {
			t.Errorf("%s: line %q", x.name, faults[n-1].Error())
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestFaultLine(t *testing.T) {
	f := Fault{File: "a\nb", Offset: 7, Reason: "cut inside a record", Count: 1}
	if got, want := f.Error(), `"a\nb": offset 7: cut inside a record`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Bad files do not keep the others from being read.
func TestOthersAreStillRead(t *testing.T) {
	dir := t.TempDir()
	good := at(t, dir, "good", 1)
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("not a capture"), 0o600); err != nil {
		t.Fatal(err)
	}
	tl := Open(t.Context(), DefaultConfig(), []string{filepath.Join(dir, "missing"), bad, dir, good}, Options{})
	if got := datas(collect(t, tl)); !slices.Equal(got, []string{"good0"}) {
		t.Errorf("got %v", got)
	}
	var lines []string
	for _, f := range tl.Faults() {
		lines = append(lines, strings.TrimPrefix(f.Error(), dir))
	}
	want := []string{
		"/missing: no such file or directory",
		"/bad: neither pcap nor pcapng",
		": is a directory",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
	if st := tl.Stats(); st.Files != 4 {
		t.Errorf("%d files", st.Files)
	}
}

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	raw := fileHead(orders["be"], 0xa1b23c4d, 1)
	z := put("day/z", raw)
	gz := put("day/sub/a.bin", zipped(t, raw)["gzip"])
	zs := put("day/sub/b", zipped(t, sections(orders["be"]))["zstd"])
	ng := put("day/n.txt", sections(orders["le"]))
	text := put("day/readme.pcap", []byte("text"))
	put("day/text.gz", zipped(t, []byte("text of some length"))["gzip"])
	put("day/broken.gz", []byte("\x1f\x8b\x08"))
	put("day/empty", nil)
	put("bare/text", []byte("text"))
	link := filepath.Join(dir, "day", "link")
	if err := os.Symlink(z, link); err != nil {
		t.Fatal(err)
	}
	if err := unixFifo(filepath.Join(dir, "day", "pipe")); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	files, faults := Expand(DefaultConfig(), []string{text, "-", filepath.Join(dir, "day"), z, filepath.Join(dir, "bare"), missing, "-"})
	if want := []string{text, "-", link, ng, gz, zs, z}; !slices.Equal(files, want) {
		t.Errorf("files %q, want %q", files, want)
	}
	var lines []string
	for _, f := range faults {
		lines = append(lines, strings.TrimPrefix(f.Error(), dir))
		if !f.Fatal {
			t.Errorf("%v is not fatal", f)
		}
	}
	if want := []string{"/bare: directory without captures", "/missing: no such file or directory"}; !slices.Equal(lines, want) {
		t.Errorf("faults %q, want %q", lines, want)
	}
}

func TestNoPermission(t *testing.T) {
	dir := t.TempDir()
	path := at(t, dir, "secret", 1)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		// Root may read everything, so this thread looks at files as nobody.
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		const nobody = 65534
		if err := unix.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	tl := Open(t.Context(), DefaultConfig(), []string{path}, Options{})
	collect(t, tl)
	if f := tl.Faults(); len(f) != 1 || f[0].Class != Unreadable || f[0].Error() != path+": permission denied" {
		t.Errorf("faults %v", f)
	}
	if _, f := Expand(DefaultConfig(), []string{dir}); len(f) != 2 || f[0].Class != Unreadable || f[1].Class != Empty {
		t.Errorf("faults of the directory %v", f)
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := Config{}.Validate()
	for _, key := range []string{"capture.max_frame", "capture.chunk", "capture.max_open", "capture.zstd_window"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("no word of %s in %v", key, err)
		}
	}
}
