// Package pe reads what a program of Windows says of itself.
//
// Read takes the bytes of a file as far as they were seen and gives the facts of its
// headers (Microsoft PE and COFF specification, revision 11): machine, time of linking,
// subsystem, protections, sections, and with them the marks by which copies are
// compared: the import hash of Mandiant, a SHA-256 and the entropy of each section, the
// hash of the Rich header, the names in exports and version information. Words and
// their meaning are those of Zeek's pe log.
//
// The file is hostile and may be cut or have holes. Every table has a limit, every
// address is looked up before it is read, and no byte is read or hashed more than a few
// times whatever the tables claim. A fact whose bytes were not all seen is left out,
// never guessed: half a hash would equal nothing.
//
// It refuses to run, unpack, relocate or verify anything: a certificate is said to be
// there, not to be good. Files of older kinds (NE, LE) are not read.
//
// Memory: the caller owns the bytes; an Image holds copies and nothing of them.
package pe

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"strconv"
)

// Limits of the header.
const (
	maxSections    = 96 // as many as the loader of Windows takes
	maxDirectories = 16
	sector         = 512
	maxHead        = 1 << 28 // where the new header may begin
)

// The errors of Read.
var (
	// ErrForeign says that the bytes are no PE file.
	ErrForeign = errors.New("not a PE file")
	// ErrShort says that too little of the head was seen to say anything.
	ErrShort = errors.New("head of the PE file is not there")
)

// File is what is known of a file's content.
type File struct {
	Bytes []byte // from offset 0; what was not seen has any value
	Size  int64  // of the whole file, -1 if unknown
	// Seen says whether n bytes from an offset inside Bytes were seen; nil means all.
	Seen func(off, n int) bool
}

// Section is one row of the section table (section 4).
type Section struct {
	Name        string // up to the first zero, at most 8 bytes; not-printable ones as \xNN
	Address     uint32 // in memory, from the image base
	VirtualSize uint32 // bytes in memory
	RawSize     uint32 // bytes in the file, as the header says
	Flags       uint32 // characteristics
	// SHA256 of the raw bytes in hexadecimal, empty if there are none or they were
	// not all seen. Bytes behind the end of the file do not count.
	SHA256 string
	// Entropy of the raw bytes in bits per byte, 0 to 8; 0 if there is no SHA256.
	Entropy float64

	rawOffset uint32
}

// Image is what an executable says of itself. Fields up to SectionNames are those of
// Zeek's pe log.
type Image struct {
	Machine  string // I386, AMD64, ... or unknown-N
	Compiled uint32 // seconds since 1970, as the linker wrote them; some write a hash

	// Optional says that the optional header was read; OS, Subsystem and the four Has
	// fields mean something only then.
	Optional  bool
	OS        string // least system, by Zeek's words
	Subsystem string

	IsExe             bool // has an optional header
	Is64Bit           bool // is not marked as made for 32 bits
	UsesASLR          bool
	UsesDEP           bool
	UsesCodeIntegrity bool
	UsesSEH           bool
	HasImportTable    bool
	HasExportTable    bool
	HasCertTable      bool
	HasDebugData      bool
	SectionNames      []string

	IsDLL    bool
	Entry    uint32 // address of the entry point
	CheckSum uint32 // of the header, not verified
	Sections []Section

	// ImportHash is Mandiant's hash of imports (MD5 in hexadecimal), empty without
	// imports or if they were not all seen.
	ImportHash string
	Imports    int      // functions that were counted for it
	Libraries  []string // names of the first 64 libraries, in small letters
	RichHash   string   // MD5 of the Rich header in clear, empty if there is none
	ExportName string   // the name a library gives itself
	Version    Version
	// Overlay is how many bytes lie behind the last section, certificates included;
	// -1 if the size of the file is not known.
	Overlay int64
	// Partial says that bytes that were asked for had not been seen, so that some
	// facts are missing.
	Partial bool

	wide bool // PE32+
}

type directory struct{ rva, size uint32 }

// Read gives the facts of a file. It fails with ErrForeign, or with ErrShort when the
// file header (section 3.3) was not seen; otherwise the Image has what could be read.
func Read(f File) (*Image, error) {
	v := &view{b: f.Bytes, size: f.Size, seen: f.Seen}
	if f.Size >= 0 && int64(len(v.b)) > f.Size {
		v.b = v.b[:f.Size]
	}
	dos := v.reader(0, 64)
	if magic := v.at(0, 2); magic != nil && string(magic) != "MZ" {
		return nil, ErrForeign
	}
	dos.Skip(60)
	at := int64(dos.U32LE())
	if !dos.OK() {
		if f.Size >= 0 && f.Size < 64 {
			return nil, ErrForeign
		}
		return nil, ErrShort
	}
	if at > maxHead || f.Size >= 0 && at+24 > f.Size {
		return nil, ErrForeign
	}
	head := v.at(at, 24)
	if head == nil {
		if sign := v.at(at, 4); sign != nil && string(sign) != "PE\x00\x00" {
			return nil, ErrForeign
		}
		return nil, ErrShort
	}
	if string(head[:4]) != "PE\x00\x00" {
		return nil, ErrForeign
	}
	im := &Image{Overlay: -1, UsesSEH: true}
	im.read(v, at+4)
	im.Partial = v.missed
	return im, nil
}

