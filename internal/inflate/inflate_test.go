package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"testing"
)

// ended says that the stream is whole.
func (s *Stream) ended() bool { return s.at == atEnd || s.at == atWrapper && s.members > 0 }

// wrapped compresses b in a form: 0 gzip, 1 zlib, 2 plain deflate.
func wrapped(form, level int, b []byte) []byte {
	var out bytes.Buffer
	var w io.WriteCloser
	switch form {
	case 0:
		z, _ := gzip.NewWriterLevel(&out, level)
		z.Name, z.Comment, z.Extra = "a name", "a comment", []byte("extra")
		w = z
	case 1:
		w, _ = zlib.NewWriterLevel(&out, level)
	default:
		w, _ = flate.NewWriter(&out, level)
	}
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func format(form int) Format {
	if form == 0 {
		return Gzip
	}
	return Zlib
}

// undo gives b in pieces of at most n bytes and returns what came of them.
func undo(s *Stream, f Format, b []byte, n int) []byte {
	s.Reset(f)
	var out []byte
	for len(b) > 0 {
		k := min(n, len(b))
		s.Feed(b[:k])
		b = b[k:]
		for c := s.Next(); len(c) > 0; c = s.Next() {
			out = append(out, c...)
		}
	}
	return out
}

// text makes bytes that compress like text or a picture.
func text(r *rand.Rand, n int) []byte {
	b := make([]byte, 0, n)
	for len(b) < n {
		switch r.IntN(4) {
		case 0:
			for range r.IntN(200) {
				b = append(b, byte(r.IntN(256)))
			}
		case 1:
			b = append(b, bytes.Repeat([]byte{byte(r.IntN(4))}, r.IntN(3000))...)
		default:
			if len(b) > 10 {
				from := len(b) - 1 - r.IntN(min(len(b)-1, 32<<10))
				b = append(b, b[from:min(len(b), from+r.IntN(400))]...)
			} else {
				b = append(b, "0123456789"...)
			}
		}
	}
	return b[:n]
}

func TestPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := new(Stream)
	for form := range 3 {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, flate.BestSpeed, flate.BestCompression} {
			for _, size := range []int{0, 1, 100, 5000, 32 << 10, 33_000, 300_000} {
				clear := text(r, size)
				coded := wrapped(form, level, clear)
				for _, n := range []int{1, 7, 1460, len(coded)} {
					got := undo(s, format(form), coded, n)
					if !bytes.Equal(got, clear) || s.Err() != nil || !s.ended() {
						t.Fatalf("form %d level %d size %d by %d: %d bytes, %v, ended %v", form, level, size, n, len(got), s.Err(), s.ended())
					}
				}
				if len(coded) > 20 {
					cut := undo(s, format(form), coded[:len(coded)/2], 100)
					if !bytes.HasPrefix(clear, cut) || s.ended() || s.Err() != nil {
						t.Fatalf("form %d level %d size %d cut: %v", form, level, size, s.Err())
					}
				}
			}
		}
	}
}

// TestAtOnce holds that what a piece brings comes out with it.
func TestAtOnce(t *testing.T) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write([]byte("first words"))
	z.Flush()
	s := new(Stream)
	if got := undo(s, Gzip, out.Bytes(), 1<<20); string(got) != "first words" {
		t.Errorf("got %q", got)
	}
}

func TestMembers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	a, b := text(r, 50_000), text(r, 70_000)
	s := new(Stream)
	both := append(wrapped(0, 6, a), wrapped(0, 6, b)...)
	if got := undo(s, Gzip, append(both, "junk behind"...), 999); !bytes.Equal(got, append(a, b...)) || s.Err() != nil || !s.ended() {
		t.Errorf("%d bytes, %v", len(got), s.Err())
	}
}

func TestWrong(t *testing.T) {
	clear := bytes.Repeat([]byte("some words "), 100)
	for form := range 3 {
		coded := wrapped(form, 6, clear)
		wrong := bytes.Clone(coded)
		wrong[len(wrong)-1] ^= 1
		s := new(Stream)
		if got := undo(s, format(form), wrong, 10); form < 2 && (s.Err() == nil || !bytes.Equal(got, clear)) {
			t.Errorf("form %d: a wrong checksum passes", form)
		}
	}
	for name, b := range map[string]string{
		"no gzip": "plain text", "block type 3": "\x07", "stored length": "\x01\x05\x00\x00\x00hello",
		"distance before the start": "\x4b\x04\xf1\xff", "too many codes": "\xfd\xff\xff",
	} {
		f := Zlib
		if name == "no gzip" {
			f = Gzip
		}
		s := new(Stream)
		undo(s, f, []byte(b+"        "), 3)
		if s.Err() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAllocs(t *testing.T) {
	coded := wrapped(0, 6, text(rand.New(rand.NewPCG(5, 6)), 100_000))
	s := new(Stream)
	if n := testing.AllocsPerRun(10, func() {
		s.Reset(Gzip)
		for b := coded; len(b) > 0; {
			k := min(len(b), 1460)
			s.Feed(b[:k])
			b = b[k:]
			for c := s.Next(); len(c) > 0; c = s.Next() {
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzStream compares with the standard library.
func FuzzStream(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	for form := range 3 {
		f.Add(wrapped(form, 6, text(r, 3000)), 9, form == 0)
		f.Add(wrapped(form, flate.HuffmanOnly, text(r, 300)), 1, form == 0)
	}
	f.Add([]byte("\x01\x05\x00\xfa\xffhello"), 2, false)
	f.Fuzz(func(t *testing.T, b []byte, n int, zipped bool) {
		if len(b) > 4096 {
			return
		}
		s := new(Stream)
		format := Zlib
		if zipped {
			format = Gzip
		}
		got := undo(s, format, b, 1+n&1023)
		if again := undo(s, format, b, len(b)); !bytes.Equal(got, again) {
			t.Fatalf("%d bytes in pieces, %d at once", len(got), len(again))
		}
		if zipped || len(b) < 2 || !s.raw {
			return
		}
		want, err := io.ReadAll(flate.NewReader(bytes.NewReader(b)))
		if s.ended() != (err == nil) || (s.Err() != nil) != (err != nil && err != io.ErrUnexpectedEOF) && err != io.ErrUnexpectedEOF {
			t.Fatalf("%v, want %v", s.Err(), err)
		}
		if !bytes.HasPrefix(got, want) || err == nil && len(got) != len(want) {
			t.Fatalf("%d bytes, want %d", len(got), len(want))
		}
	})
}

func BenchmarkStream(b *testing.B) {
	clear := text(rand.New(rand.NewPCG(9, 9)), 1<<20)
	coded := wrapped(0, 6, clear)
	s := new(Stream)
	b.SetBytes(int64(len(clear)))
	b.ReportAllocs()
	for b.Loop() {
		s.Reset(Gzip)
		for in := coded; len(in) > 0; {
			k := min(len(in), 1460)
			s.Feed(in[:k])
			in = in[k:]
			for c := s.Next(); len(c) > 0; c = s.Next() {
			}
		}
	}
}

// BenchmarkLibrary reads the same with the standard library.
func BenchmarkLibrary(b *testing.B) {
	clear := text(rand.New(rand.NewPCG(9, 9)), 1<<20)
	coded := wrapped(0, 6, clear)
	z := new(gzip.Reader)
	b.SetBytes(int64(len(clear)))
	for b.Loop() {
		z.Reset(bytes.NewReader(coded))
		io.Copy(io.Discard, z)
	}
}
