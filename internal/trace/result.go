package trace

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lazaret/internal/event"
)

// check finds what is wrong with the input.
func check(cfg *Config, devices int, contacts []Contact) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	for i := range contacts {
		c := &contacts[i]
		switch {
		case i > 0 && c.Time < contacts[i-1].Time:
			return fmt.Errorf("contact %d is before the one before it", i)
		case c.Source < 0 || int(c.Source) >= devices || c.Target < 0 || int(c.Target) >= devices:
			return fmt.Errorf("contact %d is between devices %d and %d of %d", i, c.Source, c.Target, devices)
		case c.Grade >= Grades:
			return fmt.Errorf("contact %d has grade %d", i, c.Grade)
		}
	}
	return nil
}

// result tells what the last round concluded.
func (j *judge) result(contacts []Contact) *Result {
	out := &Result{Transmit: j.b.transmit, Wait: math.Exp(j.b.mean), Spread: j.b.sd, Hidden: j.b.hidden, Shed: j.stage.shed}
	unseen, via, viaMass := 0.0, int32(Nobody), 0.0
	for i := range j.stage.nodes {
		n, s := &j.stage.nodes[i], &j.scales[i]
		x := j.conclude(n, s)
		out.Nodes = append(out.Nodes, x)
		if s.mass[0] > least {
			out.Entry = append(out.Entry, Rank{Device: n.device, Via: Nobody, Probability: s.mass[0]})
		}
		if unseen += s.mass[1]; s.mass[1] > viaMass {
			via, viaMass = n.device, s.mass[1]
		}
	}
	out.Entry = append(out.Entry, Rank{Device: Nobody, Via: via, Probability: unseen})
	slices.SortFunc(out.Entry, func(a, b Rank) int {
		return cmp.Or(-cmp.Compare(a.Probability, b.Probability), cmp.Compare(a.Device, b.Device))
	})
	slices.SortFunc(out.Nodes, func(a, b Node) int { return cmp.Compare(a.Device, b.Device) })
	return out
}

// conclude sums up what is known of a node.
func (j *judge) conclude(n *node, s *scale) Node {
	x := Node{Device: n.device, Infected: 1 - s.free, Entry: s.mass[0]}
	if !math.IsInf(n.acts, 1) {
		x.Acts = j.stage.time(n.acts)
	}
	hidden := s.mass[1] // as the first victim of who is not seen
	of := map[int32]*Parent{}
	most := map[int32]float64{}
	for i := range s.ways {
		w := s.post[i]
		switch s.ways[i].how {
		case byHidden, byUnseen:
			hidden += w
		case byOutside:
			x.Again += w
		case byContact:
			d := j.stage.nodes[n.options[s.ways[i].option].source].device
			if of[d] == nil {
				of[d] = &Parent{Device: d, Contact: -1}
			}
			of[d].Probability += w
			most[d] = max(most[d], w)
		}
	}
	// Of contacts that are alike likely, the one that went farthest is the proof.
	far := map[int32]Grade{}
	for i := range s.ways {
		if s.ways[i].how != byContact {
			continue
		}
		o := &n.options[s.ways[i].option]
		d := j.stage.nodes[o.source].device
		if p := of[d]; s.post[i] >= most[d]/10 && (p.Contact < 0 || o.grade > far[d]) {
			p.Contact, far[d] = o.contact, o.grade
		}
	}
	for _, p := range of {
		if p.Probability >= tellable {
			x.Parents = append(x.Parents, *p)
		}
	}
	if hidden >= tellable {
		x.Parents = append(x.Parents, Parent{Device: Nobody, Contact: -1, Probability: hidden})
	}
	slices.SortFunc(x.Parents, func(a, b Parent) int {
		return cmp.Or(-cmp.Compare(a.Probability, b.Probability), cmp.Compare(a.Device, b.Device))
	})
	times := since(s, nil)
	slices.SortStableFunc(times, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	x.First, x.Median, x.Last = j.by(times, 0.05), j.by(times, 0.5), j.by(times, 0.95)
	return x
}

// tellable is the least chance of a parent that is told.
const tellable = 1e-4

// by is the time before which a part of the weight lies.
func (j *judge) by(list []moment, part float64) event.Time {
	whole := 0.0
	for _, m := range list {
		whole += m.weight
	}
	sum := 0.0
	for _, m := range list {
		if sum += m.weight; sum >= part*whole {
			return j.stage.time(m.at)
		}
	}
	return 0
}
