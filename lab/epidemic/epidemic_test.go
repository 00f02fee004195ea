package epidemic

import (
	"reflect"
	"testing"

	"lazaret/internal/trace"
)

// What happened is traced as well as is claimed, and chances mean what they say. The study
// has more runs; these are the first of them.
func TestTrace(t *testing.T) {
	for _, c := range Cases {
		if c.Setting.Devices > 500 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			runs := 60
			if c.Setting.Devices == 500 {
				runs = 20
			}
			s, err := c.Run(runs)
			if err != nil {
				t.Fatal(err)
			}
			all := c.Setting.Hidden+c.Setting.Lost+c.Setting.Encrypted+c.Setting.Cut == 0
			switch {
			case all && (s.Precision() < 0.95 || s.Recall() < 0.95 || s.AtFirst() < 0.95):
				t.Errorf("with full sight: precision %.3f, recall %.3f, entry first %.3f", s.Precision(), s.Recall(), s.AtFirst())
			case s.AmongThree() < 0.9:
				t.Errorf("entry among the first three: %.3f", s.AmongThree())
			case s.Edges.Error() > 0.05 || s.Infected.Error() > 0.05 || s.Entries.Error() > 0.05:
				t.Errorf("chances are off by %.3f for edges, %.3f for devices, %.3f for entries", s.Edges.Error(), s.Infected.Error(), s.Entries.Error())
			}
		})
	}
}

// An outbreak is one: everybody but the first has a parent that was infected before, and
// what is not to be seen is not.
func TestOutbreak(t *testing.T) {
	set := Setting{Devices: 200, Days: 4, Everyday: 1, Most: 40, Hidden: 0.2, Lost: 0.1, Encrypted: 0.3, Seed: 7}
	o := New(set)
	if !reflect.DeepEqual(o, New(set)) {
		t.Error("the same seed makes another outbreak")
	}
	since := map[int32]int{}
	for i, x := range o.Infections {
		if _, twice := since[x.Device]; twice {
			t.Errorf("device %d is infected twice", x.Device)
		}
		since[x.Device] = i
		if by, ok := since[x.Parent]; (i == 0) != (x.Parent == trace.Nobody) || i > 0 && (!ok || o.Infections[by].Time > x.Time) {
			t.Errorf("infection %d: %+v", i, x)
		}
	}
	hidden, attacks := 0, 0
	for _, h := range o.Unseen {
		if h {
			hidden++
		}
	}
	for i, c := range o.Contacts {
		if o.Unseen[c.Source] || o.Unseen[c.Target] || i > 0 && c.Time < o.Contacts[i-1].Time {
			t.Fatalf("contact %d: %+v", i, c)
		}
		if c.Hostile {
			attacks++
			if k, ok := since[c.Source]; !ok || o.Infections[k].Time > c.Time {
				t.Errorf("who is not infected attacks: %+v", c)
			}
		}
	}
	if hidden < 20 || hidden > 60 || attacks < 40 || len(o.Contacts) < 5000 {
		t.Errorf("%d hidden, %d attacks, %d contacts", hidden, attacks, len(o.Contacts))
	}
}

func TestScale(t *testing.T) {
	var s Scale
	for i := range 10 {
		s.add(0.85, i < 6) // came in 60 of 100
	}
	if e := s.Error(); e < 0.249 || e > 0.251 {
		t.Errorf("off by %v", e)
	}
}
