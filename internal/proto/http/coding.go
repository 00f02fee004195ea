package http

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// coding is a content coding (RFC 9110 8.4.1).
type coding uint8

const (
	codedNot coding = iota
	codedGzip
	codedDeflate
	codedOther // not undone here: br, zstd, several at once
)

// codingOf names a coding.
func codingOf(v []byte) coding {
	switch {
	case len(v) == 0 || bytes.EqualFold(v, []byte("identity")) || bytes.EqualFold(v, []byte("none")):
		return codedNot
	case bytes.EqualFold(v, []byte("gzip")) || bytes.EqualFold(v, []byte("x-gzip")):
		return codedGzip
	case bytes.EqualFold(v, []byte("deflate")):
		return codedDeflate
	}
	return codedOther
}

// gzips holds inflaters between two contents; each is 40 KiB.
var gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

// add gathers coded content. When there is too much, what is there is undone and
// the rest counts as lost.
func (m *message) add(a *analyzer, b []byte) {
	m.coded = append(m.coded, bounded(b, maxCoded-len(m.coded))...)
	if len(m.coded) == maxCoded {
		a.f.Weird("coded_content_too_long", 0)
		m.undo(a)
		m.drop()
	}
}

// drop ends the undoing of a coding before the content ends: nobody gets more.
func (m *message) drop() {
	m.coded, m.gather = nil, false
	if m.taker != nil {
		m.taker.Lost(0)
		m.taker.Close(false)
		m.taker = nil
	}
}

// giveUp lets gathered content go.
func (m *message) giveUp() {
	if m.gather && len(m.coded) > 4<<10 {
		m.drop()
	}
}

// undo gives the clear form of what was gathered to whoever takes it. At most
// maxClear bytes come out, and beyond freeClear at most maxRatio for each that went
// in; more is a bomb and counted.
func (m *message) undo(a *analyzer) {
	src := bytes.NewReader(m.coded)
	limit := min(maxClear, max(freeClear, maxRatio*int64(len(m.coded))))
	m.coded = nil
	if src.Len() == 0 {
		return
	}
	var r io.Reader
	if m.coding == codedGzip {
		z := gzips.Get().(*gzip.Reader)
		defer func() {
			z.Reset(bytes.NewReader(nil)) // lets the content go
			gzips.Put(z)
		}()
		if z.Reset(src) != nil {
			a.f.Weird("bad_content_coding", 0)
			return
		}
		r = z
	} else if z, err := zlib.NewReader(src); err == nil {
		r = z
	} else {
		// Some send deflate without its wrapper (RFC 9110 8.4.1.2).
		src.Seek(0, io.SeekStart)
		r = flate.NewReader(src)
	}
	m.pour(a, r, limit)
}

// pour reads clear content, at most limit bytes.
func (m *message) pour(a *analyzer, r io.Reader, limit int64) {
	buf := make([]byte, 16<<10)
	for {
		n, err := r.Read(buf)
		if m.clear += int64(n); m.clear > limit {
			a.f.Weird("content_bomb", 0)
			if m.taker != nil {
				m.taker.Lost(0)
			}
			return
		}
		if n > 0 && m.taker != nil {
			m.taker.Content(buf[:n])
		}
		if err != nil {
			if err != io.EOF && err != io.ErrUnexpectedEOF {
				a.f.Weird("bad_content_coding", 0)
			}
			return
		}
	}
}
