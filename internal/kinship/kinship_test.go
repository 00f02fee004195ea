package kinship_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"lazaret/internal/kinship"
	"lazaret/internal/pe"
	"lazaret/internal/pe/petest"
)

// sketch is that of a whole file, as whoever stores files makes it.
func sketch(b []byte) *kinship.Sketch {
	var k kinship.Sketcher
	if _, err := k.Write(b); err != nil {
		return nil
	}
	im, err := pe.Read(pe.File{Bytes: b, Size: int64(len(b))})
	if err != nil {
		im = nil
	}
	sum := sha256.Sum256(b)
	return k.Sketch(sum[:], im)
}

// mutate is a copy with one run changed, of up to most bytes.
func mutate(b []byte, r *rand.Rand, most int) []byte {
	n := min(64+r.IntN(most-63), most)
	switch r.IntN(3) {
	case 0:
		return petest.Insert(b, r, r.IntN(len(b)), n)
	case 1:
		return petest.Overwrite(b, r, r.IntN(len(b)), n)
	default:
		return petest.Append(b, r, n)
	}
}

// grouping measures how families agree with the truth, over all pairs.
func grouping(truth, found []string) (precision, recall float64) {
	var both, inTruth, inFound float64
	for i := range truth {
		for j := range i {
			t, f := truth[i] == truth[j], found[i] == found[j]
			if t {
				inTruth++
			}
			if f {
				inFound++
			}
			if t && f {
				both++
			}
		}
	}
	return both / max(inFound, 1), both / max(inTruth, 1)
}

// TestFamilies is the promise of the package: 200 stubs of 20 families, each copy with
// a random run inserted, written over or appended, in random order, find each other
// and nobody else. Sizes go from 4 to 512 KiB, runs up to a quarter of the file and
// 8 KiB. The second round leaves out the facts of the program, so that only the bytes
// tell.
func TestFamilies(t *testing.T) {
	for _, facts := range []bool{true, false} {
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, 11))
			type file struct {
				family string
				b      []byte
			}
			var files []file
			for i := range 20 {
				size := 4096 << (i % 7)
				stub := petest.Stub(seed<<32|uint64(i), size+r.IntN(size))
				for range 10 {
					files = append(files, file{fmt.Sprint(i), mutate(stub, r, min(8192, len(stub)/4))})
				}
			}
			r.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
			table := kinship.NewFamilies(kinship.DefaultConfig())
			var truth, found []string
			for _, f := range files {
				s := sketch(f.b)
				if !facts {
					s = bare(f.b)
				}
				truth = append(truth, f.family)
				found = append(found, table.Place(s).Family)
			}
			p, rec := grouping(truth, found)
			t.Logf("facts %v, seed %d: precision %.4f, recall %.4f, %d families", facts, seed, p, rec, table.Len())
			if p < 0.99 || rec < 0.99 {
				t.Errorf("facts %v, seed %d: precision %.4f, recall %.4f, want 0.99", facts, seed, p, rec)
			}
		}
	}
}

// bare is a sketch without the facts of the program.
func bare(b []byte) *kinship.Sketch {
	var k kinship.Sketcher
	if _, err := k.Write(b); err != nil {
		return nil
	}
	sum := sha256.Sum256(b)
	return k.Sketch(sum[:], nil)
}

// TestInstaller is a file of 600 KiB of which each copy has its own run.
func TestInstaller(t *testing.T) {
	r := rand.New(rand.NewPCG(600, 1))
	stub := petest.Stub(600, 600<<10)
	table := kinship.NewFamilies(kinship.DefaultConfig())
	first := table.Place(bare(stub)).Family
	for range 100 {
		at := r.IntN(len(stub) - 8192)
		n := 64 + r.IntN(8129)
		for _, b := range [][]byte{petest.Insert(stub, r, at, n), petest.Overwrite(stub, r, at, n), petest.Append(stub, r, n)} {
			if kin := table.Place(bare(b)); kin.Family != first || kin.How != kinship.Run || kin.Similarity < 0.8 {
				t.Errorf("run of %d at %d: %+v", n, at, kin)
			}
		}
	}
}

// TestSections holds that a program whose sections and imports agree is kin, though
// more of its bytes differ than agree.
func TestSections(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	imports := []petest.Import{{Library: "KERNEL32.dll", Names: []string{"Sleep", "ReadFile", "WriteFile"}}}
	code := petest.Padding(r, 40000)
	program := func(imports []petest.Import, overlay int) []byte {
		p := petest.Program{Sections: []petest.Section{{Name: ".rdata", Data: code}, {Name: ".rsrc", Data: petest.Padding(r, 20000)}},
			Imports: imports, Overlay: petest.Padding(r, overlay)}
		return p.Bytes()
	}
	table := kinship.NewFamilies(kinship.DefaultConfig())
	first := table.Place(sketch(program(imports, 300_000)))
	if kin := table.Place(sketch(program(imports, 400_000))); kin.Family != first.Family || kin.How != kinship.Sections || kin.Similarity < 0.5 {
		t.Errorf("same sections and imports: %+v", kin)
	}
	other := []petest.Import{{Library: "USER32.dll", Names: []string{"MessageBoxW"}}}
	if kin := table.Place(sketch(program(other, 400_000))); kin.How != kinship.First {
		t.Errorf("same section, other imports: %+v", kin)
	}
}

