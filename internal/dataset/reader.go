package dataset

import (
	"encoding/binary"

	"lazaret/internal/charset"
	"lazaret/internal/magic"
)

// Bounds of what is read of one data set.
const (
	MaxRead  = 64 << 10 // bytes of element headers and wanted values
	MaxValue = 256      // longest value looked at; longer ones are passed over, lists cut
	MaxDepth = 24       // levels of items and sequences
)

// undefined is the length that says: until a delimiter (PS3.5 7.1.2, 7.5).
const undefined = 0xffffffff

// Tag is a data element tag, group in the upper half.
type Tag uint32

// Tags that structure a data set (PS3.5 7.5).
const (
	tagItem    Tag = 0xfffee000
	tagItemEnd Tag = 0xfffee00d
	tagSeqEnd  Tag = 0xfffee0dd
)

// place is where in the tree of a data set an element stands, as far as it
// matters.
type place uint8

const (
	atRoot    place = iota
	atStep          // in the Scheduled Procedure Step Sequence (0040,0100)
	atRequest       // in the Scheduled Step Attributes Sequence (0040,0270)
	atUDI           // in the UDI Sequence (0018,100A)
	atOther         // anywhere else
)

// level is a sequence or an item that the reader is in.
type level struct {
	end      int64 // offset behind its last byte, -1 if it is delimited
	sequence bool
	implicit bool
	place    place
}

// part is what the reader gathers next.
type part uint8

const (
	partHeader  part = iota // tag, and VR and length or a length of four bytes
	partLength              // length of four bytes behind an explicit VR
	partValue               // a wanted value
	partHead                // the first bytes of a value that may be a program
	partProgram             // more of them
	partSign                // the mark of a PE, where its head says that it stands
)

// Reader reads a data set as its fragments arrive (PS3.5 7.1). It keeps at most
// one header and one short value that straddle fragments.
type Reader struct {
	mode     Mode
	stopAt   Tag // nothing is wanted from here on at the root
	implicit bool
	big      bool
	sure     bool // the transfer syntax was negotiated
	sniffed  bool // the encoding was checked against the first element
	mismatch bool // and it was another one
	deflated bool
	done     bool
	faulty   bool
	fault    Fault
	part     part
	charset  charset.Set
	vr       vr
	tag      Tag
	length   uint32
	row      int // of attributes, for the current element
	have     int
	budget   int
	skip     int64 // bytes of the data set to be passed over
	pos      int64
	depth    int
	sign     int64 // where in the value the mark of a PE must stand
	programs Programs
	levels   [MaxDepth]level
	buf      [MaxValue]byte
}

// Start makes ready for a new data set in the given encoding.
func (r *Reader) Start(m Mode, e Encoding) {
	r.mode, r.stopAt = m, m.stop()
	r.implicit, r.big, r.deflated, r.sure = e.Implicit, e.Big, e.Deflated, e.Sure
	r.done = m == Nothing || e.Deflated && !e.Sure
	r.sniffed, r.mismatch, r.faulty = false, false, false
	r.part, r.charset = partHeader, 0
	r.have, r.budget, r.skip, r.pos, r.depth = 0, MaxRead, 0, 0, 0
	r.programs = Programs{}
}

// Stop wants nothing more, and forgets what it held.
func (r *Reader) Stop() {
	clear(r.buf[:r.have])
	r.done, r.skip, r.have = true, 0, 0
}

// Done reports that nothing more is wanted of the data set.
func (r *Reader) Done() bool { return r.done }

// Deflated reports that the data set is compressed: its bytes go through Inflate.
func (r *Reader) Deflated() bool { return r.deflated }

// Tag is the element that a Sink is given.
func (r *Reader) Tag() Tag { return r.tag }

// Charset is the character set of the data set as far as it was read.
func (r *Reader) Charset() charset.Set { return r.charset }

