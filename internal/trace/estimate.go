package trace

import (
	"cmp"
	"math"
	"slices"
)

// Trace concludes from contacts, which are in the order of time, between devices 0 to
// devices-1. It fails if they are not.
func Trace(cfg Config, devices int, contacts []Contact) (*Result, error) {
	if err := check(&cfg, devices, contacts); err != nil {
		return nil, err
	}
	s := gather(&cfg, devices, contacts)
	if math.IsInf(s.firstAct, 1) {
		return &Result{Transmit: cfg.Transmit.Of(), Wait: cfg.Wait, Spread: cfg.WaitSpread, Hidden: cfg.Hidden}, nil
	}
	j := &judge{cfg: &cfg, stage: s, devices: float64(devices), window: s.firstAct + cfg.Before, scales: make([]scale, len(s.nodes))}
	j.b.transmit, j.b.hidden = cfg.Transmit.Of(), cfg.Hidden
	j.b.set(math.Log(cfg.Wait), cfg.WaitSpread)
	j.first()
	for range cfg.Rounds {
		j.round()
		j.learn()
	}
	j.round()
	return j.result(contacts), nil
}

// first believes that each was infected a usual wait before it acted, or by its first
// hostile contact.
func (j *judge) first() {
	for i := range j.stage.nodes {
		n := &j.stage.nodes[i]
		at := n.acts - j.cfg.Wait
		if math.IsInf(n.acts, 1) && len(n.options) > 0 {
			at = n.options[0].at
		}
		n.since = []moment{{at, 1}}
	}
	j.gatherCrowd()
	j.b.full = j.rate(float64(len(j.stage.nodes) - 1))
}

// gatherCrowd sums up how many are infected by when.
func (j *judge) gatherCrowd() {
	var all []moment
	for i := range j.stage.nodes {
		all = append(all, j.stage.nodes[i].since...)
	}
	slices.SortFunc(all, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	j.crowd.at, j.crowd.sum = j.crowd.at[:0], j.crowd.sum[:0]
	sum := 0.0
	for _, m := range all {
		sum += m.weight
		j.crowd.at, j.crowd.sum = append(j.crowd.at, m.at), append(j.crowd.sum, sum)
	}
}

// rate is how often an infected device infects another one, each second, if there were
// so many infections.
func (j *judge) rate(infections float64) float64 {
	time := 0.0
	for i := range j.stage.nodes {
		for _, m := range j.stage.nodes[i].since {
			time += m.weight * max(j.stage.lastAct-m.at, 0)
		}
	}
	return max(infections, 0.5) / (max(time, 1) * j.devices)
}

// learn corrects the beliefs by what was concluded under them.
func (j *judge) learn() {
	var infections, exposures [Grades]float64
	var logs, squares, waits, contacts, hidden float64
	for i := range j.stage.nodes {
		n, s := &j.stage.nodes[i], &j.scales[i]
		n.since = since(s, n.since[:0])
		escaped := 1.0 // chance of not being infected so far
		k := 0
		for w := range s.ways {
			x := &s.ways[w]
			for k < len(n.since) && n.since[k].at < x.at {
				escaped -= n.since[k].weight
				k++
			}
			switch x.how {
			case byHidden, byUnseen:
				hidden += s.post[w]
			case byContact:
				contacts += s.post[w]
				o := &n.options[x.option]
				if !o.hostile {
					break
				}
				infections[o.grade] += s.post[w]
				exposures[o.grade] += max(escaped, 0)
				if !math.IsInf(n.acts, 1) {
					l := math.Log(max(n.acts-x.at, shortest))
					logs, squares, waits = logs+s.post[w]*l, squares+s.post[w]*l*l, waits+s.post[w]
				}
			}
		}
	}
	believed := j.cfg.Transmit.Of()
	for g := Touched; g < Grades; g++ {
		j.b.transmit[g] = min((j.cfg.Trust*believed[g]+infections[g])/(j.cfg.Trust+exposures[g]), 0.999)
	}
	mean := (firm*math.Log(j.cfg.Wait) + logs) / (firm + waits)
	prior := math.Log(j.cfg.Wait)
	spread := firm*(j.cfg.WaitSpread*j.cfg.WaitSpread+(prior-mean)*(prior-mean)) + squares - 2*mean*logs + mean*mean*waits
	j.b.set(mean, max(math.Sqrt(spread/(firm+waits)), narrowest))
	j.b.hidden = (j.cfg.Trust*j.cfg.Hidden + hidden) / (j.cfg.Trust + hidden + contacts)
	j.gatherCrowd()
	j.b.full = j.rate(contacts + hidden)
}

const (
	firm      = 1.0 // waits that the configured one is worth
	narrowest = 0.2 // least spread of the logarithm of the wait
)

// since is when a node was infected: all ways with what they got, by time.
func since(s *scale, out []moment) []moment {
	k := 0
	for i := range s.ways {
		for k < len(s.own) && s.own[len(s.own)-1-k].at <= s.ways[i].at {
			out = append(out, s.own[len(s.own)-1-k])
			k++
		}
		if s.post[i] > least {
			out = append(out, moment{s.ways[i].at, s.post[i]})
		}
	}
	for ; k < len(s.own); k++ {
		out = append(out, s.own[len(s.own)-1-k])
	}
	return out
}
