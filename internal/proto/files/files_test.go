package files

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/pe/petest"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// shelf is a keeper with what it emits.
type shelf struct {
	*keeper
	f    *prototest.Flow
	got  []*Record
	more []*PE
}

func newShelf(memory int) *shelf {
	s := &shelf{f: prototest.NewFlow()}
	s.keeper = Spec.NewKeeper(proto.Keeping{
		Emit: func(_ event.Time, _ *event.Conn, p event.Payload) {
			switch r := p.(type) {
			case *Record:
				s.got = append(s.got, r)
			case *PE:
				s.more = append(s.more, r)
			}
		},
		Memory: memory, Head: 64 << 10, Executable: 1 << 20, Wait: 10e9,
	}).(*keeper)
	return s
}

func (s *shelf) open(info proto.File) proto.Pieces {
	if info.Source == "" {
		info.Source = "TEST"
	}
	return s.Open(s.f, &info)
}

func (s *shelf) one(t *testing.T) *Record {
	t.Helper()
	if len(s.got) != 1 {
		t.Fatalf("%d records", len(s.got))
	}
	if s.used != 0 && s.head == nil {
		t.Errorf("%d bytes are counted and nothing is open", s.used)
	}
	return s.got[0]
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	r.Read(b)
	return b
}

func sums(b []byte) (string, string) {
	m, s := md5.Sum(b), sha256.Sum256(b)
	return hex.EncodeToString(m[:]), hex.EncodeToString(s[:])
}

// TestOrders gives the same file in pieces of many orders.
func TestOrders(t *testing.T) {
	for _, size := range []int{1, 511, 512, 40_000, 64 << 10, 300_000} {
		body := noise(size)
		m, sum := sums(body)
		for round := range 20 {
			s := newShelf(8 << 20)
			r := rand.New(rand.NewPCG(uint64(size), uint64(round)))
			var cuts [][2]int
			for at := 0; at < size; {
				n := min(size-at, 1+r.IntN(size/8+1))
				cuts = append(cuts, [2]int{at, at + n})
				if r.IntN(4) == 0 { // again, a little wider
					cuts = append(cuts, [2]int{max(0, at-3), at + n})
				}
				at += n
			}
			if round > 0 {
				r.Shuffle(len(cuts), func(i, j int) { cuts[i], cuts[j] = cuts[j], cuts[i] })
			}
			p := s.open(proto.File{Size: int64(size)})
			for _, c := range cuts {
				p.At(int64(c[0]), body[c[0]:c[1]])
			}
			p.Close(true)
			got := s.one(t)
			if got.MD5 != m || got.SHA256 != sum || got.Seen != uint64(size) || got.Missing != 0 || len(got.Gaps) > 0 {
				t.Fatalf("size %d round %d: %+v", size, round, got)
			}
			if want := body[:min(size, 64<<10)]; !bytes.Equal(got.Content[:len(want)], want) {
				t.Fatalf("size %d round %d: the beginning was not kept", size, round)
			}
		}
	}
}

func TestHoles(t *testing.T) {
	const size = 5 * pieceLen
	body := noise(size)
	s := newShelf(8 << 20)
	p := s.open(proto.File{Size: size})
	p.At(0, body[:1000])
	p.Missing(1000, 500)
	for at := 1500; at < size; at += 1460 {
		if at/1460 == 200 { // 292000: within the last piece
			continue
		}
		p.At(int64(at), body[at:min(at+1460, size)])
	}
	p.Close(true)
	got := s.one(t)
	_, first := sums(body[:1000])
	want := []string{"0-999:" + first}
	for i := 1; i < 4; i++ {
		_, h := sums(body[i*pieceLen : (i+1)*pieceLen])
		want = append(want, fmt.Sprintf("%d-%d:%s", i*pieceLen, (i+1)*pieceLen-1, h))
	}
	if !slices.Equal(got.Pieces, want) {
		t.Errorf("pieces\n%s\nwant\n%s", strings.Join(got.Pieces, "\n"), strings.Join(want, "\n"))
	}
	at := 1500 + (292000-1500)/1460*1460
	for at/1460 != 200 {
		at += 1460
	}
	if want := []string{"1000-1499", fmt.Sprintf("%d-%d", at, at+1459)}; !slices.Equal(got.Gaps, want) || got.Missing != 1960 || got.MD5 != "" {
		t.Errorf("gaps %v, missing %d, hash %q", got.Gaps, got.Missing, got.MD5)
	}
}

// TestNoOrder has more that comes early than may wait.
func TestNoOrder(t *testing.T) {
	body := noise(3 << 20)
	s := newShelf(32 << 20)
	p := s.open(proto.File{Size: int64(len(body))})
	p.At(1<<20, body[1<<20:]) // more than may wait
	p.At(0, body[:1<<20])
	p.Close(true)
	got := s.one(t)
	if got.SHA256 != "" || got.Overflow != 2<<20 || got.Missing != 0 || len(got.Gaps) > 0 || len(got.Pieces) < 32 {
		t.Errorf("%d pieces, %+v", len(got.Pieces), got)
	}
}

