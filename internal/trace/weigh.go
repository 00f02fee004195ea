package trace

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// way is how a node may have been infected.
type way uint8

const (
	byContact  way = iota
	byHidden       // a contact that is not seen, of a node
	byUnseen       // a contact that is not seen, of the device that nobody sees
	byOutside      // a further introduction
	byBeginner     // it is where all began
)

// chance is one way, at one time.
type chance struct {
	at, weight float64
	how        way
	option     int32 // for byContact
}

// scale is what is weighed of one node: ways in the order of time.
type scale struct {
	ways []chance
	// tail is the sum of the weights from a way on, without and with those of the
	// device that nobody sees.
	tail [2][]float64
	none float64    // weight of not being infected at all
	push [2]pusher  // shares to be given to the ways
	post []float64  // what each way got
	own  []moment   // as beginner: by time, with the device that infected it being this one's self
	mass [2]float64 // as beginner: chance that all began here, and that it is the first victim
	free float64    // chance of not being infected
}

// pusher adds to all ways from one on.
type pusher []float64

// rest is the sum of the weights of ways after a time, and the first of them.
func (s *scale) rest(kind int, after float64) (sum float64, first int) {
	first = sort.Search(len(s.ways), func(i int) bool { return s.ways[i].at > after })
	return max(s.tail[kind][first]+s.none, impossible), first
}

// impossible stands for a weight of zero, whose logarithm is still a number.
const impossible = 1e-280

// crowd tells how many are infected by a time.
type crowd struct {
	at, sum []float64
}

func (c *crowd) by(at float64) float64 {
	i := sort.SearchFloat64s(c.at, at)
	if i == 0 {
		return 1
	}
	return max(1, c.sum[i-1])
}

// judge is the state of an estimation.
type judge struct {
	cfg     *Config
	stage   *stage
	devices float64
	window  float64 // seconds in which it may have begun
	b       beliefs
	crowd   crowd
	scales  []scale
}

// weigh finds the weights of all ways of a node under the present beliefs.
func (j *judge) weigh(n *node, s *scale) {
	s.ways = s.ways[:0]
	spared := 1.0
	for g, k := range n.spared {
		spared *= math.Pow(1-j.b.transmit[g], float64(k))
	}
	fits := func(at float64) float64 {
		if math.IsInf(n.acts, 1) {
			return j.b.silent(j.stage.lastAct - at)
		}
		return j.b.density(n.acts - at)
	}
	everyday := j.cfg.Everyday.Of()
	for i := range n.options {
		o := &n.options[i]
		if !o.hostile {
			w := everyday[o.grade] * spared * fits(o.at) * before(j.stage.nodes[o.source].since, o.at)
			s.ways = append(s.ways, chance{o.at, w, byContact, int32(i)})
			continue
		}
		p := j.b.transmit[o.grade]
		s.ways = append(s.ways, chance{o.at, p * spared * fits(o.at), byContact, int32(i)})
		spared *= 1 - p
	}
	s.none = 0
	if math.IsInf(n.acts, 1) {
		s.none = spared
	}
	j.weighUnseen(n, s)
	slices.SortStableFunc(s.ways, func(a, b chance) int { return cmp.Compare(a.at, b.at) })
	for kind := range s.tail {
		s.tail[kind] = slices.Grow(s.tail[kind][:0], len(s.ways)+1)[:len(s.ways)+1]
		s.tail[kind][len(s.ways)] = 0
		for i := len(s.ways) - 1; i >= 0; i-- {
			w := s.ways[i].weight
			if s.ways[i].how == byUnseen && kind == 0 {
				w = 0
			}
			s.tail[kind][i] = s.tail[kind][i+1] + w
		}
	}
}

// weighUnseen adds the ways that no contact shows. For a node that acts, the time before
// its first act is looked at where the wait may have begun; for another, the time from the
// first hostile contact to the last: after that nothing is known to be loose any more.
func (j *judge) weighUnseen(n *node, s *scale) {
	last := len(s.ways)
	spared := func(at float64) float64 {
		w := 1.0
		for _, c := range s.ways[:last] {
			if o := &n.options[c.option]; o.hostile && c.at < at {
				w *= 1 - j.b.transmit[o.grade]
			}
		}
		return w
	}
	outside := j.cfg.Again / (j.devices * j.window)
	for k := range grid {
		var at, w float64
		if math.IsInf(n.acts, 1) {
			width := (j.stage.lastAct - j.stage.firstAct) / grid
			at = j.stage.firstAct + (float64(k)+0.5)*width
			w = width * j.b.silent(j.stage.lastAct-at)
		} else {
			at, w = n.acts-j.b.quantile[k], 1.0/grid
		}
		w *= spared(at)
		s.ways = append(s.ways,
			chance{at, w * j.b.hazard(j.crowd.by(at)), byHidden, -1},
			chance{at, w * j.b.full, byUnseen, -1},
			chance{at, w * outside, byOutside, -1})
	}
}

