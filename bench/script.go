package main

import (
	"iter"
	"math/rand/v2"
)

// script is a dialog that is written as one function, which says its messages one
// after the other. The function has its own source of chance, so that what it says
// does not depend on what other conversations do meanwhile.
type script struct {
	pull func() (turn, bool)
}

// newScript makes the dialog of a function. It runs between two messages only, and
// what it gives to say is valid until then.
func newScript(run func(say func(turn))) *script {
	pull, _ := iter.Pull(func(yield func(turn) bool) {
		run(func(t turn) { yield(t) })
	})
	return &script{pull}
}

// next implements dialog.
func (s *script) next(_ *rand.Rand, t *turn) bool {
	said, ok := s.pull()
	if !ok {
		return false
	}
	t.dir, t.data = said.dir, append(t.data, said.data...)
	if said.wait > 0 {
		t.wait = said.wait
	}
	return true
}
