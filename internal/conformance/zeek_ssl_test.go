package conformance

import (
	"lazaret/internal/proto/tls"
)

// sslSpeech compares the ssl log. Zeek's default scripts leave out subjects and
// issuers, which stand in x509.
func sslSpeech() *speech {
	return &speech{
		log: "ssl", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(tls.Schema, "subject", "issuer", "client_subject", "client_issuer", "ja3", "ja3s", "ja4", "alpn",
			"min_version", "max_version", "inner_guess", "inner_confidence", "inner_why"),
		same: sameOrNone,
	}
}

// sameOrNone takes an empty list for a missing one.
func sameOrNone(_ string, a, b any) bool {
	if l, ok := a.([]any); ok && len(l) == 0 {
		return b == nil
	}
	return alike(a, b)
}

// Why the ssl logs differ.
const (
	zSSLPartial  = "The beginning of the connection is missing, and Zeek's analyzer does not start; here the hello is found at the start of a segment"
	zSSLQUIC     = "The hellos inside QUIC; this build of Zeek has no QUIC"
	zSSLInside   = "TLS inside a protocol that is not read here (XMPP, IMAP, POP3, IRC, SOCKS, WebSocket, FTP with GSSAPI)"
	zSSLMore     = "TLS inside PostgreSQL and LDAP, which this build of Zeek does not read"
	zSSLTunnel   = "The second fragment of a tunnelled datagram, which Zeek does not take"
	zSSLPieces   = "A ClientHello of DTLS whose pieces come mixed, or with leaps in their numbers: Zeek gives it up"
	zSSLBroken   = "Zeek stops at a message that breaks the standard; here the rest is read, and what was broken is left out"
	zSSLFastOpen = "Data with the SYN that Zeek leaves out"
	zSSLTime     = "The captured order of two packets: the time is that of the packet which completed the message, here and there another"
)

// zeekSSLRows explains the differences.
var zeekSSLRows = []row{
	{nil, "ssl", "extra", "ja4:q", 51, zSSLQUIC},
	{[]string{"suricata-verify__pgsql__pgsql-upgrade-tls.pcap", "*ldap-starttls.pcap", "zeek__postgresql__psql-aws-ssl-*"}, "ssl", "extra", "", 6, zSSLMore},
	{nil, "ssl", "extra", "", 195, zSSLPartial},
	{[]string{"*__Tunnels.pcap", "*gtp*"}, "ssl", "missing", "", 2, zTunnels},
	{nil, "ssl", "missing", "", 12, zSSLInside},
	{[]string{"Malcolm-Test-Artifacts__SSL.pcap", "nDPI__4in6tunnel.pcap"}, "ssl", "version,cipher,next_protocol,ssl_history", "64455 10.10.10.1", 8, zSSLTunnel},
	{[]string{"mercury__dtls_interleaved_client_hello.pcap", "zeek__tls__dtls-sequence-number-jumps.pcap"}, "ssl", "version,cipher,ssl_history", "", 4, zSSLPieces},
	{[]string{"zeek__tls__tls1.2-protocol-violation.pcap"}, "ssl", "established,ssl_history", "", 2, zSSLBroken},
	{[]string{"suricata-verify__tcp-fastopen-10-syn-data-ignore.pcap"}, "ssl", "ssl_history", "", 1, zSSLFastOpen},
	{[]string{"suricata-verify__bypass-depth-disabled.pcap"}, "ssl", "ts", "", 1, zSSLTime},
}
