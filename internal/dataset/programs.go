package dataset

import (
	"fmt"

	"lazaret/internal/magic"
)

// Programs are the executables that values of an object begin with. The first one is
// named. Values in sequences of defined length, and those behind the beginning of the
// pixels, are not looked at.
type Programs struct {
	Count int
	Tag   Tag
	VR    string // empty in implicit VR
	Kind  magic.Kind
}

// Name is the element of the first of them as the standard writes it: (gggg,eeee).
func (p *Programs) Name() string {
	if p.Count == 0 {
		return ""
	}
	return fmt.Sprintf("(%04x,%04x)", uint32(p.Tag)>>16, uint32(p.Tag)&0xffff)
}

// Programs are those that were found in the data set so far, in modes Object and Whole.
// They belong to the reader until Start.
func (r *Reader) Programs() *Programs { return &r.programs }

// minProgram is the least length of a value that is looked at, bytes: what is shorter has
// no room for the heads of a program.
const minProgram = 64

// mayHide reports whether the value of the current element, which nobody wants, may be
// anything: bytes (PS3.5 6.2, OB, OW and UN), a private element, and any in implicit VR.
func (r *Reader) mayHide() bool {
	if r.length < minProgram || r.mode != Object && r.mode != Whole {
		return false
	}
	switch r.vr {
	case 0, vrOB, vrOW, vrUN:
		return true
	}
	return r.tag>>16&1 != 0
}

// look decides by the first bytes of a value whether it is a program. They are forgotten:
// they may be a patient's.
func (r *Reader) look(u []byte) {
	was, seen := r.part, int64(len(u))
	r.part = partHeader
	switch was {
	case partHead:
		if magic.MayRun(u) {
			r.have = copy(r.buf[:], u)
			r.part = partProgram
			return
		}
	case partProgram:
		kind, at := magic.Program(u, int64(r.length))
		if kind == magic.MZ && at >= seen {
			clear(r.buf[:len(u)])
			r.part, r.sign, r.skip = partSign, at, at-seen
			return
		}
		r.found(kind)
	case partSign:
		seen += r.sign
		if string(u) == "PE\x00\x00" {
			r.found(magic.PE)
		}
	}
	clear(r.buf[:len(u)])
	r.skip = int64(r.length) - seen
	r.leave()
}

// found notes a program in the current element.
func (r *Reader) found(kind magic.Kind) {
	if kind == magic.Unknown || kind == magic.MZ {
		return
	}
	if r.programs.Count++; r.programs.Count > 1 {
		return
	}
	r.programs.Tag, r.programs.Kind = r.tag, kind
	if r.vr != 0 {
		r.programs.VR = string([]byte{byte(r.vr >> 8), byte(r.vr)})
	}
}
