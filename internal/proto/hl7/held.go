package hl7

import (
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := int(unsafe.Sizeof(*a))
	for d := range a.sides {
		n += int(a.pairs.size[d]) + cap(a.pairs.wait[d])*int(unsafe.Sizeof(waiting{}))
		if m := a.sides[d].msg; m != nil {
			n += m.held()
		}
	}
	if o := a.pairs.odd; o != nil {
		n += int(unsafe.Sizeof(*o))
		for d := range o.early {
			n += cap(o.early[d])*int(unsafe.Sizeof(early{})) + 700*len(o.early[d]) + 48*len(o.recent[d])
		}
	}
	return n
}

// Yield implements proto.Holder: messages go out without their acknowledgement.
func (a *analyzer) Yield() {
	for d := range proto.Dir(2) {
		a.pairs.end(d)
	}
	a.pairs.wait = [2][]waiting{}
	if o := a.pairs.odd; o != nil {
		o.early = [2][]early{}
	}
}
