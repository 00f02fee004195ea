package proto

import (
	"iter"
	"slices"
)

// Exchanges is the part of a Reader that pairs requests with their answers, for
// protocols that tell one record of each exchange. It holds at most a number of
// exchanges without a complete answer, and gives the content of each direction to a
// Body, made when the first content comes. A Reader embeds it.
type Exchanges[X any, B Body[X]] struct {
	f     Flow
	of    Pairing[X, B]
	max   int
	weird string
	open  []numbered[X] // oldest first
	sides [2]side[B]
	shed  bool
}

// numbered is an exchange with the number of its entities.
type numbered[X any] struct {
	seq int
	x   *X
}

// side is the content of one direction.
type side[B any] struct {
	body B // of its type's zero value until it is made
	on   bool
}

// Pairing is what a protocol does with its exchanges.
type Pairing[X, B any] interface {
	// Begin makes the exchange of an entity, the first that is seen of it.
	Begin(e *Entity) *X
	// Head takes what the head of an entity tells of its exchange.
	Head(x *X, e *Entity)
	// NewBody makes a Body.
	NewBody() B
	// Tell ends an exchange. An answer may be missing.
	Tell(x *X)
}

// Body takes the content of one entity after the other, of one direction.
type Body[X any] interface {
	comparable
	// Open, Content, Lost and Close are those of Reader.
	Open(e *Entity, x *X)
	Content(b []byte)
	Lost(n int)
	Close(whole bool)
	// Held is its memory, bytes.
	Held() int
}

// NewExchanges is what a Reader embeds. When max exchanges wait, the oldest is told as
// it is, and the first time the weird is recorded.
func NewExchanges[X any, B Body[X]](f Flow, of Pairing[X, B], max int, weird string) Exchanges[X, B] {
	return Exchanges[X, B]{f: f, of: of, max: max, weird: weird}
}

// find returns the exchange of an entity, made if need be.
func (s *Exchanges[X, B]) find(e *Entity) *X {
	for _, o := range s.open {
		if o.seq == e.Seq {
			return o.x
		}
	}
	if len(s.open) >= s.max {
		if !s.shed {
			s.shed = true
			s.f.Weird(s.weird, 0)
		}
		s.end(0)
	}
	x := s.of.Begin(e)
	s.open = append(s.open, numbered[X]{e.Seq, x})
	return x
}

// end forgets an exchange and tells of it.
func (s *Exchanges[X, B]) end(i int) {
	x := s.open[i].x
	s.open = slices.Delete(s.open, i, i+1)
	s.of.Tell(x)
}

// Open implements Reader.
func (s *Exchanges[X, B]) Open(e *Entity) {
	x := s.find(e)
	s.of.Head(x, e)
	d := &s.sides[e.Dir]
	var none B
	if d.body == none {
		if e.Length == 0 {
			return
		}
		d.body = s.of.NewBody()
	}
	d.on = true
	d.body.Open(e, x)
}

// Content implements Reader.
func (s *Exchanges[X, B]) Content(e *Entity, b []byte) {
	if d := &s.sides[e.Dir]; d.on {
		d.body.Content(b)
	}
}

// Lost implements Reader.
func (s *Exchanges[X, B]) Lost(e *Entity, n int) {
	if d := &s.sides[e.Dir]; d.on {
		d.body.Lost(n)
	}
}

// Close implements Reader. A complete answer ends its exchange.
func (s *Exchanges[X, B]) Close(e *Entity, whole bool) {
	s.find(e)
	if d := &s.sides[e.Dir]; d.on {
		d.on = false
		d.body.Close(whole)
	}
	if !e.Response {
		return
	}
	for i := range s.open {
		if s.open[i].seq == e.Seq {
			s.end(i)
			return
		}
	}
}

// Finish implements Finisher: what was asked and not answered is told.
func (s *Exchanges[X, B]) Finish() {
	for len(s.open) > 0 {
		s.end(0)
	}
}

// All are the exchanges that wait, the oldest first.
func (s *Exchanges[X, B]) All() iter.Seq[*X] {
	return func(yield func(*X) bool) {
		for _, o := range s.open {
			if !yield(o.x) {
				return
			}
		}
	}
}

// HeldBy is the memory of bodies and of exchanges of so many bytes each.
func (s *Exchanges[X, B]) HeldBy(each int) int {
	n := len(s.open) * each
	var none B
	for i := range s.sides {
		if b := s.sides[i].body; b != none {
			n += b.Held()
		}
	}
	return n
}

// Yield is that of Holder. Bodies between entities are let go.
func (s *Exchanges[X, B]) Yield() {
	for i := range s.sides {
		if d := &s.sides[i]; !d.on {
			*d = side[B]{}
		}
	}
}
