package main

import (
	"encoding/binary"
	"math/rand/v2"

	"lazaret/internal/event"
)

// Commands of SMB2 (MS-SMB2 2.2.1.2).
const (
	cmdNegotiate  = 0
	cmdSetup      = 1
	cmdLogoff     = 2
	cmdTree       = 3
	cmdTreeEnd    = 4
	cmdCreate     = 5
	cmdClose      = 6
	cmdFlush      = 7
	cmdRead       = 8
	cmdWrite      = 9
	cmdIoctl      = 11
	cmdEcho       = 13
	cmdDirectory  = 14
	cmdQueryInfo  = 16
	cmdSetInfo    = 17
	headerLen2    = 64
	flagAnswer    = 1
	flagAsync     = 2
	flagRelated   = 4
	accessRead    = 0x00120089
	accessWrite   = 0x0013019f // read, write and delete
	createOpen    = 1
	createNew     = 2
	createAlways  = 5
	pipeTranscive = 0x0011c017
)

// Statuses (MS-ERREF 2.3.1).
const (
	ok          = uint32(0)
	pending     = uint32(0x103)
	noMoreFiles = uint32(0x80000006)
	moreNeeded  = uint32(0xc0000016)
	denied      = uint32(0xc0000022)
	notFound    = uint32(0xc0000034)
	diskFull    = uint32(0xc000007f)
	logonFailed = uint32(0xc000006d)
)

// visit is one connection of a client to a server: both sides of SMB2, and what was
// counted of it.
type visit struct {
	r       *rand.Rand
	noise   []byte
	who     logon
	server  string
	client  string
	dialect uint16
	budget  int // bytes still to be said, roughly
	most    int // of one large file
	tally   *tally
	speak   func(turn)

	msg     uint64 // id of the next request
	session uint64
	tree    uint32
	handles uint64
	calls   uint32 // of RPC
	serial  int    // of files
	buf     []byte
}

// step is a request and its answer.
type step struct {
	cmd    uint16
	ask    []byte
	status uint32
	answer []byte
	charge uint16 // credits, each of 64 KiB
	async  bool   // an interim answer goes before
}

// say gives one message of the transport to the conversation.
func (v *visit) say(dir int, wait event.Time, b []byte) {
	v.budget -= len(b)
	v.speak(turn{dir: dir, data: b, wait: wait})
}

// think is how long a client takes before it asks again.
func (v *visit) think() event.Time { return rtt + event.Time(v.r.IntN(900_000)) }

// header appends the header of a message (2.2.1.2), or with async that of 2.2.1.1.
func (v *visit) header(b []byte, s *step, flags, next uint32, msg uint64, status uint32) []byte {
	b = pack(b, []byte{0xfe, 'S', 'M', 'B'}, uint16(headerLen2), s.charge, status, s.cmd, uint16(max(1, s.charge)), flags, next, msg)
	if flags&flagAsync != 0 {
		b = pack(b, msg|1<<32)
	} else {
		b = pack(b, uint32(0xfeff), v.treeOf(s.cmd))
	}
	session := v.session
	if s.cmd == cmdNegotiate {
		session = 0
	}
	return append(pack(b, session), make([]byte, 16)...)
}

func (v *visit) treeOf(cmd uint16) uint32 {
	switch cmd {
	case cmdNegotiate, cmdSetup, cmdLogoff, cmdEcho:
		return 0
	}
	return v.tree
}

// begin reserves the length of the transport (2.1); seal writes it.
func begin(b []byte) []byte { return append(b, 0, 0, 0, 0) }

