package http

import (
	"bytes"
	"unsafe"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// state is where in its messages a direction is.
type state uint8

const (
	atStart   state = iota // between messages, or inside a head
	inBody                 // of known length
	inSize                 // at the size line of a chunk
	inChunk                // inside the data of a chunk
	inBreak                // at the end of a line behind the data of a chunk
	inTrailer              // behind the last chunk
	untilEnd               // inside content that the end of the connection ends
	inTunnel               // what follows is another protocol
	astray                 // looking for the start of a message
	over                   // nothing that follows is looked at
)

// side is one direction. A conversation that waits holds nothing behind its
// pointers.
type side struct {
	at     state
	fresh  bool       // astray: the next byte begins a line
	missed bool       // a loss began between messages: one of them is gone at least
	scan   int        // bytes of the unconsumed ones that hold no end of a line
	left   int64      // bytes left of what has a known length; of a trailer, bytes seen
	head   []byte     // whole lines of a head that comes in parts
	began  event.Time // when the first line of that head was there
	msg    message
	ent    *proto.Entity            // for the next Offer, if nobody took the last
	src    []byte                   // the head that field looks into, during Offer
	field  func(name string) string // made for the first Offer
}

// exchange is a request with its answer.
type exchange struct {
	rec      Exchange
	began    event.Time
	target   string // of the request, as sent
	refer    string // Referer as sent
	host     string
	reqDone  bool
	respDone bool
	told     bool // the record went out before the answer came
	masked   bool // the record holds marks already
	old      bool // the request has no version
	head     bool // the method is HEAD
	asked    bool // CONNECT, or an Upgrade was offered
	shown    bool // the request had a token of a mechanism
}

// analyzer understands one conversation.
type analyzer struct {
	f      proto.Flow
	pass   proto.Passer // nil if the flow cannot tell
	client proto.Dir    // who sends requests, once known
	known  bool
	asked  bool // the last request may turn the conversation into something else
	tunnel bool // it did
	shaky  bool // answers were lost since the last request
	late   bool // requests were lost, and those behind the loss came at lateAt
	lateAt event.Time
	holed  bool // requests were lost since none waited
	ended  uint8
	seq    int
	wait   []*exchange // requests without their final answer, oldest first
	sides  [2]side
}

func newAnalyzer(f proto.Flow) *analyzer {
	a := &analyzer{f: f}
	a.pass, _ = f.(proto.Passer)
	return a
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	s, n := &a.sides[d], 0
	for n < len(b) {
		k, more := a.step(d, s, b[n:])
		n += k
		if !more {
			break
		}
	}
	return proto.Progress{Done: n}, nil
}

// step reads on in one state. It returns how many bytes it took, which may be
// more than there are, and whether there may be something to do with the rest.
func (a *analyzer) step(d proto.Dir, s *side, b []byte) (int, bool) {
	switch s.at {
	case atStart:
		return a.head(d, s, b)
	case inBody, inChunk:
		k, done := s.run(a, b)
		if done && s.at == inChunk {
			s.at = inBreak
		} else if done {
			a.finish(d, true)
		}
		return k, done
	case inSize:
		return a.size(d, s, b)
	case inBreak:
		return a.lineBreak(d, s, b)
	case inTrailer:
		return a.trailer(d, s, b)
	case untilEnd:
		s.msg.take(a, b)
		return len(b), false
	case inTunnel:
		a.f.Hand(d, b, "")
		return len(b), false
	case astray:
		return a.search(d, s, b)
	}
	return 1 << 30, false
}

// head gathers the head of a message and reads it when it is whole.
func (a *analyzer) head(d proto.Dir, s *side, b []byte) (int, bool) {
	if len(s.head) == 0 && s.scan == 0 {
		if !a.tunnel && (b[0] == '\r' || b[0] == '\n') { // RFC 9112 2.2
			return 1, true
		}
		switch a.start(d, s, b) {
		case proto.No:
			return 0, true
		case proto.Maybe:
			return 0, false
		}
	}
	end, last := headEnd(b, s.scan, len(s.head) > 0)
	if s.began == 0 && (end > 0 || last > 0) {
		s.began = a.f.Now()
	}
	if end > 0 {
		s.scan = 0
		if len(s.head) == 0 {
			a.message(d, b[:end], true)
			return end, true
		}
		whole := append(s.head, b[:end]...)
		s.head = nil
		a.message(d, whole, true)
		return end, true
	}
	if len(s.head)+len(b) > maxHead {
		a.f.Weird("head_too_long", 0)
		a.broken(d, s, b[:last])
		return len(b), true
	}
	s.head = append(s.head, b[:last]...)
	s.scan = len(b) - last
	return last, false
}

// headEnd finds the end of the empty line that ends a head, or else the end of
// the last whole line. No line ends before from; begun tells that b begins a line
// behind others.
func headEnd(b []byte, from int, begun bool) (end, last int) {
	if begun {
		if n := emptyLine(b); n > 0 {
			return n, 0
		}
	}
	for i := from; ; {
		j := bytes.IndexByte(b[i:], '\n')
		if j < 0 {
			return 0, last
		}
		i += j + 1
		last = i
		if n := emptyLine(b[i:]); n > 0 {
			return i + n, last
		}
	}
}

// emptyLine is the length of an empty line at the beginning of b, or 0.
func emptyLine(b []byte) int {
	switch {
	case len(b) > 0 && b[0] == '\n':
		return 1
	case len(b) > 1 && b[0] == '\r' && b[1] == '\n':
		return 2
	}
	return 0
}

// start looks at the first bytes of a message. No means that the state changed,
// because these begin none.
func (a *analyzer) start(d proto.Dir, s *side, b []byte) proto.Match {
	if a.tunnel {
		s.at = inTunnel
		return proto.No
	}
	if m := statusStart(b); m == proto.No && (!a.known || d != a.client) {
		a.oldRequest(d.Other())
	}
	if a.known && d != a.client && len(a.wait) > 0 && a.wait[0].old {
		return a.oldAnswer(d, s, b)
	}
	m := a.plausible(d, b)
	if m == proto.No {
		s.at, s.fresh = astray, false
		if a.asked && a.known && d == a.client {
			s.at = inTunnel // sent before the answer was there to be seen
			return m
		}
		a.f.Weird("no_message_start", 0)
	}
	return m
}

// plausible tells whether b begins a message that this side may send.
func (a *analyzer) plausible(d proto.Dir, b []byte) proto.Match {
	m := proto.No
	if !a.known || d != a.client {
		m = statusStart(b)
	}
	if m == proto.No && (!a.known || d == a.client) {
		m = requestStart(b)
	}
	return m
}

// search looks for the start of a message behind a loss or an error: at the
// beginning of a line, in the full form.
func (a *analyzer) search(d proto.Dir, s *side, b []byte) (int, bool) {
	for i := 0; ; {
		if s.fresh {
			rest := b[i:min(len(b), i+proto.ProbeMax)]
			m := proto.No
			if !a.known || d != a.client {
				m = statusStart(rest)
			}
			if m == proto.No && (!a.known || d == a.client) {
				m = probeRequest(rest)
			}
			switch m {
			case proto.Yes:
				s.at, s.scan, s.began = atStart, 0, 0
				return i, true
			case proto.Maybe:
				return i, false
			}
			s.fresh = false
		}
		j := bytes.IndexByte(b[i:], '\n')
		if j < 0 {
			return len(b), false
		}
		i += j + 1
		s.fresh = true
		if i == len(b) {
			return i, false
		}
	}
}

// broken reads what is there of a head whose end will not be seen.
func (a *analyzer) broken(d proto.Dir, s *side, rest []byte) {
	whole := append(s.head, rest...)
	s.head, s.scan = nil, 0
	s.at, s.fresh = astray, false
	if len(whole) > 0 {
		a.message(d, whole, false)
	}
}

// finish ends the message that a direction is in. whole tells that its end was
// seen.
func (a *analyzer) finish(d proto.Dir, whole bool) {
	s := &a.sides[d]
	m := &s.msg
	n := m.close(whole)
	x := m.x
	*m = message{}
	s.at, s.scan, s.left, s.began = atStart, 0, 0, 0
	if x == nil {
		return
	}
	if d == a.client {
		x.rec.RequestLen, x.reqDone = n, true
	} else {
		x.rec.ResponseLen, x.respDone = n, true
		if len(a.wait) > 0 && a.wait[0] == x {
			a.wait = a.wait[:copy(a.wait, a.wait[1:])]
		}
	}
	if x.reqDone && x.respDone {
		a.tell(x)
	}
}

// tell emits the record of an exchange, once.
func (a *analyzer) tell(x *exchange) {
	if !x.told {
		x.told = true
		a.f.Emit(x.began, &x.rec)
	}
}

// Gap implements proto.Analyzer. Inside content whose length is known the exchange
// goes on; elsewhere the next start of a message is looked for.
func (a *analyzer) Gap(d proto.Dir, n int) bool {
	s := &a.sides[d]
	switch s.at {
	case inTunnel:
		return false // an inner protocol cannot be told
	case inBody, inChunk:
		s.msg.lose(a, int(min(int64(n), s.left)))
		if int64(n) <= s.left {
			if s.left -= int64(n); s.left == 0 && s.at == inChunk {
				s.at = inBreak
			} else if s.left == 0 {
				a.finish(d, true)
			}
			return true
		}
		a.finish(d, false)
	case untilEnd:
		s.msg.lose(a, n)
		return true
	case inSize, inBreak, inTrailer:
		s.msg.lose(a, 0)
		a.finish(d, false)
	case atStart:
		s.missed = len(s.head) == 0
		a.broken(d, s, nil)
	}
	a.shaky = a.shaky || a.known && d != a.client
	if a.known && d == a.client {
		a.late, a.lateAt, a.holed = true, a.f.Now(), true
	}
	if s.at != over {
		s.at, s.fresh, s.scan = astray, true, 0
	}
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	s := &a.sides[d]
	switch s.at {
	case atStart:
		if len(s.head) > 0 {
			a.broken(d, s, nil)
		}
	case inBody, inChunk, inSize, inBreak, inTrailer:
		if a.pass != nil && (s.at == inBody || s.at == inChunk) {
			s.msg.got -= min(s.msg.got, int64(a.pass.Ahead(d)))
		}
		a.finish(d, false)
	case untilEnd:
		a.finish(d, true)
	}
	s.at = over
	if a.ended |= 1 << d; a.ended == 3 {
		a.flush()
	}
}

// giveUp tells all requests that wait but the last n, and but one whose answer is
// under way.
func (a *analyzer) giveUp(n int) {
	answer := a.sides[a.client.Other()].msg.x
	kept := a.wait[:0]
	for i, x := range a.wait {
		if i+n >= len(a.wait) || x == answer {
			kept = append(kept, x)
		} else {
			a.tell(x)
		}
	}
	clear(a.wait[len(kept):])
	a.wait = kept
}

// flush tells all that waits.
func (a *analyzer) flush() {
	for _, x := range a.wait {
		a.tell(x)
	}
	a.wait = nil
}

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := int(unsafe.Sizeof(*a)) + 64
	for d := range a.sides {
		s := &a.sides[d]
		n += cap(s.head)
		if s.msg.z != nil {
			n += streamLen
		}
	}
	for _, x := range a.wait {
		n += int(unsafe.Sizeof(*x)) + len(x.target) + len(x.rec.URI) + len(x.rec.UserAgent) + 16*len(x.rec.ClientNames)
	}
	return n
}

// Yield implements proto.Holder: coded content is given up, and requests go out
// without their answers; what pairing needs of them stays.
func (a *analyzer) Yield() {
	for d := range a.sides {
		if m := &a.sides[d].msg; m.z != nil {
			m.drop()
		}
	}
	for i, x := range a.wait {
		if x.reqDone && !x.told && a.sides[a.client.Other()].msg.x != x {
			a.tell(x)
			a.wait[i] = &exchange{reqDone: true, told: true, old: x.old, head: x.head, asked: x.asked}
			a.wait[i].rec.Method, a.wait[i].rec.Depth = x.rec.Method, x.rec.Depth
		}
	}
}
