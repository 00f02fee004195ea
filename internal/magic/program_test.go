package magic

import (
	"encoding/binary"
	"testing"
)

// programs are beginnings that are programs, of padding alone.
func programs() map[string][]byte {
	pe := make([]byte, 256)
	copy(pe, "MZ")
	binary.LittleEndian.PutUint32(pe[60:], 128)
	copy(pe[128:], "PE\x00\x00")
	near := make([]byte, 256)
	copy(near, "MZ")
	binary.LittleEndian.PutUint32(near[60:], 64)
	copy(near[64:], "PE\x00\x00")
	elf := make([]byte, 256)
	copy(elf, "\x7fELF\x02\x01\x01")
	elf[16], elf[20], elf[52] = 2, 1, 64
	old := make([]byte, 256)
	copy(old, "\x7fELF\x01\x02\x01")
	old[17], old[23], old[41] = 3, 1, 52
	mach := make([]byte, 256)
	for i, v := range []uint32{0xfeedfacf, 0x0100000c, 0, 2, 4, 200} {
		binary.LittleEndian.PutUint32(mach[4*i:], v)
	}
	fat := make([]byte, 256)
	for i, v := range []uint32{0xcafebabe, 2, 0x01000007, 3, 64, 100} {
		binary.BigEndian.PutUint32(fat[4*i:], v)
	}
	return map[string][]byte{"pe": pe, "near": near, "elf": elf, "old": old, "mach": mach, "fat": fat}
}

func TestProgram(t *testing.T) {
	for name, want := range map[string]struct {
		kind Kind
		sign int64
	}{"pe": {MZ, 128}, "near": {PE, 64}, "elf": {ELF, 0}, "old": {ELF, 0}, "mach": {MachO, 0}, "fat": {MachOFat, 0}} {
		b := programs()[name]
		if k, at := Program(b, 256); k != want.kind || at != want.sign || !MayRun(b[:4]) {
			t.Errorf("%s: %q at %d, want %q at %d", name, k, at, want.kind, want.sign)
		}
		if k, _ := Program(b, 100); k != Unknown && (name == "pe" || name == "fat") {
			t.Errorf("%s: %q in 100 bytes, though it points behind them", name, k)
		}
		for n := range ProgramHead {
			Program(b[:n], int64(n)) // must not fail
		}
	}
}

// Each field that must agree is made wrong.
func TestNoProgram(t *testing.T) {
	for _, c := range []struct {
		name string
		at   int
		to   byte
	}{
		{"pe", 60, 129}, {"pe", 62, 1}, {"near", 64, 'N'}, {"elf", 4, 3}, {"elf", 5, 0}, {"elf", 6, 0}, {"elf", 16, 9}, {"elf", 20, 2}, {"elf", 52, 0},
		{"mach", 4, 99}, {"mach", 7, 9}, {"mach", 12, 13}, {"mach", 16, 0}, {"mach", 20, 8}, {"fat", 7, 52}, {"fat", 11, 99}, {"fat", 19, 8}, {"fat", 20, 9},
	} {
		b := programs()[c.name]
		b[c.at] = c.to
		if k, _ := Program(b, 256); k != Unknown {
			t.Errorf("%s with %d at %d is %q", c.name, c.to, c.at, k)
		}
	}
	for _, text := range []string{"", "MZ", "MZMZMZ", "%PDF-1.4 a document", "\x7fEL"} {
		if k, _ := Program([]byte(text), 1000); k != Unknown || MayRun([]byte(text)) && len(text) < 4 {
			t.Errorf("%q is %q", text, k)
		}
	}
}

func TestProgramAllocs(t *testing.T) {
	b := programs()["elf"]
	if n := testing.AllocsPerRun(100, func() { Program(b, 256) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzProgram holds that a mark that is named stands behind what was looked at, and within.
func FuzzProgram(f *testing.F) {
	for _, b := range programs() {
		f.Add(b, int64(len(b)))
	}
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		k, at := Program(b, size)
		if k == MZ && (at+4 <= int64(min(len(b), ProgramHead)) || at+4 > size) || k != Unknown && !MayRun(b) {
			t.Errorf("%q at %d of %d", k, at, size)
		}
	})
}
