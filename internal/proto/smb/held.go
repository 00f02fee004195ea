package smb

import (
	"unsafe"

	"lazaret/internal/proto"
	"lazaret/internal/smb1"
)

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	r := &a.rec
	n := int(unsafe.Sizeof(*a)) + 32*(cap(r.Dialects)+cap(r.Capabilities))
	for _, s := range [...]string{r.ClientGUID, r.ServerGUID, r.TargetName, r.Called, r.Calling, r.ServerName, r.ServerDomain,
		r.NativeOS, r.NativeLM, r.ClientOS, r.ClientLM, r.ClientDomain, r.Account} {
		n += len(s)
	}
	return n + a.o.Held() + a.part.Held() + 128*len(a.users)
}

// Yield implements proto.Holder: nobody waits any longer for the answers that have
// not come. What is known of a conversation is little, and each later session needs
// it; what is open has bounds of its own for all conversations of a shard.
func (a *analyzer) Yield() {
	a.o.Give()
	a.part, a.partKey = smb1.Whole{}, 0
}
