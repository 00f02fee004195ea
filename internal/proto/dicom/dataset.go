package dicom

import "lazaret/internal/charset"

import "encoding/binary"

// Bounds of what is read of one data set.
const (
	maxRead  = 64 << 10 // bytes of element headers and wanted values
	maxValue = 256      // longest value looked at; longer ones are passed over, lists cut
	maxDepth = 24       // levels of items and sequences
)

// undefined is the length that says: until a delimiter (PS3.5 7.1.2, 7.5).
const undefined = 0xffffffff

// tag is a data element tag, group in the upper half.
type tag uint32

// Tags that structure a data set (PS3.5 7.5).
const (
	tagItem    tag = 0xfffee000
	tagItemEnd tag = 0xfffee00d
	tagSeqEnd  tag = 0xfffee0dd
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
	partHeader part = iota // tag, and VR and length or a length of four bytes
	partLength             // length of four bytes behind an explicit VR
	partValue              // a wanted value
)

// reader reads a data set as its fragments arrive (PS3.5 7.1). It keeps at most
// one header and one short value that straddle fragments.
type reader struct {
	op       *operation
	mode     reading
	stopAt   tag // nothing is wanted from here on at the root
	implicit bool
	big      bool
	sure     bool // the transfer syntax was negotiated
	sniffed  bool // the encoding was checked against the first element
	mismatch bool // and it was another one
	deflated bool
	done     bool
	faulty   bool
	fault    weird
	part     part
	charset  charset.Set
	vr       vr
	tag      tag
	length   uint32
	row      int // of attributes, for the current element
	have     int
	budget   int
	skip     int64 // bytes of the data set to be passed over
	pos      int64
	depth    int
	levels   [maxDepth]level
	buf      [maxValue]byte
}

// start makes ready for a new data set in the given encoding.
func (r *reader) start(op *operation, m reading, s syntax) {
	r.op, r.mode, r.stopAt = op, m, m.stop()
	r.implicit, r.big, r.deflated, r.sure = s.implicit, s.big, s.deflated, s.sure
	r.done = m == readNothing || op == nil || s.deflated && !s.sure
	r.sniffed, r.mismatch, r.faulty = false, false, false
	r.part, r.charset = partHeader, 0
	r.have, r.budget, r.skip, r.pos, r.depth = 0, maxRead, 0, 0, 0
}

// stop wants nothing more, and forgets what it held.
func (r *reader) stop() {
	clear(r.buf[:r.have])
	r.done, r.op, r.skip, r.have = true, nil, 0, 0
}

// fail gives the data set up.
func (r *reader) fail(w weird) {
	r.fault, r.faulty, r.done = w, true, true
}

// pass lets up to n bytes go by unread, and returns how many.
func (r *reader) pass(n int) int {
	k := min(int64(n), r.skip)
	r.skip -= k
	r.pos += k
	if k > 0 && r.skip == 0 {
		r.leave() // not in the middle of a header, where levels end only behind it
	}
	return int(k)
}

// end is called behind the last byte of the data set.
func (r *reader) end() {
	if !r.done && (r.skip > 0 || r.have > 0 || r.depth > 0 || r.part != partHeader) {
		r.fail(datasetOverrun)
	}
}

