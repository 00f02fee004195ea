// Package smb1 takes apart messages of SMB1 (MS-CIFS, MS-SMB): the header, the chain
// of commands behind it, and what each command says.
//
// Parse reads the header. Next walks over the commands of a message: behind the first
// one there may be others, each at an offset that the one before names (AndX, MS-CIFS
// 2.2.3.4). An offset that does not lead forward, or a chain that is too long, ends
// the walk and is told as a Fault. A Block is one command; its methods, named after
// what they read, give a small struct, and false if a field lies outside.
//
// Lengths are checked before anything is read. Counts that lie are cut to what is
// there, because real servers look at offsets and hardly at counts, and a reader that
// refused would be blind where they are not. Of a message whose content is large only
// the head needs to be there; Needs says how much.
//
// It refuses to keep anything, to pair requests with answers and to read passwords
// and responses to challenges: of those it tells the lengths. It does not allocate but
// for strings that are asked for. Every slice aliases the message of the caller.
package smb1

import (
	"encoding/binary"
	"fmt"

	"lazaret/internal/charset"
	"lazaret/internal/ntstatus"
)

// Lengths, bytes.
const (
	HeaderLen = 32 // of the header (MS-CIFS 2.2.3.1)
	LeastLen  = 35 // of a message: the header, no words, no bytes
)

// MaxChain bounds the commands of one message that are read.
const MaxChain = 12

// Bits of Flags and Flags2 (MS-CIFS 2.2.3.1).
const (
	flagReply     = 0x80
	flag2Status   = 0x4000 // status of 32 bits
	flag2Wide     = 0x8000 // strings of two bytes a character
	flag2Sign     = 0x0004
	flag2MustSign = 0x0010
)

// Header of a message.
type Header struct {
	Command Command // the first of the chain
	Status  uint32  // of an answer; of DOS in class and code unless NT
	Flags   uint8
	Flags2  uint16
	TID     uint16 // tree
	UID     uint16 // session
	MID     uint16 // request
	PID     uint32 // process of the client
}

// Reply says whether it is an answer.
func (h *Header) Reply() bool { return h.Flags&flagReply != 0 }

// Wide says whether strings have two bytes a character.
func (h *Header) Wide() bool { return h.Flags2&flag2Wide != 0 }

// DOS says whether the status is a class and a code of DOS.
func (h *Header) DOS() bool { return h.Flags2&flag2Status == 0 }

// Signs says whether the client can sign, and whether it insists (MS-SMB 2.2.3.1).
func (h *Header) Signs() (can, must bool) {
	return h.Flags2&flag2Sign != 0, h.Flags2&flag2MustSign != 0
}

// Failed says whether the status tells of an error.
func (h *Header) Failed() bool {
	if h.DOS() {
		return h.Status != 0
	}
	return ntstatus.Failed(h.Status)
}

// Outcome names the status, one of DOS by its numbers.
func (h *Header) Outcome() string {
	if h.DOS() && h.Status != 0 {
		return fmt.Sprintf("DOS_%d_%d", h.Status&0xff, h.Status>>16)
	}
	return ntstatus.Name(h.Status)
}

// Message is one message, from the header on, to which offsets refer.
type Message struct {
	Header
	B   []byte // as much as is there
	Len int    // of the whole, bytes

	next  Command
	at    int // of the next command, 0 behind the last one
	walk  int // commands so far
	fault Fault
}

// Fault is how a chain breaks the standard.
type Fault uint8

// A chain ends early because a command lies outside the message, because an offset
// does not lead forward, or because it is too long.
const (
	FaultNone Fault = iota
	FaultOutside
	FaultBack
	FaultLong
)

// Parse reads the header of a message of n bytes, of which b is the beginning.
func Parse(b []byte, n int) (m Message, ok bool) {
	if len(b) < LeastLen || n < len(b) || string(b[:4]) != "\xffSMB" {
		return m, false
	}
	le := binary.LittleEndian
	m = Message{B: b, Len: n, at: HeaderLen, next: Command(b[4])}
	m.Header = Header{Command: Command(b[4]), Status: le.Uint32(b[5:]), Flags: b[9], Flags2: le.Uint16(b[10:]),
		PID: uint32(le.Uint16(b[12:]))<<16 | uint32(le.Uint16(b[26:])), TID: le.Uint16(b[24:]), UID: le.Uint16(b[28:]), MID: le.Uint16(b[30:])}
	return m, true
}

// Needs is how many bytes of a message of n bytes must be there to be read: all,
// but of one that carries content behind a single command only its head. b is the
// beginning, of LeastLen bytes or more.
func Needs(b []byte, n int) int {
	if len(b) < LeastLen {
		return min(n, LeastLen)
	}
	c, reply, words := Command(b[4]), b[9]&flagReply != 0, int(b[HeaderLen])
	if words < 12 || b[HeaderLen+1] != byte(NoAndX) || c != ReadAndX && c != WriteAndX || (c == ReadAndX) != reply {
		return n
	}
	return min(n, HeadLen(b))
}

