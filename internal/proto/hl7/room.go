package hl7

import (
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/text/encoding"

	"lazaret/internal/event"
)

// The texts of a record that a message has at most once.
const (
	valApp = iota
	valFac // follows valApp, because both go into an acknowledged message
	valToApp
	valToFac
	valTime
	valType
	valEvent
	valStructure
	valID
	valProcessing
	valVersion
	valClass
	valLocation
	valDoc
	numVals
)

// piece is a part of a buffer.
type piece struct{ from, to uint32 }

// message is what a side knows of the message it is in, and the room it works
// in. A side has one only from the header to the end of the message.
type message struct {
	progress
	text    []byte // values, decoded
	scratch []byte // the wanted fields of a segment that came in parts
	tmp     []byte // for escapes and identifiers
	id      []byte // MSA-2
	orc     []byte // ORC-3.1 of the first ORC
	obr     []byte // OBR-3.1 of the first OBR
	// lists are segment lists met before, by their sum: most messages have the
	// same few. Records share them; nobody writes them.
	lists [8][]string
}

// progress is the part of message that begins as zeros.
type progress struct {
	rec    Message // without the texts in vals
	began  event.Time
	from   uint64
	vals   [numVals]piece // in text
	enc    encoding.Encoding
	delims delims
	wide   bool   // MSH-18 declares a set that switches to two-byte characters
	answer bool   // MSA is present
	code   string // MSA-1
	accept bool   // MSH-15 asks for an accept acknowledgement
	app    bool   // MSH-16 asks for an application acknowledgement
	more   bool   // a segment that a plain acknowledgement does not have
	hasEVN bool
	hasORC bool
	hasOBR bool
	hasPID bool

	seg   uint8  // place in names
	keep  bool   // the current field is one of them
	long  bool   // the current field passed maxField
	torn  bool   // the segment ended inside a field, which was dropped
	field uint   // number of the current field
	mask  uint64 // fields wanted of this segment
	tail  [3]byte
	shift shift
	start int // where the current field starts in scratch
	// kept are the wanted fields of the segment that are not empty, in src: the
	// bytes of the current call, or scratch. has and longs say, as a bit per
	// field number, which are kept, and which of them passed maxField.
	has, longs uint64
	src        []byte
	kept       [20]piece

	seen  [maxNames / 64]uint64
	last  uint8
	nsegs int
	segs  [maxSegments]uint8
}

// rooms lends the room to read a message in. It exists because a conversation
// needs the room only from the first byte of a message to its last, mostly within
// one packet, while ten thousands of conversations are open; to make it anew for
// each message would cost more than to read the message. What lies in the pool is
// zero but for the lists of segment names, which only save work: results do not
// depend on it.
var rooms = sync.Pool{New: func() any { return new(message) }}

// release gives the room back, without any byte of the message. Large buffers,
// which are rare, are not kept.
func (m *message) release() {
	const keep = 2048
	for _, b := range [...]*[]byte{&m.text, &m.scratch, &m.tmp, &m.id, &m.orc, &m.obr} {
		switch n := cap(*b); {
		case n > keep:
			*b = nil
		case n > 0:
			clear((*b)[:n])
			*b = (*b)[:0]
		}
	}
	m.progress = progress{}
	rooms.Put(m)
}

// set makes b, decoded, the text of value v.
func (m *message) set(v int, b []byte) {
	from := len(m.text)
	m.text = append(m.text, b...)
	m.vals[v] = piece{uint32(from), uint32(len(m.text))}
}

// val returns the text of value v, empty if there is none.
func (m *message) val(v int) []byte { return m.text[m.vals[v].from:m.vals[v].to] }

// record makes the record of the message. Its texts are parts of one string,
// which costs less than fourteen small ones.
func (m *message) record() *Message {
	r := new(Message)
	*r = m.rec
	all := string(m.text)
	for v, dst := range [numVals]*string{
		valApp: &r.SendingApp, valFac: &r.SendingFac, valToApp: &r.ReceivingApp, valToFac: &r.ReceivingFac,
		valTime: &r.Time, valType: &r.Type, valEvent: &r.Event, valStructure: &r.Structure, valID: &r.ControlID,
		valProcessing: &r.Processing, valVersion: &r.Version, valClass: &r.PatientClass, valLocation: &r.Location,
		valDoc: &r.DocType,
	} {
		*dst = all[m.vals[v].from:m.vals[v].to]
	}
	r.Segments = m.segments()
	return r
}

// segments lists the names of the message's segments.
func (m *message) segments() []string {
	segs, sum := m.segs[:m.nsegs], uint8(m.nsegs)
	for _, seg := range segs {
		sum = sum*3 + seg
	}
	place := &m.lists[sum%uint8(len(m.lists))]
	if slices.EqualFunc(segs, *place, func(seg uint8, name string) bool { return nameList[seg] == name }) {
		return *place
	}
	list := make([]string, len(segs))
	for i := range segs {
		list[i] = nameList[segs[i]]
	}
	*place = list
	return list
}

// held is the memory of a message in progress, bytes.
func (m *message) held() int {
	return int(unsafe.Sizeof(*m)) + cap(m.text) + cap(m.scratch) + cap(m.tmp) + cap(m.id) + cap(m.orc) + cap(m.obr)
}
