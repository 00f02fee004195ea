package main

import (
	"encoding/binary"
	"unicode/utf16"
)

// pack appends values of little endian: uint8, uint16, uint32, uint64 and []byte as
// they are. It is how messages are written here: field by field, in the order of the
// standard's table.
func pack(b []byte, fields ...any) []byte {
	for _, f := range fields {
		switch v := f.(type) {
		case uint8:
			b = append(b, v)
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, v)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, v)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, v)
		case []byte:
			b = append(b, v...)
		default:
			panic("pack: a field of another type")
		}
	}
	return b
}

// wide is a text in UTF-16, little endian; no zero ends it.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// pad appends zeros up to a multiple of n, counted from a place in b.
func pad(b []byte, from, n int) []byte {
	for (len(b)-from)%n != 0 {
		b = append(b, 0)
	}
	return b
}

// filetime is a time as Windows counts it: 100 ns since 1601 (MS-DTYP 2.3.3).
func filetime(day int) uint64 {
	return uint64(opening)/100 + 116444736000000000 - uint64(day)*864_000_000_000
}

// tlv is an element of DER with definite length (X.690 8.1).
func tlv(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := []byte{tag}
	switch {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