// gather returns the next n bytes, from b or from what was kept, or nil.
func (r *reader) gather(b *[]byte, n int) []byte {
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

// feed consumes all of b, or as much as is wanted of it.
func (r *reader) feed(a *analyzer, b []byte) {
	for len(b) > 0 && !r.done {
		if r.skip > 0 {
			b = b[r.pass(len(b)):]
			continue
		}
		want := 8
		switch r.part {
		case partLength:
			want = 4
		case partValue:
			want = min(int(r.length), maxValue)
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
			a.take(r, u)
			clear(r.buf[:len(u)]) // it may have been a patient's
			r.skip = int64(r.length) - int64(want)
			r.leave()
		}
	}
}

// u16 and u32 read numbers in the byte order of the current level.
func (r *reader) u16(b []byte) uint16 {
	if r.big && !r.plainVR() {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (r *reader) u32(b []byte) uint32 {
	if r.big && !r.plainVR() {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// plainVR reports whether elements here have no explicit VR.
func (r *reader) plainVR() bool {
	if r.depth > 0 {
		return r.levels[r.depth-1].implicit
	}
	return r.implicit
}

// header takes the first eight bytes of an element (PS3.5 7.1.2, 7.1.3).
func (r *reader) header(a *analyzer, u []byte) {
	if !r.sniffed {
		r.sniffed = true
		r.sniff(u)
	}
	r.tag = tag(r.u16(u))<<16 | tag(r.u16(u[2:]))
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
		r.fail(badVR)
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
func (r *reader) sniff(u []byte) {
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
func (r *reader) item() {
	if r.depth == 0 {
		return // a delimiter too many
	}
	top := &r.levels[r.depth-1]
	switch r.tag {
	case tagItem:
		if !top.sequence {
			r.fail(badItem)
			return
		}
		if r.length == undefined {
			r.enter(level{end: -1, implicit: top.implicit, place: top.place})
			return
		}
		end := r.pos + int64(r.length)
		if top.end >= 0 && end > top.end {
			r.fail(badItem)
			return
		}
		if top.place == atOther && r.mode != readQuery {
			r.passValue()
			return
		}
		r.enter(level{end: end, implicit: top.implicit, place: top.place})
	case tagItemEnd, tagSeqEnd:
		if top.sequence != (r.tag == tagSeqEnd) || top.end >= 0 {
			r.fail(badItem)
			return
		}
		r.depth--
	default:
		r.fail(badItem)
		return
	}
	r.leave()
}

// enter goes one level down.
func (r *reader) enter(l level) {
	if r.depth >= maxDepth {
		r.fail(tooDeep)
		return
	}
	r.levels[r.depth] = l
	r.depth++
	r.leave()
}

// leave goes up from every level of known length that ends here.
func (r *reader) leave() {
	for r.depth > 0 {
		end := r.levels[r.depth-1].end
		if end < 0 || r.pos < end {
			return
		}
		if r.pos > end {
			r.fail(badItem)
			return
		}
		r.depth--
	}
}

// passValue passes over the value of the current element.
func (r *reader) passValue() {
	r.skip = int64(r.length)
	if r.skip == 0 {
		r.leave()
	}
}

// element decides what becomes of an element whose header is known.
func (r *reader) element(a *analyzer) {
	in, top := atRoot, (*level)(nil)
	if r.depth > 0 {
		top = &r.levels[r.depth-1]
		in = top.place
	}
	switch {
	case top != nil && top.sequence:
		r.fail(badItem)
		return
	case top == nil && r.tag >= r.stopAt:
		r.done = true
		return
	case r.length == undefined:
		// An unknown VR of undefined length holds a sequence in implicit VR
		// (PS3.5 6.2.2).
		r.enter(level{end: -1, sequence: true, implicit: r.plainVR() || r.vr == vrUN, place: r.inside(in)})
		return
	case top != nil && top.end >= 0 && r.pos+int64(r.length) > top.end:
		r.fail(badElement)
		return
	}
	if r.isSequence() && r.length > 0 {
		if to := r.inside(in); to != atOther || r.mode == readQuery {
			r.enter(level{end: r.pos + int64(r.length), sequence: true, implicit: r.plainVR(), place: to})
			return
		}
		r.passValue()
		return
	}
	switch {
	case !r.wants(in):
		r.passValue()
	case r.length == 0:
		a.take(r, nil)
		r.leave()
	case r.length > maxValue && (r.tag != tagSoftware || r.mode == readQuery):
		a.takeLong(r)
		r.passValue()
	default:
		r.part = partValue
	}
}
