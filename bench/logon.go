package main

import (
	"math/rand/v2"
)

// logon makes the messages by which a client proves who it is: NTLM (MS-NLMP) within
// SPNEGO (RFC 4178, MS-SPNG). The names are invented and the proofs are noise.
type logon struct {
	domain, user, station, server string
	r                             *rand.Rand
}

var (
	ntlmssp = []byte("NTLMSSP\x00")
	// oidNTLM is 1.3.6.1.4.1.311.2.2.10.
	oidNTLM = []byte{6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10}
	// oidSPNEGO is 1.3.6.1.5.5.2.
	oidSPNEGO = []byte{6, 6, 0x2b, 6, 1, 5, 5, 2}
	// windows is version 10.0, build 20348, revision 15 (MS-NLMP 2.2.2.10).
	windows = []byte{10, 0, 0x7c, 0x4f, 0, 0, 0, 15}
)

// ntlmFlags are UNICODE, REQUEST_TARGET, NTLM, ALWAYS_SIGN, EXTENDED_SESSIONSECURITY,
// TARGET_INFO, VERSION and 128 bits (MS-NLMP 2.2.2.5).
const ntlmFlags = uint32(0x228a8205)

func (l *logon) random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(l.r.Uint32())
	}
	return b
}

// hint is what the server offers in its negotiate response.
func (l *logon) hint() []byte {
	return tlv(0x60, oidSPNEGO, tlv(0xa0, tlv(0x30, tlv(0xa0, tlv(0x30, oidNTLM)))))
}

// negotiate is the client's first message (MS-NLMP 2.2.1.1).
func (l *logon) negotiate() []byte {
	m := pack(nil, ntlmssp, uint32(1), ntlmFlags, uint64(40<<32), uint64(40<<32), windows)
	return tlv(0x60, oidSPNEGO, tlv(0xa0, tlv(0x30, tlv(0xa0, tlv(0x30, oidNTLM)), tlv(0xa2, tlv(4, m)))))
}

// names are the server's, as pairs of attribute and value (MS-NLMP 2.2.2.1).
func (l *logon) names() []byte {
	var b []byte
	for i, s := range []string{l.server, l.domain, l.server + ".bench.invalid", "bench.invalid"} {
		w := wide(s)
		b = pack(b, []uint16{1, 2, 3, 4}[i], uint16(len(w)), w)
	}
	return pack(b, uint16(7), uint16(8), filetime(0), uint32(0))
}

// field is length, greatest length and offset of a part of the payload; the part is
// appended.
func field(head, payload, part []byte, fixed int) ([]byte, []byte) {
	at := fixed + len(payload)
	return pack(head, uint16(len(part)), uint16(len(part)), uint32(at)), append(payload, part...)
}

// challenge is the server's message (MS-NLMP 2.2.1.2).
func (l *logon) challenge() []byte {
	const fixed = 56
	var payload []byte
	m := pack(nil, ntlmssp, uint32(2))
	m, payload = field(m, payload, wide(l.domain), fixed)
	m = pack(m, ntlmFlags|0x10000, l.random(8), uint64(0))
	m, payload = field(m, payload, l.names(), fixed)
	m = pack(m, windows, payload)
	return tlv(0xa1, tlv(0x30, tlv(0xa0, []byte{10, 1, 1}), tlv(0xa1, oidNTLM), tlv(0xa2, tlv(4, m))))
}

// authenticate is the client's second message (MS-NLMP 2.2.1.3).
func (l *logon) authenticate() []byte {
	const fixed = 88
	proof := pack(l.random(16), []byte{1, 1, 0, 0, 0, 0, 0, 0}, filetime(0), l.random(8), uint32(0), l.names(), uint32(0))
	var payload []byte
	m := pack(nil, ntlmssp, uint32(3))
	for _, part := range [][]byte{make([]byte, 24), proof, wide(l.domain), wide(l.user), wide(l.station), nil} {
		m, payload = field(m, payload, part, fixed)
	}
	m = pack(m, ntlmFlags, windows, l.random(16), payload)
	return tlv(0xa1, tlv(0x30, tlv(0xa2, tlv(4, m))))
}

// accepted is the server's last message.
func (l *logon) accepted() []byte {
	return tlv(0xa1, tlv(0x30, tlv(0xa0, []byte{10, 1, 0})))
}