func seal(b []byte) []byte {
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

// refusal is the body of an error response (2.2.2).
func refusal() []byte { return []byte{9, 0, 0, 0, 0, 0, 0, 0, 0} }

// call says one request and its answer.
func (v *visit) call(s step) {
	first, list := v.msg, []step{s}
	v.ask(list)
	v.reply(list, first, false)
}

// ask says requests, each in its own message of the transport.
func (v *visit) ask(list []step) {
	for i := range list {
		s := &list[i]
		if s.charge == 0 && v.dialect != 0x202 {
			s.charge = 1
		}
		b := v.header(begin(v.buf[:0]), s, 0, 0, v.msg, 0)
		v.buf = seal(append(b, s.ask...))
		v.msg += uint64(max(1, s.charge))
		v.say(0, v.think(), v.buf)
	}
}

// reply says the answers to requests whose first had the given id; backward is in
// the opposite order.
func (v *visit) reply(list []step, first uint64, backward bool) {
	ids := make([]uint64, len(list))
	for i := range list {
		ids[i] = first
		first += uint64(max(1, list[i].charge))
	}
	for i := range list {
		if backward {
			i = len(list) - 1 - i
		}
		s := &list[i]
		flags := uint32(flagAnswer)
		if s.async {
			flags |= flagAsync
			v.buf = seal(append(v.header(begin(v.buf[:0]), s, flags, 0, ids[i], pending), refusal()...))
			v.say(1, 0, v.buf)
			v.tally.interim++
		}
		v.tally.answered(s)
		v.buf = seal(append(v.header(begin(v.buf[:0]), s, flags, 0, ids[i], s.status), s.answer...))
		v.say(1, rtt+event.Time(v.r.IntN(400_000)), v.buf)
	}
}

// compound says related requests in one message and their answers in another
// (3.2.4.1.4).
func (v *visit) compound(list []step) {
	for dir := range 2 {
		b := begin(v.buf[:0])
		for i := range list {
			s := &list[i]
			s.charge = min(1, v.dialect-0x202)
			flags, body, status := uint32(0), s.ask, uint32(0)
			if dir == 1 {
				flags, body, status = flagAnswer, s.answer, s.status
				v.tally.answered(s)
			}
			if i > 0 {
				flags |= flagRelated
			}
			at, next := len(b), uint32(0)
			b = append(v.header(b, s, flags, 0, v.msg+uint64(i), status), body...)
			if i < len(list)-1 {
				b = pad(b, at, 8)
				next = uint32(len(b) - at)
				binary.LittleEndian.PutUint32(b[at+20:], next)
			}
		}
		v.buf = seal(b)
		v.say(dir, v.think(), v.buf)
	}
	v.msg += uint64(len(list))
}

// open says negotiation and session set-up (2.2.3 to 2.2.6).
func (v *visit) open() {
	v.call(step{cmd: cmdNegotiate, ask: v.dialects(), answer: v.chosen()})
	blob := v.who.negotiate()
	setup := func(blob []byte) []byte {
		return pack(nil, uint16(25), uint8(0), uint8(1), uint32(1), uint32(0), uint16(88), uint16(len(blob)), uint64(0), blob)
	}
	granted := func(blob []byte) []byte { return pack(nil, uint16(9), uint16(0), uint16(72), uint16(len(blob)), blob) }
	v.session = 0
	first := []step{{cmd: cmdSetup, ask: setup(blob), status: moreNeeded, answer: granted(v.who.challenge())}}
	v.ask(first)
	v.session = 0x4000_0000_0000 | uint64(v.r.Uint32())<<2
	v.reply(first, v.msg-1, false)
	last := step{cmd: cmdSetup, ask: setup(v.who.authenticate()), answer: granted(v.who.accepted())}
	v.call(last)
}

// dialects is the body of a negotiate request.
func (v *visit) dialects() []byte {
	b := pack(nil, uint16(36), uint16(5), uint16(1), uint16(0), uint32(0x7f), v.who.random(16))
	at := headerLen2 + 36 + 10
	if v.dialect < 0x311 {
		b[2] = 4
		b = pack(b, uint64(0))
		return pack(b, uint16(0x202), uint16(0x210), uint16(0x300), uint16(0x302))
	}
	at = (at + 7) &^ 7
	b = pack(b, uint32(at), uint16(2), uint16(0))
	b = pack(b, uint16(0x202), uint16(0x210), uint16(0x300), uint16(0x302), uint16(0x311))
	return v.contexts(pad(b, -headerLen2, 8))
}

// contexts are those of 3.1.1: integrity before authentication, and signing
// (2.2.3.1).
func (v *visit) contexts(b []byte) []byte {
	b = pack(b, uint16(1), uint16(38), uint32(0), uint16(1), uint16(32), uint16(1), v.who.random(32))
	b = pad(b, -headerLen2, 8)
	return pack(b, uint16(8), uint16(4), uint32(0), uint16(1), uint16(1))
}

// chosen is the body of a negotiate response.
func (v *visit) chosen() []byte {
	blob := v.who.hint()
	contexts, at := uint16(0), 0
	if v.dialect == 0x311 {
		contexts, at = 2, (128+len(blob)+7)&^7
	}
	large := uint32(1 << 20)
	if v.dialect == 0x202 {
		large = 1 << 16
	}
	b := pack(nil, uint16(65), uint16(1), v.dialect, contexts, v.who.random(16), uint32(7), large, large, large,
		filetime(0), uint64(0), uint16(128), uint16(len(blob)), uint32(at), blob)
	if contexts > 0 {
		b = v.contexts(pad(b, -headerLen2, 8))
	}
	return b
}

// connect says a tree connect (2.2.9) to a share.
func (v *visit) connect(share string) {
	path := wide(`\\` + v.server + `\` + share)
	kind := uint8(1)
	if share == "IPC$" {
		kind = 2
	}
	v.tree = 0
	list := []step{{cmd: cmdTree, ask: pack(nil, uint16(9), uint16(0), uint16(72), uint16(len(path)), path),
		answer: pack(nil, uint16(16), kind, uint8(0), uint32(0), uint32(0), uint32(0x001f01ff))}}
	v.ask(list)
	v.tree = v.r.Uint32()>>8 | 1
	v.reply(list, v.msg-1, false)
	v.tally.trees++
}

// disconnect says the end of the tree.
func (v *visit) disconnect() {
	v.call(step{cmd: cmdTreeEnd, ask: []byte{4, 0, 0, 0}, answer: []byte{4, 0, 0, 0}})
}

// end says the logoff.
func (v *visit) end() {
	v.call(step{cmd: cmdLogoff, ask: []byte{4, 0, 0, 0}, answer: []byte{4, 0, 0, 0}})
}
