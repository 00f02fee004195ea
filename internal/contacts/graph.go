package contacts

import (
	"cmp"
	"container/heap"
	"math"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/trace"
)

// Graph is the contacts of a Book and those that others know of, ready for questions.
type Graph struct {
	lines []line // by source, then target
	names []netid.IP
	index map[netid.IP]int32
	out   [][]int32 // lines by source
	in    [][]int32 // and by target
	ends  [][2]int32
}

// Graph makes one, with further contacts laid over those of the Book.
func (b *Book) Graph(more []Contact) *Graph {
	over := map[[2]netid.IP][]Contact{}
	for _, c := range more {
		if c.Source != c.Target && !c.Source.IsZero() && !c.Target.IsZero() && c.Grade > trace.Nothing {
			k := [2]netid.IP{c.Source, c.Target}
			over[k] = append(over[k], c)
		}
	}
	g := &Graph{index: map[netid.IP]int32{}}
	for k, l := range b.lines {
		n := line{source: l.source, target: l.target, cells: l.cells}
		if list := over[k]; list != nil {
			n.cells = slices.Clone(l.cells)
			n.lay(list)
			delete(over, k)
		}
		g.lines = append(g.lines, n)
	}
	for k, list := range over {
		n := line{source: k[0], target: k[1]}
		n.lay(list)
		g.lines = append(g.lines, n)
	}
	slices.SortFunc(g.lines, func(a, b line) int { return cmp.Or(a.source.Compare(b.source), a.target.Compare(b.target)) })
	number := func(ip netid.IP) int32 {
		n, ok := g.index[ip]
		if !ok {
			n = int32(len(g.names))
			g.index[ip] = n
			g.names, g.out, g.in = append(g.names, ip), append(g.out, nil), append(g.in, nil)
		}
		return n
	}
	for i := range g.lines {
		s, t := number(g.lines[i].source), number(g.lines[i].target)
		g.ends = append(g.ends, [2]int32{s, t})
		g.out[s], g.in[t] = append(g.out[s], int32(i)), append(g.in[t], int32(i))
	}
	return g
}

func (l *line) lay(list []Contact) {
	for _, c := range list {
		l.put(cell{c.From, c.To, max(c.Count, 1), c.Grade})
	}
}

// Between lists the contacts among some devices, by time.
func (g *Graph) Between(devices []netid.IP) []Contact {
	in := map[int32]bool{}
	for _, d := range devices {
		if n, ok := g.index[d]; ok {
			in[n] = true
		}
	}
	var out []Contact
	for i := range g.lines {
		if !in[g.ends[i][0]] || !in[g.ends[i][1]] {
			continue
		}
		for _, c := range g.lines[i].cells {
			out = append(out, g.lines[i].contact(c))
		}
	}
	slices.SortFunc(out, byTime)
	return out
}

func (l *line) contact(c cell) Contact {
	return Contact{From: c.from, To: c.to, Source: l.source, Target: l.target, Grade: c.grade, Count: c.count}
}

func byTime(a, b Contact) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), a.Source.Compare(b.Source), a.Target.Compare(b.Target), cmp.Compare(a.Grade, b.Grade))
}

// Seed is a device and since when it is infected.
type Seed struct {
	Device netid.IP
	Since  event.Time
}

// Reach is a device that may have been reached: by when at the earliest (Forward), or when at the
// latest one left it (Backward), along which contacts in their order, and how likely, if each
// contact of the path infects with the chance of its grade.
type Reach struct {
	Device netid.IP
	At     event.Time
	Path   []Contact
	Chance float64
}

// state is how far a search has come.
type state struct {
	at   []event.Time
	via  []int32 // line, -1 for none
	cell []int32
	done []bool
	root []bool // of a search forward: infected at a time that is known
}

// mark is a device in the queue of a search.
type mark struct {
	at     event.Time // negated by a search backward
	device int32
}

type queue []mark

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].device < q[j].device
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push and Pop implement heap.Interface.
func (q *queue) Push(x any) { *q = append(*q, x.(mark)) }

// Pop takes the last one off.
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

const never = event.Time(math.MaxInt64)

func (g *Graph) begin() *state {
	n := len(g.names)
	s := &state{at: make([]event.Time, n), via: make([]int32, n), cell: make([]int32, n), done: make([]bool, n), root: make([]bool, n)}
	for i := range s.at {
		s.at[i], s.via[i] = never, -1
	}
	return s
}

