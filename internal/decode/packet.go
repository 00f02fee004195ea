// Package decode takes a frame apart, from the link layer to the transport
// payload.
//
// It understands the link types of package capture, stacked VLANs (802.1Q,
// 802.1ad), MPLS, PPPoE, IP in IP, 6in4, GRE, ERSPAN I to III, VXLAN, GENEVE,
// IPv4 and IPv6 with fragments and extension headers, TCP, UDP, ICMP, ICMPv6 and
// ARP. One frame may hold several packets, one inside the other: Decoder.Frame
// gives the outermost that has a flow of its own, Decoder.Inner those inside.
//
// It refuses to keep packets (only fragments, within a bounded table), to verify
// long checksums, and to return errors: a defect is a small number that indexes a
// counter. The caller owns the Packet; its slices alias the frame, or for a
// reassembled datagram a buffer of its own that is never reused. No packet
// allocates, except one completed from fragments.
package decode

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Packet is one decoded packet. Fields that do not apply are zero.
type Packet struct {
	Time  event.Time
	Index uint64 // of the frame, from 1

	Src, Dst         netid.IP
	SrcMAC, DstMAC   netid.MAC
	VLAN, InnerVLAN  uint16 // 802.1Q identifiers, outermost first; 0 is none
	SrcPort, DstPort uint16 // for ICMP: type and code
	Proto            uint8  // IP protocol number of the payload (6 TCP, 17 UDP, ...)
	Kind             Kind
	TTL              uint8 // IPv4 time to live or IPv6 hop limit
	Tunnel           Tunnel
	Depth            uint8 // number of tunnels around this packet

	Flags  uint8 // TCP flags, RFC 9293 3.1, FIN = 1
	Defect Defect
	// Fragmented says that the packet was put together from fragments: Pieces is
	// their number, and IPLen what one datagram would have had, as Zeek counts
	// it: the first fragment's headers and all payload. A KindIP packet that is
	// Fragmented with no Pieces is a fragment whose datagram is not whole yet.
	Fragmented bool
	Pieces     uint16
	// BadChecksum says that a checksum was verified and is wrong (usually
	// offload: the frame was captured before the card filled it in).
	BadChecksum bool
	// Cut says that bytes of this packet are not there: the snap length removed
	// them, or its length goes beyond the frame (Defect TruncatedIPLen).
	Cut bool

	Seq, Ack uint32 // TCP
	Window   uint16 // TCP, unscaled
	Urgent   uint16 // TCP urgent pointer

	EtherType uint16 // for KindARP and KindOther
	// IPLen is the length of the IP datagram as its header says it, in bytes.
	IPLen int
	// PayloadLen is the length of the transport payload as the headers say it;
	// Payload holds those bytes of it that were captured, so it may be shorter.
	PayloadLen int
	Payload    []byte
	// Options are the TCP options, aliasing the frame.
	Options []byte
}

// Kind says what a packet is.
type Kind uint8

// KindTCP, KindUDP and KindICMP have a flow; KindARP is link-layer (Payload is
// the ARP packet). KindIP is another IP protocol, which Zeek logs as
// unknown_transport, or a fragment of an unfinished datagram (Fragmented without
// Pieces). KindOther is everything else (EtherType says which): a frame without
// IP, one whose IP header cannot be used, and, with addresses and Proto set, a
// packet whose transport or tunnel header is not all there or not right.
const (
	KindNone Kind = iota
	KindTCP
	KindUDP
	KindICMP
	KindARP
	KindIP
	KindOther
)

// String is the lower-case name.
func (k Kind) String() string {
	return [...]string{"none", "tcp", "udp", "icmp", "arp", "ip", "other"}[min(k, KindOther)]
}

// TCP flags (RFC 9293 3.1).
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Tunnel is the kind of the innermost tunnel around a packet.
type Tunnel uint8

// The tunnels that are opened.
const (
	TunnelNone Tunnel = iota
	TunnelIPIP
	TunnelGRE
	TunnelERSPAN
	TunnelVXLAN
	TunnelGENEVE
)

// String is the lower-case name.
func (t Tunnel) String() string {
	return [...]string{"none", "ipip", "gre", "erspan", "vxlan", "geneve"}[min(t, TunnelGENEVE)]
}

// Defect numbers what is wrong with a frame; it indexes Stats.Defects. A packet
// has the gravest of its defects, Stats counts all.
type Defect uint8
