package smb

import (
	"encoding/binary"

	"lazaret/internal/proto"
	"lazaret/internal/share"
)

// statusPending is an interim answer: another follows (MS-SMB2 3.3.4.2).
const statusPending = 0x103

// answer2 takes an answer.
func (a *analyzer) answer2(d proto.Dir, m *smb2Message, done *int) bool {
	if m.status == statusPending || m.id == ^uint64(0) || int(m.cmd) >= len(names2) {
		return true // or a break that nobody asked for
	}
	q, asked := a.o.Take(m.id)
	if q.One && m.cmd == cmdNegotiate2 { // a negotiation of SMB1 is answered in SMB2
		q.Cmd, q.One, q.MID = m.cmd, false, m.id
	}
	switch {
	case asked && q.Cmd != m.cmd: // some servers do so to an end of a session
		a.o.Command(&q, m.outcome())
		return true
	case !asked && m.cmd > cmdSetup2:
		return true
	}
	if q.Realm != nil {
		q.By(q.Realm.User)
	}
	ok := true
	switch m.cmd {
	case cmdNegotiate2:
		ok = m.status != 0 || a.choice2(d, m)
	case cmdSetup2:
		if q.Flag == setupNew {
			a.o.Renew(m.session)
		}
		ok = a.granted2(d, m)
	default:
		ok = a.done2(d, m, &q, done)
	}
	if asked && m.status != statusMore {
		a.o.Command(&q, m.outcome())
	}
	return ok
}

// done2 takes the answer to a request of a session.
func (a *analyzer) done2(d proto.Dir, m *smb2Message, q *share.Request, done *int) bool {
	o := m.outcome()
	switch m.cmd {
	case cmdLogoff2:
		if o.OK && q.Realm != nil {
			a.o.Drop(q.Realm)
		}
	case cmdTreeConnect2:
		return a.mapped2(m, q, o)
	case cmdTreeDisconnect2:
		if o.OK && q.Realm != nil {
			q.Realm.CloseTree(q.N)
		}
	case cmdCreate2:
		return a.created2(m, q, o)
	case cmdClose2:
		return a.closed2(m, q, o)
	case cmdRead2:
		return a.gave2(d, m, q, o, done)
	case cmdWrite2:
		n := uint32(0)
		if b := m.body(8); b != nil && o.OK {
			n = min(binary.LittleEndian.Uint32(b[4:]), q.N)
		}
		a.o.Carried(q, n, o)
	case cmdIoctl2:
		return a.controlled2(m, q, o)
	case cmdSetInfo2:
		if f := q.File; f != nil && q.Sub == 1<<8|infoEndOfFile && o.OK {
			f.Sized(q.Off)
		}
		a.o.Concluded(q, o)
	}
	return true
}

// mapped2 reads a tree connect response (MS-SMB2 2.2.10).
func (a *analyzer) mapped2(m *smb2Message, q *share.Request, o share.Outcome) bool {
	if !o.OK {
		a.o.TriedTree(q, o)
		return true
	}
	b := m.body(16)
	if b == nil || q.Realm == nil {
		return b != nil
	}
	const encrypt = 0x8000
	t := &share.Tree{Path: q.Text}
	if b[2] >= 1 && b[2] <= 3 {
		t.Kind = share.Kind(b[2])
	}
	q.Realm.CloseTree(m.tree)
	q.Realm.Plant(a.o, m.tree, t)
	q.Tree = t
	a.o.Mapped(q, t, "", binary.LittleEndian.Uint32(b[4:])&encrypt != 0)
	return true
}

// resultMost is the last CreateAction (MS-SMB2 2.2.14).
const resultMost = 3

// created2 reads a create response (MS-SMB2 2.2.14).
func (a *analyzer) created2(m *smb2Message, q *share.Request, o share.Outcome) bool {
	f := q.File
	if f == nil {
		return true
	}
	if !o.OK {
		a.o.Opened(f, share.FileID{}, o)
		return true
	}
	b := m.body(80)
	if b == nil {
		return false
	}
	if v := binary.LittleEndian.Uint32(b[4:]); v <= resultMost {
		f.Result = uint8(v) + 1
	}
	f.Times = times4(b[8:])
	f.Size = int64(binary.LittleEndian.Uint64(b[48:]))
	a.o.Opened(f, share.FileID{Persistent: binary.LittleEndian.Uint64(b[64:]), Volatile: binary.LittleEndian.Uint64(b[72:])}, o)
	return true
}

// closed2 reads a close response (MS-SMB2 2.2.16), which has times and size if the
// client asked for them.
func (a *analyzer) closed2(m *smb2Message, q *share.Request, o share.Outcome) bool {
	f := q.File
	if f == nil {
		return true
	}
	const withAttributes = 1
	if b := m.body(60); o.OK && b != nil && b[2]&withAttributes != 0 {
		f.Times = times4(b[8:])
		f.Size = int64(binary.LittleEndian.Uint64(b[48:]))
	} else if o.OK && f.Moved[proto.Orig].Bytes > 0 { // one that is refused stays open and tells nothing
		f.Size = -1 // it may have grown
	}
	a.o.Concluded(q, o)
	return true
}

// gave2 reads the head of a read response (MS-SMB2 2.2.20).
func (a *analyzer) gave2(d proto.Dir, m *smb2Message, q *share.Request, o share.Outcome, done *int) bool {
	if !o.OK {
		a.o.Carried(q, 0, o)
		return true
	}
	b := m.body(16)
	if b == nil {
		return false
	}
	at, n := int(b[2]), int(binary.LittleEndian.Uint32(b[4:]))
	if n > 0 && (at < header2+16 || n > m.n || at > m.n-n) {
		return false
	}
	a.o.Carried(q, uint32(n), o)
	if a.o.Begin(d, q.File, proto.Resp, q.Off, n, m.n-at-n) {
		*done = at
	}
	return true
}

// controlled2 reads a control response (MS-SMB2 2.2.32).
func (a *analyzer) controlled2(m *smb2Message, q *share.Request, o share.Outcome) bool {
	if q.Sub != fsctlPipeTransceive || q.File == nil || !o.OK {
		return true
	}
	b := m.body(48)
	if b == nil {
		return false
	}
	n := int(binary.LittleEndian.Uint32(b[36:]))
	a.pipe(q.File, proto.Resp, m, int(binary.LittleEndian.Uint32(b[32:])), n)
	if n > 0 && n <= m.n {
		q.File.Moved[proto.Resp].Bytes += uint64(n)
	}
	return true
}
