package epidemic

import (
	"math"

	"lazaret/internal/incident"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/spread"
	"lazaret/internal/trace"
)

// Case is a setting of the study, and what the site tells the tracing about itself.
type Case struct {
	Name    string
	Setting Setting
	Hidden  float64 // share of contacts that the site knows it does not see; 0 for the default
}

// Cases are the settings of the study: from a clinic to a large hospital, seen in full and
// in part.
var Cases = []Case{
	{"50 devices, all seen", Setting{Devices: 50, Days: 5, Everyday: 2, Most: 20}, 0},
	{"100 devices, all seen", Setting{Devices: 100, Days: 5, Everyday: 2, Most: 30}, 0},
	{"500 devices, all seen", Setting{Devices: 500, Days: 5, Everyday: 1, Most: 60}, 0},
	{"5,000 devices, all seen", Setting{Devices: 5000, Days: 3, Everyday: 0.3, Most: 100}, 0},
	{"100 devices, 20 % of contacts lost", Setting{Devices: 100, Days: 5, Everyday: 2, Most: 30, Lost: 0.2}, 0},
	{"100 devices, 20 % lost, and that is known", Setting{Devices: 100, Days: 5, Everyday: 2, Most: 30, Lost: 0.2}, 0.2},
	{"500 devices, 20 % of contacts lost", Setting{Devices: 500, Days: 5, Everyday: 1, Most: 60, Lost: 0.2}, 0},
	{"100 devices, 20 % lost, 20 % of pairs encrypted", Setting{Devices: 100, Days: 5, Everyday: 2, Most: 30, Lost: 0.2, Encrypted: 0.2}, 0},
	{"100 devices, watched from the second infection on", Setting{Devices: 100, Days: 5, Everyday: 2, Most: 30, Cut: 0.04}, 0},
	{"100 devices, watched from a quarter on", Setting{Devices: 100, Days: 5, Everyday: 2, Most: 30, Cut: 0.25}, 0},
	{"100 devices, 10 % of devices hidden", Setting{Devices: 100, Days: 5, Everyday: 2, Most: 30, Hidden: 0.1}, 0},
	{"100 devices, 20 % of devices hidden", Setting{Devices: 100, Days: 5, Everyday: 2, Most: 30, Hidden: 0.2}, 0},
}

// fewest is how many infected devices make an outbreak that is worth tracing.
const fewest = 4

// Run makes so many outbreaks, traces each, and scores it.
func (c Case) Run(runs int) (*Score, error) {
	s := &Score{}
	cfg := trace.DefaultConfig()
	if c.Hidden > 0 {
		cfg.Hidden = c.Hidden
	}
	for set := c.Setting; s.Runs < runs; set.Seed++ {
		o := New(set)
		if len(o.Infections) < fewest || !o.shows() {
			continue
		}
		cfg.Since = o.Since
		r, err := trace.Trace(cfg, set.Devices, o.Contacts)
		if err != nil {
			return nil, err
		}
		s.Add(o, r)
		s.reproduce(o, r)
	}
	return s, nil
}

// shows says whether anything of the outbreak was seen.
func (o *Outbreak) shows() bool {
	for i := range o.Contacts {
		if o.Contacts[i].Hostile {
			return true
		}
	}
	return false
}

// began is the device by way of which it is told to have come from somebody that nobody saw, before
// watching began: that is right if this device is not where it began.
func began(r *trace.Result) int32 {
	for _, x := range r.Entry {
		if x.Device == trace.Nobody {
			return x.Via
		}
	}
	return trace.Nobody
}

// Score is how well outbreaks were traced.
type Score struct {
	Runs           int
	Told, Right    int   // edges with a chance above one half
	True           int   // edges that happened
	First, Three   int   // runs whose entry stood first, or among the first three
	Edges, Entries Scale // what was said, against what happened
	Infected       Scale //
	Sizes          int   // infected devices, of all runs
	Numbers, Held  int   // runs with a reproduction number, and those whose interval held the truth
}

// Scale compares chances with what happened, in ten classes.
type Scale struct {
	Count, Came [10]int
	Said        [10]float64
}

func (s *Scale) add(said float64, came bool) {
	k := min(int(said*10), 9)
	s.Count[k]++
	s.Said[k] += said
	if came {
		s.Came[k]++
	}
}

// Join adds what another has.
func (s *Scale) Join(o *Scale) {
	for k := range s.Count {
		s.Count[k] += o.Count[k]
		s.Came[k] += o.Came[k]
		s.Said[k] += o.Said[k]
	}
}

