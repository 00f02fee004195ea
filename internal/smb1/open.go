package smb1

// epoch is 1970 in hundreds of nanoseconds since 1601 (MS-DTYP 2.3.3), in which all
// times are told.
const epoch = 116444736000000000

// utime converts seconds since 1970 (MS-CIFS 2.2.1.4.3); 0 and ones are none.
func utime(v uint32) uint64 {
	if v == 0 || v == ^uint32(0) {
		return 0
	}
	return uint64(v)*10_000_000 + epoch
}

// TreeConnect is a request to map a share.
type TreeConnect struct {
	Path    Text // \\host\share
	Service Text // which kind the client expects; ????? is any
}

// TreeConnect reads a request to map a share, the newer form (MS-CIFS 2.2.4.55.1) or
// the older one (2.2.4.50.1). The password is passed over.
func (b *Block) TreeConnect() (r TreeConnect, ok bool) {
	if b.Command == TreeConnect0 {
		t := b.Texts(0)
		if r.Path, ok = t.formatted(); !ok {
			return r, false
		}
		if _, ok = t.formatted(); ok {
			r.Service, ok = t.formatted()
		}
		return r, ok
	}
	n := b.u16(6)
	if len(b.Words) < 8 || n > len(b.Data) {
		return r, false
	}
	t := b.Texts(n)
	r.Path, r.Service = t.Next(), t.Plain()
	return r, true
}

// TreeGrant is the answer to TreeConnect.
type TreeGrant struct {
	TID     uint16
	Service Text // A:, LPT1:, IPC, COMM
	FS      Text // file system
}

// TreeGrant reads the answer to a request to map a share (MS-CIFS 2.2.4.55.2,
// 2.2.4.50.2).
func (b *Block) TreeGrant() (r TreeGrant, ok bool) {
	if b.Command == TreeConnect0 {
		return TreeGrant{TID: uint16(b.u16(2))}, len(b.Words) >= 4
	}
	t := b.Texts(0)
	r = TreeGrant{TID: b.tid, Service: t.Plain(), FS: t.Next()}
	return r, len(b.Words) >= 4
}

// Dispositions: what to do with a file that exists, and with one that does not
// (MS-CIFS 2.2.4.64.1).
const (
	Supersede = iota
	Existing
	New
	ExistingOrNew
	Truncate
	TruncateOrNew
)

// Open is a request for a handle.
type Open struct {
	Name        Text
	Disposition uint32 // as the constants
	Options     uint32 // CreateOptions, 0 in the older forms
	Access      uint32 // DesiredAccess, 0 in the older forms
	Root        uint16 // handle of the directory the name is relative to, 0 for none
}

// Open reads a request for a handle: of NT (MS-CIFS 2.2.4.64.1), of LAN Manager
// (2.2.4.41.1), of the core (2.2.4.3.1, 2.2.4.4.1, 2.2.4.15.1, 2.2.4.16.1), of a
// print file (2.2.4.67.1).
func (b *Block) Open() (r Open, ok bool) {
	switch b.Command {
	case NTCreateAndX:
		if len(b.Words) < 48 {
			return r, false
		}
		r = Open{Disposition: b.u32(35), Options: b.u32(39), Access: b.u32(15), Root: uint16(b.u32(11))}
		t := b.Texts(0)
		r.Name = t.counted(b.u16(5))
		return r, true
	case OpenAndX:
		if len(b.Words) < 30 {
			return r, false
		}
		t := b.Texts(0)
		return Open{Name: t.Next(), Disposition: mode(b.u16(16))}, true
	}
	switch b.Command {
	case Open0, OpenPrintFile:
		r.Disposition = Existing
		if b.Command == OpenPrintFile {
			r.Disposition = TruncateOrNew
		}
	case Create:
		r.Disposition = TruncateOrNew
	default:
		r.Disposition = New
	}
	t := b.Texts(0)
	r.Name, ok = t.formatted()
	return r, ok
}

