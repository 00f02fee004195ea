package dicom

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"lazaret/internal/charset"
	"lazaret/internal/dataset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Item and sub-item types (PS3.8 9.3.2, PS3.7 D.3.3).
const (
	itemApplication = 0x10
	itemContextRQ   = 0x20
	itemContextAC   = 0x21
	itemAbstract    = 0x30
	itemTransfer    = 0x40
	itemUser        = 0x50
	subMaxLength    = 0x51
	subImplUID      = 0x52
	subAsync        = 0x53
	subRole         = 0x54
	subImplName     = 0x55
	subExtended     = 0x56
	subCommonExt    = 0x57
	subIdentityRQ   = 0x58
	subIdentityAC   = 0x59
)

// applicationContext is the only name that PS3.7 A.2.1 registers.
const applicationContext = "1.2.840.10008.3.1.1.1"

// pcontext is a presentation context.
type pcontext struct {
	id       uint8
	abstract string
	offered  int    // transfer syntaxes offered
	first    string // the first of them
	answered bool
	accepted bool
	transfer string // accepted transfer syntax
}

// association is the state between A-ASSOCIATE-RQ and the end.
type association struct {
	rec       Association
	start     event.Time
	last      event.Time
	requestor proto.Dir
	known     bool // the request or its answer was seen, so that requestor is sure
	guessed   bool // requestor was taken from the first operation
	answered  bool // A-ASSOCIATE-AC was seen
	identity  bool // the answer held a user identity item
	collided  bool
	release   [2]bool
	contexts  []pcontext
	byID      [maxContexts]uint8 // 1 + index into contexts, by (id-1)/2
	ops       []*operation       // outstanding, oldest first
}

// begin starts an association.
func (a *analyzer) begin(requestor proto.Dir, known bool) {
	a.told, a.ended, a.aborted = a.told[:0], false, false
	a.as = &association{start: a.now, last: a.now, requestor: requestor, known: known}
	a.as.rec.Result = "unseen"
}

// context returns the presentation context with that id, nil if there is none.
func (as *association) context(id uint8) *pcontext {
	if i := as.byID[id>>1]; id&1 != 0 && i > 0 {
		return &as.contexts[i-1]
	}
	return nil
}

// addContext returns the presentation context with that id, made if need be.
// It returns nil for an even id.
func (as *association) addContext(id uint8) *pcontext {
	if id&1 == 0 {
		return nil
	}
	if c := as.context(id); c != nil {
		return c
	}
	as.contexts = append(as.contexts, pcontext{id: id})
	as.byID[id>>1] = uint8(len(as.contexts))
	return &as.contexts[len(as.contexts)-1]
}

// assocStep consumes bytes of A-ASSOCIATE-RQ or -AC, item by item, so that no
// more than a UID is ever held.
func (a *analyzer) assocStep(d proto.Dir, h *half, b []byte) int {
	if a.as == nil && h.state != stFixed {
		h.nextPDU() // the other side aborted meanwhile
		return 0
	}
	want := 4
	switch h.state {
	case stFixed:
		want = assocFixed
	case stValue:
		want = h.want
	}
	u, n := h.take(b, want)
	if u == nil {
		return n
	}
	switch h.state {
	case stFixed:
		a.assocHead(d, h, u)
		h.state = stItem
	case stItem:
		a.startItem(h, u)
	case stContext:
		h.itemLeft -= 4
		a.contextHead(h, u)
	case stSub:
		h.itemLeft -= 4
		a.startSub(h, u)
	case stValue:
		h.itemLeft -= h.want
		a.value(h, u)
		rest := h.subLeft - h.want
		h.passOver(rest)
		h.itemLeft -= rest
		h.state = stSub
	}
	a.assocDone(h)
	return n
}

// assocDone moves on where an item or the PDU ends.
func (a *analyzer) assocDone(h *half) {
	if h.state == stSub && h.itemLeft < 4 {
		a.junk(h, h.itemLeft)
		h.state = stItem
	}
	if h.state == stItem && h.left < 4 || h.left <= 0 {
		a.junk(h, h.left)
		h.nextPDU()
		a.assocEnd(h)
	}
}

// junk passes over bytes that are too few for an item.
func (a *analyzer) junk(h *half, n int) {
	if h.itemLeft = 0; n > 0 {
		a.weird(badItemLength)
		h.passOver(n)
	}
}

