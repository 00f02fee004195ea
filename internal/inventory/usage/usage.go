// Package usage counts how much a scanner is used.
//
// A Meter belongs to one scanner. It is told of objects that the scanner made, of
// messages about performed procedure steps, and of questions for the worklist, each
// with a keyed hash that names a study, a step or an order; a Sum over several
// meters tells exams, by the hour of the day and by the day. An exam is a group of
// procedure steps that was not discontinued; where no steps were seen it is a study
// of which an object was stored, and where none was stored an order that was asked
// for by its number. One study in two associations, in two series, sent again the
// next day, or seen on its way to a gateway and behind it is one exam, counted at the
// time when it was first seen.
//
// What it refuses to do: it knows no patient, and it invents nothing from
// connections, bytes or worklists that list what is planned.
//
// Memory: a Meter keeps at most Limit exams of each kind, 16 bytes each in a map.
// Beyond that the oldest quarter is only a count by hour of the day and by day, so
// that a study sent again after that many others counts again; days are kept for
// maxDays. A Meter belongs to one goroutine; Sum shares nothing with it.
//
// Standards: DICOM PS3.4 F (modality performed procedure step), PS3.4 B (storage).
package usage

import (
	"maps"
	"math"
	"slices"

	"lazaret/internal/event"
)

// Limit is the most exams of a kind that a Meter tells apart.
const Limit = 2048

// maxDays bounds the days of which exams are counted, the latest first to stay.
const maxDays = 400

const (
	hour = event.Time(3600e9)
	day  = 24 * hour
)

// Meter counts for one scanner. The zero value is ready.
type Meter struct {
	studies, orders table
	steps           map[uint64]step
	done            past // steps no longer told apart
	objects         uint64
	first, last     event.Time
	any             bool
}

// step is a performed procedure step by its instance.
type step struct {
	group        uint64 // study or order, or the instance itself
	at           event.Time
	discontinued bool
}

// table is a set of exams with the time when each was first seen.
type table struct {
	live map[uint64]event.Time
	past past
}

// past is what is left of exams that are no longer told apart.
type past struct {
	hours [24]uint64
	days  map[int64]uint64
}

// Hash makes a key of a keyed hash in text (FNV-1a); zero for empty text.
func Hash(text string) uint64 {
	if text == "" {
		return 0
	}
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return max(h, 1)
}

func (m *Meter) saw(at event.Time) {
	if !m.any {
		m.first, m.last, m.any = at, at, true
	}
	m.first, m.last = min(m.first, at), max(m.last, at)
}

// Object notes an image of a study; study is zero if it was not told.
func (m *Meter) Object(study uint64, at event.Time) {
	m.saw(at)
	m.objects++
	m.studies.add(study, at)
}

// Order notes that one order was asked for by its number.
func (m *Meter) Order(order uint64, at event.Time) {
	if order == 0 {
		return
	}
	m.saw(at)
	m.orders.add(order, at)
}

// Step notes a message about a step: instance names it, group the study or order it
// belongs to (zero if not told). A step that is discontinued is no exam.
func (m *Meter) Step(instance, group uint64, discontinued bool, at event.Time) {
	if instance == 0 {
		return
	}
	m.saw(at)
	s, known := m.steps[instance]
	switch {
	case !known && len(m.steps) >= Limit:
		m.forgetSteps()
		fallthrough
	case !known:
		s = step{group: group, at: at}
		if group == 0 {
			s.group = instance
		}
	case group != 0 && s.group == instance:
		s.group = group
	}
	s.at = min(s.at, at)
	s.discontinued = s.discontinued || discontinued
	if m.steps == nil {
		m.steps = map[uint64]step{}
	}
	m.steps[instance] = s
}

// forgetSteps lets the oldest quarter of the steps go. Exams of steps are of use
// while their second message may come, which is soon.
func (m *Meter) forgetSteps() {
	list := slices.SortedFunc(maps.Keys(m.steps), func(a, b uint64) int {
		return order(m.steps[a].at, a, m.steps[b].at, b)
	})
	for _, k := range list[:len(list)/4] {
		if s := m.steps[k]; !s.discontinued {
			m.done.count(s.at)
		}
		delete(m.steps, k)
	}
}

func order(at event.Time, a uint64, bt event.Time, b uint64) int {
	switch {
	case at < bt || at == bt && a < b:
		return -1
	case at == bt && a == b:
		return 0
	}
	return 1
}

