package dcerpc

import (
	"encoding/binary"
	"fmt"

	"lazaret/internal/event"
	"lazaret/internal/ndr"
	"lazaret/internal/proto"
	"lazaret/internal/rpcdb"
)

// datagramLen is the length of the head of the connectionless protocol (C706
// 12.5.1).
const datagramLen = 80

// Types of datagrams (C706 12.5.2.3).
const (
	dgRequest  = 0
	dgResponse = 2
	dgFault    = 3
	dgReject   = 6
	dgMost     = 10
)

// Flags of datagrams (C706 12.5.2.4).
const (
	dgLast     = 0x02
	dgFragment = 0x04
	dgMaybe    = 0x10
)

// looksConnectionless says whether a datagram has a head whose fields fit.
func looksConnectionless(b []byte) bool {
	if len(b) < datagramLen || b[0] != 4 || b[1] > dgMost || b[3]&^0x02 != 0 || b[4]&^0x11 != 0 || b[5] > 3 || b[6] != 0 {
		return false
	}
	n := int(binary.LittleEndian.Uint16(b[74:]))
	if b[4]&0xf0 == 0 {
		n = int(binary.BigEndian.Uint16(b[74:]))
	}
	return n == len(b)-datagramLen || b[78] != 0 && n < len(b)-datagramLen
}

// Packet implements proto.Datagram: the head of the connectionless protocol. It
// names interface and operation itself, so there are no contexts. Parameters are read
// where one datagram holds them all and nothing protects them; fragments are not
// joined.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if !looksConnectionless(b) {
		return &proto.Error{Code: "bad_header"}
	}
	u := unit{head: head{kind: b[1], flags: b[2], big: b[4]&0xf0 == 0}, b: b}
	u.call = u.u32(64)
	if n := int(u.u16(74)); b[78] == 0 && u.flags&dgFragment == 0 {
		u.stub = b[datagramLen : datagramLen+n]
	}
	if !a.begun {
		d = a.begin(d, u.kind == dgResponse || u.kind == dgFault || u.kind == dgReject)
	}
	switch u.kind {
	case dgRequest:
		a.datagramRequest(d, &u)
	case dgResponse, dgFault, dgReject:
		a.datagramAnswer(d, &u)
	}
	return nil
}

// datagramRequest begins a call; its later fragments and its repetitions are of the
// same activity and number.
func (a *analyzer) datagramRequest(d proto.Dir, u *unit) {
	activity := [16]byte(u.b[40:56])
	if i := a.find(u.call, d); i >= 0 && a.calls[i].activity == activity {
		return
	}
	if len(a.calls) >= maxCalls {
		a.weird(weirdForgotten)
		a.emit(&a.calls[0])
		a.drop(0)
	}
	r := ndr.New(u.b[24:40], u.big, false)
	version := u.u32(60)
	x := a.faceOf(r.GUID(), uint16(version), uint16(version>>16))
	c := call{id: u.call, activity: activity, from: d, ts: a.f.Now(), of: x, opnum: u.u16(68), big: u.big, asked: true, rec: &Record{}}
	x.describe(c.rec)
	c.rec.Operation, c.rec.Opnum, c.rec.CallID = x.operation(c.opnum), event.N(c.opnum), event.N(u.call)
	if u.b[78] != 0 {
		c.rec.Auth = fmt.Sprintf("datagram_%d", u.b[78])
	}
	if c.how = x.decoders[c.opnum]; u.stub != nil {
		a.about(&c, u.stub)
		if c.how.ask != nil {
			a.ask(&c, u.stub)
		}
	}
	a.calls = append(a.calls, c)
	if u.flags&dgMaybe != 0 {
		a.emit(&a.calls[len(a.calls)-1])
		a.drop(len(a.calls) - 1)
	}
}

// datagramAnswer ends a call.
func (a *analyzer) datagramAnswer(d proto.Dir, u *unit) {
	i := a.find(u.call, d.Other())
	if i < 0 || a.calls[i].activity != [16]byte(u.b[40:56]) {
		return
	}
	if u.kind == dgResponse && u.flags&dgFragment != 0 && u.flags&dgLast == 0 {
		return
	}
	c := &a.calls[i]
	c.rec.RTT = a.f.Now().Sub(c.ts)
	switch {
	case u.kind != dgResponse && len(u.b) >= datagramLen+4:
		a.failed(c, u.u32(datagramLen))
	default:
		e := early{}
		if e.tailed = len(u.stub) >= len(e.tail); e.tailed {
			copy(e.tail[:], u.stub[len(u.stub)-len(e.tail):])
		}
		a.judge(c, e)
		if c.how.answer != nil && u.stub != nil && c.rec.Outcome == string(rpcdb.Accepted) {
			a.answer(c, u.stub)
		}
	}
	a.emit(c)
	a.drop(i)
}