// Forward finds who may have been reached from seeds until a time, over contacts of a grade and
// above; chances are those of a contact by its grade. Seeds are not among them. The likeliest
// come first, then the earliest.
func (g *Graph) Forward(seeds []Seed, until event.Time, least trace.Grade, chances [trace.Grades]float64) []Reach {
	s := g.begin()
	var q queue
	for _, x := range seeds {
		if n, ok := g.index[x.Device]; ok && x.Since < s.at[n] {
			s.at[n], s.root[n] = x.Since, true
			heap.Push(&q, mark{x.Since, n})
		}
	}
	for len(q) > 0 {
		m := heap.Pop(&q).(mark)
		if s.done[m.device] {
			continue
		}
		s.done[m.device] = true
		for _, i := range g.out[m.device] {
			to := g.ends[i][1]
			if s.done[to] || s.root[to] {
				continue
			}
			at, k := g.lines[i].arrival(m.at, least)
			if k < 0 || at > until || at >= s.at[to] {
				continue
			}
			s.at[to], s.via[to], s.cell[to] = at, i, int32(k)
			heap.Push(&q, mark{at, to})
		}
	}
	return g.tell(s, chances, false)
}

// arrival is when one who is at the source at a time is at the target at the earliest, by the
// contact that goes farthest.
func (l *line) arrival(from event.Time, least trace.Grade) (event.Time, int) {
	best, at := never, -1
	for k := range l.cells {
		c := &l.cells[k]
		if c.from > best {
			break
		}
		if t := max(from, c.from); c.to >= from && c.grade >= least && (t < best || t == best && c.grade > l.cells[at].grade) {
			best, at = t, k
		}
	}
	return best, at
}

// Backward finds from whom a device may have been reached before a time, leaving at since at the
// earliest. Those that could leave latest come first.
func (g *Graph) Backward(device netid.IP, before, since event.Time, least trace.Grade, chances [trace.Grades]float64) []Reach {
	n, ok := g.index[device]
	if !ok {
		return nil
	}
	s := g.begin() // times negated: the latest is the least
	s.at[n] = -before
	q := queue{{-before, n}}
	for len(q) > 0 {
		m := heap.Pop(&q).(mark)
		if s.done[m.device] {
			continue
		}
		s.done[m.device] = true
		for _, i := range g.in[m.device] {
			from := g.ends[i][0]
			if s.done[from] {
				continue
			}
			at, k := g.lines[i].departure(-m.at, least)
			if k < 0 || at < since || -at >= s.at[from] {
				continue
			}
			s.at[from], s.via[from], s.cell[from] = -at, i, int32(k)
			heap.Push(&q, mark{-at, from})
		}
	}
	return g.tell(s, chances, true)
}

// departure is when one may leave the source at the latest to be at the target before a time.
func (l *line) departure(before event.Time, least trace.Grade) (event.Time, int) {
	best, at := -never, -1
	for k := range l.cells {
		c := &l.cells[k]
		if c.from >= before {
			break
		}
		if t := min(before-1, c.to); c.grade >= least && (t > best || t == best && c.grade > l.cells[at].grade) {
			best, at = t, k
		}
	}
	return best, at
}

// tell makes the answers of a search.
func (g *Graph) tell(s *state, chances [trace.Grades]float64, back bool) []Reach {
	var out []Reach
	next := 0 // the end of a line at which the path goes on
	if back {
		next = 1
	}
	for d := range s.at {
		if s.via[d] < 0 {
			continue
		}
		r := Reach{Device: g.names[d], At: s.at[d], Chance: 1}
		for v := int32(d); s.via[v] >= 0; v = g.ends[s.via[v]][next] {
			l := &g.lines[s.via[v]]
			c := l.cells[s.cell[v]]
			r.Path = append(r.Path, l.contact(c))
			r.Chance *= 1 - math.Pow(1-chances[c.grade], float64(c.count))
		}
		if back {
			r.At = -r.At
		} else {
			slices.Reverse(r.Path)
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Reach) int {
		if back {
			return cmp.Or(-cmp.Compare(a.At, b.At), a.Device.Compare(b.Device))
		}
		return cmp.Or(-cmp.Compare(a.Chance, b.Chance), cmp.Compare(a.At, b.At), a.Device.Compare(b.Device))
	})
	return out
}
