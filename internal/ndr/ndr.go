// Package ndr reads the parameters of remote procedure calls: the Network Data
// Representation (C706 chapter 14, transfer syntax version 2.0) and its 64-bit form
// NDR64 (MS-RPCE 2.2.5).
//
// A Reader walks over one stub in the order in which the interface definition names
// the parameters. It aligns each number to its size, reads either byte order, and
// knows the shapes that definitions are made of: pointers with and without a
// referent, conformant and varying strings and arrays, context handles, security
// identifiers. It is bounded and sticky as wire.Reader is: it never looks past its
// bytes, after the first impossible read every later one gives zero, and OK tells so
// once at the end. Counts that the bytes cannot hold are such a read.
//
// It refuses to interpret: it knows no interface, follows no pointer backwards (full
// pointers that repeat a referent are read as unique ones), and gives no more of a
// string than was asked for. Strings are copies, all other slices alias the stub,
// which belongs to the caller.
package ndr

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
)

// MaxText is how many characters of a string are kept by the readers that name no
// bound.
const MaxText = 1024

// Reader reads one stub. The zero value is empty.
type Reader struct {
	b    []byte
	off  int
	big  bool
	wide bool
	bad  bool
}

// New reads b, which is big-endian if big is set (C706 14.1) and NDR64 if wide is.
func New(b []byte, big, wide bool) Reader { return Reader{b: b, big: big, wide: wide} }

// OK reports that no read went past the end or met an impossible count.
func (r *Reader) OK() bool { return !r.bad }

// Len is the number of bytes left; 0 after a bad read.
func (r *Reader) Len() int {
	if r.bad {
		return 0
	}
	return len(r.b) - r.off
}

// Fail makes the reader bad: the caller met a value that cannot be.
func (r *Reader) Fail() { r.bad = true }

// Align moves to the next multiple of n, a power of two.
func (r *Reader) Align(n int) {
	if off := (r.off + n - 1) &^ (n - 1); !r.bad && off <= len(r.b) {
		r.off = off
		return
	}
	r.bad = true
}

// Bytes gives the next n bytes, which alias the stub; nil if there are fewer.
func (r *Reader) Bytes(n int) []byte {
	if r.bad || n < 0 || n > len(r.b)-r.off {
		r.bad = true
		return nil
	}
	s := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return s
}

// Skip passes over n bytes.
func (r *Reader) Skip(n int) { r.Bytes(n) }

