// Package incident joins findings to stories: who infected whom, where it came in, who may
// be next.
//
// Findings that share a device belong together if a step between them got anywhere, or if
// the same device did both, and so do those of different devices that share a mark of the
// intruder: the family or content of a program, or where it calls (marks). What only a weak link
// holds together is split again when it was traced (split). A group with a grave finding is an incident; its steps are
// traced (package trace), and what comes out is told by devices again. A step that was
// refused is proof of who tried, and no infection.
//
// It refuses to judge severity, which the findings have, and to know roles or names: it
// speaks of addresses. Nothing here sees a record or reads a clock; the same findings make
// the same incidents with the same ids. Memory: that of the findings. It is safe for
// several goroutines that share no findings. There is no standard; ids of techniques are
// those of the findings.
package incident

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"lazaret/internal/contacts"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/trace"
)

// Incident is one story.
type Incident struct {
	ID          string // the same whenever the same findings are read
	Severity    detect.Severity
	First, Last event.Time
	Entry       []Entry    // likeliest first
	Edges       []Edge     // by time
	Devices     []Infected // who is more likely infected than not, by time
	AtRisk      []Infected // who was reached and may be, likeliest first
	Findings    []int      // indices of the findings, in their order
	// Reached are devices that everyday contacts from infected ones lead to, likeliest first;
	// Before those from which the entry may have been reached before its infection, the latest
	// first. Of both at most 50; the others are counted. Reach fills them.
	Reached, Before         []contacts.Reach
	MoreReached, MoreBefore int
	Apart                   string // why it is told apart from another story, empty if it is not
	// What the tracing estimated of the intruder and of itself; see trace.Result.
	Wait, Hidden float64
}

// Entry is where it may have come in.
type Entry struct {
	Device      netid.IP // zero for a device that is not seen
	Via         netid.IP // for that: the likeliest first victim
	Probability float64
}

// Edge is that a device infected another.
type Edge struct {
	Time           event.Time
	Source, Target netid.IP
	Grade          trace.Grade
	Probability    float64
	Finding        int    // that proves it, -1 if it was a contact as every day
	UID            string // of the conversation, empty if it is not known
}

// Infected is what is concluded of a device.
type Infected struct {
	Device              netid.IP
	Probability         float64
	First, Median, Last event.Time // since when, with 5, 50 and 95 chances in 100
}

// Config says what makes an incident.
type Config struct {
	Least detect.Severity `toml:"least" doc:"severity of findings that take part in incidents: info, low, medium, high, critical"`
	Grave detect.Severity `toml:"grave" doc:"severity of which an incident has a finding at least"`
	Shown float64         `toml:"shown" doc:"least probability of an entry or an edge that is told"`
	Weak  float64         `toml:"weak" doc:"probability of an edge below which it does not hold stories together that have a pause between them"`
	Quiet time.Duration   `toml:"quiet" doc:"time without an act after which an incident is quiet; also that pause"`
	Trace trace.Config    `toml:"trace" doc:"how likely what infects whom; see docs/tracing.md"`
}

// Validate names every value that makes no sense.
func (c Config) Validate() error {
	var errs []error
	if c.Least < detect.Info || c.Grave < c.Least || c.Grave > detect.Critical {
		errs = append(errs, fmt.Errorf("incident.least and incident.grave: %s and %s are not in this order among info, low, medium, high, critical", c.Least, c.Grave))
	}
	for _, x := range []struct {
		name string
		v    float64
	}{{"shown", c.Shown}, {"weak", c.Weak}} {
		if !(x.v > 0 && x.v < 1) {
			errs = append(errs, fmt.Errorf("incident.%s: %v is not between 0 and 1", x.name, x.v))
		}
	}
	if c.Quiet <= 0 {
		errs = append(errs, fmt.Errorf("incident.quiet: %v is not above 0", c.Quiet))
	}
	if err := c.Trace.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("incident.trace: %w", err))
	}
	return errors.Join(errs...)
}

// DefaultConfig joins findings of medium severity and above around a high one, and calls an
// incident quiet after three days.
func DefaultConfig() Config {
	return Config{Trace: trace.DefaultConfig(), Least: detect.Medium, Grave: detect.High, Shown: 0.02, Weak: 0.05, Quiet: 72 * time.Hour}
}

