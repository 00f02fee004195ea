package kerberos

import (
	"bytes"

	"lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Object identifiers of mechanisms, without tag and length, and their names (RFC 4121
// 1, MS-KILE 1.9 and its notes, draft-ietf-cat-user2user, draft-ietf-kitten-iakerb).
var mechanisms = []struct {
	oid  []byte
	name string
}{
	{[]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2}, "krb5"},
	{[]byte{0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2}, "ms-krb5"},
	{[]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3}, "user-to-user"},
	{[]byte{0x2b, 6, 1, 5, 2, 5}, "iakerb"},
}

// tagFramed begins a token with its mechanism (RFC 2743 3.1).
const tagFramed = 0x60

// Kinds of tokens behind the mechanism (RFC 4121 4.1, user-to-user, IAKERB).
const (
	tokenRequest = 0x0100
	tokenReply   = 0x0200
	tokenRefusal = 0x0300
	tokenAskTGT  = 0x0400
	tokenGiveTGT = 0x0401
	tokenProxy   = 0x0501
)

// token reads what an application hands over: a token with its mechanism, one without
// (after the first, and in DCE/RPC), or a bare message.
func (a *analyzer) token(d proto.Dir, b []byte) error {
	how := "bare"
	if b[0] == tagFramed {
		out := der.NewReader(b)
		in := der.NewReader(out.Want(tagFramed))
		oid := in.Want(der.ObjectID)
		if !in.OK() {
			return &proto.Error{Code: "bad_mechanism"}
		}
		if how = mechanism(oid); how == "" {
			return &proto.Error{Code: "unknown_mechanism"}
		}
		b = in.Rest()
	}
	if len(b) < 2 {
		return &proto.Error{Code: "bad_token"}
	}
	switch b[0] {
	case apReq, apRep, krbError:
		return a.inner(d, b, how)
	}
	switch kind := int(b[0])<<8 | int(b[1]); kind {
	case tokenRequest, tokenReply, tokenRefusal:
		if len(b) > 2 && b[2] != apReq && b[2] != apRep && b[2] != krbError {
			return &proto.Error{Code: "bad_token"}
		}
		return a.inner(d, b[2:], how)
	case tokenAskTGT, tokenGiveTGT:
		return nil // a ticket for tickets in the open: nothing but the ticket
	case tokenProxy:
		return a.proxied(d, b[2:])
	case 0x0101, 0x0201, 0x0102, 0x0404, 0x0504, 0x0405, 0x0505:
		return nil // signed or sealed, and the end of a context
	}
	return &proto.Error{Code: "unknown_token"}
}

func mechanism(oid []byte) string {
	for _, m := range mechanisms {
		if bytes.Equal(m.oid, oid) {
			return m.name
		}
	}
	return ""
}

// inner takes AP-REQ, AP-REP or KRB-ERROR.
func (a *analyzer) inner(d proto.Dir, b []byte, how string) error {
	tag, body, _, ok := der.Element(b)
	if !ok {
		return &proto.Error{Code: "bad_token"}
	}
	a.known = true
	switch tag {
	case apReq:
		a.server = d.Other()
		return a.shown(b, how)
	case apRep:
		a.server = d
		a.verdict(Accepted)
	case krbError:
		a.server = d
		a.refused(body)
	}
	return nil
}

// shown takes an AP-REQ. One before it that waits for its verdict is over.
func (a *analyzer) shown(b []byte, how string) error {
	a.drain()
	r := request{ts: a.f.Now(), tag: apReq, rec: &Record{Mechanism: how}}
	if !r.rec.show(b) {
		return &proto.Error{Code: "bad_ticket"}
	}
	a.push(r)
	return nil
}

// proxied takes a message to a centre that goes through a service: a header with the
// realm, and the message (draft-ietf-kitten-iakerb 3).
func (a *analyzer) proxied(d proto.Dir, b []byte) error {
	_, _, rest, ok := der.Element(b)
	if !ok {
		return &proto.Error{Code: "bad_token"}
	}
	if len(rest) == 0 {
		return nil
	}
	if !a.known { // who asks first is the client
		a.known, a.server = true, d.Other()
	}
	waiting := len(a.pending)
	err := a.message(&d, rest)
	if len(a.pending) > waiting {
		a.pending[waiting].rec.Mechanism = "iakerb"
	}
	return err
}

// verdict takes what the carrier, or an AP-REP, tells of the ticket shown.
func (a *analyzer) verdict(v byte) {
	if v > Refused {
		return
	}
	i := len(a.pending) - 1
	if i < 0 || a.pending[i].tag != apReq {
		return
	}
	r := a.pending[i]
	a.pending = a.pending[:i]
	r.rec.Accepted = event.B(v == Accepted)
	a.emit(r)
}
