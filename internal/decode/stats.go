package decode

import "lazaret/internal/capture"

// Stats counts what a Decoder saw, in frames, packets or fragments.
type Stats struct {
	Frames  uint64
	Packets [KindOther + 1]uint64 // by Kind
	Tunnels [TunnelGENEVE + 1]uint64
	Defects [numDefects]uint64

	// UnknownLinks has the frames of each link type that is not understood, for
	// the first 64 of them; UnknownLinkFrames has all.
	UnknownLinks      map[capture.LinkType]uint64
	UnknownLinkFrames uint64
	// UnknownTypes counts frames of other EtherTypes and LLC protocols.
	UnknownTypes uint64
	// Encrypted counts wireless data frames that cannot be read.
	Encrypted uint64
	// Management counts wireless frames that carry no data.
	Management uint64
	// Pieces80211 counts wireless data frames that are pieces of a larger one,
	// which are not put together.
	Pieces80211 uint64

	CutFrames  uint64 // frames shortened by the snap length
	CutPackets uint64 // packets that lack bytes because of it

	ChecksumsWrong      uint64 // verified and wrong, any protocol
	ChecksumsUnverified uint64 // too long or not whole

	Fragments           uint64 // fragments seen
	FragmentsWaiting    uint64 // of them, kept right now
	FragmentsExpired    uint64 // given up after the time-out
	FragmentsShed       uint64 // given up for want of memory
	DatagramsCompleted  uint64
	DatagramsExpired    uint64
	DatagramsShed       uint64
	DatagramsRefused    uint64 // contradictory or too many pieces
	FragmentsIncomplete uint64 // cut by the snap length, not kept
}

// maxUnknownLinks bounds Stats.UnknownLinks.
const maxUnknownLinks = 64

func (d *Decoder) unknownLink(t capture.LinkType) {
	d.stats.UnknownLinkFrames++
	m := d.stats.UnknownLinks
	if m == nil {
		m = make(map[capture.LinkType]uint64)
		d.stats.UnknownLinks = m
	}
	if _, ok := m[t]; ok || len(m) < maxUnknownLinks {
		m[t]++
	}
}

// The defects, gravest last. Checksums come first: they are usually offload.
// HeaderCut is no fault of the sender: the snap length ended inside a header.
const (
	DefectNone Defect = iota
	BadTCPChecksum
	BadUDPChecksum
	BadICMPChecksum
	BadIPChecksum
	ZeroIPLength
	FragmentWithDF
	Routing0
	UDPLengthMismatch
	FragmentOverlap
	FragmentInconsistency
	FragmentSizeInconsistency
	FragmentProtocolInconsistency
	FragmentTiny
	FragmentHuge
	FragmentMisaligned
	FragmentCut
	FragmentTooMany
	TunnelTooDeep
	LinkTooDeep
	UnknownGREVersion
	UnknownIPVersion
	BadIPHeaderSize
	BadTCPHeaderSize
	BadExtensionHeader
	TruncatedIP
	TruncatedIPLen
	TruncatedInner
	TruncatedTransport
	TruncatedLink
	TruncatedEthernet
	TruncatedWireless
	TruncatedGRE
	TruncatedARP
	HeaderCut
	numDefects
)

// defectNames are Zeek's weird names where Zeek has one.
var defectNames = [numDefects]string{
	DefectNone:                    "none",
	BadTCPChecksum:                "bad_TCP_checksum",
	BadUDPChecksum:                "bad_UDP_checksum",
	BadICMPChecksum:               "bad_ICMP_checksum",
	BadIPChecksum:                 "bad_IP_checksum",
	ZeroIPLength:                  "ip_hdr_len_zero",
	FragmentWithDF:                "fragment_with_DF",
	Routing0:                      "routing0_hdr",
	UDPLengthMismatch:             "UDP_datagram_length_mismatch",
	FragmentOverlap:               "fragment_overlap",
	FragmentInconsistency:         "fragment_inconsistency",
	FragmentSizeInconsistency:     "fragment_size_inconsistency",
	FragmentProtocolInconsistency: "fragment_protocol_inconsistency",
	FragmentTiny:                  "excessively_small_fragment",
	FragmentHuge:                  "excessively_large_fragment",
	FragmentMisaligned:            "fragment_length_not_multiple_of_8",
	FragmentCut:                   "incompletely_captured_fragment",
	FragmentTooMany:               "too_many_fragments",
	TunnelTooDeep:                 "exceeded_tunnel_max_depth",
	LinkTooDeep:                   "exceeded_link_layer_max_depth",
	UnknownGREVersion:             "unknown_gre_version",
	UnknownIPVersion:              "unknown_ip_version",
	BadIPHeaderSize:               "invalid_IP_header_size",
	BadTCPHeaderSize:              "bad_TCP_header_len",
	BadExtensionHeader:            "bad_IPv6_extension_header",
	TruncatedIP:                   "truncated_IP",
	TruncatedTransport:            "truncated_header",
	TruncatedLink:                 "truncated_link_header",
	TruncatedEthernet:             "truncated_ethernet_frame",
	TruncatedWireless:             "truncated_802_11_header",
	TruncatedGRE:                  "truncated_GRE",
	TruncatedIPLen:                "truncated_IP_len",
	TruncatedInner:                "truncated_inner_IP",
	TruncatedARP:                  "truncated_ARP",
	HeaderCut:                     "internally_truncated_header",
}

// String is the name used in weird records.
func (x Defect) String() string {
	if x >= numDefects {
		return "unknown_defect"
	}
	return defectNames[x]
}
