package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"lazaret/internal/pe/petest"
)

// office is the cast of a capture in which nearly everything is SMB: clients that
// move files on servers and call their services.
type office struct {
	hospital
	tally tally
}

// tally counts what the conversations of an office did, to be compared with what a
// sensor says of them.
type tally struct {
	files   []moved
	bytes   uint64            // of these files
	answers map[string]uint64 // by command and status, as "05 c0000022"
	calls   map[string]uint64 // of RPC, by pipe and number of the operation, as "samr 13"
	interim uint64
	trees   uint64
	pipes   uint64
	refused uint64 // bytes of writes that were refused
}

// moved is one file that was written or read whole.
type moved struct {
	name string
	size int
	read bool
	hash [sha256.Size]byte
}

func (t *tally) answered(s *step) {
	t.answers[fmt.Sprintf("%02x %08x", s.cmd, s.status)]++
}

func (t *tally) called(pipe string, opnum uint16) {
	t.calls[fmt.Sprintf("%s %d", pipe, opnum)]++
}

// summary prints the counts.
func (t *tally) summary(w io.Writer) {
	var answers, calls uint64
	for _, n := range t.answers {
		answers += n
	}
	for _, n := range t.calls {
		calls += n
	}
	fmt.Fprintf(w, "  %d files of %d bytes moved, %d bytes refused, %d commands answered, %d shares, %d pipes, %d calls\n",
		len(t.files), t.bytes, t.refused, answers, t.trees, t.pipes, calls)
}

// Sorts of visits, and the share of the bytes of each in a thousand.
const (
	largeFiles = 560
	smallFiles = 330
	manyPipes  = 80
	oldSMB     = 30
)

func newOffice(r *rand.Rand) *office {
	o := &office{hospital: hospital{r: r, noise: noise(r)}}
	o.tally = tally{answers: map[string]uint64{}, calls: map[string]uint64{}}
	o.files = o.cast("srv", 6)
	o.desks = o.cast("pc", 48)
	return o
}

// schedule plans visits for size bytes in all.
func (o *office) schedule(size int64) {
	most := int(min(64<<20, max(size/12, 64<<10)))
	for _, sort := range []int64{largeFiles, smallFiles, manyPipes, oldSMB} {
		most := most
		if sort != largeFiles {
			most /= 8
		}
		for left := size * sort / 1000; left > int64(most/64); {
			budget := min(int(left), most/16+o.r.IntN(most))
			left -= int64(onWire(budget))
			seed := o.r.Uint64()
			o.add(o.wave(), func() actor { return o.visit(sort, budget, most, seed) })
		}
	}
	slices.SortStableFunc(o.plan, func(a, b planned) int { return int(a.at - b.at) })
}

// visit is a conversation of a sort that is not yet begun.
func (o *office) visit(sort int64, budget, most int, seed uint64) actor {
	r := rand.New(rand.NewPCG(seed, 0x0ff1ce))
	from, to := pick(r, o.desks), pick(r, o.files)
	v := &visit{
		r: r, noise: o.noise, server: to.name, client: from.name, budget: budget, most: most, tally: &o.tally,
		who:     logon{domain: "BENCH", user: "bench" + from.name, station: from.name, server: to.name, r: r},
		dialect: []uint16{0x311, 0x311, 0x311, 0x302, 0x210, 0x202}[r.IntN(6)],
		serial:  int(seed>>40) * 1000,
	}
	run := map[int64]func(){largeFiles: v.large, smallFiles: v.small, manyPipes: v.piping, oldSMB: v.old}[sort]
	return o.talk(isSMB, from, to, 445, newScript(func(say func(turn)) {
		v.speak = say
		run()
	}))
}

// content is what a file consists of.
type content struct {
	head []byte
	rest []byte // repeats
	at   int
	size int
}

// piece appends n bytes from an offset.
func (c *content) piece(b []byte, off, n int) []byte {
	if off < len(c.head) {
		k := min(n, len(c.head)-off)
		b, off, n = append(b, c.head[off:off+k]...), off+k, n-k
	}
	for n > 0 {
		from := (c.at + off) % len(c.rest)
		k := min(n, len(c.rest)-from)
		b, off, n = append(b, c.rest[from:from+k]...), off+k, n-k
	}
	return b
}

