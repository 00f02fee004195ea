package pe

import (
	"bytes"

	"lazaret/internal/wire"
)

// Limits of what Detail lists.
const (
	maxExports   = 1 << 13
	maxResources = 1 << 16
	maxPath      = 260 // bytes of the path of debug data
)

// Row is one row of the section table as it stands in the file.
type Row struct {
	Name                                            string // bytes up to the first zero
	VirtualSize, Address, RawSize, RawOffset, Flags uint32
}

// Directory is one data directory (section 3.4.3).
type Directory struct{ Address, Size uint32 }

// Function is an imported function as the file writes it; one that is imported by
// number has the name of internal tables, or ord and the number.
type Function struct{ Library, Name string }

// Export is an exported function; the name is empty if it has none.
type Export struct {
	Name    string
	Ordinal uint32
}

// Rich is the header of Microsoft's linker: where it lies and in clear.
type Rich struct {
	Offset, Key uint32
	Raw, Clear  string // from DanS up to Rich
}

// Detail has the numbers of the headers and the lists of names, for rules that others
// wrote.
type Detail struct {
	Machine, Rows, OptionalSize, Flags uint16
	Compiled, SymbolTable, Symbols     uint32

	optionalRead                                       bool
	Magic                                              uint16
	LinkerMajor, LinkerMinor                           uint8
	CodeSize, DataSize, ZeroSize, Entry                uint32
	CodeBase, DataBase                                 uint32
	ImageBase                                          uint64
	SectionAlign, FileAlign                            uint32
	OSMajor, OSMinor, ImageMajor, ImageMinor           uint16
	SubsystemMajor, SubsystemMinor                     uint16
	Win32Version, ImageSize, HeaderSize, CheckSum      uint32
	Subsystem, DLLFlags                                uint16
	StackReserve, StackCommit, HeapReserve, HeapCommit uint64
	LoaderFlags, DirectoryCount                        uint32
	Directories                                        []Directory

	Sections    []Row
	Imports     []Function
	ImportHash  string
	Exports     []Export
	ExportName  string
	ExportStamp uint32
	Version     [][2]string
	Resources   int
	PDB         string
	Rich        *Rich
	// Missed says that some of the bytes that were asked for had not been seen.
	Missed bool

	v *view
}

// ReadDetail reads a file as Read does, and hashes nothing but imports. It fails with
// ErrShort too where the optional header with 16 directories is not all there.
func ReadDetail(f File) (*Detail, error) {
	v := &view{b: f.Bytes, size: f.Size, seen: f.Seen}
	if f.Size >= 0 && int64(len(v.b)) > f.Size {
		v.b = v.b[:f.Size]
	}
	head := v.reader(0, 64)
	if magic := v.at(0, 2); magic != nil && string(magic) != "MZ" {
		return nil, ErrForeign
	}
	head.Skip(60)
	at := int64(head.U32LE())
	if !head.OK() {
		return nil, ErrShort
	}
	r := v.reader(at, 24)
	if sign := v.at(at, 4); at > maxHead || sign != nil && string(sign) != "PE\x00\x00" {
		return nil, ErrForeign
	}
	r.Skip(4)
	d := &Detail{v: v}
	d.Machine, d.Rows = r.U16LE(), r.U16LE()
	d.Compiled, d.SymbolTable, d.Symbols = r.U32LE(), r.U32LE(), r.U32LE()
	d.OptionalSize, d.Flags = r.U16LE(), r.U16LE()
	if !r.OK() {
		return nil, ErrShort
	}
	d.optional(v, at+24)
	if !d.optionalRead {
		return nil, ErrShort
	}
	d.table(v, at+24+int64(d.OptionalSize))
	d.lists(v, at)
	d.Missed = v.missed
	return d, nil
}

// optional reads the optional header (section 3.4).
func (d *Detail) optional(v *view, at int64) {
	magic := v.reader(at, 2)
	d.Magic = magic.U16LE()
	size := int64(96)
	if d.Magic == 0x20b {
		size = 112
	}
	r := v.reader(at, size+8*maxDirectories)
	r.Skip(2)
	word := func() uint64 {
		if d.Magic == 0x20b {
			return r.U64LE()
		}
		return uint64(r.U32LE())
	}
	d.LinkerMajor, d.LinkerMinor = r.U8(), r.U8()
	d.CodeSize, d.DataSize, d.ZeroSize, d.Entry, d.CodeBase = r.U32LE(), r.U32LE(), r.U32LE(), r.U32LE(), r.U32LE()
	if d.Magic != 0x20b {
		d.DataBase = r.U32LE()
	}
	d.ImageBase = word()
	d.SectionAlign, d.FileAlign = r.U32LE(), r.U32LE()
	d.OSMajor, d.OSMinor, d.ImageMajor, d.ImageMinor = r.U16LE(), r.U16LE(), r.U16LE(), r.U16LE()
	d.SubsystemMajor, d.SubsystemMinor = r.U16LE(), r.U16LE()
	d.Win32Version, d.ImageSize, d.HeaderSize, d.CheckSum = r.U32LE(), r.U32LE(), r.U32LE(), r.U32LE()
	d.Subsystem, d.DLLFlags = r.U16LE(), r.U16LE()
	d.StackReserve, d.StackCommit, d.HeapReserve, d.HeapCommit = word(), word(), word(), word()
	d.LoaderFlags, d.DirectoryCount = r.U32LE(), r.U32LE()
	d.optionalRead = r.OK()
	for i := range int64(min(d.DirectoryCount, maxDirectories)) {
		e := v.reader(at+size+8*i, 8)
		d.Directories = append(d.Directories, Directory{e.U32LE(), e.U32LE()})
	}
}

