package mask

import (
	"encoding/binary"
	"slices"

	"lazaret/internal/dataset"
)

// elements follows a data set (PS3.5 7), which may come in pieces that do not touch. It keeps
// tags, representations and lengths. What is of a length that is not said is entered; items of
// a length that is said are values, and overwritten. A program in an element that is no image
// is kept. Elements that are not in order, or break the standard, end the understanding of the
// whole set.
type elements struct {
	begun   bool
	command bool
	dead    bool
	enc     dataset.Encoding
	levels  []level
	head    [12]byte
	place   [12]uint64 // where the bytes of head stand in the stream
	n       int        // bytes of head
	left    uint32     // bytes of a value
	harm    bool       // that tells of a patient
	learns  bool
	fresh   bool // nothing of it was seen, and it may be a program
	value   []byte
}

// level is a data set, the items of a sequence, or the fragments of an image.
type level struct {
	last  uint32 // tag
	items bool
	image bool
}

// maxLevels bounds how deep items are within each other.
const maxLevels = 24

// harmless are the elements whose values are kept in data sets: character set, kind and class
// of an object, level of a query, where to send, modality, and how an image is laid out.
var harmless = []uint32{0x00080005, 0x00080008, 0x00080016, 0x00080052, 0x00080054, 0x00080056, 0x00080060, 0x00080061, 0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011,
	0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00282110}

// commanded are those of commands (PS3.7 E): all but instances and comments.
var commanded = []uint32{0x0, 0x2, 0x3, 0x100, 0x110, 0x120, 0x600, 0x700, 0x800, 0x900, 0x901, 0x1002, 0x1005, 0x1008, 0x1020, 0x1021, 0x1022, 0x1023, 0x1030, 0x1031}

// naming are the elements that name a patient or an examination: their values are looked for
// everywhere else too.
var naming = []uint32{0x00080050, 0x00100010, 0x00100020, 0x00101000, 0x00101001, 0x00101005}

// Tags of items (PS3.5 7.5).
const (
	tagItem     = 0xfffee000
	tagItemEnd  = 0xfffee00d
	tagItemsEnd = 0xfffee0dd
	tagImage    = 0x7fe00010
	openEnded   = 0xffffffff
)

// take follows the next piece, which stands off bytes behind the first unconsumed one.
func (e *elements) take(t *talk, d, off int, b []byte) {
	for len(b) > 0 && !e.dead {
		if e.left > 0 {
			if e.fresh && program(b[:min(uint64(e.left), uint64(len(b)))]) {
				e.harm, e.learns = false, false
			}
			e.fresh = false
			n := int(min(uint64(e.left), uint64(len(b))))
			if !e.harm {
				t.keep(d, off, n)
			} else if e.learns && len(e.value) < 4*longest {
				e.value = append(e.value, b[:min(n, 4*longest-len(e.value))]...)
			}
			if e.left -= uint32(n); e.left == 0 {
				e.closed(t)
			}
			b, off = b[n:], off+n
			continue
		}
		e.head[e.n], e.place[e.n] = b[0], t.at[d]+uint64(off)
		e.n++
		b, off = b[1:], off+1
		size, ok := e.size()
		if !ok {
			e.dead = true
			return
		}
		if e.n < size {
			continue
		}
		e.dead = !e.header()
		if e.dead {
			return
		}
		for _, at := range e.place[:e.n] {
			t.kept[d].add(at, at+1, t.x)
		}
		e.n = 0
	}
}

func (e *elements) closed(t *talk) {
	if e.learns {
		t.x.words.learn(e.value)
	}
	e.learns, e.value = false, e.value[:0]
}

func (e *elements) order() binary.ByteOrder {
	if e.enc.Big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (e *elements) tag() uint32 {
	o := e.order()
	return uint32(o.Uint16(e.head[:]))<<16 | uint32(o.Uint16(e.head[2:]))
}

// size is how many bytes the header has whose first are there. It is false if these are none
// of a header.
func (e *elements) size() (int, bool) {
	if e.n < 6 || e.enc.Implicit {
		return 8, true
	}
	if e.tag()>>16 == 0xfffe {
		return 8, true
	}
	switch string(e.head[4:6]) {
	case "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US":
		return 8, true
	case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
		return 12, true
	}
	return 0, false
}

// header takes a whole header. It is false if it breaks the standard.
func (e *elements) header() bool {
	tag, at := e.tag(), &e.levels[len(e.levels)-1]
	var length uint32
	vr := ""
	switch {
	case e.enc.Implicit || tag>>16 == 0xfffe:
		length = e.order().Uint32(e.head[4:])
	case e.n == 12:
		vr, length = string(e.head[4:6]), e.order().Uint32(e.head[8:])
	default:
		vr, length = string(e.head[4:6]), uint32(e.order().Uint16(e.head[6:]))
	}
	if at.items {
		return e.item(tag, length, at.image)
	}
	if tag == tagItemEnd {
		if len(e.levels) < 2 || length != 0 {
			return false
		}
		e.levels = e.levels[:len(e.levels)-1]
		return true
	}
	if tag>>16 == 0xfffe || at.last != 0 && tag <= at.last || e.command != (tag>>16 == 0) {
		return false
	}
	at.last = tag
	if length == openEnded {
		image := tag == tagImage
		if len(e.levels) == maxLevels || e.command || vr != "" && vr != "SQ" && !(image && (vr == "OB" || vr == "OW")) {
			return false
		}
		e.levels = append(e.levels, level{items: true, image: image})
		return true
	}
	e.begin(tag, length)
	return true
}

// item takes the header of an item, or the end of a sequence.
func (e *elements) item(tag, length uint32, image bool) bool {
	switch {
	case tag == tagItemsEnd && length == 0:
		e.levels = e.levels[:len(e.levels)-1]
	case tag == tagItem && length == openEnded && !image && len(e.levels) < maxLevels:
		e.levels = append(e.levels, level{})
	case tag == tagItem && length != openEnded:
		e.begin(tag, length)
	default:
		return false
	}
	return true
}

// begin begins a value.
func (e *elements) begin(tag, length uint32) {
	e.left = length
	list := harmless
	if e.command {
		list = commanded
	}
	_, found := slices.BinarySearch(list, tag)
	e.harm = !found || length > 128
	e.fresh = e.harm && !e.command && tag != tagImage && tag != tagItem
	_, e.learns = slices.BinarySearch(naming, tag)
	e.learns = e.learns && !e.command && length > 0
}
