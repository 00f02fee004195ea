package decode

import (
	"encoding/binary"

	"lazaret/internal/capture"
	"lazaret/internal/netid"
)

// Link types that are decoded although package capture does not name them.
const (
	linkFDDI  = 10
	linkCHDLC = 104
	linkNFLOG = 239
)

// link dispatches on every link type but Ethernet.
func (d *Decoder) link(p *Packet, t capture.LinkType, b []byte, n int) bool {
	switch t {
	case capture.LinkRaw, capture.LinkRawOld12, capture.LinkRawOld14, capture.LinkIPv4, capture.LinkIPv6:
		return d.ip(p, b, n)
	case capture.LinkLinuxSLL:
		return d.cooked(p, b, n)
	case capture.LinkLinuxSLL2:
		return d.cooked2(p, b, n)
	case capture.LinkNull, capture.LinkLoop:
		return d.loopback(p, b, n)
	case capture.LinkPPP, capture.LinkPPPHDLC, linkCHDLC:
		return d.hdlc(p, b, n)
	case capture.LinkPPPoE:
		return d.pppoe(p, etherPPPoES, b, n)
	case capture.LinkIEEE80211:
		return d.wireless(p, b, n, false)
	case linkFDDI:
		return d.fddi(p, b, n)
	case linkNFLOG:
		return d.nflog(p, b, n)
	case capture.LinkRadiotap:
		return d.radiotap(p, b, n)
	}
	d.unknownLink(t)
	return false
}

// fddi reads an FDDI header: frame control, addresses, then LLC in frames whose
// control says so. Captures keep the addresses in either bit order and do not say
// which, so they are not taken.
func (d *Decoder) fddi(p *Packet, b []byte, n int) bool {
	if len(b) < 13 {
		return d.short(p, TruncatedLink, 0, b, n, 13)
	}
	if b[0]&0xf0 != 0x50 {
		d.stats.UnknownTypes++
		return d.other(p, etherLLC, b[13:], n-13)
	}
	return d.llc(p, b[13:], n-13)
}

// nflog reads LINKTYPE_NFLOG: family, version and resource, then attributes of
// length, type and value in the byte order of the machine, padded to four bytes.
func (d *Decoder) nflog(p *Packet, b []byte, n int) bool {
	const payload = 9
	for at := 4; at+4 <= len(b); {
		size, kind := int(binary.LittleEndian.Uint16(b[at:])), binary.LittleEndian.Uint16(b[at+2:])
		if size < 4 || kind&0x3f00 != 0 { // the other byte order
			size, kind = int(binary.BigEndian.Uint16(b[at:])), binary.BigEndian.Uint16(b[at+2:])
		}
		if size < 4 {
			break
		}
		if kind == payload {
			// The attribute ends the packet, but for padding.
			n = min(n-at, size) - 4
			b = b[at+4:]
			return d.ip(p, b[:min(len(b), n)], n)
		}
		at += (size + 3) &^ 3
	}
	return d.short(p, TruncatedLink, 0, b, n, len(b)+1)
}

// cooked reads LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address,
// protocol.
func (d *Decoder) cooked(p *Packet, b []byte, n int) bool {
	if len(b) < 16 {
		return d.short(p, TruncatedLink, 0, b, n, 16)
	}
	if binary.BigEndian.Uint16(b[4:]) == 6 {
		p.SrcMAC = netid.MAC(b[6:12])
	}
	return d.cookedType(p, binary.BigEndian.Uint16(b[14:]), binary.BigEndian.Uint16(b[2:]), b[16:], n-16)
}

// cooked2 reads LINKTYPE_LINUX_SLL2: protocol, reserved, interface, ARPHRD,
// packet type, address length, address.
func (d *Decoder) cooked2(p *Packet, b []byte, n int) bool {
	if len(b) < 20 {
		return d.short(p, TruncatedLink, 0, b, n, 20)
	}
	if b[11] == 6 {
		p.SrcMAC = netid.MAC(b[12:18])
	}
	return d.cookedType(p, binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[8:]), b[20:], n-20)
}

