package prototest

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Exchange puts a conversation of datagrams on the wire, one second a datagram,
// between 192.0.2.1:src and 192.0.2.2:dst.
func Exchange(src, dst uint16, said []Segment) []capture.Frame {
	id := NewFlow().ID
	w := &wire{ends: [2]netid.Endpoint{{IP: id.Orig.IP, Port: src}, {IP: id.Resp.IP, Port: dst}}}
	for i, s := range said {
		f := w.frame(int(s.Dir), 0, 0, nil)
		b := f.Data[:42]
		binary.BigEndian.PutUint16(b[16:], uint16(28+len(s.Data)))
		b[23] = 17
		binary.BigEndian.PutUint16(b[38:], uint16(8+len(s.Data)))
		b[40], b[41] = 0, 0 // no checksum
		b = append(b, s.Data...)
		w.list = append(w.list, capture.Frame{
			Index: uint64(i + 1), Time: start + event.Time(i)*1_000_000_000, Data: b, Len: len(b), Link: capture.LinkEthernet})
	}
	return w.list
}

// Packets runs the checks of Datagrams on datagrams written in a test: the same
// records on a strange port, none from the bytes of others on the protocol's own,
// and neither panic nor record without bound when datagrams are cut or damaged.
func Packets(t *testing.T, spec *proto.Spec, said []Segment) {
	t.Helper()
	records, _ := Run(t, Exchange(49152, spec.Ports[0], said), spec)
	want := Still(JSON(records, spec))
	if want == "" {
		t.Fatal("the datagrams give no record")
	}
	moved, _ := Run(t, Exchange(49152, 49999, said), spec)
	if d := diff(Still(JSON(moved, spec)), want); d != "" {
		t.Errorf("on a strange port: %s", d)
	}
	for what, text := range map[string]string{
		"text": "GET / HTTP/1.1\r\n", "ones": "\xff\xff\xff", "zeros": "\x00", "dns": "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01",
		"cldap": "\x30\x0c\x02\x01\x01\x63\x84\x00\x00\x00\x03\x04\x00\x0a\x01",
	} {
		alien := make([]Segment, len(said))
		for i, s := range said {
			b := make([]byte, len(s.Data))
			for k := range b {
				b[k] = text[k%len(text)]
			}
			alien[i] = Segment{Dir: s.Dir, Data: b}
		}
		if _, st := Run(t, Exchange(49152, spec.Ports[0], alien), spec); st.Attached[spec.Name] != 0 {
			t.Errorf("%s on its port was taken for %s", what, spec.Name)
		}
	}
	Damage(t, spec, said)
}

// Damage gives datagrams, or payloads of link-layer frames, cut at every length
// and with flipped bits to the analyzer: it must not panic, and must not say more
// than the sound ones gave and two records for each.
func Damage(t *testing.T, spec *proto.Spec, said []Segment) {
	t.Helper()
	play := func(said []Segment) int {
		f := NewFlow()
		a := spec.New(f).(proto.Datagram)
		for _, s := range said {
			f.Time += 1_000_000
			if spec.Probe != nil {
				spec.Probe(s.Dir, s.Data)
			}
			_ = a.Packet(s.Dir, s.Data)
		}
		a.Close()
		return len(f.Records)
	}
	most := play(said) + 2*len(said)
	r := rand.New(rand.NewPCG(1, 2))
	for i, s := range said {
		other := append([]Segment(nil), said...)
		for n := range s.Data {
			other[i].Data = s.Data[:n:n]
			if got := play(other); got > most {
				t.Fatalf("datagram %d cut at %d: %d records", i, n, got)
			}
		}
		for range 200 {
			b := append([]byte(nil), s.Data...)
			for range 1 + r.IntN(3) {
				if len(b) > 0 {
					b[r.IntN(len(b))] ^= 1 << r.IntN(8)
				}
			}
			other[i].Data = b
			if got := play(other); got > most {
				t.Fatalf("datagram %d damaged: %d records", i, got)
			}
		}
	}
}

// FuzzPackets fuzzes an analyzer of datagrams or link-layer frames with pairs of
// those given: it must not panic, and the same bytes must give the same records.
func FuzzPackets(f *testing.F, spec *proto.Spec, seeds ...[]byte) {
	for i, s := range seeds {
		f.Add(s, seeds[(i+1)%len(seeds)], byte(i))
	}
	f.Fuzz(func(t *testing.T, one, two []byte, how byte) {
		play := func() *Flow {
			fl := NewFlow()
			a := spec.New(fl).(proto.Datagram)
			for i, b := range [][]byte{one, two, one} {
				d := proto.Dir(how >> i & 1)
				fl.Time += 1_000_000
				if spec.Probe != nil {
					spec.Probe(d, b)
				}
				_ = a.Packet(d, b)
			}
			a.Close()
			return fl
		}
		a, b := play(), play()
		if a.JSON() != b.JSON() {
			t.Fatal("two runs differ")
		}
		for i := range a.Records {
			if n := len(a.Records[i].AppendJSON(nil)); n > 64<<10 {
				t.Fatalf("a record of %d bytes", n)
			}
		}
	})
}
