package dataset

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/magic"
)

// inert is the head of a program for no machine, in n bytes, its mark at a place.
func inert(n, at int) string {
	b := make([]byte, n)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[60:], uint32(at))
	copy(b[at:], "PE\x00\x00")
	return string(b)
}

// long is an element with a length of four bytes (PS3.5 7.1.2).
func long(tag uint32, vr, v string) string {
	h := short(tag, vr, "")
	return h[:6] + "\x00\x00" + length(len(v)) + v
}

func TestPrograms(t *testing.T) {
	const explicit, implicit = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
	meta := func(syntax string) string {
		return strings.Repeat("\x00", 128) + "DICM" + short(0x00020010, "UI", syntax)
	}
	start := short(0x00080060, "CS", "CT") + short(0x00090010, "LO", "LZ MAKER")
	end := short(0x00200013, "IS", "1") + long(0x7fe00010, "OW", strings.Repeat("\x01\x02", 100))
	elf := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x3e\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 28) + "\x40\x00" + strings.Repeat("\x00", 40)
	chance := "MZ" + strings.Repeat("\x40\x00", 100)
	open := "\x11\x00\x01\x10SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
	shut := "\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00"
	for _, c := range []struct {
		name, data string
		want       Programs
	}{
		{"private", start + long(0x00091010, "OB", inert(400, 128)) + end, Programs{1, 0x00091010, "OB", magic.PE}},
		{"mark at once", start + long(0x00091010, "OB", inert(400, 64)) + end, Programs{1, 0x00091010, "OB", magic.PE}},
		{"mark behind the head", start + long(0x00091010, "UN", inert(400, 68)) + end, Programs{1, 0x00091010, "UN", magic.PE}},
		{"mark at the end", start + long(0x00091010, "UN", inert(400, 396)) + end, Programs{1, 0x00091010, "UN", magic.PE}},
		{"document", start + long(0x00420011, "OB", elf), Programs{1, 0x00420011, "OB", magic.ELF}},
		{"pixels", start + long(0x7fe00010, "OW", inert(400, 128)), Programs{1, 0x7fe00010, "OW", magic.PE}},
		{"private text", start + short(0x00091011, "LT", inert(400, 128)) + end, Programs{1, 0x00091011, "LT", magic.PE}},
		{"within a sequence", start + open + long(0x00111002, "OB", inert(400, 200)) + shut + end, Programs{1, 0x00111002, "OB", magic.PE}},
		{"two", start + long(0x00091010, "OB", elf) + long(0x00091012, "OB", inert(90, 80)) + end, Programs{2, 0x00091010, "OB", magic.ELF}},

		{"pixels by chance", start + long(0x7fe00010, "OW", chance), Programs{}},
		{"a maker's bytes by chance", start + long(0x00091010, "OB", chance) + end, Programs{}},
		{"a document", start + long(0x00420011, "OB", "%PDF-1.4"+strings.Repeat(" ", 300)) + end, Programs{}},
		{"mark outside", start + long(0x00091010, "OB", inert(400, 128)[:128]) + long(0x00091012, "OB", "PE\x00\x00"+strings.Repeat("\x00", 96)) + end, Programs{}},
		{"too short", start + long(0x00091010, "OB", inert(400, 128)[:60]) + end, Programs{}},
		{"cut off", start + long(0x00091010, "OB", inert(400, 128))[:100], Programs{}},
		{"text of the standard", start + short(0x00204000, "LT", inert(400, 128)) + end, Programs{}},
	} {
		for _, step := range []int{1, 3, 64, 4096} {
			f, _ := readFile([]byte(meta(explicit)+c.data), step)
			if got := *f.Programs(); got != c.want {
				t.Errorf("%s, %d bytes at a time: %+v, want %+v", c.name, step, got, c.want)
			}
		}
	}
	v := inert(400, 128)
	for _, step := range []int{1, 4096} {
		f, _ := readFile([]byte(meta(implicit)+"\x08\x00\x60\x00"+length(2)+"MR"+"\x09\x00\x10\x10"+length(len(v))+v), step)
		if got := *f.Programs(); got != (Programs{1, 0x00091010, "", magic.PE}) || got.Name() != "(0009,1010)" {
			t.Errorf("implicit, %d bytes at a time: %+v, %q", step, got, got.Name())
		}
	}
}

// A file that is read again has none of the one before.
func TestProgramsOfOne(t *testing.T) {
	f, _ := readFile([]byte(strings.Repeat("\x00", 128)+"DICM"+short(0x00020010, "UI", "1.2.840.10008.1.2.1")+short(0x00080060, "CS", "CT")+long(0x00091010, "OB", inert(400, 128))), 50)
	if f.Programs().Count != 1 {
		t.Fatal("none was found")
	}
	f.Start(&found{}, plain{}, &Memo{})
	if f.Programs().Count != 0 || f.Programs().Name() != "" {
		t.Error("a new file has a program of the last one")
	}
}

func TestLookAllocs(t *testing.T) {
	var r Reader
	data := []byte(short(0x00080060, "CS", "CT") + strings.Repeat(long(0x00091010, "OB", "MZ"+strings.Repeat("\x40\x00", 300)), 9))
	if n := testing.AllocsPerRun(100, func() {
		r.Start(Object, Encoding{Sure: true})
		for b := data; len(b) > 0; b = b[min(len(b), 99):] {
			r.Feed(ignore{}, b[:min(len(b), 99)])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// ignore is a sink that wants nothing.
type ignore struct{}

func (ignore) Take(*Reader, []byte) bool { return true }
func (ignore) TakeLong(*Reader)          {}
