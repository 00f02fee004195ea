package fhir

import (
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder. Texts are counted as long as they commonly are.
func (a *analyzer) Held() int {
	const text = 64
	n := int(unsafe.Sizeof(*a)) + len(a.ex)*(int(unsafe.Sizeof(exchange{}))+8*text)
	for _, b := range a.sides {
		if b != nil {
			n += int(unsafe.Sizeof(*b)) + cap(b.root) + len(b.res.kinds)*(text+24) + 8*text
		}
	}
	return n
}

// Yield implements proto.Holder. Bodies between entities are let go.
func (a *analyzer) Yield() {
	for d, b := range a.sides {
		if b != nil && b.x == nil {
			a.sides[d] = nil
		}
	}
}