// cell is a time in which all may have begun, and how long it is.
type cell struct{ at, width float64 }

// cells are the times before the first hostile act, finer the closer they are to it.
func (j *judge) cells() []cell {
	const count = 64
	reach := j.stage.firstAct + j.cfg.Before
	step := math.Pow(reach/shortest, 1.0/count)
	out := make([]cell, count)
	low := shortest
	for i := range out {
		high := low * step
		out[i] = cell{j.stage.firstAct - math.Sqrt(low*high), high - low}
		low = high
	}
	return out
}

// round weighs all, and shares the whole among the ways.
func (j *judge) round() {
	nodes := j.stage.nodes
	for i := range nodes {
		j.weigh(&nodes[i], &j.scales[i])
	}
	cells := j.cells()
	// The chance that all began with v in a cell: its own wait, and that everybody else
	// was infected later, in whatever way.
	all := make([][2]float64, len(cells))
	for g, c := range cells {
		for kind := range 2 {
			sum := 0.0
			for i := range nodes {
				z, _ := j.scales[i].rest(kind, c.at)
				sum += math.Log(z)
			}
			all[g][kind] = sum
		}
		// What did not happen counts too: by contacts that are not seen, the first one
		// would have infected somebody before the first act that was seen; and a device
		// that is not seen would have gone on to infect others to the end.
		early := j.b.hazard(1) * j.devices * (j.stage.firstAct - c.at)
		all[g][0] -= early
		all[g][1] -= early + j.b.full*j.devices*max(j.stage.lastAct-c.at, 0)
	}
	j.begin(cells, all)
}

// begin finds with whom it began and when, and then by whom the others were infected.
func (j *judge) begin(cells []cell, all [][2]float64) {
	nodes := j.stage.nodes
	prior := [2]float64{1 - j.cfg.Unseen, j.cfg.Unseen}
	logs := make([][2]float64, len(nodes)*len(cells))
	most := math.Inf(-1)
	for i := range nodes {
		for g, c := range cells {
			for kind := range 2 {
				z, _ := j.scales[i].rest(kind, c.at)
				wait := j.b.silent(j.stage.lastAct - c.at)
				if !math.IsInf(nodes[i].acts, 1) {
					wait = j.b.density(nodes[i].acts - c.at)
				}
				l := math.Log(prior[kind]*wait*c.width/(j.devices*j.window)) + all[g][kind] - math.Log(z)
				logs[i*len(cells)+g][kind] = l
				most = max(most, l)
			}
		}
	}
	total := 0.0
	for x := range logs {
		for kind := range 2 {
			logs[x][kind] = math.Exp(logs[x][kind] - most)
			total += logs[x][kind]
		}
	}
	inCell := make([][2]float64, len(cells))
	for i := range nodes {
		s := &j.scales[i]
		s.own, s.mass = s.own[:0], [2]float64{}
		for g, c := range cells {
			l := &logs[i*len(cells)+g]
			l[0], l[1] = l[0]/total, l[1]/total
			for kind := range 2 {
				inCell[g][kind] += l[kind]
			}
			late := 0.0
			if j.cfg.Since != 0 && c.at < j.stage.seconds(j.cfg.Since) {
				late = j.cfg.Late
			}
			s.mass[0] += l[0] * (1 - late)
			s.mass[1] += l[1] + l[0]*late
			if w := l[0] + l[1]; w > least {
				s.own = append(s.own, moment{c.at, w})
			}
		}
	}
	for i := range nodes {
		j.share(&j.scales[i], cells, inCell, logs[i*len(cells):(i+1)*len(cells)])
	}
}

// least is the chance below which something is not looked at.
const least = 1e-9

// share gives the ways of one node what they get, over all beginnings with others.
func (j *judge) share(s *scale, cells []cell, inCell, mine [][2]float64) {
	s.free = 0
	for kind := range s.push {
		s.push[kind] = append(s.push[kind][:0], make([]float64, len(s.ways)+1)...)
		for g, c := range cells {
			m := inCell[g][kind] - mine[g][kind]
			if m <= least {
				continue
			}
			z, first := s.rest(kind, c.at)
			s.push[kind][first] += m / z
			s.free += m * s.none / z
		}
	}
	s.post = slices.Grow(s.post[:0], len(s.ways))[:len(s.ways)]
	seen, unseen := 0.0, 0.0
	for i := range s.ways {
		seen += s.push[0][i]
		unseen += s.push[1][i]
		w := s.ways[i].weight * unseen
		if s.ways[i].how != byUnseen {
			w += s.ways[i].weight * seen
		}
		s.post[i] = w
	}
}
