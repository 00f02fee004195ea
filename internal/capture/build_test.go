package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"lazaret/internal/event"
)

// endian is a byte order that can also append.
type endian interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var orders = map[string]endian{"le": binary.LittleEndian, "be": binary.BigEndian}

// fields appends integers in the byte order, at their own width, and slices as
// they are.
func fields(o endian, vs ...any) []byte {
	var b []byte
	for _, v := range vs {
		switch v := v.(type) {
		case uint8:
			b = append(b, v)
		case uint16:
			b = o.AppendUint16(b, v)
		case uint32:
			b = o.AppendUint32(b, v)
		case uint64:
			b = o.AppendUint64(b, v)
		case []byte:
			b = append(b, v...)
		case string:
			b = append(b, v...)
		default:
			panic(fmt.Sprintf("field of type %T", v))
		}
	}
	return b
}

// fileHead is the header of a classic file.
func fileHead(o endian, magic, link uint32) []byte {
	return fields(o, magic, uint16(2), uint16(4), uint32(0), uint32(0), uint32(65535), link)
}

// record is a record of a classic file.
func record(o endian, sec, frac, wire uint32, data string) []byte {
	return fields(o, sec, frac, uint32(len(data)), wire, data)
}

// block is a block of a pcapng file, padded.
func block(o endian, kind uint32, body ...any) []byte {
	b := fields(o, body...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	n := uint32(len(b) + 12)
	return fields(o, kind, n, b, n)
}

// The blocks that the tests need, by the order of the standard's fields.
func shb(o endian, options ...any) []byte {
	return block(o, 0x0a0d0d0a, append([]any{uint32(0x1a2b3c4d), uint16(1), uint16(0), ^uint64(0)}, options...)...)
}

func idb(o endian, link uint16, snap uint32, options ...any) []byte {
	return block(o, 1, append([]any{link, uint16(0), snap}, options...)...)
}

func epb(o endian, iface uint32, ts uint64, wire uint32, data string) []byte {
	return block(o, 6, iface, uint32(ts>>32), uint32(ts), uint32(len(data)), wire, data)
}

func opb(o endian, iface uint16, ts uint64, wire uint32, data string) []byte {
	return block(o, 2, iface, uint16(0xffff), uint32(ts>>32), uint32(ts), uint32(len(data)), wire, data)
}

func spb(o endian, wire uint32, data string) []byte { return block(o, 3, wire, data) }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// kept is a frame with its own copy of the data.
type kept struct {
	Time event.Time
	Data string
	Len  int
	Link LinkType
}

func (k kept) String() string {
	return fmt.Sprintf("{%d %q len %d link %d}", k.Time, k.Data, k.Len, k.Link)
}

// collect reads a timeline to its end, checks what holds for every timeline,
// and copies the frames.
func collect(tb testing.TB, t *Timeline) []kept {
	tb.Helper()
	var all []kept
	var index uint64
	short := false
	for {
		b, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if short || len(b.Frames) == 0 || len(b.Frames) > BatchSize {
			tb.Fatalf("batch of %d frames, after a short one: %v", len(b.Frames), short)
		}
		short = len(b.Frames) < BatchSize
		for _, f := range b.Frames {
			if f.Index <= index || f.Len < len(f.Data) || cap(f.Data) != len(f.Data) {
				tb.Fatalf("frame %d after %d: %d of %d bytes, capacity %d", f.Index, index, len(f.Data), f.Len, cap(f.Data))
			}
			index = f.Index
			all = append(all, kept{f.Time, string(f.Data), f.Len, f.Link})
		}
		b.Release()
	}
	if _, err := t.Next(); err != io.EOF {
		tb.Fatalf("after the end: %v", err)
	}
	if st := t.Stats(); st.Frames != uint64(len(all)) {
		tb.Fatalf("stats count %d frames, got %d", st.Frames, len(all))
	}
	return all
}

// write makes a file in a fresh directory.
func write(tb testing.TB, name string, b []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// mapped reads b from a file, piped from standard input in small pieces.
func mapped(tb testing.TB, b []byte) ([]kept, []Fault) {
	tb.Helper()
	tl := Open(tb.Context(), DefaultConfig(), []string{write(tb, "a", b)}, Options{})
	return collect(tb, tl), tl.Faults()
}

func piped(tb testing.TB, r io.Reader) ([]kept, []Fault) {
	tb.Helper()
	cfg := DefaultConfig()
	cfg.MaxFrame = 2 << 10
	cfg.Chunk = cfg.MaxFrame + 2*slack
	tl := open(context.Background(), cfg, []string{"-"}, Options{}, r)
	return collect(tb, tl), tl.Faults()
}

// zipped are the compressed forms of b, with gzip in two members.
func zipped(tb testing.TB, b []byte) map[string][]byte {
	tb.Helper()
	var g bytes.Buffer
	half := len(b) / 2
	for _, part := range [][]byte{b[:half], b[half:]} {
		w := gzip.NewWriter(&g)
		if _, err := w.Write(part); err != nil {
			tb.Fatal(err)
		}
		if err := w.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	e, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string][]byte{"gzip": g.Bytes(), "zstd": e.EncodeAll(b, nil)}
}

// shared is the directory of the captures made by others, or skips the test.
func shared(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for dir != "/" {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "pcaps")
	if _, err := os.Stat(dir); err != nil {
		tb.Skip("no directory shared/pcaps beside the repository")
	}
	return dir
}

// touch sets the modification time back, so that a later write shows.
func touch(tb testing.TB, path string) {
	tb.Helper()
	old := time.Unix(1_600_000_000, 0)
	if err := os.Chtimes(path, old, old); err != nil {
		tb.Fatal(err)
	}
}
