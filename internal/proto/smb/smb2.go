package smb

import (
	"encoding/binary"

	"lazaret/internal/proto"
)

// Fields and flags of the header of SMB2 (MS-SMB2 2.2.1.2).
const (
	header2    = 64
	flagServer = 1 // SERVER_TO_REDIR
)

// Commands of SMB2 that are read (MS-SMB2 2.2.1.2).
const (
	cmdNegotiate2 = 0
	cmdSetup2     = 1
)

func wanted2(cmd uint16) bool { return cmd == cmdNegotiate2 || cmd == cmdSetup2 }

// smb2 takes one message of SMB2. Messages that are chained behind the first are
// passed over: neither command that is read may be chained (MS-SMB2 3.3.5.2.7).
func (a *analyzer) smb2(d proto.Dir, b []byte) {
	if len(b) < header2 || binary.LittleEndian.Uint16(b[4:]) != header2 {
		a.f.Weird("bad_smb2_message", 0)
		return
	}
	if next := binary.LittleEndian.Uint32(b[20:]); next >= header2 && int64(next) < int64(len(b)) {
		b = b[:next]
	}
	m := smb2Message{b: b, status: binary.LittleEndian.Uint32(b[8:])}
	reply := b[16]&flagServer != 0
	a.note(d, reply)
	if a.rec.Version != "SMB3" {
		a.rec.Version = "SMB2"
	}
	ok := true
	switch cmd := binary.LittleEndian.Uint16(b[12:]); {
	case cmd == cmdNegotiate2 && !reply:
		ok = a.offer2(&m)
	case cmd == cmdNegotiate2:
		ok = m.status != 0 || a.choice2(d, &m)
	case cmd == cmdSetup2 && !reply:
		ok = a.setup2(d, &m)
	case cmd == cmdSetup2:
		ok = a.granted2(d, &m)
	}
	if !ok {
		a.f.Weird("bad_smb2_message", header2)
	}
}

// smb2Message is one message of SMB2, to whose header offsets refer.
type smb2Message struct {
	b      []byte
	status uint32
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

// signing2 names SecurityMode (MS-SMB2 2.2.3): a server or client of SMB2 can
// always sign.
func signing2(mode byte) string { return signing(mode&1 != 0, mode&2 != 0) }
