package tls

import (
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// again is after how long a certificate is logged again, as Zeek has it, and
// maxSeen how many are remembered.
const (
	again   = event.Time(86_400e9)
	maxSeen = 1 << 16
)

// seenKey is what makes two showings of a certificate the same.
type seenKey struct {
	fingerprint  string
	host, client bool
}

// joiner lets each certificate into the log once a day. It sees the records of all
// conversations in packet order.
type joiner struct {
	seen  map[seenKey]event.Time
	order []seenKey // oldest first
}

func newJoiner(func(event.Record)) proto.Joiner {
	return &joiner{seen: map[seenKey]event.Time{}}
}

// Take implements proto.Joiner.
func (j *joiner) Take(r event.Record) bool {
	c, ok := r.Body.(*Certificate)
	if !ok {
		return true
	}
	for len(j.order) > 0 && (len(j.order) >= maxSeen || r.TS-j.seen[j.order[0]] >= again) {
		delete(j.seen, j.order[0])
		j.order = j.order[1:]
	}
	k := seenKey{c.Fingerprint, c.HostCert, c.ClientCert}
	if _, ok := j.seen[k]; ok {
		return false
	}
	j.seen[k] = r.TS
	j.order = append(j.order, k)
	return true
}

// Advance implements proto.Joiner.
func (*joiner) Advance(event.Time) {}

// Flush implements proto.Joiner.
func (*joiner) Flush() {}