// Fault takes what was found wrong since it was asked last, NoFault if nothing
// was. Mismatch, which does not end the reading, comes first.
func (r *Reader) Fault() Fault {
	switch {
	case r.mismatch:
		r.mismatch = false
		return Mismatch
	case r.faulty:
		r.faulty = false
		return r.fault
	}
	return NoFault
}

// fail gives the data set up.
func (r *Reader) fail(w Fault) {
	r.fault, r.faulty, r.done = w, true, true
}

// Pass lets up to n bytes go by unread, and returns how many.
func (r *Reader) Pass(n int) int {
	k := min(int64(n), r.skip)
	r.skip -= k
	r.pos += k
	if k > 0 && r.skip == 0 {
		r.leave() // not in the middle of a header, where levels end only behind it
	}
	return int(k)
}

// End is called behind the last byte of the data set.
func (r *Reader) End() {
	if !r.done && (r.skip > 0 || r.have > 0 || r.depth > 0 || r.part != partHeader) {
		r.fail(Overrun)
	}
}

// gather returns the next n bytes, from b or from what was kept, or nil.
func (r *Reader) gather(b *[]byte, n int) []byte {
	in := *b
	if r.have == 0 && len(in) >= n {
		*b = in[n:]
		r.pos += int64(n)
		return in[:n:n]
	}
	k := copy(r.buf[r.have:n], in)
	*b = in[k:]
	r.have += k
	r.pos += int64(k)
	if r.have < n {
		return nil
	}
	r.have = 0
	return r.buf[:n]
}

// Feed consumes all of b, or as much as is wanted of it, and gives wanted values
// to the sink.
func (r *Reader) Feed(a Sink, b []byte) {
	for len(b) > 0 && !r.done {
		if r.skip > 0 {
			b = b[r.Pass(len(b)):]
			continue
		}
		want := 8
		switch r.part {
		case partLength:
			want = 4
		case partValue:
			want = min(int(r.length), MaxValue)
		case partHead, partSign:
			want = 4
		case partProgram:
			want = int(min(r.length, magic.ProgramHead))
		}
		u := r.gather(&b, want)
		if u == nil {
			return
		}
		if r.budget -= want; r.budget < 0 {
			r.done = true
			return
		}
		switch r.part {
		case partHeader:
			r.header(a, u)
		case partLength:
			r.part = partHeader
			r.length = r.u32(u)
			r.element(a)
		case partValue:
			r.part = partHeader
			r.take(a, u)
			clear(r.buf[:len(u)]) // it may have been a patient's
			r.skip = int64(r.length) - int64(want)
			r.leave()
		default:
			r.look(u)
		}
	}
}