func TestRewritten(t *testing.T) {
	for name, tc := range map[string]struct {
		size int
		hash bool
	}{"kept": {20_000, true}, "long": {200_000, false}} {
		t.Run(name, func(t *testing.T) {
			body := noise(tc.size)
			s := newShelf(8 << 20)
			p := s.open(proto.File{Size: -1, Write: true})
			p.At(0, body)
			p.At(0, []byte("new head"))
			p.At(int64(tc.size-3), []byte("end"))
			p.Close(true)
			copy(body, "new head")
			copy(body[tc.size-3:], "end")
			got := s.one(t)
			if _, sum := sums(body); (got.SHA256 == sum) != tc.hash || (got.SHA256 != "") != tc.hash || !got.Rewritten {
				t.Errorf("%+v", got)
			}
		})
	}
	s := newShelf(8 << 20)
	p := s.open(proto.File{Size: -1})
	p.At(0, noise(200_000))
	p.At(0, noise(200_000)[:100]) // read twice
	p.Close(true)
	if _, sum := sums(noise(200_000)); s.one(t).SHA256 != sum {
		t.Error("what is read twice has no hash")
	}
}

func TestSeveralCarriers(t *testing.T) {
	body := noise(100_000)
	_, sum := sums(body)
	s := newShelf(8 << 20)
	a := s.open(proto.File{Size: -1, Key: "k"})
	second := prototest.NewFlow()
	second.ID.UID, second.ID.Orig, second.ID.Resp = "COther", second.ID.Resp, second.ID.Orig
	b := s.Open(second, &proto.File{Source: "TEST", Size: int64(len(body)), Key: "k"})
	a.At(0, body[:30_000])
	b.At(60_000, body[60_000:])
	a.Close(false)
	b.At(30_000, body[30_000:60_000])
	b.Close(true)
	got := s.one(t)
	if got.SHA256 != sum || !slices.Equal(got.UIDs, []string{"COther"}) {
		t.Errorf("%+v", got)
	}
	s.got = nil
	c := s.open(proto.File{Size: 10, Key: "k"})
	c.At(0, []byte("hello"))
	c.Close(true)
	if s.Advance(s.now + 9e9); len(s.got) != 0 {
		t.Error("the rest was not waited for")
	}
	if s.Advance(s.now + 2e9); len(s.got) != 1 || !slices.Equal(s.got[0].Gaps, []string{"5-9"}) {
		t.Errorf("%+v", s.got)
	}
}

func TestBounded(t *testing.T) {
	s := newShelf(1 << 20)
	for i := range 3000 {
		p := s.open(proto.File{Size: 1 << 40, Key: fmt.Sprint(i)})
		p.At(0, noise(3000))
		p.At(1<<30, noise(900))
		if s.used > 1<<20 {
			t.Fatalf("%d bytes after %d files", s.used, i)
		}
	}
	if len(s.got) < 2500 || !s.got[0].GivenUp {
		t.Errorf("%d records", len(s.got))
	}
	if s.Flush(); len(s.got) != 3000 || s.used != 0 || len(s.named) != 0 {
		t.Errorf("%d records, %d bytes, %d names", len(s.got), s.used, len(s.named))
	}
}

func TestNothing(t *testing.T) {
	s := newShelf(1 << 20)
	p := s.open(proto.File{Size: 10})
	p.At(-5, []byte("x"))
	p.At(1<<63-1, []byte("xyz"))
	p.Close(true)
	p.At(0, []byte("late"))
	p.Close(true)
	if s.Flush(); len(s.got) != 0 || s.used != 0 {
		t.Errorf("%d records, %d bytes", len(s.got), s.used)
	}
}

// TestProgramBackwards holds that a program is kept whole although its head comes last.
func TestProgramBackwards(t *testing.T) {
	b := petest.Stub(3, 300_000)
	s := newShelf(8 << 20)
	p := s.open(proto.File{Size: int64(len(b))})
	for at := (len(b) - 1) &^ 0x7fff; at >= 0; at -= 0x8000 {
		p.At(int64(at), b[at:min(at+0x8000, len(b))])
	}
	p.Close(true)
	if got := s.one(t); !got.Whole || !bytes.Equal(got.Content, b) || got.TLSH == "" || !got.Runs {
		t.Errorf("whole %v, %d bytes of %d kept, TLSH %q", got.Whole, len(got.Content), len(b), got.TLSH)
	}
}

// FuzzPieces gives pieces as the fuzzer says and compares with a plain array.
func FuzzPieces(f *testing.F) {
	f.Add([]byte{0, 10, 20, 5, 10, 10}, false)
	f.Fuzz(func(t *testing.T, script []byte, write bool) {
		var body [1 << 16]byte
		var have [1 << 16]bool
		s := newShelf(1 << 20)
		p := s.open(proto.File{Size: -1, Write: write})
		end := 0
		for i := 0; i+2 < len(script) && i < 300; i += 3 {
			off, n := int(script[i])<<7, int(script[i+1])<<1
			if script[i+2] == 255 {
				p.Missing(int64(off), int64(n))
				continue
			}
			piece := bytes.Repeat([]byte{script[i+2]}, n)
			for k, c := range piece {
				if !have[off+k] || write {
					body[off+k], have[off+k] = c, true
				}
			}
			if n > 0 {
				end = max(end, off+n)
			}
			p.At(int64(off), piece)
		}
		p.Sized(int64(end))
		p.Close(true)
		if end == 0 {
			return
		}
		whole := !slices.Contains(have[:end], false)
		got := s.one(t)
		if _, sum := sums(body[:end]); whole != (got.SHA256 == sum) {
			t.Errorf("whole %v: %+v", whole, got)
		}
	})
}

func BenchmarkInOrder(b *testing.B) {
	body := noise(1 << 20)
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		s := newShelf(8 << 20)
		p := s.open(proto.File{Size: 1 << 20})
		for at := 0; at < len(body); at += 1460 {
			p.At(int64(at), body[at:min(at+1460, len(body))])
		}
		p.Close(true)
	}
}
