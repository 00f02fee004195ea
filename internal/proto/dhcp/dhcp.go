// Package dhcp understands the Dynamic Host Configuration Protocol of both
// families: DHCPv4 (RFC 2131, RFC 2132, RFC 3046, RFC 4702) and DHCPv6 (RFC 8415,
// RFC 4704).
//
// A conversation spans flows: a client without an address broadcasts, a server
// answers to the address it is about to give, relays speak in between. Therefore
// the analyzer makes an ingredient of every message, and the joiner, which sees
// the messages of all workers in packet order, makes one record of a
// conversation: Zeek's dhcp log with Zeek's fields and time-outs and what an
// inventory wants besides (vendor class, parameter list, identifiers), and dhcpv6
// in the same style.
//
// It refuses to believe a length: an option that passes the end of its message
// ends the reading there, strings, lists and nesting are bounded, and so is the
// number of conversations that are open; the oldest is written when there are
// too many. The bytes of a message belong to the sensor; what is kept is copied.
package dhcp

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Bounds of what one message or conversation may hold.
const (
	maxString  = 512     // bytes of a text option that are kept
	maxList    = 64      // addresses, prefixes and names kept
	maxRelays  = 8       // nested relay messages of DHCPv6
	maxOpen    = 1 << 14 // conversations that wait for more
	maxUIDs    = 10      // flows per record, as Zeek
	maxTypes   = 50      // messages per record, as Zeek
	maxOptions = 1024    // options per message
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "dhcp",
	Doc:        "Dynamic Host Configuration Protocol for IPv4 and IPv6",
	Transports: proto.UDP,
	Ports:      []uint16{67, 68, 547, 546, 4011},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema, Schema6, MessageSchema, MessageSchema6},
	NewJoiner:  func(emit func(event.Record)) proto.Joiner { return newJoiner(emit, maxOpen) },
}

const cookie = 0x63825363 // RFC 2131 3

// probe accepts a DHCPv4 message by its fixed part and cookie, and a DHCPv6
// message by its type and the structure of all its options.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) >= fixedLen+4 && (b[0] == 1 || b[0] == 2) && b[2] <= 16 &&
		binary.BigEndian.Uint32(b[fixedLen:]) == cookie {
		return proto.Yes
	}
	return probe6(b)
}

// analyzer reads messages; it keeps nothing between them.
type analyzer struct{ flow proto.Flow }

// Packet implements proto.Datagram.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if a.flow.Conn().Orig.IP.Is4() {
		return a.packet4(d, b)
	}
	return a.packet6(d, b)
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}
