package dicomweb

import (
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// text is how long texts commonly are, bytes.
const text = 64

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	return int(unsafe.Sizeof(*a)) + a.HeldBy(int(unsafe.Sizeof(exchange{}))+8*text) +
		a.held*(int(unsafe.Sizeof(FileRecord{}))+12*text)
}

// Held implements proto.Body.
func (b *body) Held() int {
	n := int(unsafe.Sizeof(*b)) + text
	if b.parts != nil {
		n += int(unsafe.Sizeof(*b.parts))
	}
	if b.walker != nil {
		n += int(unsafe.Sizeof(*b.walker))
	}
	if b.file != nil {
		n += int(unsafe.Sizeof(*b.file)) + int(unsafe.Sizeof(FileRecord{})) + 8*text + b.file.head.Held()
	}
	return n
}

// Yield implements proto.Holder. Bodies between entities are let go, and files wait no
// longer for their answer.
func (a *analyzer) Yield() {
	a.Exchanges.Yield()
	for x := range a.All() {
		for _, f := range x.files {
			a.f.Emit(f.start, f.rec)
		}
		a.held -= len(x.files)
		x.files = nil
	}
}