// Error is the expected calibration error.
func (s *Scale) Error() float64 {
	off, all := 0.0, 0
	for k, n := range s.Count {
		off += math.Abs(s.Said[k] - float64(s.Came[k]))
		all += n
	}
	return off / float64(max(all, 1))
}

// Precision is the share of the edges told that are right.
func (s *Score) Precision() float64 { return part(s.Right, s.Told) }

// Recall is the share of the edges that happened that were told.
func (s *Score) Recall() float64 { return part(s.Right, s.True) }

// AtFirst is the share of runs whose true entry stood first.
func (s *Score) AtFirst() float64 { return part(s.First, s.Runs) }

// AmongThree is the share of runs whose true entry stood among the first three.
func (s *Score) AmongThree() float64 { return part(s.Three, s.Runs) }

// Holds is the share of reproduction numbers whose interval of 95 chances in 100 held the truth.
func (s *Score) Holds() float64 { return part(s.Held, s.Numbers) }

// reproduce compares the reproduction number with the truth: how many the first half of the infected
// devices infected each.
func (s *Score) reproduce(o *Outbreak, r *trace.Result) {
	if len(o.Contacts) == 0 {
		return
	}
	x := &incident.Incident{}
	name := func(d int32) netid.IP { return netid.IPv4(10, byte(d>>16), byte(d>>8), byte(d)) }
	for i := range r.Nodes {
		n := &r.Nodes[i]
		d := incident.Infected{Device: name(n.Device), Probability: n.Infected, First: n.First, Median: n.Median, Last: n.Last}
		if n.Infected >= 0.5 {
			x.Devices = append(x.Devices, d)
		} else if n.Infected >= 0.02 {
			x.AtRisk = append(x.AtRisk, d)
		}
		for _, p := range n.Parents {
			if p.Device != trace.Nobody && p.Probability >= 0.02 {
				x.Edges = append(x.Edges, incident.Edge{Time: o.Contacts[p.Contact].Time, Source: name(p.Device), Target: name(n.Device), Probability: p.Probability})
			}
		}
	}
	said := spread.Of(x, map[roles.Role]int{}, func(netid.IP) roles.Role { return "" }, 0).Reproduction
	if said.Number == 0 {
		return
	}
	first, made := map[int32]bool{}, 0
	for _, i := range o.Infections[:(len(o.Infections)+1)/2] {
		first[i.Device] = true
	}
	for _, i := range o.Infections {
		if i.Parent != trace.Nobody && first[i.Parent] {
			made++
		}
	}
	s.Numbers++
	if truth := float64(made) / float64(len(first)); truth >= said.Low && truth <= said.High {
		s.Held++
	}
}

func part(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

// Add compares a result with what happened.
func (s *Score) Add(o *Outbreak, r *trace.Result) {
	s.Runs++
	s.Sizes += len(o.Infections)
	parent := map[int32]int32{}
	for _, x := range o.Infections {
		parent[x.Device] = x.Parent
		if x.Parent != trace.Nobody {
			s.True++
		}
	}
	for i := range r.Nodes {
		s.node(o, &r.Nodes[i], parent)
	}
	entry := o.Infections[0].Device
	if o.Unseen[entry] || o.Since != 0 && began(r) != entry {
		entry = trace.Nobody
	}
	for i, x := range r.Entry {
		if x.Probability > 0.001 {
			s.Entries.add(x.Probability, x.Device == entry)
		}
		if x.Device != entry {
			continue
		}
		if i == 0 {
			s.First++
		}
		if i < 3 {
			s.Three++
		}
	}
}

func (s *Score) node(o *Outbreak, n *trace.Node, parent map[int32]int32) {
	by, infected := parent[n.Device]
	s.Infected.add(n.Infected, infected)
	for k, p := range n.Parents {
		// By whom, if anybody is seen to have done it; a contact that was not seen may
		// be anybody's.
		came := infected && p.Device == by && p.Device != trace.Nobody
		if p.Device == trace.Nobody {
			came = infected && !among(n.Parents, by) && by != trace.Nobody
		} else if k == 0 && p.Probability > 0.5 {
			s.Told++
			if came {
				s.Right++
			}
		}
		s.Edges.add(p.Probability, came)
	}
}

func among(list []trace.Parent, d int32) bool {
	for _, p := range list {
		if p.Device == d {
			return true
		}
	}
	return false
}
