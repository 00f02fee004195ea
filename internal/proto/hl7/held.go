package hl7

import (
	"unsafe"

	"lazaret/internal/proto"
)

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := int(unsafe.Sizeof(*a)) + cap(a.tmp)
	for d := range a.sides {
		n += cap(a.sides[d].scratch) + a.pairs.size[d] + cap(a.pairs.wait[d])*int(unsafe.Sizeof(waiting{})) +
			cap(a.pairs.early[d])*int(unsafe.Sizeof(early{})) + 700*len(a.pairs.early[d]) + 48*len(a.pairs.recent[d])
		if r := a.sides[d].msg.rec; r != nil {
			n += r.size()
		}
	}
	return n
}

// Yield implements proto.Holder: messages go out without their acknowledgement.
func (a *analyzer) Yield() {
	for d := range proto.Dir(2) {
		a.pairs.end(d)
		a.pairs.wait[d], a.pairs.early[d] = nil, nil
		if len(a.sides[d].scratch) == 0 {
			a.sides[d].scratch = nil
		}
	}
	a.tmp = nil
}
