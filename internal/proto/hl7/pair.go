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
	flow   proto.Flow
	wait   [2][]waiting // messages, by the direction they went
	size   [2]int
	early  [2][]early // acknowledgements, by the direction they went
	recent [2][]string
}

// waiting is a message without its last acknowledgement.
type waiting struct {
	rec          *Message
	began, ended event.Time
	app          bool // asked for an application acknowledgement
	size         int
}

// early is an acknowledgement without its message.
type early struct {
	rec          *Message
	began, ended event.Time
}

// take receives a message that is complete, which ended at t. It returns false
// when nothing holds its record: it was an acknowledgement that found its
// message.
func (p *pairs) take(d proto.Dir, m *message, t event.Time) bool {
	p.expire(t)
	if !m.answer {
		p.push(d, m, t)
		return true
	}
	r := m.rec
	hit := p.answer(d, early{m.rec, m.began, t}, m.code, m.id)
	plain := r.Type == "ACK" || r.Type == "MCF" || !m.more
	if !plain {
		r.Acknowledges, r.Unasked = m.id, !hit
		if m.accept || m.app {
			p.push(d, m, t)
		} else {
			p.flow.Emit(m.began, r)
		}
		return true
	}
	if m.accept && r.ControlID != "" {
		p.recent[d] = append(p.recent[d], r.ControlID)
		if len(p.recent[d]) > maxRecent {
			p.recent[d] = slices.Delete(p.recent[d], 0, 1)
		}
	}
	if hit || p.acknowledgesAck(d, m) {
		return false
	}
	r.Unasked, r.AckCode, r.Acknowledges = true, m.code, m.id
	if len(p.early[d]) >= maxEarly {
		p.dropEarly(d, 1)
	}
	p.early[d] = append(p.early[d], early{r, m.began, t})
	return true
}

// acknowledgesAck tells whether m is the accept acknowledgement of an
// acknowledgement that asked for one (v2.9 2.9.3).
func (p *pairs) acknowledgesAck(d proto.Dir, m *message) bool {
	r := &p.recent[d.Other()]
	if len(m.code) != 2 || m.code[0] != 'C' {
		return false
	}
	i := slices.Index(*r, m.id)
	if i < 0 {
		return false
	}
	*r = slices.Delete(*r, i, i+1)
	return true
}

// answer applies an acknowledgement that went in direction d to the oldest
// message it can mean. Without a control id it means the only one that waits.
func (p *pairs) answer(d proto.Dir, ack early, code, id string) bool {
	o := d.Other()
	q := p.wait[o]
	for i := range q {
		if q[i].rec.ControlID != id && (id != "" || len(q) != 1) {
			continue
		}
		if q[i].apply(ack, code) {
			p.emit(o, i)
		}
		return true
	}
	return false
}

// apply writes the acknowledgement into the record and tells whether it was the
// last that can come.
func (w *waiting) apply(ack early, code string) bool {
	r := w.rec
	r.AckCode, r.AckApp, r.AckFac = code, ack.rec.SendingApp, ack.rec.SendingFac
	r.AckDelay = max(0, event.Interval(ack.ended-w.ended))
	return code != "CA" || !w.app
}

// push lets a message wait, or sends it off if its acknowledgement came before.
func (p *pairs) push(d proto.Dir, m *message, t event.Time) {
	w := waiting{rec: m.rec, began: m.began, ended: t, app: m.app, size: m.rec.size()}
	e := p.early[d.Other()]
	for i := 0; i < len(e); i++ {
		if m.rec.ControlID == "" || e[i].rec.Acknowledges != m.rec.ControlID {
			continue
		}
		last := w.apply(e[i], e[i].rec.AckCode)
		e = slices.Delete(e, i, i+1)
		p.early[d.Other()] = e
		if last {
			p.flow.Emit(w.began, w.rec)
			return
		}
		i--
	}
	for len(p.wait[d]) > 0 && (len(p.wait[d]) >= maxWaiting || p.size[d]+w.size > maxWaitSize) {
		p.emit(d, 0)
	}
	p.wait[d] = append(p.wait[d], w)
	p.size[d] += w.size
}

// emit sends off waiting message i of direction d.
func (p *pairs) emit(d proto.Dir, i int) {
	w := p.wait[d][i]
	p.size[d] -= w.size
	p.wait[d] = slices.Delete(p.wait[d], i, i+1)
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
		for len(p.early[d]) > 0 && event.Interval(now-p.early[d][0].ended) > maxWait {
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
	p.dropEarly(o, len(p.early[o]))
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
