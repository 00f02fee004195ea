package dicom

import (
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder. Texts are counted as long as they commonly are.
func (a *analyzer) Held() int {
	const text, inflaterSize = 64, 44 << 10
	n := int(unsafe.Sizeof(*a)) + 8*text
	if a.inflater != nil {
		n += inflaterSize
	}
	for d := range a.half {
		for _, m := range a.half[d].msgs {
			n += int(unsafe.Sizeof(*m)) + cap(m.cmd) + cap(m.deflated)
		}
	}
	as := a.as
	if as == nil {
		return n
	}
	r := &as.rec
	lists := len(r.OfferedXfer) + len(r.Transfer) + len(r.Extended) + len(r.Roles)
	for _, op := range as.ops {
		n += (len(op.matches.patients) + len(op.matches.studies)) * (16 + text)
	}
	return n + int(unsafe.Sizeof(*as)) + cap(as.contexts)*(int(unsafe.Sizeof(pcontext{}))+2*text) +
		lists*(16+text) + len(as.ops)*(int(unsafe.Sizeof(operation{}))+6*text)
}

// Yield implements proto.Holder. Operations wait on: without their status they
// would tell half of what happened.
func (a *analyzer) Yield() {
	a.inflater = nil
	for d := range a.half {
		for _, m := range a.half[d].msgs {
			if len(m.cmd) == 0 || m.phase != inCommand {
				m.cmd = nil
			}
			if len(m.deflated) == 0 {
				m.deflated = nil
			}
		}
	}
}
