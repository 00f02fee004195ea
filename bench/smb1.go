package main

import (
	"crypto/sha256"
)

// old is a visit of a machine that knows nothing newer than NT LM 0.12 (MS-CIFS,
// MS-SMB): files and a pipe, one request at a time.
func (v *visit) old() {
	o := &chain{v: v}
	o.open()
	o.connect("IPC$")
	for range 1 + v.r.IntN(3) {
		o.pipe(v.service([]string{"srvsvc", "wkssvc", "winreg", "svcctl", "lsarpc"}[v.r.IntN(5)]))
	}
	o.call(0x71, nil, nil, ok, nil, nil)
	o.connect("data")
	for v.budget > 0 {
		o.file()
	}
	o.call(0x71, nil, nil, ok, nil, nil)
	o.call(0x74, pack(nil, uint32(0xff)), nil, ok, pack(nil, uint32(0xff)), nil)
}

// chain is one conversation of SMB1.
type chain struct {
	v             *visit
	tid, uid, mid uint16
	fid           uint16
}

// headerLen1 is the length of the header (MS-CIFS 2.2.3.1).
const headerLen1 = 32

// message appends header, parameter words and data bytes.
func (o *chain) message(cmd uint8, flags uint8, status uint32, words, data []byte) []byte {
	b := pack(begin(o.v.buf[:0]), []byte{0xff, 'S', 'M', 'B'}, cmd, status, flags, uint16(0xc807), make([]byte, 12),
		o.tid, uint16(0xfeff), o.uid, o.mid)
	return seal(pack(b, uint8(len(words)/2), words, uint16(len(data)), data))
}

// call says a request and its answer. The identities of session and tree that an
// answer brings are set by the caller between two calls.
func (o *chain) call(cmd uint8, words, data []byte, status uint32, back, bytes []byte) {
	o.ask(cmd, words, data)
	o.reply(cmd, status, back, bytes)
}

func (o *chain) ask(cmd uint8, words, data []byte) {
	o.mid += 64
	o.v.buf = o.message(cmd, 0x18, 0, words, data)
	o.v.say(0, o.v.think(), o.v.buf)
}

func (o *chain) reply(cmd uint8, status uint32, words, data []byte) {
	o.v.buf = o.message(cmd, 0x98, status, words, data)
	o.v.say(1, rtt, o.v.buf)
	o.v.tally.answered(&step{cmd: uint16(cmd) | 0x100, status: status})
}

// alone says that no other command follows in the message (2.2.3.4).
var alone = []byte{0xff, 0, 0, 0}

// open is negotiation and session set-up with extended security (MS-SMB 2.2.4.5,
// 2.2.4.6).
func (o *chain) open() {
	v := o.v
	back := pack(nil, uint16(0), uint8(3), uint16(50), uint16(1), uint32(16644), uint32(65536), uint32(0), uint32(0x8000c05c),
		filetime(0), uint16(0), uint8(0))
	o.call(0x72, nil, []byte("\x02NT LM 0.12\x00"), ok, back, pack(v.who.random(16), v.who.hint()))
	for i, blob := range [][]byte{v.who.negotiate(), v.who.authenticate()} {
		words := pack(nil, alone, uint16(16644), uint16(50), uint16(1), uint32(0), uint16(len(blob)), uint32(0), uint32(0x8000c05c))
		o.ask(0x73, words, o.named(blob, headerLen1+1+len(words)+2, "Bench OS 5", "Bench LM 5"))
		o.uid = 0x800 + uint16(v.serial%64)
		blob, status := v.who.challenge(), moreNeeded
		if i == 1 {
			blob, status = v.who.accepted(), ok
		}
		words = pack(nil, alone, uint16(0), uint16(len(blob)))
		o.reply(0x73, status, words, o.named(blob, headerLen1+1+len(words)+2, "Bench OS 5", "Bench LM 5"))
	}
}

// named is a token and two names behind it, each with its zero, on even places of
// the message.
func (o *chain) named(blob []byte, at int, names ...string) []byte {
	b := pad(pack(nil, blob), -at, 2)
	for _, s := range names {
		b = pack(b, wide(s), uint16(0))
	}
	return b
}

