// Package network has the behaviours that show in who talks to whom, whatever they say:
// addresses that pass to another card, calls that return like a clock, lists of servers
// that are gone through, fans of connections to one service, and a maker's remote service
// that turns inward.
//
// Each file is one behaviour, a manual page with code in it. They look at conversations
// and at the protocols of addresses, so they see what is enciphered as well; their
// confidence is lower for it.
//
// It refuses to call polling an attack: archives, interfaces, clocks and monitors are
// asked regularly in every hospital. Calls that found nobody are counted apart from those
// that were answered, because a dead list is the sign of its own kind. A capture of one
// direction alone has no failures, and is not taken for some.
//
// Memory is that of package recent, and tables of package lru with lists of fixed length;
// the bounds stand below. Records belong to the merge. There is no standard for it; the
// protocols are TCP (RFC 9293) and ARP (RFC 826, RFC 5227).
package network

import (
	"fmt"
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
)

// All lists the behaviours of the family.
func All() []*detect.Behaviour { return []*detect.Behaviour{b1, b2, b3, f1, n1, s1, v1} }

// Bounds of memory, in entries.
const (
	maxHosts = 4096
	maxCards = 8192
)

// counted is a fact that no record has alone.
func counted(what string, n int) detect.Fact {
	return detect.Fact{Field: what, Value: strconv.Itoa(n)}
}

// portOf names a port. Allow-lists know calls by it, because a server that did not answer
// spoke no protocol.
func portOf(port uint16) string { return "port " + strconv.Itoa(int(port)) }

// firstFew names some of a list.
func firstFew[T fmt.Stringer](list []T) string {
	var b strings.Builder
	for i, x := range list {
		if i == 5 {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(x.String())
	}
	return b.String()
}

// call is what came of trying to reach a server.
type call uint8

const (
	unknown  call = iota // its begin was not seen, or it is none
	answered             // the server took the connection
	dead                 // nobody answered, or the port was refused
)

// outcome tells what came of a TCP conversation. One of which only the caller's half was
// captured is unknown: its caller goes on as if it had been answered. A SYN without a window
// is a call as any other: scanners send it.
func outcome(d *flow.Record) call {
	switch d.ConnState {
	case "REJ":
		return dead
	case "S0":
		if d.OrigBytes.V == 0 && d.RespPkts == 0 && strings.Trim(d.History, "ST^CW") == "" {
			return dead
		}
	case "SF", "S1", "S2", "S3", "RSTO", "RSTR":
		return answered
	}
	return unknown
}

const tcp, udp = 6, 17

// elsewhere tells whether an address is outside: neither private nor in the same 65,536
// addresses as the one that calls, which a hospital with public addresses owns.
func elsewhere(from, to netid.IP) bool {
	if from.Is4() && to.Is4() && from[12] == to[12] && from[13] == to[13] {
		return false
	}
	return to.IsUnicast() && !inside(to)
}

// inside reports the addresses that nobody has on the Internet (RFC 1918, RFC 4193, RFC
// 6598, RFC 3927). Those for documentation count as outside.
func inside(ip netid.IP) bool {
	a := ip.Addr()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || ip.Is4() && ip[12] == 100 && ip[13]&0xc0 == 64
}
