package smb

import (
	"encoding/binary"

	"lazaret/internal/proto"
)

// statusPending is an interim answer: another follows (MS-SMB2 3.3.4.2).
const statusPending = 0x103

// answer2 takes an answer.
func (a *analyzer) answer2(d proto.Dir, m *smb2Message, done *int) bool {
	if m.status == statusPending || m.id == ^uint64(0) || int(m.cmd) >= len(names2) {
		return true // or a break that nobody asked for
	}
	q, ok := a.wait.take(m.id)
	if ok && q.cmd != m.cmd {
		ok = false
	}
	if !ok { // its request was not seen
		q = request{cmd: m.cmd, ts: a.f.Now()}
		if m.cmd > cmdSetup2 {
			return true
		}
	}
	switch m.cmd {
	case cmdNegotiate2:
		ok = m.status != 0 || a.choice2(d, m)
	case cmdSetup2:
		if q.flag == setupNew {
			a.renew(m.session)
		}
		ok = a.granted2(d, m)
	default:
		ok = a.done2(d, m, &q, done)
	}
	if m.status != statusMore {
		a.command(&q, m.outcome())
	}
	return ok
}

// renew forgets the session that had the id before.
func (a *analyzer) renew(id uint64) {
	r := a.realmOf(id)
	if r == nil || len(r.files)+len(r.trees) == 0 {
		return
	}
	a.sh.drop(r)
}

// done2 takes the answer to a request of a session.
func (a *analyzer) done2(d proto.Dir, m *smb2Message, q *request, done *int) bool {
	o := m.outcome()
	switch m.cmd {
	case cmdLogoff2:
		if o.ok && q.realm != nil {
			a.sh.drop(q.realm)
		}
	case cmdTreeConnect2:
		return a.mapped2(m, q, o)
	case cmdTreeDisconnect2:
		if o.ok && q.realm != nil {
			q.realm.closeTree(q.n)
		}
	case cmdCreate2:
		return a.created2(m, q, o)
	case cmdClose2:
		return a.closed2(m, q, o)
	case cmdRead2:
		return a.gave2(d, m, q, o, done)
	case cmdWrite2:
		n := uint32(0)
		if b := m.body(8); b != nil && o.ok {
			n = min(binary.LittleEndian.Uint32(b[4:]), q.n)
		}
		a.carried(actWrite, q, n, o)
	case cmdIoctl2:
		return a.controlled2(m, q, o)
	case cmdSetInfo2:
		if f := q.file; f != nil && q.sub == 1<<8|infoEndOfFile && o.ok {
			f.sized(q.off)
		}
		a.concluded(q.act, q, o)
	}
	return true
}

// sized takes the size that a file was given.
func (f *file) sized(n int64) {
	if n < 0 {
		return
	}
	f.size = n
	for _, s := range f.sinks {
		if s.p != nil && s.from == proto.Orig {
			s.p.Sized(n)
		}
	}
}

// mapped2 reads a tree connect response (MS-SMB2 2.2.10).
func (a *analyzer) mapped2(m *smb2Message, q *request, o outcome) bool {
	if !o.ok {
		a.f.Emit(q.ts, &TriedRecord{Action: actions[shareUnknown][actTree], Path: q.text, Status: o.status})
		return true
	}
	b := m.body(16)
	if b == nil || q.realm == nil {
		return b != nil
	}
	const encrypt = 0x8000
	t := &tree{path: q.text}
	if b[2] >= 1 && b[2] <= 3 {
		t.kind = shareKind(b[2])
	}
	q.realm.closeTree(m.tree)
	q.realm.plant(a, m.tree, t)
	q.tree = t
	a.f.Emit(q.ts, &MappingRecord{Path: t.path, ShareType: t.kind.String(), Encryption: binary.LittleEndian.Uint32(b[4:])&encrypt != 0})
	return true
}

// created2 reads a create response (MS-SMB2 2.2.14).
func (a *analyzer) created2(m *smb2Message, q *request, o outcome) bool {
	f := q.file
	if f == nil {
		return true
	}
	if !o.ok {
		a.opened(f, fileID{}, o)
		return true
	}
	b := m.body(80)
	if b == nil {
		return false
	}
	if v := binary.LittleEndian.Uint32(b[4:]); v < uint32(len(results)) {
		f.result = uint8(v) + 1
	}
	f.times = times4(b[8:])
	f.size = int64(binary.LittleEndian.Uint64(b[48:]))
	a.opened(f, fileID{binary.LittleEndian.Uint64(b[64:]), binary.LittleEndian.Uint64(b[72:])}, o)
	return true
}

// closed2 reads a close response (MS-SMB2 2.2.16), which has times and size if the
// client asked for them.
func (a *analyzer) closed2(m *smb2Message, q *request, o outcome) bool {
	f := q.file
	if f == nil {
		return true
	}
	const withAttributes = 1
	if b := m.body(60); o.ok && b != nil && b[2]&withAttributes != 0 {
		f.times = times4(b[8:])
		f.size = int64(binary.LittleEndian.Uint64(b[48:]))
	} else if f.moved[proto.Orig].bytes > 0 {
		f.size = -1 // it may have grown
	}
	a.concluded(actClose, q, o)
	return true
}

// gave2 reads the head of a read response (MS-SMB2 2.2.20).
func (a *analyzer) gave2(d proto.Dir, m *smb2Message, q *request, o outcome, done *int) bool {
	if !o.ok {
		a.carried(actRead, q, 0, o)
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
	a.carried(actRead, q, uint32(n), o)
	if a.begin(d, q.file, proto.Resp, q.off, n, m.n-at-n) {
		*done = at
	}
	return true
}

// controlled2 reads a control response (MS-SMB2 2.2.32).
func (a *analyzer) controlled2(m *smb2Message, q *request, o outcome) bool {
	if q.sub != fsctlPipeTransceive || q.file == nil || !o.ok {
		return true
	}
	b := m.body(48)
	if b == nil {
		return false
	}
	n := int(binary.LittleEndian.Uint32(b[36:]))
	a.pipe(q.file, proto.Resp, m, int(binary.LittleEndian.Uint32(b[32:])), n)
	if n > 0 && n <= m.n {
		q.file.moved[proto.Resp].bytes += uint64(n)
	}
	return true
}
