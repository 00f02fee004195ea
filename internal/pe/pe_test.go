package pe_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"lazaret/internal/pe"
	"lazaret/internal/pe/petest"
)

// program is a small one with everything that petest builds.
func program(wide bool) petest.Program {
	return petest.Program{
		Wide: wide, Compiled: 1467139314,
		Sections: []petest.Section{{Name: ".rdata", Data: bytes.Repeat([]byte("inert padding. "), 90)}, {Name: "\x01odd", Data: []byte{1}}},
		Imports: []petest.Import{
			{Library: "KERNEL32.dll", Names: []string{"Sleep", "ExitProcess"}},
			{Library: "WS2_32.dll", Ordinals: []uint16{23, 115, 999}},
			{Library: "OLEAUT32.DLL", Ordinals: []uint16{2}},
			{Library: "Other.drv", Names: []string{"f"}, Ordinals: []uint16{7}},
			{Library: "driver.sys", Names: []string{"?g@@YAXXZ"}},
		},
		Overlay: []byte("overlay"),
	}
}

const wantImports = "kernel32.sleep,kernel32.exitprocess,ws2_32.socket,ws2_32.wsastartup,ws2_32.ord999," +
	"oleaut32.sysallocstring,other.drv.f,other.drv.ord7,driver.?g@@yaxxz"

func whole(b []byte) pe.File { return pe.File{Bytes: b, Size: int64(len(b))} }

func TestFacts(t *testing.T) {
	for _, wide := range []bool{false, true} {
		b := program(wide).Bytes()
		im, err := pe.Read(whole(b))
		if err != nil {
			t.Fatal(err)
		}
		machine := "I386"
		if wide {
			machine = "AMD64"
		}
		if im.Machine != machine || im.Is64Bit != wide || im.Compiled != 1467139314 || im.OS != "Windows 7 or Server 2008 R2" ||
			im.Subsystem != "WINDOWS_GUI" || !im.IsExe || !im.Optional || !im.UsesASLR || !im.UsesDEP || im.UsesCodeIntegrity ||
			!im.UsesSEH || !im.HasImportTable || im.HasExportTable || im.HasCertTable || im.HasDebugData || im.IsDLL || im.Partial {
			t.Errorf("facts = %+v", im)
		}
		if want := []string{".rdata", `\x01odd`, ".idata"}; !slices.Equal(im.SectionNames, want) {
			t.Errorf("sections = %q, want %q", im.SectionNames, want)
		}
		sum := md5.Sum([]byte(wantImports))
		if want := hex.EncodeToString(sum[:]); im.ImportHash != want || im.Imports != 9 {
			t.Errorf("import hash = %s of %d, want %s of 9", im.ImportHash, im.Imports, want)
		}
		if im.Overlay != 7 {
			t.Errorf("overlay = %d, want 7", im.Overlay)
		}
		raw := make([]byte, 1536)
		copy(raw, program(wide).Sections[0].Data)
		digest := sha256.Sum256(raw)
		if s := im.Sections[0]; s.SHA256 != hex.EncodeToString(digest[:]) || s.VirtualSize != 1350 || s.RawSize != 1536 || s.Entropy < 3 || s.Entropy > 4 {
			t.Errorf("section = %+v", s)
		}
	}
}

// TestCut holds that a file cut anywhere says less, never anything else.
func TestCut(t *testing.T) {
	b := program(true).Bytes()
	full, err := pe.Read(whole(b))
	if err != nil {
		t.Fatal(err)
	}
	short := 0
	for n := range len(b) {
		im, err := pe.Read(pe.File{Bytes: b[:n], Size: int64(len(b))})
		if err != nil {
			if !errors.Is(err, pe.ErrShort) {
				t.Fatalf("cut at %d: %v", n, err)
			}
			short++
			continue
		}
		less(t, n, im, full)
	}
	if short != 0x80+24 {
		t.Errorf("%d lengths are too short, want %d", short, 0x80+24)
	}
}