// U8 reads a byte.
func (r *Reader) U8() uint8 {
	if b := r.Bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// U16 reads an aligned 16-bit number.
func (r *Reader) U16() uint16 {
	r.Align(2)
	b := r.Bytes(2)
	switch {
	case b == nil:
		return 0
	case r.big:
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

// U32 reads an aligned 32-bit number.
func (r *Reader) U32() uint32 {
	r.Align(4)
	b := r.Bytes(4)
	switch {
	case b == nil:
		return 0
	case r.big:
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// U64 reads an aligned 64-bit number.
func (r *Reader) U64() uint64 {
	r.Align(8)
	b := r.Bytes(8)
	switch {
	case b == nil:
		return 0
	case r.big:
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// Word reads a number that is as long as a pointer: 32 bits, in NDR64 64.
func (r *Reader) Word() uint64 {
	if r.wide {
		return r.U64()
	}
	return uint64(r.U32())
}

// Tag reads the discriminant of a union that is an enumeration or a number of 32
// bits, and aligns to the arm, which holds a pointer (MS-RPCE 2.2.5.3.4.1).
func (r *Reader) Tag() uint32 {
	r.AlignWord()
	v := r.U32()
	r.AlignWord()
	return v
}

// AlignWord aligns to the length of a pointer.
func (r *Reader) AlignWord() {
	if r.wide {
		r.Align(8)
	} else {
		r.Align(4)
	}
}

// Pointer reads the representation of a unique or full pointer and tells whether it
// has a referent (C706 14.3.10). For a parameter the referent follows at once, for
// a member of a structure behind the structure.
func (r *Reader) Pointer() bool { return r.Word() != 0 }

// Count reads the number of elements of size bytes at least that a conformant array
// has (C706 14.3.3.2). A count that the rest of the stub cannot hold is bad.
func (r *Reader) Count(size int) int {
	n := r.Word()
	if r.bad || n > uint64(r.Len()/max(size, 1)) {
		r.bad = true
		return 0
	}
	return int(n)
}

// Varying reads the offset and the actual count of a varying array (C706 14.3.3.3)
// of elements of size bytes at least.
func (r *Reader) Varying(size int) int {
	if r.Word() != 0 {
		r.bad = true
		return 0
	}
	return r.Count(size)
}

// conformantVarying reads the three numbers before a string (C706 14.3.4.2): the
// greatest count, which is not that of the bytes that follow, the offset and the
// actual count.
func (r *Reader) conformantVarying(size int) int {
	if most := r.Word(); most > 1<<31 {
		r.bad = true
	}
	return r.Varying(size)
}

// Wide reads a conformant varying string of 16-bit characters without its
// terminator, at most MaxText characters.
func (r *Reader) Wide() string { return r.WideN(MaxText) }

// WideN is Wide with a bound of its own.
func (r *Reader) WideN(limit int) string {
	n := r.conformantVarying(2)
	return r.text16(r.Bytes(2*n), limit)
}

// Narrow reads a conformant varying string of bytes without its terminator. Bytes
// beyond ASCII become U+FFFD: their character set is not said.
func (r *Reader) Narrow() string {
	n := r.conformantVarying(1)
	b := r.Bytes(n)
	return text8(b[:min(len(b), MaxText)])
}

// Text reads a string of either kind.
func (r *Reader) Text(wide bool) string {
	if wide {
		return r.Wide()
	}
	return r.Narrow()
}

// UniqueText reads a pointer to a string as a parameter.
func (r *Reader) UniqueText(wide bool) string {
	if !r.Pointer() {
		return ""
	}
	return r.Text(wide)
}

// Counted is the head of a counted string (MS-DTYP 2.3.10 RPC_UNICODE_STRING, MS-RRP
// 2.2.4 RRP_UNICODE_STRING), whose characters come later.
type Counted struct{ there bool }

// CountedHead reads a counted string's structure: two lengths and a pointer.
func (r *Reader) CountedHead() Counted {
	r.AlignWord()
	r.U16()
	r.U16()
	return Counted{r.Pointer()}
}

// CountedText reads the characters of a counted string.
func (r *Reader) CountedText(c Counted) string {
	if !c.there {
		return ""
	}
	return r.Wide()
}

// CountedString reads a counted string as a parameter: its characters follow at
// once.
func (r *Reader) CountedString() string { return r.CountedText(r.CountedHead()) }

// UniqueBytes passes over a pointer to a conformant array of bytes as a parameter:
// what it holds may be a password and is not looked at.
func (r *Reader) UniqueBytes() {
	if r.Pointer() {
		r.Skip(r.Count(1))
	}
}

// Handle is a context handle (C706 14.2.7 and appendix N): attributes and identity.
type Handle [20]byte

// Handle reads a context handle.
func (r *Reader) Handle() (h Handle) {
	r.Align(4)
	copy(h[:], r.Bytes(len(h)))
	return h
}

// GUID reads an identity in the order in which it is written: the first three fields
// big-endian (C706 appendix A).
func (r *Reader) GUID() (g [16]byte) {
	r.Align(4)
	b := r.Bytes(16)
	if b == nil {
		return g
	}
	copy(g[:], b)
	if !r.big {
		g[0], g[1], g[2], g[3] = b[3], b[2], b[1], b[0]
		g[4], g[5], g[6], g[7] = b[5], b[4], b[7], b[6]
	}
	return g
}

// SID reads a security identifier (MS-DTYP 2.4.2.3 RPC_SID) as it is written,
// "S-1-5-21-...".
func (r *Reader) SID() string {
	n := r.Count(4)
	r.AlignWord()
	revision, count := r.U8(), int(r.U8())
	b := r.Bytes(6)
	if b == nil || count != n || count > 15 {
		r.bad = true
		return ""
	}
	var authority uint64
	for _, c := range b {
		authority = authority<<8 | uint64(c)
	}
	out := make([]byte, 0, 64)
	out = append(out, "S-"...)
	out = strconv.AppendUint(out, uint64(revision), 10)
	out = strconv.AppendUint(append(out, '-'), authority, 10)
	for range count {
		out = strconv.AppendUint(append(out, '-'), uint64(r.U32()), 10)
	}
	if r.bad {
		return ""
	}
	return string(out)
}

// text16 makes a string of at most limit characters, up to the terminator.
func (r *Reader) text16(b []byte, limit int) string {
	var units [64]uint16
	var out strings.Builder
	n := 0
	for i := 0; i+1 < len(b) && n < limit; {
		k := 0
		for ; k < len(units) && i+1 < len(b) && n < limit; i += 2 {
			c := binary.LittleEndian.Uint16(b[i:])
			if r.big {
				c = binary.BigEndian.Uint16(b[i:])
			}
			if c == 0 {
				limit = n
				break
			}
			units[k] = c
			k++
			n++
		}
		if k > 1 && k == len(units) && utf16.IsSurrogate(rune(units[k-1])) && units[k-1] < 0xdc00 {
			k--
			n--
			i -= 2
		}
		for _, c := range utf16.Decode(units[:k]) {
			out.WriteRune(c)
		}
	}
	return out.String()
}

// Chars makes a string of at most limit of the 16-bit little-endian characters in b,
// up to a terminator: for strings that stand without counts.
func Chars(b []byte, limit int) string {
	r := Reader{}
	return r.text16(b, limit)
}

func text8(b []byte) string {
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	var out strings.Builder
	for _, c := range b {
		if c < 0x80 {
			out.WriteByte(c)
		} else {
			out.WriteRune('\ufffd')
		}
	}
	return out.String()
}
