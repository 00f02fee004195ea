package smb1

// Paths are the names in a request without a handle.
type Paths struct {
	Name Text
	To   Text // of a rename, copy or move
	// Link tells that a rename is to give a second name (MS-CIFS 2.2.4.66.1).
	Link bool
}

// Paths reads the names of a request: to delete (MS-CIFS 2.2.4.7.1), rename (2.2.4.8.1,
// 2.2.4.66.1), copy (2.2.4.35.1), move (2.2.4.36.1), of directories (2.2.4.1.1,
// 2.2.4.2.1, 2.2.4.17.1), attributes (2.2.4.9.1, 2.2.4.10.1) and searches (2.2.4.58.1).
func (b *Block) Paths() (r Paths, ok bool) {
	t := b.Texts(0)
	if r.Name, ok = t.formatted(); !ok {
		return r, false
	}
	switch b.Command {
	case NTRename:
		const link = 0x0103
		r.Link = b.u16(2) == link
		fallthrough
	case Rename, Copy, Move:
		r.To, ok = t.formatted()
	}
	return r, ok
}

// Attributes reads the answer to QueryInformation (MS-CIFS 2.2.4.9.2) or
// QueryInformation2 (2.2.4.30.2): the size, bytes, and the time of the last write if
// it is said.
func (b *Block) Attributes() (size int64, modified uint64, ok bool) {
	if b.Command == QueryInformation2 {
		return int64(b.u32(12)), 0, len(b.Words) >= 22
	}
	return int64(b.u32(6)), utime(b.u32(2)), len(b.Words) >= 20
}

// Echo is what a client sends to get it back (MS-CIFS 2.2.4.39.1), and how often.
func (b *Block) Echo() (data []byte, times int) { return b.Data, b.u16(0) }
