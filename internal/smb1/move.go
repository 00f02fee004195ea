package smb1

// Range is a request to move bytes of a file.
type Range struct {
	Off int64
	N   uint32 // bytes asked for or given
}

// Content is where the content of a read or write lies in its message. It may reach
// beyond what is there, but not beyond the message.
type Content struct{ At, N int }

// Read reads a request to read: with AndX (MS-CIFS 2.2.4.42.1, MS-SMB 2.2.4.2.1), of
// the core (MS-CIFS 2.2.4.11.1, 2.2.4.20.1), raw (2.2.4.22.1), multiplexed
// (2.2.4.23.1).
func (b *Block) Read() (r Range, ok bool) {
	switch b.Command {
	case ReadAndX:
		r = Range{b.offset(6, 20), uint32(b.u16(10))}
		// In the place of a time-out there is the rest of a long count, but ones
		// mean for ever.
		if high := b.u32(14); len(b.Words) >= 24 && high <= 0xff {
			r.N |= high << 16
		}
		return r, len(b.Words) >= 20
	case ReadRaw:
		return Range{b.offset(2, 16), uint32(b.u16(6))}, len(b.Words) >= 16
	case ReadMpx:
		return Range{int64(b.u32(2)), uint32(b.u16(6))}, len(b.Words) >= 16
	}
	return Range{int64(b.u32(4)), uint32(b.u16(2))}, len(b.Words) >= 10
}

// offset is a place of 32 bits, and of 64 if the words are long enough.
func (b *Block) offset(low, high int) int64 {
	return int64(uint64(b.u32(low)) | uint64(b.u32(high))<<32)
}

// Given reads the answer to Read but of a raw one, which has no header: where the
// content lies, and in an answer to ReadMpx its place in the file, which is -1
// otherwise.
func (b *Block) Given() (c Content, off int64, ok bool) {
	off = -1
	switch b.Command {
	case ReadAndX:
		if len(b.Words) < 24 {
			return c, off, false
		}
		c = Content{b.u16(12), b.u16(10) | b.u16(14)<<16}
	case ReadMpx:
		if len(b.Words) < 16 {
			return c, off, false
		}
		c, off = Content{b.u16(14), b.u16(12)}, int64(b.u32(0))
	case Read0, LockAndRead:
		c, ok = b.counted()
		return c, off, ok && len(b.Words) >= 10
	default:
		return c, off, false
	}
	return c, off, b.holds(c)
}

// holds says whether content lies within the message, behind the words.
func (b *Block) holds(c Content) bool {
	return c.N == 0 || c.N > 0 && c.At >= HeaderLen && c.At <= b.size && c.N <= b.size-c.At
}

// counted is content behind a byte of 1 and a count (MS-CIFS 2.2.2.5).
func (b *Block) counted() (Content, bool) {
	if len(b.Data) < 3 || b.Data[0] != 1 {
		return Content{}, false
	}
	c := Content{b.At + 3, int(u16(b.Data, 1))}
	return c, b.holds(c)
}

// Write is a request to write.
type Write struct {
	Range
	Content
	// Prefixed tells that two bytes with the length of the whole message come first,
	// as in the first piece of a message to a pipe (MS-CIFS 2.2.4.43.1).
	Prefixed bool
	// Sizes tells that the file is to end at Off (MS-CIFS 2.2.4.12.1).
	Sizes bool
}

// Write reads a request to write: with AndX (MS-CIFS 2.2.4.43.1, MS-SMB 2.2.4.3.1), of
// the core (MS-CIFS 2.2.4.12.1, 2.2.4.21.1, 2.2.4.68.1), with a close (2.2.4.40.1), raw
// (2.2.4.25.1), multiplexed (2.2.4.26.1).
func (b *Block) Write() (r Write, ok bool) {
	const pipe = 0x000c // raw, and the start of a message
	switch b.Command {
	case WriteAndX:
		if len(b.Words) < 24 {
			return r, false
		}
		n := b.u16(20) | b.u16(18)<<16
		r = Write{Range: Range{b.offset(6, 24), uint32(n)}, Content: Content{b.u16(22), n}, Prefixed: b.u16(14)&pipe == pipe}
	case WriteRaw, WriteMpx:
		if len(b.Words) < 24 {
			return r, false
		}
		r = Write{Range: Range{int64(b.u32(6)), uint32(b.u16(2))}, Content: Content{b.u16(22), b.u16(20)}}
		if b.Command == WriteRaw {
			r.Off = b.offset(6, 24)
		}
	case WriteAndClose:
		r.Range = Range{int64(b.u32(4)), uint32(b.u16(2))}
		r.Content = Content{b.At + 1, int(r.Range.N)}
		if len(b.Words) < 12 {
			return r, false
		}
	case WritePrintFile:
		r.Content, ok = b.counted()
		r.Range = Range{-1, uint32(r.Content.N)}
		return r, ok
	default:
		if len(b.Words) < 10 {
			return r, false
		}
		r.Range = Range{int64(b.u32(4)), uint32(b.u16(2))}
		r.Sizes = r.Range.N == 0 && b.Command == Write0
		r.Content, ok = b.counted()
		return r, ok
	}
	return r, b.holds(r.Content)
}

// Written reads how many bytes an answer to Write says were taken.
func (b *Block) Written() (n uint32, ok bool) {
	switch b.Command {
	case WriteAndX:
		return uint32(b.u16(4)) | uint32(b.u16(8))<<16, len(b.Words) >= 12
	case Write0, WriteAndUnlock, WriteAndClose, WriteComplete:
		return uint32(b.u16(0)), len(b.Words) >= 2
	}
	return 0, false
}
