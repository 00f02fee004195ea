package decode

import (
	"encoding/binary"

	"lazaret/internal/netid"
)

// EtherTypes (IEEE 802 numbers; etherBridged is RFC 1701's transparent
// Ethernet bridging, used here for an Ethernet frame inside anything).
const (
	etherIPv4    = 0x0800
	etherARP     = 0x0806
	etherVLAN    = 0x8100
	etherIPv6    = 0x86dd
	etherPPP     = 0x880b
	etherMPLS    = 0x8847
	etherMPLSUp  = 0x8848
	etherPPPoED  = 0x8863
	etherPPPoES  = 0x8864
	etherQinQ    = 0x88a8
	etherFabric  = 0x8903
	etherVNTag   = 0x8926
	etherETag    = 0x893f
	etherQinQOld = 0x9100
	etherBridged = 0x6558
	etherLLC     = 0 // no EtherType: an IEEE 802.2 header follows
)

// EtherCDP is the Cisco Discovery Protocol: on Ethernet the number stands behind
// Cisco's own identifier in a SNAP header, in Cisco's HDLC and in GRE it is the
// protocol type itself.
const EtherCDP = 0x2000

// maxTags bounds VLAN tags and MPLS labels in one stack.
const maxTags = 32

// ethernet reads an Ethernet header (IEEE 802.3 3.1.1).
func (d *Decoder) ethernet(p *Packet, b []byte, n int) bool {
	if len(b) < 14 {
		return d.short(p, TruncatedEthernet, 0, b, n, 14)
	}
	p.DstMAC = netid.MAC(b[0:6])
	p.SrcMAC = netid.MAC(b[6:12])
	t := binary.BigEndian.Uint16(b[12:])
	if t == etherIPv4 {
		return d.ipv4(p, b[14:], n-14)
	}
	if d.layers++; d.layers > maxLinkLayers {
		d.note(p, LinkTooDeep)
		return d.other(p, t, b[14:], n-14)
	}
	if t < 0x600 {
		return d.lengthFrame(p, int(t), b[14:], n-14)
	}
	return d.network(p, t, b[14:], n-14)
}

// lengthFrame reads an IEEE 802.3 frame with a length instead of an EtherType.
func (d *Decoder) lengthFrame(p *Packet, size int, b []byte, n int) bool {
	if size < n {
		n = size
		b = b[:min(len(b), n)]
	}
	return d.llc(p, b, n)
}

// llc reads an IEEE 802.2 header and the SNAP header behind it.
func (d *Decoder) llc(p *Packet, b []byte, n int) bool {
	if len(b) >= 8 && b[0] == 0xaa && b[1] == 0xaa && b[2] == 3 {
		t := binary.BigEndian.Uint16(b[6:])
		// OUI 0 is RFC 1042, 0000f8 is IEEE 802.1H; others are private.
		if b[3]|b[4] == 0 && (b[5] == 0 || b[5] == 0xf8) && t >= 0x600 {
			return d.network(p, t, b[8:], n-8)
		}
		if b[3]|b[4] == 0 && b[5] == 0x0c && t == EtherCDP {
			d.stats.UnknownTypes++
			return d.other(p, t, b[8:], n-8)
		}
	}
	// SAP 6 is ARPANET IP, seen on old equipment.
	if len(b) >= 3 && b[0] == 6 && b[1] == 6 && b[2] == 3 {
		return d.ipv4(p, b[3:], n-3)
	}
	if len(b) < 8 && n > len(b) {
		return d.short(p, TruncatedLink, etherLLC, b, n, 0)
	}
	d.stats.UnknownTypes++
	return d.other(p, etherLLC, b, n)
}

// network dispatches on an EtherType, after the tags before it.
func (d *Decoder) network(p *Packet, t uint16, b []byte, n int) bool {
	for tags := 0; tags < maxTags; tags++ {
		size := 0
		switch t {
		case etherVLAN, etherQinQ, etherQinQOld, 0x9200, 0x9300:
			size = 4
		case etherVNTag:
			size = 6
		case etherETag:
			size = 8
		default:
			return d.ether(p, t, b, n)
		}
		if len(b) < size {
			return d.short(p, TruncatedLink, t, b, n, size)
		}
		if size == 4 {
			addVLAN(p, binary.BigEndian.Uint16(b)&0xfff)
		}
		t = binary.BigEndian.Uint16(b[size-2:])
		b, n = b[size:], n-size
	}
	d.note(p, LinkTooDeep)
	return d.other(p, t, b, n)
}

