package main

import (
	"math/rand/v2"

	"lazaret/internal/event"
)

// The storm: a worm's scan among short conversations that never end.
const (
	stormFlows   = 1_000_000
	stormLone    = 7 // of 10 are a SYN without an answer
	stormScanner = 200
	// stormSpan is less than the shortest time-out of five seconds, so that all
	// conversations are open at once.
	stormSpan = 4_800_000_000
)

// storm makes a million conversations with distinct five-tuples.
type storm struct {
	h    *hospital
	r    *rand.Rand
	n    int
	lone int
	open int
}

// starts gives the conversations in order of time.
func (s *storm) starts() (event.Time, actor, bool) {
	if s.n == stormFlows {
		return 0, nil, false
	}
	at := opening + event.Time(s.n)*stormSpan/stormFlows
	s.n++
	if s.n%10 < stormLone {
		return at, s.scan(), true
	}
	return at, s.short(), true
}

// scan is one SYN to an address where nobody is: scanner by scanner, each its own
// range of addresses.
func (s *storm) scan() actor {
	i := s.lone
	s.lone++
	from := s.h.desks[i%stormScanner]
	k := i / stormScanner
	to := &host{mac: [6]byte{0x02, 0x1a, 0x2e, 0xff, 0, 1}, ip: [4]byte{10, byte(100 + i%stormScanner/2), byte(i%2<<7 | k>>8), byte(k)}}
	return &talk{class: isSMB, ends: [2]*host{from, to}, port: [2]uint16{from.ephemeral(), 445}}
}

// short is a handshake and one exchange.
func (s *storm) short() actor {
	i := s.open
	s.open++
	from := s.h.desks[i%len(s.h.desks)]
	port := uint16(49152 + i/len(s.h.desks)) // 1,000 a desk, then none twice
	t := &talk{ends: [2]*host{from, nil}, noFIN: true, pace: 50_000}
	if i%2 == 0 {
		t.class, t.ends[1] = isHL7, s.h.engine
		t.port = [2]uint16{port, 2575}
		t.d = &feed{from: "desk", to: s.h.engine.name, left: 1, think: 1e7}
		return t
	}
	t.class, t.ends[1] = isHTTP, pick(s.r, s.h.webs)
	t.port = [2]uint16{port, 80}
	t.d = &web{host: "web.bench.invalid", noise: s.h.noise, left: 1, lo: 100, hi: 900}
	return t
}