// beginnings are the first bytes of files by the ends of their names.
var beginnings = []struct{ end, head string }{
	{".docx", "PK\x03\x04\x14\x00\x06\x00\x08\x00"}, {".pdf", "%PDF-1.7\n%"}, {".jpg", "\xff\xd8\xff\xe0\x00\x10JFIF\x00"},
	{".log", "bench begins\r\n"}, {".dat", ""}, {".txt", "An invented note\r\n"},
}

// newFile invents a file of n bytes whose like there is no other of.
func (v *visit) newFile(n int) (string, *content) {
	v.serial++
	kind := pick(v.r, beginnings)
	head := fmt.Appendf([]byte(kind.head), "%s %016x %d\r\n", v.client, v.r.Uint64(), v.serial)
	c := &content{head: head[:min(len(head), n)], rest: v.noise[:noiseLen], at: v.r.IntN(noiseLen), size: n}
	return fmt.Sprintf(`wards\ward%d\report%d%s`, v.r.IntN(12), v.serial, kind.end), c
}

// program is a file that is headers of a program and padding.
func (v *visit) program() (string, *content) {
	v.serial++
	b := petest.Stub(v.r.Uint64(), 4096+v.r.IntN(56<<10))
	return fmt.Sprintf(`Temp\bench%d.exe`, v.serial), &content{head: b, size: len(b)}
}

// logUniform is a number between two, small ones more often.
func (v *visit) logUniform(lo, hi int) int {
	return int(float64(lo) * math.Exp(v.r.Float64()*math.Log(float64(max(lo, hi))/float64(lo))))
}

// move writes or reads a file in pieces; several of them are on their way at once.
func (v *visit) move(h handle, c *content, piece int, read bool) {
	hash := sha256.New()
	buf := make([]byte, 0, min(piece, c.size))
	window := 1 + v.r.IntN(4)
	for off := 0; off < c.size; {
		var list []step
		for ; len(list) < window && off < c.size; off += piece {
			n := min(piece, c.size-off)
			buf = c.piece(buf[:0], off, n)
			hash.Write(buf)
			if read {
				list = append(list, v.read(h, off, piece, buf))
			} else {
				list = append(list, v.write(h, off, buf))
			}
		}
		first := v.msg
		v.ask(list)
		v.reply(list, first, len(list) > 1 && v.r.IntN(10) == 0)
	}
	m := moved{size: c.size, read: read}
	hash.Sum(m.hash[:0])
	v.tally.files = append(v.tally.files, m)
	v.tally.bytes += uint64(c.size)
}

// pieceLen is how much a client moves in one message.
func (v *visit) pieceLen() int {
	if v.dialect == 0x202 {
		return 64 << 10
	}
	return 64 << 10 << v.r.IntN(5)
}

// large moves large files.
func (v *visit) large() {
	v.open()
	v.connect("archive")
	for v.budget > 0 {
		n := v.logUniform(min(1<<20, v.budget), min(v.most, v.budget))
		name, c := v.newFile(n)
		h, read := v.fresh(), v.r.IntN(2) == 0
		if read {
			v.call(v.create(name, h, accessRead, createOpen, 0x40, n))
			v.call(v.query(h, n, true))
		} else {
			v.call(v.create(name, h, accessWrite, createAlways, 0x44, 0))
		}
		v.move(h, c, v.pieceLen(), read)
		v.named(name)
		v.call(v.shut(h))
	}
	v.disconnect()
	v.end()
}

// named says whose file was moved last.
func (v *visit) named(name string) { v.tally.files[len(v.tally.files)-1].name = name }

