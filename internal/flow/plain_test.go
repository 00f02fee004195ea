package flow

import (
	"math/rand/v2"
	"testing"

	"lazaret/internal/decode"
)

// The short way for packets in order gives the same state as the long one, also
// across the wrap of sequence numbers and among packets out of order.
func TestPlainPacketsChangeNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 400 {
		var short, long tcp
		seq := [2]uint32{-rng.Uint32N(30000), rng.Uint32()}
		for k := range 60 {
			d := rng.IntN(2)
			if k < 2 {
				d = k
			}
			h := head{seq: seq[d], ack: seq[1-d], win: 512, flags: decode.ACK, wscale: -1, size: rng.Uint32N(3) * 700}
			switch n := rng.IntN(60); {
			case k == 0:
				h.flags, h.size = decode.SYN, 0
			case k == 1:
				h.flags, h.size = decode.SYN|decode.ACK, 0
			case n < 3:
				h.flags |= [...]uint8{decode.FIN, decode.SYN, decode.RST}[n]
			case n < 6:
				h.seq += rng.Uint32N(4000) - 2000
			case n < 8:
				h.win = 0
			case n < 9:
				h.flags = decode.PSH
			case n < 10:
				h.ack += rng.Uint32N(1 << 21)
			}
			if h.seq == short.s[d].last && short.plain(d, &h) {
				taken++
			}
			if a, b := short.packet(d, h), long.walk(d, h); a != b || short != long {
				t.Fatalf("packet %d: %+v and %+v, want %+v and %+v", k, a, short, b, long)
			}
			seq[d] = h.seq + segLen(h.size, h.flags)
		}
	}
	if taken < 1000 {
		t.Errorf("only %d packets took the short way", taken)
	}
}
