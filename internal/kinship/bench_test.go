package kinship_test

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"

	"lazaret/internal/kinship"
	"lazaret/internal/pe/petest"
)

func BenchmarkSketch(b *testing.B) {
	data := petest.Stub(1, 1<<20)
	var k kinship.Sketcher
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		k.Reset()
		if _, err := k.Write(data); err != nil {
			b.Fatal(err)
		}
	}
}

// crowd is a table of n families of strangers.
func crowd(n int) (*kinship.Families, []*kinship.Sketch) {
	r := rand.New(rand.NewPCG(1, 9))
	table := kinship.NewFamilies(kinship.Config{Families: n})
	var some []*kinship.Sketch
	data := make([]byte, 6000)
	for i := range n {
		for k := 0; k < len(data); k += 8 {
			binary.LittleEndian.PutUint64(data[k:], r.Uint64())
		}
		var k kinship.Sketcher
		if _, err := k.Write(data); err != nil {
			return nil, nil
		}
		s := k.Sketch(nil, nil)
		table.Place(s)
		if i%100 == 0 {
			some = append(some, s)
		}
	}
	return table, some
}

// BenchmarkPlaceKnown looks for files that are known, among 100,000 families; B/family
// is what the table takes.
func BenchmarkPlaceKnown(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	table, some := crowd(100_000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	i := 0
	for b.Loop() {
		if kin := table.Place(some[i%len(some)]); kin.How == kinship.First {
			b.Fatal("not known")
		}
		i++
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/100_000, "B/family")
}

// BenchmarkPlaceNew founds families in a full table, so that each makes another go.
func BenchmarkPlaceNew(b *testing.B) {
	table, _ := crowd(100_000)
	r := rand.New(rand.NewPCG(2, 9))
	fresh := make([]*kinship.Sketch, 2000)
	for i := range fresh {
		fresh[i] = bare(petest.Padding(r, 6000))
	}
	i := 0
	for b.Loop() {
		table.Place(fresh[i%len(fresh)])
		i++
	}
}
