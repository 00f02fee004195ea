package redis

import (
	"unsafe"

	"lazaret/internal/proto"
)

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	const name, texts = 16, 512
	return int(unsafe.Sizeof(*a)) + texts + cap(a.pending)*(int(unsafe.Sizeof(""))+name)
}

// Yield implements proto.Holder. What waits for an answer is bounded and needed to
// tell whose answer comes; only the room of answered ones is let go.
func (a *analyzer) Yield() { a.pending = append([]string(nil), a.pending...) }
