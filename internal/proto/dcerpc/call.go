package dcerpc

import (
	"encoding/binary"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/ndr"
	"lazaret/internal/ntstatus"
	"lazaret/internal/proto"
	"lazaret/internal/rpcdb"
)

// call is one that waits for the rest of its request or for its answer.
type call struct {
	id       uint32
	activity [16]byte // of the connectionless protocol
	from     proto.Dir
	ts       event.Time
	of       *face // nil if its context is unknown
	opnum    uint16
	rec      *Record
	how      decoder
	big      bool
	wide     bool
	asked    bool // its request is complete
	torn     bool // parts of its request are missing
	broken   bool // parts of its answer are missing
	stub     []byte
	reply    []byte
	subject  ndr.Handle // the handle that it is about
	opens    string     // name of what it opens
}

// find gives the newest call of a number, asked from a side.
func (a *analyzer) find(id uint32, from proto.Dir) int {
	for i := len(a.calls) - 1; i >= 0; i-- {
		if c := &a.calls[i]; c.id == id && c.from == from {
			return i
		}
	}
	return -1
}

// wants says whether the parameters of a long unit are read.
func (a *analyzer) wants(d proto.Dir, h head, b []byte) bool {
	u := unit{head: h, b: b}
	switch h.kind {
	case typeRequest:
		x, _ := a.faceFor(u.u16(20))
		if x == nil || h.auth > 0 && a.auth.level == levelPrivacy {
			return false
		}
		return x.decoders[u.u16(22)].ask != nil
	case typeResponse:
		i := a.find(h.call, d.Other())
		return i >= 0 && a.calls[i].how.answer != nil && !a.calls[i].rec.Closed
	}
	return true
}

// faceFor finds the interface of a context.
func (a *analyzer) faceFor(id uint16) (x *face, wide bool) {
	if c := a.context(id); c != nil {
		return c.of, c.wide
	}
	return a.assumed, false
}

// request takes a fragment of a request (C706 12.6.4.9).
func (a *analyzer) request(d proto.Dir, u *unit) {
	i := -1
	if u.flags&flagFirst == 0 {
		i = a.find(u.call, d)
		if i < 0 || a.calls[i].asked {
			return // its beginning is missing
		}
	} else {
		i = a.open(d, u)
	}
	c := &a.calls[i]
	c.ts = a.f.Now()
	if u.auth.level == levelPrivacy {
		c.rec.Closed = true
	}
	last := u.flags&flagLast != 0
	switch {
	case c.rec.Closed || c.how.ask == nil || u.cut:
	case u.flags&flagFirst != 0 && last:
		a.ask(c, u.stub)
	default:
		c.stub = a.join(c.stub, u.stub)
		if last && !c.torn {
			a.ask(c, c.stub)
		}
	}
	if !last {
		return
	}
	c.asked = true
	a.joined -= len(c.stub)
	c.stub = nil
	if e, ok := a.cameEarly(u.call, d); ok {
		if !e.fault {
			a.judge(c, e)
		}
		a.end(d.Other(), i, e)
		return
	}
	if u.flags&flagMaybe != 0 {
		a.emit(c)
		a.drop(i)
	}
}

// open begins a call by its first fragment and gives its place.
func (a *analyzer) open(d proto.Dir, u *unit) int {
	if i := a.find(u.call, d); i >= 0 { // the number is used again: the old one got no answer
		a.emit(&a.calls[i])
		a.drop(i)
	}
	if len(a.calls) >= maxCalls {
		a.weird(weirdForgotten)
		a.emit(&a.calls[0])
		a.drop(0)
	}
	c := call{id: u.call, from: d, opnum: u.u16(22), big: u.big, rec: &Record{NamedPipe: a.pipe}}
	c.of, c.wide = a.faceFor(u.u16(20))
	r := c.rec
	r.Opnum, r.CallID = event.N(c.opnum), event.N(u.call)
	if c.of == nil {
		a.weird(weirdNoBind)
	} else {
		c.of.describe(r)
		r.Operation = c.of.operation(c.opnum)
		c.how = c.of.decoders[c.opnum]
	}
	s := u.auth
	if s.kind == 0 && a.auth.level == levelConnect {
		s = a.auth
	}
	r.Auth, r.AuthLevel = s.names()
	if s.level != levelPrivacy {
		a.about(&c, u.stub)
	}
	a.calls = append(a.calls, c)
	return len(a.calls) - 1
}

