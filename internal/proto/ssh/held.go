package ssh

import (
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder. The lists of an offer are tens of KiB if somebody
// wants them to be.
func (a *analyzer) Held() int {
	n := int(unsafe.Sizeof(*a))
	for d := range a.side {
		if k := a.side[d].kex; k != nil {
			n += int(unsafe.Sizeof(*k))
			for _, l := range k.lists {
				n += len(l)
			}
		}
	}
	if a.rec != nil {
		const text = 256 // what its texts take besides the lists
		n += int(unsafe.Sizeof(*a.rec)) + text
		for _, l := range a.rec.Offered {
			n += len(l)
		}
	}
	return n
}

// Yield implements proto.Holder: an offer without the other side's is let go, so
// that it is not told what they agreed on.
func (a *analyzer) Yield() {
	for d := range a.side {
		if k := a.side[d].kex; k != nil {
			clear(k.lists[:])
		}
	}
	if a.rec == nil {
		return
	}
	const common = 1024
	for i, l := range a.rec.Offered {
		if len(l) > common {
			a.rec.Offered[i] = ""
		}
	}
}
