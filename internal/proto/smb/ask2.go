package smb

import (
	"encoding/binary"

	"lazaret/internal/charset"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
	"lazaret/internal/share"
)

// Control codes (MS-FSCC 2.3, MS-SMB2 2.2.31) that are read; others are only named.
const (
	fsctlPipeTransceive = 0x11c017
)

// Classes of information on files (MS-FSCC 2.4) that change something.
const (
	infoBasic         = 4
	infoRename        = 10
	infoDisposition   = 13
	infoAllocation    = 19
	infoEndOfFile     = 20
	infoDispositionEx = 64
	infoRenameEx      = 65
)

// maxName bounds names of files, in characters.
const maxName = 1024

// ask2 takes a request.
func (a *analyzer) ask2(d proto.Dir, m *smb2Message, done *int) bool {
	if m.cmd == cmdCancel2 || int(m.cmd) >= len(names2) {
		return true // which has no answer, and the id of what it cancels
	}
	s := &a.side[d]
	if m.flags&flagRelated == 0 {
		s.chain = chain{}
		if m.cmd >= cmdTreeConnect2 && m.cmd != cmdEcho2 {
			s.chain.realm = a.o.Session(m.session)
		}
	}
	q := a.o.Ask(m.id)
	q.Cmd, q.MID = m.cmd, m.id
	if r := s.chain.realm; r != nil && m.cmd != cmdTreeConnect2 {
		if m.flags&(flagRelated|flagAsync) == 0 {
			s.chain.tree = a.treeOf(r, m.tree)
		}
		q.Tree = s.chain.tree
	}
	q.Realm = s.chain.realm
	if q.Realm != nil {
		q.User = q.Realm.User
	}
	ok := a.read2(d, m, q, done)
	if q.File != nil {
		s.chain.file = q.File
	}
	return ok
}

// read2 reads the body of a request.
func (a *analyzer) read2(d proto.Dir, m *smb2Message, q *share.Request, done *int) bool {
	switch m.cmd {
	case cmdNegotiate2:
		return a.offer2(m)
	case cmdSetup2:
		if m.session == 0 {
			q.Flag = setupNew
		}
		return a.setup2(d, m)
	case cmdLogoff2:
		q.Realm = a.o.Session(m.session)
	case cmdTreeConnect2:
		return a.connect2(m, q)
	case cmdTreeDisconnect2:
		q.N = m.tree
	case cmdCreate2:
		return a.create2(d, m, q)
	case cmdClose2:
		q.Act = share.Close
		return a.handle2(d, m, q, 8)
	case cmdFlush2, cmdLock2, cmdChangeNotify2, cmdQueryDirectory2:
		return a.handle2(d, m, q, 8) && a.pattern2(m, q)
	case cmdQueryInfo2:
		q.Sub = subInfo(m)
		return a.handle2(d, m, q, 24)
	case cmdBreak2:
		return true
	case cmdRead2, cmdWrite2:
		return a.move2(d, m, q, done)
	case cmdIoctl2:
		return a.control2(d, m, q)
	case cmdSetInfo2:
		return a.set2(d, m, q)
	}
	return true
}

// setupNew says in flag that a set-up asks for a session that does not exist.
const setupNew = 1

// subInfo is the type and the class of information, in bytes 1 and 0.
func subInfo(m *smb2Message) uint32 {
	if b := m.body(4); b != nil {
		return uint32(b[2])<<8 | uint32(b[3])
	}
	return 0
}

// related is the handle of the command before.
var related = share.FileID{Persistent: ^uint64(0), Volatile: ^uint64(0)}

// handle2 finds the file of a request, whose handle is at off of the body. A handle
// of ones is that of the command before (MS-SMB2 3.2.4.1.4).
func (a *analyzer) handle2(d proto.Dir, m *smb2Message, q *share.Request, off int) bool {
	b := m.body(off + 16)
	if b == nil {
		return false
	}
	id := share.FileID{Persistent: binary.LittleEndian.Uint64(b[off:]), Volatile: binary.LittleEndian.Uint64(b[off+8:])}
	switch {
	case id == related:
		q.File = a.side[d].chain.file
	case q.Realm != nil:
		q.File = q.Realm.Find(a.o, q.Tree, id)
	}
	q.By(q.User)
	return true
}

// name2 reads a name at off of the message and makes it fit for a record.
func (a *analyzer) text2(m *smb2Message, off, n int) (string, bool) {
	b, ok := m.part(off, n)
	if !ok {
		return "", len(m.b) < m.n // too long to be kept
	}
	return rest.MaskShare(a.f.Pseudonym, charset.UTF16(b, maxName)), true
}

// connect2 reads a tree connect (MS-SMB2 2.2.9).
func (a *analyzer) connect2(m *smb2Message, q *share.Request) (ok bool) {
	b := m.body(8)
	if b == nil {
		return false
	}
	q.Act = share.Connect
	q.Text, ok = a.text2(m, int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:])))
	return ok
}

