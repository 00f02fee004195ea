package pattern

import "slices"

type opcode uint8

const (
	iSet opcode = iota
	iSplit
	iMatch
	iBegin
	iEnd
	iWord
	iNotWord
)

// inst is one instruction: a byte of a set leads on to x, a split to x and y.
type inst struct {
	op   opcode
	set  uint32
	x, y uint32
}

// program runs an expression as a set of states. Instruction 0 is the match.
type program struct {
	code  []inst
	sets  []Set
	known map[Set]uint32
	start uint32
	wide  bool
	back  bool // reads from the end to the beginning
}

func newProgram(n *node, wide, back bool) *program {
	p := &program{code: []inst{{op: iMatch}}, known: map[Set]uint32{}, wide: wide, back: back}
	p.start = p.emit(n, 0)
	p.known = nil
	return p
}

func (p *program) push(in inst) uint32 {
	p.code = append(p.code, in)
	return uint32(len(p.code) - 1)
}

// emit writes what matches n and then goes on at next; it gives where that begins.
func (p *program) emit(n *node, next uint32) uint32 {
	switch n.op {
	case opEmpty:
		return next
	case opSet:
		k, ok := p.known[n.set]
		if !ok {
			k = uint32(len(p.sets))
			p.known[n.set] = k
			p.sets = append(p.sets, n.set)
		}
		at := p.push(inst{op: iSet, set: k, x: next})
		if p.back {
			n.back = next
		} else {
			n.fwd = at
		}
		return at
	case opCat:
		for i := range n.subs {
			k := len(n.subs) - 1 - i
			if p.back {
				k = i
			}
			next = p.emit(n.subs[k], next)
		}
		return next
	case opAlt:
		at := p.emit(n.subs[len(n.subs)-1], next)
		for i := len(n.subs) - 2; i >= 0; i-- {
			at = p.push(inst{op: iSplit, x: p.emit(n.subs[i], next), y: at})
		}
		return at
	case opRepeat:
		if n.max == 1 {
			return p.push(inst{op: iSplit, x: p.emit(n.subs[0], next), y: next})
		}
		loop := p.push(inst{op: iSplit, y: next})
		body := p.emit(n.subs[0], loop)
		p.code[loop].x = body
		if n.min == 0 {
			return loop
		}
		return body
	case opBegin:
		return p.push(inst{op: iBegin, x: next})
	case opEnd:
		return p.push(inst{op: iEnd, x: next})
	case opWord:
		return p.push(inst{op: iWord, x: next})
	default:
		return p.push(inst{op: iNotWord, x: next})
	}
}

// Machine is the memory in which programs run. The zero value is ready; it belongs to
// one goroutine.
type Machine struct {
	// Steps are those left. A run ends early when there are none, and what it says is
	// then not the whole answer.
	Steps int
	// Open says that the bytes end before the file does: nothing matches at their end.
	Open bool

	cur, next, stack []uint32
	mark             []uint32
	gen              uint32
	hit              bool
	lens             []uint32
}

// begin makes room for a program.
func (m *Machine) begin(p *program) {
	if len(m.mark) < len(p.code) {
		m.mark = make([]uint32, len(p.code))
		m.gen = 0
	}
	m.cur = m.cur[:0]
	m.tick()
}

// tick forgets which states were reached.
func (m *Machine) tick() {
	m.next, m.hit = m.next[:0], false
	if m.gen++; m.gen == 0 {
		clear(m.mark)
		m.gen = 1
	}
}

// follow adds the states that are reached from pc at position i without reading.
func (m *Machine) follow(p *program, pc uint32, b []byte, i int) {
	stack := append(m.stack[:0], pc)
	for len(stack) > 0 {
		pc = stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if m.mark[pc] == m.gen {
			continue
		}
		m.mark[pc] = m.gen
		m.Steps--
		in := &p.code[pc]
		switch in.op {
		case iSet:
			m.next = append(m.next, pc)
		case iSplit:
			stack = append(stack, in.y, in.x)
		case iMatch:
			m.hit = true
		default:
			if m.holds(in.op, p.wide, b, i) {
				stack = append(stack, in.x)
			}
		}
	}
	m.stack = stack
}

