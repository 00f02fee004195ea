// Package petest builds programs of Windows that do nothing, for tests.
//
// A Program is headers, sections of padding, an import table and an overlay, laid out
// as a linker would (Microsoft PE and COFF specification, revision 11), so that every
// reader takes it for a program. Stub makes one from a seed: the same seed gives the
// same bytes, two seeds have nothing but the form of the headers in common.
//
// What it builds cannot run: the entry point is zero, no section is executable, and
// the padding is pseudo-random bytes. It refuses to build anything else. Insert,
// Overwrite and Append are the mutations that copies of a spreading program show.
//
// Memory: every function gives new slices that belong to the caller.
package petest

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
)

// Section is a section of padding.
type Section struct {
	Name string // at most 8 bytes
	Data []byte
}

// Import is one library and what is asked of it.
type Import struct {
	Library  string
	Names    []string
	Ordinals []uint16 // behind the names
}

// Program is what Bytes lays out.
type Program struct {
	Wide     bool // PE32+ for AMD64 instead of PE32 for I386
	Library  bool // marked as DLL
	Compiled uint32
	Sections []Section
	Imports  []Import // in a section .idata behind the others
	Overlay  []byte
}

const (
	fileAlign = 512
	pageAlign = 4096
	headAt    = 0x80 // of the PE signature
)

// Bytes is the file.
func (p Program) Bytes() []byte {
	sections := slices.Clone(p.Sections)
	rva := uint32(pageAlign)
	for _, s := range sections {
		rva += up(uint32(len(s.Data)), pageAlign)
	}
	imports := rva
	if len(p.Imports) > 0 {
		sections = append(sections, Section{Name: ".idata", Data: p.idata(rva)})
	}
	optional := 96 + 16*8
	if p.Wide {
		optional += 16
	}
	head := up(uint32(headAt+24+optional+40*len(sections)), fileAlign)
	b := make([]byte, head)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[60:], headAt)
	copy(b[headAt:], "PE\x00\x00")
	p.fileHeader(b[headAt+4:], len(sections), optional)
	p.optionalHeader(b[headAt+24:headAt+24+optional], head, imports, rva)
	rva = pageAlign
	for i, s := range sections {
		h := b[headAt+24+optional+40*i:]
		raw := up(uint32(len(s.Data)), fileAlign)
		copy(h[:8], s.Name)
		binary.LittleEndian.PutUint32(h[8:], uint32(len(s.Data)))
		binary.LittleEndian.PutUint32(h[12:], rva)
		binary.LittleEndian.PutUint32(h[16:], raw)
		binary.LittleEndian.PutUint32(h[20:], uint32(len(b)))
		binary.LittleEndian.PutUint32(h[36:], 0x40000040) // initialised data, readable
		at := len(b)
		b = append(b, make([]byte, raw)...)
		copy(b[at:], s.Data)
		rva += up(uint32(len(s.Data)), pageAlign)
	}
	return append(b, p.Overlay...)
}

func up(n, to uint32) uint32 { return (n + to - 1) / to * to }

func (p Program) fileHeader(b []byte, sections, optional int) {
	machine, flags := uint16(0x14c), uint16(0x102) // executable image, 32 bits
	if p.Wide {
		machine, flags = 0x8664, 0x22
	}
	if p.Library {
		flags |= 0x2000
	}
	binary.LittleEndian.PutUint16(b, machine)
	binary.LittleEndian.PutUint16(b[2:], uint16(sections))
	binary.LittleEndian.PutUint32(b[4:], p.Compiled)
	binary.LittleEndian.PutUint16(b[16:], uint16(optional))
	binary.LittleEndian.PutUint16(b[18:], flags)
}

