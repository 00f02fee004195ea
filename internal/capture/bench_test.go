package capture

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"testing"

	"lazaret/internal/event"
)

// bulk writes a capture of n frames with size bytes each and returns its path.
func bulk(tb testing.TB, n, size int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "bulk.pcap")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	b := bufio.NewWriterSize(f, 1<<20)
	w, err := NewWriter(b, LinkEthernet, true)
	if err != nil {
		tb.Fatal(err)
	}
	data := make([]byte, size)
	for i := range n {
		if err := w.Write(1_700_000_000e9+event.Time(i)*1000, data, size); err != nil {
			tb.Fatal(err)
		}
	}
	if err := b.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// drain reads a timeline to its end and returns the number of frames.
func drain(tb testing.TB, t *Timeline) (n int) {
	tb.Helper()
	for {
		b, err := t.Next()
		if err == io.EOF {
			return n
		}
		if err != nil {
			tb.Fatal(err)
		}
		n += len(b.Frames)
		b.Release()
	}
}

// The bulk of a hospital's traffic is full-sized frames, of which only every
// 1,530th byte or so is touched: the figure is the price of a cache miss.
func BenchmarkPcapMapped(b *testing.B) {
	for _, bench := range []struct {
		name    string
		n, size int
	}{{"1514", 350_000, 1514}, {"128", 2_000_000, 128}} {
		b.Run(bench.name, func(b *testing.B) {
			path := bulk(b, bench.n, bench.size)
			b.ReportAllocs()
			b.SetBytes(int64(bench.n * (bench.size + 16)))
			for b.Loop() {
				tl := Open(b.Context(), DefaultConfig(), []string{path}, Options{})
				if got := drain(b, tl); got != bench.n {
					b.Fatalf("%d frames, want %d", got, bench.n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(bench.n), "ns/frame")
		})
	}
}
