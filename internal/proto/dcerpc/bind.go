package dcerpc

import (
	"bytes"
	"fmt"
	"strings"

	"lazaret/internal/ndr"
	"lazaret/internal/proto"
	"lazaret/internal/rpcdb"
)

// ndr64 is the transfer syntax NDR64 (MS-RPCE 2.2.4.12), features the first half of
// the one by which clients negotiate features of the bind (MS-RPCE 2.2.2.14).
var (
	ndr64    = rpcdb.UUID{0x71, 0x71, 0x05, 0x33, 0xbe, 0xba, 0x49, 0x37, 0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}
	features = []byte{0x6c, 0xb7, 0x1c, 0x2c, 0x98, 0x12, 0x45, 0x40}
)

// context is a presentation context of the association.
type context struct {
	id   uint16
	of   *face
	wide bool
	// asked is the call that offered it, until it is answered; nth its place.
	asked   uint32
	nth     uint8
	waiting bool
	feature bool
}

// context finds the newest context of a number.
func (a *analyzer) context(id uint16) *context {
	for i := len(a.contexts) - 1; i >= 0; i-- {
		if a.contexts[i].id == id {
			return &a.contexts[i]
		}
	}
	return nil
}

// bind reads the offers of a bind or of an altered context (C706 12.6.4.3, 12.6.4.1).
func (a *analyzer) bind(d proto.Dir, u *unit) {
	r := ndr.New(u.stub, u.big, false)
	n := int(u.b[24])
	for nth := range n {
		id := r.U16()
		transfers := int(r.U8())
		r.Skip(1)
		uuid := rpcdb.UUID(r.GUID())
		version := r.U32()
		c := context{id: id, asked: u.call, nth: uint8(nth), waiting: true}
		for k := range transfers {
			t := r.GUID()
			r.U32()
			if !r.OK() {
				break
			}
			c.wide = c.wide || k == 0 && t == ndr64
			c.feature = c.feature || bytes.HasPrefix(t[:], features)
		}
		if !r.OK() {
			a.f.Weird("bad_context", 0)
			break
		}
		c.of = a.faceOf(uuid, uint16(version), uint16(version>>16))
		a.offer(c)
	}
	a.secure(d, u)
}

// faceOf shares the face of an earlier context.
func (a *analyzer) faceOf(u rpcdb.UUID, major, minor uint16) *face {
	for i := range a.contexts {
		if x := a.contexts[i].of; x.uuid == u && x.major == major && x.minor == minor {
			return x
		}
	}
	x := newFace(u, major, minor)
	x.version = fmt.Sprintf("%d.%d", major, minor)
	return x
}

// offer keeps a context; one of the same number is replaced, and beyond the bound
// the oldest is forgotten.
func (a *analyzer) offer(c context) {
	if old := a.context(c.id); old != nil {
		*old = c
		return
	}
	if len(a.contexts) >= maxContexts {
		a.weird(weirdForgotten)
		a.contexts = append(a.contexts[:0], a.contexts[1:]...)
	}
	a.contexts = append(a.contexts, c)
}

// Results of offers (C706 12.6.3.1 p_cont_def_result_t).
const resultAccepted = 0

var refusals = map[uint16]string{0: "refused", 1: "abstract_syntax_not_supported", 2: "transfer_syntaxes_not_supported", 3: "local_limit_exceeded"}

// bindAck reads the results of offers, and the server's name of the end
// (C706 12.6.4.4, 12.6.4.2).
func (a *analyzer) bindAck(d proto.Dir, u *unit) {
	r := ndr.New(u.b[:len(u.b)-len(u.token)], u.big, false)
	r.Skip(callLen)
	address := r.Bytes(int(r.U16()))
	r.Align(4)
	n := int(r.U8())
	r.Skip(3)
	if u.kind == typeBindAck && r.OK() {
		if s := printable(bytes.TrimRight(address, "\x00")); s != "" {
			a.pipe = s
		}
	}
	taken, denied := map[*face]bool{}, ""
	var out []*face
	for nth := range min(n, maxContexts) {
		result, reason := r.U16(), r.U16()
		transfer := r.GUID()
		r.U32()
		if !r.OK() {
			break
		}
		c := a.answered(u.call, uint8(nth))
		switch {
		case c == nil || c.feature:
		case result == resultAccepted:
			c.wide = transfer == ndr64
			taken[c.of] = true
		default:
			denied = refusals[reason]
			out = append(out, c.of)
		}
	}
	for _, x := range out {
		if !taken[x] {
			taken[x] = true // once
			a.refusedBind(x, denied)
		}
	}
	a.secure(d, u)
}

