package dicom

import (
	"encoding/binary"
	"io"
	"slices"

	"lazaret/internal/dataset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// state is what the next byte of a direction belongs to.
type state uint8

const (
	stSearch  state = iota // no PDU border known
	stPDU                  // PDU header
	stShort                // the four bytes of RJ, RELEASE and ABORT
	stFixed                // fixed part of A-ASSOCIATE-RQ and -AC
	stItem                 // header of an item
	stContext              // fixed part of a presentation context item
	stSub                  // header of an item within an item
	stValue                // the part of an item's value that is wanted
	stPDV                  // PDV header
	stCommand              // command fragment
	stData                 // data set fragment
)

// unitMax is the largest unit that may straddle two calls: the fixed part of an
// association PDU, and the wanted part of an item (a UID and its length, and
// two more bytes).
const unitMax = assocFixed

// half is one direction of the conversation.
type half struct {
	state state
	// unsure counts the PDU headers that must be credible because their border
	// was found by searching.
	unsure  uint8
	kind    uint8 // type of the current PDU
	parent  uint8 // item that contains the current sub-item
	item    uint8 // type of the current item or sub-item
	control uint8 // message control header of the current PDV (PS3.8 E.2)
	context uint8 // presentation context of the current PDV
	data    bool  // P-DATA was seen in this direction
	have    int   // bytes gathered in unit
	want    int   // size of the value being gathered
	scanned int   // bytes searched in vain since the border was lost
	longest int   // longest P-DATA-TF so far
	// Bytes left of the current PDU, item, sub-item value and PDV, counted down
	// as they are consumed.
	left     int
	itemLeft int
	subLeft  int
	pdvLeft  int
	// pass is how many bytes go by unread. They are consumed already: all
	// counters stand behind them.
	pass int
	unit [unitMax]byte
	msg  *message   // message of the current PDV, nil if it is of no interest
	msgs []*message // one per presentation context in use
}

// analyzer is one conversation.
type analyzer struct {
	f        proto.Flow
	half     [2]half
	as       *association
	ended    bool // the last association came to its end; only another request starts one
	aborted  bool // and that end was an abort
	now      event.Time
	over     [2]bool
	told     []weird // anomalies reported in this association
	off      int     // position in the bytes given to Parse
	memo     dataset.Memo
	filling  filling
	inflater io.ReadCloser // nil until the first deflated data set
}

func newAnalyzer(f proto.Flow) *analyzer {
	return &analyzer{f: f}
}

// weird reports an anomaly, each code once per association.
func (a *analyzer) weird(w weird) {
	if !slices.Contains(a.told, w) {
		a.told = append(a.told, w)
		a.f.Weird(string(w), a.off)
	}
}

// Parse implements proto.Analyzer. All bytes are consumed, except at most
// borderMax while a border is searched for.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	a.now = a.f.Now()
	h := &a.half[d]
	pos := h.pass // left over from a gap
	h.pass = 0
	for pos < len(b) {
		a.off = pos
		if h.state == stSearch {
			n, need, err := a.search(d, h, b[pos:])
			pos += n
			if err != nil || need > 0 {
				return proto.Progress{Done: pos, Need: need}, err
			}
			continue
		}
		pos += a.step(d, h, b[pos:])
		if h.pass > 0 {
			pos += h.pass
			h.pass = 0
		}
	}
	return proto.Progress{Done: pos}, nil
}

// step consumes some of b, which is not empty.
func (a *analyzer) step(d proto.Dir, h *half, b []byte) int {
	switch h.state {
	case stData:
		return a.dataBytes(d, h, b)
	case stCommand:
		return a.commandBytes(d, h, b)
	case stPDU:
		u, n := h.take(b, pduHeader)
		if u != nil {
			a.pdu(d, h, u)
		}
		return n
	case stPDV:
		u, n := h.take(b, 6)
		if u != nil {
			a.pdv(d, h, u)
		}
		return n
	case stShort:
		u, n := h.take(b, 4)
		if u != nil {
			a.short(d, h, u)
		}
		return n
	}
	return a.assocStep(d, h, b)
}

// take gathers the n bytes of a unit. It returns nil until they are there, and
// how many bytes of b it used.
func (h *half) take(b []byte, n int) ([]byte, int) {
	if h.have == 0 && len(b) >= n {
		h.left -= n
		return b[:n:n], n
	}
	k := copy(h.unit[h.have:n], b)
	h.have += k
	h.left -= k
	if h.have < n {
		return nil, k
	}
	h.have = 0
	return h.unit[:n], k
}

// passOver lets n bytes of the current PDU go by.
func (h *half) passOver(n int) {
	h.pass += n
	h.left -= n
}

// nextPDU passes over what is left of the PDU.
func (h *half) nextPDU() {
	h.passOver(h.left)
	h.left, h.msg, h.state = 0, nil, stPDU
}

// pdu starts a PDU (PS3.8 9.3.1).
func (a *analyzer) pdu(d proto.Dir, h *half, u []byte) {
	h.kind = u[0]
	n := int(binary.BigEndian.Uint32(u[2:]))
	h.left = n
	if h.unsure > 0 {
		if m, _ := border(u, a.limit(d, h)); m == proto.No {
			a.lose(h)
			return
		}
		h.unsure--
	}
	if h.kind < pduAssocRQ || h.kind > pduAbort {
		a.weird(badPDUType)
		a.lose(h)
		return
	}
	switch h.kind {
	case pduAssocRQ, pduAssocAC:
		if n < assocFixed {
			a.weird(badPDULength)
			h.nextPDU()
			return
		}
		h.state = stFixed
	case pduData:
		a.startData(d, h, n)
	default:
		if n < 4 {
			a.weird(badPDULength)
			h.nextPDU()
			return
		}
		h.state = stShort
	}
}