// about finds what a call is about by the handle at the front of its parameters.
func (a *analyzer) about(c *call, stub []byte) {
	if len(stub) >= len(c.subject) && c.of.handled() {
		copy(c.subject[:], stub)
		c.rec.Target = a.called(c.subject)
	}
}

// operation is the name of one, in Zeek's words.
func (x *face) operation(opnum uint16) string {
	if x.info != nil {
		if s := x.info.Operation(opnum); s != "" {
			return s
		}
	}
	return "unknown-" + strconv.Itoa(int(opnum))
}

// join keeps parameters of a call in fragments, within the bounds.
func (a *analyzer) join(to, b []byte) []byte {
	n := min(len(b), maxStub-len(to), maxJoined-a.joined)
	a.joined += n
	return append(to, b[:n]...)
}

// drop forgets a call.
func (a *analyzer) drop(i int) {
	a.joined -= len(a.calls[i].stub) + len(a.calls[i].reply)
	copy(a.calls[i:], a.calls[i+1:])
	a.calls[len(a.calls)-1] = call{}
	a.calls = a.calls[:len(a.calls)-1]
}

// ask reads the parameters of a request.
func (a *analyzer) ask(c *call, stub []byte) {
	r := ndr.New(stub, c.big, c.wide)
	c.how.ask(a, c, &r)
}

// response takes a fragment of an answer (C706 12.6.4.10).
func (a *analyzer) response(d proto.Dir, u *unit) {
	last := u.flags&flagLast != 0
	e := early{id: u.call, from: d.Other(), closed: u.auth.level == levelPrivacy}
	if !u.cut && len(u.stub) >= len(e.tail) {
		e.tailed = true
		copy(e.tail[:], u.stub[len(u.stub)-len(e.tail):])
	}
	i := a.find(u.call, d.Other())
	if i < 0 {
		if last {
			a.keep(e)
		}
		return
	}
	c := &a.calls[i]
	if e.closed {
		c.rec.Closed = true
	}
	stub := u.stub
	if u.flags&flagFirst == 0 || !last {
		if !c.rec.Closed && c.how.answer != nil && !u.cut {
			c.reply = a.join(c.reply, u.stub)
		}
		stub = c.reply
	}
	if !last {
		return
	}
	c.rec.RTT = a.f.Now().Sub(c.ts)
	a.judge(c, e)
	// What stands in the answer of a call that failed means nothing.
	if c.how.answer != nil && c.rec.Outcome == string(rpcdb.Accepted) && !u.cut && !c.broken {
		a.answer(c, stub)
	}
	a.end(d, i, e)
}

// answer reads the parameters of an answer.
func (a *analyzer) answer(c *call, stub []byte) {
	r := ndr.New(stub, c.big, c.wide)
	c.how.answer(a, c, &r)
}

// judge reads the return value at the end of an answer.
func (a *analyzer) judge(c *call, e early) {
	c.rec.Outcome = "answered"
	c.rec.Closed = c.rec.Closed || e.closed
	if c.rec.Closed || c.of == nil || !e.tailed {
		return
	}
	kind := c.of.result
	if kind == rpcdb.NT && returnsWin32(c.rec.Operation) {
		kind = rpcdb.Win32
	}
	if kind == rpcdb.None {
		return
	}
	code := binary.LittleEndian.Uint32(e.tail[:])
	if c.big {
		code = binary.BigEndian.Uint32(e.tail[:])
	}
	status, o := rpcdb.Status(kind, code)
	if kind == rpcdb.NT && code != 0 {
		status = ntstatus.Name(code)
	}
	c.rec.Status, c.rec.Outcome = status, string(o)
	if o == rpcdb.Accepted {
		a.closed(c)
	}
}

