package decode

import (
	"encoding/binary"
	"math/bits"

	"lazaret/internal/netid"
)

// transport dispatches on p.Proto; b is what was captured of n bytes.
func (d *Decoder) transport(p *Packet, b []byte, n int) bool {
	switch p.Proto {
	case protoTCP:
		return d.tcp(p, b, n)
	case protoUDP:
		return d.udp(p, b, n)
	case protoICMP:
		return d.icmp(p, b, n)
	case protoICMPv6:
		if !p.Src.Is4() {
			return d.icmp(p, b, n)
		}
	case protoIPIP, protoIPv6:
		return d.ipip(p, b, n)
	case protoGRE:
		return d.gre(p, b, n)
	case protoMPLS:
		if !d.enter(p, TunnelIPIP) {
			return d.unusable(p, b, n)
		}
		return d.mpls(p, etherMPLS, b, n)
	case protoAH:
		return d.ah(p, b, n)
	}
	return d.opaque(p, b, n)
}

// opaque makes p a packet of an IP protocol that has no ports.
func (d *Decoder) opaque(p *Packet, b []byte, n int) bool {
	p.Kind = KindIP
	p.Payload, p.PayloadLen = b, max(n, len(b))
	return true
}

// headless makes p a packet whose next header is not all there: cut by the snap
// length, or, with need bytes asked of n, too short by itself (defect x).
func (d *Decoder) headless(p *Packet, x Defect, b []byte, n, need int) bool {
	if n >= need {
		x = HeaderCut
	}
	d.note(p, x)
	return d.unusable(p, b, n)
}

// unusable makes p a packet that has addresses and no more.
func (d *Decoder) unusable(p *Packet, b []byte, n int) bool {
	cut := p.Cut
	d.other(p, etherIPv6, b, max(n, len(b)))
	if p.Src.Is4() {
		p.EtherType = etherIPv4
	}
	p.Cut = cut
	return true
}

// ah passes an authentication header over (RFC 4302 2).
func (d *Decoder) ah(p *Packet, b []byte, n int) bool {
	if len(b) < 12 {
		return d.headless(p, TruncatedTransport, b, n, 12)
	}
	size := 8 + 4*int(b[1])
	if size > len(b) {
		return d.headless(p, TruncatedTransport, b, n, size)
	}
	if b[0] == protoAH { // once is legal, a chain of them is not
		d.note(p, BadExtensionHeader)
		return d.unusable(p, b, n)
	}
	p.Proto = b[0]
	return d.transport(p, b[size:], n-size)
}

// tcp reads a TCP header (RFC 9293 3.1).
func (d *Decoder) tcp(p *Packet, b []byte, n int) bool {
	if len(b) < 20 {
		return d.headless(p, TruncatedTransport, b, n, 20)
	}
	head := int(b[12]>>4) << 2
	if head < 20 || head > n {
		d.note(p, BadTCPHeaderSize)
		return d.unusable(p, b, n)
	}
	p.Kind = KindTCP
	p.SrcPort = binary.BigEndian.Uint16(b)
	p.DstPort = binary.BigEndian.Uint16(b[2:])
	p.Seq = binary.BigEndian.Uint32(b[4:])
	p.Ack = binary.BigEndian.Uint32(b[8:])
	p.Flags = b[13]
	p.Window = binary.BigEndian.Uint16(b[14:])
	p.Urgent = binary.BigEndian.Uint16(b[18:])
	p.PayloadLen = n - head
	if head <= len(b) {
		p.Options = b[20:head]
		p.Payload = b[head:]
	} else {
		p.Options = b[20:]
	}
	d.verify(p, b, n, BadTCPChecksum)
	return true
}

