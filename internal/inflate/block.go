package inflate

import (
	"encoding/binary"
	"math/bits"
)

// Bounds of RFC 1951 3.2.5 and 3.2.6.
const (
	maxLit  = 288
	maxDist = 32
	maxBits = 15
)

// root is how many bits the table of a code looks at. Longer codes are rare.
const root = 10

// code is a Huffman code (RFC 1951 3.2.2).
type code struct {
	// short has symbol<<4 | length for each following of root bits, 0 where
	// there is none that short.
	short  [1 << root]uint16
	count  [maxBits + 1]uint16
	symbol [maxLit]uint16 // in order of their codes
	// enough is how many bits show that they are no code, where that can be: none in
	// a code without symbols, one in a code of a single symbol.
	enough uint
}

// build makes the code of these lengths. It reports whether there is one.
func (c *code) build(lengths []byte) bool {
	clear(c.short[:])
	clear(c.count[:])
	for _, n := range lengths {
		c.count[n]++
	}
	c.count[0] = 0
	var first, offset [maxBits + 2]uint16
	sum, longest := 0, 0
	for n := 1; n <= maxBits; n++ {
		first[n+1] = (first[n] + c.count[n]) << 1
		offset[n+1] = offset[n] + c.count[n]
		sum += int(c.count[n]) << (maxBits - n)
		if c.count[n] > 0 {
			longest = n
		}
	}
	if one := longest == 1 && c.count[1] == 1; sum != 1<<maxBits && longest > 0 && !one {
		return false
	}
	c.enough = uint(min(longest, 1))
	next := first
	for sym, n := range lengths {
		if n == 0 {
			continue
		}
		c.symbol[offset[n]] = uint16(sym)
		offset[n]++
		v := next[n]
		next[n]++
		if n <= root {
			for i := int(bits.Reverse16(v) >> (16 - n)); i < 1<<root; i += 1 << n {
				c.short[i] = uint16(sym)<<4 | uint16(n)
			}
		}
	}
	return true
}

// long reads a code bit by bit. n is its length, 0 if the bits are none.
func (c *code) long(acc uint64) (sym int, n uint) {
	v, first, index := 0, 0, 0
	for n = 1; n <= maxBits; n++ {
		v |= int(acc & 1)
		acc >>= 1
		count := int(c.count[n])
		if v-count < first {
			return int(c.symbol[index+v-first]), n
		}
		index += count
		first = (first + count) << 1
		v <<= 1
	}
	return 0, 0
}

// read reads one symbol; n is its length in bits, 0 if there is none.
func (c *code) read(acc uint64) (sym int, n uint) {
	if e := c.short[acc&(1<<root-1)]; e != 0 {
		return int(e >> 4), uint(e & 15)
	}
	return c.long(acc)
}

// block reads the beginning of a block (RFC 1951 3.2.3).
func (s *Stream) block() bool {
	if s.final {
		s.at, s.final = atTrailer, false
		return true
	}
	v, ok := s.take(3)
	if !ok {
		return false
	}
	s.final = v&1 != 0
	switch v >> 1 {
	case 0:
		s.take(s.have % 8)
		s.at = atStored
	case 1:
		s.fixed()
	case 2:
		s.at = atCounts
	default:
		return s.wrong()
	}
	return true
}

