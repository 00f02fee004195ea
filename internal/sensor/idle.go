package sensor

import (
	"time"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// idle lists the conversations of a shard whose payload is analyzed, the one that
// was quiet longest first. Open flows are cheap and there may be millions; a
// stream with its analyzer costs kilobytes, so there are fewer of them, and the
// quietest is given up for a new one. Its finished records are out by then, and
// its conn record still comes.
type idle struct {
	head, tail *convo
	n, max     int
	used, room int // estimated memory, bytes
}

// retired is the App of a flow whose conversation was given up.
type retired struct{}

// restless is how much packet time may pass before a conversation that speaks is
// moved to the end of the list again: doing it for each packet would cost more
// than the order is worth.
const restless = event.Time(time.Second)

func (l *idle) push(c *convo, now event.Time) {
	c.touched, c.prev, c.next = now, l.tail, nil
	if l.tail == nil {
		l.head = c
	} else {
		l.tail.next = c
	}
	l.tail = c
	l.n++
}

func (l *idle) remove(c *convo) {
	if c.prev == nil && l.head != c {
		return
	}
	if c.prev == nil {
		l.head = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.tail = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
	l.n--
}

func (l *idle) touch(c *convo, now event.Time) {
	if now-c.touched >= restless {
		l.remove(c)
		l.push(c, now)
	}
}

// admit makes the conversation of a flow, at the cost of another when there is no
// room.
func (s *shard) admit(c *convo) {
	for s.idle.n >= s.idle.max {
		s.retire(s.idle.head)
	}
	c.f.App = c
	s.idle.push(c, s.now)
	c.given = recount
}

// retire gives up the analysis of a conversation. Its flow goes on.
func (s *shard) retire(c *convo) {
	s.c.retired++
	c.finish()
	c.f.App = retired{}
	for d := range 2 { // no longer is anything waited for
		if c.closing&(1<<d) != 0 {
			s.table.Close(c.f, d)
		}
	}
}

// recount is how many bytes are analyzed before the memory of a conversation is
// estimated again.
const recount = 1 << 10

// weigh keeps the memory of all conversations within the bound. It is called when
// a packet of c is done with: c itself may be given up.
func (s *shard) weigh(c *convo) {
	if c.given < recount {
		return
	}
	held := c.held()
	s.idle.used += held - c.cost
	c.given, c.cost = 0, held
	for s.idle.used > s.idle.room && s.idle.head != nil {
		if old := s.idle.head; s.yield(old) {
			s.idle.remove(old)
			s.idle.push(old, s.now)
		} else {
			s.retire(old)
		}
	}
}

// yield asks the analyzers of a conversation for memory back. It reports whether
// that brought a quarter of it, so that asking comes to an end.
func (s *shard) yield(c *convo) bool {
	before := c.cost
	c.yield()
	c.cost = c.held()
	s.idle.used += c.cost - before
	if c.cost > before-before/4 {
		return false
	}
	s.c.yielded++
	return true
}

func (c *convo) yield() {
	if h, ok := c.analyzer().(proto.Holder); ok {
		c.guard(h.Yield)
	}
	for _, name := range sortedKeys(c.inner) {
		c.inner[name].yield()
	}
	for _, in := range c.channels {
		in.yield()
	}
	for _, r := range c.readers {
		r.c.yield()
	}
}

// Estimates of what a conversation takes besides its analyzer, bytes: with
// allocator's rounding, maps and streams.
const (
	convoSize = 1100
	plainSize = 300 // of an analyzer that does not tell
)

func (c *convo) held() int {
	n := convoSize
	switch a := c.analyzer().(type) {
	case nil:
	case proto.Holder:
		n += a.Held()
	default:
		n += plainSize
	}
	for _, in := range c.inner {
		n += in.held()
	}
	for _, in := range c.channels {
		n += in.held()
	}
	for _, r := range c.readers {
		n += r.c.held()
	}
	return n
}

func (c *convo) analyzer() any {
	if c.an != nil {
		return c.an
	}
	if c.dg != nil {
		return c.dg
	}
	if c.rd != nil {
		return c.rd
	}
	return nil
}