// addVLAN keeps the outermost and the next VLAN identifier; 0 is a mere
// priority tag (IEEE 802.1Q 9.6).
func addVLAN(p *Packet, id uint16) {
	switch {
	case id == 0:
	case p.VLAN == 0:
		p.VLAN = id
	case p.InnerVLAN == 0:
		p.InnerVLAN = id
	}
}

func (d *Decoder) ether(p *Packet, t uint16, b []byte, n int) bool {
	switch t {
	case etherIPv4:
		return d.ipv4(p, b, n)
	case etherIPv6:
		return d.ipv6(p, b, n)
	case etherARP:
		return d.arp(p, b, n)
	case etherMPLS, etherMPLSUp:
		return d.mpls(p, t, b, n)
	case etherPPPoES, etherPPPoED:
		return d.pppoe(p, t, b, n)
	case etherPPP:
		return d.ppp(p, b, n)
	case etherBridged:
		return d.ethernet(p, b, n)
	case etherFabric:
		if len(b) < 2 {
			return d.short(p, TruncatedLink, t, b, n, 2)
		}
		return d.ethernet(p, b[2:], n-2) // the tag, then the frame it carries
	}
	if t < 0x600 {
		return d.lengthFrame(p, int(t), b, n)
	}
	d.stats.UnknownTypes++
	return d.other(p, t, b, n)
}

// arp bounds an ARP packet (RFC 826); Ethernet padding is not part of it.
func (d *Decoder) arp(p *Packet, b []byte, n int) bool {
	need := 8
	if len(b) >= 8 {
		need = 8 + 2*int(b[4]) + 2*int(b[5])
	}
	if n < need {
		return d.short(p, TruncatedARP, etherARP, b, n, need)
	}
	p.Kind, p.EtherType = KindARP, etherARP
	p.Payload, p.PayloadLen = b[:min(len(b), need)], need
	p.Cut = len(b) < need
	return true
}

// mpls pops a label stack (RFC 3032) and guesses what is below, because the
// labels do not say: the first nibble is 4 or 6 for IP and 0 for a pseudo-wire
// control word (RFC 4385); anything else is an Ethernet frame.
func (d *Decoder) mpls(p *Packet, t uint16, b []byte, n int) bool {
	if d.layers++; d.layers > maxLinkLayers {
		d.note(p, LinkTooDeep)
		return d.other(p, t, b, n)
	}
	bottom := false
	for labels := 0; !bottom; labels++ {
		if len(b) < 4 {
			return d.short(p, TruncatedLink, t, b, n, 4)
		}
		if labels == maxTags {
			d.note(p, LinkTooDeep)
			return d.other(p, t, b, n)
		}
		bottom = b[2]&1 != 0
		b, n = b[4:], n-4
	}
	if len(b) == 0 {
		return d.short(p, TruncatedLink, t, b, n, 1)
	}
	switch nibble := b[0] >> 4; {
	case nibble == 4 && !likelyEthernet(b), nibble == 4 && likelyIPv4(b, n):
		return d.ipv4(p, b, n)
	case nibble == 6 && !likelyEthernet(b), nibble == 6 && likelyIPv6(b, n):
		return d.ipv6(p, b, n)
	case nibble == 0 && !likelyEthernet(b) && len(b) >= 4:
		return d.ethernet(p, b[4:], n-4)
	}
	return d.ethernet(p, b, n)
}

// likelyEthernet reports that an EtherType that is decoded is in its place.
func likelyEthernet(b []byte) bool {
	if len(b) < 14 {
		return false
	}
	switch binary.BigEndian.Uint16(b[12:]) {
	case etherIPv4, etherIPv6, etherARP, etherVLAN, etherQinQ, etherMPLS, etherPPPoES, etherPPPoED:
		return true
	}
	return false
}

func likelyIPv4(b []byte, n int) bool {
	return len(b) >= 20 && b[0]&15 >= 5 && int(binary.BigEndian.Uint16(b[2:])) <= n && sum(b[:20], 0) == 0xffff
}

func likelyIPv6(b []byte, n int) bool {
	return len(b) >= 40 && 40+int(binary.BigEndian.Uint16(b[4:])) <= n
}
