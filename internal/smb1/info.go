package smb1

// Levels of information that are read (MS-CIFS 2.2.2.3; MS-SMB 2.2.2.3.5: from 1,000
// on the classes of MS-FSCC 2.4; those of UNIX from 0x200 on).
const (
	levelStandard    = 0x0001
	levelBasic       = 0x0101
	levelSizes       = 0x0102 // to query; to set it deletes
	levelDelete      = 0x0102
	levelEndOfFile   = 0x0104
	levelAll         = 0x0107
	levelUnixBasic   = 0x0200
	levelUnixOpen    = 0x0209
	levelUnixUnlink  = 0x020a
	passThrough      = 1000
	levelBasicNT     = passThrough + 4
	levelSizesNT     = passThrough + 5
	levelRenameNT    = passThrough + 10
	levelDeleteNT    = passThrough + 13
	levelAllNT       = passThrough + 18
	levelEndOfFileNT = passThrough + 20
	levelNetworkOpen = passThrough + 34
)

// Places of names among the parameters of Transaction2, and in the data of a rename.
const (
	findFirstName     = 12
	findNextName      = 12
	openName          = 28
	queryPathName     = 6
	createDirName     = 4
	referralName      = 2
	renameInformation = 12
)

// Change is what a request to set information does.
type Change uint8

// What is changed: nothing that matters, times and attributes, the name, whether the
// file is to be deleted, its size; or a file is opened as UNIX does.
const (
	ChangeNone Change = iota
	ChangeAttributes
	ChangeName
	ChangeDelete
	ChangeSize
	ChangeOpen
)

// T2 is what a request of Transaction2 names in its parameters and data.
type T2 struct {
	Name    Text   // of a file, a pattern; with wildcards as sent
	FID     uint16 // of T2QueryFile and T2SetFile
	Level   uint16 // of information
	Count   uint16 // entries that a search is to give at most
	SID     uint16 // search that goes on
	Open    Open   // of T2Open, and of ChangeOpen
	Change  Change
	To      Text  // new name
	Delete  bool  // of ChangeDelete: it is to be deleted; otherwise it no longer is
	Size    int64 // of ChangeSize
	Replace bool  // of ChangeName: what has the name may go
}

// T2 reads the parameters of a request of Transaction2 (MS-CIFS 2.2.6), and what it
// sets. wide is how strings are written. It is false if they are too short.
func (t *Trans) T2(wide bool) (r T2, ok bool) {
	p := t.Params.B
	least, name := 0, -1
	switch t.Function {
	case T2Open:
		least, name = openName, openName
		r.Open.Disposition = mode(int(u16(p, 12)))
	case T2FindFirst:
		least, name = findFirstName, findFirstName
		r.Count, r.Level = u16(p, 2), u16(p, 6)
	case T2FindNext:
		least, name = findNextName, findNextName
		r.SID, r.Count, r.Level = u16(p, 0), u16(p, 2), u16(p, 4)
	case T2QueryFS:
		least, r.Level = 2, u16(p, 0)
	case T2QueryPath, T2SetPath:
		least, name = queryPathName, queryPathName
		r.Level = u16(p, 0)
	case T2QueryFile, T2SetFile:
		least = 4
		r.FID, r.Level = u16(p, 0), u16(p, 2)
	case T2CreateDirectory:
		least, name = createDirName, createDirName
	case T2Referral:
		least, name = referralName, referralName
	}
	if len(p) < least {
		return r, false
	}
	if name >= 0 {
		s := Texts{b: p, off: name}
		if r.Name = s.Plain(); wide {
			s.off = name
			r.Name = s.Pairs()
		}
		r.Open.Name = r.Name
	}
	if t.Function == T2SetFile || t.Function == T2SetPath {
		return r, r.set(t.Data.B)
	}
	return r, true
}

// set reads the data of a request to set information. It is false if they are too
// short.
func (r *T2) set(d []byte) bool {
	switch r.Level {
	case levelStandard, levelBasic, levelBasicNT, levelUnixBasic:
		r.Change = ChangeAttributes
	case levelDelete, levelDeleteNT:
		r.Change, r.Delete = ChangeDelete, len(d) > 0 && d[0] != 0
		return len(d) > 0
	case levelUnixUnlink:
		r.Change, r.Delete = ChangeDelete, true
	case levelEndOfFile, levelEndOfFileNT:
		r.Change, r.Size = ChangeSize, int64(u64(d, 0))
		return len(d) >= 8
	case levelRenameNT:
		if len(d) < renameInformation {
			return false
		}
		n := u32(d, 8)
		if uint64(n) > uint64(len(d)-renameInformation) {
			return false
		}
		r.Change, r.Replace, r.To = ChangeName, d[0] != 0, Text{d[renameInformation : renameInformation+n], true}
	case levelUnixOpen:
		if len(d) < 18 {
			return false
		}
		r.Change, r.Open.Disposition = ChangeOpen, posix(u32(d, 4))
	}
	return true
}

