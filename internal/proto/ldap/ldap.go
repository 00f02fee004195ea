// Package ldap understands LDAP version 2 and 3 (RFC 4511) over TCP, and over UDP as
// Windows asks for a domain controller (MS-ADTS 6.3.3): who binds and how, what is
// searched, changed and refused, and what a directory says of itself in its root
// (RFC 4512 5.1) or in its answer to the ping of a client.
//
// The logs ldap and ldap_search have Zeek's names and fields; ldap_server is ours.
//
// It refuses to know passwords: of a simple bind only that it had one. Values in
// filters, comparisons and changes are those of persons, so of a filter the
// attributes and the logic are kept, and values only of a few attributes that
// classify objects. Entries found are counted and not read, but for the root's.
// Tokens of GSSAPI and NTLM go to the dispatcher, and so do all bytes after
// StartTLS was granted; what SASL has sealed (RFC 4513 5.2.1.5) is counted as blind.
//
// A message of up to maxMessage bytes is read where it lies, of a larger one its
// head; the rest is passed over. At most maxPending requests wait for their answer,
// filters are read maxDepth deep, texts in records are cut at maxText. Bytes given
// to Parse and Packet are the sensor's; what is kept is copied.
package ldap

import (
	"lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares LDAP and its form over UDP.
var Spec = proto.Spec{
	Name:       "ldap",
	Doc:        "LDAP: binds, searches, changes, the root of a directory, StartTLS",
	Transports: proto.TCP | proto.UDP | proto.Inner,
	Ports:      []uint16{389, 3268},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{f: f, server: proto.Resp} },
	Records:    []*event.Schema{Schema, SearchSchema, ServerSchema},
	Budget:     maxMessage,
}

// Bounds of what hostile bytes can make an analyzer keep.
const (
	maxMessage = 8 << 10 // bytes of a message that are read
	headSize   = 512     // bytes of a larger one
	maxPending = 64      // requests that wait for their answer
	maxText    = 256     // bytes of one text in a record
	maxFilter  = 512     // bytes of a filter in a record
	maxDepth   = 24      // of filters within filters
	maxList    = 32      // attributes in a record
	maxTries   = 64      // segments looked at after a loss
)

// Tags of BER (X.690) and of operations (RFC 4511 4.2 to 4.13).
const (
	tagInt      = 0x02
	tagOctets   = 0x04
	tagEnum     = 0x0a
	tagSequence = 0x30
	tagControls = 0xa0

	opBind        = 0x60
	opBindDone    = 0x61
	opUnbind      = 0x42
	opSearch      = 0x63
	opEntry       = 0x64
	opSearchDone  = 0x65
	opModify      = 0x66
	opModifyDone  = 0x67
	opAdd         = 0x68
	opAddDone     = 0x69
	opDelete      = 0x4a
	opDeleteDone  = 0x6b
	opModDN       = 0x6c
	opModDNDone   = 0x6d
	opCompare     = 0x6e
	opCompareDone = 0x6f
	opAbandon     = 0x50
	opReference   = 0x73
	opExtended    = 0x77
	opExtDone     = 0x78
	opIntermed    = 0x79
)

// number reads an INTEGER or ENUMERATED of up to four bytes.
func number(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > 5 {
		return 0, false
	}
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return n, b[0] < 0x80
}

// probe recognises one message: its number, an operation, the length of the
// operation fitting that of the message, and the operation's first field.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) == 0 {
		return proto.Maybe
	}
	if b[0] != tagSequence {
		return proto.No
	}
	_, head, n, ok := der.Measure(b)
	if !ok {
		return undecided(head)
	}
	body := b[head:]
	if n < 5 {
		return proto.No
	}
	if len(body) < 2 {
		return proto.Maybe
	}
	id := int(body[1])
	if body[0] != tagInt || id == 0 || id > 4 {
		return proto.No
	}
	if len(body) < 2+id {
		return proto.Maybe
	}
	if body[2] >= 0x80 {
		return proto.No
	}
	return probeOperation(body[2+id:], n-2-id)
}

// undecided is the answer where measure was not ok.
func undecided(head int) proto.Match {
	if head < 0 {
		return proto.No
	}
	return proto.Maybe
}

// probeOperation looks at the operation in the n bytes left of a message.
func probeOperation(op []byte, n int) proto.Match {
	tag, head, size, ok := der.Measure(op)
	if !ok {
		return undecided(head)
	}
	if head+size > n || head+size < n && len(op) > head+size && op[head+size] != tagControls {
		return proto.No
	}
	first, least := byte(0), 0 // tag of the first field, bytes to see
	switch tag {
	case opUnbind:
		if size != 0 {
			return proto.No
		}
		return proto.Yes
	case opAbandon:
		if size == 0 || size > 4 || head+size != n {
			return proto.No
		}
		return proto.Yes
	case opDelete:
		return probeName(op[head:], size)
	case opBind:
		first, least = tagInt, 3
	case opBindDone, opSearchDone, opModifyDone, opAddDone, opDeleteDone, opModDNDone, opCompareDone, opExtDone:
		first, least = tagEnum, 3
	case opSearch, opEntry, opModify, opAdd, opModDN, opCompare, opReference:
		first, least = tagOctets, 2
	case opExtended:
		first, least = 0x80, 2
	default:
		return proto.No
	}
	f := op[head:]
	switch {
	case size < least:
		return proto.No
	case len(f) > 0 && f[0] != first:
		return proto.No
	case len(f) < least:
		return proto.Maybe
	case least == 3 && f[1] != 1:
		return proto.No
	case tag == opBind && f[2] != 2 && f[2] != 3:
		return proto.No
	}
	return proto.Yes
}

// probeName wants a distinguished name: letters and an equals sign.
func probeName(b []byte, size int) proto.Match {
	b = b[:min(len(b), size, 64)]
	for _, c := range b {
		if c == '=' {
			return proto.Yes
		}
		if c < ' ' || c > 'z' {
			return proto.No
		}
	}
	if len(b) == min(size, 64) {
		return proto.No
	}
	return proto.Maybe
}
