package netid

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
)

// CommunityID is the Community ID flow hash, version 1, with seed 0: the same
// string in Zeek, Suricata and Wireshark, so that their records can be joined
// with ours. For ICMP the ports carry type and code, and one that has a known
// answer is ordered by the answer's type as the specification asks.
func CommunityID(src, dst Endpoint, proto uint8) string {
	oneWay := false
	if proto == 1 || proto == 58 {
		// ICMPPorts leaves ports that it made itself alone: an answer's type
		// maps back to the question's.
		src.Port, dst.Port, oneWay = ICMPPorts(proto, src.Port, dst.Port)
	}
	if !oneWay && src.Compare(dst) > 0 {
		src, dst = dst, src
	}
	var b [40]byte
	out := append(b[:0], 0, 0)
	for _, ip := range [2]*IP{&src.IP, &dst.IP} {
		if ip.Is4() {
			out = append(out, ip[12:]...)
		} else {
			out = append(out, ip[:]...)
		}
	}
	out = append(out, proto, 0)
	switch proto {
	case 1, 6, 17, 58, 132:
		out = binary.BigEndian.AppendUint16(out, src.Port)
		out = binary.BigEndian.AppendUint16(out, dst.Port)
	}
	sum := sha1.Sum(out)
	return "1:" + base64.StdEncoding.EncodeToString(sum[:])
}

// The pairs of request and reply types: RFC 792 and 950, RFC 4443, 4620
// and 4861.
var (
	icmp4Pairs = [...][2]uint16{{8, 0}, {0, 8}, {13, 14}, {14, 13}, {15, 16}, {16, 15}, {10, 9}, {9, 10}, {17, 18}, {18, 17}}
	icmp6Pairs = [...][2]uint16{{128, 129}, {129, 128}, {133, 134}, {134, 133}, {135, 136}, {136, 135}, {130, 131}, {131, 130}, {139, 140}, {140, 139}, {144, 145}, {145, 144}}
)

// ICMPPorts maps type and code of an ICMP (proto 1) or ICMPv6 (proto 58) message
// to the ports of a conversation: a type with a counterpart takes it as the second
// port; any other keeps its code and is one-way.
func ICMPPorts(proto uint8, typ, code uint16) (a, b uint16, oneWay bool) {
	pairs := icmp4Pairs[:]
	if proto == 58 {
		pairs = icmp6Pairs[:]
	}
	for _, p := range pairs {
		if p[0] == typ {
			return typ, p[1], false
		}
	}
	return typ, code, true
}
