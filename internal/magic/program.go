package magic

import "encoding/binary"

// ProgramHead is how many bytes Program wants to see.
const ProgramHead = 68

// MayRun reports whether the first four bytes of some content may begin a program that
// Program knows. It is for those who look at many beginnings and find hardly any.
func MayRun(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(b) {
	case 0x7f454c46, 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe:
		return true
	}
	return b[0] == 'M' && b[1] == 'Z'
}

// Program tells whether content that begins with b is a program of Windows (PE format),
// of Unix (System V ABI, object files) or of macOS (Mach-O), by fields that must agree and
// not by the letters alone: any pixel may begin with MZ. Of b at most ProgramHead bytes are
// looked at. For MZ, sign is where "PE\0\0" must stand: the kind is PE if b has it there,
// MZ if it is for the caller to look for, behind b. size is that of the content in bytes.
func Program(b []byte, size int64) (kind Kind, sign int64) {
	b = b[:min(len(b), ProgramHead)]
	if len(b) < 52 || !MayRun(b) {
		return Unknown, 0
	}
	switch {
	case b[0] == 'M':
		return portable(b, size)
	case b[0] == 0x7f:
		return elf(b), 0
	case b[0] == 0xca:
		return fat(b, size), 0
	}
	return mach(b), 0
}

// portable follows the offset of the header behind the stub of DOS. Windows wants it to be
// a multiple of four.
func portable(b []byte, size int64) (Kind, int64) {
	if len(b) < 64 {
		return Unknown, 0
	}
	const head = "PE\x00\x00"
	at := int64(binary.LittleEndian.Uint32(b[60:]))
	switch {
	case at%4 != 0 || at < 4 || at+int64(len(head)) > size:
		return Unknown, 0
	case at+int64(len(head)) > int64(len(b)):
		return MZ, at
	case has(b, int(at), head):
		return PE, at
	}
	return Unknown, 0
}

// elf holds the header of an ELF file to its own sizes and versions.
func elf(b []byte) Kind {
	order := binary.ByteOrder(binary.LittleEndian)
	if b[5] == 2 {
		order = binary.BigEndian
	}
	size, at := uint16(52), 40
	if b[4] == 2 {
		size, at = 64, 52
	}
	kind := order.Uint16(b[16:])
	if b[4] < 1 || b[4] > 2 || b[5] < 1 || b[5] > 2 || b[6] != 1 || kind < 1 || kind > 4 || order.Uint32(b[20:]) != 1 || len(b) < at+2 || order.Uint16(b[at:]) != size {
		return Unknown
	}
	return ELF
}

// mach holds the header of a Mach-O file to what its fields may be.
func mach(b []byte) Kind {
	order := binary.ByteOrder(binary.BigEndian)
	if b[0] != 0xfe {
		order = binary.LittleEndian
	}
	kind, commands, size := order.Uint32(b[12:]), order.Uint32(b[16:]), order.Uint32(b[20:])
	if !processor(order.Uint32(b[4:])) || kind < 1 || kind > 12 || commands < 1 || commands > 4096 || size < 8*commands || size > 1<<24 {
		return Unknown
	}
	return MachO
}

// fat holds a Mach-O file for several machines to the place of the first of them. A Java
// class begins with the same four bytes.
func fat(b []byte, size int64) Kind {
	n, at, length := binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
	if n < 1 || n > 16 || !processor(binary.BigEndian.Uint32(b[8:])) || at < 8+20*n || int64(at)+int64(length) > size {
		return Unknown
	}
	return MachOFat
}

// processor reports the types of processors that Mach-O has; the top byte says how wide.
func processor(t uint32) bool {
	switch t & 0x00ffffff {
	case 6, 7, 8, 10, 11, 12, 13, 14, 15, 18:
		return t>>24 <= 2
	}
	return false
}
