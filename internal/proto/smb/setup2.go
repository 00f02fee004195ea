package smb

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/ntstatus"
	"lazaret/internal/proto"
)

// setup2 reads a session set-up request (MS-SMB2 2.2.5).
func (a *analyzer) setup2(d proto.Dir, m *smb2Message) bool {
	b := m.body(24)
	if b == nil {
		return false
	}
	if s := signing2(b[3]); s != "off" {
		a.rec.ClientSigning = s
	}
	blob, ok := m.part(int(binary.LittleEndian.Uint16(b[12:])), int(binary.LittleEndian.Uint16(b[14:])))
	if ok {
		a.hand(d, a.asked(m.session, m.id), blob)
	}
	return ok
}

// granted2 reads a session set-up response (MS-SMB2 2.2.6), or an error response
// (2.2.2) in its place.
func (a *analyzer) granted2(d proto.Dir, m *smb2Message) bool {
	const guest, nobody, encrypt = 1, 2, 4
	flags, login := byte(0), a.answered(m.session, m.id)
	if m.status == 0 || m.status == statusMore {
		b := m.body(8)
		if b == nil {
			return false
		}
		blob, ok := m.part(int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:])))
		if !ok {
			return false
		}
		a.hand(d, login, blob)
		flags = b[2]
	}
	if m.status == statusMore {
		return true
	}
	if flags&encrypt != 0 {
		a.rec.Encrypted = true
	}
	if m.status == 0 {
		a.o.Granted(m.session, a.logins[login].who(flags&guest != 0, flags&nobody != 0))
	}
	a.decided(d, login, m.status == 0, ntstatus.Name(m.status))
	a.session(m.status == 0, flags&guest != 0, event.B(flags&nobody != 0), ntstatus.Name(m.status))
	return true
}
