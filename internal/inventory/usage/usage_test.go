package usage

import (
	"testing"

	"lazaret/internal/event"
)

const start = event.Time(20_000) * day // a midnight

func at(h float64) event.Time { return start + event.Time(h*float64(hour)) }

func sum(t *testing.T, from, to float64, list ...*Meter) Use {
	t.Helper()
	u, ok := Sum(list, at(from), at(to))
	if !ok {
		t.Fatal("no exam")
	}
	return u
}

func TestStorage(t *testing.T) {
	var m Meter
	for i := range 50 { // one exam over two associations, two series
		m.Object(7, at(9)+event.Time(i))
	}
	m.Object(7, at(9.2))
	m.Object(8, at(9.5))
	m.Object(9, at(14))
	m.Object(7, at(30)) // sent again the next day
	u := sum(t, 8, 32, &m)
	if u.Exams != 3 || u.Studies != 3 || u.Objects != 54 || u.From != "storage" || u.BusiestHour != 9 {
		t.Errorf("%+v", u)
	}
	if u.PerHour != 3.0/24 || u.PerDay != 1.5 || u.First != at(9) || u.Last != at(30) {
		t.Errorf("%+v", u)
	}
	if u := sum(t, 9, 9.1, &m); u.PerHour != 3 || u.PerDay != 3 {
		t.Errorf("a short window counts as an hour: %+v", u)
	}
}

func TestDayBorder(t *testing.T) {
	var m Meter
	m.Object(1, at(23.99))
	m.Object(1, at(24.01)) // the same exam goes on
	m.Object(2, at(24.02))
	u := sum(t, 23, 25, &m)
	if u.Exams != 2 || u.Days[20_000] != 1 || u.Days[20_001] != 1 || u.PerDay != 1 {
		t.Errorf("%+v", u)
	}
	var old Meter
	old.Object(1, -1)
	if u, _ := Sum([]*Meter{&old}, -2, 0); u.Days[-1] != 1 || u.BusiestHour != 23 {
		t.Errorf("before 1970: %+v", u)
	}
}

func TestSteps(t *testing.T) {
	var m Meter
	m.Step(1, 100, false, at(8))
	m.Step(1, 0, false, at(8.4))   // completed
	m.Step(2, 100, false, at(8.1)) // a second step of the same study
	m.Step(3, 0, false, at(9))
	m.Step(3, 101, false, at(9.1)) // the study comes with the second message
	m.Step(4, 102, false, at(10))
	m.Step(4, 0, true, at(10.1)) // discontinued
	m.Step(0, 1, false, at(11))
	m.Object(55, at(8.5))
	u := sum(t, 8, 18, &m)
	if u.Exams != 2 || u.From != "mpps" || u.Studies != 1 || u.PerHour != 0.2 {
		t.Errorf("%+v", u)
	}
}

func TestWorklist(t *testing.T) {
	var m Meter
	m.Order(0, at(1)) // a list of all that is planned
	if _, ok := Sum([]*Meter{&m}, at(0), at(2)); ok {
		t.Error("a list of plans is no exam")
	}
	m.Order(5, at(1))
	m.Order(5, at(1.2))
	if u := sum(t, 0, 2, &m); u.Exams != 1 || u.From != "worklist" || u.Studies != 0 {
		t.Errorf("%+v", u)
	}
}

// What a scanner sent and what a gateway passed on are the same studies.
func TestTogether(t *testing.T) {
	var a, b Meter
	a.Object(1, at(9))
	a.Object(2, at(10))
	b.Object(2, at(10.5))
	b.Object(3, at(11))
	if u := sum(t, 9, 12, &a, &b); u.Exams != 3 || u.Objects != 4 {
		t.Errorf("%+v", u)
	}
}

func TestBounds(t *testing.T) {
	var m Meter
	const n = 5 * Limit
	for i := range n {
		m.Object(uint64(i+1), start+event.Time(i)*hour)
		m.Step(uint64(i+1), 0, false, start+event.Time(i)*hour)
		m.Order(uint64(i+1), start+event.Time(i)*hour)
	}
	if len(m.studies.live) > Limit || len(m.steps) > Limit || len(m.orders.live) > Limit || len(m.studies.past.days) > maxDays {
		t.Errorf("%d studies, %d steps, %d orders, %d days", len(m.studies.live), len(m.steps), len(m.orders.live), len(m.studies.past.days))
	}
	if u := sum(t, 0, n, &m); u.Studies != n {
		t.Errorf("%d of %d studies", u.Studies, n)
	}
}

func TestHash(t *testing.T) {
	if Hash("") != 0 || Hash("a") == Hash("b") || Hash("a") == 0 {
		t.Error("hashes")
	}
}
