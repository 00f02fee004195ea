package report

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"lazaret/internal/contacts"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/incident"
	"lazaret/internal/indicator"
)

// Incident is what findings tell together; see package incident, which explains the words.
// Times are RFC 3339 in UTC, probabilities are 0..1.
type Incident struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Severity string     `json:"severity"`
	State    string     `json:"state"` // open, quiet, reopened, closed or merged
	History  []Change   `json:"history"`
	First    string     `json:"first"`
	Last     string     `json:"last"`
	Entry    []Entry    `json:"entry"` // where it may have come in, likeliest first
	Tree     []Edge     `json:"tree"`  // who infected whom, by time
	Infected []Infected `json:"infected"`
	AtRisk   []Infected `json:"at_risk"` // reached, and less likely infected than not
	// Reachable are devices that only everyday contacts from infected ones lead to, likeliest
	// first; Sources those from which the entry may have been reached, the latest first.
	Reachable     []Reach     `json:"reachable"`
	MoreReachable int         `json:"more_reachable"`
	Sources       []Reach     `json:"may_have_infected"`
	MoreSources   int         `json:"more_may_have_infected"`
	Figures       Figures     `json:"figures"`
	Exposure      Exposure    `json:"exposure"`
	WayIn         []WayIn     `json:"way_in"`
	Blind         []Spot      `json:"blind"` // the gravest first
	Indicators    []Indicator `json:"indicators"`
	Advice        []Action    `json:"advice"` // the most urgent first
	Findings      []int       `json:"findings"`
	Attack        []string    `json:"attack"` // techniques of ATT&CK, sorted
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

// Reach is a device to which a path of contacts leads, or from which one leads.
type Reach struct {
	Device Party  `json:"device"`
	Time   string `json:"time"` // reached at the earliest; or left at the latest
	// Probability is that each contact of the path infects with the small chance of an
	// everyday one: good for an order, not for more.
	Probability float64 `json:"probability"`
	Path        []Hop   `json:"path"`
}

// Hop is a contact, or several rolled up: from when to when, and how many.
type Hop struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Source   Party  `json:"source"`
	Target   Party  `json:"target"`
	Grade    string `json:"grade"`
	Contacts uint64 `json:"contacts"`
}

// Proof is the finding behind an edge.
type Proof struct {
	Finding int    `json:"finding"` // index among the findings, -1 for none: a contact as every day
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
			proof := Proof{Finding: -1, Title: "contact as every day"}
			if e.Finding >= 0 {
				rule := findings[e.Finding].Rule
				proof = Proof{e.Finding, rule.ID, rule.Title, e.UID}
			}
			y.Tree = append(y.Tree, Edge{e.Time.RFC3339(), at.Party(e.Source), at.Party(e.Target), e.Grade.String(), round(e.Probability), proof})
		}
		for _, i := range x.Findings {
			y.Attack = append(y.Attack, findings[i].Rule.Attack...)
		}
		slices.Sort(y.Attack)
		y.Attack = slices.Compact(y.Attack)
		y.Reachable, y.MoreReachable = at.reaches(x.Reached), x.MoreReached
		y.Sources, y.MoreSources = at.reaches(x.Before), x.MoreBefore
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

func (d Directory) reaches(list []contacts.Reach) []Reach {
	out := []Reach{}
	for _, r := range list {
		y := Reach{Device: d.Party(r.Device), Time: r.At.RFC3339(), Probability: r.Chance}
		for _, c := range r.Path {
			y.Path = append(y.Path, Hop{c.From.RFC3339(), c.To.RFC3339(), d.Party(c.Source), d.Party(c.Target), c.Grade.String(), c.Count})
		}
		out = append(out, y)
	}
	return out
}

// Keep takes back indicators that are addresses of the site, or of pages on them.
func (x *Incident) Keep(own []netip.Prefix) {
	of := func(host string) bool {
		a, err := netip.ParseAddr(host)
		return err == nil && slices.ContainsFunc(own, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
	}
	x.Indicators = slices.DeleteFunc(x.Indicators, func(i Indicator) bool {
		if i.Kind == indicator.URL {
			u, err := url.Parse(i.Value)
			return err == nil && of(u.Hostname())
		}
		return i.Kind == indicator.Address && of(i.Value)
	})
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
