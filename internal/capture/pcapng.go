package capture

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"lazaret/internal/event"
)

// The block types that are looked into (draft-ietf-opsawg-pcapng §4); all others
// are passed over by their length.
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockStatistics = 5
	blockEnhanced   = 6
)

// The options that are looked into.
const (
	optEnd      = 0
	ifTSResol   = 9
	ifTSOffset  = 14
	isbIfDrop   = 5
	isbOSDrop   = 7
	orderMark   = 0x1a2b3c4d
	packetHead  = 28 // from the block's start to the bytes of the packet
	minimumLen  = 12 // type, length, length again
	mostIfaces  = 1 << 14
	sectionLen  = 28 // of the shortest section header
	ifaceLen    = 20 // of the shortest interface description
	statsLen    = 24 // of the shortest interface statistics
	microsecond = 6  // the resolution when if_tsresol is missing
)

// iface is an interface of a section.
type iface struct {
	clock clock
	snap  uint32 // 0 means no limit
	link  LinkType
	lost  uint64 // frames that its statistics say were dropped, so far
}

// section is the state of the current section of a pcapng file.
type section struct {
	ifaces []iface
	mute   bool       // of an unknown version: its blocks are passed over
	last   event.Time // of the last packet with a time, in the file
	block  int64      // offset of the current block
}

// lost is the number of frames that the capturing side says it dropped.
func (c *section) lost() uint64 {
	var n uint64
	for i := range c.ifaces {
		n += c.ifaces[i].lost
	}
	return n
}

// isSection recognises a pcapng file by its first bytes; the type of the first
// block reads the same in both byte orders.
func isSection(b []byte) bool {
	return len(b) >= 4 && binary.BigEndian.Uint32(b) == blockSection
}

// nextBlock goes on to the next packet. Other blocks on the way change the
// section or are passed over.
func (s *source) nextBlock() bool {
	in := s.in
	for {
		if len(in.buf)-in.pos < 8 && !in.more(8) {
			return s.finish("a block header")
		}
		if in.pos >= in.segEnd {
			s.step()
		}
		h := in.buf[in.pos:]
		h = h[:8]
		kind, total := order(h, s.big), order(h[4:], s.big)
		if kind == blockSection {
			if !s.sectionHeader() {
				return false
			}
			continue
		}
		if total < minimumLen {
			return s.fail(Lie, in.offset(), "block claims a length of %d bytes", total)
		}
		got, ok := s.block(kind, total)
		if !ok {
			return false
		}
		if got {
			s.frames++
			return true
		}
	}
}

// block reads one block, other than a section header. got says that it was a
// packet; ok is false when the file ends here.
func (s *source) block(kind, total uint32) (got, ok bool) {
	in := s.in
	s.next.block = in.offset()
	if s.next.mute {
		return false, s.pass(total)
	}
	most := uint32(maxBlock)
	switch kind {
	case blockEnhanced, blockPacket, blockSimple:
		most = uint32(s.t.cfg.MaxFrame) + slack
	case blockInterface, blockStatistics:
	default:
		return false, s.pass(total)
	}
	if total > most {
		if kind == blockInterface {
			return false, s.fail(Lie, s.next.block, "interface block claims %d bytes, more than %d", total, most)
		}
		s.note(Lie, s.next.block, "block of type %d claims %d bytes, more than %d", kind, total, most)
		return false, s.pass(total)
	}
	n := int(padded(total))
	if len(in.buf)-in.pos < n && !in.more(n) {
		return false, s.finish("a block")
	}
	b := in.buf[in.pos : in.pos+n : in.pos+n]
	if end := order(b[n-4:], s.big); end != total {
		return false, s.fail(Lie, s.next.block, "block claims %d bytes at its start and %d at its end", total, end)
	}
	in.pos += n
	switch kind {
	case blockInterface:
		return false, s.interfaceBlock(b)
	case blockStatistics:
		s.statistics(b)
		return false, true
	case blockSimple:
		return s.simple(b), true
	}
	return s.packet(b, kind), true
}

// padded is the length that a block takes. Some writers give it without the
// padding to a multiple of four, at both ends alike.
func padded(total uint32) int64 { return (int64(total) + 3) &^ 3 }

