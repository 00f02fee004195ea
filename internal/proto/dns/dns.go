// Package dns understands the Domain Name System and the protocols that share
// its message form: DNS over UDP and TCP (RFC 1035, RFC 7766), multicast DNS
// (RFC 6762), LLMNR (RFC 4795), dynamic update (RFC 2136) and the NetBIOS name
// service (RFC 1002).
//
// A question and its answer become one record of Zeek's dns log, with Zeek's
// fields, its rules for pairing by transaction id, its text form of answers and
// its time-out. As in Zeek 8, messages to a multicast group are paired like any
// others, although an announcement need not answer the question before it. What
// an answer tells about names and addresses is kept beside the logged fields, so
// that the inventory need not read text again, nor trust that pairing.
//
// It refuses to resolve, to guess a name that is damaged, to follow compression
// pointers that do not point backwards, and to trust a count in a header: every
// name, list, table and answer text is bounded by a number below. Authority
// records are passed over. The bytes of a message belong to the sensor; a record
// owns copies of the few strings it keeps.
package dns

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Bounds of what one message or flow may cost.
const (
	headerLen    = 12
	maxQueries   = 25        // questions per message, as Zeek
	maxName      = 512       // bytes of a name in text form
	maxJumps     = 127       // compression pointers per name
	maxAnswers   = 2048      // answers kept per record
	maxText      = 1 << 17   // bytes of answer text per record
	maxBindings  = 64        // bindings kept per record
	maxNodeNames = 64        // names kept of a NetBIOS node status
	maxPending   = 50        // unmatched messages per id, and ids, per flow, as Zeek
	maxHeld      = 256 << 10 // estimated bytes of unmatched messages per flow
	maxMessage   = 2 + 65535
)

// session is how long a flow over UDP may be idle before its waiting messages
// are given up (Zeek's dns_session_timeout).
const session = event.Interval(10e9)

// Ports that are not evidence but change how Zeek writes a message.
const portNBNS = 137

// Opcodes (RFC 1035 4.1.1, RFC 1996, RFC 2136; RFC 1002 4.2.1.1).
const (
	opQuery  = 0
	opNotify = 4
	opUpdate = 5
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "dns",
	Doc:        "Domain Name System, multicast DNS, LLMNR and NetBIOS name service",
	Transports: proto.UDP | proto.TCP,
	Ports:      []uint16{53, 5353, 5355, 137},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema, ServiceSchema},
	Budget:     maxMessage,
}

// probe accepts a datagram, or the start of a stream of messages with a length
// before each (RFC 1035 4.2.2). It does not know which of the two it is given;
// both readings are strict enough not to be taken for each other.
func probe(_ proto.Dir, head []byte) proto.Match {
	asDatagram := plausible(head)
	if asDatagram == proto.Yes {
		return proto.Yes
	}
	if len(head) < 2 {
		return proto.Maybe
	}
	n := int(binary.BigEndian.Uint16(head))
	if n < headerLen {
		return asDatagram
	}
	body := head[2:]
	whole := len(body) >= n
	if whole {
		body = body[:n]
	}
	switch m := plausible(body); {
	case m == proto.Yes:
		return proto.Yes
	case m == proto.Maybe && !whole:
		return proto.Maybe
	}
	return asDatagram
}

// plausible judges one message: the header must make sense, and its first
// question or record must have a well-formed name, a known type and a known
// class. Maybe means that nothing is wrong up to the end of b.
func plausible(b []byte) proto.Match {
	if len(b) < headerLen {
		return proto.Maybe
	}
	h := readHeader(b)
	switch h.opcode() {
	case opQuery, opNotify, opUpdate, 6, 7, 8, 9, 15:
	default:
		return proto.No
	}
	if h.flags&0x40 != 0 || h.qd > maxQueries || !h.reply() && (h.rcode() != 0 || h.qd == 0) {
		return proto.No
	}
	if h.qd == 0 && h.an == 0 {
		if h.rcode() != 0 && len(b) == headerLen {
			return proto.Maybe // a refusal without its question says too little
		}
		return proto.No
	}
	var n name
	off, m := n.strict(b, headerLen)
	if m != proto.Yes {
		return m
	}
	if off+4 > len(b) {
		return proto.Maybe
	}
	typ := binary.BigEndian.Uint16(b[off:])
	if typeName(typ) == "" || !knownClass(binary.BigEndian.Uint16(b[off+2:])) {
		return proto.No
	}
	if h.qd > 0 {
		return proto.Yes
	}
	return plausibleRecord(typ, b[off+4:])
}

// plausibleRecord judges what follows the class of the first record.
func plausibleRecord(typ uint16, b []byte) proto.Match {
	if len(b) < 6 {
		return proto.Maybe
	}
	size := int(binary.BigEndian.Uint16(b[4:]))
	switch {
	case typ == typeA && size != 4, typ == typeAAAA && size != 16:
		return proto.No
	case size > len(b)-6:
		return proto.Maybe
	}
	return proto.Yes
}

// knownClass accepts the classes of RFC 1035 3.2.4 and RFC 2136, with the top
// bit that multicast DNS gives another meaning (RFC 6762 5.4, 10.2).
func knownClass(c uint16) bool {
	switch c & 0x7fff {
	case 1, 3, 4, classNone, classAny:
		return true
	}
	return false
}

// header is the fixed part of a message (RFC 1035 4.1.1).
type header struct {
	id, flags      uint16
	qd, an, ns, ar int
}

// readHeader needs headerLen bytes.
func readHeader(b []byte) header {
	_ = b[headerLen-1]
	u := binary.BigEndian.Uint16
	return header{id: u(b), flags: u(b[2:]),
		qd: int(u(b[4:])), an: int(u(b[6:])), ns: int(u(b[8:])), ar: int(u(b[10:]))}
}

func (h *header) reply() bool   { return h.flags&0x8000 != 0 }
func (h *header) opcode() uint8 { return uint8(h.flags >> 11 & 15) }
func (h *header) aa() bool      { return h.flags&0x400 != 0 }
func (h *header) tc() bool      { return h.flags&0x200 != 0 }
func (h *header) rd() bool      { return h.flags&0x100 != 0 }
func (h *header) ra() bool      { return h.flags&0x80 != 0 }
func (h *header) z() uint8      { return uint8(h.flags >> 4 & 7) }
func (h *header) rcode() uint8  { return uint8(h.flags & 15) }

// tracked says whether messages of this opcode are logged.
func (h *header) tracked() bool {
	op := h.opcode()
	return op == opQuery || op == opNotify || op == opUpdate
}
