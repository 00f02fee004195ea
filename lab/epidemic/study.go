package epidemic

import (
	"math"

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
		r, err := trace.Trace(cfg, set.Devices, o.Contacts)
		if err != nil {
			return nil, err
		}
		s.Add(o, r)
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

// Score is how well outbreaks were traced.
type Score struct {
	Runs           int
	Told, Right    int   // edges with a chance above one half
	True           int   // edges that happened
	First, Three   int   // runs whose entry stood first, or among the first three
	Edges, Entries Scale // what was said, against what happened
	Infected       Scale //
	Sizes          int   // infected devices, of all runs
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
	if o.Unseen[entry] {
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
