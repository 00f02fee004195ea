package flow

import (
	"math/rand/v2"
	"testing"

	"lazaret/internal/decode"
	"lazaret/internal/netid"
)

// TestKeyOf holds that the key written in place is the one that netid makes.
func TestKeyOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ip := func() (a netid.IP) {
		if r.IntN(2) == 0 {
			return netid.IPv4(10, byte(r.IntN(3)), byte(r.IntN(3)), byte(r.IntN(256)))
		}
		for i := range a {
			a[i] = byte(r.IntN(2) * 0xff) // bytes above 127 must compare unsigned
		}
		return a
	}
	for range 10000 {
		p := decode.Packet{
			Kind: decode.KindTCP, Proto: 6, Src: ip(), Dst: ip(),
			SrcPort: uint16(r.IntN(3) * 32767), DstPort: uint16(r.IntN(3) * 32767),
		}
		if r.IntN(4) == 0 {
			p.Dst = p.Src
		}
		want, wantSwapped := netid.MakeKey(netid.Endpoint{IP: p.Src, Port: p.SrcPort}, netid.Endpoint{IP: p.Dst, Port: p.DstPort}, p.Proto)
		var got netid.Key
		var swapped bool
		if !keyOf(&p, &got, &swapped) || got != want || swapped != wantSwapped {
			t.Fatalf("key of %v:%d > %v:%d = %v, %v; want %v, %v", p.Src, p.SrcPort, p.Dst, p.DstPort, got, swapped, want, wantSwapped)
		}
	}
}
