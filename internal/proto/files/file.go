package files

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/magic"
	"lazaret/internal/proto"
)

// file is one file on its way.
type file struct {
	k     *keeper
	info  proto.File
	name  name // by which more of its pieces find it; zero if it stands alone
	conn  *event.Conn
	conns []string
	fuid  string

	first, last event.Time
	open        int  // carriers that have it open
	ended       bool // one saw its end
	size        int64
	refused     int64
	missing     int64 // told missing
	overflow    int64
	rewritten   bool
	told        bool

	seen  spans
	limit int64  // of what is kept
	kept  []byte // from offset 0
	runs  bool
	typed bool // limit was decided by content

	// The hash of the whole goes over what is in order; ahead waits for it.
	next   int64
	broken bool // it will not come to the end
	md5    hash.Hash
	sha    hash.Hash
	ahead  []piece
	held   int64

	pieces []string
	part   hash.Hash // of the aligned piece under way
	partAt int64     // next byte it wants, -1 if none is under way

	prev, after *file // of the keeper's list
	cost        int
}

// piece is bytes that came early.
type piece struct {
	off  int64
	data []byte
}

// at takes bytes at an offset.
func (f *file) at(off int64, b []byte) {
	if len(b) == 0 || f.told || off < 0 || off > 1<<62 {
		return
	}
	if f.first == 0 {
		f.first = f.k.now
	}
	f.last = f.k.now
	f.seen.add(off, off+int64(len(b)),
		func(from, to int64) { f.fresh(from, b[from-off:to-off]) },
		func(from, to int64) { f.again(from, b[from-off:to-off]) })
}

// fresh takes bytes that were not there before.
func (f *file) fresh(off int64, b []byte) {
	f.keep(off, b)
	if f.broken {
		f.piecewise(off, b)
		return
	}
	switch {
	case off == f.next:
		f.hash(b)
		f.drain()
	case off+int64(len(b)) <= int64(len(f.kept)): // waits where it is kept
	case f.held+int64(len(b)) <= maxHeld && f.k.room(len(b)):
		f.hold(off, b)
	default:
		f.overflow += int64(len(b))
		f.breaks()
		f.piecewise(off, b)
	}
}

// hash goes on with the hash of the whole.
func (f *file) hash(b []byte) {
	if f.md5 == nil {
		f.md5, f.sha = md5.New(), sha256.New()
	}
	f.md5.Write(b)
	f.sha.Write(b)
	f.next += int64(len(b))
}

// drain hashes what was kept or held for its turn.
func (f *file) drain() {
	for {
		if n := int64(len(f.kept)); f.next < n && f.seen.has(f.next, f.next+1) {
			to := f.next
			for _, x := range f.seen.list {
				if x.from <= f.next && f.next < x.to {
					to = min(x.to, n)
				}
			}
			f.hash(f.kept[f.next:to])
			continue
		}
		if len(f.ahead) == 0 || f.ahead[0].off > f.next {
			return
		}
		p := f.ahead[0]
		f.ahead = slices.Delete(f.ahead, 0, 1)
		f.held -= int64(len(p.data))
		f.k.spend(f, -len(p.data))
		if skip := f.next - p.off; skip < int64(len(p.data)) {
			f.hash(p.data[skip:])
		}
	}
}

// hold keeps bytes that came early.
func (f *file) hold(off int64, b []byte) {
	i, _ := slices.BinarySearchFunc(f.ahead, off, func(p piece, v int64) int {
		if p.off < v {
			return -1
		}
		return 1
	})
	f.ahead = slices.Insert(f.ahead, i, piece{off, slices.Clone(b)})
	f.held += int64(len(b))
	f.k.spend(f, len(b))
}

// keep copies what lies below the limit.
func (f *file) keep(off int64, b []byte) {
	if off < f.limit {
		f.store(off, b[:min(int64(len(b)), f.limit-off)])
	}
	if !f.typed {
		f.decide(off, off+int64(len(b)))
	}
}