// u16 and u32 read numbers in the byte order of the current level.
func (r *Reader) u16(b []byte) uint16 {
	if r.big && !r.plainVR() {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (r *Reader) u32(b []byte) uint32 {
	if r.big && !r.plainVR() {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// plainVR reports whether elements here have no explicit VR.
func (r *Reader) plainVR() bool {
	if r.depth > 0 {
		return r.levels[r.depth-1].implicit
	}
	return r.implicit
}

// header takes the first eight bytes of an element (PS3.5 7.1.2, 7.1.3).
func (r *Reader) header(a Sink, u []byte) {
	if !r.sniffed {
		r.sniffed = true
		r.sniff(u)
	}
	r.tag = Tag(r.u16(u))<<16 | Tag(r.u16(u[2:]))
	if r.tag>>16 == tagItem>>16 {
		r.length = r.u32(u[4:])
		r.item()
		return
	}
	if r.plainVR() {
		r.vr, r.length = 0, r.u32(u[4:])
		r.element(a)
		return
	}
	r.vr = vr(u[4])<<8 | vr(u[5])
	switch {
	case !r.vr.letters():
		r.fail(BadVR)
	case r.vr.short():
		r.length = uint32(r.u16(u[6:]))
		r.element(a)
	default:
		r.part = partLength
	}
}

// sniff compares the encoding with the first element: senders exist that do not
// keep to what they agreed on, and the agreement may not have been seen. The
// byte order is changed only if both group and length speak for the other one,
// as group 2000 of films read the other way round is group 0020.
func (r *Reader) sniff(u []byte) {
	implicit := !(vr(u[4])<<8 | vr(u[5])).known()
	big := r.big && !implicit
	if !implicit {
		little, other := binary.LittleEndian, binary.BigEndian
		lower := func(a, b uint16) bool { return a > 0xff && b <= 0xff }
		if !big && lower(little.Uint16(u), other.Uint16(u)) && lower(little.Uint16(u[6:]), other.Uint16(u[6:])) {
			big = true
		} else if big && lower(other.Uint16(u), little.Uint16(u)) && lower(other.Uint16(u[6:]), little.Uint16(u[6:])) {
			big = false
		}
	}
	if implicit != r.implicit || big != r.big {
		r.mismatch = r.sure
		r.implicit, r.big = implicit, big
	}
}

// item handles items and delimiters (PS3.5 7.5).
func (r *Reader) item() {
	if r.depth == 0 {
		return // a delimiter too many
	}
	top := &r.levels[r.depth-1]
	switch r.tag {
	case tagItem:
		if !top.sequence {
			r.fail(BadItem)
			return
		}
		if r.length == undefined {
			r.enter(level{end: -1, implicit: top.implicit, place: top.place})
			return
		}
		end := r.pos + int64(r.length)
		if top.end >= 0 && end > top.end {
			r.fail(BadItem)
			return
		}
		if top.place == atOther && r.mode != Query {
			r.passValue()
			return
		}
		r.enter(level{end: end, implicit: top.implicit, place: top.place})
	case tagItemEnd, tagSeqEnd:
		if top.sequence != (r.tag == tagSeqEnd) || top.end >= 0 {
			r.fail(BadItem)
			return
		}
		r.depth--
	default:
		r.fail(BadItem)
		return
	}
	r.leave()
}

// enter goes one level down.
func (r *Reader) enter(l level) {
	if r.depth >= MaxDepth {
		r.fail(TooDeep)
		return
	}
	r.levels[r.depth] = l
	r.depth++
	r.leave()
}

// leave goes up from every level of known length that ends here.
func (r *Reader) leave() {
	for r.depth > 0 {
		end := r.levels[r.depth-1].end
		if end < 0 || r.pos < end {
			return
		}
		if r.pos > end {
			r.fail(BadItem)
			return
		}
		r.depth--
	}
}

// passValue passes over the value of the current element.
func (r *Reader) passValue() {
	r.skip = int64(r.length)
	if r.skip == 0 {
		r.leave()
	}
}

// element decides what becomes of an element whose header is known.
func (r *Reader) element(a Sink) {
	in, top := atRoot, (*level)(nil)
	if r.depth > 0 {
		top = &r.levels[r.depth-1]
		in = top.place
	}
	switch {
	case top != nil && top.sequence:
		r.fail(BadItem)
		return
	case top == nil && (r.tag >= r.stopAt || r.tag == tagPixels && r.length == undefined):
		r.done = true
		return
	case r.length == undefined:
		// An unknown VR of undefined length holds a sequence in implicit VR
		// (PS3.5 6.2.2).
		r.enter(level{end: -1, sequence: true, implicit: r.plainVR() || r.vr == vrUN, place: r.inside(in)})
		return
	case top != nil && top.end >= 0 && r.pos+int64(r.length) > top.end:
		r.fail(BadElement)
		return
	}
	if r.isSequence() && r.length > 0 {
		if to := r.inside(in); to != atOther || r.mode == Query {
			r.enter(level{end: r.pos + int64(r.length), sequence: true, implicit: r.plainVR(), place: to})
			return
		}
		r.passValue()
		return
	}
	switch {
	case !r.wants(in):
		if r.mayHide() {
			r.part = partHead
			return
		}
		r.passValue()
	case r.length == 0:
		r.take(a, nil)
		r.leave()
	case r.length > MaxValue && (r.tag != TagSoftware || r.mode == Query):
		a.TakeLong(r)
		r.passValue()
	default:
		r.part = partValue
	}
}
