package report

import (
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/incident"
	"lazaret/internal/indicator"
)

// Incident is what findings tell together; see package incident, which explains the words.
// Times are RFC 3339 in UTC, probabilities are 0..1.
type Incident struct {
	ID         string      `json:"id"`
	Title      string      `json:"title"`
	Severity   string      `json:"severity"`
	State      string      `json:"state"` // open, quiet, reopened, closed or merged
	History    []Change    `json:"history"`
	First      string      `json:"first"`
	Last       string      `json:"last"`
	Entry      []Entry     `json:"entry"` // where it may have come in, likeliest first
	Tree       []Edge      `json:"tree"`  // who infected whom, by time
	Infected   []Infected  `json:"infected"`
	AtRisk     []Infected  `json:"at_risk"` // reached, and less likely infected than not
	Figures    Figures     `json:"figures"`
	Exposure   Exposure    `json:"exposure"`
	WayIn      []WayIn     `json:"way_in"`
	Blind      []Spot      `json:"blind"` // the gravest first
	Indicators []Indicator `json:"indicators"`
	Advice     []Action    `json:"advice"` // the most urgent first
	Findings   []int       `json:"findings"`
	Attack     []string    `json:"attack"` // techniques of ATT&CK, sorted
}

// Entry is where an incident may have begun.
type Entry struct {
	Device      Party   `json:"device"` // without an address if it is not seen
	Via         Party   `json:"via"`    // then: the first victim that is
	Probability float64 `json:"probability"`
}

// Edge is that one device infected another.
type Edge struct {
	Time        string  `json:"time"`
	Source      Party   `json:"source"`
	Target      Party   `json:"target"`
	Grade       string  `json:"grade"`
	Probability float64 `json:"probability"`
	Evidence    Proof   `json:"evidence"`
}

// Proof is the finding behind an edge.
type Proof struct {
	Finding int    `json:"finding"` // index among the findings
	Rule    string `json:"rule"`
	Title   string `json:"title"`
	UID     string `json:"uid"` // of the conversation
}

// Infected is a device with the chance that it is infected, and since when: with chances
// of 5, 50 and 95 in 100 by these times.
type Infected struct {
	Device      Party   `json:"device"`
	Probability float64 `json:"probability"`
	Earliest    string  `json:"earliest"`
	Median      string  `json:"median"`
	Latest      string  `json:"latest"`
}

// NewIncidents tells incidents with the devices that they are about. findings are those
// that they were built from.
func NewIncidents(list []incident.Incident, findings []detect.Finding, at Directory) []Incident {
	out := make([]Incident, 0, len(list))
	for _, x := range list {
		y := Incident{ID: x.ID, Severity: x.Severity.String(), First: x.First.RFC3339(), Last: x.Last.RFC3339(), Entry: []Entry{}, Tree: []Edge{},
			Infected: at.infected(x.Devices), AtRisk: at.infected(x.AtRisk), Findings: x.Findings, Attack: []string{},
			History: []Change{}, WayIn: []WayIn{}, Blind: []Spot{}, Indicators: indicators(findings, x.Findings), Advice: []Action{}, Figures: Figures{Attack: []AttackRate{}}, Exposure: Exposure{Devices: []DeviceExposure{}}}
		for _, e := range x.Entry {
			y.Entry = append(y.Entry, Entry{at.Party(e.Device), at.Party(e.Via), round(e.Probability)})
		}
		for _, e := range x.Edges {
			rule := findings[e.Finding].Rule
			y.Tree = append(y.Tree, Edge{e.Time.RFC3339(), at.Party(e.Source), at.Party(e.Target), e.Grade.String(), round(e.Probability),
				Proof{e.Finding, rule.ID, rule.Title, e.UID}})
		}
		for _, i := range x.Findings {
			y.Attack = append(y.Attack, findings[i].Rule.Attack...)
		}
		slices.Sort(y.Attack)
		y.Attack = slices.Compact(y.Attack)
		y.Title = storyTitle(&y)
		out = append(out, y)
	}
	return out
}

func (d Directory) infected(list []incident.Infected) []Infected {
	out := []Infected{}
	for _, x := range list {
		out = append(out, Infected{d.Party(x.Device), round(x.Probability), x.First.RFC3339(), x.Median.RFC3339(), x.Last.RFC3339()})
	}
	return out
}

func indicators(findings []detect.Finding, list []int) []Indicator {
	out := []Indicator{}
	for _, x := range indicator.Gather(findings, list) {
		out = append(out, Indicator{x.Kind, x.Value, x.Detail, x.Finding})
	}
	return out
}

// Tell fills in what happened to an incident until end.
func (x *Incident) Tell(of *incident.Incident, cfg incident.Config, findings []detect.Finding, end event.Time) {
	state, changes := of.History(cfg, findings, end)
	x.State, x.History = string(state), []Change{}
	for _, c := range changes {
		x.History = append(x.History, Change{Time: c.Time.RFC3339(), What: c.What, Detail: c.Detail})
	}
}

// round leaves four digits: more are not known.
func round(p float64) float64 { return float64(int(p*1e4+0.5)) / 1e4 }

// storyTitle says in a line how many devices of which roles are concerned.
func storyTitle(x *Incident) string {
	roles := map[string]int{}
	var order []string
	for _, i := range x.Infected {
		r := string(i.Device.Role)
		if roles[r]++; roles[r] == 1 {
			order = append(order, r)
		}
	}
	var parts []string
	for _, r := range order {
		parts = append(parts, fmt.Sprintf("%d %s", roles[r], r))
	}
	switch n := len(x.Infected); {
	case n == 0:
		return "Attempts without a device that is likely infected"
	case n == 1:
		return "One device taken over: " + parts[0]
	default:
		return fmt.Sprintf("Spread over %d devices: %s", n, strings.Join(parts, ", "))
	}
}

// Unseen reports an entry that no sensor saw.
func (e *Entry) Unseen() bool { return e.Device.Address == "" }