// pass goes over a block of any length without keeping it.
func (s *source) pass(total uint32) bool {
	in := s.in
	start := in.offset()
	if !in.skip(padded(total)-4) || !in.have(4) {
		return s.cut(start, "a block")
	}
	end := order(in.buf[in.pos:], s.big)
	in.pos += 4
	if end != total {
		return s.fail(Lie, start, "block claims %d bytes at its start and %d at its end", total, end)
	}
	return true
}

// sectionHeader starts a section (§4.1), which forgets all interfaces.
func (s *source) sectionHeader() bool {
	in := s.in
	if !in.have(sectionLen) {
		return s.finish("a section header")
	}
	off := in.offset()
	b := in.buf[in.pos : in.pos+sectionLen]
	switch {
	case binary.LittleEndian.Uint32(b[8:]) == orderMark:
		s.big = false
	case binary.BigEndian.Uint32(b[8:]) == orderMark:
		s.big = true
	default:
		return s.fail(s.unknown(), off+8, "section header has no byte-order magic")
	}
	total := order(b[4:], s.big)
	major, minor := order16(b[12:], s.big), order16(b[14:], s.big)
	if total < sectionLen {
		return s.fail(Lie, off, "section header claims a length of %d bytes", total)
	}
	s.lost += s.next.lost()
	s.next.ifaces, s.next.mute = s.next.ifaces[:0], false
	if major == 1 {
		return s.pass(total)
	}
	if off == 0 {
		return s.fail(NotCapture, off+12, "pcapng version %d.%d is not known", major, minor)
	}
	s.note(Lie, off+12, "section of pcapng version %d.%d is passed over", major, minor)
	s.next.mute = true
	return s.pass(total)
}

// unknown is the class of a bad section header: at the start of a file it means
// that this is no capture.
func (s *source) unknown() Class {
	if s.in.offset() == 0 {
		return NotCapture
	}
	return Lie
}

// interfaceBlock declares the next interface of the section (§4.2).
func (s *source) interfaceBlock(b []byte) bool {
	if len(b) < ifaceLen {
		return s.fail(Lie, s.next.block, "interface block of %d bytes", len(b))
	}
	if len(s.next.ifaces) >= mostIfaces {
		return s.fail(TooMany, s.next.block, "more than %d interfaces in a section", mostIfaces)
	}
	i := iface{link: LinkType(order16(b[8:], s.big)), snap: order(b[12:], s.big)}
	resol, offset := uint8(microsecond), int64(0)
	o := optionsOf(b[16:len(b)-4], s.big)
	for o.next() {
		switch {
		case o.code == ifTSResol && len(o.value) >= 1:
			resol = o.value[0]
		case o.code == ifTSOffset && len(o.value) >= 8:
			offset = int64(o.u64())
		}
	}
	i.clock = newClock(resol, offset)
	s.next.ifaces = append(s.next.ifaces, i)
	return true
}

// statistics keeps what the capturing side says it dropped (§4.6).
func (s *source) statistics(b []byte) {
	if len(b) < statsLen {
		return
	}
	id := order(b[8:], s.big)
	if uint64(id) >= uint64(len(s.next.ifaces)) {
		return
	}
	var lost uint64
	o := optionsOf(b[20:len(b)-4], s.big)
	for o.next() {
		if (o.code == isbIfDrop || o.code == isbOSDrop) && len(o.value) >= 8 {
			// An unset counter is written as all ones.
			if n := o.u64(); n < 1<<62 {
				lost += n
			}
		}
	}
	i := &s.next.ifaces[id]
	i.lost = max(i.lost, lost)
}

// packet reads an enhanced (§4.3) or an obsolete (appendix A) packet block.
func (s *source) packet(b []byte, kind uint32) bool {
	if len(b) < packetHead+4 {
		s.note(Lie, s.next.block, "packet block of %d bytes", len(b))
		return false
	}
	id := order(b[8:], s.big)
	if kind == blockPacket {
		id = uint32(order16(b[8:], s.big))
	}
	if uint64(id) >= uint64(len(s.next.ifaces)) {
		s.note(Lie, s.next.block, "packet of interface %d, which was not declared", id)
		return false
	}
	kept, wire := order(b[20:], s.big), order(b[24:], s.big)
	if uint64(kept) > uint64(len(b)-packetHead-4) || kept > uint32(s.t.cfg.MaxFrame) {
		s.note(Lie, s.next.block, "packet claims %d captured bytes in a block of %d", kept, len(b))
		return false
	}
	i := &s.next.ifaces[id]
	if at, ok := i.clock.at(uint64(order(b[12:], s.big))<<32 | uint64(order(b[16:], s.big))); ok {
		s.next.last = at
	} else {
		s.note(Lie, s.next.block, "time stamp beyond the year 2262; the packet takes the time before it")
	}
	end := packetHead + int(kept)
	s.head.Time = s.next.last
	s.head.Data = b[packetHead:end:end]
	s.head.Len = int(max(kept, wire))
	s.head.Link = i.link
	return true
}

