package incident

import (
	"cmp"
	"fmt"
	"slices"

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
	What   string // opened, grew, quiet, reopened, merged
	Detail string // in words
}

// tale replays the findings of a group in the order of time.
type tale struct {
	cfg    *Config
	parent map[netid.IP]netid.IP
	grave  map[netid.IP]event.Time // by the head of a part: when it had its first grave finding
	known  map[netid.IP]bool       // devices that were named
	out    []Change
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
// are merged by the step that joins them.
func (x *Incident) History(cfg Config, findings []detect.Finding, end event.Time) (State, []Change) {
	t := &tale{cfg: &cfg, parent: map[netid.IP]netid.IP{}, grave: map[netid.IP]event.Time{}, known: map[netid.IP]bool{}}
	acts := actsOf(x, findings)
	state := Open
	var last event.Time
	for _, a := range acts {
		if last != 0 && a.at.Sub(last) > cfg.Quiet {
			t.tell(last+event.Time(cfg.Quiet), "quiet", fmt.Sprintf("nobody had acted for %s", days(cfg.Quiet)))
			t.tell(a.at, "reopened", a.says())
			state = Reopened
		}
		last = max(last, a.at)
		t.take(a)
	}
	if last != 0 && end.Sub(last) > cfg.Quiet {
		t.tell(last+event.Time(cfg.Quiet), "quiet", fmt.Sprintf("nobody had acted for %s", days(cfg.Quiet)))
		state = Quiet
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

func (t *tale) head(ip netid.IP) netid.IP {
	for {
		up, ok := t.parent[ip]
		if !ok || up == ip {
			t.parent[ip] = ip
			return ip
		}
		ip = up
	}
}

// take lets an act change the parts.
func (t *tale) take(a act) {
	part := t.head(a.finding.Source)
	opens := t.grave[part] == 0 && a.finding.Severity >= t.cfg.Grave
	if opens {
		t.grave[part] = a.at
		t.tell(a.at, "opened", a.says())
		t.known[a.finding.Source] = true
	}
	if a.reach <= trace.Touched || a.finding.Target.IsZero() || a.finding.Target == a.finding.Source {
		return
	}
	other := t.head(a.finding.Target)
	if other != part {
		if t.grave[part] != 0 && t.grave[other] != 0 {
			t.tell(a.at, "merged", a.says())
		}
		t.parent[other] = part
		if g := t.grave[other]; g != 0 && (t.grave[part] == 0 || g < t.grave[part]) {
			t.grave[part] = g
		}
	}
	if t.grave[part] != 0 && !t.known[a.finding.Target] {
		t.known[a.finding.Target] = true
		t.tell(a.at, "grew", fmt.Sprintf("%s reached %s: %s", a.finding.Source, a.finding.Target, a.reach))
	}
}
