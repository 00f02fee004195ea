package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/trace"
)

// State is what is the matter with an incident.
type State string

// The states.
const (
	Open     State = "open"     // somebody acted not long before the end
	Quiet    State = "quiet"    // nobody has acted for Config.Quiet
	Reopened State = "reopened" // somebody acted again after that
)

// Change is something that happened to an incident.
type Change struct {
	Time   event.Time
	What   string // opened, grew, quiet, reopened, merged, joined, split
	Detail string // in words
}

// tale replays the findings of a group in the order of time.
type tale struct {
	cfg   *Config
	parts parts
	by    map[string]netid.IP // who had a mark last
	marks map[*detect.Finding][]string
	grave map[netid.IP]event.Time // by the head of a part: when it had its first grave finding
	known map[netid.IP]bool       // devices that were named
	out   []Change
}

// act is one thing that somebody did, as it stands in a finding.
type act struct {
	at      event.Time
	finding *detect.Finding
	reach   trace.Grade
}

// History tells what happened to an incident until end: it is opened by its first grave
// finding, grows with each device that is reached, is quiet when nobody acts for
// Config.Quiet, and is reopened when somebody does. Parts that were incidents by themselves
// are merged by the step that joins them, or joined by a mark of the intruder that both have.
func (x *Incident) History(cfg Config, findings []detect.Finding, end event.Time) (State, []Change) {
	t := &tale{cfg: &cfg, parts: parts{}, by: map[string]netid.IP{}, marks: map[*detect.Finding][]string{}, grave: map[netid.IP]event.Time{}, known: map[netid.IP]bool{}}
	for _, i := range x.Findings {
		t.marks[&findings[i]] = marks(cfg, findings, i)
	}
	acts := actsOf(x, findings)
	state := Open
	var last event.Time
	for _, a := range acts {
		if last != 0 && a.at.Sub(last) > event.Interval(cfg.Quiet) {
			t.tell(last+event.Time(cfg.Quiet), "quiet", fmt.Sprintf("nobody had acted for %s", days(event.Interval(cfg.Quiet))))
			t.tell(a.at, "reopened", a.says())
			state = Reopened
		}
		last = max(last, a.at)
		t.take(a)
	}
	if last != 0 && end.Sub(last) > event.Interval(cfg.Quiet) {
		t.tell(last+event.Time(cfg.Quiet), "quiet", fmt.Sprintf("nobody had acted for %s", days(event.Interval(cfg.Quiet))))
		state = Quiet
	}
	if x.Apart != "" {
		t.tell(x.First, "split", x.Apart)
	}
	return state, t.out
}

// actsOf lists what was done, by time. A finding without steps acted when it began and when
// it ended.
func actsOf(x *Incident, findings []detect.Finding) []act {
	var out []act
	for _, i := range x.Findings {
		f := &findings[i]
		for _, s := range f.Steps {
			out = append(out, act{s.Time, f, s.Reach})
		}
		if len(f.Steps) == 0 {
			out = append(out, act{f.First, f, trace.Nothing})
		}
		if f.Last > f.First {
			out = append(out, act{f.Last, f, trace.Nothing})
		}
	}
	slices.SortStableFunc(out, func(a, b act) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.finding.Rule.ID, b.finding.Rule.ID), a.finding.Source.Compare(b.finding.Source), a.finding.Target.Compare(b.finding.Target))
	})
	return out
}

func (a *act) says() string {
	s := fmt.Sprintf("%s %s: %s", a.finding.Rule.ID, a.finding.Rule.Title, a.finding.Source)
	if !a.finding.Target.IsZero() {
		s += " to " + a.finding.Target.String()
	}
	return s
}

// days is a length of time in words.
func days(d event.Interval) string {
	if n := d.Seconds() / 86_400; n >= 2 {
		return fmt.Sprintf("%.3g days", n)
	}
	return fmt.Sprintf("%.3g hours", d.Seconds()/3600)
}

func (t *tale) tell(at event.Time, what, detail string) {
	t.out = append(t.out, Change{at, what, detail})
}

// unite makes one part of two.
func (t *tale) unite(a, b netid.IP) {
	ga, gb := t.grave[a], t.grave[b]
	t.parts.join(a, b)
	if head := t.parts.head(a); ga == 0 || gb != 0 && gb < ga {
		t.grave[head] = gb
	} else {
		t.grave[head] = ga
	}
}

// join unites the parts that share a mark.
func (t *tale) join(a act) {
	for _, m := range t.marks[a.finding] {
		other, ok := t.by[m]
		t.by[m] = a.finding.Source
		if !ok {
			continue
		}
		if p, q := t.parts.head(other), t.parts.head(a.finding.Source); p != q {
			if t.grave[p] != 0 {
				t.tell(a.at, "joined", fmt.Sprintf("%s and %s have the %s in common", other, a.finding.Source, strings.Replace(m, "sha256", "program with SHA-256", 1)))
			}
			t.unite(p, q)
		}
	}
}

// take lets an act change the parts.
func (t *tale) take(a act) {
	t.join(a)
	part := t.parts.head(a.finding.Source)
	opens := t.grave[part] == 0 && a.finding.Severity >= t.cfg.Grave
	if opens {
		t.grave[part] = a.at
		t.tell(a.at, "opened", a.says())
		t.known[a.finding.Source] = true
	}
	if a.reach <= trace.Touched || a.finding.Target.IsZero() || a.finding.Target == a.finding.Source {
		return
	}
	other := t.parts.head(a.finding.Target)
	if other != part {
		if t.grave[part] != 0 && t.grave[other] != 0 {
			t.tell(a.at, "merged", a.says())
		}
		t.unite(part, other)
	}
	if t.grave[part] != 0 && !t.known[a.finding.Target] {
		t.known[a.finding.Target] = true
		t.tell(a.at, "grew", fmt.Sprintf("%s reached %s: %s", a.finding.Source, a.finding.Target, a.reach))
	}
}
