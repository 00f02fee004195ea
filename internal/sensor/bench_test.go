package sensor_test

import (
	"encoding/binary"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/protocols"
	"lazaret/internal/sensor"
)

// noise is a payload of no protocol that begins with c.
func noise(c byte) []byte {
	b := make([]byte, 1200)
	for i := 0; i < len(b); i += 4 {
		binary.LittleEndian.PutUint32(b[i:], scatter(i))
	}
	b[0] = c
	return b
}

// Streams and datagrams of no known protocol are what all probes see.
func TestProbesAllocateNothing(t *testing.T) {
	a := sensor.NewAsker(protocols.Specs)
	for c := range 256 {
		b := noise(byte(c))
		if n := testing.AllocsPerRun(10, func() { a.Stream(true, 50000, c&1, b) }); n != 0 {
			t.Errorf("a stream that begins with %#x: %v allocations", c, n)
		}
		if n := testing.AllocsPerRun(10, func() { a.Datagram(40000, 50000, proto.Orig, b) }); n != 0 {
			t.Errorf("a datagram that begins with %#x: %v allocations", c, n)
		}
	}
}

func BenchmarkProbe(b *testing.B) {
	a := sensor.NewAsker(protocols.Specs)
	var list [256][]byte
	for c := range list {
		list[c] = noise(byte(c))
	}
	for _, c := range []struct {
		name string
		late bool
		port uint16
	}{{"stream", false, 50000}, {"stream/port80", false, 80}, {"stream/late", true, 50000}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				a.Stream(c.late, c.port, i&1, list[i&255])
			}
		})
	}
	b.Run("datagram", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			a.Datagram(40000, 50000, proto.Dir(i&1), list[i&255])
		}
	})
}
