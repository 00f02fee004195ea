package decode

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/capture"
)

const ipOf = "10.0.0.1:40000>10.0.0.2:104"

// sample is a frame made byte by byte and what must come out of it.
type sample struct {
	name string
	link capture.LinkType
	data []byte
	want []string // of show, one for each packet
}

// show puts a packet into one line; only what applies is written.
func show(p *Packet) string {
	var s strings.Builder
	s.WriteString(p.Kind.String())
	if p.Kind == KindARP || p.Kind == KindOther && p.Src.IsZero() {
		fmt.Fprintf(&s, " %04x", p.EtherType)
	} else {
		fmt.Fprintf(&s, " %s:%d>%s:%d", p.Src, p.SrcPort, p.Dst, p.DstPort)
	}
	fmt.Fprintf(&s, " %d", p.PayloadLen)
	if p.Kind == KindIP || p.Kind == KindOther && p.Proto != 0 {
		fmt.Fprintf(&s, " proto=%d", p.Proto)
	}
	if p.VLAN != 0 {
		fmt.Fprintf(&s, " vlan=%d/%d", p.VLAN, p.InnerVLAN)
	}
	if p.Tunnel != TunnelNone {
		fmt.Fprintf(&s, " %s%d", p.Tunnel, p.Depth)
	}
	if !p.SrcMAC.IsZero() {
		s.WriteString(" mac")
	}
	if p.Defect != DefectNone {
		s.WriteString(" " + p.Defect.String())
	}
	return s.String()
}

func macs(p *Packet) string { return p.SrcMAC.String() + ">" + p.DstMAC.String() }

// decodeAll gives every packet of a frame.
func decodeAll(d *Decoder, f *capture.Frame) []Packet {
	var out []Packet
	var p Packet
	for ok := d.Frame(&p, f); ok; ok = d.Inner(&p) {
		out = append(out, p)
	}
	return out
}

func tcp4(n int) []byte { return ip4Packet(protoTCP, 1, 0x4000, tcpSegment(false, data(n))) }
func tcp6(n int) []byte { return ip6Packet(protoTCP, tcpSegment(true, data(n))) }

func arpRequest() []byte {
	return cat([]byte{0, 1, 8, 0, 6, 4, 0, 1}, macA, []byte{10, 0, 0, 1}, make([]byte, 6), []byte{10, 0, 0, 2})
}

func icmpEcho(n int) []byte {
	b := cat([]byte{8, 0, 0, 0, 0, 1, 0, 2}, data(n))
	binary.BigEndian.PutUint16(b[2:], ^sum(b, 0))
	return b
}

func icmp6Echo(n int) []byte {
	b := cat([]byte{128, 0, 0, 0, 0, 1, 0, 2}, data(n))
	binary.BigEndian.PutUint16(b[2:], ^sum(b, pseudo(true, protoICMPv6, len(b))))
	return b
}

func snap(t int, payload []byte) []byte {
	return cat([]byte{0xaa, 0xaa, 3, 0, 0, 0}, u16(t), payload)
}

func pppoeSession(payload []byte) []byte {
	return cat([]byte{0x11, 0}, u16(7), u16(2+len(payload)), u16(0x21), payload)
}

func label(id int, bottom byte) []byte {
	return []byte{byte(id >> 12), byte(id >> 4), byte(id<<4) | bottom, 64}
}

// wifi makes an 802.11 QoS or plain data header; addresses are a, b, c (and d).
func wifi(subtype, flags byte, qos []byte, fourth bool, body []byte) []byte {
	h := cat([]byte{0x08 | subtype<<4, flags, 0, 0}, macB, macA, []byte{2, 0, 0, 0, 0, 0xc}, []byte{0x10, 0})
	if fourth {
		h = cat(h, []byte{2, 0, 0, 0, 0, 0xd})
	}
	return cat(h, qos, body)
}

func radiotapHeader(flags byte) []byte {
	return cat([]byte{0, 0, 17, 0, 3, 0, 0, 0}, make([]byte, 8), []byte{flags})
}

