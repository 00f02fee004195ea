package share

// links are the neighbours of a thing in its list, by last use.
type links[T any] struct{ older, newer *T }

// linked is a thing that knows its neighbours.
type linked[T any] interface {
	*T
	at() *links[T]
}

// list keeps things in the order of their last use. The zero value is empty. It owns
// no memory: the neighbours are in the things themselves.
type list[T any, P linked[T]] struct{ oldest, newest *T }

// push makes a thing that is in no list the one used last.
func (l *list[T, P]) push(v *T) {
	*P(v).at() = links[T]{older: l.newest}
	if l.newest != nil {
		P(l.newest).at().newer = v
	} else {
		l.oldest = v
	}
	l.newest = v
}

// pull takes a thing out.
func (l *list[T, P]) pull(v *T) {
	n := P(v).at()
	if n.older != nil {
		P(n.older).at().newer = n.newer
	} else {
		l.oldest = n.newer
	}
	if n.newer != nil {
		P(n.newer).at().older = n.older
	} else {
		l.newest = n.older
	}
	*n = links[T]{}
}

// touch makes a thing of the list the one used last.
func (l *list[T, P]) touch(v *T) {
	if l.newest != v {
		l.pull(v)
		l.push(v)
	}
}