// fixed sets the codes that need not be sent (RFC 1951 3.2.6).
func (s *Stream) fixed() {
	l := s.lengths[:maxLit]
	for i := range l {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	s.lit.build(l)
	d := s.lengths[maxLit:]
	for i := range d {
		d[i] = 5
	}
	s.dist.build(d)
	s.at = inCodes
}

// storedHead reads the length of a block that is not compressed.
func (s *Stream) storedHead() bool {
	v, ok := s.take(32)
	if !ok {
		return false
	}
	if v&0xffff != ^v>>16 {
		return s.wrong()
	}
	s.stored, s.at = int(v&0xffff), inStored
	return true
}

func (s *Stream) storedBytes() bool {
	for s.stored > 0 && s.have > 0 && s.pos < windowLen {
		v, _ := s.take(8)
		s.window[s.pos] = byte(v)
		s.pos++
		s.stored--
	}
	if s.have == 0 {
		n := copy(s.window[s.pos:], s.in[:min(s.stored, len(s.in))])
		s.in = s.in[n:]
		s.pos += n
		s.stored -= n
	}
	if s.stored == 0 {
		s.at = atBlock
		return true
	}
	return s.pos == windowLen
}

// order is that of the lengths of the code for lengths.
var order = [19]byte{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// tables reads the codes of a block (RFC 1951 3.2.7).
func (s *Stream) tables() bool {
	switch s.at {
	case atCounts:
		v, ok := s.take(14)
		if !ok {
			return false
		}
		s.nlit, s.ndist, s.norder, s.n = int(v&31)+257, int(v>>5&31)+1, int(v>>10)+4, 0
		if s.nlit > 286 || s.ndist > 30 {
			return s.wrong()
		}
		clear(s.lengths[:len(order)])
		s.at = inOrder
	case inOrder:
		for ; s.n < s.norder; s.n++ {
			v, ok := s.take(3)
			if !ok {
				return false
			}
			s.lengths[order[s.n]] = byte(v)
		}
		if !s.lit.build(s.lengths[:len(order)]) {
			return s.wrong()
		}
		s.n, s.at = 0, inLengths
	default:
		return s.codeLengths()
	}
	return true
}

// codeLengths reads the lengths of both codes, which are packed themselves.
func (s *Stream) codeLengths() bool {
	total := s.nlit + s.ndist
	for s.n < total {
		s.fill()
		sym, n := s.lit.read(s.acc)
		if n == 0 || n > s.have {
			return s.short(n)
		}
		if sym < 16 {
			s.take(n)
			s.lengths[s.n] = byte(sym)
			s.n++
			continue
		}
		extra, least, v := uint(2), 3, byte(0)
		switch {
		case sym == 17:
			extra = 3
		case sym == 18:
			extra, least = 7, 11
		case s.n == 0:
			return s.wrong()
		default:
			v = s.lengths[s.n-1]
		}
		if s.have < n+extra {
			return false
		}
		s.take(n)
		x, _ := s.take(extra)
		if int(x)+least > total-s.n {
			return s.wrong()
		}
		for range int(x) + least {
			s.lengths[s.n] = v
			s.n++
		}
	}
	if !s.lit.build(s.lengths[:s.nlit]) || !s.dist.build(s.lengths[s.nlit:total]) {
		return s.wrong()
	}
	s.at = inCodes
	return true
}

// short says why a symbol could not be read: the bits are none, or not all there.
func (s *Stream) short(n uint) bool {
	if n == 0 && s.have >= s.lit.enough {
		return s.wrong()
	}
	return false
}

// Lengths and distances, with their extra bits (RFC 1951 3.2.5).
var (
	lengthBase  = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase    = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distExtra   = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// codes reads literals and copies until the window is full, the block ends or input
// is missing. A symbol with all its bits is at most 48 bits and is read at once.
func (s *Stream) codes() bool {
	if s.length > 0 {
		s.copy()
	}
	acc, have, in := s.acc, s.have, s.in
	more := true
	for s.pos < windowLen {
		if have < 48 && len(in) >= 8 {
			// What is above have bits will be there again.
			acc |= binary.LittleEndian.Uint64(in) << have
			in = in[(63-have)>>3:]
			have |= 56
		}
		for have <= 56 && len(in) > 0 && len(in) < 8 {
			acc |= uint64(in[0]) << have
			in = in[1:]
			have += 8
		}
		e := s.lit.short[acc&(1<<root-1)]
		sym, n := int(e>>4), uint(e&15)
		if e == 0 {
			sym, n = s.lit.long(acc)
		}
		if n == 0 || n > have {
			s.have = have
			more = s.short(n)
			break
		}
		if sym > 256 {
			if n = s.pair(sym-257, acc, n, have); n == 0 {
				more = false
				break
			}
			s.copy()
		} else if sym < 256 {
			s.window[s.pos&(windowLen-1)] = byte(sym)
			s.pos++
		}
		acc >>= n
		have -= n
		if sym == 256 {
			s.at = atBlock
			break
		}
	}
	s.acc, s.have, s.in = acc&(1<<have-1), have, in
	return more
}

// pair reads the rest of a length and the distance behind it, used bits after the
// code of the length. It returns how many bits all are, 0 if more are needed or the
// stream is wrong.
func (s *Stream) pair(sym int, acc uint64, used, have uint) uint {
	if sym >= len(lengthBase) {
		s.wrong()
		return 0
	}
	acc >>= used
	extra := uint(lengthExtra[sym])
	length := int(lengthBase[sym]) + int(acc&(1<<extra-1))
	acc >>= extra
	used += extra
	d, n := s.dist.read(acc)
	if n == 0 {
		if have >= used+s.dist.enough {
			s.wrong()
		}
		return 0
	}
	if used += n; used > have {
		return 0
	}
	if d >= len(distBase) {
		s.wrong()
		return 0
	}
	extra = uint(distExtra[d])
	dist := int(distBase[d]) + int(acc>>n&(1<<extra-1))
	if used += extra; used > have {
		return 0
	}
	if dist > s.pos && !s.full {
		s.wrong()
		return 0
	}
	s.length, s.back = length, dist
	return used
}

// copy repeats what was written before, as far as the window has room.
func (s *Stream) copy() {
	end := min(s.pos+s.length, windowLen)
	s.length -= end - s.pos
	pos, from := s.pos, s.pos-s.back
	if from < 0 {
		from += windowLen
		pos += copy(s.window[pos:end], s.window[from:])
		from = 0
	}
	// What overlaps itself doubles with each step.
	for pos < end {
		pos += copy(s.window[pos:end], s.window[from:pos])
	}
	s.pos = end
}
