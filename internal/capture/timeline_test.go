package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"lazaret/internal/event"
)

// at writes a capture with one frame per time; data names file and position.
func at(tb testing.TB, dir, name string, times ...event.Time) string {
	tb.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, LinkEthernet, true)
	if err != nil {
		tb.Fatal(err)
	}
	for i, ts := range times {
		if err := w.Write(ts, fmt.Appendf(nil, "%s%d", name, i), 64); err != nil {
			tb.Fatal(err)
		}
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func datas(frames []kept) []string {
	var s []string
	for _, f := range frames {
		s = append(s, f.Data)
	}
	return s
}

func TestMerge(t *testing.T) {
	dir := t.TempDir()
	a := at(t, dir, "a", 10, 20, 20, 40)
	b := at(t, dir, "b", 5, 20, 30, 50)
	c := at(t, dir, "c", 60, 1, 70) // goes backwards
	none := at(t, dir, "none")
	for _, x := range []struct {
		paths []string
		want  []string
	}{
		{[]string{a, b, c, none}, []string{"b0", "a0", "a1", "a2", "b1", "b2", "a3", "b3", "c0", "c1", "c2"}},
		{[]string{c, b, a}, []string{"b0", "a0", "b1", "a1", "a2", "b2", "a3", "b3", "c0", "c1", "c2"}},
		{nil, nil},
	} {
		tl := Open(t.Context(), DefaultConfig(), x.paths, Options{})
		if got := datas(collect(t, tl)); !slices.Equal(got, x.want) {
			t.Errorf("%v: got %v, want %v", x.paths, got, x.want)
		}
		if f := tl.Faults(); len(f) > 0 {
			t.Errorf("faults %v", f)
		}
	}
}

// Many files that follow each other, a few that overlap, one of them compressed
// and one a pipe: the same as sorting all frames.
func TestMergeMany(t *testing.T) {
	dir := t.TempDir()
	type row struct {
		at   event.Time
		data string
	}
	var paths []string
	var rows []row
	for i := range 40 {
		var times []event.Time
		for k := range 60 {
			ts := event.Time(i*50+k) * 7 // the last ten overlap with the next file
			times = append(times, ts)
			rows = append(rows, row{ts, fmt.Sprintf("f%d.%d", i, k)})
		}
		paths = append(paths, at(t, dir, fmt.Sprintf("f%d.", i), times...))
	}
	slices.SortStableFunc(rows, func(a, b row) int { return int(a.at - b.at) })
	raw, err := os.ReadFile(paths[3])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paths[3], zipped(t, raw)["gzip"], 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := unixFifo(pipe); err != nil {
		t.Fatal(err)
	}
	raw, err = os.ReadFile(paths[5])
	if err != nil {
		t.Fatal(err)
	}
	paths[5] = pipe
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := os.WriteFile(pipe, raw, 0); err != nil {
			t.Error(err)
		}
	})
	cfg := DefaultConfig()
	cfg.MaxOpen = 4
	tl := Open(t.Context(), cfg, paths, Options{})
	got := collect(t, tl)
	wg.Wait()
	if len(got) != len(rows) || len(tl.Faults()) > 0 {
		t.Fatalf("%d frames of %d, faults %v", len(got), len(rows), tl.Faults())
	}
	for i, r := range rows {
		if got[i].Time != r.at || got[i].Data != r.data {
			t.Fatalf("frame %d is %v, want %v", i, got[i], r)
		}
	}
	if _, total := tl.Progress(); total != -1 {
		t.Errorf("total %d with a pipe, want -1", total)
	}
}

// What stands before the first frame of a file is met twice when the file is
// closed meanwhile, and must be counted once.
func TestParkedCountsOnce(t *testing.T) {
	o := orders["le"]
	raw := join(shb(o), idb(o, 1, 0), epb(o, 3, 1, 1, "a"), epb(o, 4, 1, 1, "a"),
		block(o, 5, uint32(0), uint64(0), uint16(5), uint16(8), uint64(3)), shb(o), idb(o, 1, 0),
		block(o, 5, uint32(0), uint64(0), uint16(5), uint16(8), uint64(4)),
		epb(o, 0, 1, 1, "b"), epb(o, 5, 1, 1, "a"))
	var paths []string
	for i := range parkAbove + 4 {
		paths = append(paths, write(t, fmt.Sprint(i), raw))
	}
	tl := Open(t.Context(), DefaultConfig(), paths, Options{})
	if n := len(collect(t, tl)); n != len(paths) {
		t.Errorf("%d frames of %d", n, len(paths))
	}
	if got, want := tl.Stats().Dropped, uint64(7*len(paths)); got != want {
		t.Errorf("%d dropped, want %d", got, want)
	}
	faults := tl.Faults()
	if len(faults) != len(paths) {
		t.Errorf("%d faults", len(faults))
	}
	for _, f := range faults {
		if f.Count != 3 || f.Fatal {
			t.Errorf("fault %+v, want count 3", f)
		}
	}
	if done, total := tl.Progress(); done != total {
		t.Errorf("progress ends at %d of %d", done, total)
	}
}