// Build joins findings, among so many devices as the network has. Contacts that no finding is
// about take part with their small chances; everyday is nil if there are none. It fails if the
// configuration makes no sense.
func Build(cfg Config, findings []detect.Finding, devices int, everyday *contacts.Graph) ([]Incident, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var out []Incident
	todo := groups(cfg, findings)
	apart := make([]string, len(todo))
	for k := 0; k < len(todo); k++ {
		group, worst := todo[k], detect.None
		for _, i := range group {
			worst = max(worst, findings[i].Severity)
		}
		if worst < cfg.Grave {
			continue
		}
		x, err := tell(cfg, findings, group, devices, everyday)
		if err != nil {
			return nil, err
		}
		if list := x.split(cfg, findings); list != nil {
			why := fmt.Sprintf("only what infected nobody holds it together with another part of what began at %s", x.First.RFC3339())
			for _, g := range list {
				todo, apart = append(todo, g), append(apart, why)
			}
			continue
		}
		x.Apart = apart[k]
		x.Severity = worst
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Incident) int {
		return cmp.Or(-cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.First, b.First), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// groups finds which findings belong together, each group in the order of the findings.
func groups(cfg Config, findings []detect.Finding) [][]int {
	p := parts{}
	by := map[string]netid.IP{}
	takes := func(f *detect.Finding) bool { return f.Severity >= cfg.Least && !f.Source.IsZero() }
	for i := range findings {
		f := &findings[i]
		if !takes(f) {
			continue
		}
		p.head(f.Source)
		if !f.Target.IsZero() && slices.ContainsFunc(f.Steps, func(s detect.Step) bool { return s.Reach > trace.Touched }) {
			p.join(f.Source, f.Target)
		}
		for _, m := range marks(cfg, findings, i) {
			if other, ok := by[m]; ok {
				p.join(other, f.Source)
			}
			by[m] = f.Source
		}
	}
	of := map[netid.IP]int{}
	var out [][]int
	for i := range findings {
		if !takes(&findings[i]) {
			continue
		}
		top := p.head(findings[i].Source)
		k, ok := of[top]
		if !ok {
			k = len(out)
			of[top] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// origin is which step a contact is.
type origin struct {
	finding int
	uid     string
}

// tell traces a group.
func tell(cfg Config, findings []detect.Finding, group []int, devices int, graph *contacts.Graph) (*Incident, error) {
	x := &Incident{Findings: group}
	index := map[netid.IP]int32{}
	var names []netid.IP
	number := func(ip netid.IP) int32 {
		if n, ok := index[ip]; ok {
			return n
		}
		index[ip] = int32(len(names))
		names = append(names, ip)
		return index[ip]
	}
	type step struct {
		contact trace.Contact
		origin  origin
	}
	var steps []step
	for _, i := range group {
		f := &findings[i]
		if x.First == 0 || f.First < x.First {
			x.First = f.First
		}
		x.Last = max(x.Last, f.Last)
		for _, s := range f.Steps {
			c := trace.Contact{Time: s.Time, Source: number(f.Source), Grade: s.Reach, Hostile: true}
			if c.Target = c.Source; !f.Target.IsZero() {
				c.Target = number(f.Target)
			}
			steps = append(steps, step{c, origin{i, s.UID}})
		}
	}
	for _, c := range everyday(graph, names) {
		steps = append(steps, step{trace.Contact{Time: c.From, Source: index[c.Source], Target: index[c.Target], Grade: c.Grade}, origin{finding: -1}})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.contact.Time, b.contact.Time) })
	contacts := make([]trace.Contact, len(steps))
	for i := range steps {
		contacts[i] = steps[i].contact
	}
	r, err := trace.Trace(cfg.Trace, max(devices, len(names)), contacts)
	if err != nil {
		return nil, err
	}
	x.conclude(cfg, findings, names, r, func(contact int32) (trace.Contact, origin) { return steps[contact].contact, steps[contact].origin })
	return x, nil
}

// conclude tells by devices what the tracing concluded of numbers.
func (x *Incident) conclude(cfg Config, findings []detect.Finding, names []netid.IP, r *trace.Result, step func(contact int32) (trace.Contact, origin)) {
	x.Wait, x.Hidden = r.Wait, r.Hidden
	for _, e := range r.Entry {
		if e.Probability >= cfg.Shown {
			x.Entry = append(x.Entry, Entry{named(names, e.Device), named(names, e.Via), e.Probability})
		}
	}
	for i := range r.Nodes {
		x.node(cfg, names, &r.Nodes[i], step)
	}
	slices.SortStableFunc(x.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), -cmp.Compare(a.Probability, b.Probability), a.Source.Compare(b.Source), a.Target.Compare(b.Target))
	})
	slices.SortFunc(x.Devices, func(a, b Infected) int { return cmp.Or(cmp.Compare(a.Median, b.Median), a.Device.Compare(b.Device)) })
	slices.SortFunc(x.AtRisk, func(a, b Infected) int {
		return cmp.Or(-cmp.Compare(a.Probability, b.Probability), a.Device.Compare(b.Device))
	})
	x.ID = identify(findings, x.Findings)
}

func named(names []netid.IP, device int32) netid.IP {
	if device == trace.Nobody {
		return netid.IP{}
	}
	return names[device]
}

// node tells what was concluded of one device.
func (x *Incident) node(cfg Config, names []netid.IP, n *trace.Node, step func(int32) (trace.Contact, origin)) {
	d := Infected{names[n.Device], n.Infected, n.First, n.Median, n.Last}
	switch {
	case n.Infected >= 0.5:
		x.Devices = append(x.Devices, d)
	case n.Infected >= cfg.Shown:
		x.AtRisk = append(x.AtRisk, d)
	}
	for _, p := range n.Parents {
		if p.Device == trace.Nobody || p.Probability < cfg.Shown {
			continue
		}
		c, from := step(p.Contact)
		x.Edges = append(x.Edges, Edge{Time: c.Time, Source: names[p.Device], Target: names[n.Device], Grade: c.Grade,
			Probability: p.Probability, Finding: from.finding, UID: from.uid})
	}
}

// identify makes the id of an incident from its earliest finding.
func identify(findings []detect.Finding, group []int) string {
	first := &findings[group[0]]
	for _, i := range group[1:] {
		f := &findings[i]
		if c := cmp.Or(cmp.Compare(f.First, first.First), cmp.Compare(f.Rule.ID, first.Rule.ID), f.Source.Compare(first.Source), f.Target.Compare(first.Target)); c < 0 {
			first = f
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s %s", first.First, first.Rule.ID, first.Source, first.Target))
	return "LZ-" + hex.EncodeToString(sum[:4])
}
