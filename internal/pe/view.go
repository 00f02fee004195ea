package pe

import (
	"bytes"

	"lazaret/internal/wire"
)

// view answers questions about the bytes of a file that may have holes. Nothing reads
// around it.
type view struct {
	b        []byte
	size     int64
	seen     func(off, n int) bool
	sections []Section
	// missed is set when bytes were asked for that belong to the file but were not
	// seen. An address outside of the file is the file's own fault and sets nothing.
	missed bool
}

// at gives n bytes from the offset, nil if they are not all there.
func (v *view) at(off, n int64) []byte {
	if off < 0 || n < 0 || n > 1<<31 || off > 1<<40 {
		return nil
	}
	if v.size >= 0 && off+n > v.size {
		return nil
	}
	if off+n > int64(len(v.b)) || v.seen != nil && n > 0 && !v.seen(int(off), int(n)) {
		v.missed = true
		return nil
	}
	return v.b[off : off+n : off+n]
}

// reader is at with a sticky reader: what is missing reads as zero and makes it fail.
func (v *view) reader(off, n int64) wire.Reader { return wire.NewReader(v.at(off, n)) }

// rawStart is where the loader begins to read a section: at the sector the pointer
// lies in, whatever the file says.
func rawStart(p uint32) int64 { return int64(p) &^ (sector - 1) }

// offset translates an address in memory to one in the file. What lies before all
// sections lies in the header, which is loaded as it is.
func (v *view) offset(rva uint32) (int64, bool) {
	first := uint32(1<<32 - 1)
	for i := range v.sections {
		s := &v.sections[i]
		first = min(first, s.Address)
		size := max(s.RawSize, s.VirtualSize)
		if rva >= s.Address && rva-s.Address < size {
			if s.RawSize == 0 || rva-s.Address >= s.RawSize {
				return 0, false // zeros that only exist in memory
			}
			return rawStart(s.rawOffset) + int64(rva-s.Address), true
		}
	}
	return int64(rva), rva < first
}

// rva gives n bytes at an address in memory.
func (v *view) rva(rva uint32, n int64) []byte {
	off, ok := v.offset(rva)
	if !ok {
		return nil
	}
	return v.at(off, n)
}

// text gives the zero-terminated bytes at an address in memory, at most limit of them.
// It is nil when the address leads nowhere or the end was not seen.
func (v *view) text(rva uint32, limit int64) []byte {
	off, ok := v.offset(rva)
	if !ok {
		return nil
	}
	missed := v.missed
	for n := int64(0); n < limit; {
		step := min(32, limit-n)
		b := v.at(off+n, step)
		if b == nil { // a name at the edge of what was seen is still a name
			v.missed, step = missed, 1
			if b = v.at(off+n, 1); b == nil {
				return nil
			}
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return v.b[off : off+n+int64(i)]
		}
		n += step
	}
	return v.b[off : off+limit]
}
