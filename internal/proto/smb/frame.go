package smb

import (
	"bytes"
	"encoding/binary"
	"math"

	"lazaret/internal/proto"
	"lazaret/internal/smb1"
)

// Types of packets of the session service (RFC 1002 4.3.1). Over port 445 only the
// first occurs (MS-SMB2 2.1), with a length of 24 bits instead of 17.
const (
	sessionMessage  = 0x00
	sessionRequest  = 0x81
	sessionPositive = 0x82
	sessionNegative = 0x83
	sessionRetarget = 0x84
	sessionAlive    = 0x85
)

const (
	frameLen = 4
	// peekLen is how much of a message's header tells its command.
	peekLen = 16
)

// side is the state of one direction.
type side struct {
	lost  bool // bytes are missing: a header must be looked for
	ended bool
	frame int   // bytes of the packet of the session service that are left
	pad   int   // bytes before those, which say nothing
	chain chain // what the newest command of a compound was about
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	s := &a.side[d]
	if s.lost {
		at := plausible(b)
		if at < 0 {
			return proto.Progress{Done: max(0, len(b)-frameLen-peekLen+1)}, nil
		}
		s.lost = false
		if at > 0 {
			return proto.Progress{Done: at}, nil
		}
	}
	if a.o.Moving(d) {
		return a.o.Content(d, b), nil
	}
	if n := s.pad; n > 0 {
		s.pad = 0
		return proto.Progress{Done: n}, nil
	}
	if s.frame > 0 {
		return a.chained(d, b)
	}
	if len(b) < frameLen {
		return proto.Progress{Need: frameLen}, nil
	}
	n := int(binary.BigEndian.Uint32(b) & 0xffffff)
	switch b[0] {
	case sessionMessage:
	case sessionRequest:
		return a.request(d, b, n)
	case sessionPositive, sessionNegative, sessionRetarget, sessionAlive:
		return proto.Progress{Done: frameLen + n}, nil
	default:
		return a.stray(d)
	}
	if n == 0 {
		a.bare1(d, 0)
		return proto.Progress{Done: frameLen}, nil
	}
	peek := frameLen + min(n, 32)
	if len(b) < peek {
		return proto.Progress{Need: peek}, nil
	}
	return a.packet(d, b, n, b[frameLen:peek])
}

// packet takes a packet of n bytes, by the first bytes of its message.
func (a *analyzer) packet(d proto.Dir, b []byte, n int, h []byte) (proto.Progress, error) {
	if len(h) < 4 || string(h[1:4]) != "SMB" || n < leastLen(h[0]) {
		if p, ok := a.bare1(d, n); ok {
			return p, nil
		}
		return a.stray(d)
	}
	if h[0] == idEncrypted && len(b) < frameLen+transform {
		return proto.Progress{Need: frameLen + transform}, nil
	}
	a.count(h[0])
	switch h[0] {
	case idSMB1:
		return a.whole(d, b, n)
	case idSMB2:
		a.side[d].frame, a.side[d].chain = n, chain{}
		if len(b) < frameLen+header2 {
			return proto.Progress{Done: frameLen, Need: header2}, nil
		}
		p, err := a.chained(d, b[frameLen:])
		p.Done += frameLen
		return p, err
	}
	a.pass(d, h)
	if h[0] == idEncrypted {
		a.veiled(d, b[frameLen:], n)
	}
	return proto.Progress{Done: frameLen + n}, nil
}

// whole takes a packet of n bytes that is one message of SMB1; one with content is
// taken by its head.
func (a *analyzer) whole(d proto.Dir, b []byte, n int) (proto.Progress, error) {
	if least := frameLen + smb1.LeastLen; len(b) < least {
		return proto.Progress{Need: least}, nil
	}
	need := smb1.Needs(b[frameLen:], n)
	if frameLen+need > maxMessage {
		need = min(n, smb1.HeadLen(b[frameLen:]))
	}
	if len(b) < frameLen+need {
		return proto.Progress{Need: frameLen + need}, nil
	}
	return proto.Progress{Done: frameLen + a.smb1(d, b[frameLen:frameLen+need], n)}, nil
}

// chained takes the next message of a packet of SMB2, of which it is the only one
// or one of several (MS-SMB2 3.2.4.1.4). A short one is taken whole, one with
// content by its head.
func (a *analyzer) chained(d proto.Dir, b []byte) (proto.Progress, error) {
	s := &a.side[d]
	if s.frame < header2 { // padding
		n := s.frame
		s.frame = 0
		return proto.Progress{Done: n}, nil
	}
	if len(b) < header2 {
		return proto.Progress{Need: header2}, nil
	}
	h, ok := parse2(b)
	if !ok || h.next != 0 && (h.next < header2 || h.next > s.frame) {
		a.f.Weird("bad_smb2_message", 0)
		n := s.frame
		s.frame = 0
		return proto.Progress{Done: n}, nil
	}
	n := s.frame
	if h.next != 0 {
		n = h.next
	}
	need := a.needs2(&h, n)
	if len(b) < need {
		return proto.Progress{Need: need}, nil
	}
	s.frame -= n
	return proto.Progress{Done: a.smb2(d, &h, b[:need], n)}, nil
}

// stray handles bytes that are no message: the next one is looked for.
func (a *analyzer) stray(d proto.Dir) (proto.Progress, error) {
	a.f.Weird("no_message", 0)
	a.side[d].lost = true
	return proto.Progress{Done: 1}, nil
}

// count tells, once, of what cannot be read.
func (a *analyzer) count(kind byte) {
	if kind != idEncrypted {
		return
	}
	a.rec.Encrypted = true
	if !a.blind {
		a.blind = true
		a.f.Blind("smb3")
	}
}

// pass takes note of the header of a message that is passed over.
func (a *analyzer) pass(d proto.Dir, h []byte) {
	if a.begun || len(h) < 20 {
		return
	}
	switch h[0] {
	case idSMB2:
		a.note(d, h[16]&flagServer != 0)
		a.rec.Version = "SMB2"
	case idEncrypted, idCompressed: // which do not tell who is the server
		a.note(d, d == proto.Resp)
		a.rec.Version = "SMB3"
	}
}

// Gap implements proto.Analyzer. Within content it is known where the next message
// begins.
func (a *analyzer) Gap(d proto.Dir, n int) bool {
	s := &a.side[d]
	switch n, known := a.o.Gap(d, n); {
	case !known:
		s.frame, s.pad, s.lost = 0, 0, true
	case n <= 0:
		s.pad = -n
	case n == s.frame:
		s.frame = 0
	default:
		s.frame, s.lost = 0, true
	}
	return true
}

// plausible finds the next frame whose message has a whole beginning: a type and a
// length that fit an SMB header. It is -1 if there is none.
func plausible(b []byte) int {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte("SMB"))
		if i < 0 {
			return -1
		}
		at := from + i - 1 - frameLen
		from += i + 3
		if at < 0 {
			continue
		}
		if len(b)-at < frameLen+peekLen {
			return -1
		}
		n := leastLen(b[at+frameLen])
		if b[at] == sessionMessage && n != math.MaxInt && int(binary.BigEndian.Uint32(b[at:])) >= n {
			return at
		}
	}
}
