package kinship

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestUniform holds that no run of one byte makes borders, but for its beginning: it
// would fill a sketch.
func TestUniform(t *testing.T) {
	for c := range 256 {
		var k Sketcher
		if _, err := k.Write(bytes.Repeat([]byte{byte(c)}, 10_000)); err != nil {
			t.Fatal(err)
		}
		if s := k.Sketch(nil, nil); len(s.chunks) > 8 {
			t.Errorf("10,000 bytes of %d are %d chunks", c, len(s.chunks))
		}
	}
}

// TestBounds holds that no content makes a sketch large.
func TestBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	period := bytes.Repeat(noise[:1000], 1000)
	for name, b := range map[string][]byte{"noise": noise, "a period of 1,000": period, "a period of 3": bytes.Repeat([]byte("abc"), 300_000)} {
		for _, hole := range []int{0, 100, 7000} {
			var k Sketcher
			for from := 0; from < len(b); from += 8192 {
				to := min(from+8192, len(b))
				if _, err := k.Write(b[from:max(from, to-hole)]); err != nil {
					t.Fatal(err)
				}
				k.Skip(int64(min(hole, to-from)))
			}
			if s := k.Sketch(nil, nil); len(s.chunks) > maxChunks || s.Bytes() > 3<<10 {
				t.Errorf("%s, holes of %d: %d chunks, %d bytes", name, hole, len(s.chunks), s.Bytes())
			}
		}
	}
}

// TestCoarse holds that joining chunks gives what a coarser level would have made at
// once: files of different size are compared by that.
func TestCoarse(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	b := make([]byte, 1<<18)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	var fine, coarse Sketcher
	coarse.level, coarse.stamp = 14, 1
	for _, k := range []*Sketcher{&fine, &coarse} {
		if _, err := k.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	x, y := fine.Sketch(nil, nil), coarse.Sketch(nil, nil)
	if x.level >= y.level {
		t.Fatalf("levels %d and %d: the test says nothing", x.level, y.level)
	}
	x.chunks = x.chunks[:coarsen(x.chunks, 14)]
	if len(x.chunks) != len(y.chunks) || len(y.chunks) < 4 {
		t.Fatalf("%d and %d chunks", len(x.chunks), len(y.chunks))
	}
	for i := range x.chunks {
		if x.chunks[i] != y.chunks[i] {
			t.Errorf("chunk %d: %+v and %+v", i, x.chunks[i], y.chunks[i])
		}
	}
}

func TestAllocs(t *testing.T) {
	b := bytes.Repeat([]byte("some content, and more of it. "), 300)
	var k Sketcher
	if n := testing.AllocsPerRun(50, func() {
		if _, err := k.Write(b); err != nil {
			t.Fatal(err)
		}
		k.Skip(10)
	}); n != 0 {
		t.Errorf("allocations = %v, want 0", n)
	}
}

// TestHolders holds that the lists behind the marks are taken apart as they were made.
func TestHolders(t *testing.T) {
	f := NewFamilies(Config{Families: 5})
	r := rand.New(rand.NewPCG(3, 3))
	core := make([]byte, 3000)
	for i := range core {
		core[i] = byte(r.Uint32())
	}
	for range 300 { // each has a part in common with all others, but is a stranger
		own := make([]byte, 30_000)
		for i := range own {
			own[i] = byte(r.Uint32())
		}
		var k Sketcher
		for _, part := range [][]byte{core, own} {
			if _, err := k.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		f.Place(k.Sketch(nil, nil))
	}
	if f.Len() != 5 || f.Forgotten != 295 {
		t.Fatalf("%d families, %d forgotten", f.Len(), f.Forgotten)
	}
	for f.Len() > 0 {
		f.forget(f.oldest - 1)
	}
	free := 0
	for h := f.vacant; h != 0; h = f.holders[h-1].next {
		free++
	}
	if len(f.known) != 0 || free != len(f.holders) || f.oldest != 0 || f.newest != 0 {
		t.Errorf("%d marks left, %d of %d holders free, ends %d and %d", len(f.known), free, len(f.holders), f.oldest, f.newest)
	}
}

func FuzzPlace(f *testing.F) {
	f.Add([]byte("some content"), uint16(3), uint16(4))
	f.Add(bytes.Repeat([]byte("0123456789abcdef and so on, "), 60), uint16(200), uint16(100))
	f.Fuzz(func(t *testing.T, b []byte, at, skip uint16) {
		table := NewFamilies(Config{Families: 2})
		n := min(int(at), len(b))
		var last string
		for _, hole := range []int64{0, int64(skip), 0} {
			var k Sketcher
			for i, part := range [][]byte{b[:n], b[n:]} {
				if _, err := k.Write(part); err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					k.Skip(hole)
				}
			}
			s := k.Sketch(nil, nil)
			kin := table.Place(s)
			if kin.Similarity < 0 || kin.Similarity > 1 || len(kin.Family) != 16 || kin.How == "" || s.Bytes() > 3<<10 {
				t.Fatalf("%+v", kin)
			}
			if s.weight >= 2*leastTold && hole == 0 && last != "" && kin.Family != last {
				t.Fatalf("the same content is of %s, and of %s", last, kin.Family)
			}
			if hole == 0 {
				last = kin.Family
			}
		}
		if table.Len() > 2 {
			t.Fatal("the table has no limit")
		}
	})
}