// create2 reads a create request (MS-SMB2 2.2.13).
func (a *analyzer) create2(d proto.Dir, m *smb2Message, q *share.Request) bool {
	b := m.body(56)
	if b == nil || q.Realm == nil {
		return b != nil
	}
	name, ok := a.text2(m, int(binary.LittleEndian.Uint16(b[44:])), int(binary.LittleEndian.Uint16(b[46:])))
	if !ok {
		return false
	}
	if name == "" {
		name = share.Root
	}
	q.Act = share.Open
	q.File = &share.File{Realm: q.Realm, Tree: q.Tree, TS: q.TS, Name: name, User: q.User, Size: -1, Wish: wish(binary.LittleEndian.Uint32(b[36:])),
		Options: binary.LittleEndian.Uint32(b[40:])}
	return true
}

// dispositionMost is the last disposition (MS-SMB2 2.2.13).
const dispositionMost = 5

func wish(v uint32) uint8 {
	if v > dispositionMost {
		return 0
	}
	return uint8(v) + 1
}

// pattern2 reads what a query of a directory looks for (MS-SMB2 2.2.33).
func (a *analyzer) pattern2(m *smb2Message, q *share.Request) (ok bool) {
	if m.cmd != cmdQueryDirectory2 || !a.o.Told() {
		return true
	}
	b := m.body(32)
	if b == nil {
		return false
	}
	q.Text, ok = a.text2(m, int(binary.LittleEndian.Uint16(b[24:])), int(binary.LittleEndian.Uint16(b[26:])))
	return ok
}

// move2 reads the head of a read (MS-SMB2 2.2.19) or write request (2.2.21).
func (a *analyzer) move2(d proto.Dir, m *smb2Message, q *share.Request, done *int) bool {
	b := m.body(48)
	if b == nil {
		return false
	}
	q.N, q.Off = binary.LittleEndian.Uint32(b[4:]), int64(binary.LittleEndian.Uint64(b[8:]))
	q.Act = share.Read
	if m.cmd == cmdWrite2 {
		q.Act = share.Write
	}
	if !a.handle2(d, m, q, 16) || m.cmd == cmdRead2 {
		return true
	}
	at, n := int(binary.LittleEndian.Uint16(b[2:])), int(q.N)
	if n == 0 { // which RDMA has beside the message
		return true
	}
	if at < header2+48 || at+n > m.n {
		return false
	}
	if a.o.Begin(d, q.File, proto.Orig, q.Off, n, m.n-at-n) {
		*done = at
	}
	return true
}

// control2 reads a control (MS-SMB2 2.2.31).
func (a *analyzer) control2(d proto.Dir, m *smb2Message, q *share.Request) bool {
	b := m.body(56)
	if b == nil {
		return false
	}
	q.Sub = binary.LittleEndian.Uint32(b[4:])
	if !a.handle2(d, m, q, 8) || q.File == nil || q.Sub != fsctlPipeTransceive {
		return true
	}
	q.File.Guess = share.Pipe
	n := int(binary.LittleEndian.Uint32(b[28:]))
	q.N = uint32(n)
	a.pipe(q.File, proto.Orig, m, int(binary.LittleEndian.Uint32(b[24:])), n)
	q.File.Moved[proto.Orig].Bytes += uint64(n)
	return true
}

// pipe gives the content of a transceive on.
func (a *analyzer) pipe(f *share.File, from proto.Dir, m *smb2Message, off, n int) {
	if n <= 0 || n > m.n || f.Kind() != share.Pipe {
		return
	}
	if b, ok := m.part(off, n); ok {
		a.o.Bring(f, from, 0, b)
	} else {
		a.o.Miss(f, from, 0, n)
	}
}

// set2 reads a change of information (MS-SMB2 2.2.39).
func (a *analyzer) set2(d proto.Dir, m *smb2Message, q *share.Request) bool {
	b := m.body(32)
	if b == nil || !a.handle2(d, m, q, 16) {
		return false
	}
	q.Sub = subInfo(m)
	if b[2] != 1 || q.File == nil { // of a file
		return true
	}
	v, ok := m.part(int(binary.LittleEndian.Uint16(b[8:])), int(binary.LittleEndian.Uint32(b[4:])))
	if !ok {
		return len(m.b) < m.n
	}
	switch b[3] {
	case infoBasic:
		q.Act = share.Set
	case infoRename, infoRenameEx:
		if len(v) < 20 {
			return false
		}
		n := int(binary.LittleEndian.Uint32(v[16:]))
		if n > len(v)-20 {
			return false
		}
		q.Act, q.Text = share.Rename, rest.MaskShare(a.f.Pseudonym, charset.UTF16(v[20:20+n], maxName))
	case infoDisposition, infoDispositionEx:
		if len(v) < 1 {
			return false
		}
		q.Act, q.Flag = share.Delete, uint32(v[0]&1)
	case infoEndOfFile:
		if len(v) < 8 {
			return false
		}
		q.Act, q.Off = share.None, int64(binary.LittleEndian.Uint64(v))
	}
	return true
}
