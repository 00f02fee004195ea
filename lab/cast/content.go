package cast

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// Bytes are n bytes that look random and are the same for the same name.
func Bytes(name string, n int) []byte {
	r := rand.NewChaCha8(sha256.Sum256([]byte(name)))
	b := make([]byte, n)
	_, _ = r.Read(b) // it never fails
	return b
}

// Lines are numbered lines of text, n bytes in all: large on the wire, small
// in a compressed capture.
func Lines(name string, n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%06d %s: calibration step, dose index %d.%02d, field %d x %d\r\n", i, name, i%7, i%97, 10+i%30, 12+i%20)
	}
	return b.Bytes()[:n]
}

// Stub is a Windows program of n bytes, at least 1,536, that does nothing:
// MS-DOS and PE headers, a section whose code returns at once, and a section
// of padding. No two names give the same one.
func Stub(name string, n int) []byte {
	const head, code = 0x200, 0x200
	data := max(n-head-code, 0x200)
	var b bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, binary.LittleEndian, v) // a buffer takes all
		}
	}
	pad := func(to int) { b.Write(make([]byte, to-b.Len())) }
	b.WriteString("MZ")
	pad(0x3c)
	put(uint32(0x80))
	b.WriteString("\x0e\x1f\xba\x0e\x00\xb4\x09\xcd\x21\xb8\x01\x4c\xcd\x21This program cannot be run in DOS mode.\r\r\n$")
	pad(0x80)
	b.WriteString("PE\x00\x00")
	put(uint16(0x14c), uint16(2), uint32(0x6a000000), uint32(0), uint32(0), uint16(0xe0), uint16(0x10f))
	put(uint16(0x10b), uint8(6), uint8(0), uint32(code), uint32(data), uint32(0), uint32(0x1000), uint32(0x1000), uint32(0x2000))
	put(uint32(0x400000), uint32(0x1000), uint32(0x200), uint16(4), uint16(0), uint16(0), uint16(0), uint16(4), uint16(0), uint32(0))
	put(uint32(0x2000+(data+0xfff)&^0xfff), uint32(head), uint32(0), uint16(2), uint16(0))
	put(uint32(0x100000), uint32(0x1000), uint32(0x100000), uint32(0x1000), uint32(0), uint32(16), [16]uint64{})
	section := func(name string, size, at, from int, flags uint32) {
		b.WriteString((name + "\x00\x00\x00\x00\x00\x00\x00\x00")[:8])
		put(uint32(size), uint32(at), uint32(size), uint32(from), uint64(0), uint32(0), flags)
	}
	section(".text", code, 0x1000, head, 0x60000020)
	section(".data", data, 0x2000, head+code, 0xc0000040)
	pad(head)
	b.WriteString("\x31\xc0\xc3") // xor eax, eax; ret
	pad(head + code)
	b.WriteString("Inert file of the laboratory: " + name + "\x00")
	b.Write(Bytes(name, 256))
	pad(head + code + data)
	return b.Bytes()
}
