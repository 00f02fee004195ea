package smb

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/smb1"
)

// capabilities1 are the bits of Capabilities (MS-CIFS 2.2.4.52.2, MS-SMB
// 2.2.4.5.2.1) that tell more than the age of the dialect.
var capabilities1 = []bit{
	{smb1.CapUnicode, "unicode"}, {0x00000008, "large_files"}, {0x00000040, "nt_status"}, {0x00001000, "dfs"},
	{0x00800000, "unix"}, {smb1.CapExtended, "extended_security"},
}

// bit is a flag and its word.
type bit struct {
	mask uint32
	word string
}

func words(v uint32, list []bit) []string {
	var out []string
	for _, b := range list {
		if v&b.mask != 0 {
			out = append(out, b.word)
		}
	}
	return out
}

// offer1 takes the dialects of a negotiate request.
func (a *analyzer) offer1(b *smb1.Block) {
	a.rec.Dialects = a.rec.Dialects[:0:0]
	for name, rest, ok := smb1.Dialect(b.Data); ok && len(a.rec.Dialects) < maxDialects; name, rest, ok = smb1.Dialect(rest) {
		a.rec.Dialects = append(a.rec.Dialects, charset.Plain(name, 32))
	}
}

// choice1 takes a negotiate response.
func (a *analyzer) choice1(d proto.Dir, b *smb1.Block) {
	r, c := &a.rec, b.Choice()
	r.Version = "SMB1"
	if c.Index >= 0 && c.Index < len(r.Dialects) {
		r.Dialect = r.Dialects[c.Index]
	}
	if c.Words < 17 {
		if c.Words >= 13 {
			r.ServerSigning = "off"
		}
		return
	}
	r.ServerSigning = signing(c.Mode&smb1.ModeSign != 0, c.Mode&smb1.ModeMustSign != 0)
	r.Capabilities = words(c.Capabilities, capabilities1)
	r.SystemTime = filetime(c.Time)
	zone := -c.Zone
	if sign := '+'; zone > -15*60 && zone < 15*60 {
		if zone < 0 {
			sign, zone = '-', -zone
		}
		r.TimeZone = fmt.Sprintf("%c%02d:%02d", sign, zone/60, zone%60)
	}
	if c.Capabilities&smb1.CapExtended != 0 {
		if len(c.GUID) > 0 {
			r.ServerGUID = guid(c.GUID)
			a.hand(d, 0, c.Token) // a hint for the first who asks
		}
		return
	}
	r.ServerDomain, r.ServerName = c.Domain.Cut(maxText), c.Name.Cut(maxText)
}

// signing names two bits of which the second implies the first.
func signing(enabled, required bool) string {
	switch {
	case required:
		return "required"
	case enabled:
		return "enabled"
	}
	return "off"
}

// guid writes the sixteen bytes of a GUID as usual (MS-DTYP 2.3.4); all zeros are
// none.
func guid(b []byte) string {
	if len(b) != 16 || bytes.Count(b, []byte{0}) == 16 {
		return ""
	}
	h := []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}
	s := hex.EncodeToString(append(h, b[8:]...))
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// setup1 takes a session set-up request.
func (a *analyzer) setup1(d proto.Dir, m *smb1.Header, b *smb1.Block) bool {
	s, ok := b.Setup()
	if !ok {
		return false
	}
	if s.Words != 10 && s.Words != 12 && s.Words != 13 {
		return true
	}
	r, login := &a.rec, a.asked(uint64(m.UID), uint64(m.MID))
	switch s.Words {
	case 12:
		a.hand(d, login, s.Token)
		r.Response = ""
	default:
		r.Response = form(s.LM, s.NT)
		r.Account, r.ClientDomain = s.Account.Cut(maxText), s.Domain.Cut(maxText)
		if r.Account != "" && r.Response == "anonymous" {
			r.Response = "plain" // an account with an empty password
		}
		l := &a.logins[login]
		l.claims, l.account = r.Account != "" || r.Response == "anonymous", proto.Account(r.ClientDomain, r.Account)
	}
	set(&r.ClientOS, s.OS)
	set(&r.ClientLM, s.Manager)
	if r.ClientSigning == "" {
		r.ClientSigning = signing(m.Signs())
	}
	return true
}

// set keeps a text, unless it is empty.
func set(dst *string, t smb1.Text) {
	if s := t.Cut(maxText); s != "" {
		*dst = s
	}
}

// form names what the lengths of the two answers say (MS-CIFS 3.1.5.2): one byte or
// none is no password, twenty-four bytes are a response of the first forms.
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

// maxUsers bounds the sessions of one conversation whose accounts are known.
const maxUsers = 64

// known enters the account of a session of SMB1.
func (a *analyzer) known(uid uint16, user string) {
	delete(a.users, uid)
	if user == "" || len(a.users) >= maxUsers {
		return
	}
	if a.users == nil {
		a.users = map[uint16]string{}
	}
	a.users[uid] = user
}

// granted1 takes a session set-up response.
func (a *analyzer) granted1(d proto.Dir, m *smb1.Header, b *smb1.Block, o outcome) bool {
	g, ok := b.Grant()
	if !ok {
		return false
	}
	r, login := &a.rec, a.answered(uint64(m.UID), uint64(m.MID))
	if len(g.Token) > 0 {
		a.hand(d, login, g.Token)
	}
	set(&r.NativeOS, g.OS)
	set(&r.NativeLM, g.Manager)
	set(&r.ServerDomain, g.Domain)
	if m.Status == statusMore && !m.DOS() {
		return true
	}
	nobody, l := event.Bool{}, &a.logins[login]
	switch {
	case r.Response != "":
		nobody = event.B(r.Response == "anonymous")
	case l.claims:
		nobody = event.B(l.account == "")
	}
	if o.OK {
		a.known(m.UID, l.who(g.Guest, nobody.V))
	}
	a.decided(d, login, o.OK, o.Status)
	a.session(o.OK, g.Guest, nobody, o.Status)
	return true
}
