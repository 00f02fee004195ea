package dcerpc

import (
	"encoding/binary"

	"lazaret/internal/proto"
)

// Lengths of heads (C706 12.6.3.1, 12.6.4.9, 12.6.4.10).
const (
	headLen  = 16
	callLen  = 24
	mostHead = 40 // a request with the identity of an object
)

// Types of units (C706 12.6.4, MS-RPCE 2.2.2.1).
const (
	typeRequest   = 0
	typeResponse  = 2
	typeFault     = 3
	typeBind      = 11
	typeBindAck   = 12
	typeBindNak   = 13
	typeAlter     = 14
	typeAlterResp = 15
	typeAuth3     = 16
	typeShutdown  = 17
	typeCancel    = 18
	typeOrphaned  = 19
)

// Flags of units (C706 12.6.3.1).
const (
	flagFirst  = 0x01
	flagLast   = 0x02
	flagUnrun  = 0x20 // did not execute
	flagMaybe  = 0x40
	flagObject = 0x80
)

// head is the common head of a unit.
type head struct {
	kind, flags uint8
	big         bool
	length      int // of the whole unit
	auth        int // of the value of authentication at the end
	call        uint32
}

// parseHead reads and checks the common head (C706 12.6.3.1) at the front of b, of
// which there are headLen bytes.
func parseHead(b []byte) (h head, ok bool) {
	h = head{kind: b[2], flags: b[3], big: b[4]&0xf0 == 0}
	if b[0] != 5 || b[1] > 1 || !knownType(h.kind) || b[4]&^0x11 != 0 || b[5] > 3 || b[6] != 0 || b[7] != 0 {
		return h, false
	}
	if h.big {
		h.length, h.auth, h.call = int(binary.BigEndian.Uint16(b[8:])), int(binary.BigEndian.Uint16(b[10:])), binary.BigEndian.Uint32(b[12:])
	} else {
		h.length, h.auth, h.call = int(binary.LittleEndian.Uint16(b[8:])), int(binary.LittleEndian.Uint16(b[10:])), binary.LittleEndian.Uint32(b[12:])
	}
	return h, h.length >= leastLength(h.kind)
}

func knownType(t uint8) bool {
	return t == typeRequest || t == typeResponse || t == typeFault || t >= typeBind && t <= typeOrphaned
}

// leastLength is that of a unit without variable parts.
func leastLength(t uint8) int {
	switch t {
	case typeRequest, typeResponse, typeFault, typeBindAck, typeAlterResp:
		return callLen
	case typeBind, typeAlter:
		return 28
	case typeBindNak:
		return 18
	}
	return headLen
}

// fromServer tells which side sends units of a type.
func fromServer(t uint8) bool {
	switch t {
	case typeResponse, typeFault, typeBindAck, typeBindNak, typeAlterResp, typeShutdown:
		return true
	}
	return false
}

// probe wants a common head of the connection-oriented protocol, or a whole
// datagram of the other.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) == 0 {
		return proto.Maybe
	}
	if b[0] == 4 {
		if looksConnectionless(b) {
			return proto.Yes
		}
		return proto.No
	}
	for i, c := range b[:min(len(b), 8)] {
		var ok bool
		switch i {
		case 0:
			ok = c == 5
		case 1:
			ok = c <= 1
		case 2:
			ok = knownType(c)
		case 4:
			ok = c&^0x11 == 0
		case 5:
			ok = c <= 3
		case 6, 7:
			ok = c == 0
		default:
			ok = true
		}
		if !ok {
			return proto.No
		}
	}
	if len(b) < headLen {
		return proto.Maybe
	}
	h, ok := parseHead(b)
	if !ok || h.auth >= h.length {
		return proto.No
	}
	return proto.Yes
}

// security is how a unit is authenticated (C706 13.2.6, MS-RPCE 2.2.2.11).
type security struct{ kind, level uint8 }

// Kinds and levels of authentication (MS-RPCE 2.2.1.1.7, 2.2.1.1.8).
const (
	authSPNEGO   = 9
	authNTLM     = 10
	authKerberos = 16
	levelConnect = 2
	levelPrivacy = 6
)

func (s security) names() (kind, level string) {
	switch s.kind {
	case 0:
		return "", ""
	case authSPNEGO:
		kind = "spnego"
	case authNTLM:
		kind = "ntlm"
	case 14:
		kind = "schannel"
	case authKerberos:
		kind = "kerberos"
	case 68:
		kind = "netlogon"
	default:
		kind = "other"
	}
	levels := [...]string{"default", "none", "connect", "call", "packet", "integrity", "privacy"}
	if int(s.level) < len(levels) {
		level = levels[s.level]
	}
	return kind, level
}

// unit is one whole unit, or the front of one that is passed over: then it has
// neither parameters nor trailer.
type unit struct {
	head
	b     []byte
	cut   bool
	stub  []byte // what follows the fixed part, without the trailer
	auth  security
	token []byte
}

// open finds the trailer and the body of a unit whose fixed part is n bytes long.
// It is false if the lengths lie.
func (u *unit) open(n int) bool {
	if len(u.b) < n {
		return false
	}
	if u.cut {
		return true
	}
	end := len(u.b)
	if u.head.auth > 0 {
		at := end - u.head.auth - 8
		if at < n {
			return false
		}
		u.auth = security{u.b[at], u.b[at+1]}
		u.token = u.b[at+8:]
		if end = at - int(u.b[at+2]); end < n {
			return false
		}
	}
	u.stub = u.b[n:end]
	return true
}

func (u *unit) u16(at int) uint16 {
	if u.big {
		return binary.BigEndian.Uint16(u.b[at:])
	}
	return binary.LittleEndian.Uint16(u.b[at:])
}

func (u *unit) u32(at int) uint32 {
	if u.big {
		return binary.BigEndian.Uint32(u.b[at:])
	}
	return binary.LittleEndian.Uint32(u.b[at:])
}

// unit takes one unit. It gives back the direction, which changes when the
// conversation turns out to be the other way round.
func (a *analyzer) unit(d proto.Dir, h head, b []byte) proto.Dir {
	if !a.begun {
		d = a.begin(d, fromServer(h.kind))
	}
	u := unit{head: h, b: b, cut: len(b) < h.length}
	fixed := leastLength(h.kind)
	if h.kind == typeRequest && h.flags&flagObject != 0 {
		fixed = mostHead
	}
	if h.kind == typeAuth3 {
		fixed = min(20, len(b)) // four bytes that mean nothing (MS-RPCE 2.2.2.5)
		if h.auth+8 > len(b)-fixed {
			fixed = headLen
		}
	}
	if h.kind == typeBindNak && h.auth > 0 {
		u.head.auth = 0 // some servers fill the field of a unit that has no trailer
	}
	if !u.open(fixed) {
		a.f.Weird("bad_length", 0)
		return d
	}
	switch h.kind {
	case typeRequest:
		a.request(d, &u)
	case typeResponse:
		a.response(d, &u)
	case typeFault:
		a.fault(d, &u)
	case typeBind, typeAlter:
		a.bind(d, &u)
	case typeBindAck, typeAlterResp:
		a.bindAck(d, &u)
	case typeBindNak:
		a.bindNak(d, &u)
	case typeAuth3:
		a.secure(d, &u)
		a.pending = true
	case typeOrphaned:
		a.orphan(d, h.call)
	}
	return d
}