// udp reads a UDP header (RFC 768). A length that disagrees with IP's is
// counted; the datagram is the shorter of the two, as receivers have it.
func (d *Decoder) udp(p *Packet, b []byte, n int) bool {
	if len(b) < 8 {
		return d.headless(p, TruncatedTransport, b, n, 8)
	}
	p.Kind = KindUDP
	p.SrcPort = binary.BigEndian.Uint16(b)
	p.DstPort = binary.BigEndian.Uint16(b[2:])
	size := int(binary.BigEndian.Uint16(b[4:]))
	if size != n && (size != 0 || n <= 65535) { // 0 is a jumbogram (RFC 2675 4)
		d.note(p, UDPLengthMismatch)
		if size >= 8 && size < n {
			n = size
			b = b[:min(len(b), n)]
		}
	}
	p.Payload, p.PayloadLen = b[8:], n-8
	if b[6]|b[7] != 0 {
		d.verify(p, b, n, BadUDPChecksum)
	}
	switch p.DstPort {
	case portVXLAN, portVXLANOld, portGPE, portGENEVE:
		d.overlay(p, p.DstPort)
	default:
		if p.SrcPort == portVXLAN {
			d.overlay(p, portVXLANOld)
		}
	}
	return true
}

// icmp reads an ICMP or ICMPv6 header (RFC 792, RFC 4443 2.1): type and code
// stand for ports, and the payload is what follows the eight bytes that most
// messages begin with.
func (d *Decoder) icmp(p *Packet, b []byte, n int) bool {
	if len(b) < 4 {
		return d.headless(p, TruncatedTransport, b, n, 4)
	}
	p.Kind = KindICMP
	p.SrcPort, p.DstPort = uint16(b[0]), uint16(b[1])
	p.PayloadLen = max(0, n-8)
	if len(b) > 8 {
		p.Payload = b[8:]
	}
	d.verify(p, b, n, BadICMPChecksum)
	return true
}

// verify checks a transport checksum of a short segment that is all there. For
// ICMP over IPv4 there is no pseudo-header.
func (d *Decoder) verify(p *Packet, b []byte, n int, x Defect) {
	if n > d.cfg.ChecksumLimit || len(b) < n {
		d.stats.ChecksumsUnverified++
		return
	}
	var head uint64
	if p.Proto != protoICMP {
		// The mapped prefix of an IPv4 address adds 0xffff, which is 0 in
		// ones' complement: one sum serves both families.
		head = addIP(&p.Src) + addIP(&p.Dst) + uint64(p.Proto) + uint64(n)
	}
	if sum(b[:n], head) != 0xffff {
		d.stats.ChecksumsWrong++
		p.BadChecksum = true
		d.note(p, x)
	}
}

// addIP folds an address to a sum of at most 34 bits.
func addIP(ip *netid.IP) uint64 {
	a, c := binary.BigEndian.Uint64(ip[:8]), binary.BigEndian.Uint64(ip[8:])
	return a>>32 + a&0xffffffff + c>>32 + c&0xffffffff
}

// sum20 is sum for an IPv4 header without options; the compiler inlines it.
func sum20(b []byte) uint64 {
	s := uint64(binary.BigEndian.Uint32(b)) + uint64(binary.BigEndian.Uint32(b[4:])) +
		uint64(binary.BigEndian.Uint32(b[8:])) + uint64(binary.BigEndian.Uint32(b[12:])) + uint64(binary.BigEndian.Uint32(b[16:]))
	s = s>>32 + s&0xffffffff
	s = s>>16 + s&0xffff
	return s>>16 + s&0xffff
}

// sum is the ones' complement sum of b (RFC 1071), begun with s (at most 40
// bits). The sum of data with a right checksum in it is 0xffff.
func sum(b []byte, s uint64) uint16 {
	var carry uint64
	for len(b) >= 32 {
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b), carry)
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b[8:]), carry)
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b[16:]), carry)
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b[24:]), carry)
		b = b[32:]
	}
	for len(b) >= 8 {
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b), carry)
		b = b[8:]
	}
	if len(b) >= 4 {
		s, carry = bits.Add64(s, uint64(binary.BigEndian.Uint32(b)), carry)
		b = b[4:]
	}
	if len(b) >= 2 {
		s, carry = bits.Add64(s, uint64(binary.BigEndian.Uint16(b)), carry)
		b = b[2:]
	}
	if len(b) > 0 {
		s, carry = bits.Add64(s, uint64(b[0])<<8, carry)
	}
	s, carry = bits.Add64(s, 0, carry)
	s += carry
	s = s>>32 + s&0xffffffff
	s = s>>32 + s&0xffffffff
	s = s>>16 + s&0xffff
	s = s>>16 + s&0xffff
	return uint16(s)
}
