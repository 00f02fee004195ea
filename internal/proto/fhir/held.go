package fhir

import (
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// text is how long texts commonly are, bytes.
const text = 64

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	return int(unsafe.Sizeof(*a)) + a.HeldBy(int(unsafe.Sizeof(exchange{}))+8*text)
}

// Held implements proto.Body.
func (b *body) Held() int {
	return int(unsafe.Sizeof(*b)) + cap(b.root) + len(b.res.kinds)*(text+24) + 8*text
}
