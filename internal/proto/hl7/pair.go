package hl7

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// pairs brings messages and their acknowledgements together (v2.9 2.9.2, 2.9.3).
//
// A message waits until its acknowledgement was seen. In enhanced mode an accept
// acknowledgement (CA) is not the last word when the message also asks for an
// application acknowledgement; the record keeps the last. An acknowledgement may
// come before its message when a capture has the directions out of step, so it
// waits too, and is told as unasked when no message comes.
type pairs struct {
	flow proto.Flow
	wait [2][]waiting // messages, by the direction they went
	size [2]int32
	*odd
}

// odd is what few conversations need, made when it is first needed.
type odd struct {
	early  [2][]early // acknowledgements, by the direction they went
	recent [2][]string
}

// waiting is a message without its last acknowledgement.
type waiting struct {
	rec          *Message
	began, ended event.Time
	size         int32
	app          bool // asked for an application acknowledgement
}

// early is an acknowledgement without its message.
type early struct {
	rec          *Message
	began, ended event.Time
}

// reply is what an acknowledgement says about its message.
type reply struct {
	code, app, fac string
	ended          event.Time
}

// take receives a message that is complete, which ended at t. Of an
// acknowledgement that finds its message no record is made.
func (p *pairs) take(d proto.Dir, m *message, t event.Time) {
	p.expire(t)
	if !m.answer {
		p.push(d, m, m.record(), t)
		return
	}
	hit := p.answer(d, m, t)
	if kind := m.val(valType); string(kind) != "ACK" && string(kind) != "MCF" && m.more {
		r := m.record()
		r.Acknowledges, r.Unasked = string(m.id), !hit
		if m.accept || m.app {
			p.push(d, m, r, t)
		} else {
			p.flow.Emit(m.began, r)
		}
		return
	}
	if p.odd == nil && (m.accept || !hit) {
		p.odd = new(odd)
	}
	if id := m.val(valID); m.accept && len(id) > 0 {
		p.recent[d] = append(p.recent[d], string(id))
		if len(p.recent[d]) > maxRecent {
			p.recent[d] = slices.Delete(p.recent[d], 0, 1)
		}
	}
	if hit || p.acknowledgesAck(d, m) {
		return
	}
	r := m.record()
	r.Unasked, r.AckCode, r.Acknowledges = true, m.code, string(m.id)
	if len(p.early[d]) >= maxEarly {
		p.dropEarly(d, 1)
	}
	p.early[d] = append(p.early[d], early{r, m.began, t})
}

// acknowledgesAck tells whether m is the accept acknowledgement of an
// acknowledgement that asked for one (v2.9 2.9.3).
func (p *pairs) acknowledgesAck(d proto.Dir, m *message) bool {
	r := &p.recent[d.Other()]
	if len(m.code) != 2 || m.code[0] != 'C' {
		return false
	}
	i := slices.Index(*r, string(m.id))
	if i < 0 {
		return false
	}
	*r = slices.Delete(*r, i, i+1)
	return true
}

// answer applies an acknowledgement that went in direction d to the oldest
// message it can mean. Without a control id it means the only one that waits.
func (p *pairs) answer(d proto.Dir, m *message, t event.Time) bool {
	o := d.Other()
	q := p.wait[o]
	for i := range q {
		if q[i].rec.ControlID != string(m.id) && (len(m.id) > 0 || len(q) != 1) {
			continue
		}
		names := string(m.text[m.vals[valApp].from:m.vals[valFac].to])
		n := len(m.val(valApp))
		if q[i].apply(reply{m.code, names[:n], names[n:], t}) {
			p.emit(o, i)
		}
		return true
	}
	return false
}

// apply writes the acknowledgement into the record and tells whether it was the
// last that can come.
func (w *waiting) apply(by reply) bool {
	r := w.rec
	r.AckCode, r.AckApp, r.AckFac = by.code, by.app, by.fac
	r.AckDelay = max(0, event.Interval(by.ended-w.ended))
	return by.code != "CA" || !w.app
}

// push lets a message wait, or sends it off if its acknowledgement came before.
func (p *pairs) push(d proto.Dir, m *message, r *Message, t event.Time) {
	w := waiting{rec: r, began: m.began, ended: t, app: m.app, size: int32(r.size())}
	if p.odd != nil && p.wasEarly(d, &w) {
		p.flow.Emit(w.began, w.rec)
		return
	}
	for len(p.wait[d]) > 0 && (len(p.wait[d]) >= maxWaiting || p.size[d]+w.size > maxWaitSize) {
		p.emit(d, 0)
	}
	p.wait[d] = append(p.wait[d], w)
	p.size[d] += w.size
}

// wasEarly applies acknowledgements that came before their message and tells
// whether the last that can come was among them.
func (p *pairs) wasEarly(d proto.Dir, w *waiting) bool {
	e := p.early[d.Other()]
	for i := 0; i < len(e); i++ {
		if w.rec.ControlID == "" || e[i].rec.Acknowledges != w.rec.ControlID {
			continue
		}
		by := e[i].rec
		last := w.apply(reply{by.AckCode, by.SendingApp, by.SendingFac, e[i].ended})
		e = slices.Delete(e, i, i+1)
		p.early[d.Other()] = e
		if last {
			return true
		}
		i--
	}
	return false
}

// emit sends off waiting message i of direction d.
func (p *pairs) emit(d proto.Dir, i int) {
	w := p.wait[d][i]
	p.size[d] -= w.size
	p.wait[d] = slices.Delete(p.wait[d], i, i+1)
	if len(p.wait[d]) == 0 && cap(p.wait[d]) > 8 {
		p.wait[d] = nil // a burst is over
	}
	p.flow.Emit(w.began, w.rec)
}

// dropEarly tells the n oldest acknowledgements of direction d as unasked.
func (p *pairs) dropEarly(d proto.Dir, n int) {
	for _, e := range p.early[d][:n] {
		p.flow.Emit(e.began, e.rec)
	}
	p.early[d] = slices.Delete(p.early[d], 0, n)
}

// expire gives up what has waited longer than maxWait at time now.
func (p *pairs) expire(now event.Time) {
	for d := range p.wait {
		for len(p.wait[d]) > 0 && event.Interval(now-p.wait[d][0].ended) > maxWait {
			p.emit(proto.Dir(d), 0)
		}
		for p.odd != nil && len(p.early[d]) > 0 && event.Interval(now-p.early[d][0].ended) > maxWait {
			p.dropEarly(proto.Dir(d), 1)
		}
	}
}

// end tells that direction d brings nothing more: no acknowledgement for the
// messages of the other, no message for its acknowledgements.
func (p *pairs) end(d proto.Dir) {
	o := d.Other()
	for len(p.wait[o]) > 0 {
		p.emit(o, 0)
	}
	if p.odd != nil {
		p.dropEarly(o, len(p.early[o]))
	}
}

// size estimates the memory of a record, bytes.
func (m *Message) size() int {
	n := 640 + len(m.SendingApp) + len(m.SendingFac) + len(m.ReceivingApp) + len(m.ReceivingFac) + len(m.ControlID) +
		len(m.Location) + len(m.DocType) + 16*len(m.Segments)
	for _, l := range [...][]string{m.Charset, m.Orders, m.Equipment, m.Participation, m.UDI, m.MorePatients} {
		for _, s := range l {
			n += 16 + len(s)
		}
	}
	return n
}
