package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

// maxBlock bounds the blocks that are looked into besides packets, in bytes.
const maxBlock = 64 << 10

// source is one capture of the timeline and its next frame. It belongs to the
// goroutine that calls Next.
type source struct {
	t     *Timeline
	path  string
	order int // on the command line; breaks ties

	span    *span
	head    Frame // the next frame; its Index is not set
	frames  uint64
	stepped uint64 // frames when the current window was entered
	ended   bool
	parked  bool // closed until the timeline reaches head.Time

	in    *input
	read  *atomic.Int64 // progress; a probe's goes to a place of its own
	file  *os.File      // nil for standard input
	size  int64         // of a regular file, else 0
	mtime time.Time

	big     bool // byte order of the file or section
	ng      bool
	classic classic
	next    section

	lost uint64           // dropped frames of the sections before the current one
	soft [TooMany + 1]int // 1 + place of this file's fault of that class
}

// fail records the fault that ends the source.
func (s *source) fail(c Class, off int64, format string, args ...any) bool {
	s.ended = true
	s.t.fault(Fault{
		File: s.path, Offset: off, Class: c, Count: 1,
		Reason: fmt.Sprintf(format, args...),
		Fatal:  s.frames == 0,
	})
	return false
}

// note records a fault that the source survives; only the first of a class
// costs memory.
func (s *source) note(c Class, off int64, format string, args ...any) {
	if i := s.soft[c]; i > 0 {
		s.t.again(i - 1)
		return
	}
	s.soft[c] = 1 + s.t.fault(Fault{
		File: s.path, Offset: off, Class: c, Count: 1,
		Reason: fmt.Sprintf(format, args...),
	})
}

// open opens the file and reads what stands before the first frame.
func (s *source) open() bool {
	s.ended, s.parked = false, false
	in, err := s.input()
	if err != nil {
		var ce *compressedError
		if errors.As(err, &ce) {
			return s.fail(Compressed, 0, "%v", err)
		}
		return s.fail(Unreadable, 0, "%s", cause(err))
	}
	if in == nil {
		return s.fail(Empty, 0, "file is empty")
	}
	s.in = in
	if !in.have(4) {
		if err := in.broken(); err != nil {
			return s.brokenStream(err)
		}
		if len(in.buf) == 0 {
			return s.fail(Empty, 0, "no bytes in it")
		}
	}
	if isSection(in.buf) {
		s.ng = true
		return true
	}
	return s.fileHeader()
}

// input opens the path and chooses between mapping and streaming. It returns
// nil for a regular file without bytes.
func (s *source) input() (*input, error) {
	t := s.t
	if s.path == "-" {
		return stream(t.stdin, t.cfg, t.pool, s.read)
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	in, err := s.fileInput(f)
	if in == nil || err != nil {
		f.Close()
		return nil, err
	}
	s.file = f
	in.closers = append([]func(){func() { f.Close() }}, in.closers...)
	return in, nil
}

func (s *source) fileInput(f *os.File) (*input, error) {
	t := s.t
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return nil, errors.New("is a directory")
	}
	if !st.Mode().IsRegular() {
		return stream(f, t.cfg, t.pool, s.read)
	}
	s.size, s.mtime = st.Size(), st.ModTime()
	if s.size == 0 {
		return nil, nil
	}
	var head [4]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if isGzip(head[:n]) || isZstd(head[:n]) {
		return stream(f, t.cfg, t.pool, s.read)
	}
	m, err := mapFile(f, s.size)
	if err != nil { // some file systems cannot map
		return stream(f, t.cfg, t.pool, s.read)
	}
	return &input{buf: m.data, m: m, pool: t.pool, read: s.read}, nil
}

// advance reads the next frame into head; false when there is none.
func (s *source) advance() bool {
	if s.ended {
		return false
	}
	if s.ng {
		return s.nextBlock()
	}
	return s.nextRecord()
}

// finish is what a reader returns when have(n) said no at a record's border: if
// nothing is left there, the capture ended well.
func (s *source) finish(what string) bool {
	in := s.in
	if len(in.buf) == in.pos && in.broken() == nil && !s.changed() {
		s.ended = true
		return false
	}
	return s.cut(in.offset(), what)
}

// cut ends the source inside the record that begins at off.
func (s *source) cut(off int64, what string) bool {
	if err := s.in.broken(); err != nil {
		return s.brokenStream(err)
	}
	if s.changed() {
		return s.fail(Changed, off, "file changed while it was read")
	}
	return s.fail(Cut, off, "cut inside %s", what)
}

// regular tells whether the path is a regular file, which can be opened again.
func (s *source) regular() bool {
	if s.path == "-" {
		return false
	}
	st, err := os.Stat(s.path)
	return err == nil && st.Mode().IsRegular()
}

// changed tells whether a mapped file is no longer what was opened.
func (s *source) changed() bool {
	if s.in.m == nil || s.file == nil {
		return false
	}
	st, err := s.file.Stat()
	return err != nil || st.Size() != s.size || !st.ModTime().Equal(s.mtime)
}

func (s *source) brokenStream(err error) bool {
	off := s.in.base + int64(len(s.in.buf))
	var ce *compressedError
	if errors.As(err, &ce) {
		return s.fail(Compressed, off, "%v", ce)
	}
	return s.fail(Unreadable, off, "%s", cause(err))
}

// close gives memory and file back. Batches keep what they hold.
func (s *source) close() {
	if s.in == nil {
		return
	}
	if s.size > 0 {
		// What was not looked at counts as done, so that progress ends at 100 %.
		s.in.progress(s.size - s.in.done)
	}
	s.t.dropped += s.lost + s.next.lost()
	s.lost, s.next = 0, section{}
	s.in.close()
	s.in, s.file = nil, nil
	s.head.Data = nil
}

// park closes a source until the timeline reaches its first frame, so that
// captures taken one after the other are open one after the other. What was
// counted on the way to that frame is counted again then.
func (s *source) park() {
	s.lost, s.next = 0, section{}
	for _, i := range s.soft {
		if i > 0 {
			s.t.recount(i - 1)
		}
	}
	s.close()
	s.parked = true
}

// hit tells whether a panic is the kernel's answer to a look behind the end of
// this source's mapping.
func (s *source) hit(r any) bool {
	e, ok := r.(interface {
		runtime.Error
		Addr() uintptr
	})
	if !ok || s.in == nil || s.in.m == nil || len(s.in.m.data) == 0 {
		return false
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(s.in.m.data)))
	return e.Addr()-start < uintptr(len(s.in.m.data))
}