// read takes the headers in their order and then what they point to.
func (im *Image) read(v *view, at int64) {
	r := v.reader(at, 20)
	machine, count := r.U16LE(), int(r.U16LE())
	im.Machine = machineName(machine)
	im.Compiled = r.U32LE()
	r.Skip(8) // symbol table, symbols
	optional := int64(r.U16LE())
	flags := r.U16LE()
	im.IsExe = optional > 0
	im.Is64Bit = flags&0x100 == 0
	im.IsDLL = flags&0x2000 != 0
	var dirs [maxDirectories]directory
	if im.IsExe {
		im.optional(v, at+20, optional, &dirs)
	}
	im.table(v, at+20+optional, min(count, maxSections))
	v.sections = im.Sections
	im.contents(v)
	im.RichHash = richHash(v, at+20)
	if im.Optional {
		im.readImports(v, dirs[1])
		im.readExports(v, dirs[0])
		im.readVersion(v, dirs[2])
	}
}

// optional reads the optional header (section 3.4), as much of it as its size allows.
func (im *Image) optional(v *view, at, size int64, dirs *[maxDirectories]directory) {
	r := v.reader(at, size)
	switch r.U16LE() {
	case 0x10b:
	case 0x20b:
		im.wide = true
	default:
		return
	}
	r.Skip(14) // linker, sizes of code and data
	im.Entry = r.U32LE()
	r.Skip(4 + 8) // bases: 4 and 4 and 4, or 4 and 8
	r.Skip(8)     // alignments
	major, minor := r.U16LE(), r.U16LE()
	r.Skip(4 + 4 + 4 + 4 + 4) // versions of image and subsystem, reserved, sizes
	im.CheckSum = r.U32LE()
	subsystem, flags := r.U16LE(), r.U16LE()
	if im.wide {
		r.Skip(32) // stack and heap
	} else {
		r.Skip(16)
	}
	r.Skip(4) // loader flags
	n := r.U32LE()
	if !r.OK() {
		return
	}
	im.Optional = true
	im.OS, im.Subsystem = osName(major, minor), subsystemName(subsystem)
	im.UsesASLR = flags&0x40 != 0
	im.UsesCodeIntegrity = flags&0x80 != 0
	im.UsesDEP = flags&0x100 != 0
	im.UsesSEH = flags&0x400 == 0
	for i := range min(int(min(n, maxDirectories)), r.Len()/8) {
		dirs[i] = directory{rva: r.U32LE(), size: r.U32LE()}
	}
	im.HasExportTable = dirs[0].size > 0
	im.HasImportTable = dirs[1].size > 0
	im.HasCertTable = dirs[4].size > 0
	im.HasDebugData = dirs[6].size > 0
}

// table reads the section headers (section 4) until one was not seen.
func (im *Image) table(v *view, at int64, count int) {
	for i := range count {
		r := v.reader(at+int64(i)*40, 40)
		name := r.Bytes(8)
		s := Section{VirtualSize: r.U32LE(), Address: r.U32LE(), RawSize: r.U32LE(), rawOffset: r.U32LE()}
		r.Skip(12) // relocations and line numbers
		s.Flags = r.U32LE()
		if !r.OK() {
			return
		}
		s.Name = printable(name)
		im.Sections = append(im.Sections, s)
		if im.IsExe {
			im.SectionNames = append(im.SectionNames, s.Name)
		}
	}
}

// contents hashes the sections and measures what lies behind them. Sections may claim
// the same bytes many times; together they are hashed at most twice.
func (im *Image) contents(v *view) {
	budget := 2 * int64(len(v.b))
	end := int64(0)
	for i := range im.Sections {
		s := &im.Sections[i]
		if s.RawSize == 0 || s.rawOffset == 0 {
			continue
		}
		off, n := rawStart(s.rawOffset), int64(s.RawSize)
		if v.size >= 0 {
			n = min(n, max(v.size-off, 0))
		}
		end = max(end, int64(s.rawOffset)+int64(s.RawSize))
		if n == 0 || n > budget {
			continue
		}
		b := v.at(off, n)
		if b == nil {
			continue
		}
		budget -= n
		sum := sha256.Sum256(b)
		s.SHA256 = hex.EncodeToString(sum[:])
		s.Entropy = entropy(b)
	}
	if v.size >= 0 && end > 0 {
		im.Overlay = max(v.size-end, 0)
	}
}

// entropy is Shannon's, in bits per byte.
func entropy(b []byte) float64 {
	var count [256]int
	for _, c := range b {
		count[c]++
	}
	sum := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(b))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

// printable gives text up to the first zero; other bytes than printable ASCII as \xNN,
// as Zeek's logs do.
func printable(b []byte) string {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c == 0 {
			break
		}
		if c < 0x20 || c > 0x7e || c == '\\' {
			out = append(out, '\\', 'x')
			if c < 16 {
				out = append(out, '0')
			}
			out = strconv.AppendUint(out, uint64(c), 16)
			continue
		}
		out = append(out, c)
	}
	return string(out)
}
