// Package arp understands address resolution: ARP (RFC 826), address conflict
// detection (RFC 5227), reverse ARP (RFC 903) and inverse ARP (RFC 2390), for
// Ethernet and IPv4.
//
// The analyzer reads one packet into an ingredient. The joiner, which sees the
// packets of all workers in order, keeps a bounded table of bindings and writes
// a record of the arp log when a binding (operation, sender, target) is first
// seen, when an address passes to another card, and once more at the end, or
// when the table is full, for those that were repeated. So a quiet network costs
// a few lines a day, and one who answers for others stands out.
//
// It refuses to judge: a conflict names both cards, not the guilty one. It takes
// no address from a probe (sender 0.0.0.0), from a group address, or from a
// packet of another form than Ethernet and IPv4. The bytes belong to the sensor;
// nothing of them is kept but fixed-size addresses.
package arp

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "arp",
	Doc:        "Address resolution: who claims which IPv4 address on the local link",
	Transports: proto.Link,
	EtherTypes: []uint16{0x0806, 0x8035},
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema, PacketSchema},
	NewJoiner:  func(emit func(event.Record)) proto.Joiner { return newJoiner(emit, maxBindings, maxOwners) },
}

// Operations (IANA, ARP operation codes).
const (
	opRequest     = 1
	opReply       = 2
	opRARPRequest = 3
	opRARPReply   = 4
	opInRequest   = 8
	opInReply     = 9
)

// Packet is one packet as it was read; it is an ingredient and is not logged.
type Packet struct {
	Operation            uint16
	SenderMAC, TargetMAC netid.MAC
	SenderIP, TargetIP   netid.IP // IPv4
	FrameMAC             netid.MAC
}

// PacketSchema declares the ingredient.
var PacketSchema = event.NewFreeSchema[Packet]("arp_packet", "One address resolution packet, an ingredient of the arp log")

// Schema implements event.Payload.
func (*Packet) Schema() *event.Schema { return PacketSchema }

// analyzer reads packets; it keeps nothing between them.
type analyzer struct{ flow proto.Flow }

// addressesLen is the length of two six-byte and two four-byte addresses.
const addressesLen = 20

// Packet implements proto.Datagram (RFC 826, packet format). What follows the
// packet is padding.
func (a *analyzer) Packet(_ proto.Dir, b []byte) error {
	r := wire.NewReader(b)
	hardware, protocol, hlen, plen := r.U16(), r.U16(), r.U8(), r.U8()
	p := &Packet{Operation: r.U16(), FrameMAC: a.flow.SrcMAC()}
	switch {
	case !r.OK():
		return &proto.Error{Code: "truncated"}
	case protocol != 0x0800 || hardware != 1 && hardware != 6:
		a.flow.Weird("other_address_family", 0)
		return nil
	case hlen != 6 || plen != 4:
		return &proto.Error{Code: "bad_address_length", Offset: 4}
	case r.Len() < addressesLen:
		return &proto.Error{Code: "truncated", Offset: 8}
	}
	p.SenderMAC, p.SenderIP = netid.MAC(r.Bytes(6)), netid.IPFrom4(r.Bytes(4))
	p.TargetMAC, p.TargetIP = netid.MAC(r.Bytes(6)), netid.IPFrom4(r.Bytes(4))
	if p.Operation == 0 || p.Operation > 25 {
		a.flow.Weird("unknown_operation", 6)
	}
	if p.SenderMAC.IsGroup() {
		a.flow.Weird("group_sender", 8)
	} else if p.SenderIP != unspecified && !p.SenderIP.IsUnicast() {
		a.flow.Weird("bad_sender_address", 14)
	}
	a.flow.Emit(a.flow.Now(), p)
	return nil
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}

// unspecified is 0.0.0.0, the sender of a probe.
var unspecified = netid.IPv4(0, 0, 0, 0)
