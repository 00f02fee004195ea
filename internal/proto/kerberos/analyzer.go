package kerberos

import (
	"encoding/binary"
	"math"
	"slices"

	"lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// request waits for its answer.
type request struct {
	ts    event.Time
	tag   byte // of the request
	nonce int64
	rec   *Record
}

// analyzer is one conversation.
type analyzer struct {
	f       proto.Flow
	server  proto.Dir
	known   bool // who is the server
	lost    [2]bool
	ended   [2]bool
	tries   int
	pending []request
}

// Parse implements proto.Analyzer: a length of four bytes stands before each message
// (RFC 4120 7.2.2).
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	done := 0
	for done < len(b) {
		rest := b[done:]
		if a.lost[d] {
			switch m := probe(d, rest); {
			case m == proto.Maybe && len(rest) < 32:
				return proto.Progress{Done: done, Need: len(rest) + 1}, nil
			case m == proto.Yes:
				a.lost[d] = false
			default:
				if a.tries++; a.tries > maxTries {
					return proto.Progress{Done: math.MaxInt32}, nil
				}
				return proto.Progress{Done: len(b)}, nil
			}
		}
		if len(rest) < 4 {
			return proto.Progress{Done: done, Need: 4}, nil
		}
		n := int(binary.BigEndian.Uint32(rest))
		switch {
		case n > math.MaxInt32-4: // the highest bit is reserved
			return proto.Progress{}, &proto.Error{Code: "bad_length", Offset: done}
		case n > maxMessage:
			a.f.Weird("message_too_long", done)
			return proto.Progress{Done: done + 4 + n}, nil
		case len(rest) < 4+n:
			return proto.Progress{Done: done, Need: 4 + n}, nil
		}
		if n > 0 {
			if err := a.message(&d, rest[4:4+n]); err != nil {
				return proto.Progress{}, err
			}
		}
		done += 4 + n
	}
	return proto.Progress{Done: done}, nil
}

// message takes one message of a conversation with a centre or a password service.
func (a *analyzer) message(d *proto.Dir, b []byte) error {
	tag, body, rest, ok := der.Element(b)
	if !ok || tag < 0x60 {
		if change(b) == proto.Yes {
			return a.change(d, b)
		}
		return &proto.Error{Code: "not_a_message"}
	}
	if len(rest) > 0 {
		a.f.Weird("trailing_bytes", len(b)-len(rest))
	}
	switch tag {
	case asReq, tgsReq:
		a.side(d, true)
		a.ask(tag, body)
	case asRep, tgsRep:
		a.side(d, false)
		r := a.answered(tag - 1)
		if !r.rec.reply(body) {
			a.f.Weird("bad_reply", 0)
		}
		a.emit(r)
	case krbError:
		a.side(d, false)
		a.refused(body)
	default:
		return &proto.Error{Code: "unknown_message"}
	}
	return nil
}

// side learns from the first message who is the server.
func (a *analyzer) side(d *proto.Dir, asks bool) {
	if a.known {
		return
	}
	a.known = true
	if a.server = d.Other(); !asks {
		a.server = *d
	}
	if a.server == proto.Orig && a.f.Flip() {
		a.server = proto.Resp
		*d = d.Other()
	}
}

// ask takes a request. One that is sent again over UDP is the same.
func (a *analyzer) ask(tag byte, body []byte) {
	r := request{ts: a.f.Now(), tag: tag, rec: &Record{RequestType: kind(tag)}}
	ok := false
	if r.nonce, ok = r.rec.request(body); !ok {
		a.f.Weird("bad_request", 0)
	}
	if tag == asReq {
		r.rec.PreAuth = proof(r.rec.RequestPA)
	}
	if slices.ContainsFunc(a.pending, func(o request) bool { return o.tag == tag && o.nonce == r.nonce && o.rec.Client == r.rec.Client }) {
		return
	}
	a.push(r)
}

