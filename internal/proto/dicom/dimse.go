package dicom

import (
	"encoding/binary"

	"lazaret/internal/charset"
	"lazaret/internal/dataset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Command fields (PS3.7 E.1). A response has the top bit set.
const (
	cmdStore    = 0x0001
	cmdGet      = 0x0010
	cmdFind     = 0x0020
	cmdMove     = 0x0021
	cmdEcho     = 0x0030
	cmdEvent    = 0x0100
	cmdNGet     = 0x0110
	cmdNSet     = 0x0120
	cmdNAction  = 0x0130
	cmdNCreate  = 0x0140
	cmdNDelete  = 0x0150
	cmdCancel   = 0x0fff
	cmdResponse = 0x8000
)

// noDataSet is the command data set type that says so (PS3.7 E.1).
const noDataSet = 0x0101

// command is what matters of a command set. Its slices alias the bytes parsed.
type command struct {
	field, id, respTo  uint16
	hasField, hasData  bool
	status             event.Count
	class, instance    []byte
	moveDest, moveOrig []byte
	sub                [4]event.Count // sub-operations remaining, completed, failed, warned
	eventType          event.Count
	actionType         event.Count
}

// parseCommand reads a command set, which is always implicit VR little endian
// (PS3.7 6.3.1). Error comments and offending elements are passed over: they
// may repeat patient data.
func parseCommand(b []byte) (c command, ok bool) {
	for len(b) > 0 {
		if len(b) < 8 || b[0]|b[1] != 0 {
			return c, false
		}
		element := binary.LittleEndian.Uint16(b[2:])
		n := binary.LittleEndian.Uint32(b[4:])
		if uint64(n) > uint64(len(b)-8) {
			return c, false
		}
		c.element(element, b[8:8+n])
		b = b[8+n:]
	}
	return c, c.hasField
}

// element takes one element of group 0000 (PS3.7 E.1 and E.2).
func (c *command) element(e uint16, v []byte) {
	switch e {
	case 0x0002, 0x0003:
		c.class = charset.Trim(v)
		return
	case 0x0600:
		c.moveDest = charset.Trim(v)
		return
	case 0x1000, 0x1001:
		c.instance = charset.Trim(v)
		return
	case 0x1030:
		c.moveOrig = charset.Trim(v)
		return
	}
	if len(v) < 2 {
		return
	}
	n := binary.LittleEndian.Uint16(v)
	switch e {
	case 0x0100:
		c.field, c.hasField = n, true
	case 0x0110:
		c.id = n
	case 0x0120:
		c.respTo = n
	case 0x0800:
		c.hasData = n != noDataSet
	case 0x0900:
		c.status = event.N(n)
	case 0x1002:
		c.eventType = event.N(n)
	case 0x1008:
		c.actionType = event.N(n)
	case 0x1020, 0x1021, 0x1022, 0x1023:
		c.sub[e-0x1020] = event.N(n)
	}
}

// commandNames names the command fields without their response bit.
var commandNames = map[uint16]string{
	cmdStore: "C-STORE", cmdGet: "C-GET", cmdFind: "C-FIND", cmdMove: "C-MOVE", cmdEcho: "C-ECHO",
	cmdEvent: "N-EVENT-REPORT", cmdNGet: "N-GET", cmdNSet: "N-SET", cmdNAction: "N-ACTION",
	cmdNCreate: "N-CREATE", cmdNDelete: "N-DELETE",
}

// statusName is the class of a status (PS3.7 annex C).
func statusName(s uint64) string {
	switch {
	case s == 0:
		return "success"
	case s == 0xff00 || s == 0xff01:
		return "pending"
	case s == 0xfe00:
		return "cancel"
	case s == 0x0001, s == 0x0107, s == 0x0116, s>>12 == 0xb:
		return "warning"
	}
	return "failure"
}

// operation is a DIMSE operation without a final response so far.
type operation struct {
	rec     Operation
	dir     proto.Dir // of its invoker
	id      uint16
	field   uint16
	context uint8
	reading bool // its request's data set is still on the way
	final   bool // its final response came while reading
	closed  bool // emitted: rec must not be touched again
	start   event.Time
	keys    keys
	match   match // the answer at hand
	matches matches
}

// invoked says whether the originator of the connection, and whether the requestor of the
// association, invoked the operation.
func (op *operation) invoked(as *association) (orig, requestor bool) {
	return op.dir == proto.Orig, op.dir == as.requestor
}

// classOf is the SOP class that an operation is about; the abstract syntax of its context
// if none was told.
func (a *analyzer) classOf(op *operation) string {
	if op.rec.SOPClass == "" {
		if c := a.as.context(op.context); c != nil {
			return c.abstract
		}
	}
	return op.rec.SOPClass
}

// find returns the outstanding operation with that invoker and message id.
func (as *association) find(dir proto.Dir, id uint16) *operation {
	for i := len(as.ops) - 1; i >= 0; i-- {
		if op := as.ops[i]; op.id == id && op.dir == dir {
			return op
		}
	}
	return nil
}

// open adds an operation. When the table is full the oldest is given up.
func (a *analyzer) open(dir proto.Dir, id, field uint16, m *message) *operation {
	as := a.as
	if len(as.ops) >= maxOutstanding {
		a.weird(tooManyOperations)
		a.close(as.ops[0])
	}
	if !as.known && !as.guessed && field != cmdEvent {
		as.guessed, as.requestor = true, dir
	}
	op := &operation{dir: dir, id: id, field: field, context: m.context, start: m.start}
	op.rec.Command = commandNames[field]
	op.rec.MessageID = event.N(id)
	as.ops = append(as.ops, op)
	as.rec.Ops++
	return op
}

// close emits an operation and takes it out of the table.
func (a *analyzer) close(op *operation) {
	a.emit(op)
	ops := a.as.ops
	for i := range ops {
		if ops[i] == op {
			copy(ops[i:], ops[i+1:])
			ops[len(ops)-1] = nil
			a.as.ops = ops[:len(ops)-1]
			return
		}
	}
}

// emit completes the record of an operation and sends it.
func (a *analyzer) emit(op *operation) {
	as, rec := a.as, &op.rec
	a.tellMatches(op)
	op.closed = true
	rec.IsOrig, rec.FromCaller = op.invoked(as)
	rec.Calling, rec.Called = as.rec.Calling, as.rec.Called
	rec.SOPClass = a.classOf(op)
	if c := as.context(op.context); c != nil && c.accepted {
		rec.Transfer = c.transfer
	}
	rec.SOPName, rec.Service = sopClass(rec.SOPClass, op.field)
	as.rec.Services = addDistinct(as.rec.Services, rec.Service, maxListed)
	if rec.StatusName == "failure" {
		as.rec.Failed++
	}
	op.keys.write(rec)
	a.f.Emit(op.start, rec)
}

// endCommand is called when the last fragment of a command set was seen.
func (a *analyzer) endCommand(d proto.Dir, m *message) {
	b := m.whole
	if b == nil {
		b = m.cmd
	}
	m.phase = idle
	c, ok := parseCommand(b)
	m.whole = nil
	if !ok {
		if !m.torn {
			a.weird(badCommand)
		}
		return
	}
	m.torn = false
	switch {
	case c.field == cmdCancel:
		if op := a.as.find(d, c.respTo); op != nil {
			op.rec.Cancelled = true
		}
	case commandNames[c.field&^cmdResponse] == "":
		a.weird(unknownCommand)
		if c.hasData {
			a.expect(m, nil, dataset.Nothing)
		}
	case c.field&cmdResponse != 0:
		a.response(d, m, &c)
	default:
		a.request(d, m, &c)
	}
}

// request starts an operation (PS3.7 9.1 and 10.1).
func (a *analyzer) request(d proto.Dir, m *message, c *command) {
	if old := a.as.find(d, c.id); old != nil {
		// Without the other direction no operation ever ends, and senders that
		// use one id for all are then no anomaly.
		if a.half[d.Other()].data {
			a.weird(messageIDReused)
		}
		a.close(old)
	}
	op := a.open(d, c.id, c.field, m)
	a.identify(op, c)
	rec := &op.rec
	rec.MoveDest, rec.MoveOrig = charset.Plain(c.moveDest, 16), charset.Plain(c.moveOrig, 16)
	if c.hasData {
		op.reading = true
		a.expect(m, op, readingOf(c.field))
	}
}

// identify takes what a command is about: SOP class and instance unless they are
// known, event and action type.
func (a *analyzer) identify(op *operation, c *command) {
	rec := &op.rec
	if rec.SOPClass == "" && len(c.class) > 0 {
		// Nearly always the context's abstract syntax: no need for a copy.
		if pc := a.as.context(op.context); pc != nil && pc.abstract == string(c.class) {
			rec.SOPClass = pc.abstract
		} else {
			rec.SOPClass = a.uid(c.class, len(c.class))
		}
	}
	if len(c.instance) > 0 {
		dataset.EnterInstance((*target)(rec), a.f, c.instance)
	}
	if c.eventType.OK {
		rec.EventType = c.eventType
	}
	if c.actionType.OK {
		rec.ActionType = c.actionType
	}
}

// response takes a response (PS3.7 9.3 and 10.3). One whose request was not
// seen makes an operation of its own.
func (a *analyzer) response(d proto.Dir, m *message, c *command) {
	field := c.field &^ cmdResponse
	op := a.as.find(d.Other(), c.respTo)
	if op != nil && op.field != field {
		a.close(op)
		op = nil
	}
	if op == nil {
		op = a.open(d.Other(), c.respTo, field, m)
	}
	a.identify(op, c)
	rec := &op.rec
	rec.Responses++
	for i, to := range [...]*event.Count{&rec.Remaining, &rec.Completed, &rec.FailedSub, &rec.Warned} {
		if c.sub[i].OK {
			*to = c.sub[i]
		}
	}
	pending := false
	if c.status.OK {
		rec.StatusName = statusName(c.status.V)
		pending = rec.StatusName == "pending"
	}
	if !pending {
		rec.Status = c.status
		rec.Duration = a.now.Sub(op.start)
	} else if c.hasData {
		rec.Matches++
	}
	if c.hasData {
		a.expect(m, op, readingOf(field|cmdResponse))
		m.match = field == cmdFind
		m.final = !pending
	} else if !pending {
		a.conclude(op)
	}
}

// conclude emits an operation whose final response is complete, unless its own
// data set is still on the way (recordings exist in which answers come early).
func (a *analyzer) conclude(op *operation) {
	if op.closed {
		return
	}
	if op.reading {
		op.final = true
		return
	}
	a.close(op)
}
