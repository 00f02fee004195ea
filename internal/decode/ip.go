package decode

import (
	"encoding/binary"

	"lazaret/internal/netid"
)

// IP protocol numbers (and IPv6 extension headers) that are looked into.
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIPIP     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoESP      = 50
	protoAH       = 51
	protoICMPv6   = 58
	protoNone     = 59
	protoDestOpts = 60
	protoMobility = 135
	protoHIP      = 139
	protoShim6    = 140
	protoMPLS     = 137
)

// maxExtensions bounds the extension headers of one IPv6 packet.
const maxExtensions = 32

// ip takes the version from the first nibble.
func (d *Decoder) ip(p *Packet, b []byte, n int) bool {
	if len(b) == 0 {
		return d.short(p, TruncatedIP, etherIPv4, b, n, 1)
	}
	switch b[0] >> 4 {
	case 4:
		return d.ipv4(p, b, n)
	case 6:
		return d.ipv6(p, b, n)
	}
	d.note(p, UnknownIPVersion)
	return d.other(p, etherIPv4, b, n)
}

// ipv4 reads an IPv4 header (RFC 791 3.1).
func (d *Decoder) ipv4(p *Packet, b []byte, n int) bool {
	if len(b) < 20 {
		return d.short(p, TruncatedIP, etherIPv4, b, n, 20)
	}
	head := int(b[0]&15) << 2
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // segmentation offload: the card fills it in
		total = n
		d.note(p, ZeroIPLength)
	}
	if b[0]>>4 != 4 || head < 20 || total < head || total > n || head > len(b) {
		return d.badIPv4(p, b, n, head, total)
	}
	put4(&p.Src, b[12:16])
	put4(&p.Dst, b[16:20])
	p.TTL, p.Proto = b[8], b[9]
	p.IPLen = total
	if (head != 20 || sum20(b[:20]) != 0xffff) && sum(b[:head], 0) != 0xffff {
		d.stats.ChecksumsWrong++
		p.BadChecksum = true
		d.note(p, BadIPChecksum)
	}
	if len(b) >= total {
		b = b[:total]
	} else {
		p.Cut = true
	}
	if f := binary.BigEndian.Uint16(b[6:]); f&0x3fff != 0 {
		return d.fragment4(p, f, b, head, total)
	}
	return d.transport(p, b[head:], total-head)
}

// put4 writes the mapped form in one store: built byte by byte and copied, it
// would cost more than the rest of the header, because the copy has to wait for
// the bytes. The first eight bytes of ip are already zero.
func put4(ip *netid.IP, b []byte) {
	binary.LittleEndian.PutUint64(ip[8:], 0xffff0000|uint64(binary.LittleEndian.Uint32(b))<<32)
}

// badIPv4 tells a header that contradicts itself or its frame from one that the
// snap length cut. A length beyond the end of the frame is one that the receiver
// drops, so nothing behind it may count.
func (d *Decoder) badIPv4(p *Packet, b []byte, n, head, total int) bool {
	switch {
	case b[0]>>4 != 4:
		d.note(p, UnknownIPVersion)
	case head < 20 || total < head:
		d.note(p, BadIPHeaderSize)
	case total > n:
		d.note(p, TruncatedIPLen)
	default:
		d.note(p, HeaderCut)
	}
	d.other(p, etherIPv4, b, n)
	p.Cut = p.Cut || total > len(b)
	return true
}

// ipv6 reads an IPv6 header (RFC 8200 3).
func (d *Decoder) ipv6(p *Packet, b []byte, n int) bool {
	if len(b) < 40 {
		return d.short(p, TruncatedIP, etherIPv6, b, n, 40)
	}
	size := int(binary.BigEndian.Uint16(b[4:]))
	if size == 0 && zeroLength(b[6], n-40) {
		size = n - 40
		d.note(p, ZeroIPLength)
	}
	total := 40 + size
	if b[0]>>4 != 6 || total > n {
		x := TruncatedIPLen
		if b[0]>>4 != 6 {
			x = UnknownIPVersion
		}
		d.note(p, x)
		d.other(p, etherIPv6, b, n)
		p.Cut = p.Cut || total > len(b)
		return true
	}
	p.Src = netid.IPFrom16(b[8:24])
	p.Dst = netid.IPFrom16(b[24:40])
	p.TTL, p.Proto = b[7], b[6]
	p.IPLen = total
	if len(b) >= total {
		b = b[:total]
	} else {
		p.Cut = true
	}
	switch p.Proto {
	case protoTCP, protoUDP, protoICMPv6:
		return d.transport(p, b[40:], size)
	}
	return d.extensions(p, b[40:], size)
}

// zeroLength reports that a payload length of 0 stands for the rest of the
// frame, n bytes: a jumbogram (RFC 2675), or segments that the card cuts and
// numbers. Otherwise there is no payload, and n is Ethernet padding.
func zeroLength(next uint8, n int) bool {
	return n > 65535 || next == protoTCP && n >= 20
}

// extensions walks IPv6 extension headers (RFC 8200 4) up to the payload.
func (d *Decoder) extensions(p *Packet, b []byte, n int) bool {
	for i := 0; i < maxExtensions; i++ {
		size := 0
		switch p.Proto {
		case protoHopByHop, protoDestOpts, protoRouting, protoMobility, protoHIP, protoShim6:
			if len(b) >= 2 {
				size = 8 + 8*int(b[1])
			}
		case protoAH: // RFC 4302 2.2: in 32-bit words, minus 2
			if len(b) >= 2 {
				size = 8 + 4*int(b[1])
			}
		case protoFragment:
			return d.fragment6(p, b, n)
		default:
			return d.transport(p, b, n)
		}
		if size == 0 || size > len(b) {
			return d.headless(p, BadExtensionHeader, b, n, max(size, 8))
		}
		d.redirect(p, b[:size])
		if p.Proto == protoMobility && b[0] == protoNone {
			return d.opaque(p, b, n)
		}
		p.Proto = b[0]
		b, n = b[size:], n-size
	}
	d.note(p, BadExtensionHeader)
	return d.unusable(p, b, n)
}

// redirect applies the headers that name another end of the flow, which is also
// the one that transport checksums cover: the last address of a routing header
// (RFC 8200 8.1, RFC 6275 6.4, RFC 8754 2) and the home address (RFC 6275 6.3).
func (d *Decoder) redirect(p *Packet, h []byte) {
	switch p.Proto {
	case protoRouting:
		left := int(h[3])
		if h[2] == 0 {
			d.note(p, Routing0)
		}
		addrs := (len(h) - 8) / 16
		if left == 0 || left > addrs {
			return
		}
		switch h[2] {
		case 0, 2:
			p.Dst = netid.IPFrom16(h[8+16*(addrs-1):])
		case 4: // segments are listed backwards, options may follow them
			p.Dst = netid.IPFrom16(h[8:])
		}
	case protoDestOpts:
		for o := h[2:]; len(o) >= 2; {
			if o[0] == 0 { // Pad1
				o = o[1:]
				continue
			}
			size := 2 + int(o[1])
			if size > len(o) {
				return
			}
			if o[0] == 201 && size == 18 {
				p.Src = netid.IPFrom16(o[2:])
			}
			o = o[size:]
		}
	}
}