// simple reads a simple packet block (§4.4). It has no time stamp and belongs to
// the first interface; the time of the packet before it is the nearest known.
func (s *source) simple(b []byte) bool {
	if len(b) < 16 || len(s.next.ifaces) == 0 {
		s.note(Lie, s.next.block, "simple packet block without its interface or length")
		return false
	}
	i := &s.next.ifaces[0]
	wire := order(b[8:], s.big)
	kept := min(wire, uint32(len(b)-16), uint32(s.t.cfg.MaxFrame))
	if i.snap != 0 {
		kept = min(kept, i.snap)
	}
	end := 12 + int(kept)
	s.head.Time = s.next.last
	s.head.Data = b[12:end:end]
	s.head.Len = int(wire)
	s.head.Link = i.link
	return true
}

// options walks the options of a block (§3.5). It stops at the first that does
// not fit.
type options struct {
	b     []byte
	big   bool
	code  uint16
	value []byte
}

func optionsOf(b []byte, big bool) options { return options{b: b, big: big} }

func (o *options) next() bool {
	if len(o.b) < 4 {
		return false
	}
	o.code = order16(o.b, o.big)
	n := int(order16(o.b[2:], o.big))
	padded := (n + 3) &^ 3
	if o.code == optEnd || n > len(o.b)-4 {
		return false
	}
	o.value = o.b[4 : 4+n]
	o.b = o.b[min(4+padded, len(o.b)):]
	return true
}

// u64 is the value of an option of eight bytes.
func (o *options) u64() uint64 { return order64(o.value, o.big) }

// clock turns an interface's time stamps into nanoseconds.
type clock struct {
	mul, div uint64 // the stamp times mul, or divided by div, if not 0
	shift    uint8  // and then divided by 2 to that power
	offset   event.Time
}

// newClock makes the clock of if_tsresol (a power of 10, or of 2 with the top
// bit set) and if_tsoffset (seconds).
func newClock(resol uint8, offset int64) clock {
	var c clock
	e := resol & 0x7f
	switch {
	case resol&0x80 != 0:
		c.mul, c.shift = 1e9, e
	case e <= 9:
		c.mul = pow10(9 - e)
	case e-9 <= 19:
		c.div = pow10(e - 9)
	}
	const most = math.MaxInt64 / 1_000_000_000
	c.offset = event.Time(max(-most, min(most, offset))) * 1e9
	return c
}

func pow10(n uint8) uint64 {
	v := uint64(1)
	for ; n > 0; n-- {
		v *= 10
	}
	return v
}

// at is the time of a stamp; false when it does not fit in 64 bits of
// nanoseconds.
func (c *clock) at(ts uint64) (event.Time, bool) {
	var v uint64
	switch {
	case c.div != 0:
		v = ts / c.div
	case c.mul != 0:
		hi, lo := bits.Mul64(ts, c.mul)
		v = shifted(hi, lo, c.shift)
	}
	t := event.Time(v)
	if v > math.MaxInt64 || c.offset > 0 && t > math.MaxInt64-c.offset {
		return 0, false
	}
	return t + c.offset, true
}

// shifted is a number of 128 bits divided by 2 to the power n (at most 127),
// or the largest uint64.
func shifted(hi, lo uint64, n uint8) uint64 {
	switch {
	case n >= 64:
		return hi >> (n - 64)
	case hi>>n != 0:
		return math.MaxUint64
	case n == 0:
		return lo
	}
	return hi<<(64-n) | lo>>n
}

// hasSection is isSection with the byte-order magic checked, where it is there.
func hasSection(b []byte) bool {
	if !isSection(b) {
		return false
	}
	if len(b) < 12 {
		return true
	}
	return bytes.Equal(b[8:12], []byte{0x1a, 0x2b, 0x3c, 0x4d}) ||
		bytes.Equal(b[8:12], []byte{0x4d, 0x3c, 0x2b, 0x1a})
}
