// Package kerberos understands Kerberos 5 (RFC 4120): requests to a key distribution
// centre and its answers over TCP and UDP, the change of a password (RFC 3244), and
// tickets that are shown to services inside other protocols (RFC 4121), which SPNEGO
// and DCE/RPC hand over as messages.
//
// The log kerberos has Zeek's name and fields: one record for each request with its
// answer, and one without them for each ticket that is shown. Fields of ours tell
// which encryption both sides offer, how a request proves who asks, and which ticket
// it shows, so that what is known of tickets guessed, forged and taken can be looked
// for. Microsoft's object identifier, user-to-user and IAKERB are named, and of who
// authenticates with a certificate (RFC 4556) its subject.
//
// It refuses to read what is encrypted, and to keep any of it: tickets,
// authenticators, checksums, salts and encrypted times are measured and passed over.
// Names of principals are of class person; that of a machine's account has a field
// besides.
//
// A verdict of the protocol around is a message of one byte, Accepted or Refused, and
// perhaps the carrier's word for the reason, which is not kept.
//
// Elements are walked by internal/der and never leave what contains them. At most
// maxPending requests wait for their answer, lists and texts are cut, and a message
// of more than maxMessage bytes is passed over. Bytes given to it are the sensor's;
// what is kept is copied.
package kerberos

import (
	"encoding/binary"

	"lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares Kerberos. The name is Zeek's.
var Spec = proto.Spec{
	Name:       "krb",
	Doc:        "Kerberos: tickets asked for, granted, refused and shown, with principals and encryption types",
	Transports: proto.TCP | proto.UDP | proto.Message,
	Ports:      []uint16{88, 464},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{f: f} },
	Records:    []*event.Schema{Schema},
	Budget:     maxMessage + 4,
}

// Bounds of what hostile bytes can make an analyzer keep.
const (
	maxMessage = 64 << 10 // bytes; tickets of Windows have up to 48,000 (MaxTokenSize)
	maxName    = 255      // bytes of a principal, a realm or a text
	maxParts   = 8        // parts of a principal
	maxList    = 24       // entries of a list
	maxPending = 16       // requests that wait for their answer
	maxTries   = 64       // segments that are looked at after a loss
)

// The verdicts that a carrier may hand as the first byte of a message.
const (
	Accepted = 0
	Refused  = 1
)

// Messages by their application tag (RFC 4120 5.10), constructed.
const (
	asReq    = 0x6a
	asRep    = 0x6b
	tgsReq   = 0x6c
	tgsRep   = 0x6d
	apReq    = 0x6e
	apRep    = 0x6f
	krbPriv  = 0x75
	krbError = 0x7e
)

// probe recognises a message by its tag, the lengths that must fit into each other,
// the version and the type, with or without the length of a stream before it.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) == 0 {
		return proto.Maybe
	}
	if b[0] != 0 {
		if m := plausible(b); m != proto.No {
			return m
		}
		return change(b)
	}
	if len(b) < 4 { // a stream: no message has 16 MiB
		return proto.Maybe
	}
	n := binary.BigEndian.Uint32(b)
	if n < 16 || n > maxMessage {
		return change(b)
	}
	if len(b) == 4 {
		return proto.Maybe
	}
	if b[4] < 0x60 {
		return framedChange(int(n), b[4:])
	}
	_, head, size, ok := der.Measure(b[4:])
	if !ok && head == 0 {
		return proto.Maybe
	}
	if !ok || uint64(head)+uint64(size) != uint64(n) {
		return proto.No
	}
	return plausible(b[4:])
}

// plausible holds the beginning of a message against what every message to and from
// a centre begins with: a sequence that fills it, version 5 and the type that the
// tag says. Only the length of its parts varies.
func plausible(b []byte) proto.Match {
	switch b[0] {
	case asReq, asRep, tgsReq, tgsRep, krbError:
	default:
		return proto.No
	}
	_, head, size, ok := der.Measure(b)
	if !ok {
		return undecided(head)
	}
	if size < 16 || size > maxMessage {
		return proto.No
	}
	in := b[head:]
	if len(in) == 0 {
		return proto.Maybe
	}
	if in[0] != der.Sequence {
		return proto.No
	}
	_, at, inner, ok := der.Measure(in)
	if !ok {
		return undecided(at)
	}
	if at+inner != size {
		return proto.No
	}
	// Requests number their fields from 1, the others from 0.
	base := byte(0xa0)
	if b[0] == asReq || b[0] == tgsReq {
		base++
	}
	want := [...]byte{base, 3, der.Int, 1, 5, base + 1, 3, der.Int, 1, b[0] & 0x1f}
	for i, c := range in[at:min(len(in), at+len(want))] {
		if c != want[i] {
			return proto.No
		}
	}
	if len(in) < at+len(want) {
		return proto.Maybe
	}
	return proto.Yes
}

// undecided turns what Measure says of a head that is not ok into an answer.
func undecided(head int) proto.Match {
	if head == 0 {
		return proto.Maybe
	}
	return proto.No
}

// Versions of the change of a password (RFC 3244 2): Microsoft's, and the first one,
// which the answers to both have.
const (
	versionSet    = 0xff80
	versionChange = 1
)

// change recognises a datagram of the change of a password: its length, a version,
// the length of the AP-REQ or AP-REP within, and its beginning.
func change(b []byte) proto.Match {
	if len(b) < 8 {
		return proto.No
	}
	return framedChange(len(b), b)
}

// framedChange recognises such a message of n bytes by its beginning.
func framedChange(n int, b []byte) proto.Match {
	want := [...]byte{byte(n >> 8), byte(n)}
	for i, c := range b[:min(len(b), 2)] {
		if c != want[i] {
			return proto.No
		}
	}
	if len(b) < 8 {
		if len(b) >= 4 && !versioned(b) {
			return proto.No
		}
		return proto.Maybe
	}
	ap := int(binary.BigEndian.Uint16(b[4:]))
	if !versioned(b) || ap > n-6 || b[6] != apReq && b[6] != apRep && b[6] != krbError {
		return proto.No
	}
	return proto.Yes
}

func versioned(b []byte) bool {
	v := binary.BigEndian.Uint16(b[2:])
	return v == versionSet || v == versionChange
}
