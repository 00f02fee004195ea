// Package snmp understands the Simple Network Management Protocol over UDP:
// version 1 (RFC 1157), community-based version 2 (RFC 1901, RFC 3416) and
// version 3 with the user-based security model (RFC 3412, RFC 3414).
//
// A conversation becomes one record of Zeek's snmp log, with Zeek's fields and
// its habit of counting variable bindings, and beside them what the agent told
// of itself: the system group (RFC 3418), descriptions and serial numbers of
// the Host Resources, Entity and Printer MIBs (RFC 2790, RFC 6933, RFC 3805),
// the engine identifier of version 3 (RFC 3411 5), and the traps it sent.
//
// A community is a password: it is written only if it is one of the words that
// everybody knows; any other leaves a keyed mark, by which agents that share one
// can be told, and no more. Values of other objects are passed over, encrypted
// ones are counted as blind, and no key, digest or salt is kept. Indefinite
// lengths, lengths beyond the datagram and object identifiers that overflow are
// faults. The bytes belong to the sensor; a record owns bounded copies.
package snmp

import (
	"lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Bounds of what one conversation keeps.
const (
	maxText  = 512 // bytes of one text; DisplayString has 255 at most
	maxTraps = 16  // distinct traps
	maxArcs  = 64  // numbers of an object identifier in text form
	maxBinds = 4096
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "snmp",
	Doc:        "Simple Network Management Protocol, versions 1, 2c and 3",
	Transports: proto.UDP,
	Ports:      []uint16{161, 162},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema},
}

// Kinds of PDU (RFC 3416 3, RFC 1157 4.1): context tags, constructed.
const (
	pduGet      = 0xa0
	pduGetNext  = 0xa1
	pduResponse = 0xa2
	pduSet      = 0xa3
	pduTrapV1   = 0xa4
	pduGetBulk  = 0xa5
	pduInform   = 0xa6
	pduTrap     = 0xa7
	pduReport   = 0xa8
)

// Versions on the wire.
const (
	version1  = 0
	version2c = 1
	version3  = 3
)

// probe accepts a datagram that is exactly one message: a sequence as long as the
// datagram, a version that exists, and what that version demands next.
func probe(_ proto.Dir, head []byte) proto.Match {
	tag, body, rest, ok := der.Element(head)
	if !ok || tag != der.Sequence || len(rest) > 0 {
		return proto.No
	}
	tag, number, rest, ok := der.Element(body)
	if !ok || tag != der.Int || len(number) != 1 {
		return proto.No
	}
	switch number[0] {
	case version1, version2c:
		if tag, _, rest, ok = der.Element(rest); !ok || tag != der.Octets {
			return proto.No
		}
		tag, _, rest, ok = der.Element(rest)
		if ok && tag >= pduGet && tag <= pduReport && len(rest) == 0 {
			return proto.Yes
		}
	case version3:
		tag, global, rest, ok := der.Element(rest)
		if !ok || tag != der.Sequence {
			return proto.No
		}
		if tag, _, _, ok = der.Element(global); !ok || tag != der.Int {
			return proto.No
		}
		tag, security, rest, ok := der.Element(rest)
		if ok && tag == der.Octets && len(rest) > 0 && !nowhere(security) {
			return proto.Yes
		}
	}
	return proto.No
}

// nowhere says that a message of version 3 names a user and no engine that would
// know it. Who looks for an engine leaves the user empty (RFC 3414 4), so that such
// a message is sent to a port to see what answers; an agent's report names its
// engine and is recognised.
func nowhere(security []byte) bool {
	tag, b, _, ok := der.Element(security)
	if !ok || tag != der.Sequence {
		return false // another security model
	}
	r := within(b)
	engine := r.Want(der.Octets)
	r.Integer() // boots
	r.Integer() // time
	user := r.Want(der.Octets)
	return r.OK() && len(engine) == 0 && len(user) > 0
}
