package charset

import "strings"

// netbiosLen is the length of an encoded NetBIOS name without scope: a length, 32
// letters, a zero.
const netbiosLen = 34

// NetBIOSName decodes the name without scope that b begins with (RFC 1001 14.1):
// half an octet in each letter from A to P, fifteen bytes of name, padded with
// spaces, and one of type. ok is false if b begins with none.
func NetBIOSName(b []byte) (name string, typ byte, ok bool) {
	if len(b) < netbiosLen || b[0] != 32 || b[33] != 0 {
		return "", 0, false
	}
	var out [16]byte
	for i := range out {
		hi, lo := b[1+2*i]-'A', b[2+2*i]-'A'
		if hi > 15 || lo > 15 {
			return "", 0, false
		}
		out[i] = hi<<4 | lo
	}
	return strings.TrimRight(Plain(out[:15], 15), " "), out[15], true
}