func (m *Machine) holds(o opcode, wide bool, b []byte, i int) bool {
	switch o {
	case iBegin:
		return i == 0
	case iEnd:
		return i == len(b) && !m.Open
	}
	if m.Open && i >= len(b)-1 {
		return false // what comes next is not known
	}
	var before, after bool
	if wide {
		before = i >= 2 && b[i-1] == 0 && wordByte(b[i-2])
		after = i+1 < len(b) && b[i+1] == 0 && wordByte(b[i])
	} else {
		before = i >= 1 && wordByte(b[i-1])
		after = i < len(b) && wordByte(b[i])
	}
	return before != after == (o == iWord)
}

func wordByte(c byte) bool { return alnum(c) || c == '_' }

func alnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// step reads one byte in all states, and says whether any is left.
func (m *Machine) step(p *program, b []byte, c byte, to int) bool {
	m.cur, m.next = m.next, m.cur
	m.tick()
	for _, pc := range m.cur {
		in := &p.code[pc]
		if p.sets[in.set].Has(c) {
			m.follow(p, in.x, b, to)
		}
	}
	m.Steps -= len(m.cur)
	return m.Steps > 0 && (len(m.next) > 0 || m.hit)
}

// forward gives how many bytes match from a place on, as many as possible or, if lazy,
// as few; -1 if none do.
func (m *Machine) forward(p *program, b []byte, at int, pc uint32, lazy bool) int {
	m.begin(p)
	m.follow(p, pc, b, at)
	best := -1
	end := min(len(b), at+Reach)
	for i := at; ; i++ {
		if m.hit {
			best = i - at
			if lazy {
				break
			}
		}
		if i >= end || len(m.next) == 0 || !m.step(p, b, b[i], i+1) {
			break
		}
	}
	return best
}

// backward leaves in lens how many bytes before a place match, in every way.
func (m *Machine) backward(p *program, b []byte, at int, pc uint32) {
	m.begin(p)
	m.lens = m.lens[:0]
	m.follow(p, pc, b, at)
	end := max(0, at-Reach)
	for i := at; ; i-- {
		if m.hit {
			m.lens = append(m.lens, uint32(at-i))
		}
		if i <= end || len(m.next) == 0 || !m.step(p, b, b[i-1], i-1) {
			return
		}
	}
}

// Regex is an expression that is looked for in short texts.
type Regex struct{ prog *program }

// NewRegex reads an expression for the operator matches and for arguments of
// functions, with the flags i (nocase) and s (dotAll).
func NewRegex(text string, nocase, dotAll bool) (*Regex, error) {
	n, _, err := parseRegex(text, nocase, dotAll)
	if err != nil {
		return nil, err
	}
	left := maxLeaves
	if n = n.expand(&left); n == nil {
		return nil, errLarge
	}
	return &Regex{prog: newProgram(n, false, false)}, nil
}

// In says whether the expression matches anywhere in a text; false if the steps ran
// out before it was found.
func (r *Regex) In(m *Machine, b []byte) bool {
	p := r.prog
	m.begin(p)
	for i := 0; ; i++ {
		m.follow(p, p.start, b, i)
		if m.hit {
			return true
		}
		if i >= len(b) || m.Steps <= 0 {
			return false
		}
		m.cur, m.next = m.next, m.cur
		m.tick()
		for _, pc := range m.cur {
			if in := &p.code[pc]; p.sets[in.set].Has(b[i]) {
				m.follow(p, in.x, b, i+1)
			}
		}
		if m.hit {
			return true
		}
	}
}

// sorted puts spans in order, one for each offset: the longest, or the shortest.
func sorted(s []Span, shortest bool) []Span {
	slices.SortFunc(s, func(a, b Span) int {
		switch {
		case a.Off != b.Off:
			return int(int64(a.Off) - int64(b.Off))
		case shortest:
			return int(int64(a.Len) - int64(b.Len))
		}
		return int(int64(b.Len) - int64(a.Len))
	})
	return slices.CompactFunc(s, func(a, b Span) bool { return a.Off == b.Off })
}