// counted is the next string of n bytes, or as many as are there.
func (t *Texts) counted(n int) Text {
	if t.wide {
		t.off += (t.base + t.off) & 1
	}
	off := min(t.off, len(t.b))
	s := Texts{b: t.b[:min(off+n, len(t.b))], base: t.base, off: off, wide: t.wide}
	return s.Next()
}

// mode makes a disposition of OpenMode (MS-CIFS 2.2.4.41.1).
func mode(v int) uint32 {
	exists, create := v&3, v&0x10 != 0
	switch {
	case exists == 0:
		return New
	case exists == 1 && create:
		return ExistingOrNew
	case exists == 1:
		return Existing
	case create:
		return TruncateOrNew
	}
	return Truncate
}

// Results of opening (MS-CIFS 2.2.4.64.2); those of LAN Manager are the same but for
// Superseded, which it does not have.
const (
	Superseded = iota
	Opened
	Created
	Overwritten
	ResultUnknown = 0xff
)

// Kinds of what was opened (MS-CIFS 2.2.4.64.2).
const (
	KindDisk = iota
	KindBytePipe
	KindMessagePipe
	KindPrinter
	KindUnknown = 0xffff
)

// Handle is the answer to Open.
type Handle struct {
	FID    uint16
	Result uint8
	Kind   uint16
	// Times in hundreds of nanoseconds since 1601, 0 if not said.
	Created, Accessed, Modified, Changed uint64
	Size                                 int64 // bytes, -1 if not said
	Directory                            bool
}

// Handle reads the answer to Open, and for those without FID false.
func (b *Block) Handle() (r Handle, ok bool) {
	r = Handle{Result: ResultUnknown, Kind: KindUnknown, Size: -1}
	switch b.Command {
	case NTCreateAndX:
		if len(b.Words) < 68 {
			return r, false
		}
		r.fill(b.Words[5:])
	case OpenAndX:
		if len(b.Words) < 30 {
			return r, false
		}
		r = Handle{FID: uint16(b.u16(4)), Modified: utime(b.u32(8)), Size: int64(b.u32(12)), Kind: uint16(b.u16(18)), Result: uint8(b.u16(22) & 3)}
	case Open0:
		if len(b.Words) < 14 {
			return r, false
		}
		r = Handle{FID: uint16(b.u16(0)), Modified: utime(b.u32(4)), Size: int64(b.u32(8)), Kind: KindUnknown, Result: Opened}
	case Create, CreateNew, CreateTemporary, OpenPrintFile:
		if len(b.Words) < 2 {
			return r, false
		}
		r.FID, r.Size, r.Result = uint16(b.u16(0)), 0, Created
		if b.Command == Create {
			r.Result = ResultUnknown // overwritten or created
		}
	default:
		return r, false
	}
	return r, true
}

// fill reads the fields that NTCreateAndX and NTCreate have in common, from the FID on
// (MS-CIFS 2.2.4.64.2): 62 bytes are needed.
func (r *Handle) fill(w []byte) {
	r.FID = u16(w, 0)
	if v := u32(w, 2); v <= Overwritten {
		r.Result = uint8(v)
	}
	r.Created, r.Accessed, r.Modified, r.Changed = u64(w, 6), u64(w, 14), u64(w, 22), u64(w, 30)
	r.Size, r.Kind = int64(u64(w, 50)), u16(w, 58)
	r.Directory = len(w) > 62 && w[62] != 0
}

// FID is the handle that a request names in its words, and false if it has none.
func (b *Block) FID() (uint16, bool) {
	off := 0
	switch b.Command {
	case LockingAndX, ReadAndX, WriteAndX:
		off = 4
	case Close, Flush, Read0, Write0, LockRange, UnlockRange, Seek, LockAndRead, WriteAndUnlock, ReadRaw, ReadMpx, WriteRaw, WriteMpx,
		SetInformation2, QueryInformation2, Ioctl, WriteAndClose, CloseAndDisconnect, WritePrintFile, ClosePrintFile:
	default:
		return 0, false
	}
	return uint16(b.u16(off)), len(b.Words) >= off+2
}
