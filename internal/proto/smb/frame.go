package smb

import (
	"bytes"
	"encoding/binary"
	"math"

	"lazaret/internal/proto"
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

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if a.lost[d] {
		at := plausible(b)
		if at < 0 {
			return proto.Progress{Done: max(0, len(b)-frameLen-peekLen+1)}, nil
		}
		if at > 0 {
			return proto.Progress{Done: at}, nil
		}
		a.lost[d] = false
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
		return proto.Progress{Done: frameLen}, nil
	}
	peek := frameLen + min(n, 32)
	if len(b) < peek {
		return proto.Progress{Need: peek}, nil
	}
	h := b[frameLen:peek]
	if len(h) < 4 || string(h[1:4]) != "SMB" || n < leastLen(h[0]) {
		return a.stray(d)
	}
	a.count(h[0])
	if !wanted(h) || frameLen+n > maxMessage {
		a.pass(d, h)
		return proto.Progress{Done: frameLen + n}, nil
	}
	if len(b) < frameLen+n {
		return proto.Progress{Need: frameLen + n}, nil
	}
	a.message(d, b[frameLen:frameLen+n])
	return proto.Progress{Done: frameLen + n}, nil
}

// stray handles bytes that are no message: the next one is looked for.
func (a *analyzer) stray(d proto.Dir) (proto.Progress, error) {
	a.f.Weird("no_message", 0)
	a.lost[d] = true
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
	case idSMB1:
		a.note(d, h[9]&flagReply != 0)
		a.rec.Version = "SMB1"
	case idSMB2:
		a.note(d, h[16]&flagServer != 0)
		a.rec.Version = "SMB2"
	case idEncrypted, idCompressed: // which do not tell who is the server
		a.note(d, d == proto.Resp)
		a.rec.Version = "SMB3"
	}
}

// Gap implements proto.Analyzer.
func (a *analyzer) Gap(d proto.Dir, _ int) bool {
	a.lost[d] = true
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
