package wsman

import (
	"unicode/utf8"
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// body is the content of one direction.
type body struct {
	a        *analyzer
	x        *exchange // nil between entities
	response bool
	read     bool // it is XML in clear, without a hole so far
	bytes    uint64
	enc      encoding
	first    [2]byte // of the content, until the encoding is known
	have     int
	walk     walker
	m        message
}

// encoding of the characters, told by the first two bytes (XML 1.0 appendix F).
type encoding uint8

const (
	unknown encoding = iota
	bytewise
	utf16LE
	utf16BE
)

// Open implements proto.Body.
func (b *body) Open(e *proto.Entity, x *exchange) {
	b.open(x, e.Response, e.Coding == "" && sealed(e.Type) == "")
}

// Content implements proto.Body.
func (b *body) Content(in []byte) {
	b.bytes += uint64(len(in))
	b.feed(in)
}

// Lost implements proto.Body.
func (b *body) Lost(n int) {
	b.bytes += uint64(max(n, 0))
	b.read = false
}

// Close implements proto.Body.
func (b *body) Close(whole bool) {
	b.a.told(b, whole)
	b.x = nil
	b.walk, b.m = walker{}, message{}
}

// open makes ready for an entity.
func (b *body) open(x *exchange, response, read bool) {
	b.x, b.response, b.read = x, response, read
	b.bytes, b.enc, b.have = 0, unknown, 0
	b.walk, b.m = walker{}, message{}
}

// feed takes content. What Windows writes in 16-bit units is turned into UTF-8 first.
func (b *body) feed(in []byte) {
	if !b.read {
		return
	}
	for b.enc == unknown {
		if len(in) == 0 {
			return
		}
		b.first[b.have], in = in[0], in[1:]
		if b.have++; b.have == 2 {
			b.begin()
		}
	}
	if b.enc == bytewise {
		b.walk.feed(&b.m, in)
		return
	}
	b.wide(in)
}

// begin tells the encoding by the first two bytes.
func (b *body) begin() {
	b.have = 0
	switch first := b.first; {
	case first == [2]byte{0xff, 0xfe}:
		b.enc = utf16LE
	case first == [2]byte{0xfe, 0xff}:
		b.enc = utf16BE
	case first == [2]byte{'<', 0}:
		b.enc = utf16LE
		b.wide(first[:])
	case first == [2]byte{0, '<'}:
		b.enc = utf16BE
		b.wide(first[:])
	default:
		b.enc = bytewise
		if first[0] != 0xef { // the mark of UTF-8 is text before the first element
			b.walk.feed(&b.m, first[:])
		}
	}
}

// wide takes 16-bit units. Halves of pairs become U+FFFD: no word that is read has any.
func (b *body) wide(in []byte) {
	var out [96]byte
	n := 0
	for _, c := range in {
		b.first[b.have] = c
		if b.have++; b.have < 2 {
			continue
		}
		b.have = 0
		u := rune(b.first[0]) | rune(b.first[1])<<8
		if b.enc == utf16BE {
			u = rune(b.first[0])<<8 | rune(b.first[1])
		}
		n += utf8.EncodeRune(out[n:], u)
		if n > len(out)-utf8.UTFMax {
			b.walk.feed(&b.m, out[:n])
			n = 0
		}
	}
	b.walk.feed(&b.m, out[:n])
	clear(out[:])
}

// text is how long texts commonly are, bytes.
const text = 64

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	return int(unsafe.Sizeof(*a)) + a.HeldBy(int(unsafe.Sizeof(exchange{}))+6*text)
}

// Held implements proto.Body.
func (b *body) Held() int { return int(unsafe.Sizeof(*b)) + 6*text }