// store copies bytes into what is kept, which grows as it must.
func (f *file) store(off int64, b []byte) {
	end := int(off) + len(b)
	if end > cap(f.kept) {
		want := min(max(end, 4*cap(f.kept), 512), int(max(f.limit, int64(end))))
		if f.size >= int64(end) {
			want = min(want, int(min(f.size, f.limit)))
		}
		want = max(want, end)
		if !f.k.room(want - cap(f.kept)) {
			f.limit = int64(len(f.kept)) // no more is kept
			return
		}
		f.k.spend(f, want-cap(f.kept))
		f.kept = append(make([]byte, 0, want), f.kept...)
	}
	if end > len(f.kept) {
		clear(f.kept[len(f.kept):end])
		f.kept = f.kept[:end]
	}
	copy(f.kept[off:], b)
}

// decide looks at the first bytes once they are there, the last of them in the run
// that is being added: more is kept of a program.
func (f *file) decide(from, to int64) {
	n := f.seen.reach(0)
	if from <= n {
		n = f.seen.reach(max(n, to))
	}
	if n < magic.Head {
		return
	}
	f.typed = true
	if kind := magic.Of(f.kept); kind.Runs() || kind == magic.DICOM && magic.Preamble(f.kept).Runs() {
		f.runs = true
		if f.limit == int64(f.k.k.Head) {
			f.limit = int64(f.k.k.Executable)
			for _, p := range f.ahead { // came before it was known what this is
				if p.off < f.limit {
					f.store(p.off, p.data[:min(int64(len(p.data)), f.limit-p.off)])
				}
			}
		}
	}
}

// again takes bytes that were there before. When they are written, the newest count.
func (f *file) again(off int64, b []byte) {
	if !f.info.Write {
		return
	}
	end := off + int64(len(b))
	if end > int64(len(f.kept)) {
		if off >= f.next || f.broken {
			f.replace(off, b)
		}
		f.rewritten = true // whether they differ is not known
		f.breaks()
		b = b[:max(0, min(int64(len(b)), int64(len(f.kept))-off))]
		if len(b) == 0 {
			return
		}
	}
	if string(f.kept[off:off+int64(len(b))]) != string(b) {
		copy(f.kept[off:], b)
		if off < f.next {
			f.rewritten = true
		}
	}
}

// replace changes bytes that still wait for their turn.
func (f *file) replace(off int64, b []byte) {
	for _, p := range f.ahead {
		lo, hi := max(off, p.off), min(off+int64(len(b)), p.off+int64(len(p.data)))
		if lo < hi {
			copy(p.data[lo-p.off:hi-p.off], b[lo-off:hi-off])
		}
	}
}

// breaks ends the hash of the whole: what it went over becomes one piece.
func (f *file) breaks() {
	if f.broken {
		return
	}
	f.broken, f.partAt = true, -1
	if f.next > 0 && !f.rewritten {
		f.piece(0, f.next, f.sha)
	}
	f.seen.each(func(x span) { // what waits where it is kept
		if from, to := max(x.from, f.next), min(x.to, int64(len(f.kept))); from < to {
			f.piecewise(from, f.kept[from:to])
		}
	})
	for _, p := range f.ahead {
		f.piecewise(p.off, p.data)
	}
	f.k.spend(f, -int(f.held))
	f.ahead, f.held, f.md5, f.sha = nil, 0, nil, nil
}

// piecewise hashes aligned pieces that come in order from their first byte.
func (f *file) piecewise(off int64, b []byte) {
	for len(b) > 0 {
		if f.partAt != off {
			skip := (pieceLen - off%pieceLen) % pieceLen
			f.partAt = -1
			if skip >= int64(len(b)) {
				return
			}
			off, b = off+skip, b[skip:]
			f.partAt = off
			if f.part == nil {
				f.part = sha256.New()
			}
			f.part.Reset()
		}
		n := min(int64(len(b)), pieceLen-off%pieceLen)
		f.part.Write(b[:n])
		off, b = off+n, b[n:]
		if f.partAt = off; off%pieceLen == 0 {
			f.piece(off-pieceLen, off, f.part)
			f.partAt = -1
		}
	}
}

func (f *file) piece(from, to int64, h hash.Hash) {
	if len(f.pieces) < maxPieces {
		f.pieces = append(f.pieces, fmt.Sprintf("%d-%d:%s", from, to-1, hex.EncodeToString(h.Sum(nil))))
	}
}

// lost takes bytes that will not come.
func (f *file) lost(off, n int64) {
	if n <= 0 || off < 0 || f.told {
		return
	}
	f.last = f.k.now
	f.missing += n
	if off <= f.next && f.next < off+n {
		f.breaks()
	}
}
