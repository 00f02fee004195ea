package mask

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"lazaret/internal/magic"
	"lazaret/internal/rest"
)

// authenticate begins the third message of NTLM (MS-NLMP 2.2.1.3).
var authenticate = []byte("NTLMSSP\x00\x03\x00\x00\x00")

// keepSealed keeps b, which stands off bytes behind the first unconsumed byte, but for the
// answers to challenges of NTLM in it: who has them can try passwords.
func (t *talk) keepSealed(d, off int, b []byte) {
	var holes []run
	for at := 0; ; at += len(authenticate) {
		i := bytes.Index(b[at:], authenticate)
		if i < 0 {
			break
		}
		if at += i; at+28 > len(b) { // without the fields that say where the answers are
			holes = append(holes, run{uint64(at), uint64(len(b))})
			break
		}
		for _, field := range [...]int{12, 20} {
			size := uint64(binary.LittleEndian.Uint16(b[at+field:]))
			from := uint64(at) + uint64(binary.LittleEndian.Uint32(b[at+field+4:]))
			if from < uint64(len(b)) && size > 0 {
				holes = append(holes, run{from, min(from+size, uint64(len(b)))})
			}
		}
	}
	slices.SortFunc(holes, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	from := 0
	for _, h := range holes {
		t.keep(d, off+from, int(h.from)-from)
		from = max(from, int(h.to))
	}
	t.keep(d, off+from, len(b)-from)
}

// keepPath keeps the names of a path on a file server that tell nothing of a person, and of the
// others the extensions. wide is UTF-16, little-endian.
func (t *talk) keepPath(d, off int, b []byte, wide bool) {
	size := 1
	if wide {
		size = 2
	}
	char := func(i int) rune {
		if wide {
			return rune(binary.LittleEndian.Uint16(b[i:]))
		}
		return rune(b[i])
	}
	from := 0
	var name []byte
	foreign := false
	flush := func(to int) {
		if foreign || rest.Private(string(name)) {
			shown := to - size*len(rest.Endings(string(name)))
			for ; from < shown; from += size {
				if wide && b[from+1] == 0 { // so that it is text still
					t.keep(d, off+from+1, 1)
				}
			}
		}
		t.keep(d, off+from, to-from)
		name, foreign = name[:0], false
	}
	i := 0
	for ; i+size <= len(b); i += size {
		switch c := char(i); {
		case c == '\\' || c == '/' || c < ' ':
			flush(i)
			t.keep(d, off+i, size)
			from = i + size
		case c < 0x80:
			name = append(name, byte(c))
		case c < 0x250: // Latin letters, for which the rule is as good as for others
			name = append(name, 'a')
		default:
			name, foreign = append(name, 'a'), true
		}
	}
	flush(i)
}

// programHead is how much of some content is wanted to say whether it is a program.
const programHead = 4096

// program says whether content that begins with b is a program, by fields that must agree,
// and not a DICOM file in disguise: its preamble may look like one (PS3.10 7.1).
func program(b []byte) bool {
	if isDICOM(b) {
		return false
	}
	kind, sign := magic.Program(b, 1<<40)
	switch kind {
	case magic.Unknown:
		return false
	case magic.MZ:
		return sign >= 0 && sign+4 <= int64(len(b)) && string(b[sign:sign+4]) == "PE\x00\x00"
	}
	return true
}

// dicomHead is the length of the preamble of a DICOM file and the letters behind it (PS3.10 7.1).
const dicomHead = 132

func isDICOM(b []byte) bool { return len(b) >= dicomHead && string(b[128:132]) == "DICM" }

// disguised says whether content is a DICOM file whose preamble begins a program. Nothing of a
// patient fits into that.
func disguised(b []byte) bool {
	if !isDICOM(b) {
		return false
	}
	switch magic.Preamble(b) {
	case magic.PE, magic.MZ, magic.ELF, magic.MachO, magic.Script:
		return true
	}
	return false
}

// calling says whether b is a message of a remote procedure call in a pipe, and how long
// (C706 12.6.3.1).
func calling(b []byte) (size int, ok bool) {
	if len(b) < 16 || b[0] != 5 || b[1] > 1 || b[2] > 19 || b[4]&^0x11 != 0 {
		return 0, false
	}
	size = int(binary.BigEndian.Uint16(b[8:]))
	if b[4]&0x10 != 0 {
		size = int(binary.LittleEndian.Uint16(b[8:]))
	}
	return size, size >= 16
}

// sealed follows records of TLS (RFC 8446 5.1), which are kept as they are.
type sealed struct{ left *[2]int }

func newSealed() walker { return sealed{new([2]int)} }

func (sealed) lost(int) bool { return false }

func (s sealed) walk(t *talk, d int, b []byte) (done, need int, ok bool) {
	for done < len(b) {
		if n := min(s.left[d], len(b)-done); n > 0 {
			t.keep(d, done, n)
			s.left[d] -= n
			done += n
			continue
		}
		rest := b[done:]
		if len(rest) < 5 {
			return done, 5, true
		}
		size := int(binary.BigEndian.Uint16(rest[3:]))
		if rest[0] < 20 || rest[0] > 24 || rest[1] != 3 || size > 1<<14+2048 {
			return done, 0, false
		}
		s.left[d] = 5 + size
	}
	return done, 0, true
}

// shell follows SSH, which seals all but the greeting and the choice of algorithms (RFC 4253).
type shell struct{}

func (*shell) lost(int) bool { return true }

func (*shell) walk(t *talk, d int, b []byte) (done, need int, ok bool) {
	t.keep(d, 0, len(b))
	return len(b), 0, true
}
