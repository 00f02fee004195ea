package dicom

import (
	"lazaret/internal/dataset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// phase is where a message stands.
type phase uint8

const (
	idle phase = iota
	inCommand
	inData
)

// message is a DIMSE message in progress on one presentation context of one
// direction: a command set and perhaps a data set (PS3.7 6.3). It is used again
// for the next message of that context.
type message struct {
	context  uint8
	phase    phase
	torn     bool // fragments of it, or of the one after it, were lost
	final    bool // the data set ends a final response
	start    event.Time
	cmd      []byte // fragments of the command set
	whole    []byte // the command set when one fragment holds all of it
	query    bool   // the data set holds keys
	match    bool   // the data set is an answer to a query
	op       *operation
	deflated []byte
	rd       dataset.Reader
}

// drop forgets the message.
func (m *message) drop() {
	m.phase, m.op, m.torn, m.whole = idle, nil, false, nil
	m.rd.Stop()
}

// tear marks the message as incomplete. What is left of its data set cannot be
// read, because elements were lost.
func (m *message) tear() {
	m.torn = true
	if m.phase == inCommand {
		m.phase = idle
	}
	if m.op != nil {
		m.op.reading = false
	}
	m.rd.Stop()
	m.deflated = m.deflated[:0]
}

// expect makes ready for a data set of op, nil if it belongs to none.
func (a *analyzer) expect(m *message, op *operation, mode dataset.Mode) {
	m.phase, m.op, m.final, m.match = inData, op, false, false
	m.deflated = m.deflated[:0]
	if m.query = mode == dataset.Query; op == nil {
		mode = dataset.Nothing
	}
	m.rd.Start(mode, a.syntax(m.context))
}

// syntax is the encoding of data sets on a context. The answer may come later
// than the data: then the only syntax offered is taken.
func (a *analyzer) syntax(id uint8) dataset.Encoding {
	c := a.as.context(id)
	switch {
	case c == nil:
		return dataset.EncodingOf("")
	case c.accepted:
		return dataset.EncodingOf(c.transfer)
	case c.offered == 1:
		return dataset.EncodingOf(c.first)
	}
	return dataset.EncodingOf("")
}

// slot returns the message of the current context, a fresh or an idle one if
// there is none.
func (a *analyzer) slot(h *half) *message {
	var free *message
	for _, m := range h.msgs {
		if m.context == h.context {
			return m
		}
		if m.phase == idle {
			free = m
		}
	}
	switch {
	case len(h.msgs) < maxMessages:
		free = &message{}
		h.msgs = append(h.msgs, free)
	case free == nil:
		a.weird(tooManyMessages)
		free = h.msgs[0]
		copy(h.msgs, h.msgs[1:])
		h.msgs[len(h.msgs)-1] = free
		a.abandon(free)
	}
	free.drop()
	free.context = h.context
	return free
}

// abandon ends a data set that will not be completed.
func (a *analyzer) abandon(m *message) {
	op, final := m.op, m.final
	m.drop()
	if op != nil && !op.closed {
		op.reading = false
		if op.final || final {
			a.close(op)
		}
	}
}

// checkContext notes the use of a presentation context that was not agreed on.
func (a *analyzer) checkContext(h *half) {
	if a.as.answered && len(a.as.contexts) > 0 {
		if c := a.as.context(h.context); c == nil || !c.accepted {
			a.weird(unknownContext)
		}
	}
}

// commandMessage returns the message that a command fragment belongs to.
func (a *analyzer) commandMessage(h *half) *message {
	a.as.last = a.now
	m := a.slot(h)
	if m.phase == inData {
		if !m.torn {
			a.weird(dataMissing)
		}
		a.abandon(m)
	}
	if m.phase == idle {
		a.checkContext(h)
		m.phase, m.cmd, m.start = inCommand, m.cmd[:0], a.now
	}
	return m
}

// dataMessage returns the message that a data set fragment belongs to, nil if
// its command was not seen.
func (a *analyzer) dataMessage(h *half) *message {
	m := a.slot(h)
	if m.phase == inData {
		return m
	}
	if a.as.known && a.as.rec.Missed == 0 && !m.torn {
		a.weird(dataWithoutCommand)
	}
	return nil
}

// countData counts the n bytes of a data set fragment, as its PDV announces
// them: what is passed over is not seen to arrive.
func (a *analyzer) countData(h *half, n int) {
	a.as.rec.Bytes += uint64(n)
	if m := h.msg; m != nil && m.op != nil && !m.op.closed {
		m.op.rec.Bytes += uint64(n)
	}
}

// commandBytes consumes bytes of a command fragment.
func (a *analyzer) commandBytes(d proto.Dir, h *half, b []byte) int {
	n := min(len(b), h.pdvLeft)
	if m := h.msg; m == nil || m.phase != inCommand {
		// Lost to a gap or to the end of the association.
		n = h.pdvLeft
		h.msg = nil
		h.passOver(n)
		a.endPDV(d, h)
		return 0
	} else if n == h.pdvLeft && len(m.cmd) == 0 && h.control&2 != 0 {
		m.whole = b[:n]
	} else {
		if len(m.cmd)+n > maxCommand {
			a.weird(commandTooLong)
		}
		m.cmd = append(m.cmd, b[:min(n, maxCommand-len(m.cmd))]...)
	}
	h.left -= n
	h.pdvLeft -= n
	if h.pdvLeft == 0 {
		a.endPDV(d, h)
	}
	return n
}

// dataBytes consumes bytes of a data set fragment.
func (a *analyzer) dataBytes(d proto.Dir, h *half, b []byte) int {
	n := 0
	if m := h.msg; m != nil && m.phase == inData {
		n = min(len(b), h.pdvLeft)
		a.read(m, b[:n])
		h.left -= n
		h.pdvLeft -= n
	}
	a.skipData(d, h)
	return n
}

// skipData passes over what nobody wants of a fragment, from where its reader
// stands. It does so at once and not with the next byte, so that the state does
// not depend on how the stream was cut.
func (a *analyzer) skipData(d proto.Dir, h *half) {
	n := h.pdvLeft
	if m := h.msg; m != nil && m.phase == inData && !m.rd.Done() {
		n = m.rd.Pass(n)
	}
	h.pdvLeft -= n
	h.passOver(n)
	if h.pdvLeft == 0 {
		a.endPDV(d, h)
	}
}

// endData is called behind the last fragment of a data set.
func (a *analyzer) endData(d proto.Dir, m *message) {
	if m.phase != inData {
		return
	}
	if len(m.deflated) > 0 {
		a.inflate(m)
	} else if !m.torn {
		m.rd.End()
		a.complain(&m.rd)
	}
	op, final := m.op, m.final
	answer := m.match && !m.torn
	m.drop()
	if op == nil || op.closed {
		return
	}
	if answer {
		a.matched(op)
	}
	if op.dir == d {
		op.reading = false
		final = op.final
	}
	if final {
		a.conclude(op)
	}
}

// read gives bytes of a data set to its reader.
func (a *analyzer) read(m *message, b []byte) {
	if m.rd.Deflated() {
		m.deflated = append(m.deflated, b[:min(len(b), dataset.MaxDeflated-len(m.deflated))]...)
		if len(m.deflated) == dataset.MaxDeflated {
			a.inflate(m)
		}
		return
	}
	a.filling = filling{m.op, m.query, m.match}
	m.rd.Feed(a, b)
	a.filling.op = nil
	a.complain(&m.rd)
	m.programs()
}

// programs notes the executables that were found in a data set.
func (m *message) programs() {
	if p := m.rd.Programs(); p.Count > 0 && m.op != nil && !m.op.closed {
		rec := &m.op.rec
		rec.Programs, rec.ProgramTag, rec.ProgramVR, rec.ProgramKind = uint64(p.Count), p.Name(), p.VR, string(p.Kind)
	}
}

// complain reports what a reader found wrong, once.
func (a *analyzer) complain(r *dataset.Reader) {
	for {
		fault := r.Fault()
		if fault == dataset.NoFault {
			return
		}
		a.weird(weird(fault))
	}
}

// inflate reads the beginning of a deflated data set.
func (a *analyzer) inflate(m *message) {
	a.filling = filling{m.op, m.query, m.match}
	m.rd.Inflate(a, &a.inflater, m.deflated)
	a.filling.op = nil
	m.deflated = nil
	a.complain(&m.rd)
	m.programs()
}
