package trace

import (
	"cmp"
	"math"
	"slices"

	"lazaret/internal/event"
)

// option is a contact that may have infected a node.
type option struct {
	source  int32 // index of the node
	contact int32
	at      float64 // seconds since the first contact
	grade   Grade
	hostile bool
}

// node is a device that takes part.
type node struct {
	device  int32
	acts    float64 // first own hostile act, +Inf for none
	options []option
	// spared is how many hostile contacts there were before those that are weighed, by
	// grade.
	spared [Grades]int
	// since is the chance that it is infected by a time: ascending times with the
	// weight of each.
	since []moment
}

// moment is a time with a weight.
type moment struct{ at, weight float64 }

// before is the weight of moments up to a time.
func before(list []moment, at float64) (sum float64) {
	for _, m := range list {
		if m.at > at {
			break
		}
		sum += m.weight
	}
	return sum
}

// stage is everything that is weighed.
type stage struct {
	nodes    []node
	begin    event.Time
	firstAct float64 // the first hostile contact, in seconds
	lastAct  float64 // the last one
	shed     int
}

func (s *stage) seconds(t event.Time) float64 { return t.Sub(s.begin).Seconds() }

// time is the inverse of seconds.
func (s *stage) time(at float64) event.Time { return s.begin + event.Time(at*1e9) }

// gather finds who takes part, and the contacts that may have infected them.
func gather(cfg *Config, devices int, contacts []Contact) *stage {
	s := &stage{firstAct: math.Inf(1)}
	if len(contacts) == 0 {
		return s
	}
	s.begin = contacts[0].Time
	index := s.enlist(cfg, devices, contacts)
	everyday := map[[2]int32]int{}
	for i := len(contacts) - 1; i >= 0; i-- { // the latest are weighed if there are too many
		c := &contacts[i]
		v := index[c.Target]
		if v < 0 || c.Source == c.Target || c.Grade == Nothing {
			continue
		}
		n, u, at := &s.nodes[v], index[c.Source], s.seconds(c.Time)
		switch {
		case u < 0 || at >= n.acts:
			continue
		case c.Hostile && len(n.options) >= cfg.MaxOptions:
			n.spared[c.Grade]++
			continue
		case !c.Hostile:
			pair := [2]int32{u, v}
			if everyday[pair] >= mostEveryday || len(n.options) >= cfg.MaxOptions {
				continue
			}
			everyday[pair]++
		}
		n.options = append(n.options, option{source: u, contact: int32(i), at: at, grade: c.Grade, hostile: c.Hostile})
	}
	for i := range s.nodes {
		slices.Reverse(s.nodes[i].options)
	}
	return s
}

// mostEveryday is how many everyday contacts between two are weighed, the latest.
const mostEveryday = 4

// enlist makes the nodes, those that act or were hit first first, and gives back the
// node of each device, -1 for none.
func (s *stage) enlist(cfg *Config, devices int, contacts []Contact) []int32 {
	acts, hit := make([]event.Time, devices), make([]event.Time, devices)
	for i := range contacts {
		c := &contacts[i]
		if !c.Hostile {
			continue
		}
		if acts[c.Source] == 0 {
			acts[c.Source] = c.Time
		}
		s.lastAct = s.seconds(c.Time)
		if c.Grade >= Entered && hit[c.Target] == 0 {
			hit[c.Target] = c.Time
		}
	}
	var list []int32
	first := func(d int32) event.Time {
		if acts[d] == 0 || hit[d] != 0 && hit[d] < acts[d] {
			return hit[d]
		}
		return acts[d]
	}
	for d := range int32(devices) {
		if acts[d] != 0 || hit[d] != 0 {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b int32) int { return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a, b)) })
	if len(list) > cfg.MaxNodes {
		s.shed, list = len(list)-cfg.MaxNodes, list[:cfg.MaxNodes]
	}
	index := make([]int32, devices)
	for d := range index {
		index[d] = -1
	}
	for i, d := range list {
		index[d] = int32(i)
		n := node{device: d, acts: math.Inf(1)}
		if acts[d] != 0 {
			n.acts = s.seconds(acts[d])
			s.firstAct = min(s.firstAct, n.acts)
		}
		s.nodes = append(s.nodes, n)
	}
	return index
}