// small does what people and programs do with many small files.
func (v *visit) small() {
	v.open()
	v.connect("IPC$")
	ipc := v.tree
	v.visitPipe(v.service("srvsvc"))
	v.connect("data")
	data := v.tree
	v.connect("ADMIN$")
	admin := v.tree
	for v.budget > 0 {
		v.tree = data
		switch k := v.r.IntN(100); {
		case k < 35:
			v.writeSmall(v.newFile(v.logUniform(1<<10, 64<<10)))
		case k < 62:
			v.readSmall()
		case k < 74:
			v.look()
		case k < 82:
			v.browse()
		case k < 90:
			v.beRefused()
		case k < 94:
			v.tree = admin
			v.writeSmall(v.program())
			v.tree = ipc
			v.visitPipe(v.service("svcctl"))
		case k < 98:
			v.tree = ipc
			v.visitPipe(pick(v.r, services()))
		default:
			v.call(v.echo())
		}
	}
	for _, v.tree = range []uint32{data, admin, ipc} {
		v.disconnect()
	}
	v.end()
}

func (v *visit) service(pipe string) *service {
	list := services()
	return list[slices.IndexFunc(list, func(s *service) bool { return s.pipe == pipe })]
}

// writeSmall makes a file; some are renamed or removed in the end.
func (v *visit) writeSmall(name string, c *content) {
	h := v.fresh()
	v.call(v.create(name, h, accessWrite, createNew, 0x44, 0))
	v.move(h, c, 64<<10, false)
	v.named(name)
	switch v.r.IntN(5) {
	case 0:
		v.call(v.rename(h, name+".old"))
	case 1:
		v.call(v.remove(h))
	case 2:
		v.call(step{cmd: cmdFlush, ask: pack(nil, uint16(24), uint16(0), uint32(0), []byte(h)), answer: []byte{4, 0, 0, 0}})
		v.call(v.query(h, c.size, false))
	}
	v.call(v.shut(h))
}

// readSmall reads a file.
func (v *visit) readSmall() {
	n := v.logUniform(1<<10, 64<<10)
	name, c := v.newFile(n)
	h := v.fresh()
	v.call(v.create(name, h, accessRead, createOpen, 0x40, n))
	v.call(v.query(h, n, v.r.IntN(2) == 0))
	v.move(h, c, 64<<10, true)
	v.named(name)
	v.call(v.shut(h))
}

// look asks for a file and its information in one message.
func (v *visit) look() {
	name, c := v.newFile(4096)
	h := v.fresh()
	create := v.create(name, h, 0x80, createOpen, 0, c.size)
	if v.r.IntN(3) == 0 {
		gone := create.refuse(notFound)
		v.compound([]step{gone, v.query(every, c.size, false).refuse(notFound), v.shut(every).refuse(notFound)})
		return
	}
	v.compound([]step{create, v.query(every, c.size, false), v.shut(every)})
}

// browse lists a directory.
func (v *visit) browse() {
	h := v.fresh()
	v.call(v.create(fmt.Sprintf(`wards\ward%d`, v.r.IntN(12)), h, 0x100081, createOpen, 1, 0))
	names := make([]string, 3+v.r.IntN(60))
	for i := range names {
		names[i] = fmt.Sprintf("report%d%s", 1000+i, pick(v.r, beginnings).end)
	}
	v.compound([]step{v.list(h, names), v.list(every, nil)})
	v.call(v.shut(h))
}

// beRefused asks for what it is not given.
func (v *visit) beRefused() {
	name, c := v.newFile(v.logUniform(1<<10, 16<<10))
	h := v.fresh()
	create := v.create(name, h, accessWrite, createNew, 0x44, 0)
	if v.r.IntN(2) == 0 {
		v.call(create.refuse(denied))
		return
	}
	v.call(create)
	v.call(v.write(h, 0, c.piece(nil, 0, c.size)).refuse(pick(v.r, []uint32{denied, diskFull})))
	v.tally.refused += uint64(c.size)
	v.call(v.shut(h))
}

// piping calls services one after the other.
func (v *visit) piping() {
	v.open()
	v.connect("IPC$")
	for v.budget > 0 {
		v.visitPipe(pick(v.r, services()))
	}
	v.disconnect()
	v.end()
}
