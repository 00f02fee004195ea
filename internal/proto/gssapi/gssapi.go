// Package gssapi unwraps the tokens of SPNEGO (RFC 4178, MS-SPNG) and of the
// generic security service (RFC 2743 3.1), in which SMB, LDAP, RPC and HTTP carry
// their authentication.
//
// NegTokenInit, Microsoft's NegTokenInit2 and NegTokenResp are read element by
// element. The mechanism's own token goes on: NTLMSSP to the protocol "ntlm", those of
// Kerberos to "krb", with their wrapping. When the server closes the negotiation
// (accept-completed or reject), that is told to the mechanism whose token came last as
// a verdict of one byte (0 accepted, 1 refused), and so is a verdict that the carrier
// hands, which may say a reason behind that byte, since SMB knows from its status what
// a token may leave out. Which account the mechanism saw is told to the carrier.
//
// It refuses to read message integrity codes, hints and the tokens of other
// mechanisms, and has no record of its own: the conversation is only named.
//
// Memory: a few flags for each conversation. What it hands on aliases its input
// and is valid during the call.
package gssapi

import (
	"bytes"

	"lazaret/internal/der"
	"lazaret/internal/proto"
)

// Spec declares SPNEGO. The name is Zeek's.
var Spec = proto.Spec{
	Name:       "gssapi",
	Doc:        "SPNEGO and GSS-API tokens inside other protocols, unwrapped",
	Transports: proto.Message,
	New:        func(f proto.Flow) any { return &analyzer{f: f} },
}

// Object identifiers of mechanisms, without tag and length.
var (
	oidSPNEGO = []byte{0x2b, 6, 1, 5, 5, 2}
	oidNTLM   = []byte{0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10}
	oidMIT    = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2} // Kerberos, and user-to-user below it
	oidMS     = []byte{0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2} // Kerberos as Windows 2000 wrote it
	oidIAKERB = []byte{0x2b, 6, 1, 5, 2, 5}
)

const ntlmSignature = "NTLMSSP\x00"

// Tags of DER (X.690) as they occur here.
const (
	tagFramed = 0x60 // [APPLICATION 0], RFC 2743 3.1
	tagInit   = 0xa0 // NegotiationToken: negTokenInit
	tagResp   = 0xa1 // NegotiationToken: negTokenResp
)

// Values of negState (RFC 4178 4.2.2).
const (
	acceptCompleted = 0
	reject          = 2
)

// The verdict, as "ntlm" takes it.
var accepted, refused = []byte{0}, []byte{1}

type analyzer struct {
	f      proto.Flow
	via    string // the mechanism whose token came last
	server proto.Dir
}

// Packet implements proto.Datagram: b is one token, or the carrier's verdict.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if len(b) == 1 || len(b) > 1 && b[0] <= 1 && b[1] >= ' ' {
		a.verdict(d, b)
		return nil
	}
	if bytes.HasPrefix(b, []byte(ntlmSignature)) {
		a.token(d, b)
		return nil
	}
	if a.via == "krb" && len(b) > 1 && b[0] <= 5 {
		return nil // signed or sealed by the context, as the last step of SASL is (RFC 4752 3.1)
	}
	tag, body, _, ok := der.Element(b)
	if !ok {
		return &proto.Error{Code: "bad_element"}
	}
	switch tag {
	case apReq, apRep, krbError:
		a.token(d, b)
		return nil
	case tagFramed:
		var oid []byte
		if tag, oid, body, ok = der.Element(body); !ok || tag != der.ObjectID {
			return &proto.Error{Code: "bad_mechanism"}
		}
		if bytes.Equal(oid, oidNTLM) {
			a.token(d, body)
			return nil
		}
		if ofKerberos(oid) {
			a.token(d, b)
			return nil
		}
		if !bytes.Equal(oid, oidSPNEGO) {
			return nil
		}
		if tag, body, _, ok = der.Element(body); !ok {
			return &proto.Error{Code: "bad_element"}
		}
		return a.negotiation(d, tag, body)
	case tagInit, tagResp:
		return a.negotiation(d, tag, body)
	}
	return &proto.Error{Code: "unknown_token"}
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}

