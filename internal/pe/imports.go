package pe

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"

	"lazaret/internal/wire"
)

// Limits of the import table. Real programs stay far below; a table made to be read
// for ever ends here, and has no import hash.
const (
	maxLibraries = 1024
	maxImports   = 1 << 13 // of all libraries
	maxName      = 512
	maxBroken    = 5 // descriptors that lead nowhere before the rest is not believed
	keptLibs     = 64
)

// importTable walks the import directory (section 6.4 of the specification) and feeds
// the hash while it goes.
type importTable struct {
	v     *view
	wide  bool // PE32+: thunks of eight bytes
	sum   hash.Hash
	names int
	// thunks were looked at, with those that the hash passes over.
	thunks int
	libs   []string
	buf    []byte
	over   bool
	// each gets the names as they are written, if it is not nil.
	each    func(lib, name string)
	written []byte // name of the function
}

// readImports fills Imports, Libraries and ImportHash. The hash stays empty if any byte
// that belongs to it was not seen: half of it would equal nothing.
func (im *Image) readImports(v *view, dir directory) { im.readImportsEach(v, dir, nil) }

// readImportsEach is readImports, and tells each function.
func (im *Image) readImportsEach(v *view, dir directory, each func(lib, name string)) {
	if dir.rva == 0 || dir.size == 0 {
		return
	}
	t := importTable{v: v, wide: im.wide, sum: md5.New(), each: each}
	missed := v.missed
	v.missed = false
	t.walk(dir.rva)
	im.Imports, im.Libraries = t.names, t.libs
	if !v.missed && !t.over && t.names > 0 {
		im.ImportHash = hex.EncodeToString(t.sum.Sum(nil))
	}
	v.missed = v.missed || missed
}

func (t *importTable) walk(rva uint32) {
	broken := 0
	for range maxLibraries {
		d := t.v.rva(rva, 20)
		if d == nil || allZero(d) {
			return
		}
		rva += 20
		r := wire.NewReader(d)
		lookup := r.U32LE()
		r.Skip(8) // time stamp, forwarder chain
		name, address := r.U32LE(), r.U32LE()
		if broken > maxBroken {
			return
		}
		thunks := lookup
		if t.first(lookup) == 0 { // old linkers leave it out
			thunks = address
		}
		if t.first(thunks) == 0 {
			broken++
			continue
		}
		lib := t.library(name)
		if lib == "" {
			continue
		}
		if len(t.libs) < keptLibs {
			t.libs = append(t.libs, lib)
		}
		t.functions(lib, string(t.v.text(name, maxName)), thunks)
		if t.over {
			return
		}
	}
	t.over = true
}

// first is the first thunk of a table, 0 if there is none.
func (t *importTable) first(rva uint32) uint64 {
	if rva == 0 {
		return 0
	}
	return t.thunk(rva)
}

func (t *importTable) thunk(rva uint32) uint64 {
	if t.wide {
		r := wire.NewReader(t.v.rva(rva, 8))
		return r.U64LE()
	}
	r := wire.NewReader(t.v.rva(rva, 4))
	v := uint64(r.U32LE())
	return v&^(1<<31) | v>>31<<63 // the flag of an ordinal, where PE32+ has it
}

// library gives a library's name in small letters.
func (t *importTable) library(rva uint32) string {
	b := t.v.text(rva, maxName)
	for _, c := range b {
		if !plain(c, "!#$%&'()-@^_`{}~+,.;=[]\\/") {
			return "*invalid*"
		}
	}
	return strings.ToLower(string(b))
}

// functions adds one library's functions to the hash: library without its ending, a
// dot, the function in small letters; a comma between.
func (t *importTable) functions(lib, written string, rva uint32) {
	stem := lib
	if i := strings.LastIndexByte(lib, '.'); i >= 0 {
		switch lib[i+1:] {
		case "dll", "ocx", "sys":
			stem = lib[:i]
		}
	}
	step := uint32(4)
	if t.wide {
		step = 8
	}
	for ; ; t.thunks++ {
		v := t.thunk(rva)
		if v == 0 {
			return
		}
		if t.thunks >= maxImports {
			t.over = true
			return
		}
		rva += step
		name, ok := t.function(lib, v)
		if !ok {
			return
		}
		if len(name) == 0 {
			continue
		}
		if t.each != nil {
			t.each(written, string(t.written))
		}
		b := t.buf[:0]
		if t.names > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, stem...), '.'), name...)
		t.sum.Write(b)
		t.buf = b
		t.names++
	}
}

// function is the name the hash uses, empty for one that it passes over; false when
// the table leads nowhere and ends.
func (t *importTable) function(lib string, thunk uint64) ([]byte, bool) {
	if thunk>>63 != 0 {
		n := uint16(thunk)
		var name string
		switch lib {
		case "ws2_32.dll", "wsock32.dll":
			name = socketOrdinals[n]
		case "oleaut32.dll":
			name = automationOrdinals[n]
		}
		if name == "" {
			name = "ord" + strconv.Itoa(int(n))
		}
		t.written = []byte(name)
		return t.written, n != 0
	}
	b := t.v.text(uint32(thunk)+2, maxName) // behind the hint
	if b == nil {
		return nil, false
	}
	for _, c := range b {
		if !plain(c, "._?@$()<>") {
			return nil, true
		}
	}
	t.written = b
	return bytes.ToLower(b), true
}

func plain(c byte, more string) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(more, c) >= 0
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
