package mask

import (
	"encoding/binary"
)

// files follows SMB of all versions over its framing (MS-SMB2 2.1, RFC 1002 4.3.1): it keeps the
// commands and what they are about, remote procedure calls in pipes, and programs that move;
// of the content of other files, of listings and of log-ins nothing.
type files struct {
	longest  int
	programs map[handle]bool
	reads    map[uint64]handle // by message: what was asked for from the beginning or goes on
	starts   map[uint64]bool   // by message: whether it was the beginning
	begun    [2]bool           // by side: a message was seen, or lost
	adrift   [2]bool           // by side: where the next message begins is not known
}

// handle is an open file: an id of SMB2, or a number of SMB1 with zeros behind it.
type handle [16]byte

// maxWaiting bounds the messages without an answer and the programs that are open.
const maxWaiting = 4096

func newFiles(longest int) walker {
	return &files{longest: longest, programs: map[handle]bool{}, reads: map[uint64]handle{}, starts: map[uint64]bool{}}
}

// lost goes on: where the next message begins is found by its head.
func (f *files) lost(d int) bool {
	f.begun[d], f.adrift[d] = true, true
	return true
}

// sessionHead is the length of what stands before each message.
const sessionHead = 4

// begins says whether a message of SMB begins behind the head of its framing. Messages of the
// session service, which have no letters to know them by, are only known before all others.
func begins(b []byte, first bool) bool {
	if b[0] != 0 {
		return first && b[0] >= 0x81 && b[0] <= 0x84 && b[1] == 0
	}
	return (b[4] == 0xfe || b[4] == 0xff || b[4] == 0xfd || b[4] == 0xfc) && b[5] == 'S' && b[6] == 'M' && b[7] == 'B'
}

func (f *files) walk(t *talk, d int, b []byte) (done, need int, ok bool) {
	for {
		rest := b[done:]
		if len(rest) < sessionHead {
			return done, sessionHead, true
		}
		size := int(rest[1])<<16 | int(rest[2])<<8 | int(rest[3])
		if rest[0] == 0x85 && size == 0 && !f.adrift[d] { // still there
			t.keep(d, done, sessionHead)
			done += sessionHead
			continue
		}
		if len(rest) < 8 {
			return done, 8, true
		}
		if !begins(rest, !f.begun[d]) {
			f.adrift[d] = true
			done++ // look at the next byte
			continue
		}
		f.adrift[d], f.begun[d] = false, f.begun[d] || rest[0] == 0
		t.keep(d, done, sessionHead)
		if size > f.longest {
			return done + sessionHead + size, 0, true
		}
		if len(rest) < sessionHead+size {
			return done, sessionHead + size, true
		}
		if size >= 4 {
			f.message(t, d, done+sessionHead, rest[sessionHead:sessionHead+size], rest[0])
		}
		done += sessionHead + size
	}
}

// message takes one message of the framing.
func (f *files) message(t *talk, d, off int, m []byte, kind byte) {
	switch {
	case kind != 0: // names of machines (RFC 1002 4.3.2)
		t.keep(d, off, min(len(m), 72))
	case m[0] == 0xff:
		f.one(t, d, off, m)
	case m[0] == 0xfd: // sealed
		t.keep(d, off, len(m))
	case m[0] == 0xfc: // compressed
		t.keep(d, off, min(len(m), 16))
	default:
		for len(m) >= 64 && m[0] == 0xfe {
			next := int(binary.LittleEndian.Uint32(m[20:]))
			if next < 64 || next > len(m) {
				next = len(m)
			}
			f.two(t, d, off, m[:next])
			off, m = off+next, m[next:]
		}
	}
}

// Commands of SMB2 (MS-SMB2 2.2.1.2).
const (
	cmdSetup     = 1
	cmdCreate    = 5
	cmdClose     = 6
	cmdRead      = 8
	cmdWrite     = 9
	cmdIoctl     = 11
	cmdQueryDir  = 14
	cmdNotify    = 15
	cmdQueryInfo = 16
	cmdSetInfo   = 17
)