// Claimed implements proto.Listener: who carries this learns what the mechanism saw.
func (a *analyzer) Claimed(account string) { proto.Claim(a.f, account) }

// negotiation reads NegTokenInit or NegTokenResp (RFC 4178 4.2.1, 4.2.2): in both
// the third field is the token of the mechanism, and the first of the response is
// its state.
func (a *analyzer) negotiation(d proto.Dir, tag byte, b []byte) error {
	if tag != tagInit && tag != tagResp {
		return &proto.Error{Code: "unknown_token"}
	}
	seq, b, _, ok := der.Element(b)
	if !ok || seq != der.Sequence {
		return &proto.Error{Code: "bad_negotiation"}
	}
	state := -1
	for len(b) > 0 {
		var field, inner byte
		var body, v []byte
		if field, body, b, ok = der.Element(b); !ok {
			return &proto.Error{Code: "bad_negotiation"}
		}
		if field&0xe0 != 0xa0 || field > 0xa4 {
			return &proto.Error{Code: "bad_negotiation"}
		}
		if inner, v, _, ok = der.Element(body); !ok {
			continue // some hints are written in another way, and are not needed
		}
		switch {
		case field == 0xa0 && tag == tagResp && inner == der.Enum && len(v) == 1:
			state = int(v[0])
		case field == 0xa2 && inner == der.Octets:
			a.token(d, v)
		}
	}
	switch state {
	case acceptCompleted:
		a.verdict(d, accepted)
	case reject:
		a.verdict(d, refused)
	}
	return nil
}

// token hands on the token of a mechanism. The second message of NTLMSSP tells who is
// the server (MS-NLMP 2.2.1).
func (a *analyzer) token(d proto.Dir, b []byte) {
	switch {
	case len(b) >= len(ntlmSignature)+4 && string(b[:len(ntlmSignature)]) == ntlmSignature:
		a.via, a.server = "ntlm", d.Other()
		if b[len(ntlmSignature)] == 2 {
			a.server = d
		}
	case kerberos(b):
		a.side(d, b)
		a.via = "krb"
	default:
		return
	}
	a.f.Hand(d, b, a.via)
}

// Messages of Kerberos, which may stand without a wrapping in the style of DCE.
const (
	apReq    = 0x6e
	apRep    = 0x6f
	krbError = 0x7e
)

// kerberos says whether a token is one of Kerberos, with its wrapping or without.
func kerberos(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	switch b[0] {
	case apReq, apRep, krbError:
		_, _, _, ok := der.Element(b)
		return ok
	case tagFramed:
		_, in, _, ok := der.Element(b)
		if !ok {
			return false
		}
		tag, oid, _, ok := der.Element(in)
		return ok && tag == der.ObjectID && ofKerberos(oid)
	}
	return false
}

func ofKerberos(oid []byte) bool {
	return bytes.HasPrefix(oid, oidMIT) || bytes.Equal(oid, oidMS) || bytes.Equal(oid, oidIAKERB)
}

// side learns from a token of Kerberos who is the server: answers are AP-REP and
// KRB-ERROR, behind the kinds 2 and 3 of a wrapping (RFC 4121 4.1).
func (a *analyzer) side(d proto.Dir, b []byte) {
	answer := b[0] != apReq
	if b[0] == tagFramed {
		_, in, _, _ := der.Element(b)
		_, _, rest, _ := der.Element(in)
		answer = len(rest) > 0 && (rest[0] == 2 || rest[0] == 3)
	}
	if a.server = d.Other(); answer {
		a.server = d
	}
}

// verdict passes on what the server decided.
func (a *analyzer) verdict(d proto.Dir, v []byte) {
	if a.via != "" && d == a.server {
		a.f.Hand(d, v, a.via)
	}
}
