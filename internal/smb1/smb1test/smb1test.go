// Package smb1test writes the bytes of SMB that tests read: numbers of little endian by
// the size of their types, texts as they are, and names in UTF-16.
//
// The tests of the codec (internal/smb1) and of the protocol (internal/proto/smb) build
// their messages of it, each with headers and frames of its own, since each is about
// other parts of a message. It knows no field and checks nothing: a test that wants
// wrong bytes writes them as easily as right ones.
//
// It refuses to be part of a program: only tests import it. What it returns belongs to
// the caller; it keeps nothing. A value of a type that it does not know is a mistake of
// the test and panics. Standards: MS-CIFS 2.2, MS-SMB2 2.2, whose fields are little
// endian throughout.
package smb1test

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Bytes writes uint8, uint16, uint32 and uint64 in little endian, and strings as they are.
func Bytes(values ...any) string {
	var b []byte
	for _, v := range values {
		switch x := v.(type) {
		case uint8:
			b = append(b, x)
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, x)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, x)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, x)
		case string:
			b = append(b, x...)
		default:
			panic(fmt.Sprintf("smb1test: %T", v))
		}
	}
	return string(b)
}

// Wide writes the characters of the basic plane in UTF-16, without an end.
func Wide(s string) string {
	var b strings.Builder
	for _, c := range s {
		b.WriteString(Bytes(uint16(c)))
	}
	return b.String()
}
