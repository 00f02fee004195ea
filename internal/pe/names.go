package pe

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf16"

	"lazaret/internal/wire"
)

// Limits of names and of the walk to them.
const (
	maxText    = 128 // characters of a name that are kept
	maxEntries = 256 // of a level of the resource tree
	maxVersion = 1 << 14
	maxStrings = 64
)

// Version is what the version information says (VS_VERSIONINFO). Whoever made the file
// wrote it; a field is empty if it is not there, and cut at 128 characters.
type Version struct {
	Company      string // CompanyName
	Product      string // ProductName
	Description  string // FileDescription
	FileVersion  string // FileVersion
	OriginalName string // OriginalFilename
	InternalName string // InternalName
}

// readExports takes the name a library gives itself (section 6.3.1).
func (im *Image) readExports(v *view, dir directory) {
	if dir.rva == 0 || dir.size == 0 {
		return
	}
	r := wire.NewReader(v.rva(dir.rva, 40))
	r.Skip(12)
	name := r.U32LE()
	if !r.OK() || name == 0 {
		return
	}
	text := v.text(name, maxText)
	for _, c := range text {
		if c < 0x20 || c > 0x7e { // a directory that leads into code
			return
		}
	}
	im.ExportName = string(text)
}

// richHash is the MD5 of the Rich header in clear: which tools of Microsoft made how
// many parts. It lies behind the DOS program, up to the word Rich and its key.
func richHash(v *view, end int64) string {
	const at = 0x80
	b := v.at(at, min(end-at, 1<<12))
	if len(b) < 16 {
		return ""
	}
	stop := -1
	for i := 0; i+8 <= len(b); i += 4 {
		if string(b[i:i+4]) == "Rich" {
			stop = i
			break
		}
	}
	if stop < 16 {
		return ""
	}
	key := b[stop+4 : stop+8]
	text := make([]byte, stop)
	for i := range text {
		text[i] = b[i] ^ key[i%4]
	}
	if string(text[:4]) != "DanS" || !allZero(text[4:16]) {
		return ""
	}
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}

// readVersion walks the resource tree (section 6.9): type 16, its first name, its first
// language, and takes the strings of the version information there.
func (im *Image) readVersion(v *view, dir directory) { im.readVersionEach(v, dir, nil) }

// readVersionEach is readVersion, and tells each string.
func (im *Image) readVersionEach(v *view, dir directory, each func(key, text string)) {
	if dir.rva == 0 || dir.size == 0 {
		return
	}
	at, ok := resource(v, dir.rva, 0, 16)
	for range 2 {
		if !ok || at>>31 == 0 {
			return
		}
		at, ok = resource(v, dir.rva, at&^(1<<31), -1)
	}
	if !ok || at>>31 != 0 {
		return
	}
	r := wire.NewReader(v.rva(dir.rva+at, 16))
	rva, size := r.U32LE(), r.U32LE()
	if !r.OK() {
		return
	}
	if b := v.rva(rva, int64(min(size, maxVersion))); b != nil {
		im.Version.block(b, 0, &versionWalk{left: maxStrings, each: each})
	}
}

// resource finds an entry of one level by its number, or the first one.
func resource(v *view, base, at uint32, id int) (uint32, bool) {
	r := wire.NewReader(v.rva(base+at, 16))
	r.Skip(12)
	n := int(r.U16LE()) + int(r.U16LE())
	if !r.OK() {
		return 0, false
	}
	for i := range min(n, maxEntries) {
		e := wire.NewReader(v.rva(base+at+16+uint32(i)*8, 8))
		name, to := e.U32LE(), e.U32LE()
		if !e.OK() {
			return 0, false
		}
		if id < 0 || name == uint32(id) {
			return to, true
		}
	}
	return 0, false
}

// versionWalk bounds the blocks that are looked at.
type versionWalk struct {
	left int
	each func(key, text string)
}

// block reads one block of version information: length, length of the value, type, key
// in UTF-16, padding to four bytes, value, children. Depth 0 is the root, 1 the two
// kinds of information, 2 a language, 3 a string. It gives the bytes that it takes.
func (o *Version) block(b []byte, depth int, w *versionWalk) int {
	r := wire.NewReader(b)
	size, value := int(r.U16LE()), int(r.U16LE())
	r.Skip(2)
	if !r.OK() || size < 6 || size > len(b) || w.left == 0 {
		return 0
	}
	w.left--
	b = b[:size]
	key, n := wide(b[6:])
	body := pad4(6 + n)
	if body > size {
		return size
	}
	switch depth {
	case 0:
		body = pad4(body + value) // VS_FIXEDFILEINFO
	case 1:
		if key != "StringFileInfo" {
			return size
		}
	case 3:
		text, _ := wide(b[body:])
		o.set(key, text)
		if w.each != nil {
			w.each(key, text)
		}
		return size
	}
	for body < size {
		n := o.block(b[body:], depth+1, w)
		if n == 0 {
			break
		}
		body = pad4(body + n)
	}
	return size
}

func (o *Version) set(key, text string) {
	field := map[string]*string{
		"CompanyName": &o.Company, "ProductName": &o.Product, "FileDescription": &o.Description,
		"FileVersion": &o.FileVersion, "OriginalFilename": &o.OriginalName, "InternalName": &o.InternalName,
	}[key]
	if field != nil && *field == "" {
		*field = text
	}
}

func pad4(n int) int { return (n + 3) &^ 3 }

// wide reads UTF-16 up to a zero, and says how many bytes it took with the zero. At
// most maxText characters are kept.
func wide(b []byte) (string, int) {
	end := len(b) &^ 1
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			end = i
			break
		}
	}
	n := min(end/2, maxText)
	u := make([]uint16, n)
	for i := range u {
		u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	text := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, string(utf16.Decode(u)))
	return string(bytes.TrimSpace([]byte(text))), min(end+2, len(b))
}
