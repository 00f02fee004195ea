package smb

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/ntstatus"
	"lazaret/internal/proto"
	"lazaret/internal/share"
)

// Fields and flags of the header of SMB2 (MS-SMB2 2.2.1).
const (
	header2     = 64
	flagServer  = 1 // SERVER_TO_REDIR
	flagAsync   = 2
	flagRelated = 4
)

// Commands of SMB2 (MS-SMB2 2.2.1.2).
const (
	cmdNegotiate2 = iota
	cmdSetup2
	cmdLogoff2
	cmdTreeConnect2
	cmdTreeDisconnect2
	cmdCreate2
	cmdClose2
	cmdFlush2
	cmdRead2
	cmdWrite2
	cmdLock2
	cmdIoctl2
	cmdCancel2
	cmdEcho2
	cmdQueryDirectory2
	cmdChangeNotify2
	cmdQueryInfo2
	cmdSetInfo2
	cmdBreak2
)

// names2 are Zeek's names of the commands, in order.
var names2 = [...]string{"NEGOTIATE_PROTOCOL", "SESSION_SETUP", "LOGOFF", "TREE_CONNECT", "TREE_DISCONNECT", "CREATE", "CLOSE", "FLUSH",
	"READ", "WRITE", "LOCK", "IOCTL", "CANCEL", "ECHO", "QUERY_DIRECTORY", "CHANGE_NOTIFY", "QUERY_INFO", "SET_INFO", "OPLOCK_BREAK"}

// head2 is the header of a message of SMB2.
type head2 struct {
	cmd     uint16
	status  uint32
	flags   uint32
	next    int // where the next message of the packet begins, 0 if there is none
	id      uint64
	tree    uint32 // of no use with flagAsync
	session uint64
}

func (h *head2) reply() bool { return h.flags&flagServer != 0 }

// parse2 reads a header, of which all bytes are there.
func parse2(b []byte) (h head2, ok bool) {
	if len(b) < header2 || binary.LittleEndian.Uint32(b) != 0x424d53fe || binary.LittleEndian.Uint16(b[4:]) != header2 {
		return h, false
	}
	next := binary.LittleEndian.Uint32(b[20:])
	if next > 1<<24 {
		return h, false
	}
	return head2{cmd: binary.LittleEndian.Uint16(b[12:]), status: binary.LittleEndian.Uint32(b[8:]), flags: binary.LittleEndian.Uint32(b[16:]),
		next: int(next), id: binary.LittleEndian.Uint64(b[24:]), tree: binary.LittleEndian.Uint32(b[36:]),
		session: binary.LittleEndian.Uint64(b[40:])}, true
}

// Bytes behind the header that tell all of interest, if not the whole message does;
// of requests and of answers.
var (
	asks2 = [...]int{cmdClose2: 24, cmdFlush2: 24, cmdRead2: 48, cmdWrite2: 48, cmdLock2: 24, cmdIoctl2: 56, cmdChangeNotify2: 32,
		cmdQueryInfo2: 40, cmdBreak2: 24}
	says2 = [...]int{cmdTreeConnect2: 16, cmdCreate2: 88, cmdClose2: 60, cmdRead2: 16, cmdWrite2: 16, cmdIoctl2: 48, cmdBreak2: 0}
)

// needs2 is how many bytes of a message of n must be there.
func (a *analyzer) needs2(h *head2, n int) int {
	part, whole := 0, false
	switch {
	case int(h.cmd) >= len(names2):
	case h.reply():
		if h.status>>30 < 3 || h.status == statusMore {
			part = says2[h.cmd]
		}
		switch h.cmd {
		case cmdNegotiate2, cmdSetup2:
			whole = true
		case cmdIoctl2:
			r := a.o.Peek(h.id)
			whole = r != nil && r.Sub == fsctlPipeTransceive
		}
	default:
		part = asks2[h.cmd]
		switch h.cmd {
		case cmdNegotiate2, cmdSetup2, cmdTreeConnect2, cmdCreate2, cmdIoctl2, cmdSetInfo2, cmdQueryDirectory2:
			whole = true
		}
	}
	if whole && n <= maxMessage {
		return n
	}
	return min(n, header2+part)
}

// chain is what the newest command of a compound was about; a related one means
// the same (MS-SMB2 3.2.4.1.4).
type chain struct {
	realm *share.Realm
	tree  *share.Tree
	file  *share.File
}

// smb2 takes one message of n bytes, of which those of needs2 are there. It returns
// how many bytes are done with: the whole of it, unless content follows.
func (a *analyzer) smb2(d proto.Dir, h *head2, b []byte, n int) int {
	reply := h.reply()
	a.o.Client = d
	if reply {
		a.o.Client = d.Other()
	}
	if !a.begun || h.cmd <= cmdSetup2 {
		a.note(d, reply)
		if a.rec.Version != "SMB3" {
			a.rec.Version = "SMB2"
		}
	}
	m := smb2Message{head2: *h, b: b, n: n}
	done := n
	ok := true
	if reply {
		ok = a.answer2(d, &m, &done)
	} else {
		ok = a.ask2(d, &m, &done)
	}
	if !ok {
		a.f.Weird("bad_smb2_message", header2)
	}
	return done
}

// smb2Message is one message of SMB2, to whose header offsets refer.
type smb2Message struct {
	head2
	b []byte // as much as is there
	n int    // bytes of the whole
}

// body is the fixed part of n bytes behind the header.
func (m *smb2Message) body(n int) []byte {
	if len(m.b) < header2+n {
		return nil
	}
	return m.b[header2 : header2+n]
}

// part is the variable part at off, which lies behind the header.
func (m *smb2Message) part(off, n int) ([]byte, bool) {
	if n == 0 {
		return nil, true
	}
	if off < header2 || off > len(m.b) || n > len(m.b)-off {
		return nil, false
	}
	return m.b[off : off+n], true
}

// outcome is the status of an answer.
func (m *smb2Message) outcome() share.Outcome {
	return share.Outcome{Seen: true, OK: !ntstatus.Failed(m.status), Status: ntstatus.Name(m.status)}
}

// signing2 names SecurityMode (MS-SMB2 2.2.3): a server or client of SMB2 can
// always sign.
func signing2(mode byte) string { return signing(mode&1 != 0, mode&2 != 0) }

// treeOf is the tree of a message; one whose connect was not seen is made.
func (a *analyzer) treeOf(r *share.Realm, id uint32) *share.Tree {
	t := r.Trees[id]
	if t == nil {
		t = &share.Tree{}
		r.Plant(a.o, id, t)
	}
	return t
}

// times4 reads the four times of a file in the order of MS-FSCC 2.4.7.
func times4(b []byte) (t [4]event.Time) {
	t[share.Created] = filetime(binary.LittleEndian.Uint64(b))
	t[share.Accessed] = filetime(binary.LittleEndian.Uint64(b[8:]))
	t[share.Modified] = filetime(binary.LittleEndian.Uint64(b[16:]))
	t[share.Changed] = filetime(binary.LittleEndian.Uint64(b[24:]))
	return t
}
