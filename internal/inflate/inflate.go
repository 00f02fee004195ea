// Package inflate undoes the compression of content as it comes: gzip, zlib and
// plain deflate, in pieces of any size.
//
// Readers of the usual libraries want to wait for their input, and so cannot stop in
// the middle of it. This one is given what is there and says what came of it, so that
// content of any length passes in a fixed 40 KiB: nothing is gathered, what was read
// before a loss is known, and each byte has the time of the packet that brought it.
//
// It refuses preset dictionaries, and everything that RFC 1951 does not allow. A
// stream that is wrong ends there: Err says so, what came before stands. It does not
// bound what comes out (at most 1032 bytes for one): the caller counts.
//
// Memory: a Stream belongs to its caller, allocates nothing, and may be used again
// after Reset. Next returns a slice of its window, valid until the next call; the
// bytes given to Feed are not kept beyond the last Next. Standards: RFC 1950 (zlib),
// RFC 1951 (deflate), RFC 1952 (gzip).
package inflate

import (
	"errors"
	"hash/adler32"
	"hash/crc32"
	"math/bits"
)

// Format is the wrapper of a stream.
type Format uint8

// The formats.
const (
	Gzip Format = iota // RFC 1952, perhaps several members in a row
	Zlib               // RFC 1950, or deflate without a wrapper, which some send in its place
)

// ErrCorrupt says that bytes break the standard.
var ErrCorrupt = errors.New("bytes that are not compressed content")

// state is what comes next in a stream.
type state uint8

const (
	atWrapper state = iota
	atGzipFlags
	atBlock
	atStored
	inStored
	atCounts
	inOrder
	inLengths
	inCodes
	atTrailer
	atSize
	atEnd
	broken
)

const windowLen = 32 << 10

// Stream is the state of one stream. The zero value reads gzip.
type Stream struct {
	format Format
	at     state
	err    error

	in   []byte // not yet in acc
	acc  uint64 // bits of the input, the next one lowest
	have uint   // how many

	final   bool // the last block is under way
	raw     bool // no wrapper
	members int
	stored  int // bytes left of a stored block
	check   uint32
	total   uint32

	// Of a gzip header: flags that are still to be read, and bytes to pass over.
	flags byte
	skip  int

	// Of a block's own codes (RFC 1951 3.2.7).
	nlit, ndist, norder, n int
	lengths                [maxLit + maxDist]byte

	length, back int // of a copy that is under way
	lit, dist    code
	full         bool // the window was filled once
	pos, out     int  // next byte to write, next to hand out
	window       [windowLen]byte
}

// Reset begins a new stream.
func (s *Stream) Reset(f Format) {
	s.format, s.at, s.err = f, atWrapper, nil
	s.in, s.acc, s.have = nil, 0, 0
	s.final, s.raw, s.members, s.check, s.total = false, false, 0, 0, 0
	s.flags, s.skip = 0, 0
	s.full, s.pos, s.out, s.length = false, 0, 0, 0
}

// Feed gives the next bytes. All that came of the bytes before must be taken.
func (s *Stream) Feed(b []byte) { s.in = b }

// Err says what is wrong with the stream: nil or ErrCorrupt.
func (s *Stream) Err() error { return s.err }

// Next returns clear bytes, or nothing if more input is needed, the stream has ended
// or is wrong.
func (s *Stream) Next() []byte {
	for {
		// The checksum is compared when all is handed out.
		if s.pos == windowLen || s.at == atTrailer && s.pos > s.out {
			return s.hand()
		}
		if !s.step() {
			if s.pos > s.out {
				return s.hand()
			}
			return nil
		}
	}
}

// hand gives out what is in the window and was not yet.
func (s *Stream) hand() []byte {
	b := s.window[s.out:s.pos]
	s.sum(b)
	if s.out = s.pos; s.pos == windowLen {
		s.full, s.pos, s.out = true, 0, 0
	}
	return b
}

// sum goes on with the checksum of what comes out.
func (s *Stream) sum(b []byte) {
	s.total += uint32(len(b))
	switch {
	case s.raw:
	case s.format == Gzip:
		s.check = crc32.Update(s.check, crc32.IEEETable, b)
	default:
		s.check = adler(s.check, b)
	}
}

