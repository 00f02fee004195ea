package smb1

import "bytes"

// Capabilities that change how the rest is read (MS-CIFS 2.2.4.52.2, MS-SMB 2.2.4.5.2.1).
const (
	CapUnicode  = 0x00000004
	CapExtended = 0x80000000
)

// Dialect takes the first name off the data of a request to negotiate (MS-CIFS
// 2.2.4.52.1), each of which is a byte of 2 and a string. It is false behind the last.
func Dialect(data []byte) (name, rest []byte, ok bool) {
	if len(data) < 2 || data[0] != 2 {
		return nil, nil, false
	}
	name, rest, _ = bytes.Cut(data[1:], []byte{0})
	return name, rest, true
}

// Choice is the answer to a negotiation.
type Choice struct {
	Index int // of the dialect that was chosen, -1 if none was said
	// Words counts those of the answer: one of the core, thirteen of LAN Manager,
	// seventeen of NT. What follows is that of NT (MS-CIFS 2.2.4.52.2).
	Words        int
	Mode         uint8  // security
	Capabilities uint32 // as the constants, and others
	Time         uint64 // of the server, hundreds of nanoseconds since 1601
	Zone         int    // minutes to be added to reach UTC
	GUID         []byte // of the server, with CapExtended
	Token        []byte // of authentication, with CapExtended
	Domain, Name Text   // of the server, without
}

// Bits of Mode.
const (
	ModeSign     = 4
	ModeMustSign = 8
)

// Choice reads the answer to a negotiation.
func (b *Block) Choice() Choice {
	r := Choice{Index: -1, Words: len(b.Words) / 2}
	if r.Words > 0 {
		r.Index = b.u16(0)
	}
	if r.Words < 17 {
		return r
	}
	r.Mode, r.Capabilities, r.Time, r.Zone = b.Words[2], b.u32(19), b.u64(23), int(int16(b.u16(31)))
	if r.Capabilities&CapExtended != 0 {
		if len(b.Data) >= 16 {
			r.GUID, r.Token = b.Data[:16], b.Data[16:]
		}
		return r
	}
	// The names follow the challenge without padding (MS-CIFS 2.2.4.52.2).
	t := b.Texts(int(b.Words[33]))
	next := t.Plain
	if b.wide || r.Capabilities&CapUnicode != 0 {
		next = t.Pairs
	}
	r.Domain = next()
	r.Name = next()
	return r
}

// Setup is a request for a session.
type Setup struct {
	// Words counts those of the request: twelve with extended security (MS-SMB
	// 2.2.4.6.1), thirteen of NT (MS-CIFS 2.2.4.53.1), ten of LAN Manager.
	Words int
	Token []byte // of authentication, of the first form
	// LM and NT are the lengths of the passwords or the answers to a challenge, of
	// the others.
	LM, NT          int
	Account, Domain Text
	OS, Manager     Text // native operating system and LAN Manager
}

// Setup reads a request for a session. It is false if the lengths lie.
func (b *Block) Setup() (r Setup, ok bool) {
	r.Words = len(b.Words) / 2
	var t Texts
	switch r.Words {
	case 12:
		n := b.u16(14)
		if n > len(b.Data) {
			return r, false
		}
		r.Token, t = b.Data[:n], b.Texts(n)
	case 13:
		r.LM, r.NT = b.u16(14), b.u16(16)
	case 10:
		r.LM = b.u16(14)
	default:
		return r, true
	}
	if r.Words != 12 {
		t = b.Texts(r.LM + r.NT)
		r.Account, r.Domain = t.Next(), t.Next()
	}
	r.OS, r.Manager = t.Next(), t.Next()
	return r, true
}

// Grant is the answer to a request for a session.
type Grant struct {
	Guest               bool
	Token               []byte // of authentication, with extended security
	OS, Manager, Domain Text
}

// Grant reads the answer to a request for a session (MS-CIFS 2.2.4.53.2, MS-SMB
// 2.2.4.6.2). It is false if the lengths lie.
func (b *Block) Grant() (r Grant, ok bool) {
	n := 0
	if len(b.Words) >= 8 {
		if n = b.u16(6); n > len(b.Data) {
			return r, false
		}
		r.Token = b.Data[:n]
	}
	if len(b.Words) >= 6 {
		t := b.Texts(n)
		r.Guest = b.u16(4)&1 != 0
		r.OS, r.Manager, r.Domain = t.Next(), t.Next(), t.Next()
	}
	return r, true
}