// limit is the longest P-DATA-TF to believe in after a loss: what the receiver
// takes, if it said so, or what was seen before if that is more.
func (a *analyzer) limit(d proto.Dir, h *half) int {
	if m := a.maximum(d); m > 0 && m < maxData {
		return max(h.longest, m)
	}
	return maxData
}

// maximum is what the receiver of a direction said it takes, 0 if that is
// unknown or unlimited.
func (a *analyzer) maximum(d proto.Dir) int {
	if a.as == nil || !a.as.known {
		return 0
	}
	if d == a.as.requestor {
		return int(a.as.rec.AcMaxPDU.V)
	}
	return int(a.as.rec.RqMaxPDU.V)
}

// startData starts a P-DATA-TF of n bytes (PS3.8 9.3.5).
func (a *analyzer) startData(d proto.Dir, h *half, n int) {
	if a.as == nil && !a.ended {
		a.begin(d.Other(), false)
	}
	if a.as == nil {
		// Behind an abort, what the other side had already sent still arrives.
		if !a.aborted {
			a.weird(unexpectedPDU)
		}
		h.nextPDU()
		return
	}
	a.as.last = a.now
	h.data = true
	if n > h.longest {
		h.longest = n
		// The limit is that of the PDU's variable field (PS3.8 D.1.1).
		if m := a.maximum(d); m > 0 && n > m {
			a.weird(pduOverMaximum)
		}
	}
	if n < 6 {
		a.weird(badPDULength)
		h.nextPDU()
		return
	}
	h.state = stPDV
}

// pdv starts a presentation data value (PS3.8 9.3.5.1 and E.2).
func (a *analyzer) pdv(d proto.Dir, h *half, u []byte) {
	if a.as == nil {
		h.nextPDU() // the other side aborted meanwhile
		return
	}
	n := int(binary.BigEndian.Uint32(u))
	h.context, h.control = u[4], u[5]
	if n < 2 {
		a.weird(badPDVLength)
		h.nextPDU()
		return
	}
	n -= 2
	if n > h.left {
		a.weird(pdvOverrun)
		a.tear(h)
		h.nextPDU()
		return
	}
	h.pdvLeft = n
	if h.context&1 == 0 {
		a.weird(badContextID)
		h.msg, h.state = nil, stData
	} else if h.control&1 != 0 {
		h.state = stCommand
		h.msg = a.commandMessage(h)
	} else {
		h.state = stData
		h.msg = a.dataMessage(h)
	}
	if h.control&1 == 0 {
		a.countData(h, n)
	}
	if n == 0 || h.msg == nil || h.state == stData {
		a.skipData(d, h)
	}
}

// endPDV is called behind the last byte of a PDV.
func (a *analyzer) endPDV(d proto.Dir, h *half) {
	m := h.msg
	h.msg, h.pdvLeft = nil, 0
	if m != nil && h.control&2 != 0 {
		switch m.phase {
		case inCommand:
			a.endCommand(d, m)
		case inData:
			a.endData(d, m)
		}
	}
	switch {
	case h.left >= 6:
		h.state = stPDV
	case h.left > 0:
		a.weird(badPDVLength)
		h.nextPDU()
	default:
		h.state = stPDU
	}
}

// short is A-ASSOCIATE-RJ, A-RELEASE and A-ABORT (PS3.8 9.3.4, 9.3.6 to 9.3.8).
func (a *analyzer) short(d proto.Dir, h *half, u []byte) {
	if h.left > 0 {
		a.weird(badPDULength)
	}
	h.nextPDU()
	if a.as == nil && a.ended {
		return // the answer to a collision, or an abort that crossed the end
	}
	requestor, known := d, false
	if h.kind == pduAssocRJ || h.kind == pduReleaseRP {
		requestor, known = d.Other(), h.kind == pduAssocRJ
	}
	if a.as == nil {
		a.begin(requestor, known)
	}
	as := a.as
	as.last = a.now
	switch h.kind {
	case pduAssocRJ:
		if as.answered {
			a.weird(unexpectedPDU)
		}
		as.rec.Result = "rejected"
		as.rec.RejectResult, as.rec.RejectSource, as.rec.RejectReason = event.N(u[1]), event.N(u[2]), event.N(u[3])
		a.finish("")
	case pduReleaseRQ:
		as.release[d] = true
	case pduReleaseRP:
		if as.release[0] && as.release[1] && !as.collided {
			as.collided = true // both asked, both will answer (PS3.8 7.2.2.8)
			return
		}
		a.finish("released")
	case pduAbort:
		as.rec.AbortSource, as.rec.AbortReason = event.N(u[2]), event.N(u[3])
		a.finish("aborted")
	}
}

// End implements proto.Analyzer. The association ends with the second direction.
func (a *analyzer) End(d proto.Dir) {
	a.over[d] = true
	if !a.over[d.Other()] || a.as == nil {
		return
	}
	if as := a.as; as.release[0] || as.release[1] {
		a.finish("released")
		return
	}
	a.finish("open")
}
