package dns

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Record is a question with its answer, or one of the two if the other was not
// seen. Fields without a tag are for other packages and are not logged.
type Record struct {
	Proto      string           `log:"proto" doc:"Transport: udp or tcp"`
	TransID    uint16           `log:"trans_id,always" doc:"Transaction id (RFC 1035 4.1.1)"`
	RTT        event.Interval   `log:"rtt" doc:"From the question to the answer, if the answer held records"`
	Query      string           `log:"query" doc:"Name asked for, lower case, or of the first answer if the question was not seen; a NetBIOS name is decoded; absent for the root"`
	QClass     event.Count      `log:"qclass" doc:"Class asked for (RFC 1035 3.2.4)"`
	QClassName string           `log:"qclass_name" doc:"Name of the class"`
	QType      event.Count      `log:"qtype" doc:"Type asked for (RFC 1035 3.2.2)"`
	QTypeName  string           `log:"qtype_name" doc:"Name of the type"`
	RCode      event.Count      `log:"rcode" doc:"Response code; absent if no answer was seen"`
	RCodeName  string           `log:"rcode_name" doc:"Name of the response code"`
	AA         bool             `log:"AA,always" doc:"Authoritative answer, of a response with records"`
	TC         bool             `log:"TC,always" doc:"Truncated, of the question"`
	RD         bool             `log:"RD,always" doc:"Recursion desired, of the question"`
	RA         bool             `log:"RA,always" doc:"Recursion available, of a response with records"`
	Z          uint8            `log:"Z,always" doc:"The three bits after RA, of the question"`
	Answers    []string         `log:"answers" doc:"Answer records in text form, in order"`
	TTLs       []event.Interval `log:"TTLs" doc:"Time to live of each of the answers"`
	Rejected   bool             `log:"rejected,always" doc:"The response holds no records at all"`
	Opcode     uint8            `log:"opcode,always" doc:"Operation code"`
	OpcodeName string           `log:"opcode_name" doc:"Name of the operation"`

	// Bindings are the names and addresses that the answers (and, for multicast
	// DNS and NetBIOS, the additional records) tie together; at most 64.
	Bindings []Binding
	// Node is what a host told of itself in a NetBIOS node status response
	// (RFC 1002 4.2.18), nil if there was none.
	Node *NodeStatus
	// Messenger tells that the name asked for is one of NetBIOS for messages
	// (suffix 3), which accounts register as well as machines.
	Messenger bool

	ts       event.Time
	hasQuery bool
	sawQuery bool
	sawReply bool
	text     int // bytes of answer text so far
}

// Binding says that a name and an address belong together.
type Binding struct {
	Name   string // lower case; for NetBIOS decoded and in upper case
	IP     netid.IP
	Type   uint16 // 1 A, 28 AAAA, 12 PTR (of an address), 32 NetBIOS name
	TTL    uint32 // seconds
	Suffix byte   // last byte of a NetBIOS name: 0x00 workstation, 0x20 server
	Group  bool   // a NetBIOS group name, which many hosts share
}

// NodeStatus is the answer to a NetBIOS node status request.
type NodeStatus struct {
	Names []NodeName // at most 64
	MAC   netid.MAC  // the unit id, zero if cut off
}

// NodeName is one of the names a host holds.
type NodeName struct {
	Name   string
	Suffix byte
	Group  bool
}

// Schema of the dns log.
var Schema = event.NewSchema[Record]("dns", "One DNS question with its answer")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