// HeadLen is the length of the header with the words of the first command and its
// count of bytes; b is as for Needs.
func HeadLen(b []byte) int { return HeaderLen + 1 + 2*int(b[HeaderLen]) + 2 }

// Block is one command of a message.
type Block struct {
	Command Command
	Words   []byte // parameters, two bytes each
	Data    []byte // as much as is there and was counted
	At      int    // of Data from the header on
	Last    bool   // no other command follows
	Cut     bool   // the count goes beyond the message

	msg  []byte // of Message; a pointer to it would make it escape
	size int
	wide bool
	tid  uint16
}

// Next gives the next command of the chain, and false behind the last one.
func (m *Message) Next(b *Block) bool {
	if m.at == 0 {
		return false
	}
	start := m.at
	m.at = 0
	if m.walk++; m.walk > MaxChain {
		m.fault = FaultLong
		return false
	}
	if start >= len(m.B) {
		m.fault = FaultOutside
		return false
	}
	words := start + 1
	end := words + 2*int(m.B[start])
	if end > len(m.B) {
		m.fault = FaultOutside
		return false
	}
	*b = Block{Command: m.next, Words: m.B[words:end], Last: true, msg: m.B, size: m.Len, wide: m.Wide(), tid: m.TID}
	b.At = min(end+2, len(m.B))
	if end+2 <= len(m.B) {
		n := int(binary.LittleEndian.Uint16(m.B[end:]))
		b.Data, b.Cut = m.B[b.At:min(b.At+n, len(m.B))], b.At+n > m.Len
	}
	if b.Command.andX() && len(b.Words) >= 4 && Command(b.Words[0]) != NoAndX {
		b.Last = false
		m.next, m.at = Command(b.Words[0]), b.u16(2)
		if m.at < end {
			m.at, m.fault = 0, FaultBack
		}
	}
	return true
}

// Fault tells why the walk ended early.
func (m *Message) Fault() Fault { return m.fault }

// Part is n bytes of a message at an offset from the header on.
func Part(msg []byte, off, n int) ([]byte, bool) {
	if n == 0 {
		return nil, true
	}
	if off < HeaderLen || n < 0 || off > len(msg) || n > len(msg)-off {
		return nil, false
	}
	return msg[off : off+n], true
}

// u16 is a number among the words, 0 behind their end.
func (b *Block) u16(off int) int { return int(u16(b.Words, off)) }

func (b *Block) u32(off int) uint32 { return u32(b.Words, off) }

func (b *Block) u64(off int) uint64 { return u64(b.Words, off) }

func u16(b []byte, off int) uint16 {
	if off < 0 || off+2 > len(b) {
		return 0
	}
	return binary.LittleEndian.Uint16(b[off:])
}

func u32(b []byte, off int) uint32 {
	if off < 0 || off+4 > len(b) {
		return 0
	}
	return binary.LittleEndian.Uint32(b[off:])
}

func u64(b []byte, off int) uint64 {
	if off < 0 || off+8 > len(b) {
		return 0
	}
	return binary.LittleEndian.Uint64(b[off:])
}

// Text is a string as it lies in a message.
type Text struct {
	B    []byte // without the zero at its end
	Wide bool
}

// String makes text of it, of at most 1,024 characters.
func (t Text) String() string { return t.Cut(1024) }

// Cut makes text of at most n characters.
func (t Text) Cut(n int) string {
	if t.Wide {
		return charset.UTF16(t.B, n)
	}
	return charset.Plain(t.B, n)
}

// Texts reads strings one after the other.
type Texts struct {
	b    []byte
	base int // of b from the header on
	off  int
	wide bool
}

// Texts begins with the data of a command at an offset.
func (b *Block) Texts(off int) Texts { return Texts{b: b.Data, base: b.At, off: off, wide: b.wide} }

// Next is the next string, which ends with a zero or with the data. Those of two
// bytes a character begin at even offsets from the header (MS-CIFS 2.2.1.1.1).
func (t *Texts) Next() Text {
	if t.wide {
		t.off += (t.base + t.off) & 1
		return t.Pairs()
	}
	return t.Plain()
}

// Plain is the next string of one byte a character.
func (t *Texts) Plain() Text {
	if t.off >= len(t.b) {
		return Text{}
	}
	b := t.b[t.off:]
	n := 0
	for n < len(b) && b[n] != 0 {
		n++
	}
	t.off += n + 1
	return Text{B: b[:n]}
}

// Pairs is the next string of two bytes a character, where it is.
func (t *Texts) Pairs() Text {
	if t.off >= len(t.b) {
		return Text{Wide: true}
	}
	b := t.b[t.off:]
	n := 0
	for n+1 < len(b) && (b[n] != 0 || b[n+1] != 0) {
		n += 2
	}
	t.off += n + 2
	return Text{B: b[:n], Wide: true}
}

// formatted is the next string behind a byte that names its form (MS-CIFS 2.2.2.5);
// 4 is one that ends with a zero.
func (t *Texts) formatted() (Text, bool) {
	if t.off >= len(t.b) || t.b[t.off] != 4 {
		return Text{}, false
	}
	t.off++
	return t.Next(), true
}