func samples() []sample {
	return slices.Concat(linkSamples(), serialSamples(), wirelessSamples(), ip4Samples(), ip6Samples(), tunnelSamples())
}

func linkSamples() []sample {
	eth := capture.LinkEthernet
	tcp := "tcp " + ipOf + " 3"
	return []sample{
		{"ethernet", eth, ethFrame(etherIPv4, tcp4(3)), []string{tcp + " mac"}},
		{"ethernet padding", eth, cat(ethFrame(etherIPv4, tcp4(3)), make([]byte, 9)), []string{tcp + " mac"}},
		{"arp", eth, cat(ethFrame(etherARP, arpRequest()), make([]byte, 18)), []string{"arp 0806 28 mac"}},
		{"lldp", eth, ethFrame(0x88cc, data(30)), []string{"other 88cc 30 mac"}},
		{"vlan", eth, ethFrame(etherVLAN, vlanTag(5, etherIPv4, tcp4(3))), []string{tcp + " vlan=5/0 mac"}},
		{"priority tag", eth, ethFrame(etherVLAN, vlanTag(0xe000, etherIPv4, tcp4(3))), []string{tcp + " mac"}},
		{"q in q", eth, ethFrame(etherQinQ, vlanTag(5, etherVLAN, vlanTag(6, etherIPv4, tcp4(3)))), []string{tcp + " vlan=5/6 mac"}},
		{"three tags", eth, ethFrame(etherQinQOld, vlanTag(5, etherVLAN, vlanTag(6, etherVLAN, vlanTag(7, etherIPv4, tcp4(3))))), []string{tcp + " vlan=5/6 mac"}},
		{"vlan llc snap", eth, ethFrame(etherVLAN, vlanTag(5, 8+47, snap(etherIPv4, tcp4(3)))), []string{tcp + " vlan=5/0 mac"}},
		{"802.3 snap", eth, cat(ethFrame(8+47, snap(etherIPv4, tcp4(3))), make([]byte, 5)), []string{tcp + " mac"}},
		{"cisco discovery", eth, cat(ethFrame(8+30, cat([]byte{0xaa, 0xaa, 3, 0, 0, 0xc}, u16(EtherCDP), data(30))), make([]byte, 8)), []string{"other 2000 30 mac"}},
		{"cisco snap of another protocol", eth, ethFrame(8+30, cat([]byte{0xaa, 0xaa, 3, 0, 0, 0xc}, u16(0x2004), data(30))), []string{"other 0000 38 mac"}},
		{"spanning tree", eth, cat(ethFrame(38, cat([]byte{0x42, 0x42, 3}, data(35))), make([]byte, 8)), []string{"other 0000 38 mac"}},
		{"vn-tag", eth, ethFrame(etherVNTag, cat(data(4), u16(etherIPv4), tcp4(3))), []string{tcp + " mac"}},
		{"e-tag", eth, ethFrame(etherETag, cat(data(6), u16(etherIPv4), tcp4(3))), []string{tcp + " mac"}},
		{"fabric path", eth, ethFrame(etherFabric, cat(data(2), ethFrame(etherIPv4, tcp4(3)))), []string{tcp + " mac"}},
		{"mpls ip", eth, ethFrame(etherMPLS, cat(label(16, 0), label(17, 1), tcp4(3))), []string{tcp + " mac"}},
		{"mpls ipv6", eth, ethFrame(etherMPLS, cat(label(17, 1), tcp6(3))), []string{"tcp fd00::1:40000>fd00::2:104 3 mac"}},
		{"mpls pseudo-wire", eth, ethFrame(etherMPLS, cat(label(16, 1), u32(0), ethFrame(etherIPv4, tcp4(3)))), []string{tcp + " mac"}},
		{"mpls pseudo-wire without control word", eth, ethFrame(etherMPLS, cat(label(16, 1), ethFrame(etherIPv4, tcp4(3)))), []string{tcp + " mac"}},
		{"mpls ethernet to 4x address", eth, ethFrame(etherMPLS, cat(label(16, 1), []byte{0x45, 1, 2, 3, 4, 5}, macA, u16(etherIPv4), tcp4(3))), []string{tcp + " mac"}},
		{"pppoe session", eth, cat(ethFrame(etherPPPoES, pppoeSession(tcp4(3))), make([]byte, 4)), []string{tcp + " mac"}},
		{"pppoe discovery", eth, ethFrame(etherPPPoED, cat([]byte{0x11, 9, 0, 0, 0, 4}, u32(0x01010000))), []string{"other 8863 10 mac"}},
	}
}

