package main

import (
	"container/heap"
	"math/rand/v2"

	"lazaret/internal/decode"
	"lazaret/internal/event"
)

// actor writes one frame each time it is called and says when it wants to be
// called again; more is false after its last frame.
type actor interface {
	act(now event.Time, t *tape, r *rand.Rand) (next event.Time, more bool, err error)
}

// starts gives the actors in the order of their first frames.
type starts func() (at event.Time, a actor, ok bool)

// cue is one waiting actor. The number makes the order of equal times certain.
type cue struct {
	at  event.Time
	num uint64
	a   actor
}

type cues []cue

func (q cues) Len() int { return len(q) }
func (q cues) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].num < q[j].num
}
func (q cues) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *cues) Push(x any)   { *q = append(*q, x.(cue)) }
func (q *cues) Pop() any {
	old := *q
	c := old[len(old)-1]
	old[len(old)-1] = cue{}
	*q = old[:len(old)-1]
	return c
}

// pump lets the actors write their frames in the order of time.
func pump(t *tape, r *rand.Rand, next starts) error {
	var q cues
	var num uint64
	at, a, ok := next()
	for ok || len(q) > 0 {
		for ok && (len(q) == 0 || at <= q[0].at) {
			heap.Push(&q, cue{at, num, a})
			num++
			at, a, ok = next()
		}
		then, more, err := q[0].a.act(q[0].at, t, r)
		if err != nil {
			return err
		}
		if !more {
			heap.Pop(&q)
			continue
		}
		q[0].at = then
		heap.Fix(&q, 0)
	}
	return t.buf.Flush()
}

// turn is one message: who speaks, what, and how long after the last one.
type turn struct {
	dir  int
	data []byte
	wait event.Time
}

// dialog makes the messages of one conversation, one after the other.
type dialog interface {
	// next appends a message to t.data, which is empty, and sets the rest of
	// t. It returns false when nothing is left to say.
	next(r *rand.Rand, t *turn) bool
}

// phase is where a TCP conversation stands.
type phase uint8

const (
	sendSYN phase = iota
	sendSYNACK
	sendACK
	talking
	sendFIN
	answerFIN
	lastACK
)

// talk carries a dialog over TCP: handshake, full segments, an acknowledgement
// for every second of them, and both FINs.
type talk struct {
	class   class
	ends    [2]*host
	port    [2]uint16
	seq     [2]uint32
	pace    event.Time // between two segments
	d       dialog     // nil: a SYN that nobody answers
	noFIN   bool       // the conversation stays open
	phase   phase
	turn    turn
	off     int
	unacked int
}

var (
	// synOptions are MSS 1460, window scale 8 and SACK permitted (RFC 9293,
	// 7323, 2018), as current systems send them.
	synOptions = []byte{2, 4, 0x05, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2}
	rtt        = event.Time(180_000)
)

func (k *talk) send(now event.Time, t *tape, d int, flags uint8, options, payload []byte) error {
	s := segment{seq: k.seq[d], flags: flags, options: options, payload: payload}
	if flags&decode.ACK != 0 {
		s.ack = k.seq[1-d]
	}
	k.seq[d] += uint32(len(payload))
	if flags&(decode.SYN|decode.FIN) != 0 {
		k.seq[d]++
	}
	return t.tcp(now, k.class, k.ends[d], k.ends[1-d], k.port[d], k.port[1-d], s)
}

// act implements actor.
func (k *talk) act(now event.Time, t *tape, r *rand.Rand) (event.Time, bool, error) {
	var err error
	switch k.phase {
	case sendSYN:
		t.flows[k.class]++
		k.seq = [2]uint32{r.Uint32(), r.Uint32()}
		err = k.send(now, t, 0, decode.SYN, synOptions, nil)
		if k.d == nil {
			return 0, false, err
		}
	case sendSYNACK:
		err = k.send(now, t, 1, decode.SYN|decode.ACK, synOptions, nil)
	case sendACK:
		err = k.send(now, t, 0, decode.ACK, nil, nil)
		k.phase = talking
		return k.listen(now, r), k.phase == talking || !k.noFIN, err
	case talking:
		return k.speak(now, t, r)
	case sendFIN:
		err = k.send(now, t, 0, decode.FIN|decode.ACK, nil, nil)
	case answerFIN:
		err = k.send(now, t, 1, decode.FIN|decode.ACK, nil, nil)
	case lastACK:
		return 0, false, k.send(now, t, 0, decode.ACK, nil, nil)
	}
	k.phase++
	return now + rtt/2, true, err
}

// listen fetches the next message and returns when its first segment goes out.
func (k *talk) listen(now event.Time, r *rand.Rand) event.Time {
	was := k.turn.dir
	k.turn.data, k.turn.wait, k.off = k.turn.data[:0], rtt, 0
	if !k.d.next(r, &k.turn) {
		k.phase, k.turn.data = sendFIN, nil
		return now + rtt
	}
	if k.turn.dir != was {
		k.unacked = 0 // the answer acknowledges
	}
	return now + k.turn.wait
}

// speak writes one segment of the current message, or the acknowledgement that
// is due for two.
func (k *talk) speak(now event.Time, t *tape, r *rand.Rand) (event.Time, bool, error) {
	d := k.turn.dir
	if k.unacked >= 2 {
		k.unacked = 0
		err := k.send(now, t, 1-d, decode.ACK, nil, nil)
		if k.off < len(k.turn.data) {
			return now + k.pace, true, err
		}
		next := k.listen(now, r)
		return next, k.phase == talking || !k.noFIN, err
	}
	part := k.turn.data[k.off:min(k.off+mss, len(k.turn.data))]
	k.off += len(part)
	flags := uint8(decode.ACK)
	if k.off == len(k.turn.data) {
		flags |= decode.PSH
	}
	err := k.send(now, t, d, flags, nil, part)
	k.unacked++
	if k.unacked >= 2 || k.off < len(k.turn.data) {
		return now + k.pace, true, err
	}
	next := k.listen(now, r)
	return next, k.phase == talking || !k.noFIN, err
}