// connect is TREE_CONNECT_ANDX (MS-CIFS 2.2.4.55).
func (o *chain) connect(share string) {
	o.tid = 0
	data := pack(nil, uint8(0), wide(`\\`+o.v.server+`\`+share), uint16(0), []byte("?????\x00"))
	o.ask(0x75, pack(nil, alone, uint16(8), uint16(1)), data)
	o.tid = uint16(o.v.r.IntN(60000) + 1)
	sort, system := []byte("A:\x00"), "NTFS"
	if share == "IPC$" {
		sort, system = []byte("IPC\x00\x00"), ""
	}
	o.reply(0x75, ok, pack(nil, alone, uint16(1), uint32(0x1f01ff), uint32(0)), pack(sort, wide(system), uint16(0)))
	o.v.tally.trees++
}

// create is NT_CREATE_ANDX (2.2.4.64).
func (o *chain) create(name string, access, disposition uint32, n int, pipe bool) {
	o.fid++
	w := wide(name)
	words := pack(nil, alone, uint8(0), uint16(len(w)), uint32(0x16), uint32(0), access, uint64(0), uint32(0x80), uint32(7),
		disposition, uint32(0x40), uint32(2), uint8(0))
	sort := uint16(0)
	if pipe {
		sort = 2
	}
	back := pack(nil, alone, uint8(0), o.fid, uint32(1), o.v.times(), uint32(0x20), uint64(n+4095)&^4095, uint64(n), sort, uint16(0x5ff), uint8(0))
	o.call(0xa2, words, pack(nil, uint8(0), w, uint16(0)), ok, back, nil)
}

func (o *chain) shut() { o.call(0x04, pack(nil, o.fid, uint32(0)), nil, ok, nil, nil) }

// file writes or reads a file (2.2.4.42, 2.2.4.43).
func (o *chain) file() {
	v := o.v
	name, c := v.newFile(v.logUniform(1<<10, 48<<10))
	read := v.r.IntN(2) == 0
	if read {
		o.create(`\`+name, accessRead, createOpen, c.size, false)
	} else {
		o.create(`\`+name, accessWrite, createAlways, 0, false)
	}
	for off := 0; off < c.size; off += 16 << 10 {
		n := min(16<<10, c.size-off)
		part := c.piece([]byte{0}, off, n)
		if read {
			words := pack(nil, alone, o.fid, uint32(off), uint16(n), uint16(n), uint32(0), uint16(0), uint32(0))
			back := pack(nil, alone, uint16(0xffff), uint16(0), uint16(0), uint16(n), uint16(60), uint32(0), make([]byte, 6))
			o.call(0x2e, words, nil, ok, back, part)
			continue
		}
		words := pack(nil, alone, o.fid, uint32(off), uint32(0), uint16(0), uint16(0), uint16(0), uint16(n), uint16(64), uint32(0))
		o.call(0x2f, words, part, ok, pack(nil, alone, uint16(n), uint16(0xffff), uint32(0)), nil)
	}
	o.shut()
	m := moved{name: name, size: c.size, read: read, hash: sha256.Sum256(c.piece(nil, 0, c.size))}
	v.tally.files = append(v.tally.files, m)
	v.tally.bytes += uint64(c.size)
}

// pipe runs an errand by TRANSACTION with TransactNmPipe (2.2.5.6). What takes more
// than one fragment is not asked here.
func (o *chain) pipe(s *service) {
	o.create(`\`+s.pipe, 0x12019f, createOpen, 0, true)
	o.v.tally.pipes++
	e := &errand{v: o.v, to: s, old: o}
	e.bind()
	s.errand(o.v, e)
	o.shut()
}

// transact says fragments and their answers.
func (o *chain) transact(ask []byte, answer [][]byte) {
	name := pad(pack(nil, uint8(0), wide(`\PIPE\`), uint16(0)), -(headerLen1 + 1 + 32 + 2), 4)
	at := uint16(headerLen1 + 1 + 32 + 2 + len(name))
	words := pack(nil, uint16(0), uint16(len(ask)), uint16(0), uint16(mostFragment), uint8(0), uint8(0), uint16(0), uint32(0), uint16(0),
		uint16(0), at, uint16(len(ask)), at, uint8(2), uint8(0), uint16(0x26), o.fid)
	n := uint16(len(answer[0]))
	back := pack(nil, uint16(0), n, uint16(0), uint16(0), uint16(56), uint16(0), n, uint16(56), uint16(0), uint8(0), uint8(0))
	o.call(0x25, words, pack(name, ask), ok, back, pack(nil, uint8(0), answer[0]))
	for _, part := range answer[1:] {
		n := len(part)
		words := pack(nil, alone, o.fid, uint32(0), uint16(mostFragment), uint16(mostFragment), uint32(0), uint16(0), uint32(0))
		back := pack(nil, alone, uint16(0xffff), uint16(0), uint16(0), uint16(n), uint16(60), uint32(0), make([]byte, 6))
		o.call(0x2e, words, nil, ok, back, pack(nil, uint8(0), part))
	}
}
