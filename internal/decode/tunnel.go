package decode

import "encoding/binary"

// UDP ports of overlays: VXLAN (RFC 7348 5), the port Linux used before it was
// assigned, VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe 3) and GENEVE (RFC 8926 3.3).
const (
	portVXLAN    = 4789
	portVXLANOld = 8472
	portGPE      = 4790
	portGENEVE   = 6081
)

const (
	etherERSPAN2 = 0x88be // ERSPAN I and II
	etherERSPAN3 = 0x22eb
)

// ipip opens IPv4 or IPv6 directly inside IP (RFC 2003, RFC 2473, RFC 4213 3).
func (d *Decoder) ipip(p *Packet, b []byte, n int) bool {
	proto := p.Proto
	if len(b) == 0 {
		return d.headless(p, TruncatedInner, b, n, 1)
	}
	if !d.enter(p, TunnelIPIP) {
		return d.unusable(p, b, n)
	}
	if proto == protoIPIP {
		return d.ipv4(p, b, n)
	}
	return d.ipv6(p, b, n)
}

// gre opens GRE version 0 (RFC 1701, 2784, 2890) and 1 (RFC 2637 4.1).
func (d *Decoder) gre(p *Packet, b []byte, n int) bool {
	if len(b) < 4 {
		return d.headless(p, TruncatedGRE, b, n, 4)
	}
	flags, t := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	if flags&7 > 1 {
		d.note(p, UnknownGREVersion)
		return d.unusable(p, b, n)
	}
	size := 4
	if flags&0xc000 != 0 {
		size += 4 // checksum and offset come together
	}
	if flags&0x2000 != 0 {
		size += 4
	}
	if flags&0x1000 != 0 {
		size += 4
	}
	if flags&0x0087 == 0x0081 {
		size += 4 // acknowledgement number, version 1 only
	}
	if flags&0x4000 != 0 {
		size = sourceRoutes(b, size)
	}
	if size > len(b) {
		return d.headless(p, TruncatedGRE, b, n, size)
	}
	inner, m := b[size:], n-size
	if m == 0 { // a keep-alive, or an acknowledgement of version 1
		return d.unusable(p, b, n)
	}
	if t == etherERSPAN2 || t == etherERSPAN3 {
		return d.erspan(p, t, flags&0x1000 != 0, inner, m)
	}
	if !d.enter(p, TunnelGRE) {
		return d.unusable(p, b, n)
	}
	return d.network(p, t, inner, m)
}

// sourceRoutes gives the offset behind the routing entries of RFC 1701, which
// end with an empty one; it is beyond b when they do not end.
func sourceRoutes(b []byte, at int) int {
	for at+4 <= len(b) {
		entry := b[at : at+4]
		at += 4 + int(entry[3])
		if entry[0]|entry[1]|entry[3] == 0 {
			return at
		}
	}
	return len(b) + 1
}

// erspan opens a mirrored frame (draft-foschiano-erspan 4): type I has no header,
// II has 8 bytes, III 12 and perhaps 8 of its platform.
func (d *Decoder) erspan(p *Packet, t uint16, sequence bool, b []byte, n int) bool {
	size, inner, vlan := 0, uint16(etherBridged), uint16(0)
	switch {
	case t == etherERSPAN3:
		size = 12
		if len(b) >= 12 && b[11]&1 != 0 {
			size = 20
		}
		if len(b) >= 12 && b[10]>>2&31 == 2 {
			inner = etherIPv4 // frame type 2 is IP without a link header
		}
	case sequence:
		size = 8
	}
	if size > len(b) {
		return d.headless(p, TruncatedGRE, b, n, size)
	}
	if size > 0 {
		vlan = binary.BigEndian.Uint16(b) & 0xfff
	}
	if !d.enter(p, TunnelERSPAN) {
		return d.unusable(p, b, n)
	}
	b, n = b[size:], n-size
	found := false
	if inner == etherIPv4 {
		found = d.ip(p, b, n)
	} else {
		found = d.ethernet(p, b, n)
	}
	// The switch may take the tag off and keep it in the mirror's header.
	if p.VLAN == 0 && p.Tunnel == TunnelERSPAN {
		p.VLAN = vlan
	}
	return found
}

// overlay recognises VXLAN and GENEVE in the payload of a UDP packet and keeps
// what is inside for Inner. A port proves less than content: on the port that was
// never assigned to VXLAN, and when only the source port speaks for it, the whole
// header must fit.
func (d *Decoder) overlay(p *Packet, port uint16) {
	b, n := p.Payload, p.PayloadLen
	if len(b) < 8 {
		return
	}
	switch port {
	case portGENEVE:
		d.geneve(p, b, n)
	case portGPE:
		var t uint16
		switch {
		case b[0]&0x0c == 0x08, b[3] == 3:
			t = etherBridged
		case b[3] == 1:
			t = etherIPv4
		case b[3] == 2:
			t = etherIPv6
		}
		if t != 0 && b[0]&0xc8 == 0x08 && n > 8 {
			d.later(p, TunnelVXLAN, t, b[8:], n-8)
		}
	case portVXLANOld:
		if b[0] == 0x08 && b[1]|b[2]|b[3]|b[7] == 0 && likelyEthernet(b[8:]) {
			d.later(p, TunnelVXLAN, etherBridged, b[8:], n-8)
		}
	default: // RFC 7348 5: reserved bits are ignored, the I flag is set
		if b[0]&0x08 != 0 && n >= 8+14 {
			d.later(p, TunnelVXLAN, etherBridged, b[8:], n-8)
		}
	}
}

// geneve reads a GENEVE header (RFC 8926 3.4): version 0, options in words.
func (d *Decoder) geneve(p *Packet, b []byte, n int) {
	size := 8 + int(b[0]&0x3f)<<2
	if b[0]>>6 != 0 || size >= len(b) {
		return
	}
	switch t := binary.BigEndian.Uint16(b[2:]); t {
	case etherBridged, etherIPv4, etherIPv6, etherARP, etherMPLS:
		d.later(p, TunnelGENEVE, t, b[size:], n-size)
	}
}
