package spread

import (
	"math"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/incident"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

func ip(n int) netid.IP { return netid.IPv4(10, 0, 0, byte(n)) }

func at(s int) event.Time { return event.Time(1_700_000_000e9) + event.Time(s)*1e9 }

func role(a netid.IP) roles.Role {
	if a == ip(1) {
		return roles.Server
	}
	return roles.CT
}

// chain is 1 infecting 2 after 100 s, 2 infecting 3 and 4 after 200 and 300 s, and perhaps
// 5, which was reached.
func chain() *incident.Incident {
	x := &incident.Incident{AtRisk: []incident.Infected{{Device: ip(5), Probability: 0.2, Median: at(500)}}}
	for i, s := range []int{0, 100, 300, 400} {
		x.Devices = append(x.Devices, incident.Infected{Device: ip(i + 1), Probability: 1, Median: at(s)})
	}
	x.Edges = []incident.Edge{{Time: at(100), Source: ip(1), Target: ip(2), Probability: 1}, {Time: at(300), Source: ip(2), Target: ip(3), Probability: 1},
		{Time: at(400), Source: ip(2), Target: ip(4), Probability: 1}, {Time: at(500), Source: ip(4), Target: ip(5), Probability: 0.2}}
	return x
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-3*max(math.Abs(want), 1) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestOf(t *testing.T) {
	f := Of(chain(), map[roles.Role]int{roles.Server: 1, roles.CT: 8, roles.MR: 3}, role, at(90))
	if len(f.Attack) != 2 || f.Attack[0].Role != roles.CT || f.Attack[0].Devices != 8 || f.Attack[1].Devices != 1 {
		t.Fatalf("%+v", f.Attack)
	}
	near(t, "infected", f.Attack[0].Infected, 3.2)
	near(t, "share", f.Attack[0].Share, 0.4)
	// Wilson's interval for 3.2 of 8.
	near(t, "low", f.Attack[0].Low, 0.1515)
	near(t, "high", f.Attack[0].High, 0.7134)
	if f.Generation.Number != 3 || f.Generation.Value != 200 || f.Generation.Low != 100 || f.Generation.High != 300 {
		t.Errorf("generation %+v", f.Generation)
	}
	// The first half are 1 and 2, who infected one and two; of all others somebody is seen to
	// have infected them. The bounds are half of the quantiles of chi-squared with 7 degrees
	// of freedom, halved for two devices.
	near(t, "R", f.Reproduction.Value, 1.5)
	if r := f.Reproduction; math.Abs(r.Low-1.690/4) > 0.02 || math.Abs(r.High-16.013/4) > 0.02 || r.Number != 2 {
		t.Errorf("interval %+v", r)
	}
	if f.FirstTrace != at(0) || f.FirstFinding != at(90) {
		t.Errorf("%v, %v", f.FirstTrace, f.FirstFinding)
	}
}

// Whom nobody is seen to have infected counts in proportion; where one infects many and others
// nobody, the interval is wider.
func TestReproduction(t *testing.T) {
	x := chain()
	x.Edges = x.Edges[:2]
	near(t, "half of them seen", Of(x, nil, role, 0).Reproduction.Value, 3.2/2)
	few, even := &incident.Incident{}, &incident.Incident{}
	for i := range 12 {
		d := incident.Infected{Device: ip(i), Probability: 1, Median: at(100 * i)}
		few.Devices, even.Devices = append(few.Devices, d), append(even.Devices, d)
		if i > 0 {
			few.Edges = append(few.Edges, incident.Edge{Time: at(100 * i), Source: ip(0), Target: ip(i), Probability: 1})
			even.Edges = append(even.Edges, incident.Edge{Time: at(100 * i), Source: ip((i - 1) / 2), Target: ip(i), Probability: 1})
		}
	}
	a, b := Of(few, nil, role, 0).Reproduction, Of(even, nil, role, 0).Reproduction
	near(t, "one for all", a.Value, 11.0/6)
	near(t, "two each", b.Value, 11.0/6)
	if a.High-a.Low < 1.5*(b.High-b.Low) {
		t.Errorf("one for all %+v, two each %+v", a, b)
	}
}

// One device without edges has no interval and no reproduction number.
func TestAlone(t *testing.T) {
	x := &incident.Incident{Devices: []incident.Infected{{Device: ip(1), Probability: 0.9, Median: at(5)}}}
	f := Of(x, map[roles.Role]int{roles.Server: 2}, role, 0)
	if f.Generation != (Range{}) || f.Reproduction != (Range{}) || len(f.Attack) != 1 || f.Attack[0].High > 1 || f.Attack[0].Low < 0 {
		t.Errorf("%+v", f)
	}
}