// TestSame holds what a founder and an equal file are told.
func TestSame(t *testing.T) {
	table := kinship.NewFamilies(kinship.DefaultConfig())
	b := petest.Stub(1, 9000)
	sum := sha256.Sum256(b)
	want := kinship.Kin{Family: hex.EncodeToString(sum[:8]), How: kinship.First, Similarity: 1}
	if kin := table.Place(sketch(b)); kin != want {
		t.Errorf("the first: %+v, want %+v", kin, want)
	}
	want.How = kinship.Same
	if kin := table.Place(sketch(b)); kin != want {
		t.Errorf("the second: %+v, want %+v", kin, want)
	}
	empty := table.Place(sketch(nil))
	for _, b := range [][]byte{make([]byte, 100_000), []byte("x"), make([]byte, 100_001)} {
		if kin := table.Place(sketch(b)); kin.How != kinship.First || kin.Family == empty.Family {
			t.Errorf("%d bytes that say nothing: %+v", len(b), kin)
		}
	}
}

// lossy is a sketch of a file of which some pieces were not seen.
func lossy(b []byte, r *rand.Rand, piece int, loss float64) *kinship.Sketch {
	var k kinship.Sketcher
	for len(b) > 0 {
		n := min(piece, len(b))
		if r.Float64() < loss {
			k.Skip(int64(n))
		} else if _, err := k.Write(b[:n]); err != nil {
			return nil
		}
		b = b[n:]
	}
	return k.Sketch(nil, nil)
}

// TestPartial holds that files of which parts are missing find their kin.
func TestPartial(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	stub, other := petest.Stub(77, 600<<10), petest.Stub(78, 600<<10)
	table := kinship.NewFamilies(kinship.DefaultConfig())
	first := table.Place(lossy(stub, r, 1460, 0.01)) // the founder itself is not whole
	table.Place(bare(other))
	for range 50 {
		b := mutate(stub, r, 8192)
		for name, s := range map[string]*kinship.Sketch{
			"1 % lost": lossy(b, r, 1460, 0.01), "5 % lost": lossy(b, r, 1460, 0.05), "whole": bare(b),
		} {
			if kin := table.Place(s); kin.Family != first.Family || kin.How != kinship.Run {
				t.Errorf("%s: %+v", name, kin)
			}
		}
	}
	head := func(b []byte, n int) *kinship.Sketch { // what is kept of any file
		var k kinship.Sketcher
		if _, err := k.Write(b[:n]); err != nil {
			t.Fatal(err)
		}
		k.Skip(int64(len(b) - n))
		return k.Sketch(nil, nil)
	}
	for _, n := range []int{300 << 10, 128 << 10, 96 << 10} {
		if kin := table.Place(head(stub, n)); kin.Family != first.Family {
			t.Errorf("the first %d bytes: %+v", n, kin)
		}
	}
	if kin := table.Place(head(petest.Stub(79, 600<<10), 128<<10)); kin.How != kinship.First {
		t.Errorf("the head of a stranger: %+v", kin)
	}
}

// TestLarge holds that a file of which only the head was kept, but whose hash is known,
// is told to be the same when it comes again.
func TestLarge(t *testing.T) {
	b := petest.Stub(6, 200_000)
	sum := sha256.Sum256(b)
	table := kinship.NewFamilies(kinship.DefaultConfig())
	family := hex.EncodeToString(sum[:8])
	for _, how := range []string{kinship.First, kinship.Same} {
		var k kinship.Sketcher
		if _, err := k.Write(b[:100_000]); err != nil {
			t.Fatal(err)
		}
		k.Skip(100_000)
		kin := table.Place(k.Sketch(sum[:], nil))
		if kin.How != how || kin.Family != family {
			t.Errorf("%+v, want %s %s", kin, how, family)
		}
	}
	if kin := table.Place(bare(petest.Append(b, rand.New(rand.NewPCG(1, 1)), 100))); kin.Family != family || kin.How != kinship.Run {
		t.Errorf("a copy: %+v", kin)
	}
}

// TestCuts holds that the cuts of the content do not matter.
func TestCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	b := petest.Stub(3, 100_000)
	for range 20 {
		table := kinship.NewFamilies(kinship.DefaultConfig())
		first := table.Place(lossy(b, r, len(b), 0))
		second := table.Place(lossy(b, r, 1+r.IntN(3000), 0))
		if second.Family != first.Family || second.Similarity != 1 {
			t.Fatalf("cut: %+v, %+v", first, second)
		}
	}
}

// TestForget holds that the table is bounded, forgets what was not seen for longest,
// and names a family alike when it comes again.
func TestForget(t *testing.T) {
	table := kinship.NewFamilies(kinship.Config{Families: 10})
	name := func(i int) string { return table.Place(sketch(petest.Stub(uint64(i), 5000))).Family }
	old := name(0)
	for i := range 500 {
		name(i + 1)
		if kin := table.Place(sketch(petest.Stub(0, 5000))); kin.How != kinship.Same { // seen often: stays
			t.Fatalf("after %d others: %+v", i, kin)
		}
	}
	if table.Len() != 10 || table.Forgotten != 491 {
		t.Errorf("%d families, %d forgotten; want 10 and 491", table.Len(), table.Forgotten)
	}
	if kin := table.Place(sketch(petest.Stub(1, 5000))); kin.How != kinship.First {
		t.Errorf("what was forgotten is known: %+v", kin)
	}
	for i := range 20 {
		name(1000 + i)
	}
	if kin := table.Place(sketch(petest.Stub(0, 5000))); kin.How != kinship.First || kin.Family != old {
		t.Errorf("a family that comes again: %+v, want %s", kin, old)
	}
}
