package wire

import (
	"bytes"
	"errors"
	"testing"
)

func TestNumbers(t *testing.T) {
	r := NewReader([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32})
	for i, c := range []struct{ got, want uint64 }{
		{uint64(r.U8()), 0x01},
		{uint64(r.U16()), 0x0203},
		{uint64(r.U24()), 0x040506},
		{uint64(r.U32()), 0x0708090a},
		{r.U64(), 0x0b0c0d0e0f101112},
		{uint64(r.U16LE()), 0x1413},
		{uint64(r.U32LE()), 0x18171615},
		{r.U64LE(), 0x201f1e1d1c1b1a19},
	} {
		if c.got != c.want {
			t.Errorf("number %d is %#x, want %#x", i, c.got, c.want)
		}
	}
	if r.Len() != 0 || r.Off() != 32 || r.Err() != nil || !r.OK() {
		t.Errorf("at the end: %d left at %d, %v", r.Len(), r.Off(), r.Err())
	}
}

// Every read past the end gives zero, moves nothing and is remembered.
func TestShort(t *testing.T) {
	for name, read := range map[string]func(r *Reader) bool{
		"U8":             func(r *Reader) bool { r.Skip(3); return r.U8() == 0 },
		"U16":            func(r *Reader) bool { r.Skip(2); return r.U16() == 0 },
		"U24":            func(r *Reader) bool { r.Skip(1); return r.U24() == 0 },
		"U32":            func(r *Reader) bool { return r.U32() == 0 },
		"U64":            func(r *Reader) bool { return r.U64() == 0 },
		"U16LE":          func(r *Reader) bool { r.Skip(2); return r.U16LE() == 0 },
		"U32LE":          func(r *Reader) bool { return r.U32LE() == 0 },
		"U64LE":          func(r *Reader) bool { return r.U64LE() == 0 },
		"Bytes":          func(r *Reader) bool { return r.Bytes(4) == nil },
		"Bytes negative": func(r *Reader) bool { return r.Bytes(-1) == nil },
		"Bytes largest":  func(r *Reader) bool { r.Skip(1); return r.Bytes(int(^uint(0)>>1)) == nil },
		"Skip":           func(r *Reader) bool { r.Skip(4); return true },
		"Skip negative":  func(r *Reader) bool { r.Skip(2); r.Skip(-1); return true },
		"Sub":            func(r *Reader) bool { s := r.Sub(4); return !s.OK() && s.U8() == 0 && s.Len() == 0 },
		"Sub negative":   func(r *Reader) bool { s := r.Sub(-4); return !s.OK() },
	} {
		r := NewReader([]byte{7, 7, 7})
		if !read(&r) {
			t.Errorf("%s past the end gives something", name)
		}
		off := r.Off()
		if !errors.Is(r.Err(), ErrShort) || r.OK() || r.Len() != 0 {
			t.Errorf("%s past the end was not noticed", name)
		}
		if r.U8() != 0 || r.Bytes(0) != nil || r.Peek(1) != nil || len(r.Rest()) != 0 || r.Off() != off || r.OK() {
			t.Errorf("%s past the end was forgotten", name)
		}
	}
}

func TestPeekAndRest(t *testing.T) {
	r := NewReader([]byte("abcdef"))
	if string(r.Peek(2)) != "ab" || r.Off() != 0 {
		t.Error("Peek moved or read another place")
	}
	if r.Peek(7) != nil || r.Peek(-1) != nil || !r.OK() {
		t.Error("Peek past the end made the reader short")
	}
	if string(r.Bytes(2)) != "ab" || string(r.Rest()) != "cdef" || r.Len() != 0 || !r.OK() || len(r.Rest()) != 0 || !r.OK() {
		t.Error("Rest is not what is left")
	}
	var empty Reader
	if empty.Len() != 0 || !empty.OK() || empty.U8() != 0 || empty.OK() {
		t.Error("the zero value is no empty reader")
	}
}

// A child cannot read its neighbour, also not by appending to what it returned.
func TestSub(t *testing.T) {
	b := []byte("abcdef")
	r := NewReader(b)
	s := r.Sub(3)
	if s.Len() != 3 || r.Off() != 3 || r.Len() != 3 {
		t.Fatalf("the child has %d bytes, its parent stands at %d", s.Len(), r.Off())
	}
	if v := s.Bytes(2); cap(v) != 2 {
		t.Errorf("a slice of 2 bytes has room for %d", cap(v))
	}
	s.U16()
	if s.OK() || !r.OK() || r.U8() != 'd' {
		t.Error("a short child touched its parent")
	}
	if v := r.Peek(1); cap(v) != 1 || &v[0] != &b[4] {
		t.Error("a peek is a copy or has room behind it")
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("0123456789"), []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Fuzz(func(t *testing.T, b, steps []byte) {
		orig := bytes.Clone(b)
		r := NewReader(b)
		for _, s := range steps {
			before, wasOK := r.Off(), r.OK()
			n := int(s>>4) - 1
			switch s & 15 {
			case 0:
				r.U8()
			case 1:
				r.U16()
			case 2:
				r.U24()
			case 3:
				r.U32()
			case 4:
				r.U64()
			case 5:
				r.Bytes(n)
			case 6:
				r.Skip(n)
			case 7:
				r.Peek(n)
			case 8:
				sub := r.Sub(n)
				sub.U32()
			case 9:
				r.Rest()
			}
			if r.Off() < before || r.Off() > len(b) || r.Len() > len(b)-r.Off() || !wasOK && (r.OK() || r.Off() != before) {
				t.Fatalf("step %d: from %d to %d of %d", s, before, r.Off(), len(b))
			}
		}
		if !bytes.Equal(b, orig) {
			t.Error("the input was written to")
		}
	})
}

func TestAllocs(t *testing.T) {
	b := make([]byte, 64)
	if n := testing.AllocsPerRun(100, func() {
		r := NewReader(b)
		s := r.Sub(20)
		s.U32()
		s.Bytes(4)
		r.U64LE()
		r.Rest()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkReader(b *testing.B) {
	in := make([]byte, 64)
	b.ReportAllocs()
	var sum uint64
	for b.Loop() {
		r := NewReader(in)
		for range 8 {
			sum += uint64(r.U16()) + uint64(r.U32())
			s := r.Sub(2)
			sum += uint64(s.U8())
		}
	}
	_ = sum
}
