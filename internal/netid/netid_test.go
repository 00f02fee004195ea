package netid

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

func ip(s string) IP { return FromAddr(netip.MustParseAddr(s)) }

// The first row of each protocol is a test vector of the Community ID
// specification; the others are what tshark 4.0.17 or Zeek 8.2.2 say.
func TestCommunityID(t *testing.T) {
	for _, c := range []struct {
		proto    uint8
		src, dst string
		sp, dp   uint16
		want     string
	}{
		{6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
		{17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
		{58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
		{58, "3ffe:501:0:1802:260:97ff:feb6:7ff0", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, "1:bnQKq8A2r//dWnkRW2EYcMhShjc="},
	} {
		src, dst := Endpoint{ip(c.src), c.sp}, Endpoint{ip(c.dst), c.dp}
		if got := CommunityID(src, dst, c.proto); got != c.want {
			t.Errorf("protocol %d, %v to %v: %s, want %s", c.proto, src, dst, got, c.want)
		}
		if c.proto != 58 {
			if got := CommunityID(dst, src, c.proto); got != c.want {
				t.Errorf("protocol %d, back from %v to %v: %s, want %s", c.proto, dst, src, got, c.want)
			}
		}
	}
}

func TestMAC(t *testing.T) {
	m := MAC{0x00, 0x1a, 0xb2, 0xff, 0x09, 0x90}
	if m.String() != "00:1a:b2:ff:09:90" || m.IsZero() || m.IsGroup() || m.IsLocal() {
		t.Errorf("%v is zero %v, group %v, local %v", m, m.IsZero(), m.IsGroup(), m.IsLocal())
	}
	if !(MAC{}).IsZero() || !(MAC{1}).IsGroup() || !(MAC{2}).IsLocal() || (MAC{2}).IsGroup() {
		t.Error("the bits of the first byte are read wrongly")
	}
}

func TestIP(t *testing.T) {
	for _, c := range []struct {
		text              string
		is4, zero, unicst bool
	}{
		{"10.1.2.3", true, false, true}, {"0.0.0.0", true, false, false}, {"255.255.255.255", true, false, false},
		{"224.0.0.251", true, false, false}, {"127.0.0.1", true, false, true}, {"::", false, true, false},
		{"::1", false, false, true}, {"ff02::1", false, false, false}, {"fe80::1", false, false, true},
		{"2001:db8::a:0:0:1", false, false, true}, {"::10.1.2.3", false, false, true},
	} {
		a := ip(c.text)
		if a.Is4() != c.is4 || a.IsZero() != c.zero || a.IsUnicast() != c.unicst {
			t.Errorf("%s: IPv4 %v, zero %v, unicast %v", c.text, a.Is4(), a.IsZero(), a.IsUnicast())
		}
		if want := netip.MustParseAddr(c.text).String(); a.String() != want || string(a.AppendTo(nil)) != want || FromAddr(a.Addr()) != a {
			t.Errorf("%s is written as %s", c.text, a)
		}
	}
	b := []byte{10, 1, 2, 3, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	if IPFrom4(b) != ip("10.1.2.3") || IPv4(10, 1, 2, 3) != IPFrom4(b) || IPFrom16(b[4:]).String() != "fe80::1" {
		t.Errorf("addresses of bytes: %v %v", IPFrom4(b), IPFrom16(b[4:]))
	}
	if FromAddr(netip.Addr{}) != (IP{}) || FromAddr(netip.MustParseAddr("fe80::1%eth0")) != ip("fe80::1") {
		t.Error("no address, or one with a zone, is read wrongly")
	}
	if ip("255.255.255.255").Compare(ip("2000::")) >= 0 || ip("10.0.0.2").Compare(ip("10.0.0.10")) >= 0 {
		t.Error("addresses are out of order")
	}
	if e := (Endpoint{ip("fe80::1"), 104}); e.String() != "[fe80::1]:104" {
		t.Errorf("an endpoint is written as %s", e)
	}
}

// A key and its hashes do not depend on the direction, and endpoints are ordered
// as MakeKey needs it.
func TestKey(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	end := func() (e Endpoint) {
		e.IP = IPv4(10, 0, 0, byte(r.IntN(3)))
		if r.IntN(2) == 0 {
			e.IP = IP{0: 0x20, 15: byte(r.IntN(3))}
		}
		e.Port = uint16(r.IntN(3)) * 0x7fff
		return e
	}
	var ends []Endpoint
	for range 2000 {
		a, b := end(), end()
		ends = append(ends, a)
		k, swapped := MakeKey(a, b, 6)
		k2, swapped2 := MakeKey(b, a, 6)
		if k != k2 || k.Hash() != k2.Hash() || k.Lo.Compare(k.Hi) > 0 || a != b && swapped == swapped2 || (a == b) != (a.Compare(b) == 0) {
			t.Fatalf("%v and %v: %v %v", a, b, k, k2)
		}
		if PairHash(a.IP, b.IP) != PairHash(b.IP, a.IP) {
			t.Fatalf("%v and %v: the hash of the pair depends on the direction", a.IP, b.IP)
		}
		if other, _ := MakeKey(a, b, 17); other.Hash() == k.Hash() {
			t.Fatalf("%v: the protocol is not in the hash", k)
		}
	}
	slices.SortFunc(ends, Endpoint.Compare)
	if !slices.IsSortedFunc(ends, func(a, b Endpoint) int {
		return cmp.Or(a.IP.Compare(b.IP), cmp.Compare(a.Port, b.Port))
	}) {
		t.Error("endpoints are not ordered by address, then port")
	}
}

// Keys that differ little spread over a table as those at random would: of
// 65,536 neighbouring ports and hosts in as many slots, some 63 % are hit.
func TestHashSpreads(t *testing.T) {
	const n = 1 << 16
	hit := map[string]map[uint64]bool{"ports": {}, "hosts": {}, "pairs": {}}
	for i := range n {
		k, _ := MakeKey(Endpoint{IPv4(10, 0, 0, 1), uint16(i)}, Endpoint{IPv4(10, 0, 0, 2), 104}, 6)
		hit["ports"][k.Hash()%n] = true
		far := IPv4(10, 1, byte(i>>8), byte(i))
		k, _ = MakeKey(Endpoint{IPv4(10, 0, 0, 1), 40000}, Endpoint{far, 104}, 6)
		hit["hosts"][k.Hash()%n] = true
		hit["pairs"][PairHash(IPv4(10, 0, 0, 1), far)%n] = true
	}
	for name, m := range hit {
		if len(m) < n*61/100 || len(m) > n*66/100 {
			t.Errorf("%s: %d of %d slots are hit", name, len(m), n)
		}
	}
}

func TestAllocs(t *testing.T) {
	a, b := Endpoint{IPv4(10, 0, 0, 1), 40000}, Endpoint{IPv4(10, 0, 0, 2), 104}
	buf := make([]byte, 0, 64)
	var sum uint64
	if n := testing.AllocsPerRun(100, func() {
		k, _ := MakeKey(a, b, 6)
		sum += k.Hash() + PairHash(a.IP, b.IP)
		buf = a.IP.AppendTo(MAC{}.AppendTo(buf[:0]))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { CommunityID(a, b, 6) }); n > 2 {
		t.Errorf("a community id makes %v allocations", n)
	}
}

func BenchmarkHash(b *testing.B) {
	k, _ := MakeKey(Endpoint{IPv4(10, 0, 0, 1), 40000}, Endpoint{IPv4(10, 0, 0, 2), 104}, 6)
	var sum uint64
	for b.Loop() {
		k.Lo.Port++
		sum += k.Hash()
	}
	_ = sum
}

func BenchmarkCommunityID(b *testing.B) {
	x, y := Endpoint{IPv4(10, 0, 0, 1), 40000}, Endpoint{IPv4(10, 0, 0, 2), 104}
	b.ReportAllocs()
	for b.Loop() {
		CommunityID(x, y, 6)
	}
}
