package main

import (
	"encoding/binary"
	"math/rand/v2"
)

// service is an interface of DCE/RPC behind a pipe, with the calls of one errand.
type service struct {
	pipe    string
	uuid    [16]byte // as on the wire
	version uint16
	errand  func(*visit, *errand)
}

// services are those that Windows machines call most.
func services() []*service {
	return []*service{
		{"svcctl", uuid(0x367abb81, 0x9844, 0x35f1, 0xad3298f038001003), 2, (*visit).manageServices},
		{"samr", uuid(0x12345778, 0x1234, 0xabcd, 0xef000123456789ac), 1, (*visit).listAccounts},
		{"lsarpc", uuid(0x12345778, 0x1234, 0xabcd, 0xef000123456789ab), 0, (*visit).askPolicy},
		{"srvsvc", uuid(0x4b324fc8, 0x1670, 0x01d3, 0x12785a47bf6ee188), 3, (*visit).listShares},
		{"wkssvc", uuid(0x6bffd098, 0xa112, 0x3610, 0x983346c3f87e345a), 1, (*visit).askStation},
		{"winreg", uuid(0x338cd001, 0x2244, 0x31f1, 0xaaaa900038001003), 1, (*visit).readRegistry},
	}
}

// ndr20 is the transfer syntax (C706 appendix I).
var ndr20 = uuid(0x8a885d04, 0x1ceb, 0x11c9, 0x9fe808002b104860)

func uuid(a uint32, b, c uint16, d uint64) (u [16]byte) {
	pack(u[:0], a, b, c)
	binary.BigEndian.PutUint64(u[8:], d)
	return u
}

// mostFragment is the size of a fragment on a pipe.
const mostFragment = 4280

// errand is one pipe while it is open. A pipe is spoken to in one of two ways:
// by transceive, or by write and read.
type errand struct {
	v     *visit
	to    *service
	h     handle
	old   *chain // of SMB1, nil if this is SMB2
	plain bool   // by write and read
	hard  bool   // the server answers after an interim answer
}

// visitPipe opens a pipe, runs the errand behind it and closes it.
func (v *visit) visitPipe(s *service) {
	e := &errand{v: v, to: s, h: v.fresh(), plain: v.r.IntN(2) == 0, hard: v.r.IntN(8) == 0}
	v.call(v.create(s.pipe, e.h, 0x0012019f, createOpen, 0x400040, 0))
	v.tally.pipes++
	e.bind()
	s.errand(v, e)
	v.call(v.shut(e.h))
}

// head is the common header (C706 12.6.3.1).
func (e *errand) head(kind, flags uint8) []byte {
	return pack(nil, uint8(5), uint8(0), kind, flags, []byte{0x10, 0, 0, 0}, uint16(0), uint16(0), e.v.calls)
}

func sized(b []byte) []byte {
	binary.LittleEndian.PutUint16(b[8:], uint16(len(b)))
	return b
}

// bind says bind and its acknowledgement (12.6.4.3, 12.6.4.4).
func (e *errand) bind() {
	e.v.calls++
	b := pack(e.head(11, 3), uint16(mostFragment), uint16(mostFragment), uint32(0), uint32(1), uint16(0), uint16(1),
		e.to.uuid[:], uint32(e.to.version), ndr20[:], uint32(2))
	name := append([]byte(`\pipe\`+e.to.pipe), 0)
	a := pack(e.head(12, 3), uint16(mostFragment), uint16(mostFragment), uint32(0x5000|e.v.calls), uint16(len(name)), name)
	a = pack(pad(a, 0, 4), uint32(1), uint32(0), ndr20[:], uint32(2))
	e.exchange([][]byte{sized(b)}, [][]byte{sized(a)})
}

// call says a request and its response, each in as many fragments as it takes.
func (e *errand) call(opnum uint16, in, out []byte) {
	e.v.calls++
	e.v.tally.called(e.to.pipe, opnum)
	e.exchange(e.fragments(0, opnum, in), e.fragments(2, 0, out))
}

// fragments are the pieces of a request (kind 0) or response (2).
func (e *errand) fragments(kind uint8, opnum uint16, stub []byte) [][]byte {
	const room = mostFragment - 24
	var list [][]byte
	for at := 0; at == 0 || at < len(stub); at += room {
		part := stub[at:min(at+room, len(stub))]
		flags := uint8(0)
		if at == 0 {
			flags |= 1
		}
		if at+room >= len(stub) {
			flags |= 2
		}
		b := pack(e.head(kind, flags), uint32(len(stub)-at), uint16(0), opnum, part)
		list = append(list, sized(b))
	}
	return list
}

// exchange carries fragments to the server and back.
func (e *errand) exchange(ask, answer [][]byte) {
	v := e.v
	if e.old != nil {
		e.old.transact(ask[0], answer)
		return
	}
	last := len(ask) - 1
	for _, b := range ask[:last] {
		v.call(v.write(e.h, 0, b))
	}
	if e.plain || last > 0 {
		v.call(v.write(e.h, 0, ask[last]))
	} else {
		s := v.transceive(e.h, ask[last], answer[0])
		s.async = e.hard
		v.call(s)
		answer = answer[1:]
	}
	for _, b := range answer {
		s := v.read(e.h, 0, mostFragment, b)
		s.async = e.hard
		v.call(s)
	}
}

// stub is parameters in NDR (C706 14). Pointers get ever new identities.
type stub struct {
	b  []byte
	id uint32
}

func (s *stub) u32(list ...uint32) *stub {
	s.b = pad(s.b, 0, 4)
	for _, v := range list {
		s.b = binary.LittleEndian.AppendUint32(s.b, v)
	}
	return s
}

func (s *stub) u16(v uint16) *stub {
	s.b = binary.LittleEndian.AppendUint16(pad(s.b, 0, 2), v)
	return s
}

func (s *stub) raw(b []byte) *stub {
	s.b = append(pad(s.b, 0, 4), b...)
	return s
}

// pointer is a reference to something that comes later.
func (s *stub) pointer() *stub {
	s.id += 4
	return s.u32(0x20000 + s.id)
}

// text is a string with its zero: conformant and varying (14.3.4.2).
func (s *stub) text(v string) *stub {
	w := pack(wide(v), uint16(0))
	n := uint32(len(w) / 2)
	return s.u32(n, 0, n).raw(w)
}

// unique is a pointer and its string.
func (s *stub) unique(v string) *stub { return s.pointer().text(v) }

// counted is the head of a RPC_UNICODE_STRING (MS-DTYP 2.3.10), whose characters come later.
func (s *stub) counted(v string) *stub {
	n := uint16(len(wide(v)))
	return s.u32().u16(n).u16(n).pointer()
}

// chars are the characters of a counted string.
func (s *stub) chars(v string) *stub {
	w := wide(v)
	n := uint32(len(w) / 2)
	return s.u32(n, 0, n).raw(w)
}

// sid is S-1-5-21-x-y-z (MS-DTYP 2.4.2.3).
func (s *stub) sid() *stub {
	return s.u32(4).raw([]byte{1, 4, 0, 0, 0, 0, 0, 5}).u32(21, 1111, 2222, 3333)
}

// token is a handle of the server (14.2.16.6).
func token(r *rand.Rand) []byte {
	return pack(nil, uint32(0), r.Uint64(), r.Uint64())
}
