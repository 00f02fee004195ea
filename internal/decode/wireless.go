package decode

import (
	"encoding/binary"

	"lazaret/internal/netid"
)

// radiotap passes the radiotap header over. Its flags say whether the 802.11
// header is padded to a multiple of four bytes.
func (d *Decoder) radiotap(p *Packet, b []byte, n int) bool {
	if len(b) < 8 {
		return d.short(p, TruncatedWireless, 0, b, n, 8)
	}
	size := int(binary.LittleEndian.Uint16(b[2:]))
	if size < 8 || size > len(b) {
		return d.short(p, TruncatedWireless, 0, b, n, max(size, 8))
	}
	const (
		present = 1 << 31 // another word follows
		tsft    = 1 << 0
		flags   = 1 << 1
		padding = 0x20
	)
	first := binary.LittleEndian.Uint32(b[4:])
	at := 8
	for w := first; w&present != 0 && at+4 <= size; at += 4 {
		w = binary.LittleEndian.Uint32(b[at:])
	}
	if first&tsft != 0 {
		at = (at+7)&^7 + 8
	}
	padded := first&flags != 0 && at < size && b[at]&padding != 0
	return d.wireless(p, b[size:], n-size, padded)
}

// wireless reads an 802.11 MAC header (IEEE 802.11 9.3.2) and opens data frames
// in clear. Others have no packet: encrypted ones are counted as such.
func (d *Decoder) wireless(p *Packet, b []byte, n int, padded bool) bool {
	const (
		kindData  = 2
		noData    = 0x40
		qos       = 0x80
		toDS      = 0x01
		fromDS    = 0x02
		more      = 0x04
		protected = 0x40
		order     = 0x80
	)
	if len(b) < 2 {
		return d.short(p, TruncatedWireless, 0, b, n, 2)
	}
	control, flags := b[0], b[1]
	if control&3 != 0 || control>>2&3 != kindData || control&noData != 0 {
		d.stats.Management++
		return false
	}
	if flags&protected != 0 {
		d.stats.Encrypted++
		return false
	}
	size, tail := 24, 0
	if flags&(toDS|fromDS) == toDS|fromDS {
		size += 6
	}
	if control&qos != 0 {
		tail = size
		size += 2
		if flags&order != 0 {
			size += 4 // HT control
		}
	}
	if padded {
		size = (size + 3) &^ 3
	}
	if len(b) < size {
		return d.short(p, TruncatedWireless, 0, b, n, size)
	}
	p.DstMAC, p.SrcMAC = netid.MAC(b[4:10]), netid.MAC(b[10:16])
	third := netid.MAC(b[16:22])
	switch flags & (toDS | fromDS) {
	case toDS:
		p.DstMAC = third
	case fromDS:
		p.SrcMAC = third
	case toDS | fromDS:
		p.DstMAC, p.SrcMAC = third, netid.MAC(b[24:30])
	}
	if flags&more != 0 || b[22]&15 != 0 { // a piece of a frame
		d.stats.Pieces80211++
		return d.other(p, etherLLC, b[size:], n-size)
	}
	if tail > 0 && b[tail]&0x80 != 0 {
		return d.aggregate(p, b[size:], n-size)
	}
	return d.llc(p, b[size:], n-size)
}

// aggregate opens an A-MSDU (IEEE 802.11 9.3.2.2): subframes of destination,
// source, length and LLC, padded to four bytes. The first is decoded, Inner goes
// on with the others.
func (d *Decoder) aggregate(p *Packet, b []byte, n int) bool {
	if len(b) < 14 {
		return d.short(p, TruncatedWireless, 0, b, n, 14)
	}
	size := int(binary.BigEndian.Uint16(b[12:]))
	end := (14 + size + 3) &^ 3
	if end+14 <= len(b) {
		d.rest = inside{depth: p.Depth, tunnel: p.Tunnel, subframes: true, b: b[end:], n: n - end, open: true}
	}
	p.DstMAC, p.SrcMAC = netid.MAC(b[0:6]), netid.MAC(b[6:12])
	m := min(n-14, size)
	return d.llc(p, b[14:min(len(b), 14+m)], m)
}
