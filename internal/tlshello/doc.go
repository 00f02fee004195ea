// Package tlshello reads the hellos of TLS, DTLS and SSL and makes prints of them.
//
// The two hello messages are the part of a TLS conversation that travels in clear
// in every version (RFC 8446 4.1, RFC 5246 7.4.1, RFC 9147 5.3), and QUIC carries
// the same messages (RFC 9001 4). Protocols that cannot import each other share
// this reader. Numbers get the names of the IANA registries, spelt as Zeek spells
// them. The prints are JA3 and JA3S (MD5 over decimal lists) and JA4 of a client
// (FoxIO, BSD licence); the other prints of the JA4 family are not openly licensed
// and are left out.
//
// It refuses to judge: a hello whose extensions end early keeps what was read. Every
// list is bounded. Slices alias the message given; strings are copies of bounded
// length, so a caller may keep them. It never panics.
package tlshello
