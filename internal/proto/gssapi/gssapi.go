// Package gssapi unwraps the tokens of SPNEGO (RFC 4178, MS-SPNG) and of the
// generic security service (RFC 2743 3.1), in which SMB, LDAP, RPC and HTTP carry
// their authentication.
//
// NegTokenInit, Microsoft's NegTokenInit2 and NegTokenResp are read with a DER
// reader that never leaves its element. The mechanism's own token goes on: NTLMSSP
// to the protocol "ntlm". When the server closes the negotiation (accept-completed
// or reject), that is told to "ntlm" as a verdict of one byte (0 accepted, 1
// refused), and so is a verdict of one byte that the carrier hands, since SMB
// knows from its status what a token may leave out.
//
// It refuses to read Kerberos tickets, message integrity codes and hints, and has
// no record of its own: the conversation is only named.
//
// Memory: a few flags for each conversation. What it hands on aliases its input
// and is valid during the call.
package gssapi

import (
	"bytes"

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
)

const ntlmSignature = "NTLMSSP\x00"

// Tags of DER (X.690) as they occur here.
const (
	tagOctets = 0x04
	tagOID    = 0x06
	tagEnum   = 0x0a
	tagSeq    = 0x30
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
	ntlm   bool // a token went to ntlm
	server proto.Dir
}

// Packet implements proto.Datagram: b is one token, or the carrier's verdict.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if len(b) == 1 {
		a.verdict(d, b)
		return nil
	}
	if bytes.HasPrefix(b, []byte(ntlmSignature)) {
		a.token(d, b)
		return nil
	}
	tag, body, _, ok := element(b)
	if !ok {
		return &proto.Error{Code: "bad_element"}
	}
	switch tag {
	case tagFramed:
		var oid []byte
		if tag, oid, body, ok = element(body); !ok || tag != tagOID {
			return &proto.Error{Code: "bad_mechanism"}
		}
		if bytes.Equal(oid, oidNTLM) {
			a.token(d, body)
			return nil
		}
		if !bytes.Equal(oid, oidSPNEGO) {
			return nil
		}
		if tag, body, _, ok = element(body); !ok {
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

// negotiation reads NegTokenInit or NegTokenResp (RFC 4178 4.2.1, 4.2.2): in both
// the third field is the token of the mechanism, and the first of the response is
// its state.
func (a *analyzer) negotiation(d proto.Dir, tag byte, b []byte) error {
	if tag != tagInit && tag != tagResp {
		return &proto.Error{Code: "unknown_token"}
	}
	seq, b, _, ok := element(b)
	if !ok || seq != tagSeq {
		return &proto.Error{Code: "bad_negotiation"}
	}
	state := -1
	for len(b) > 0 {
		var field, inner byte
		var body, v []byte
		if field, body, b, ok = element(b); !ok {
			return &proto.Error{Code: "bad_negotiation"}
		}
		if field&0xe0 != 0xa0 || field > 0xa4 {
			return &proto.Error{Code: "bad_negotiation"}
		}
		if inner, v, _, ok = element(body); !ok {
			continue // some hints are written in another way, and are not needed
		}
		switch {
		case field == 0xa0 && tag == tagResp && inner == tagEnum && len(v) == 1:
			state = int(v[0])
		case field == 0xa2 && inner == tagOctets:
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

// token hands on the token of a mechanism. Its second message tells who is the
// server (MS-NLMP 2.2.1).
func (a *analyzer) token(d proto.Dir, b []byte) {
	if len(b) < len(ntlmSignature)+4 || string(b[:len(ntlmSignature)]) != ntlmSignature {
		return
	}
	a.ntlm, a.server = true, d.Other()
	if b[len(ntlmSignature)] == 2 {
		a.server = d
	}
	a.f.Hand(d, b, "ntlm")
}

// verdict passes on what the server decided.
func (a *analyzer) verdict(d proto.Dir, v []byte) {
	if a.ntlm && d == a.server {
		a.f.Hand(d, v, "ntlm")
	}
}

// element takes the first element off b: a tag of one byte and a length of at most
// four (X.690 8.1.3), which must not be indefinite and must lie within b.
func element(b []byte) (tag byte, body, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	tag, n, at := b[0], int(b[1]), 2
	if tag&0x1f == 0x1f {
		return 0, nil, nil, false
	}
	if n >= 0x80 {
		more := n & 0x7f
		if more == 0 || more > 4 || len(b) < at+more {
			return 0, nil, nil, false
		}
		n = 0
		for _, c := range b[at : at+more] {
			n = n<<8 | int(c)
		}
		at += more
	}
	if n > len(b)-at {
		return 0, nil, nil, false
	}
	return tag, b[at : at+n], b[at+n:], true
}
