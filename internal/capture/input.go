package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// input is the bytes of one capture, decompressed, as a slice that slides over
// them. A mapped file is in the slice from start to end; a stream is read into
// one chunk after the other.
type input struct {
	buf  []byte
	pos  int   // next byte in buf
	base int64 // offset of buf[0] in the capture
	seg  *segment

	m      *mapping
	segEnd int // end of the mapped window in buf; the largest int for a stream

	pool    *pool
	r       io.Reader
	rerr    error // why r ended; io.EOF when it ended well
	closers []func()

	read *atomic.Int64 // progress over all inputs, in bytes of the files
	done int64         // what this input added to it
}

// offset is the position of the next byte in the capture.
func (in *input) offset() int64 { return in.base + int64(in.pos) }

// have makes n bytes available at pos; false when the capture ends before.
func (in *input) have(n int) bool {
	return len(in.buf)-in.pos >= n || in.more(n)
}

// more reads until n bytes are available at pos. n is at most a chunk.
func (in *input) more(n int) bool {
	if in.r == nil || in.rerr != nil {
		return false
	}
	if in.seg == nil || in.pos+n > len(in.seg.buf) {
		next := in.pool.getChunk()
		rest := copy(next.buf, in.buf[in.pos:])
		if in.seg != nil {
			in.seg.drop()
		}
		in.base += int64(in.pos)
		in.seg, in.pos, in.buf = next, 0, next.buf[:rest]
	}
	for idle := 0; len(in.buf)-in.pos < n; {
		end := len(in.buf)
		k, err := in.r.Read(in.seg.buf[end:])
		in.buf = in.seg.buf[:end+k]
		if err != nil {
			in.rerr = err
			break
		}
		if k > 0 {
			idle = 0
		} else if idle++; idle > 100 {
			in.rerr = io.ErrNoProgress
			break
		}
	}
	return len(in.buf)-in.pos >= n
}

// skip passes over n bytes, however many; false when the capture ends before.
func (in *input) skip(n int64) bool {
	for {
		left := int64(len(in.buf) - in.pos)
		if n <= left {
			in.pos += int(n)
			return true
		}
		n -= left
		in.pos = len(in.buf)
		if !in.more(1) {
			return false
		}
	}
}

// step enters the window of a mapping that holds the next byte.
func (in *input) step() {
	if in.seg != nil {
		in.seg.drop()
		in.seg = nil
	}
	lo := in.pos &^ (windowSize - 1)
	hi := min(lo+windowSize, len(in.m.data))
	in.seg = in.pool.getWindow(in.m, lo, hi)
	in.segEnd = hi
	in.progress(int64(lo) - in.done)
}

// progress counts n more bytes of the file as done.
func (in *input) progress(n int64) {
	in.done += n
	in.read.Add(n)
}

// close drops the memory and the file. Frames held by a batch stay valid.
func (in *input) close() {
	if in.seg != nil {
		in.seg.drop()
		in.seg = nil
	}
	if in.m != nil {
		in.m.drop()
		in.m = nil
	}
	in.buf, in.pos, in.r = nil, 0, nil
	for i := len(in.closers) - 1; i >= 0; i-- {
		in.closers[i]()
	}
	in.closers = nil
}

// broken is why the stream under the capture ended, nil when it ended well.
func (in *input) broken() error {
	if in.rerr == nil || in.rerr == io.EOF {
		return nil
	}
	return in.rerr
}

// counter counts the bytes of a file as they are read.
type counter struct {
	r  io.Reader
	in *input
}

func (c counter) Read(b []byte) (int, error) {
	k, err := c.r.Read(b)
	c.in.progress(int64(k))
	return k, err
}

// stream makes an input that reads r, decompressing what is compressed.
func stream(r io.Reader, cfg Config, p *pool, read *atomic.Int64) (*input, error) {
	in := &input{pool: p, read: read, segEnd: int(^uint(0) >> 1)}
	br := bufio.NewReaderSize(counter{r, in}, 64<<10)
	head, _ := br.Peek(4) // a failure shows again at the first read
	dec, stop, err := decompressor(head, br, cfg)
	if err != nil {
		return nil, err
	}
	in.r = dec
	if stop != nil {
		in.closers = append(in.closers, stop)
	}
	return in, nil
}

// compressedError tells a broken stream from a file that cannot be read.
type compressedError struct {
	format string
	err    error
}

func (e *compressedError) Error() string {
	switch {
	case errors.Is(e.err, io.ErrUnexpectedEOF):
		return e.format + " stream ends early"
	case errors.Is(e.err, zstd.ErrWindowSizeExceeded):
		return "zstd stream needs a larger window than capture.zstd_window"
	}
	return fmt.Sprintf("%s stream is broken: %v", e.format, e.err)
}

func (e *compressedError) Unwrap() error { return e.err }

// decoded names the format in the errors of a decompressor.
type decoded struct {
	r      io.Reader
	format string
}

func (d decoded) Read(b []byte) (int, error) {
	k, err := d.r.Read(b)
	var os *os.PathError
	if err != nil && err != io.EOF && !errors.As(err, &os) {
		err = &compressedError{d.format, err}
	}
	return k, err
}

// The first bytes of the compressed formats (RFC 1952 §2.3.1, RFC 8878 §3.1).
var (
	magicGzip = []byte{0x1f, 0x8b, 8}
	magicZstd = []byte{0x28, 0xb5, 0x2f, 0xfd}
	magicSkip = []byte{0x2a, 0x4d, 0x18} // of a skippable zstd frame, from its second byte
)

func isGzip(head []byte) bool { return bytes.HasPrefix(head, magicGzip) }

func isZstd(head []byte) bool {
	return bytes.HasPrefix(head, magicZstd) ||
		len(head) >= 4 && head[0]>>4 == 5 && bytes.Equal(head[1:4], magicSkip)
}

// decompressor chooses by the first bytes. The memory of either format is
// bounded, whatever the stream says about itself.
func decompressor(head []byte, br *bufio.Reader, cfg Config) (io.Reader, func(), error) {
	switch {
	case isGzip(head):
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, nil, &compressedError{"gzip", err}
		}
		return decoded{z, "gzip"}, nil, nil
	case isZstd(head):
		z, err := zstd.NewReader(br,
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(uint64(cfg.ZstdWindow)),
			zstd.WithDecoderMaxWindow(uint64(cfg.ZstdWindow)))
		if err != nil {
			return nil, nil, &compressedError{"zstd", err}
		}
		return decoded{z, "zstd"}, z.Close, nil
	}
	return br, nil, nil
}