// posix makes a disposition of the flags of an open as UNIX does.
func posix(v uint32) uint32 {
	const create, exclusive, truncate = 0x10, 0x20, 0x40
	switch {
	case v&create != 0 && v&exclusive != 0:
		return New
	case v&create != 0 && v&truncate != 0:
		return TruncateOrNew
	case v&create != 0:
		return ExistingOrNew
	case v&truncate != 0:
		return Truncate
	}
	return Existing
}

// T2Handle reads the answer to T2Open (MS-CIFS 2.2.6.1.2) or ChangeOpen.
func (t *Trans) T2Handle(function uint16) (r Handle, ok bool) {
	if function == T2Open {
		p := t.Params.B
		return Handle{FID: u16(p, 0), Modified: utime(u32(p, 4)), Size: int64(u32(p, 8)), Kind: u16(p, 14), Result: uint8(u16(p, 18) & 3)}, len(p) >= 20
	}
	d := t.Data.B
	r = Handle{FID: u16(d, 2), Size: -1, Kind: KindDisk, Result: ResultUnknown}
	if v := u32(d, 4); v <= Overwritten {
		r.Result = uint8(v)
	}
	return r, len(d) >= 8
}

// Known reads the answer to a query of information at a level: the size, -1 if it is
// not said, and the times as in Handle.
func (t *Trans) Known(level uint16) (r Handle, ok bool) {
	d := t.Data.B
	r = Handle{Size: -1, Kind: KindUnknown, Result: ResultUnknown}
	size := -1
	switch level {
	case levelSizes, levelSizesNT:
		size = 8
	case levelAll, levelAllNT:
		size = 48
	case levelNetworkOpen:
		size = 40
	case levelUnixBasic:
		size = 0
	case levelBasic, levelBasicNT:
	default:
		return r, false
	}
	if size >= 0 && len(d) >= size+8 {
		r.Size = int64(u64(d, size))
	}
	switch level {
	case levelBasic, levelBasicNT, levelAll, levelAllNT, levelNetworkOpen:
		if len(d) < 32 {
			return r, false
		}
		r.Created, r.Accessed, r.Modified, r.Changed = u64(d, 0), u64(d, 8), u64(d, 16), u64(d, 24)
	}
	return r, true
}

// Found reads how many entries an answer to a search has (MS-CIFS 2.2.6.2.2,
// 2.2.6.3.2).
func (t *Trans) Found(function uint16) (entries int, ok bool) {
	off := 0
	if function == T2FindFirst {
		off = 2
	}
	return int(u16(t.Params.B, off)), len(t.Params.B) >= off+2
}

// NTOpen reads the parameters of NTCreate (MS-CIFS 2.2.7.1.1).
func (t *Trans) NTOpen(wide bool) (r Open, ok bool) {
	p := t.Params.B
	if len(p) < 53 {
		return r, false
	}
	r = Open{Root: uint16(u32(p, 4)), Access: u32(p, 8), Disposition: u32(p, 28), Options: u32(p, 32)}
	n := u32(p, 44)
	off := 53
	if wide {
		off++ // to an even place, for the parameters begin at one
	}
	if off > len(p) || uint64(n) > uint64(len(p)-off) {
		return r, false
	}
	r.Name = Text{p[off : off+int(n)], wide}
	return r, true
}

// NTHandle reads the answer to NTCreate (MS-CIFS 2.2.7.1.2).
func (t *Trans) NTHandle() (r Handle, ok bool) {
	p := t.Params.B
	r = Handle{Result: ResultUnknown, Kind: KindUnknown, Size: -1}
	if len(p) < 69 {
		return r, false
	}
	// As NTCreateAndX has them, but for four bytes more behind the action.
	r.FID = u16(p, 2)
	if v := u32(p, 4); v <= Overwritten {
		r.Result = uint8(v)
	}
	r.Created, r.Accessed, r.Modified, r.Changed = u64(p, 12), u64(p, 20), u64(p, 28), u64(p, 36)
	r.Size, r.Kind, r.Directory = int64(u64(p, 56)), u16(p, 64), p[68] != 0
	return r, true
}

// NTNewName reads the parameters of NTRenameHandle (MS-CIFS 2.2.7.5.1): handle, flags,
// name.
func (t *Trans) NTNewName(wide bool) (Text, bool) {
	const at = 4
	p := t.Params.B
	if len(p) < at {
		return Text{}, false
	}
	s := Texts{b: p, off: at}
	if wide {
		return s.Pairs(), true
	}
	return s.Plain(), true
}

// NTControl is the control code in the setup of NTIoctl (MS-CIFS 2.2.7.2.1).
func (t *Trans) NTControl() uint32 { return u32(t.Setup, 0) }