func (t *table) add(key uint64, at event.Time) {
	if key == 0 {
		return
	}
	if was, known := t.live[key]; known {
		if at < was {
			t.live[key] = at
		}
		return
	}
	if t.live == nil {
		t.live = map[uint64]event.Time{}
	}
	if len(t.live) >= Limit {
		list := slices.SortedFunc(maps.Keys(t.live), func(a, b uint64) int { return order(t.live[a], a, t.live[b], b) })
		for _, k := range list[:len(list)/4] {
			t.past.count(t.live[k])
			delete(t.live, k)
		}
	}
	t.live[key] = at
}

func (p *past) count(at event.Time) {
	p.hours[hourOf(at)]++
	if p.days == nil {
		p.days = map[int64]uint64{}
	}
	p.days[dayOf(at)]++
	if len(p.days) > maxDays {
		delete(p.days, slices.Min(slices.Collect(maps.Keys(p.days))))
	}
}

func (p *past) add(o *past) {
	for i, n := range o.hours {
		p.hours[i] += n
	}
	if len(o.days) > 0 && p.days == nil {
		p.days = map[int64]uint64{}
	}
	for d, n := range o.days {
		p.days[d] += n
	}
}

func (p *past) total() (n uint64) {
	for _, h := range p.hours {
		n += h
	}
	return n
}

// size is the number of exams.
func (t *table) size() int { return len(t.live) + int(t.past.total()) }

// floorDiv divides towards the past, so that times before 1970 have days too.
func floorDiv(t, by event.Time) int64 {
	n := int64(t / by)
	if t%by < 0 {
		n--
	}
	return n
}

func dayOf(t event.Time) int64 { return floorDiv(t, day) }
func hourOf(t event.Time) int  { return int(((floorDiv(t, hour) % 24) + 24) % 24) }

// Use is what several meters of one scanner add up to.
type Use struct {
	Exams       int
	Studies     int // distinct studies of which objects were stored
	Objects     uint64
	First, Last event.Time
	PerHour     float64 // exams per hour of the window, of at least one hour
	PerDay      float64 // exams per calendar day (UTC) that the window touches
	BusiestHour int     // 0..23, UTC
	Days        map[int64]uint64
	From        string // mpps, storage or worklist
}

// Sum adds meters of one scanner up. The window is the time that was watched. ok is
// false if no exam was seen.
func Sum(list []*Meter, from, to event.Time) (u Use, ok bool) {
	studies, orders, steps := table{}, table{}, table{}
	u.First, u.Last = math.MaxInt64, math.MinInt64
	for _, m := range list {
		if !m.any {
			continue
		}
		u.First, u.Last = min(u.First, m.first), max(u.Last, m.last)
		u.Objects += m.objects
		studies.join(&m.studies)
		orders.join(&m.orders)
		steps.past.add(&m.done)
		for _, s := range m.steps {
			if !s.discontinued {
				steps.keep(s.group, s.at)
			}
		}
	}
	u.Studies = studies.size()
	exams := &steps
	switch {
	case steps.size() > 0:
		u.From = "mpps"
	case u.Studies > 0:
		u.From, exams = "storage", &studies
	case orders.size() > 0:
		u.From, exams = "worklist", &orders
	default:
		return Use{}, false
	}
	for _, at := range exams.live {
		exams.past.count(at)
	}
	u.Exams = int(exams.past.total())
	u.Days = exams.past.days
	for h, n := range exams.past.hours {
		if n > exams.past.hours[u.BusiestHour] {
			u.BusiestHour = h
		}
	}
	hours := max(float64(to-from)/float64(hour), 1)
	u.PerHour = float64(u.Exams) / hours
	u.PerDay = float64(u.Exams) / float64(max(dayOf(to)-dayOf(from), 0)+1)
	return u, true
}

// join adds the exams of another table: one that both have counts once, when it was
// first seen.
func (t *table) join(o *table) {
	for k, at := range o.live {
		t.keep(k, at)
	}
	t.past.add(&o.past)
}

// keep is add without a bound, for what bounded tables hold.
func (t *table) keep(key uint64, at event.Time) {
	if t.live == nil {
		t.live = map[uint64]event.Time{}
	}
	if was, known := t.live[key]; !known || at < was {
		t.live[key] = at
	}
}