func less(t *testing.T, n int, im, full *pe.Image) {
	t.Helper()
	if im.Machine != full.Machine || im.Optional && im.OS != full.OS {
		t.Errorf("cut at %d: %+v", n, im)
	}
	if im.ImportHash != "" && im.ImportHash != full.ImportHash {
		t.Errorf("cut at %d: another import hash", n)
	}
	for i, s := range im.Sections {
		if s.SHA256 != "" && s.SHA256 != full.Sections[i].SHA256 {
			t.Errorf("cut at %d: another hash of section %d", n, i)
		}
	}
	if im.ImportHash == "" && !im.Partial {
		t.Errorf("cut at %d: not said to be partial", n)
	}
}

// TestHoles holds that bytes that were not seen are not believed.
func TestHoles(t *testing.T) {
	b := program(false).Bytes()
	full, err := pe.Read(whole(b))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		from := 0x80 + 24 + r.IntN(len(b)-0x80-24)
		to := min(len(b), from+1+r.IntN(600))
		c := petest.Overwrite(b[:to], r, from, to-from)
		c = append(c, b[to:]...)
		im, err := pe.Read(pe.File{Bytes: c, Size: int64(len(b)), Seen: func(off, n int) bool { return off+n <= from || off >= to }})
		if err != nil {
			t.Fatal(err)
		}
		if im.ImportHash != "" && im.ImportHash != full.ImportHash {
			t.Fatalf("hole %d..%d: another import hash", from, to)
		}
		for _, s := range im.Sections {
			if s.SHA256 != "" && !slices.ContainsFunc(full.Sections, func(o pe.Section) bool { return o.SHA256 == s.SHA256 }) {
				t.Fatalf("hole %d..%d: another hash of section %s", from, to, s.Name)
			}
		}
	}
}

func TestForeign(t *testing.T) {
	b := program(false).Bytes()
	ne := bytes.Clone(b)
	copy(ne[0x80:], "NE")
	far := bytes.Clone(b)
	far[63] = 0x7f
	for name, c := range map[string][]byte{"empty": {}, "text": []byte("not a program"), "short MZ": []byte("MZ"), "NE": ne, "far": far} {
		if _, err := pe.Read(whole(c)); !errors.Is(err, pe.ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pe.Read(pe.File{Bytes: []byte("MZ"), Size: -1}); !errors.Is(err, pe.ErrShort) {
		t.Errorf("a head cut short: %v", err)
	}
}

// TestGreedy holds that tables that claim the whole file again and again cost little:
// the work is bounded by bytes, so the test ends at all.
func TestGreedy(t *testing.T) {
	p := petest.Program{Imports: []petest.Import{{Library: "a.dll", Names: []string{"f"}}}}
	for range 95 {
		p.Sections = append(p.Sections, petest.Section{Name: ".x", Data: []byte{1}})
	}
	b := p.Bytes()
	b = append(b, make([]byte, 8<<20)...)
	for i := range 95 {
		h := b[0x80+24+96+16*8+40*i:]
		copy(h[16:], []byte{0, 0, 0x80, 0}) // 8 MiB
		copy(h[20:], []byte{0, 2, 0, 0})
	}
	im, err := pe.Read(whole(b))
	if err != nil {
		t.Fatal(err)
	}
	hashed := 0
	for _, s := range im.Sections {
		if s.SHA256 != "" {
			hashed++
		}
	}
	if hashed > 3 {
		t.Errorf("%d sections of the whole file were hashed", hashed)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(program(false).Bytes(), uint16(0), uint16(0))
	f.Add(program(true).Bytes(), uint16(300), uint16(20))
	f.Add([]byte("MZ"), uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, b []byte, from, n uint16) {
		hole := func(off, k int) bool { return off+k <= int(from) || off >= int(from)+int(n) }
		for _, file := range []pe.File{whole(b), {Bytes: b, Size: -1}, {Bytes: b, Size: int64(len(b)) + 1000, Seen: hole}} {
			im, err := pe.Read(file)
			if (im == nil) == (err == nil) {
				t.Fatal("an image and an error, or none of both")
			}
			if im != nil && (len(im.Sections) > 96 || len(im.Libraries) > 64) {
				t.Fatal("a table without limit")
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	file := petest.Stub(1, 600<<10)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := pe.Read(whole(file)); err != nil {
			b.Fatal(err)
		}
	}
}
