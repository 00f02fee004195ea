package share

import "lazaret/internal/event"

// maxRequests bounds the requests of one conversation that wait for an answer. A
// server grants fewer credits, as a rule.
const maxRequests = 1024

// Request is a command until its answer comes.
type Request struct {
	TS   event.Time // of the request
	Cmd  uint16
	Act  Act
	One  bool   // of SMB1
	Sub  uint32 // sub-command: control code, class of information, function
	Flag uint32 // what else the command needs to know, see there; of a deletion 0 if it is called off
	N    uint32 // bytes that are asked for or given
	MID  uint64 // multiplex id of SMB1, message id of SMB2
	Off  int64  // of a read or write
	// Text is what the command names, fit for a record: the path of a tree
	// connect, the new name of a rename, a pattern.
	Text  string
	User  string // account, where it is known; see By
	Realm *Realm
	Tree  *Tree // nil if it is not known
	File  *File // nil if the command has none
	// Fact is a record of the protocol's own, which Unanswered sends as it is.
	Fact event.Payload

	key          uint64 // of both request and answer within the conversation
	prev         string // name before a rename
	older, newer int32  // neighbours by age, as slot numbers from 1; 0 is none
}

// By enters on whose account the command is given, also for its file, unless that is
// known already.
func (q *Request) By(user string) {
	if q.User == "" {
		q.User = user
	}
	if q.File != nil && q.File.User == "" {
		q.File.User = q.User
	}
}

// requests holds those that wait, so that each is paired with its answer. The
// zero value is ready. Slots are used again, so nothing is allocated in the long run.
type requests struct {
	at             map[uint64]int32
	slots          []Request
	free           []int32
	oldest, newest int32
}

// add makes room for a request of which only the key is set; the pointer is valid
// until the next call. What it had to give up for that, or what had the same key,
// is second.
func (q *requests) add(key uint64) (r *Request, lost Request, gaveUp bool) {
	if q.at == nil {
		q.at = map[uint64]int32{}
	}
	if i, ok := q.at[key]; ok {
		lost, gaveUp = q.slots[i-1], true
		q.remove(i)
	} else if len(q.at) >= maxRequests {
		lost, gaveUp = q.slots[q.oldest-1], true
		q.remove(q.oldest)
	}
	var i int32
	if n := len(q.free); n > 0 {
		i, q.free = q.free[n-1], q.free[:n-1]
	} else {
		q.slots = append(q.slots, Request{})
		i = int32(len(q.slots))
	}
	r = &q.slots[i-1]
	*r = Request{key: key, older: q.newest}
	if q.newest != 0 {
		q.slots[q.newest-1].newer = i
	} else {
		q.oldest = i
	}
	q.newest = i
	q.at[key] = i
	return r, lost, gaveUp
}

// peek is the request that waits under a key, nil if there is none. The pointer is
// valid until the next call of add.
func (q *requests) peek(key uint64) *Request {
	if i, ok := q.at[key]; ok {
		return &q.slots[i-1]
	}
	return nil
}

// take removes and returns the request that waits under a key.
func (q *requests) take(key uint64) (Request, bool) {
	i, ok := q.at[key]
	if !ok {
		return Request{}, false
	}
	r := q.slots[i-1]
	q.remove(i)
	return r, true
}

// takeOldest removes and returns the request that waits longest.
func (q *requests) takeOldest() (Request, bool) {
	if q.oldest == 0 {
		return Request{}, false
	}
	r := q.slots[q.oldest-1]
	q.remove(q.oldest)
	return r, true
}

func (q *requests) remove(i int32) {
	r := &q.slots[i-1]
	delete(q.at, r.key)
	if r.older != 0 {
		q.slots[r.older-1].newer = r.newer
	} else {
		q.oldest = r.newer
	}
	if r.newer != 0 {
		q.slots[r.newer-1].older = r.older
	} else {
		q.newest = r.older
	}
	*r = Request{}
	q.free = append(q.free, i)
}
