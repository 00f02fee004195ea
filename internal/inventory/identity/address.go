package identity

import (
	"slices"

	"lazaret/internal/netid"
)

// OwnLocal reports an address that can only be of the machine with that hardware
// address: link-local ones are never routed (RFC 3927 2.7, RFC 4291 2.5.6), and
// an IPv6 interface identifier may be made of the hardware address (RFC 4291
// appendix A).
func OwnLocal(ip netid.IP, mac netid.MAC) bool {
	if ip.Addr().IsLinkLocalUnicast() {
		return true
	}
	return ip[8] == mac[0]^2 && ip[9] == mac[1] && ip[10] == mac[2] && ip[11] == 0xff &&
		ip[12] == 0xfe && ip[13] == mac[3] && ip[14] == mac[4] && ip[15] == mac[5]
}

// Neighbours tells that two addresses may be of one network. The mask is not
// known; 24 and 64 bits are the usual ones.
func Neighbours(a, b netid.IP) bool {
	n := 8
	if a.Is4() && b.Is4() {
		n = 15
	}
	return slices.Equal(a[:n], b[:n])
}
