// Package wire reads fields out of hostile bytes.
//
// A Reader is bounded (it never looks past the slice it was given), sticky
// (after the first short read every later read returns zero and Err tells where
// it happened) and copy-free (the slices it returns alias its input). Parsers
// therefore read a structure field by field, in the order of the standard's
// table, and check once at the end. A length field bounds a child Reader made
// with Sub, so that an inner item cannot read its neighbour.
//
// It refuses to allocate, to interpret and to guess: no strings, no reflection.
// The memory belongs to the caller, and a Reader is meant to live on the stack.
package wire

import (
	"encoding/binary"
	"errors"
)

// ErrShort says that a structure ended before its fields did.
var ErrShort = errors.New("wire: short")

// Reader reads big-endian fields by default; the names that end in LE read
// little-endian. The zero value is an empty Reader.
type Reader struct {
	b     []byte
	off   int
	short bool
}

// NewReader returns a Reader over b. It aliases b and never writes to it.
func NewReader(b []byte) Reader { return Reader{b: b} }

// Len is the number of bytes not yet read; 0 after a short read.
func (r *Reader) Len() int {
	if r.short {
		return 0
	}
	return len(r.b) - r.off
}

// Off is the position of the next byte from the start of this Reader. After a
// short read it stays where the failing field began.
func (r *Reader) Off() int { return r.off }

// Err is ErrShort once any read went past the end, and nil otherwise.
func (r *Reader) Err() error {
	if r.short {
		return ErrShort
	}
	return nil
}

// OK reports that no read went past the end so far.
func (r *Reader) OK() bool { return !r.short }

// take returns the next n bytes, or nil once the reader is short.
func (r *Reader) take(n int) []byte {
	if r.short || n < 0 || n > len(r.b)-r.off {
		r.short = true
		return nil
	}
	s := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return s
}

// Bytes returns the next n bytes; nil if there are fewer or n is negative.
func (r *Reader) Bytes(n int) []byte { return r.take(n) }

// Skip passes over n bytes.
func (r *Reader) Skip(n int) { r.take(n) }

// Rest returns all bytes that are left and moves to the end.
func (r *Reader) Rest() []byte { return r.take(r.Len()) }

// Peek returns the next n bytes without moving, or nil if there are fewer. It
// does not make the Reader short.
func (r *Reader) Peek(n int) []byte {
	if r.short || n < 0 || n > len(r.b)-r.off {
		return nil
	}
	return r.b[r.off : r.off+n : r.off+n]
}

// Sub returns a Reader over the next n bytes and moves behind them. When there
// are fewer, both this Reader and the child are short.
func (r *Reader) Sub(n int) Reader {
	b := r.take(n)
	return Reader{b: b, short: r.short}
}

// U8 reads one byte.
func (r *Reader) U8() uint8 {
	b := r.take(1)
	if b == nil {
		return 0
	}
	return b[0]
}

// U16 reads a big-endian 16-bit number.
func (r *Reader) U16() uint16 {
	b := r.take(2)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

// U24 reads a big-endian 24-bit number.
func (r *Reader) U24() uint32 {
	b := r.take(3)
	if b == nil {
		return 0
	}
	return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
}

// U32 reads a big-endian 32-bit number.
func (r *Reader) U32() uint32 {
	b := r.take(4)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// U64 reads a big-endian 64-bit number.
func (r *Reader) U64() uint64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// U16LE reads a little-endian 16-bit number.
func (r *Reader) U16LE() uint16 {
	b := r.take(2)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint16(b)
}

// U32LE reads a little-endian 32-bit number.
func (r *Reader) U32LE() uint32 {
	b := r.take(4)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

// U64LE reads a little-endian 64-bit number.
func (r *Reader) U64LE() uint64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}
