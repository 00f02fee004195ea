package tftp

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Bounds of the joiner.
const (
	maxOpen = 1024                  // requests that wait for what becomes of them
	maxWait = event.Interval(600e9) // the longest that one waits
)

// joiner puts requests and transfers together. It belongs to the merge.
type joiner struct {
	emit func(event.Record)
	open []event.Record // requests, the oldest first
}

func newJoiner(emit func(event.Record)) *joiner { return &joiner{emit: emit} }

// Take implements proto.Joiner.
func (j *joiner) Take(r event.Record) bool {
	switch p := r.Body.(type) {
	case *Record:
		if len(j.open) == maxOpen {
			j.tell(0, j.open[0].Index)
		}
		j.open = append(j.open, r)
		return false
	case *Transfer:
		client, server := r.Conn.Orig, r.Conn.Resp.IP
		if p.FromOrig {
			client, server = r.Conn.Resp, r.Conn.Orig.IP
		}
		if i := j.find(client, server); i >= 0 {
			p.into(j.open[i].Body.(*Record))
			j.tell(i, r.Index)
		}
		return false
	}
	return true
}

// find is the last request of a client to a server, -1 if there is none: an older
// one was repeated or given up.
func (j *joiner) find(client netid.Endpoint, server netid.IP) int {
	for i := len(j.open) - 1; i >= 0; i-- {
		if c := j.open[i].Conn; c.Orig == client && c.Resp.IP == server {
			return i
		}
	}
	return -1
}

// into completes a request.
func (p *Transfer) into(r *Record) {
	r.Answered, r.Complete, r.Bytes, r.Error, r.Message = true, p.Complete, p.Bytes, p.Error, p.Message
	if p.Error == "" || p.Bytes > 0 {
		r.BlockSize = event.N(p.BlockSize)
	}
}

// tell emits the i-th request, completed by a packet, and forgets it.
func (j *joiner) tell(i int, index uint64) {
	r := j.open[i]
	r.Index = index
	j.open = slices.Delete(j.open, i, i+1)
	j.emit(r)
}

// Advance implements proto.Joiner.
func (j *joiner) Advance(now event.Time) {
	for len(j.open) > 0 && now.Sub(j.open[0].TS) > maxWait {
		j.tell(0, j.open[0].Index)
	}
}

// Flush implements proto.Joiner.
func (j *joiner) Flush() {
	for len(j.open) > 0 {
		j.tell(0, j.open[0].Index)
	}
}
