package quic

import "slices"

const (
	maxCrypto = 1 << 16
	maxSpans  = 64
)

// span is a run of bytes that are there, from lo to before hi.
type span struct{ lo, hi int }

// crypto puts the stream of CRYPTO frames of one direction in order.
type crypto struct {
	buf  []byte
	have []span // in order, apart from each other
	done bool
}

// add keeps a piece. It is false if there is no room.
func (c *crypto) add(off int, p []byte) bool {
	hi := off + len(p)
	if hi > maxCrypto {
		return false
	}
	if len(p) == 0 {
		return true
	}
	i := 0
	for i < len(c.have) && c.have[i].hi < off {
		i++
	}
	j, s := i, span{off, hi}
	for j < len(c.have) && c.have[j].lo <= hi {
		s = span{min(s.lo, c.have[j].lo), max(s.hi, c.have[j].hi)}
		j++
	}
	if i == j && len(c.have) >= maxSpans {
		return false
	}
	if hi > len(c.buf) {
		c.buf = append(c.buf, make([]byte, hi-len(c.buf))...)
	}
	copy(c.buf[off:], p)
	c.have = slices.Replace(c.have, i, j, s)
	return true
}

// hello is the first message, when it is complete.
func (c *crypto) hello() []byte {
	if len(c.have) == 0 || c.have[0].lo != 0 || c.have[0].hi < 4 {
		return nil
	}
	n := 4 + int(c.buf[1])<<16 + int(c.buf[2])<<8 + int(c.buf[3])
	if n > c.have[0].hi || c.buf[0] != 1 && c.buf[0] != 2 {
		return nil
	}
	return c.buf[:n]
}
