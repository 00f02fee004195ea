// Package netid names the parties of a conversation: hardware address, Internet
// address, endpoint, and the key of a flow.
//
// All types are plain arrays and structs without pointers: comparable, usable as
// map keys, invisible to the garbage collector, and hashable without allocation.
// An IPv4 address is held in its IPv4-mapped form (RFC 4291, 2.5.5.2), so one
// type serves both families.
//
// A Key is symmetric in direction: both directions of a conversation have the
// same Key. PairHash is symmetric in the two hosts and ignores ports, because
// related flows (FTP data, RPC on a dynamic port, fragments without ports) must
// reach the same worker. Nothing here keeps state, and nothing looks a name up.
package netid

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// MAC is an IEEE 802 MAC address (EUI-48). The zero value means unknown.
type MAC [6]byte

const hexDigits = "0123456789abcdef"

// AppendTo appends the colon-separated lower-case form.
func (m MAC) AppendTo(b []byte) []byte {
	for i, c := range m {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return b
}

// String is the colon-separated lower-case form, as Zeek writes it.
func (m MAC) String() string { return string(m.AppendTo(make([]byte, 0, 17))) }

// IsZero reports an unknown address.
func (m MAC) IsZero() bool { return m == MAC{} }

// IsGroup reports a multicast or broadcast address (IEEE 802, I/G bit).
func (m MAC) IsGroup() bool { return m[0]&1 != 0 }

// IsLocal reports a locally administered address (IEEE 802, U/L bit).
func (m MAC) IsLocal() bool { return m[0]&2 != 0 }

// IP is an IPv6 address, or an IPv4 address in its mapped form. The zero value
// is the unspecified IPv6 address "::".
type IP [16]byte

// IPv4 makes an IP of four bytes.
func IPv4(a, b, c, d byte) IP {
	return IP{10: 0xff, 11: 0xff, 12: a, 13: b, 14: c, 15: d}
}

// IPFrom4 makes an IP of the first four bytes of b, which must have them.
func IPFrom4(b []byte) IP {
	_ = b[3]
	return IP{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}
}

// IPFrom16 makes an IP of the first sixteen bytes of b, which must have them.
func IPFrom16(b []byte) IP { return IP(b[:16]) }

// FromAddr makes an IP of a netip.Addr; its zone is dropped.
func FromAddr(a netip.Addr) IP {
	if !a.IsValid() {
		return IP{}
	}
	return IP(a.As16())
}

// Is4 reports an IPv4 address.
func (ip IP) Is4() bool {
	return binary.BigEndian.Uint64(ip[:8]) == 0 && binary.BigEndian.Uint32(ip[8:12]) == 0xffff
}

// Addr is the standard library's form, unmapped.
func (ip IP) Addr() netip.Addr { return netip.AddrFrom16(ip).Unmap() }

// AppendTo appends the text form (RFC 5952 for IPv6).
func (ip IP) AppendTo(b []byte) []byte { return ip.Addr().AppendTo(b) }

// String is the text form (RFC 5952 for IPv6).
func (ip IP) String() string { return ip.Addr().String() }

// IsZero reports "::".
func (ip IP) IsZero() bool { return ip == IP{} }

// IsUnicast reports an address that one host can own: neither unspecified,
// multicast nor the IPv4 limited broadcast.
func (ip IP) IsUnicast() bool {
	a := ip.Addr()
	return !a.IsUnspecified() && !a.IsMulticast() && ip != IPv4(255, 255, 255, 255)
}

// Compare orders addresses, IPv4 before IPv6 (its mapped prefix is smaller than
// any global unicast prefix).
func (ip IP) Compare(o IP) int { return bytes.Compare(ip[:], o[:]) }

// Endpoint is an address and a port. Port is 0 for protocols without ports.
type Endpoint struct {
	IP   IP
	Port uint16
}

// Compare orders endpoints by address, then port.
func (e Endpoint) Compare(o Endpoint) int {
	if c := e.IP.Compare(o.IP); c != 0 {
		return c
	}
	return int(e.Port) - int(o.Port)
}

// String is "address:port", IPv6 in brackets.
func (e Endpoint) String() string { return netip.AddrPortFrom(e.IP.Addr(), e.Port).String() }

// Key identifies a conversation regardless of direction: Lo is never greater
// than Hi. Proto is the IP protocol number.
type Key struct {
	Lo, Hi Endpoint
	Proto  uint8
}

// MakeKey builds the Key of a packet. swapped reports that dst became Lo.
func MakeKey(src, dst Endpoint, proto uint8) (k Key, swapped bool) {
	if src.Compare(dst) <= 0 {
		return Key{src, dst, proto}, false
	}
	return Key{dst, src, proto}, true
}

// mix is the finaliser of SplitMix64: cheap, and every input bit reaches every
// output bit.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func (ip *IP) fold(seed uint64) uint64 {
	return mix(mix(binary.LittleEndian.Uint64(ip[:8])^seed) + binary.LittleEndian.Uint64(ip[8:]))
}

// Hash spreads keys over a table. It is the same in every process, so that a
// replay gives the same order; it is not meant to resist chosen keys, which is
// why every table that uses it is bounded.
func (k *Key) Hash() uint64 {
	h := k.Lo.IP.fold(0x9e3779b97f4a7c15)
	h = k.Hi.IP.fold(h)
	return mix(h ^ uint64(k.Lo.Port)<<32 ^ uint64(k.Hi.Port)<<16 ^ uint64(k.Proto))
}

// PairHash is symmetric in a and b.
func PairHash(a, b IP) uint64 {
	return mix(a.fold(0x517cc1b727220a95) + b.fold(0x517cc1b727220a95))
}
