package mask

import "encoding/binary"

// Commands of SMB1 (MS-CIFS 2.2.2.1).
const (
	oneDelete      = 0x06
	oneRename      = 0x07
	oneTransaction = 0x25
	oneEcho        = 0x2b
	oneOpen        = 0x2d
	oneRead        = 0x2e
	oneWrite       = 0x2f
	oneNegotiate   = 0x72
	oneSetup       = 0x73
	oneConnect     = 0x75
	oneCreate      = 0xa2
	oneLock        = 0x24
	oneLogoff      = 0x74
	oneNone        = 0xff
)

// maxChain bounds the commands of one message.
const maxChain = 8

// one takes a message of SMB1 with its chain of commands (MS-CIFS 2.2.3).
func (f *files) one(t *talk, d, off int, m []byte) {
	if len(m) < 35 {
		return
	}
	t.keep(d, off, 32)
	cmd, at := m[4], 32
	for range maxChain {
		if at+3 > len(m) {
			return
		}
		words := m[at+1:]
		size := 2 * int(m[at])
		if len(words) < size+2 {
			return
		}
		words = words[:size]
		begin := at + 1 + size + 2
		data := m[begin:]
		data = data[:min(len(data), int(binary.LittleEndian.Uint16(m[begin-2:])))]
		t.keep(d, off+at, begin-at)
		f.oneCommand(t, d, off, m, cmd, words, data, begin)
		chained := cmd == oneLock || cmd == oneOpen || cmd == oneRead || cmd == oneWrite || cmd == oneSetup || cmd == oneLogoff || cmd == oneConnect || cmd == oneCreate
		if !chained || size < 4 || words[0] == oneNone {
			return
		}
		next := int(binary.LittleEndian.Uint16(words[2:]))
		if next < begin {
			return
		}
		cmd, at = words[0], next
	}
}

// oneCommand takes one command, whose data begins at a place in its message.
func (f *files) oneCommand(t *talk, d, off int, m []byte, cmd byte, words, data []byte, begin int) {
	answer, wide := m[9]&0x80 != 0, m[11]&0x80 != 0
	id := uint64(binary.LittleEndian.Uint16(m[30:])) | uint64(binary.LittleEndian.Uint16(m[26:]))<<16
	word := func(i int) int {
		if 2*i+2 > len(words) {
			return 0
		}
		return int(binary.LittleEndian.Uint16(words[2*i:]))
	}
	switch cmd {
	case oneRead:
		if !answer {
			if len(words) >= 10 && len(f.reads) < maxWaiting {
				f.reads[id], f.starts[id] = handle{words[4], words[5], 1}, word(3)|word(4) == 0
			}
			return
		}
		from := word(6)
		if size := word(5) | word(7)<<16; from >= begin && from <= len(m) {
			f.content(t, d, off+from, m[from:min(len(m), from+size)], f.reads[id], f.starts[id])
		}
		delete(f.reads, id)
		delete(f.starts, id)
	case oneWrite:
		from := word(11)
		if size := word(10) | word(9)<<16; !answer && from >= begin && from <= len(m) {
			f.content(t, d, off+from, m[from:min(len(m), from+size)], handle{words[4], words[5], 1}, word(3)|word(4) == 0)
		}
	case oneSetup:
		secret := 0
		if !answer && len(words) == 26 {
			secret = word(7) + word(8)
		}
		if secret <= len(data) {
			t.keepSealed(d, off+begin+secret, data[secret:])
		}
	case oneConnect:
		secret := 0
		if !answer && len(words) == 8 {
			secret = word(3)
		}
		if secret <= len(data) {
			t.keep(d, off+begin+secret, len(data)-secret)
		}
	case oneTransaction:
		f.pipe(t, d, off, m, words, data, begin, answer)
	case oneDelete, oneRename, oneOpen, oneCreate:
		if !answer {
			pad := 0
			if wide && begin%2 == 1 {
				pad = min(1, len(data))
			}
			t.keep(d, off+begin, pad)
			t.keepPath(d, off+begin+pad, data[pad:], wide)
		}
	case oneNegotiate, oneEcho, oneLock, oneLogoff:
		t.keep(d, off+begin, len(data))
	}
}

// pipe takes a transaction (MS-CIFS 2.2.4.33): its names and parameters, and of its data remote
// procedure calls.
func (f *files) pipe(t *talk, d, off int, m, words, data []byte, begin int, answer bool) {
	count, place := 11, 12 // of the data, in a request
	if answer {
		count, place = 6, 7
	}
	if len(words) < 2*place+2 {
		return
	}
	size, from := int(binary.LittleEndian.Uint16(words[2*count:])), int(binary.LittleEndian.Uint16(words[2*place:]))
	if size == 0 {
		from = begin + len(data)
	}
	if from < begin || from > begin+len(data) {
		return
	}
	t.keep(d, off+begin, from-begin)
	t.keepCalls(d, off+from, m[from:min(from+size, len(m))])
}
