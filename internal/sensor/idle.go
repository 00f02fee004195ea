package sensor

import (
	"time"

	"lazaret/internal/event"
)

// idle lists the conversations of a shard whose payload is analyzed, the one that
// was quiet longest first. Open flows are cheap and there may be millions; a
// stream with its analyzer costs kilobytes, so there are fewer of them, and the
// quietest is given up for a new one. Its finished records are out by then, and
// its conn record still comes.
type idle struct {
	head, tail *convo
	n, max     int
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
		old := s.idle.head
		s.c.retired++
		old.finish()
		old.f.App = retired{}
	}
	c.f.App = c
	s.idle.push(c, s.now)
}
