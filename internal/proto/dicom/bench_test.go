package dicom

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// silent is a proto.Flow that keeps nothing.
type silent struct {
	proto.Flow
	conn    event.Conn
	records int
}

func (s *silent) Now() event.Time                 { return 1 }
func (s *silent) Conn() *event.Conn               { return &s.conn }
func (s *silent) SrcMAC() netid.MAC               { return netid.MAC{} }
func (s *silent) Emit(event.Time, event.Payload)  { s.records++ }
func (s *silent) Weird(string, int)               {}
func (s *silent) Pseudonym(string, []byte) string { return "0123456789abcdef0123456789abcdef" }
func (s *silent) Blind(string)                    {}
func (s *silent) Hand(proto.Dir, []byte, string)  {}
func (s *silent) Offer(*proto.Entity) proto.Taker { return nil }

// conversation drives an analyzer as the stream does, without its buffers.
type conversation struct {
	tb   testing.TB
	a    proto.Analyzer
	skip [2]int
}

func (c *conversation) give(d proto.Dir, b []byte, segment int) {
	for len(b) > 0 {
		if n := min(c.skip[d], len(b)); n > 0 {
			c.skip[d] -= n
			b = b[n:]
			continue
		}
		n := min(segment, len(b))
		p, err := c.a.Parse(d, b[:n])
		if err != nil || p.Done < n {
			c.tb.Fatalf("progress %+v of %d bytes, error %v", p, n, err)
		}
		c.skip[d] += p.Done - n
		b = b[n:]
	}
}

func newConversation(tb testing.TB, f proto.Flow) *conversation {
	c := &conversation{tb: tb, a: Spec.New(f).(proto.Analyzer)}
	for _, s := range opened(explicitLE, ctStorage, verificationUID) {
		c.give(s.Dir, s.Data, len(s.Data))
	}
	return c
}

// bulk is n P-DATA-TF of size bytes in the middle of an object.
func bulk(n, size int) []byte {
	var out []byte
	for range n {
		out = append(out, dataPDU(pdvOf(1, 0, make([]byte, size-12)))...)
	}
	return out
}

// TestBulkAllocs holds the promise that a stream of P-DATA costs no allocation.
func TestBulkAllocs(t *testing.T) {
	c := newConversation(t, &silent{})
	c.give(orig, send(1, 1<<20, storeRQ(1), ctObject(explicitLE, 100000)[:50000])[:40000], 1460)
	pdus := bulk(100, 16384)
	c.give(orig, make([]byte, c.skip[orig]), 1460)
	for _, segment := range []int{1460, 100, 7, 1 << 20} {
		if n := testing.AllocsPerRun(20, func() { c.give(orig, pdus, segment) }); n != 0 {
			t.Errorf("segments of %d: allocations per 100 PDUs = %v, want 0", segment, n)
		}
	}
}

// TestEchoAllocs bounds what a small operation costs: its record.
func TestEchoAllocs(t *testing.T) {
	c := newConversation(t, &silent{})
	rqB, rspB := send(3, frag, rq(0x30, 1, verificationUID, false), nil), send(3, frag, rsp(0x30, 1, verificationUID, 0, false), nil)
	if n := testing.AllocsPerRun(100, func() { c.give(orig, rqB, 1460); c.give(resp, rspB, 1460) }); n > 1 {
		t.Errorf("allocations per C-ECHO = %v, want 1", n)
	}
}

func BenchmarkBulk(b *testing.B) {
	for _, bench := range []struct {
		name          string
		size, segment int
	}{
		{"16KiB_in_1460", 16 << 10, 1460}, {"128KiB_in_1460", 128 << 10, 1460}, {"16KiB_in_64KiB", 16 << 10, 64 << 10},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := newConversation(b, &silent{})
			c.give(orig, send(1, frag, storeRQ(1), ctObject(explicitLE, 4000)[:4086])[:4000], 1460)
			c.give(orig, make([]byte, c.skip[orig]), 1460)
			pdus := bulk(64, bench.size)
			b.SetBytes(int64(len(pdus)))
			b.ReportAllocs()
			for b.Loop() {
				c.give(orig, pdus, bench.segment)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/PDU")
		})
	}
}

func BenchmarkEcho(b *testing.B) {
	c := newConversation(b, &silent{})
	rqB, rspB := send(3, frag, rq(0x30, 1, verificationUID, false), nil), send(3, frag, rsp(0x30, 1, verificationUID, 0, false), nil)
	b.ReportAllocs()
	for b.Loop() {
		c.give(orig, rqB, 1460)
		c.give(resp, rspB, 1460)
	}
}

func BenchmarkStore(b *testing.B) {
	c := newConversation(b, &silent{})
	rqB, rspB := send(1, 16372, storeRQ(1), ctObject(explicitLE, 4000)), send(1, frag, storeRSP(1, 0), nil)
	b.ReportAllocs()
	for b.Loop() {
		c.give(orig, rqB, 1460)
		c.give(resp, rspB, 1460)
	}
}

func BenchmarkQuery(b *testing.B) {
	c := newConversation(b, &silent{})
	rqB, rspB := send(1, frag, rq(0x20, 1, worklistFind, true), worklistQuery()), send(1, frag, rsp(0x20, 1, worklistFind, 0, false), nil)
	b.ReportAllocs()
	for b.Loop() {
		c.give(orig, rqB, 1460)
		c.give(resp, rspB, 1460)
	}
}

func BenchmarkAssociation(b *testing.B) {
	segs := join(opened(explicitLE, ctStorage, verificationUID), released())
	b.ReportAllocs()
	for b.Loop() {
		c := &conversation{tb: b, a: Spec.New(&silent{}).(proto.Analyzer)}
		for _, s := range segs {
			c.give(s.Dir, s.Data, 1460)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	c := newConversation(b, &silent{})
	junk := make([]byte, 1<<20)
	for i := range junk {
		junk[i] = byte(i * i >> 3)
	}
	b.SetBytes(int64(len(junk)))
	for b.Loop() {
		a := c.a.(*analyzer)
		a.half[orig] = half{}
		for at := 0; at < len(junk); {
			p, err := a.Parse(orig, junk[at:min(len(junk), at+65536)])
			if err != nil || p.Done == 0 {
				break
			}
			at += p.Done
		}
	}
}

func (*silent) Flip() bool { return false }
