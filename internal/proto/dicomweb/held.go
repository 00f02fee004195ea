package dicomweb

import (
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder. Texts are counted as long as they commonly are.
func (a *analyzer) Held() int {
	const text = 64
	n := int(unsafe.Sizeof(*a)) + len(a.ex)*(int(unsafe.Sizeof(exchange{}))+8*text) +
		a.held*(int(unsafe.Sizeof(FileRecord{}))+12*text)
	for _, b := range a.sides {
		if b != nil {
			n += int(unsafe.Sizeof(*b)) + text
			if b.parts != nil {
				n += int(unsafe.Sizeof(*b.parts))
			}
			if b.walker != nil {
				n += int(unsafe.Sizeof(*b.walker))
			}
			if b.file != nil {
				n += int(unsafe.Sizeof(*b.file)) + int(unsafe.Sizeof(FileRecord{})) + 8*text + b.file.head.Held()
			}
		}
	}
	return n
}

// Yield implements proto.Holder. Bodies between entities are let go, and files wait no
// longer for their answer.
func (a *analyzer) Yield() {
	for d, b := range a.sides {
		if b != nil && b.x == nil {
			a.sides[d] = nil
		}
	}
	for _, x := range a.ex {
		for _, f := range x.files {
			a.f.Emit(f.start, f.rec)
		}
		a.held -= len(x.files)
		x.files = nil
	}
}
