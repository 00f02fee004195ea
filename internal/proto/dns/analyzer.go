package dns

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// analyzer is the state of one flow. It pairs questions with answers as Zeek
// does: by transaction id, first come first served, one question kept apart
// because there is rarely more than one.
type analyzer struct {
	flow proto.Flow

	first             *Record // a question that waits
	questions, answer *waiting

	grown int        // bytes of records since all that waits was measured
	last  event.Time // of the newest datagram
	begun bool       // a datagram was seen
	dir   proto.Dir  // of the message at hand
	ended [2]bool    // directions of a stream that are over
}

// waiting holds unmatched records in the order of their arrival. At most
// maxPending+1 ids with maxPending+1 records each are kept.
type waiting struct {
	recs []*Record
	ids  int // distinct transaction ids among recs
}

// take removes and returns the oldest record of the id, or nil.
func (w *waiting) take(id uint16) *Record {
	if w == nil {
		return nil
	}
	for i, r := range w.recs {
		if r.TransID == id {
			return w.remove(i)
		}
	}
	return nil
}

func (w *waiting) remove(i int) *Record {
	r := w.recs[i]
	w.recs = append(w.recs[:i], w.recs[i+1:]...)
	if w.count(r.TransID) == 0 {
		w.ids--
	}
	return r
}

func (w *waiting) count(id uint16) (n int) {
	for _, r := range w.recs {
		if r.TransID == id {
			n++
		}
	}
	return n
}

// put adds a record. When there are too many ids all waiting records are given
// up, when there are too many of one id those are.
func (a *analyzer) put(w **waiting, r *Record) {
	if *w == nil {
		*w = &waiting{}
	}
	q := *w
	switch same := q.count(r.TransID); {
	case same == 0:
		if q.ids > maxPending {
			a.giveUp(q)
		}
		q.ids++
	case same > maxPending:
		kept := q.recs[:0]
		for _, o := range q.recs {
			if o.TransID == r.TransID {
				a.flow.Emit(o.ts, o)
			} else {
				kept = append(kept, o)
			}
		}
		clear(q.recs[len(kept):])
		q.recs = kept
	}
	q.recs = append(q.recs, r)
}

func (a *analyzer) giveUp(q *waiting) {
	if q == nil {
		return
	}
	for _, r := range q.recs {
		a.flow.Emit(r.ts, r)
	}
	clear(q.recs)
	q.recs, q.ids = q.recs[:0], 0
}

// flush gives up all that waits.
func (a *analyzer) flush() {
	if a.first != nil {
		a.flow.Emit(a.first.ts, a.first)
		a.first = nil
	}
	a.giveUp(a.questions)
	a.giveUp(a.answer)
}

// Packet implements proto.Datagram.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	a.expire(a.flow.Now())
	if !a.begun {
		a.begun = true
		if d == proto.Orig && len(b) >= headerLen {
			if h := readHeader(b); h.reply() && a.flow.Flip() {
				d = d.Other() // the question was not captured
			}
		}
	}
	a.dir = d
	return a.message(b)
}

// expire gives up what waits if the flow was idle for a session's time.
func (a *analyzer) expire(now event.Time) {
	if now.Sub(a.last) >= session {
		a.flush()
	}
	a.last = now
}

// Close implements proto.Datagram.
func (a *analyzer) Close() { a.flush() }

// Parse implements proto.Analyzer: each message has its length before it.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if len(b) < 2 {
		return proto.Progress{Need: 2}, nil
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if n < 2+headerLen {
		return proto.Progress{}, &proto.Error{Code: badLength.code()}
	}
	if len(b) < n {
		return proto.Progress{Need: n}, nil
	}
	a.dir = d
	if err := a.message(b[2:n]); err != nil {
		return proto.Progress{}, err
	}
	return proto.Progress{Done: n}, nil
}

// Gap implements proto.Analyzer. Behind lost bytes nothing says where the next
// message begins, so the flow is given up.
func (a *analyzer) Gap(proto.Dir, int) bool { return false }

// End implements proto.Analyzer. What still waits for the other direction is
// kept until that has ended too.
func (a *analyzer) End(d proto.Dir) {
	a.ended[d] = true
	if a.ended[d.Other()] {
		a.flush()
	}
}

// message handles one message of either transport.
func (a *analyzer) message(b []byte) error {
	if len(b) < headerLen {
		return &proto.Error{Code: badLength.code()}
	}
	h := readHeader(b)
	if !h.tracked() {
		a.flow.Weird(badOpcode.code(), 2)
		return nil
	}
	conn := a.flow.Conn()
	p := parser{b: b, h: h, netbios: conn.Resp.Port == portNBNS && conn.Proto == udp}
	p.rec = a.pair(&p, conn)
	if bad, off := p.parse(a.flow.Now()); bad != ok {
		a.flow.Weird(bad.code(), off)
	}
	if p.pointer > 0 {
		a.flow.Weird(badPointer.code(), p.pointer)
	}
	r := p.rec
	a.tell(&p)
	if h.reply() {
		r.sawReply = true
	} else {
		r.sawQuery = true
	}
	if r.sawQuery && r.sawReply {
		a.flow.Emit(r.ts, r)
		return nil
	}
	if a.grown += r.size(); a.grown > maxHeld {
		if a.grown = a.Held(); a.grown > maxHeld {
			a.flush()
			a.grown = 0
		}
	}
	return nil
}

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := 200
	if a.first != nil {
		n += a.first.size()
	}
	for _, w := range [2]*waiting{a.questions, a.answer} {
		if w == nil {
			continue
		}
		n += 8 * cap(w.recs)
		for _, r := range w.recs {
			n += r.size()
		}
	}
	return n
}

// Yield implements proto.Holder.
func (a *analyzer) Yield() {
	a.flush()
	a.questions, a.answer, a.grown = nil, nil, 0
}

// size estimates the memory of a record, bytes.
func (r *Record) size() int {
	n := 400 + len(r.Query) + r.text + 24*len(r.Answers) + 8*len(r.TTLs) + 80*len(r.Bindings)
	if r.Node != nil {
		n += 64 + 48*len(r.Node.Names)
	}
	return n
}

// IP protocol number of UDP.
const udp = 17

// pair finds the record a message belongs to, or makes it and lets it wait.
func (a *analyzer) pair(p *parser, conn *event.Conn) *Record {
	var r *Record
	switch id := p.h.id; {
	case !p.h.reply():
		if r = a.answer.take(id); r != nil {
			break
		}
		r = a.record(p, conn)
		if a.first == nil {
			a.first = r
		} else {
			a.put(&a.questions, r)
		}
	case a.first != nil && a.first.TransID == id:
		r, a.first = a.first, a.questions.take(id)
		if q := a.questions; a.first == nil && q != nil && len(q.recs) > 0 {
			a.first = q.remove(0)
		}
	default:
		if r = a.questions.take(id); r == nil {
			r = a.record(p, conn)
			a.put(&a.answer, r)
		}
	}
	if p.h.reply() {
		r.RCode = event.N(p.h.rcode())
		r.RCodeName = rcodeNames[p.h.rcode()]
		if p.h.rcode() != 0 && p.h.qd == 0 {
			r.Rejected = true
		}
	}
	r.Opcode = p.h.opcode()
	r.OpcodeName = opcodeText(r.Opcode, p.netbios)
	return r
}

func (a *analyzer) record(p *parser, conn *event.Conn) *Record {
	r := &Record{ts: a.flow.Now(), Proto: "tcp", TransID: p.h.id}
	if conn.Proto == udp {
		r.Proto = "udp"
	}
	return r
}