func TestTooManyOverlap(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for i := range 12 {
		paths = append(paths, at(t, dir, fmt.Sprintf("f%02d.", i), event.Time(i), 1000+event.Time(i)))
	}
	cfg := DefaultConfig()
	cfg.MaxOpen = 10
	tl := Open(t.Context(), cfg, paths, Options{})
	if n := len(collect(t, tl)); n != 20 {
		t.Errorf("%d frames, want 20", n)
	}
	faults := tl.Faults()
	if len(faults) != 2 || faults[0].Class != TooMany || !faults[0].Fatal || faults[0].File != paths[10] {
		t.Errorf("faults %+v", faults)
	}
}

func TestSinceUntil(t *testing.T) {
	path := at(t, t.TempDir(), "a", 10, 20, 30, 40)
	for _, x := range []struct {
		o    Options
		want []string
	}{
		{Options{Since: 20}, []string{"a1", "a2", "a3"}},
		{Options{Until: 30}, []string{"a0", "a1"}},
		{Options{Since: 15, Until: 31}, []string{"a1", "a2"}},
		{Options{Since: 50}, nil},
	} {
		tl := Open(t.Context(), DefaultConfig(), []string{path}, x.o)
		if got := datas(collect(t, tl)); !slices.Equal(got, x.want) {
			t.Errorf("%+v: %v, want %v", x.o, got, x.want)
		}
		if n := tl.Stats().Outside; n != uint64(4-len(x.want)) {
			t.Errorf("%+v: %d outside", x.o, n)
		}
	}
}

func TestStats(t *testing.T) {
	tl := Open(t.Context(), DefaultConfig(), []string{write(t, "a", sections(orders["le"]))}, Options{})
	collect(t, tl)
	got := tl.Stats()
	want := Stats{
		Files: 1, Frames: 7, Bytes: 24, Wire: 3 + 3 + 1500 + 4 + 4 + 3 + 900, Cut: 2, Dropped: 17,
		First: 5, Last: 103_500_000_000,
	}
	links := []LinkCount{{1, 2}, {101, 2}, {228, 1}, {276, 2}}
	if !slices.Equal(got.Links, links) {
		t.Errorf("links %v, want %v", got.Links, links)
	}
	if got.Links = nil; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	tl := Open(ctx, DefaultConfig(), []string{at(t, t.TempDir(), "a", 1)}, Options{})
	cancel()
	if _, err := tl.Next(); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	tl.Close()
	if tl.pool.slabs != nil {
		t.Error("a batch was made after the context ended")
	}
}

// A batch outlives Close, and a held one is not overwritten.
func TestBatchOutlivesClose(t *testing.T) {
	raw, frame := varied(orders["le"], false, 3*BatchSize)
	for _, b := range [][]byte{raw, zipped(t, raw)["gzip"]} {
		tl := Open(t.Context(), DefaultConfig(), []string{write(t, "a", b)}, Options{})
		first, err := tl.Next()
		if err != nil {
			t.Fatal(err)
		}
		second, err := tl.Next()
		if err != nil {
			t.Fatal(err)
		}
		second.Release()
		tl.Close()
		if _, err := tl.Next(); err != io.EOF {
			t.Errorf("after Close: %v", err)
		}
		for i, f := range first.Frames {
			if _, data := frame(i); string(f.Data) != data {
				t.Fatalf("frame %d changed", i)
			}
		}
		first.Release()
		if first.Frames != nil {
			t.Error("a released batch still has frames")
		}
		first.Release() // the second call does nothing
	}
}