func (p Program) optionalHeader(b []byte, head, imports, end uint32) {
	magic, base, dirs := uint16(0x10b), 28, 92
	if p.Wide {
		magic, base, dirs = 0x20b, 24, 108
	}
	binary.LittleEndian.PutUint16(b, magic)
	binary.LittleEndian.PutUint32(b[base:], 0x400000)
	binary.LittleEndian.PutUint32(b[32:], pageAlign)
	binary.LittleEndian.PutUint32(b[36:], fileAlign)
	binary.LittleEndian.PutUint16(b[40:], 6) // Windows 7
	binary.LittleEndian.PutUint16(b[42:], 1)
	binary.LittleEndian.PutUint16(b[48:], 6)
	binary.LittleEndian.PutUint32(b[56:], end+pageAlign)
	binary.LittleEndian.PutUint32(b[60:], head)
	binary.LittleEndian.PutUint16(b[68:], 2)     // windows
	binary.LittleEndian.PutUint16(b[70:], 0x140) // ASLR, DEP
	binary.LittleEndian.PutUint32(b[dirs:], 16)
	if len(p.Imports) > 0 {
		binary.LittleEndian.PutUint32(b[dirs+12:], imports)
		binary.LittleEndian.PutUint32(b[dirs+16:], uint32(20*(len(p.Imports)+1)))
	}
}

// idata lays out descriptors, then per library its thunks twice, its hints and names,
// and its own name.
func (p Program) idata(rva uint32) []byte {
	b := make([]byte, 20*(len(p.Imports)+1))
	size := 4
	if p.Wide {
		size = 8
	}
	for i, im := range p.Imports {
		n := (len(im.Names) + len(im.Ordinals) + 1) * size
		at := len(b)
		b = append(b, make([]byte, 2*n)...)
		for k, name := range im.Names {
			to := rva + uint32(len(b))
			binary.LittleEndian.PutUint32(b[at+k*size:], to)
			binary.LittleEndian.PutUint32(b[at+n+k*size:], to)
			b = append(append(b, 0, 0), name...)
			b = append(b, make([]byte, 2-len(name)%2)...)
		}
		for k, o := range im.Ordinals {
			for _, t := range [][]byte{b[at:], b[at+n:]} {
				t = t[(len(im.Names)+k)*size:]
				binary.LittleEndian.PutUint16(t, o)
				t[size-1] = 0x80
			}
		}
		d := b[20*i:]
		binary.LittleEndian.PutUint32(d, rva+uint32(at))
		binary.LittleEndian.PutUint32(d[12:], rva+uint32(len(b)))
		binary.LittleEndian.PutUint32(d[16:], rva+uint32(at+n))
		b = append(append(b, im.Library...), 0)
		b = append(b, make([]byte, len(b)%8)...)
	}
	return b
}

// Padding is n pseudo-random bytes.
func Padding(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Stub is a program of about size bytes, at least 4 KiB, with sections of padding and a
// few imports, all from the seed.
func Stub(seed uint64, size int) []byte {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	size = max(size, 4096)
	names := []string{"CloseHandle", "CreateFileW", "ExitProcess", "GetFileSize", "GetTickCount", "ReadFile", "Sleep", "WriteFile", "lstrlenW", "GetVersion"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	text := (size - 2048) / 4 * 3
	p := Program{
		Wide: r.IntN(2) == 0, Compiled: r.Uint32(),
		Sections: []Section{{".rdata", Padding(r, text)}, {".data", Padding(r, size-2048-text)}},
		Imports: []Import{
			{Library: "KERNEL32.dll", Names: names[:3+r.IntN(6)]},
			{Library: "WS2_32.dll", Ordinals: []uint16{uint16(1 + r.IntN(23)), 115}},
		},
	}
	return p.Bytes()
}

// Insert is a copy with n pseudo-random bytes inserted at an offset.
func Insert(b []byte, r *rand.Rand, at, n int) []byte {
	return slices.Concat(b[:at], Padding(r, n), b[at:])
}

// Overwrite is a copy with n pseudo-random bytes over those at an offset, as far as it
// reaches.
func Overwrite(b []byte, r *rand.Rand, at, n int) []byte {
	c := slices.Clone(b)
	copy(c[at:], Padding(r, n))
	return c
}

// Append is a copy with n pseudo-random bytes behind it.
func Append(b []byte, r *rand.Rand, n int) []byte {
	return slices.Concat(b, Padding(r, n))
}
