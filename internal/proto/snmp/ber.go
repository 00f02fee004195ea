package snmp

import "lazaret/internal/der"

// Application tags that occur (RFC 2578 7.1).
const (
	tagIPAddress = 0x40
	tagTimeTicks = 0x43
)

// within reads the elements in b.
func within(b []byte) *der.Reader {
	r := der.NewReader(b)
	return &r
}

// unsigned reads a number that an application type declares unsigned; a leading
// zero byte may keep its sign clear.
func unsigned(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 9 || len(b) == 9 && b[0] != 0 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, true
}
