package capture

import (
	"encoding/binary"

	"lazaret/internal/event"
)

// The magic numbers of the classic format, read little-endian. A file in the
// other byte order has them swapped.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's: eight more bytes per record
)

// fileHeaderLen is the length of a classic file header (draft-ietf-opsawg-pcap §4).
const fileHeaderLen = 24

// classic is what the header of a classic file says about its records.
type classic struct {
	unit   event.Time // nanoseconds in a unit of the fraction
	record int        // length of a record header
	link   LinkType
	// minor is the minor version: before 2.3 the two lengths of a record stood
	// in the other order, and in 2.3 either way.
	minor uint16
}

// order reads a number in the byte order of the file.
func order(b []byte, big bool) uint32 {
	if big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func order16(b []byte, big bool) uint16 {
	if big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func order64(b []byte, big bool) uint64 {
	if big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// magic recognises a classic file by its first four bytes.
func magic(b []byte) (c classic, big, ok bool) {
	if len(b) < 4 {
		return c, false, false
	}
	for _, big := range [...]bool{false, true} {
		switch order(b, big) {
		case magicMicro:
			return classic{unit: 1000, record: 16}, big, true
		case magicNano:
			return classic{unit: 1, record: 16}, big, true
		case magicModified:
			return classic{unit: 1000, record: 24}, big, true
		}
	}
	return c, false, false
}

// fileHeader reads the header of a classic file.
func (s *source) fileHeader() bool {
	in := s.in
	c, big, ok := magic(in.buf)
	if !ok {
		return s.fail(NotCapture, 0, "neither pcap nor pcapng")
	}
	if !in.have(fileHeaderLen) {
		return s.finish("the file header")
	}
	h := in.buf[:fileHeaderLen]
	major := order16(h[4:], big)
	c.minor = order16(h[6:], big)
	if major != 2 {
		return s.fail(NotCapture, 4, "pcap version %d.%d is not known", major, c.minor)
	}
	// The upper half holds the length of a frame check sequence and flags.
	c.link = LinkType(order(h[20:], big) & 0xffff)
	s.classic, s.big = c, big
	in.pos = fileHeaderLen
	return true
}

// nextRecord reads one record (draft-ietf-opsawg-pcap §5). It touches nothing
// behind the record header.
func (s *source) nextRecord() bool {
	in, c := s.in, &s.classic
	if len(in.buf)-in.pos < c.record && !in.more(c.record) {
		return s.finish("a record header")
	}
	if in.pos >= in.segEnd {
		s.step()
	}
	h := in.buf[in.pos:]
	h = h[:16]
	var sec, frac, kept, wire uint32
	if s.big {
		sec, frac = binary.BigEndian.Uint32(h), binary.BigEndian.Uint32(h[4:])
		kept, wire = binary.BigEndian.Uint32(h[8:]), binary.BigEndian.Uint32(h[12:])
	} else {
		sec, frac = binary.LittleEndian.Uint32(h), binary.LittleEndian.Uint32(h[4:])
		kept, wire = binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:])
	}
	if c.minor < 3 || c.minor == 3 && kept > wire {
		kept, wire = wire, kept
	}
	if kept > uint32(s.t.cfg.MaxFrame) {
		return s.fail(Lie, in.offset(), "record claims %d captured bytes, more than %d", kept, s.t.cfg.MaxFrame)
	}
	n := c.record + int(kept)
	if len(in.buf)-in.pos < n && !in.more(n) {
		return s.finish("a record")
	}
	at := in.pos + c.record
	in.pos += n
	// The fraction is signed in libpcap's timeval: a clock stepped back while
	// it was read leaves a small negative one.
	s.head.Time = event.Time(sec)*1e9 + event.Time(int32(frac))*c.unit
	s.head.Data = in.buf[at:in.pos:in.pos]
	s.head.Len = int(max(kept, wire))
	s.head.Link = c.link
	s.frames++
	return true
}