// returnsWin32 says which operations of netlogon return a Win32 code where the
// others return a status (MS-NRPC 3.5.4).
func returnsWin32(operation string) bool {
	for _, p := range [...]string{"Dsr", "NetrGetDCName", "NetrGetAnyDCName", "NetrLogonControl", "NetrLogonGetTrustRid",
		"NetrLogonCompute", "NetrLogonGetTimeService", "NetrEnumerateTrustedDomainsEx"} {
		if strings.HasPrefix(operation, p) {
			return true
		}
	}
	return false
}

// fault ends a call without results (C706 12.6.4.7).
func (a *analyzer) fault(d proto.Dir, u *unit) {
	e := early{id: u.call, from: d.Other(), fault: true, unrun: u.flags&flagUnrun != 0 && u.auth.kind == 0}
	if len(u.b) >= callLen+4 {
		e.code = u.u32(callLen)
	}
	i := a.find(u.call, d.Other())
	if i < 0 {
		a.keep(e)
		return
	}
	a.calls[i].rec.RTT = a.f.Now().Sub(a.calls[i].ts)
	a.end(d, i, e)
}

// failed says how a fault ended a call.
func (a *analyzer) failed(c *call, code uint32) (name string, o rpcdb.Outcome) {
	name, o = rpcdb.Status(rpcdb.RPC, code)
	if code == 0 { // a fault of the interface itself follows, which is rare
		name, o = "fault", rpcdb.Failed
	}
	c.rec.Status, c.rec.Outcome = name, string(o)
	return name, o
}

// early is how a call ended. It waits when it came before the request, whose
// direction then has a hole that is still waited for.
type early struct {
	id     uint32
	from   proto.Dir // of the request
	tail   [4]byte   // the last bytes of the answer
	tailed bool
	closed bool
	fault  bool
	unrun  bool   // the fault says that the call was not executed, and is not signed
	code   uint32 // of the fault
}

// keep lets an end wait for its request.
func (a *analyzer) keep(e early) {
	if len(a.early) >= maxEarly {
		a.weird(weirdNoRequest)
		a.early = append(a.early[:0], a.early[1:]...)
	}
	a.early = append(a.early, e)
}

// cameEarly takes the end of a call that came before its request.
func (a *analyzer) cameEarly(id uint32, from proto.Dir) (e early, ok bool) {
	for i := range a.early {
		if e = a.early[i]; e.id == id && e.from == from {
			a.early = append(a.early[:i], a.early[i+1:]...)
			return e, true
		}
	}
	return e, false
}

// end tells of a call that was answered from side d; unless by a fault, it was judged.
func (a *analyzer) end(d proto.Dir, i int, e early) {
	c := &a.calls[i]
	if e.fault {
		name, o := a.failed(c, e.code)
		// A server that ran a call and refused what was asked knew who asked.
		a.verdict(d, o != rpcdb.Refused || !e.unrun, name)
	} else {
		a.verdict(d, true, "")
	}
	a.emit(c)
	a.drop(i)
}

// orphan ends a call that its client gave up (C706 12.6.4.8).
func (a *analyzer) orphan(d proto.Dir, id uint32) {
	if i := a.find(id, d); i >= 0 {
		a.emit(&a.calls[i])
		a.drop(i)
	}
}

// emit tells of a call.
func (a *analyzer) emit(c *call) {
	if c.ts == 0 {
		c.ts = a.f.Now()
	}
	if c.rec.Closed && !a.blind {
		a.blind = true
		a.f.Blind("sealed")
	}
	c.rec.Backward = c.from == proto.Resp
	c.rec.User = a.user
	a.f.Emit(c.ts, c.rec)
}
