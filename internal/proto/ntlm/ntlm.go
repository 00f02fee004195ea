// Package ntlm reads the messages of NTLMSSP (MS-NLMP 2.2.1), which SMB, LDAP, RPC,
// HTTP and others carry when they authenticate by NTLM.
//
// Three messages make one authentication: NEGOTIATE from the client, CHALLENGE
// from the server, AUTHENTICATE from the client. They say in clear what both
// machines are called, which domain they belong to and which build of Windows they
// run, and the size of the client's answer says which of the old forms it used. The
// record is emitted with the verdict, or when a new authentication begins, or at
// the end of the conversation.
//
// Challenges, responses and session keys are never read: of a response only its
// length is looked at. User names are of class person. The carrier is told which
// account a client claims, and that it claims none.
//
// The verdict is not part of NTLMSSP. A carrier that knows it hands a message of
// one byte after the last real one: Accepted or Refused, which may be followed by its
// word for the reason. A verdict without an authentication under way is ignored, so
// both a wrapper and its carrier may tell it.
//
// One analyzer holds one authentication. A carrier in whose conversation several run
// at the same time, and which can tell them apart, hands each under a number of its
// own behind the name, as in "ntlm#2".
//
// Memory: one record, whose strings are bounded, between the first message and the
// last; nothing aliases the bytes given.
package ntlm

import (
	"encoding/binary"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares NTLMSSP. The name is Zeek's.
var Spec = proto.Spec{
	Name:       "ntlm",
	Doc:        "NTLMSSP inside other protocols: names, domains and Windows builds of both sides",
	Transports: proto.Message,
	New:        func(f proto.Flow) any { return &analyzer{f: f} },
	Records:    []*event.Schema{Schema},
}

// The verdicts that a carrier may hand as the first byte of a message.
const (
	Accepted = 0
	Refused  = 1
)

// Messages, by their type (MS-NLMP 2.2.1).
const (
	none = iota
	negotiate
	challenge
	authenticate
)

// maxReason is the most bytes of a carrier's word that are kept.
const maxReason = 64

const signature = "NTLMSSP\x00"

// analyzer is the authentication under way.
type analyzer struct {
	f    proto.Flow
	rec  *Record // nil if none is
	ts   event.Time
	last uint32 // type of the newest message
}

// Packet implements proto.Datagram: b is one message, or a verdict.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if len(b) > 0 && b[0] <= Refused {
		a.verdict(b[0], b[1:])
		return nil
	}
	if len(b) < len(signature)+4 || string(b[:len(signature)]) != signature {
		return &proto.Error{Code: "bad_signature"}
	}
	typ := binary.LittleEndian.Uint32(b[8:])
	if typ < negotiate || typ > authenticate {
		return &proto.Error{Code: "unknown_message", Offset: 8}
	}
	if a.rec != nil && (a.last == authenticate || typ == negotiate && a.last != none) {
		a.emit()
	}
	if a.rec == nil {
		a.rec, a.ts = &Record{}, a.f.Now()
	}
	a.last = typ
	a.rec.Backward = (d == proto.Resp) == (typ != challenge)
	m := message{b: b}
	switch typ {
	case negotiate:
		m.negotiate(a.rec)
	case challenge:
		m.challenge(a.rec)
		if a.rec.ServerTime != 0 {
			a.rec.Skew = a.rec.ServerTime.Sub(a.f.Now())
		}
	case authenticate:
		m.authenticate(a.rec)
		proto.Claim(a.f, a.rec.Account)
	}
	if m.bad != "" {
		a.f.Weird(m.bad, m.off)
	}
	return nil
}

func (a *analyzer) verdict(v byte, why []byte) {
	if a.rec == nil {
		return
	}
	// A carrier may grant each step by itself (LDAP's Sicily bind); only the last
	// is the server's yes.
	if v == Accepted && a.last == authenticate || v == Refused {
		a.rec.Success = event.B(v == Accepted)
		a.rec.Failure = charset.Plain(why, maxReason)
		a.emit()
	}
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {
	if a.rec != nil {
		a.emit()
	}
}

func (a *analyzer) emit() {
	a.f.Emit(a.ts, a.rec)
	a.rec, a.last = nil, none
}