// assocSeen starts the association that an A-ASSOCIATE-RQ or -AC speaks of.
func (a *analyzer) assocSeen(d proto.Dir, h *half) {
	if h.kind == pduAssocRQ {
		if a.as != nil {
			a.weird(unexpectedPDU)
			a.finish("open")
		}
		a.begin(d, true)
		a.as.rec.Result = "unanswered"
	} else {
		if a.as == nil {
			a.begin(d.Other(), true)
		}
		a.as.requestor, a.as.known, a.as.answered = d.Other(), true, true
		a.as.rec.Result = "accepted"
	}
	a.as.last = a.now
}

// assocHead reads the fixed fields (PS3.8 tables 9-11 and 9-17).
func (a *analyzer) assocHead(d proto.Dir, h *half, u []byte) {
	a.assocSeen(d, h)
	as := a.as
	if binary.BigEndian.Uint16(u)&1 == 0 {
		a.weird(badVersion)
	}
	// The titles of an answer are reserved fields that repeat the request's:
	// they count only when the request was not seen.
	if h.kind == pduAssocRQ || as.rec.Called == "" && as.rec.Calling == "" {
		as.rec.Called, as.rec.Calling = charset.Plain(u[4:20], 16), charset.Plain(u[20:36], 16)
	}
}

// startItem reads an item's header (PS3.8 9.3.2.1 to 9.3.2.3).
func (a *analyzer) startItem(h *half, u []byte) {
	h.item, h.parent = u[0], u[0]
	n := int(binary.BigEndian.Uint16(u[2:]))
	if n > h.left {
		a.weird(badItemLength)
		h.passOver(h.left)
		return
	}
	h.itemLeft = n
	isContext := h.item == itemContextRQ || h.item == itemContextAC
	switch {
	case h.item == itemUser:
		h.state = stSub
	case h.item == itemApplication && n > 0:
		h.parent = 0
		h.wantValue(n)
	case isContext && n >= 4:
		h.state = stContext
	case isContext || h.item == itemApplication:
		a.weird(badItemLength)
		h.passOver(n)
	default:
		a.weird(badItemType)
		h.passOver(n)
	}
}

// wantValue gathers the beginning of a value of n bytes; the rest is passed over.
func (h *half) wantValue(n int) {
	h.subLeft, h.want, h.state = n, min(n, unitMax), stValue
}

// contextHead reads the fixed part of a presentation context item (PS3.8 tables
// 9-13 and 9-18).
func (a *analyzer) contextHead(h *half, u []byte) {
	h.state = stSub
	h.context = u[0]
	c := a.as.addContext(u[0])
	if c == nil {
		a.weird(badContextID)
		return
	}
	if h.kind == pduAssocAC {
		c.answered, c.accepted = true, u[2] == 0
	}
}

// startSub reads a sub-item's header.
func (a *analyzer) startSub(h *half, u []byte) {
	h.item = u[0]
	n := int(binary.BigEndian.Uint16(u[2:]))
	if n > h.itemLeft || n > h.left {
		a.weird(badItemLength)
		n = min(h.itemLeft, h.left)
		h.passOver(n)
		h.itemLeft = 0
		return
	}
	if n == 0 {
		return
	}
	h.wantValue(n)
	if h.item == subIdentityRQ || h.item == subIdentityAC {
		h.want = 1 // the kind alone: behind it come user name and secret
	}
}

// value takes the wanted part of an item or sub-item.
func (a *analyzer) value(h *half, v []byte) {
	switch h.parent {
	case 0:
		if name := a.uid(v, h.subLeft); name != applicationContext {
			a.as.rec.Context = name
		}
	case itemContextRQ, itemContextAC:
		a.contextValue(h, v)
	case itemUser:
		a.userValue(h, v)
	}
}

// uid reads a UID of n bytes. What is no UID (PS3.5 9.1) is an anomaly and is
// kept as escaped text, cut at 64 characters.
func (a *analyzer) uid(v []byte, n int) string {
	v = charset.Trim(v)
	if n > 64 || len(v) == 0 || !dataset.IsUID(v) {
		a.weird(badUID)
		return charset.Plain(v, 64)
	}
	return string(v)
}

// contextValue takes an abstract or transfer syntax (PS3.8 9.3.2.2.1, 9.3.2.2.2).
func (a *analyzer) contextValue(h *half, v []byte) {
	c := a.as.context(h.context)
	if c == nil {
		return
	}
	rec := &a.as.rec
	switch {
	case h.item == itemAbstract && h.kind == pduAssocRQ:
		c.abstract = a.uid(v, h.subLeft)
	case h.item == itemTransfer && h.kind == pduAssocRQ:
		uid := a.uid(v, h.subLeft)
		if c.offered++; c.offered == 1 {
			c.first = uid
		}
		rec.OfferedXfer = addDistinct(rec.OfferedXfer, uid, maxSyntaxes)
	case h.item == itemTransfer && c.accepted:
		c.transfer = a.uid(v, h.subLeft)
		rec.Transfer = addDistinct(rec.Transfer, c.transfer, maxSyntaxes)
	case h.item != itemAbstract && h.item != itemTransfer:
		a.weird(badItemType)
	}
}

