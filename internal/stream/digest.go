package stream

import (
	"encoding/binary"
	"math/bits"
)

// digest covers at most the first 512 bytes, eight at a time: it serves to notice
// a changed retransmission, not to resist one made to collide.
func digest(b []byte) uint64 {
	const prime = 0x9e3779b97f4a7c15
	b = b[:min(len(b), 512)]
	h := uint64(len(b))
	if len(b) >= 32 { // four chains: one alone waits for each multiplication
		h1, h2, h3 := h, h, h
		for ; len(b) >= 32; b = b[32:] {
			h = (bits.RotateLeft64(h, 29) ^ binary.LittleEndian.Uint64(b)) * prime
			h1 = (bits.RotateLeft64(h1, 29) ^ binary.LittleEndian.Uint64(b[8:])) * prime
			h2 = (bits.RotateLeft64(h2, 29) ^ binary.LittleEndian.Uint64(b[16:])) * prime
			h3 = (bits.RotateLeft64(h3, 29) ^ binary.LittleEndian.Uint64(b[24:])) * prime
		}
		h = ((h*prime^h1)*prime^h2)*prime ^ h3
	}
	for len(b) >= 8 {
		h = (bits.RotateLeft64(h, 29) ^ binary.LittleEndian.Uint64(b)) * prime
		b = b[8:]
	}
	for _, c := range b {
		h = (bits.RotateLeft64(h, 29) ^ uint64(c)) * prime
	}
	return h
}
