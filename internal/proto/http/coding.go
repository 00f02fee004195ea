package http

import (
	"bytes"
	"sync"
	"unsafe"

	"lazaret/internal/inflate"
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

// streams holds inflaters between two contents; each is 40 KiB.
var streams = sync.Pool{New: func() any { return new(inflate.Stream) }}

// streamLen is the memory of an inflater.
const streamLen = int(unsafe.Sizeof(inflate.Stream{}))

// uncode begins to undo a coding.
func (m *message) uncode() {
	m.z, m.undone = streams.Get().(*inflate.Stream), true
	if m.coding == codedGzip {
		m.z.Reset(inflate.Gzip)
	} else {
		m.z.Reset(inflate.Zlib)
	}
}

// undo gives the clear form of the next coded bytes to whoever takes it. Beyond
// freeClear at most maxRatio bytes may come out for each that went in; more is a bomb
// and counted.
func (m *message) undo(a *analyzer, b []byte) {
	m.coded += int64(len(b))
	limit := max(freeClear, maxRatio*m.coded)
	m.z.Feed(b)
	for clear := m.z.Next(); len(clear) > 0; clear = m.z.Next() {
		if m.clear += int64(len(clear)); m.clear > limit {
			a.f.Weird("content_bomb", 0)
			m.drop()
			return
		}
		if m.taker != nil {
			m.taker.Content(clear)
		}
	}
	if m.z.Err() != nil {
		a.f.Weird("bad_content_coding", 0)
		m.drop()
	}
}

// drop ends the undoing of a coding before the content ends: nobody gets more.
func (m *message) drop() {
	m.release()
	if m.taker != nil {
		m.taker.Lost(0)
		m.taker.Close(false)
		m.taker = nil
	}
}

// release lets the inflater go.
func (m *message) release() {
	if m.z != nil {
		m.z.Feed(nil)
		streams.Put(m.z)
		m.z = nil
	}
}