// adler goes on with Adler-32 (RFC 1950 8.2): the sums of two pieces are joined.
func adler(sum uint32, b []byte) uint32 {
	const mod = 65521
	next := adler32.Checksum(b)
	n := uint32(len(b) % mod)
	a := (sum&0xffff + next&0xffff + mod - 1) % mod
	// Each of len(b) steps adds what the first sum was before.
	c := (uint64(sum>>16) + uint64(next>>16) + uint64(n)*uint64(sum&0xffff+mod-1)) % mod
	return uint32(c)<<16 | a
}

// fill moves input into acc, as far as there is room.
func (s *Stream) fill() {
	for s.have <= 56 && len(s.in) > 0 {
		s.acc |= uint64(s.in[0]) << s.have
		s.in = s.in[1:]
		s.have += 8
	}
}

// take reads n bits, at most 32.
func (s *Stream) take(n uint) (uint32, bool) {
	if s.have < n {
		if s.fill(); s.have < n {
			return 0, false
		}
	}
	v := uint32(s.acc & (1<<n - 1))
	s.acc >>= n
	s.have -= n
	return v, true
}

func (s *Stream) wrong() bool {
	s.at, s.err = broken, ErrCorrupt
	return false
}

// step does what comes next. False says that it cannot go on with what is there.
func (s *Stream) step() bool {
	switch s.at {
	case atWrapper:
		return s.wrapper()
	case atGzipFlags:
		return s.gzipFlags()
	case atBlock:
		return s.block()
	case atStored:
		return s.storedHead()
	case inStored:
		return s.storedBytes()
	case atCounts, inOrder, inLengths:
		return s.tables()
	case inCodes:
		return s.codes()
	case atTrailer:
		return s.trailer()
	case atSize:
		return s.size()
	}
	s.in = nil
	return false
}

// wrapper reads the beginning of a stream.
func (s *Stream) wrapper() bool {
	s.fill()
	if s.format == Gzip {
		return s.gzipHead()
	}
	if s.have < 16 {
		return false
	}
	// RFC 1950 2.2
	cmf, flg := uint32(s.acc&0xff), uint32(s.acc>>8&0xff)
	s.raw = cmf&0xf != 8 || cmf>>4 > 7 || (cmf<<8|flg)%31 != 0 || flg&0x20 != 0
	if !s.raw {
		s.take(16)
		s.check = 1
	}
	s.at = atBlock
	return true
}

// gzipHead reads the fixed part of a member (RFC 1952 2.3). Behind the first member,
// what begins none is passed over.
func (s *Stream) gzipHead() bool {
	if s.have < 32 {
		return false
	}
	v, _ := s.take(32)
	if v&0xffffff != 0x088b1f {
		if s.members > 0 {
			s.at = atEnd
			return true
		}
		return s.wrong()
	}
	s.flags, s.skip, s.at = byte(v>>24), 6, atGzipFlags
	s.check, s.total = 0, 0
	return true
}

// Flags of a member.
const (
	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
)

// gzipFlags passes over what a header has behind its fixed part.
func (s *Stream) gzipFlags() bool {
	for {
		for ; s.skip > 0; s.skip-- {
			if _, ok := s.take(8); !ok {
				return false
			}
		}
		switch {
		case s.flags&flagExtra != 0:
			n, ok := s.take(16)
			if !ok {
				return false
			}
			s.skip = int(n)
			s.flags &^= flagExtra
		case s.flags&(flagName|flagComment) != 0:
			c, ok := s.take(8)
			if !ok {
				return false
			}
			if c == 0 {
				s.flags &^= (s.flags & (flagName | flagComment)) & -(s.flags & (flagName | flagComment))
			}
		case s.flags&flagHeaderCRC != 0:
			s.skip = 2
			s.flags &^= flagHeaderCRC
		default:
			s.at = atBlock
			return true
		}
	}
}

// trailer reads the checksum behind the last block.
func (s *Stream) trailer() bool {
	s.take(s.have % 8)
	if s.raw {
		s.at = atEnd
		return true
	}
	v, ok := s.take(32)
	switch {
	case !ok:
		return false
	case s.format == Gzip:
		s.at = atSize
	default:
		s.at = atEnd
		v = bits.ReverseBytes32(v)
	}
	if v != s.check {
		return s.wrong()
	}
	return true
}

// size reads the length at the end of a member. The next one does not refer to it.
func (s *Stream) size() bool {
	v, ok := s.take(32)
	if !ok {
		return false
	}
	s.members++
	s.at = atWrapper
	if v != s.total {
		return s.wrong()
	}
	s.full, s.pos, s.out = false, 0, 0
	return true
}