// Batches are released by another goroutine than the reader, as workers do.
func TestReleaseElsewhere(t *testing.T) {
	raw, frame := varied(orders["be"], true, 20_000)
	dir := t.TempDir()
	var paths []string
	for name, b := range map[string][]byte{"plain": raw, "gz": zipped(t, raw)["gzip"], "zst": zipped(t, raw)["zstd"]} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	tl := Open(t.Context(), DefaultConfig(), paths, Options{})
	work := make(chan *Batch, 8)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for b := range work {
				for _, f := range b.Frames {
					at, data := frame(int((f.Index - 1) / 3))
					if f.Time != at || string(f.Data) != data {
						t.Errorf("frame %d: %d %.20q", f.Index, f.Time, f.Data)
						break
					}
				}
				b.Release()
				tl.Progress()
			}
		})
	}
	frames := 0
	for {
		b, err := tl.Next()
		if err != nil {
			break
		}
		frames += len(b.Frames)
		work <- b
	}
	close(work)
	wg.Wait()
	if frames != 60_000 {
		t.Errorf("%d frames", frames)
	}
	if n := len(tl.pool.chunks) + len(tl.pool.windows); n == 0 || n > 32+16 {
		t.Errorf("%d segments came back", n)
	}
}

func TestNextAllocs(t *testing.T) {
	raw, _ := varied(orders["le"], false, 80*BatchSize)
	ng, _ := varied(orders["le"], true, 80*BatchSize)
	for name, open := range map[string]func() *Timeline{
		"pcap":   func() *Timeline { return Open(t.Context(), DefaultConfig(), []string{write(t, "a", raw)}, Options{}) },
		"pcapng": func() *Timeline { return Open(t.Context(), DefaultConfig(), []string{write(t, "a", ng)}, Options{}) },
		"stream": func() *Timeline {
			return open(t.Context(), DefaultConfig(), []string{"-"}, Options{}, bytes.NewReader(raw))
		},
		"merge": func() *Timeline {
			return Open(t.Context(), DefaultConfig(), []string{write(t, "a", ng), write(t, "b", raw)}, Options{})
		},
	} {
		tl := open()
		next := func() {
			b, err := tl.Next()
			if err != nil || len(b.Frames) != BatchSize {
				t.Fatalf("%s: %v", name, err)
			}
			b.Release()
		}
		for range 30 { // until every pool is warm
			next()
		}
		if n := testing.AllocsPerRun(40, next); n != 0 {
			t.Errorf("%s: %v allocations per batch of %d frames, want 0", name, n, BatchSize)
		}
		tl.Close()
	}
}

// A file that is cut while it is mapped makes the kernel send SIGBUS. Reading
// must end with a fault, and go on with the other files.
func TestFileShrinks(t *testing.T) {
	raw, _ := varied(orders["le"], false, 20_000)
	dir := t.TempDir()
	path := filepath.Join(dir, "shrinks")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	late := at(t, dir, "late", 1_800_000_000e9)
	tl := Open(t.Context(), DefaultConfig(), []string{path, late}, Options{})
	b, err := tl.Next()
	if err != nil {
		t.Fatal(err)
	}
	b.Release()
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	var last string
	for {
		b, err := tl.Next()
		if err != nil {
			break
		}
		if n := len(b.Frames); b.Frames[n-1].Time >= 1_800_000_000e9 {
			last = string(b.Frames[n-1].Data)
		}
		b.Release()
	}
	faults := tl.Faults()
	if len(faults) != 1 || faults[0].Class != Changed || faults[0].Fatal || faults[0].File != path {
		t.Errorf("faults %+v", faults)
	}
	if last != "late0" {
		t.Errorf("the other file's frame is %q", last)
	}
}

// A panic that is no broken mapping goes on.
func TestGuardLetsPanicsPass(t *testing.T) {
	tl := Open(t.Context(), DefaultConfig(), nil, Options{})
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	tl.guard(func() { panic("defect") })
}

func TestFileGrows(t *testing.T) {
	path := at(t, t.TempDir(), "a", 1, 2)
	touch(t, path)
	tl := Open(t.Context(), DefaultConfig(), []string{path}, Options{})
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("more"); err != nil {
		t.Fatal(err)
	}
	got := collect(t, tl)
	if faults := tl.Faults(); len(got) != 2 || len(faults) != 1 || faults[0].Class != Changed {
		t.Errorf("%d frames, faults %+v", len(got), faults)
	}
}

func unixFifo(path string) error { return unix.Mkfifo(path, 0o600) }
