package pe

import (
	"errors"
	"fmt"
	"testing"

	"lazaret/internal/pe/petest"
)

func TestDetail(t *testing.T) {
	p := petest.Program{
		Wide: true, Library: true, Compiled: 77, Overlay: []byte("behind"),
		Sections: []petest.Section{{Name: ".one", Data: make([]byte, 700)}, {Name: "twotwotw", Data: make([]byte, 100)}},
		Imports:  []petest.Import{{Library: "KERNEL32.dll", Names: []string{"CloseHandle", "Sleep"}}, {Library: "WS2_32.dll", Ordinals: []uint16{16, 900}}},
	}
	b := p.Bytes()
	d, err := ReadDetail(File{Bytes: b, Size: int64(len(b))})
	if err != nil {
		t.Fatal(err)
	}
	im, err := Read(File{Bytes: b, Size: int64(len(b))})
	if err != nil {
		t.Fatal(err)
	}
	if d.Machine != 0x8664 || d.Magic != 0x20b || d.Compiled != 77 || d.ImageBase != 0x400000 || len(d.Directories) != 16 || d.Subsystem != 2 || d.Missed {
		t.Errorf("headers %+v", d)
	}
	if s := fmt.Sprint(d.Imports); s != "[{KERNEL32.dll CloseHandle} {KERNEL32.dll Sleep} {WS2_32.dll recv} {WS2_32.dll ord900}]" {
		t.Errorf("imports %s", s)
	}
	if d.ImportHash != im.ImportHash || d.ImportHash == "" || len(d.Sections) != len(im.Sections) {
		t.Errorf("hash %s and %s, sections %v", d.ImportHash, im.ImportHash, d.Sections)
	}
	if s := d.Sections[1]; s.Name != "twotwotw" || s.RawSize != im.Sections[1].RawSize || s.Flags != im.Sections[1].Flags {
		t.Errorf("section %+v", s)
	}
	if off, ok := d.Offset(d.Sections[0].Address + 5); !ok || off != int64(d.Sections[0].RawOffset)+5 {
		t.Errorf("offset %d, %v", off, ok)
	}
}

// What was not seen is said to be missing; what is no program is no error of ours.
func TestDetailParts(t *testing.T) {
	b := petest.Stub(1, 8000)
	d, err := ReadDetail(File{Bytes: b[:1024], Size: int64(len(b))})
	if err != nil || !d.Missed || d.ImportHash != "" || len(d.Sections) == 0 {
		t.Errorf("a part: %+v, %v", d, err)
	}
	for n := range 600 {
		if d, err := ReadDetail(File{Bytes: b[:n], Size: -1}); err == nil && !d.Missed {
			t.Errorf("%d bytes: nothing is missing", n)
		}
	}
	if _, err := ReadDetail(File{Bytes: []byte("no program"), Size: 10}); !errors.Is(err, ErrForeign) {
		t.Errorf("text: %v", err)
	}
	if _, err := ReadDetail(File{Bytes: b[:70], Size: 70}); !errors.Is(err, ErrShort) {
		t.Errorf("cut: %v", err)
	}
}

func FuzzDetail(f *testing.F) {
	f.Add(petest.Stub(1, 4096), uint16(4096))
	f.Add(petest.Stub(2, 4096), uint16(600))
	f.Fuzz(func(t *testing.T, b []byte, n uint16) {
		d, err := ReadDetail(File{Bytes: b, Size: int64(len(b)), Seen: func(off, k int) bool { return off+k <= int(n) }})
		if err == nil && (len(d.Sections) > maxSections || len(d.Imports) > maxImports || len(d.Exports) > maxExports || d.Resources > maxResources) {
			t.Fatal("a list without bound")
		}
	})
}