// pipeTransceive is the control code that asks and answers in a pipe (MS-FSCC 2.3).
const pipeTransceive = 0x0011c017

// two takes a message of SMB2 or SMB3.
func (f *files) two(t *talk, d, off int, m []byte) {
	t.keep(d, off, 64)
	body := m[64:]
	if len(body) < 2 {
		return
	}
	answer := m[16]&1 != 0
	cmd, id := binary.LittleEndian.Uint16(m[12:]), binary.LittleEndian.Uint64(m[24:])
	fixed := min(int(binary.LittleEndian.Uint16(body))&^1, len(body))
	t.keep(d, off+64, fixed)
	at, rest := off+64+fixed, body[fixed:]
	switch cmd {
	case cmdCreate:
		if !answer {
			keepName(t, d, off, m, 44, len(m))
			return
		}
		t.keep(d, at, len(rest))
	case cmdRead:
		if answer {
			f.content(t, d, at, rest, f.reads[id], f.starts[id])
			delete(f.reads, id)
			delete(f.starts, id)
			return
		}
		if len(body) >= 32 && len(f.reads) < maxWaiting {
			f.reads[id], f.starts[id] = handle(body[16:32]), binary.LittleEndian.Uint64(body[8:]) == 0
		}
		t.keep(d, at, len(rest))
	case cmdWrite:
		if !answer && len(body) >= 48 {
			f.content(t, d, at, rest, handle(body[16:32]), binary.LittleEndian.Uint64(body[8:]) == 0)
		}
	case cmdIoctl:
		if len(body) >= 8 && binary.LittleEndian.Uint32(body[4:]) == pipeTransceive {
			t.keepCalls(d, at, rest)
		}
	case cmdQueryDir:
		if !answer {
			keepName(t, d, off, m, 24, len(m))
		}
	case cmdSetInfo:
		if answer {
			t.keep(d, at, len(rest))
		} else if len(body) >= 16 && body[2] == 1 && body[3] == renameInfo {
			renamed(t, d, off, m, int(binary.LittleEndian.Uint16(body[8:])))
		}
	case cmdNotify, cmdQueryInfo:
	case cmdClose:
		if !answer && len(body) >= 24 {
			delete(f.programs, handle(body[8:24]))
		}
		t.keep(d, at, len(rest))
	case cmdSetup:
		t.keepSealed(d, at, rest)
	default:
		t.keep(d, at, len(rest))
	}
}

// renameInfo is the class of information that renames a file (MS-FSCC 2.4.42).
const renameInfo = 10

// renamed keeps what a file is renamed to, as far as it names no person.
func renamed(t *talk, d, off int, m []byte, at int) {
	const head = 20
	if at < 64 || at+head > len(m) {
		return
	}
	t.keep(d, off+at, head)
	size := min(int(binary.LittleEndian.Uint32(m[at+16:])), len(m)-at-head)
	t.keepPath(d, off+at+head, m[at+head:at+head+size], true)
}

// keepName keeps a name whose place and length stand in the body of a request, and what is
// behind it up to end.
func keepName(t *talk, d, off int, m []byte, field, end int) {
	if len(m) < 64+field+4 {
		return
	}
	at, size := int(binary.LittleEndian.Uint16(m[64+field:])), int(binary.LittleEndian.Uint16(m[64+field+2:]))
	if size == 0 {
		return
	}
	if at < 64 || at+size > end {
		return
	}
	t.keepPath(d, off+at, m[at:at+size], true)
	t.keep(d, off+at+size, end-at-size)
}

// content takes what is written into a file, or read from it.
func (f *files) content(t *talk, d, off int, b []byte, of handle, first bool) {
	if t.keepCalls(d, off, b) {
		return
	}
	if first {
		delete(f.programs, of)
		if len(f.programs) < maxWaiting && program(b) {
			f.programs[of] = true
		} else if disguised(b) {
			t.keep(d, off, dicomHead)
		}
	}
	if f.programs[of] {
		t.keep(d, off, len(b))
	}
}
