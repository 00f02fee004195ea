// Package epidemic makes up outbreaks in made-up hospitals, to try the tracing on.
//
// A hospital has devices by role: modalities that store to archives and ask worklists,
// workstations that fetch, desks that ask the information system, servers that administer
// and back up at night, gateways of suppliers. They talk in the rhythm of a day. One of
// them is infected; after a wait it tries others, those that it knows more than those
// that it does not, and each try goes some way: refused, entered, written, exploited or
// proven. Who is infected does the same. Then it is told what a sensor would have seen:
// some devices are behind a router and never seen, some contacts are lost, on some pairs
// the traffic is encrypted, so that a proven step looks like an entered one.
//
// It knows nothing of how it is traced: it shares no number and no code with the
// inference but the form of a contact. The same seed makes the same outbreak. It refuses
// to make anything that moves: there is no packet here, only rows. There is no standard
// for it.
package epidemic

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/trace"
)

// Setting is what kind of outbreak to make.
type Setting struct {
	Devices   int
	Days      float64 // that are seen
	Everyday  float64 // everyday contacts of a device in an hour of the day, on average
	Hidden    float64 // share of devices that are never seen
	Lost      float64 // share of contacts that are not seen
	Encrypted float64 // share of pairs whose steps look less far than they went
	Cut       float64 // share of the infections that are over when watching begins
	Most      int     // infected devices at which it ends
	Seed      uint64
}

// Infection is what happened to a device.
type Infection struct {
	Device int32
	Parent int32 // trace.Nobody for where it began
	Time   event.Time
}

// Outbreak is what happened and what was seen of it.
type Outbreak struct {
	Infections []Infection // in the order of time
	Unseen     []bool      // by device: it is hidden
	Contacts   []trace.Contact
	Since      event.Time // when watching began, 0 for before all
}

type role uint8

const (
	modality role = iota
	workstation
	desk
	archive
	clinical // worklists, information systems, interface engines
	admin    // deployment, backup, scanners
	gateway
)

// parts of a hospital, by share.
var parts = []struct {
	role  role
	share float64
}{{modality, 0.34}, {workstation, 0.26}, {desk, 0.28}, {archive, 0.02}, {clinical, 0.05}, {admin, 0.03}, {gateway, 0.02}}

type world struct {
	set   Setting
	rng   *rand.Rand
	roles []role
	of    [gateway + 1][]int32
	ward  [][]int32 // whom a device reaches over file sharing, besides servers
	begin event.Time
	out   Outbreak
	// what an intruder does
	wait, waitSpread, pause float64
	start                   event.Time
}

// New makes an outbreak.
func New(set Setting) *Outbreak {
	w := &world{set: set, rng: rand.New(rand.NewPCG(set.Seed, 0x1a2a3e7)), begin: event.Time(1_700_000_000e9)}
	w.people()
	w.everyday()
	w.spread()
	slices.SortStableFunc(w.out.Contacts, func(a, b trace.Contact) int { return cmp.Compare(a.Time, b.Time) })
	w.cut()
	return &w.out
}

// cut takes away what was before watching began.
func (w *world) cut() {
	n := int(w.set.Cut * float64(len(w.out.Infections)))
	if w.set.Cut == 0 || n >= len(w.out.Infections) {
		return
	}
	w.out.Since = w.out.Infections[n].Time
	w.out.Contacts = slices.DeleteFunc(w.out.Contacts, func(c trace.Contact) bool { return c.Time < w.out.Since })
}

func (w *world) people() {
	n := w.set.Devices
	for i := range n {
		r, x := gateway, w.rng.Float64()
		for _, p := range parts {
			if x -= p.share; x < 0 {
				r = p.role
				break
			}
		}
		if i <= int(gateway) {
			r = role(i) // there is one of each
		}
		w.roles = append(w.roles, r)
		w.of[r] = append(w.of[r], int32(i))
		w.out.Unseen = append(w.out.Unseen, w.rng.Float64() < w.set.Hidden)
	}
	w.ward = make([][]int32, n)
	for i := range w.ward {
		for range 4 + w.rng.IntN(8) {
			// Wards are neighbours by number.
			k := (i + w.rng.IntN(41) - 20 + n) % n
			if k != i {
				w.ward[i] = append(w.ward[i], int32(k))
			}
		}
	}
}

func (w *world) one(r role) int32 { return w.of[r][w.rng.IntN(len(w.of[r]))] }

// see tells a contact as the sensor sees it, if it does.
func (w *world) see(c trace.Contact) {
	if c.Source == c.Target || w.out.Unseen[c.Source] || w.out.Unseen[c.Target] || w.rng.Float64() < w.set.Lost {
		return
	}
	w.out.Contacts = append(w.out.Contacts, c)
}

// everyday makes the traffic of the days: more at noon than at night.
func (w *world) everyday() {
	span := w.set.Days * 86400
	for i := range w.roles {
		n := int(w.set.Everyday * w.set.Days * 24 * (0.5 + w.rng.Float64()))
		for range n {
			at := w.rng.Float64() * span
			hour := math.Mod(at/3600, 24)
			if w.rng.Float64() > 0.15+0.85*math.Exp(-(hour-12)*(hour-12)/18) {
				continue
			}
			w.see(w.usual(int32(i), w.begin+event.Time(at*1e9)))
		}
	}
	for day := range int(w.set.Days) { // at night, from servers to all: agents are looked after
		for i := range w.roles {
			at := w.begin + event.Time((float64(day)*86400+3600+w.rng.Float64()*7200)*1e9)
			w.see(trace.Contact{Time: at, Source: w.one(admin), Target: int32(i), Grade: trace.Entered})
		}
	}
}

// usual is what a device of a role does.
func (w *world) usual(i int32, at event.Time) trace.Contact {
	c := trace.Contact{Time: at, Source: i, Grade: trace.Touched}
	x := w.rng.Float64()
	switch w.roles[i] {
	case modality:
		c.Target = w.one(archive)
		if x < 0.4 {
			c.Target = w.one(clinical)
		}
	case workstation:
		c.Target = w.one(archive)
	case desk:
		c.Target = w.one(clinical)
	case archive, clinical:
		c.Target = w.one(workstation)
	case admin, gateway:
		c.Target, c.Grade = w.one(modality), trace.Entered
	}
	if x > 0.9 && len(w.ward[i]) > 0 { // a share of a neighbour
		c.Target, c.Grade = w.ward[i][w.rng.IntN(len(w.ward[i]))], trace.Entered
	}
	return c
}