func (d *Detail) table(v *view, at int64) {
	for i := range int64(min(d.Rows, maxSections)) {
		r := v.reader(at+40*i, 40)
		name, _, _ := bytes.Cut(r.Bytes(8), []byte{0})
		s := Row{Name: string(name), VirtualSize: r.U32LE(), Address: r.U32LE(), RawSize: r.U32LE(), RawOffset: r.U32LE()}
		r.Skip(12)
		s.Flags = r.U32LE()
		if !r.OK() {
			return
		}
		d.Sections = append(d.Sections, s)
		v.sections = append(v.sections, Section{Address: s.Address, VirtualSize: s.VirtualSize, RawSize: s.RawSize, rawOffset: s.RawOffset})
	}
}

// lists reads what the directories point to.
func (d *Detail) lists(v *view, head int64) {
	d.rich(v, head)
	dir := func(i int) directory {
		if i < len(d.Directories) {
			return directory{d.Directories[i].Address, d.Directories[i].Size}
		}
		return directory{}
	}
	im := &Image{wide: d.Magic == 0x20b}
	im.readImportsEach(v, dir(1), func(lib, name string) { d.Imports = append(d.Imports, Function{lib, name}) })
	d.ImportHash = im.ImportHash
	im.readExports(v, dir(0))
	d.ExportName = im.ExportName
	d.exports(v, dir(0))
	if at := dir(2); at.rva != 0 {
		im.readVersionEach(v, at, func(key, text string) { d.Version = append(d.Version, [2]string{key, text}) })
		left := maxResources
		d.resources(v, at.rva, 0, 0, &left)
	}
	d.debug(v, dir(6))
}

// exports reads the names of the export directory (section 6.3).
func (d *Detail) exports(v *view, dir directory) {
	r := wire.NewReader(v.rva(dir.rva, 40))
	r.Skip(4)
	d.ExportStamp = r.U32LE()
	r.Skip(8)
	base, functions, names := r.U32LE(), r.U32LE(), r.U32LE()
	r.Skip(4)
	nameTable, ordinals := r.U32LE(), r.U32LE()
	if dir.rva == 0 || !r.OK() {
		return
	}
	n := min(functions, maxExports)
	d.Exports = make([]Export, n)
	for i := range d.Exports {
		d.Exports[i].Ordinal = base + uint32(i)
	}
	for i := range min(names, maxExports) {
		at, to := wire.NewReader(v.rva(nameTable+4*i, 4)), wire.NewReader(v.rva(ordinals+2*i, 2))
		rva, k := at.U32LE(), uint32(to.U16LE())
		if !at.OK() || !to.OK() {
			return
		}
		if k < n && d.Exports[k].Name == "" {
			d.Exports[k].Name = string(v.text(rva, maxName))
		}
	}
}

// resources counts the leaves of the resource tree (section 6.9).
func (d *Detail) resources(v *view, base, at uint32, depth int, left *int) {
	r := wire.NewReader(v.rva(base+at, 16))
	r.Skip(12)
	n := int(r.U16LE()) + int(r.U16LE())
	for i := range n {
		e := wire.NewReader(v.rva(base+at+16+uint32(i)*8, 8))
		e.Skip(4)
		to := e.U32LE()
		if *left--; !e.OK() || *left < 0 {
			return
		}
		switch {
		case to>>31 == 0:
			d.Resources++
		case depth < 2:
			d.resources(v, base, to&^(1<<31), depth+1, left)
		}
	}
}

// debug finds the path of the program database (section 6.1).
func (d *Detail) debug(v *view, dir directory) {
	for i := range min(dir.size/28, 16) {
		r := wire.NewReader(v.rva(dir.rva+28*i, 28))
		r.Skip(12)
		kind, size := r.U32LE(), r.U32LE()
		r.Skip(4)
		at := int64(r.U32LE())
		if !r.OK() || kind != 2 {
			continue
		}
		skip := int64(0)
		switch sign := v.at(at, 4); string(sign) {
		case "RSDS":
			skip = 24
		case "NB10":
			skip = 16
		default:
			continue
		}
		b := v.at(at+skip, min(int64(size)-skip, maxPath))
		if path, _, _ := bytes.Cut(b, []byte{0}); len(path) > 0 {
			d.PDB = string(path)
			return
		}
	}
}

// rich finds the Rich header between the DOS header and the new one.
func (d *Detail) rich(v *view, head int64) {
	b := v.at(64, min(head, 1<<12)-64)
	end := bytes.LastIndex(b, []byte("Rich"))
	if end < 0 || end+8 > len(b) || end%4 != 0 {
		return
	}
	key := b[end+4 : end+8]
	for at := end - 4; at >= 0; at -= 4 {
		if b[at]^key[0] != 'D' || b[at+1]^key[1] != 'a' || b[at+2]^key[2] != 'n' || b[at+3]^key[3] != 'S' {
			continue
		}
		clear := make([]byte, end-at)
		for i := range clear {
			clear[i] = b[at+i] ^ key[i%4]
		}
		r := wire.NewReader(key)
		d.Rich = &Rich{Offset: uint32(64 + at), Key: r.U32LE(), Raw: string(b[at:end]), Clear: string(clear)}
		return
	}
}

// Offset translates an address in memory to one in the file.
func (d *Detail) Offset(rva uint32) (int64, bool) { return d.v.offset(rva) }