func kind(request byte) string {
	switch request {
	case asReq:
		return "AS"
	case tgsReq:
		return "TGS"
	}
	return ""
}

func (a *analyzer) push(r request) {
	if len(a.pending) == maxPending {
		a.emit(a.pending[0])
		a.pending = slices.Delete(a.pending, 0, 1)
	}
	a.pending = append(a.pending, r)
}

// answered gives the oldest request of a kind that waits, a new one if none does.
func (a *analyzer) answered(tag byte) request {
	i := slices.IndexFunc(a.pending, func(r request) bool { return r.tag == tag })
	if i < 0 {
		return request{ts: a.f.Now(), tag: tag, rec: &Record{RequestType: kind(tag)}}
	}
	r := a.pending[i]
	a.pending = slices.Delete(a.pending, i, i+1)
	return r
}

// refused takes a refusal: it answers the oldest request.
func (a *analyzer) refused(body []byte) {
	r := request{ts: a.f.Now(), rec: &Record{}}
	if len(a.pending) > 0 {
		r = a.answered(a.pending[0].tag)
	}
	if !r.rec.refuse(body) {
		a.f.Weird("bad_refusal", 0)
	}
	if r.tag == apReq {
		r.rec.Accepted = event.B(false)
	}
	a.emit(r)
}

// change takes a change of a password (RFC 3244 2): the request shows a ticket for
// the service, the answer shows that it was taken; the outcome itself is encrypted.
func (a *analyzer) change(d *proto.Dir, b []byte) error {
	n := int(binary.BigEndian.Uint16(b[4:]))
	ap := b[6 : 6+n]
	if n == 0 { // an answer that is a refusal alone
		ap = b[6:]
	}
	tag, body, _, ok := der.Element(ap)
	if !ok {
		return &proto.Error{Code: "bad_change", Offset: 6}
	}
	a.side(d, tag == apReq)
	switch tag {
	case apReq:
		r := request{ts: a.f.Now(), tag: apReq, rec: &Record{RequestType: "kpasswd"}}
		if !r.rec.show(ap) {
			a.f.Weird("bad_ticket", 6)
		}
		a.push(r)
	case apRep:
		r := a.answered(apReq)
		r.rec.Accepted = event.B(true)
		a.emit(r)
	case krbError:
		a.refused(body)
	}
	return nil
}

func (a *analyzer) emit(r request) {
	r.rec.Reversed = a.server == proto.Orig
	a.f.Emit(r.ts, r.rec)
}

// drain emits what waits as it is.
func (a *analyzer) drain() {
	for _, r := range a.pending {
		a.emit(r)
	}
	a.pending = nil
}

// Gap implements proto.Analyzer. A message often begins with a segment; after a loss
// one is looked for there.
func (a *analyzer) Gap(d proto.Dir, _ int) bool {
	a.lost[d] = true
	if a.known && d == a.server {
		a.drain()
	}
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	if a.ended[d] = true; a.ended[0] && a.ended[1] {
		a.drain()
	}
}

// Packet implements proto.Datagram: a datagram, a token or a verdict.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if len(b) == 0 {
		return &proto.Error{Code: "not_a_message"}
	}
	switch b[0] {
	case asReq, asRep, tgsReq, tgsRep, krbError:
		return a.message(&d, b)
	}
	switch {
	case change(b) == proto.Yes:
		return a.message(&d, b)
	case len(b) == 1, b[0] <= Refused && b[1] >= ' ':
		a.verdict(b[0])
		return nil
	}
	return a.token(d, b)
}

// Close implements proto.Datagram.
func (a *analyzer) Close() { a.drain() }

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := 200
	for i := range a.pending {
		r := a.pending[i].rec
		n += 700 + len(r.Client) + len(r.Service) + len(r.Ticket) + 16*(len(r.ETypes)+len(r.RequestPA))
	}
	return n
}

// Yield implements proto.Holder: requests that wait are told as they are.
func (a *analyzer) Yield() { a.drain() }