// answered finds the offer that a result is for.
func (a *analyzer) answered(call uint32, nth uint8) *context {
	for i := range a.contexts {
		if c := &a.contexts[i]; c.waiting && c.asked == call && c.nth == nth {
			c.waiting = false
			return c
		}
	}
	return nil
}

// Reasons for which a bind is refused (C706 12.6.3.1 p_reject_reason_t, MS-RPCE
// 2.2.2.5).
var nakReasons = [...]string{"reason_not_specified", "temporary_congestion", "local_limit_exceeded", "called_address_unknown",
	"protocol_version_not_supported", "default_context_not_supported", "user_data_not_readable", "no_psap_available",
	"authentication_type_not_recognized", "invalid_checksum"}

// bindNak reads why a bind was refused (C706 12.6.4.5).
func (a *analyzer) bindNak(d proto.Dir, u *unit) {
	reason := fmt.Sprintf("reason_%d", u.u16(headLen))
	if n := int(u.u16(headLen)); n < len(nakReasons) {
		reason = nakReasons[n]
	}
	told := map[*face]bool{}
	for i := range a.contexts {
		if c := &a.contexts[i]; c.waiting && c.asked == u.call {
			c.waiting = false
			if !told[c.of] {
				told[c.of] = true
				a.refusedBind(c.of, reason)
			}
		}
	}
	a.verdict(d, false, reason)
}

// refusedBind tells that an interface could not be bound.
func (a *analyzer) refusedBind(x *face, reason string) {
	r := &Record{NamedPipe: a.pipe, User: a.user, Outcome: string(rpcdb.Refused), Status: reason, Detail: "bind", Backward: a.client == proto.Resp}
	x.describe(r)
	r.Auth, r.AuthLevel = a.auth.names()
	a.f.Emit(a.f.Now(), r)
}

// describe says which interface a record is of.
func (x *face) describe(r *Record) {
	if x.info != nil {
		r.Endpoint, r.UUID = x.info.Name, x.info.Text
	} else {
		r.UUID = x.uuid.String()
		r.Endpoint = "unknown-" + r.UUID
	}
	r.Version = x.version
}

// secure takes the trailer of a unit that negotiates authentication and hands its
// token on.
func (a *analyzer) secure(d proto.Dir, u *unit) {
	if len(u.token) == 0 {
		return
	}
	a.auth = u.auth
	switch {
	case len(u.token) < 8:
		return
	case u.auth.kind == authNTLM && string(u.token[:8]) == "NTLMSSP\x00":
		a.via = "ntlm"
	case u.auth.kind == authSPNEGO || u.auth.kind == authKerberos:
		a.via = "gssapi"
	default:
		return
	}
	a.claims = d == a.client
	a.f.Hand(d, u.token, a.via)
	if u.kind == typeAlter {
		a.pending = true
	}
}

// Claimed implements proto.Listener.
func (a *analyzer) Claimed(account string) {
	if account == "" {
		account = proto.Nobody
	}
	if a.claims {
		a.claimed = account
	}
}

// verdict tells how the authentication ended: the server says so by what it answers
// to the first call under it.
func (a *analyzer) verdict(d proto.Dir, granted bool, why string) {
	if a.via == "" || !a.pending && granted {
		return
	}
	a.pending = false
	if granted && a.claimed != "" {
		a.user = a.claimed
	}
	a.claimed = ""
	if granted {
		a.f.Hand(d, []byte{0}, a.via)
		return
	}
	a.f.Hand(d, append([]byte{1}, why...), a.via)
}

// pipeName is the name of a pipe without its path, in lower case.
func pipeName(s string) string {
	s = strings.ToLower(s)
	if i := strings.LastIndexByte(s, '\\'); i >= 0 {
		s = s[i+1:]
	}
	return s[:min(len(s), 64)]
}

// printable makes a short text of bytes that should be ASCII.
func printable(b []byte) string {
	b = b[:min(len(b), 128)]
	for _, c := range b {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return string(b)
}
