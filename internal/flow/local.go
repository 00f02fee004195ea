package flow

import (
	"net/netip"

	"lazaret/internal/netid"
)

// notGlobal lists the networks that belong to a site or to nobody: the special
// purpose registries of IANA (RFC 6890) with the scoped multicast of RFC 5771,
// and the same as 6to4 prefixes. The list is that of Zeek's private address
// space, so that local_orig and local_resp agree.
var notGlobal = [...]netip.Prefix{
	v4(0, 0, 0, 0, 8), v4(10, 0, 0, 0, 8), v4(100, 64, 0, 0, 10), v4(127, 0, 0, 0, 8),
	v4(169, 254, 0, 0, 16), v4(172, 16, 0, 0, 12), v4(192, 0, 0, 0, 24), v4(192, 0, 2, 0, 24),
	v4(192, 168, 0, 0, 16), v4(198, 18, 0, 0, 15), v4(198, 51, 100, 0, 24), v4(203, 0, 113, 0, 24),
	v4(224, 0, 0, 0, 24), v4(239, 0, 0, 0, 8), v4(240, 0, 0, 0, 4),
	v6(128, 0), v6(128, 0, 0, 0, 0, 0, 0, 0, 1), v6(64, 0x0100), v6(23, 0x2001), v6(32, 0x2001, 0xdb8),
	v6(7, 0xfc00), v6(10, 0xfe80), v6(10, 0xfec0), v6(48, 0x2002, 0xffff, 0xffff),
	v6(40, 0x2002), v6(24, 0x2002, 0x0a00), v6(24, 0x2002, 0x7f00), v6(26, 0x2002, 0x6440),
	v6(32, 0x2002, 0xa9fe), v6(28, 0x2002, 0xac10), v6(40, 0x2002, 0xc000), v6(40, 0x2002, 0xc000, 0x0200),
	v6(32, 0x2002, 0xc0a8), v6(31, 0x2002, 0xc612), v6(40, 0x2002, 0xc633, 0x6400),
	v6(40, 0x2002, 0xcb00, 0x7100), v6(24, 0x2002, 0xef00), v6(20, 0x2002, 0xf000),
}

func v4(a, b, c, d byte, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{a, b, c, d}), bits)
}

func v6(bits int, words ...uint16) netip.Prefix {
	var a [16]byte
	for i, w := range words {
		a[2*i], a[2*i+1] = byte(w>>8), byte(w)
	}
	return netip.PrefixFrom(netip.AddrFrom16(a), bits)
}

// local says whether an address is one of a site.
func local(ip netid.IP) bool {
	a := ip.Addr()
	for i := range notGlobal {
		if notGlobal[i].Contains(a) {
			return true
		}
	}
	return false
}
