package smb

import (
	"encoding/binary"

	"lazaret/internal/charset"
	"lazaret/internal/proto"
)

// Fields and flags of the header of SMB1 (MS-CIFS 2.2.3.1).
const (
	header1      = 32
	flagReply    = 0x80   // Flags
	flag2NT      = 0x4000 // Flags2: status of 32 bits
	flag2Unicode = 0x8000
)

// Commands of SMB1 that are read (MS-CIFS 2.2.2.1).
const (
	cmdNegotiate1 = 0x72
	cmdSetup1     = 0x73
)

func wanted1(cmd byte) bool { return cmd == cmdNegotiate1 || cmd == cmdSetup1 }

// smb1Message is one message of SMB1, with its parameters and data apart.
type smb1Message struct {
	b      []byte // from the header on, to which alignment refers
	cmd    byte
	reply  bool
	status uint32
	dos    bool // status is class and code of DOS
	wide   bool
	words  []byte
	data   []byte
	at     int // of data in b
}

// parse1 reads the header and bounds the blocks of the first command: a count of
// words, the words, a count of bytes, the bytes.
func parse1(b []byte) (m smb1Message, ok bool) {
	if len(b) < header1+3 {
		return m, false
	}
	flags2 := binary.LittleEndian.Uint16(b[10:])
	m = smb1Message{b: b, cmd: b[4], reply: b[9]&flagReply != 0, status: binary.LittleEndian.Uint32(b[5:]),
		dos: flags2&flag2NT == 0, wide: flags2&flag2Unicode != 0}
	n := 2 * int(b[header1])
	m.at = header1 + 1 + n + 2
	if m.at > len(b) {
		return m, false
	}
	m.words = b[header1+1 : header1+1+n]
	count := int(binary.LittleEndian.Uint16(b[m.at-2:]))
	if m.at+count > len(b) {
		return m, false
	}
	m.data = b[m.at : m.at+count]
	return m, true
}

// smb1 takes one message of SMB1.
func (a *analyzer) smb1(d proto.Dir, b []byte) {
	m, ok := parse1(b)
	if !ok {
		a.f.Weird("bad_smb1_message", 0)
		return
	}
	a.note(d, m.reply)
	if a.rec.Version == "" {
		a.rec.Version = "SMB1"
	}
	switch {
	case m.cmd == cmdNegotiate1 && !m.reply:
		a.offer1(&m)
	case m.cmd == cmdNegotiate1:
		a.choice1(d, &m)
	case m.cmd == cmdSetup1 && !m.reply:
		a.setup1(d, &m)
	case m.cmd == cmdSetup1:
		a.granted1(d, &m)
	}
}

// u16 is a number among the words, 0 behind their end.
func (m *smb1Message) u16(off int) int {
	if off+2 > len(m.words) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(m.words[off:]))
}

func (m *smb1Message) u32(off int) uint32 {
	return uint32(m.u16(off)) | uint32(m.u16(off+2))<<16
}

func (m *smb1Message) u64(off int) uint64 {
	return uint64(m.u32(off)) | uint64(m.u32(off+4))<<32
}

// texts reads the strings of a message's data, one after the other.
type texts struct {
	m   *smb1Message
	off int // in m.data
}

// next is the next string, which ends with a zero or with the data. Those of two
// bytes a character begin at even offsets from the header (MS-CIFS 2.2.1.1.1).
func (t *texts) next() string {
	if t.m.wide {
		t.off += (t.m.at + t.off) & 1
		return t.wide()
	}
	if t.off >= len(t.m.data) {
		return ""
	}
	b := t.m.data[t.off:]
	n := 0
	for n < len(b) && b[n] != 0 {
		n++
	}
	t.off += n + 1
	return charset.Plain(b[:n], maxText)
}

// wide is the next string of two bytes a character, where it is.
func (t *texts) wide() string {
	if t.off >= len(t.m.data) {
		return ""
	}
	b := t.m.data[t.off:]
	n := 0
	for n+1 < len(b) && (b[n] != 0 || b[n+1] != 0) {
		n += 2
	}
	t.off += n + 2
	return charset.UTF16(b[:n], maxText)
}