// userValue takes a sub-item of the user information (PS3.7 D.3.3, PS3.8 D.1).
func (a *analyzer) userValue(h *half, v []byte) {
	rec, request := &a.as.rec, h.kind == pduAssocRQ
	switch h.item {
	case subMaxLength:
		if len(v) == 4 {
			*pick(request, &rec.RqMaxPDU, &rec.AcMaxPDU) = event.N(binary.BigEndian.Uint32(v))
			return
		}
	case subImplUID:
		*pick(request, &rec.RqImplUID, &rec.AcImplUID) = a.uid(v, h.subLeft)
		return
	case subImplName:
		*pick(request, &rec.RqImplName, &rec.AcImplName) = charset.Plain(v, 16)
		return
	case subAsync:
		if len(v) == 4 {
			if request {
				rec.AsyncInvoked = event.N(binary.BigEndian.Uint16(v))
				rec.AsyncPerf = event.N(binary.BigEndian.Uint16(v[2:]))
			}
			return
		}
	case subRole, subExtended, subCommonExt:
		if a.negotiated(h, v, request) {
			return
		}
	case subIdentityRQ:
		rec.Identity = identityKind(v[0])
		return
	case subIdentityAC:
		a.as.identity = true
		return
	default:
		a.weird(badItemType)
		return
	}
	a.weird(badItemLength)
}

// negotiated takes the sub-items that begin with the length of a SOP class UID:
// role selection and extended negotiation (PS3.7 D.3.3.4 to D.3.3.6).
func (a *analyzer) negotiated(h *half, v []byte, request bool) bool {
	if len(v) < 2 {
		return false
	}
	n := int(binary.BigEndian.Uint16(v))
	if n < 1 || n > 64 || 2+n > len(v) {
		return false
	}
	rec := &a.as.rec
	uid := a.uid(v[2:2+n], n)
	if h.item != subRole {
		rec.Extended = addDistinct(rec.Extended, uid, maxListed)
		return true
	}
	if 2+n+2 > len(v) {
		return false
	}
	if !request {
		rec.Roles = addDistinct(rec.Roles, fmt.Sprintf("%s:%d:%d", uid, v[2+n], v[3+n]), maxListed)
	}
	return true
}

// identityKind names the user identity types of PS3.7 table D.3-14.
func identityKind(t byte) string {
	kinds := [...]string{1: "username", "username_passcode", "kerberos", "saml", "jwt"}
	if t == 0 || int(t) >= len(kinds) {
		return strconv.Itoa(int(t))
	}
	return kinds[t]
}

// assocEnd is called behind the last byte of A-ASSOCIATE-RQ or -AC.
func (a *analyzer) assocEnd(h *half) {
	if h.kind == pduAssocAC && a.as != nil && a.as.rec.Identity != "" {
		a.as.rec.IdentityOK = event.B(a.as.identity)
	}
}

// finish emits what is outstanding and the association, and leaves both
// directions without one.
func (a *analyzer) finish(end string) {
	as := a.as
	for _, op := range as.ops {
		a.emit(op)
	}
	rec := new(Association)
	*rec = as.rec
	rec.End = end
	if end == "aborted" && rec.Result == "unanswered" {
		rec.Result = "aborted"
	}
	rec.IsOrig = as.requestor == proto.Orig
	rec.Duration = as.last.Sub(as.start)
	for i := range as.contexts {
		c := &as.contexts[i]
		if c.abstract == "" {
			continue
		}
		rec.Offered = append(rec.Offered, c.abstract)
		if c.accepted {
			rec.Accepted = append(rec.Accepted, c.abstract)
		}
	}
	a.f.Emit(as.start, rec)
	a.as, a.ended, a.aborted = nil, true, end == "aborted"
	for i := range a.half {
		h := &a.half[i]
		h.msg, h.data = nil, false
		for _, m := range h.msgs {
			m.drop()
		}
	}
}

// addDistinct appends s unless it is there, empty, or the list is full.
func addDistinct(list []string, s string, limit int) []string {
	if s == "" || len(list) >= limit || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// pick is the first or the second pointer.
func pick[T any](first bool, a, b *T) *T {
	if first {
		return a
	}
	return b
}
