package main

import "bytes"

// handle is a file identity (MS-SMB2 2.2.14.1).
type handle []byte

// every is the identity that stands for the one of the message before.
var every = handle(bytes.Repeat([]byte{0xff}, 16))

// fresh is the identity of a file that is being opened.
func (v *visit) fresh() handle {
	v.handles++
	return pack(nil, v.handles, v.handles<<8|v.session&0xff)
}

// times are creation, access, write and change, of each file its own.
func (v *visit) times() []byte {
	made := filetime(0) - v.r.Uint64N(1000*864_000_000_000)
	return pack(nil, made, filetime(0), made, made)
}

// create is a request and its answer (2.2.13, 2.2.14): of a file of n bytes.
func (v *visit) create(name string, h handle, access, disposition, options uint32, n int) step {
	w := wide(name)
	ask := pack(nil, uint16(57), uint8(0), uint8(0), uint32(2), uint64(0), uint64(0), access, uint32(0x80), uint32(7),
		disposition, options, uint16(120), uint16(len(w)), uint32(0), uint32(0), w)
	if len(w) == 0 {
		ask = append(ask, 0)
	}
	action, attributes := uint32(1), uint32(0x20)
	if disposition != createOpen {
		action = 2
	}
	if options&1 != 0 {
		attributes = 0x10
	}
	answer := pack(nil, uint16(89), uint8(0), uint8(0), action, v.times(), uint64(n+4095)&^4095, uint64(n), attributes, uint32(0),
		[]byte(h), uint64(0))
	return step{cmd: cmdCreate, ask: ask, answer: answer}
}

// refuse is the same request with an answer that refuses it.
func (s step) refuse(status uint32) step {
	s.status, s.answer = status, refusal()
	return s
}

// write is 2.2.21 and 2.2.22.
func (v *visit) write(h handle, off int, b []byte) step {
	ask := pack(nil, uint16(49), uint16(112), uint32(len(b)), uint64(off), []byte(h), uint32(0), uint32(0), uint32(0), uint32(0), b)
	return step{cmd: cmdWrite, ask: ask, charge: credits(len(b)), answer: pack(nil, uint16(17), uint16(0), uint32(len(b)), uint64(0))}
}

// read is 2.2.19 and 2.2.20.
func (v *visit) read(h handle, off, n int, b []byte) step {
	ask := pack(nil, uint16(49), uint16(0x50), uint32(n), uint64(off), []byte(h), uint32(0), uint32(0), uint32(0), uint32(0), uint8(0))
	return step{cmd: cmdRead, ask: ask, charge: credits(n), answer: pack(nil, uint16(17), uint16(80), uint32(len(b)), uint64(0), b)}
}

// credits is what a message of n bytes costs; one of 64 KiB or less costs the one
// that ask puts in.
func credits(n int) uint16 {
	if n <= 1<<16 {
		return 0
	}
	return uint16((n + 1<<16 - 1) >> 16)
}

// shut is 2.2.15 and 2.2.16.
func (v *visit) shut(h handle) step {
	return step{cmd: cmdClose, ask: pack(nil, uint16(24), uint16(0), uint32(0), []byte(h)),
		answer: pack(nil, uint16(60), uint16(0), uint32(0), make([]byte, 52))}
}

// query asks for FileNetworkOpenInformation (MS-FSCC 2.4.29) or, with standard,
// FileStandardInformation (2.4.41).
func (v *visit) query(h handle, n int, standard bool) step {
	class := uint8(34)
	info := pack(nil, v.times(), uint64(n+4095)&^4095, uint64(n), uint32(0x20), uint32(0))
	if standard {
		class = 5
		info = pack(nil, uint64(n+4095)&^4095, uint64(n), uint32(1), uint8(0), uint8(0), uint16(0))
	}
	ask := pack(nil, uint16(41), uint8(1), class, uint32(len(info)), uint16(0), uint16(0), uint32(0), uint32(0), uint32(0), []byte(h), uint8(0))
	return step{cmd: cmdQueryInfo, ask: ask, answer: pack(nil, uint16(9), uint16(72), uint32(len(info)), info)}
}

// set changes information of a file (2.2.39).
func (v *visit) set(h handle, class uint8, info []byte) step {
	ask := pack(nil, uint16(33), uint8(1), class, uint32(len(info)), uint16(96), uint16(0), uint32(0), []byte(h), info)
	return step{cmd: cmdSetInfo, ask: ask, answer: []byte{2, 0}}
}

// rename is FileRenameInformation (MS-FSCC 2.4.37.2).
func (v *visit) rename(h handle, to string) step {
	w := wide(to)
	return v.set(h, 10, pack(nil, uint64(0), uint64(0), uint32(len(w)), w))
}

// remove is FileDispositionInformation (MS-FSCC 2.4.11).
func (v *visit) remove(h handle) step { return v.set(h, 13, []byte{1}) }

// list is 2.2.33 and 2.2.34 with FileIdBothDirectoryInformation (MS-FSCC 2.4.17); no
// names are the end of the list.
func (v *visit) list(h handle, names []string) step {
	w := wide("*")
	ask := pack(nil, uint16(33), uint8(37), uint8(0), uint32(0), []byte(h), uint16(96), uint16(len(w)), uint32(1<<16), w)
	s := step{cmd: cmdDirectory, ask: ask}
	if len(names) == 0 {
		return s.refuse(noMoreFiles)
	}
	var b []byte
	for i, name := range names {
		w := wide(name)
		n := 104 + len(w)
		next := uint32(0)
		if i < len(names)-1 {
			next = uint32(n+7) &^ 7
		}
		b = pack(b, next, uint32(0), v.times(), uint64(1000+i), uint64(4096), uint32(0x20), uint32(len(w)), uint32(0),
			uint8(0), uint8(0), make([]byte, 24), uint16(0), uint64(v.r.Uint32()), w)
		if next > 0 {
			b = pad(b, 0, 8)
		}
	}
	s.answer = pack(nil, uint16(9), uint16(72), uint32(len(b)), b)
	return s
}

// transceive is 2.2.31 and 2.2.32 with FSCTL_PIPE_TRANSCEIVE.
func (v *visit) transceive(h handle, ask, answer []byte) step {
	return step{cmd: cmdIoctl,
		ask: pack(nil, uint16(57), uint16(0), uint32(pipeTranscive), []byte(h), uint32(120), uint32(len(ask)), uint32(0),
			uint32(0), uint32(0), uint32(4280), uint32(1), uint32(0), ask),
		answer: pack(nil, uint16(49), uint16(0), uint32(pipeTranscive), []byte(h), uint32(112), uint32(0),
			uint32(112), uint32(len(answer)), uint32(0), uint32(0), answer)}
}

// echo is 2.2.28.
func (v *visit) echo() step {
	return step{cmd: cmdEcho, ask: []byte{4, 0, 0, 0}, answer: []byte{4, 0, 0, 0}}
}