func serialSamples() []sample {
	tcp := "tcp " + ipOf + " 3"
	return []sample{
		{"pppoe link", capture.LinkPPPoE, pppoeSession(tcp4(3)), []string{tcp}},
		{"ppp", capture.LinkPPP, cat(u16(0x21), tcp4(3)), []string{tcp}},
		{"ppp compressed", capture.LinkPPP, cat([]byte{0x21}, tcp4(3)), []string{tcp}},
		{"ppp hdlc", capture.LinkPPPHDLC, cat([]byte{0xff, 3, 0, 0x57}, tcp6(3)), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
		{"ppp lcp", capture.LinkPPPHDLC, cat([]byte{0xff, 3, 0xc0, 0x21}, data(8)), []string{"other 880b 8"}},
		{"cisco hdlc", capture.LinkPPPHDLC, cat([]byte{0x0f, 0}, u16(etherIPv4), tcp4(3)), []string{tcp}},
		{"raw 101", capture.LinkRaw, tcp4(3), []string{tcp}},
		{"raw 12", capture.LinkRawOld12, tcp6(3), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
		{"raw 14", capture.LinkRawOld14, tcp4(3), []string{tcp}},
		{"raw 228", capture.LinkIPv4, tcp4(3), []string{tcp}},
		{"raw 229", capture.LinkIPv6, tcp6(3), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
		{"null little", capture.LinkNull, cat([]byte{2, 0, 0, 0}, tcp4(3)), []string{tcp}},
		{"null big", capture.LinkNull, cat([]byte{0, 0, 0, 30}, tcp6(3)), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
		{"loop", capture.LinkLoop, cat([]byte{0, 0, 0, 24}, tcp6(3)), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
		{"sll", capture.LinkLinuxSLL, cat(u16(0), u16(1), u16(6), macA, u16(0), u16(etherIPv4), tcp4(3)), []string{tcp + " mac"}},
		{"sll llc", capture.LinkLinuxSLL, cat(u16(0), u16(1), u16(6), macA, u16(0), u16(4), snap(etherIPv4, tcp4(3))), []string{tcp + " mac"}},
		{"sll2", capture.LinkLinuxSLL2, cat(u16(etherIPv4), u16(0), u32(3), u16(1), []byte{0, 6}, macA, u16(0), tcp4(3)), []string{tcp + " mac"}},
		{"sll2 without address", capture.LinkLinuxSLL2, cat(u16(etherIPv6), u16(0), u32(3), u16(65534), []byte{0, 0}, make([]byte, 8), tcp6(3)), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
		{"fddi", linkFDDI, cat([]byte{0x50}, macB, macA, snap(etherIPv4, tcp4(3))), []string{tcp}},
		{"fddi management", linkFDDI, cat([]byte{0x41}, macB, macA, data(9)), []string{"other 0000 9"}},
		{"nflog", linkNFLOG, cat([]byte{2, 0, 0, 0, 8, 0, 1, 0, 0, 0, 0, 0}, []byte{47 + 4, 0, 9, 0}, tcp4(3)), []string{tcp}},
	}
}

func wirelessSamples() []sample {
	tcp := "tcp " + ipOf + " 3"
	subframe := func(body []byte) []byte {
		b := cat(macB, macA, u16(len(body)), body)
		return cat(b, make([]byte, (4-len(b)&3)&3))
	}
	return []sample{
		{"802.11 from station", capture.LinkIEEE80211, wifi(0, 1, nil, false, snap(etherIPv4, tcp4(3))), []string{tcp + " mac"}},
		{"802.11 qos", capture.LinkIEEE80211, wifi(8, 2, []byte{0, 0}, false, snap(etherIPv4, tcp4(3))), []string{tcp + " mac"}},
		{"802.11 four addresses", capture.LinkIEEE80211, wifi(8, 3, []byte{0, 0}, true, snap(etherIPv4, tcp4(3))), []string{tcp + " mac"}},
		{"802.11 ht control", capture.LinkIEEE80211, wifi(8, 0x82, []byte{0, 0, 1, 2, 3, 4}, false, snap(etherIPv4, tcp4(3))), []string{tcp + " mac"}},
		{"802.11 a-msdu", capture.LinkIEEE80211, wifi(8, 2, []byte{0x80, 0}, false, cat(subframe(snap(etherIPv4, tcp4(3))), subframe(snap(etherARP, arpRequest())), subframe(snap(etherIPv6, tcp6(3))))),
			[]string{tcp + " mac", "arp 0806 28 mac", "tcp fd00::1:40000>fd00::2:104 3 mac"}},
		{"802.11 protected", capture.LinkIEEE80211, wifi(8, 0x41, []byte{0, 0}, false, data(50)), nil},
		{"802.11 beacon", capture.LinkIEEE80211, cat([]byte{0x80, 0}, data(40)), nil},
		{"802.11 null data", capture.LinkIEEE80211, wifi(4, 1, nil, false, nil), nil},
		{"radiotap", capture.LinkRadiotap, cat(radiotapHeader(0), wifi(0, 1, nil, false, snap(etherIPv4, tcp4(3)))), []string{tcp + " mac"}},
		{"radiotap padded", capture.LinkRadiotap, cat(radiotapHeader(0x20), wifi(8, 1, []byte{0, 0, 0, 0}, false, snap(etherIPv4, tcp4(3)))), []string{tcp + " mac"}},
		{"unknown link", 147, tcp4(3), nil},
	}
}

func ip4Samples() []sample {
	raw := capture.LinkRaw
	withOptions := cat([]byte{0x46, 0}, u16(24+27), u32(0), []byte{64, protoTCP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 0}, tcpSegment(false, data(3)))
	binary.BigEndian.PutUint16(withOptions[10:], ^sum(withOptions[:24], 0))
	noLength := tcp4(3)
	noLength[2], noLength[3], noLength[10], noLength[11] = 0, 0, 0, 0
	binary.BigEndian.PutUint16(noLength[10:], ^sum(noLength[:20], 0))
	lie := tcp4(3)
	lie[3]++
	udpLong, udpShort := udpDatagram(false, 53, data(4)), udpDatagram(false, 53, data(4))
	udpLong[5], udpShort[5] = 40, 10
	badTCP := tcp4(3)
	badTCP[40]++
	badUDP := ip4Packet(protoUDP, 1, 0, udpDatagram(false, 53, data(4)))
	badUDP[30]++
	noSum := ip4Packet(protoUDP, 1, 0, udpDatagram(false, 53, data(4)))
	noSum[26], noSum[27] = 0, 0
	badHead := tcp4(3)
	badHead[8]--
	offset := tcp4(3)
	offset[32] = 0x40
	return []sample{
		{"options", raw, withOptions, []string{"tcp " + ipOf + " 3"}},
		{"length 0", raw, noLength, []string{"tcp " + ipOf + " 3 ip_hdr_len_zero"}},
		{"length beyond the frame", raw, lie, []string{"other 0800 47 truncated_IP_len"}},
		{"version 5", raw, cat([]byte{0x55}, data(30)), []string{"other 0800 31 unknown_ip_version"}},
		{"header of 4 words", raw, cat([]byte{0x44, 0, 0, 24}, data(20)), []string{"other 0800 24 invalid_IP_header_size"}},
		{"short ip", raw, data(19)[:19:19], []string{"other 0800 19 unknown_ip_version"}},
		{"bad header checksum", raw, badHead, []string{"tcp " + ipOf + " 3 bad_IP_checksum"}},
		{"bad tcp checksum", raw, badTCP, []string{"tcp " + ipOf + " 3 bad_TCP_checksum"}},
		{"bad udp checksum", raw, badUDP, []string{"udp 10.0.0.1:5000>10.0.0.2:53 4 bad_UDP_checksum"}},
		{"no udp checksum", raw, noSum, []string{"udp 10.0.0.1:5000>10.0.0.2:53 4"}},
		{"udp", raw, ip4Packet(protoUDP, 1, 0, udpDatagram(false, 53, data(4))), []string{"udp 10.0.0.1:5000>10.0.0.2:53 4"}},
		{"udp length too long", raw, ip4Packet(protoUDP, 1, 0, udpLong), []string{"udp 10.0.0.1:5000>10.0.0.2:53 4 UDP_datagram_length_mismatch"}},
		{"udp length short", raw, ip4Packet(protoUDP, 1, 0, udpShort), []string{"udp 10.0.0.1:5000>10.0.0.2:53 2 UDP_datagram_length_mismatch"}},
		{"udp header cut off", raw, ip4Packet(protoUDP, 1, 0, data(7)), []string{"other 10.0.0.1:0>10.0.0.2:0 7 proto=17 truncated_header"}},
		{"tcp data offset", raw, offset, []string{"other 10.0.0.1:0>10.0.0.2:0 27 proto=6 bad_TCP_header_len"}},
		{"icmp", raw, ip4Packet(protoICMP, 1, 0, icmpEcho(5)), []string{"icmp 10.0.0.1:8>10.0.0.2:0 5"}},
		{"igmp", raw, ip4Packet(2, 1, 0, data(8)), []string{"ip 10.0.0.1:0>10.0.0.2:0 8 proto=2"}},
		{"ah over v4", raw, ip4Packet(protoAH, 1, 0, cat([]byte{protoTCP, 4, 0, 0}, data(20), tcpSegment(false, data(3)))), []string{"tcp " + ipOf + " 3"}},
	}
}

func ip6Samples() []sample {
	raw := capture.LinkRaw
	v6 := func(next byte, parts ...[]byte) []byte { return ip6Packet(next, cat(parts...)) }
	hop := cat([]byte{protoTCP, 0, 1, 4}, make([]byte, 4))
	noLength6 := tcp6(3)
	noLength6[4], noLength6[5] = 0, 0
	home := cat([]byte{protoTCP, 2, 201, 16, 0xfd}, make([]byte, 14), []byte{9, 1, 2, 0, 0})
	route := cat([]byte{protoUDP, 2, 0, 1}, u32(0), []byte{0xfd}, make([]byte, 14), []byte{9})
	return []sample{
		{"v6 length 0 of tcp", raw, noLength6, []string{"tcp fd00::1:40000>fd00::2:104 3 ip_hdr_len_zero"}},
		{"v6 without payload", raw, cat(v6(99), data(6)), []string{"ip fd00::1:0>fd00::2:0 0 proto=99"}},
		{"icmpv6", raw, v6(protoICMPv6, icmp6Echo(5)), []string{"icmp fd00::1:128>fd00::2:0 5"}},
		{"esp", raw, v6(protoESP, data(40)), []string{"ip fd00::1:0>fd00::2:0 40 proto=50"}},
		{"no next header", raw, v6(protoNone, data(4)), []string{"ip fd00::1:0>fd00::2:0 4 proto=59"}},
		{"hop by hop", raw, v6(0, hop, tcpSegment(true, data(3))), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
		{"ah", raw, v6(protoAH, cat([]byte{protoTCP, 4, 0, 0}, data(20)), tcpSegment(true, data(3))), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
		{"home address", raw, v6(protoDestOpts, home, tcpSegment(true, data(3))), []string{"tcp fd00::9:40000>fd00::2:104 3 bad_TCP_checksum"}},
		{"routing header", raw, v6(protoRouting, route, udpDatagram(true, 53, data(3))), []string{"udp fd00::1:5000>fd00::9:53 3 routing0_hdr"}},
		{"mobility", raw, v6(protoMobility, []byte{protoNone, 0, 1, 0, 0, 0, 0, 0}), []string{"ip fd00::1:0>fd00::2:0 8 proto=135"}},
		{"extension too long", raw, v6(0, []byte{protoTCP, 9, 0, 0, 0, 0, 0, 0}), []string{"other fd00::1:0>fd00::2:0 8 bad_IPv6_extension_header"}},
		{"extension chain", raw, v6(0, []byte(strings.Repeat("\x00\x00\x01\x04\x00\x00\x00\x00", 40))), []string{"other fd00::1:0>fd00::2:0 64 bad_IPv6_extension_header"}},
		{"atomic fragment", raw, v6(protoFragment, []byte{protoTCP, 0, 0, 0, 0, 0, 0, 7}, tcpSegment(true, data(3))), []string{"tcp fd00::1:40000>fd00::2:104 3"}},
	}
}

func tunnelSamples() []sample {
	raw, eth := capture.LinkRaw, capture.LinkEthernet
	v4 := func(proto byte, parts ...[]byte) []byte { return ip4Packet(proto, 1, 0, cat(parts...)) }
	greHead := func(flags, t int, extra ...[]byte) []byte { return cat(u16(flags), u16(t), cat(extra...)) }
	inner := ethFrame(etherIPv4, tcp4(3))
	tcp := "tcp " + ipOf + " 3"
	outer := func(port, n int) string { return fmt.Sprintf("udp 10.0.0.1:5000>10.0.0.2:%d %d", port, n) }
	udp := func(port int, parts ...[]byte) []byte { return v4(protoUDP, udpDatagram(false, port, cat(parts...))) }
	vx := []byte{8, 0, 0, 0, 0, 0, 7, 0}
	deep := tcp4(3)
	for range 9 {
		deep = v4(protoIPIP, deep)
	}
	return []sample{
		{"ip in ip", eth, ethFrame(etherIPv4, v4(protoIPIP, tcp4(3))), []string{tcp + " ipip1"}},
		{"6in4", raw, v4(protoIPv6, tcp6(3)), []string{"tcp fd00::1:40000>fd00::2:104 3 ipip1"}},
		{"4in6", raw, ip6Packet(protoIPIP, tcp4(3)), []string{tcp + " ipip1"}},
		{"nested too deep", raw, deep, []string{"other 10.0.0.1:0>10.0.0.2:0 47 proto=4 ipip8 exceeded_tunnel_max_depth"}},
		{"gre", raw, v4(protoGRE, greHead(0, etherIPv4), tcp4(3)), []string{tcp + " gre1"}},
		{"gre checksum key sequence", raw, v4(protoGRE, greHead(0xb000, etherIPv6, u32(0), u32(1), u32(2)), tcp6(3)), []string{"tcp fd00::1:40000>fd00::2:104 3 gre1"}},
		{"gre routing", raw, v4(protoGRE, greHead(0x4000, etherIPv4, u32(0), []byte{8, 0, 0, 4, 1, 2, 3, 4}, u32(0)), tcp4(3)), []string{tcp + " gre1"}},
		{"gre bridged", raw, v4(protoGRE, greHead(0, etherBridged), inner), []string{tcp + " gre1 mac"}},
		{"gre mpls", raw, v4(protoGRE, greHead(0, etherMPLS), label(16, 1), tcp4(3)), []string{tcp + " gre1"}},
		{"gre arp", raw, v4(protoGRE, greHead(0, etherARP), arpRequest()), []string{"arp 0806 28 gre1"}},
		{"pptp", raw, v4(protoGRE, greHead(0x3081, etherPPP, u16(2+47), u16(9), u32(1), u32(2)), []byte{0xff, 3, 0, 0x21}, tcp4(3)), []string{tcp + " gre1"}},
		{"pptp acknowledgement", raw, v4(protoGRE, greHead(0x2081, etherPPP, u32(9), u32(2))), []string{"other 10.0.0.1:0>10.0.0.2:0 12 proto=47"}},
		{"gre version 2", raw, v4(protoGRE, greHead(2, etherIPv4), tcp4(3)), []string{"other 10.0.0.1:0>10.0.0.2:0 51 proto=47 unknown_gre_version"}},
		{"gre cut off", raw, v4(protoGRE, greHead(0xb000, etherIPv4, u32(0))), []string{"other 10.0.0.1:0>10.0.0.2:0 8 proto=47 truncated_GRE"}},
		{"erspan i", raw, v4(protoGRE, greHead(0, etherERSPAN2), inner), []string{tcp + " erspan1 mac"}},
		{"erspan ii", eth, ethFrame(etherIPv4, v4(protoGRE, greERSPAN(inner))), []string{tcp + " vlan=42/0 erspan1 mac"}},
		{"erspan ii tagged", raw, v4(protoGRE, greERSPAN(ethFrame(etherVLAN, vlanTag(9, etherIPv4, tcp4(3))))), []string{tcp + " vlan=9/0 erspan1 mac"}},
		{"erspan iii", raw, v4(protoGRE, greHead(0x1000, etherERSPAN3, u32(1), []byte{0x20, 42, 0, 1}, u32(5), []byte{0, 0, 0, 0}), inner), []string{tcp + " vlan=42/0 erspan1 mac"}},
		{"erspan iii platform", raw, v4(protoGRE, greHead(0x1000, etherERSPAN3, u32(1), []byte{0x20, 42, 0, 1}, u32(5), []byte{0, 0, 0, 1}, data(8)), inner), []string{tcp + " vlan=42/0 erspan1 mac"}},
		{"erspan iii ip", raw, v4(protoGRE, greHead(0x1000, etherERSPAN3, u32(1), []byte{0x20, 0, 0, 1}, u32(5), []byte{0, 0, 8, 0}), tcp4(3)), []string{tcp + " erspan1"}},
		{"vxlan", eth, ethFrame(etherIPv4, udp(portVXLAN, vx, inner)), []string{outer(4789, 69) + " mac", tcp + " vxlan1 mac"}},
		{"vxlan in vxlan", raw, udp(portVXLAN, vx, ethFrame(etherIPv4, udp(portVXLAN, vx, inner))), []string{outer(4789, 119), outer(4789, 69) + " vxlan1 mac", tcp + " vxlan2 mac"}},
		{"vxlan without the flag", raw, udp(portVXLAN, make([]byte, 8), inner), []string{outer(4789, 69)}},
		{"vxlan on 8472", raw, udp(portVXLANOld, vx, inner), []string{outer(8472, 69), tcp + " vxlan1 mac"}},
		{"not vxlan on 8472", raw, udp(portVXLANOld, vx, data(60)), []string{outer(8472, 68)}},
		{"vxlan gpe", raw, udp(portGPE, []byte{0x0c, 0, 0, 1, 0, 0, 7, 0}, tcp4(3)), []string{outer(4790, 55), tcp + " vxlan1"}},
		{"geneve", raw, udp(portGENEVE, []byte{2, 0, 0x65, 0x58, 0, 0, 7, 0}, data(8), inner), []string{outer(6081, 77), tcp + " geneve1 mac"}},
		{"geneve ipv6", raw, udp(portGENEVE, []byte{0, 0, 0x86, 0xdd, 0, 0, 7, 0}, tcp6(3)), []string{outer(6081, 75), "tcp fd00::1:40000>fd00::2:104 3 geneve1"}},
		{"geneve version 1", raw, udp(portGENEVE, []byte{0x40, 0, 0x65, 0x58, 0, 0, 7, 0}, inner), []string{outer(6081, 69)}},
		{"erspan in vxlan in gre", raw, v4(protoGRE, greHead(0, etherIPv4), udp(portVXLAN, vx, ethFrame(etherIPv4, v4(protoGRE, greERSPAN(inner))))),
			[]string{"udp 10.0.0.1:5000>10.0.0.2:4789 119 gre1", tcp + " vlan=42/0 erspan3 mac"}},
	}
}