// cookedType dispatches on the protocol of a cooked header, whose meaning
// depends on the kind of device (ARPHRD).
func (d *Decoder) cookedType(p *Packet, t, device uint16, b []byte, n int) bool {
	const (
		arphrdRadiotap = 803
		arphrdNetlink  = 824
		proto8022      = 4
	)
	switch {
	case device == arphrdRadiotap:
		return d.radiotap(p, b, n)
	case device == arphrdNetlink, t < 0x600 && t != proto8022:
		d.stats.UnknownTypes++
		return d.other(p, t, b, n)
	case t == proto8022:
		return d.llc(p, b, n)
	}
	return d.network(p, t, b, n)
}

// loopback reads the address family before BSD loopback packets. LINKTYPE_NULL
// has it in the byte order of the machine that captured, which nobody notes.
func (d *Decoder) loopback(p *Packet, b []byte, n int) bool {
	if len(b) < 4 {
		return d.short(p, TruncatedLink, 0, b, n, 4)
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(b)
	}
	switch family {
	case 2:
		return d.ipv4(p, b[4:], n-4)
	case 10, 23, 24, 28, 30: // Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin
		return d.ipv6(p, b[4:], n-4)
	}
	d.stats.UnknownTypes++
	return d.other(p, 0, b[4:], n-4)
}

// hdlc reads PPP in HDLC-like framing (RFC 1662), bare PPP, and Cisco HDLC.
func (d *Decoder) hdlc(p *Packet, b []byte, n int) bool {
	if len(b) < 2 {
		return d.short(p, TruncatedLink, etherPPP, b, n, 2)
	}
	switch {
	case b[0] == 0xff && b[1] == 3:
		return d.ppp(p, b[2:], n-2)
	case b[0] == 0x0f || b[0] == 0x8f:
		if len(b) < 4 {
			return d.short(p, TruncatedLink, 0, b, n, 4)
		}
		return d.network(p, binary.BigEndian.Uint16(b[2:]), b[4:], n-4)
	}
	return d.ppp(p, b, n)
}

// pppoe reads a PPPoE header (RFC 2516 4). Discovery carries no packets.
func (d *Decoder) pppoe(p *Packet, t uint16, b []byte, n int) bool {
	if len(b) < 6 {
		return d.short(p, TruncatedLink, t, b, n, 6)
	}
	if t == etherPPPoED || b[1] != 0 || b[0] != 0x11 {
		return d.other(p, t, b, n)
	}
	if size := int(binary.BigEndian.Uint16(b[4:])); size < n-6 {
		n = 6 + size
		b = b[:min(len(b), n)]
	}
	return d.ppp(p, b[6:], n-6)
}

// ppp reads the protocol field of PPP (RFC 1661 2), one byte when compressed.
func (d *Decoder) ppp(p *Packet, b []byte, n int) bool {
	if d.layers++; d.layers > maxLinkLayers {
		d.note(p, LinkTooDeep)
		return d.other(p, etherPPP, b, n)
	}
	if len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		b, n = b[2:], n-2
	}
	if len(b) < 2 {
		return d.short(p, TruncatedLink, etherPPP, b, n, 2)
	}
	t, size := uint16(b[0]), 1
	if t&1 == 0 {
		t, size = t<<8|uint16(b[1]), 2
	}
	b, n = b[size:], n-size
	switch t {
	case 0x0021:
		return d.ipv4(p, b, n)
	case 0x0057:
		return d.ipv6(p, b, n)
	case 0x0281:
		return d.mpls(p, etherMPLS, b, n)
	case 0x0031: // bridging (RFC 3518 4.2): flags and MAC type, then a frame
		if len(b) >= 2 && b[1] == 1 {
			return d.ethernet(p, b[2:], n-2)
		}
	}
	d.stats.UnknownTypes++
	return d.other(p, etherPPP, b, n)
}
