package smb

import (
	"fmt"

	"lazaret/internal/event"
	"lazaret/internal/ntstatus"
	"lazaret/internal/proto"
)

// setup1 reads a session set-up request, in its three forms: with extended
// security (MS-SMB 2.2.4.6.1) twelve words, of the NT dialect (MS-CIFS 2.2.4.53.1)
// thirteen, of LAN Manager ten.
func (a *analyzer) setup1(d proto.Dir, m *smb1Message) {
	r := &a.rec
	t := texts{m: m}
	switch len(m.words) / 2 {
	case 12:
		n := m.u16(14)
		if n > len(m.data) {
			a.f.Weird("bad_smb1_message", header1)
			return
		}
		a.hand(d, m.data[:n])
		t.off = n
		r.Response = ""
	case 13:
		lm, nt := m.u16(14), m.u16(16)
		a.login(&t, lm, nt, lm+nt)
	case 10:
		n := m.u16(14)
		a.login(&t, n, 0, n)
	default:
		return
	}
	if os := t.next(); os != "" {
		r.ClientOS = os
	}
	if lm := t.next(); lm != "" {
		r.ClientLM = lm
	}
	if r.ClientSigning == "" {
		r.ClientSigning = client1(m)
	}
}

// client1 is what a client says of signing in Flags2 (MS-SMB 2.2.3.1).
func client1(m *smb1Message) string {
	const signed, required = 0x04, 0x10
	return signing(m.b[10]&signed != 0, m.b[10]&required != 0)
}

// login reads account and domain behind passwords or responses, of which it takes
// only the lengths: one byte or none is no password, twenty-four bytes are a
// response of the first forms.
func (a *analyzer) login(t *texts, lm, nt, skip int) {
	r := &a.rec
	r.Response = form(lm, nt)
	t.off = skip
	r.Account, r.ClientDomain = t.next(), t.next()
	if r.Account != "" && r.Response == "anonymous" {
		r.Response = "plain" // an account with an empty password
	}
}

// form names what the lengths of the two answers say (MS-CIFS 3.1.5.2).
func form(lm, nt int) string {
	switch {
	case nt > 24:
		return "NTLMv2"
	case nt == 24:
		return "NTLMv1"
	case nt == 0 && lm == 24:
		return "LM"
	case nt <= 1 && lm <= 1:
		return "anonymous"
	case nt == 0 && lm < 24 || lm == 0 && nt < 24:
		return "plain"
	}
	return "unknown"
}

// granted1 reads a session set-up response (MS-CIFS 2.2.4.53.2, MS-SMB
// 2.2.4.6.2).
func (a *analyzer) granted1(d proto.Dir, m *smb1Message) {
	r := &a.rec
	t := texts{m: m}
	if len(m.words) >= 8 {
		n := m.u16(6)
		if n > len(m.data) {
			a.f.Weird("bad_smb1_message", header1)
			return
		}
		a.hand(d, m.data[:n])
		t.off = n
	}
	if len(m.words) >= 6 {
		for _, dst := range []*string{&r.NativeOS, &r.NativeLM, &r.ServerDomain} {
			if s := t.next(); s != "" {
				*dst = s
			}
		}
	}
	if m.status == statusMore && !m.dos {
		return
	}
	nobody := event.Bool{}
	if r.Response != "" {
		nobody = event.B(r.Response == "anonymous")
	}
	const guest = 1
	a.session(d, m.status == 0, m.u16(4)&guest != 0, nobody, m.outcome())
}

// outcome names the status of a response.
func (m *smb1Message) outcome() string {
	if m.dos && m.status != 0 {
		return fmt.Sprintf("DOS_%d_%d", m.status&0xff, m.status>>16)
	}
	return ntstatus.Name(m.status)
}
