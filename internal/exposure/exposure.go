// Package exposure remembers which patients, studies, messages, queries and files each
// device handled, so that it can be told how many were exposed once a device turns out to
// be compromised, and since when.
//
// Of every thing it keeps a hash of 64 bits, by device, by what was done with it, and by
// the hour. Within its bound it knows each thing with the first and the last time in that
// hour, and counts exactly; beyond, hours long ago become days, of which few things are
// known each still and many by a sketch, whose count is an estimate with a known error. A
// count over several devices and hours counts a thing once.
//
// It refuses to know who anybody is: hashes are keyed, the key stays with the site, and
// nothing here can be turned back into a patient. It reads no record and no clock.
//
// Memory: Config bounds the things that are known exactly, and the hours. A Book belongs
// to one goroutine. There is no standard for it; what must be told to whom after a breach
// is law (in the United States 45 CFR 164.400-414, in the European Union article 33 of
// regulation 2016/679).
package exposure

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/sketch"
)

// Kind is what is counted.
type Kind uint8

// The kinds.
const (
	Patients Kind = iota
	Studies
	Messages // of HL7
	Queries
	Files
	Kinds // how many there are
)

// String is the word for a kind.
func (k Kind) String() string {
	return [...]string{"patients", "studies", "messages", "queries", "files", "none"}[min(k, Kinds)]
}

// Way is what was done with it.
type Way uint8

// The ways.
const (
	Handled  Way = iota // sent, received or served as the device does it every day
	Returned            // told in the answer to a query
	Moved               // gone to where the baseline does not know it to go
	Ways                // how many there are
)

// String is the word for a way.
func (w Way) String() string {
	return [...]string{"handled", "returned", "moved", "none"}[min(w, Ways)]
}

// Config bounds a Book.
type Config struct {
	Exact     int `toml:"exact" doc:"things that are known each by itself, over all devices; beyond, the oldest hours become days, and large days sketches"`
	Hours     int `toml:"hours" doc:"hours and days of devices that are kept, over all devices, kinds and ways; beyond, the oldest hours become days, and if there is none left the oldest days are forgotten, and counted"`
	Precision int `toml:"precision" doc:"of sketches: 2^precision bytes each, with an error of 1.04 / 2^(precision/2)"`
}

// DefaultConfig holds a year of a large hospital: see docs/performance.md.
func DefaultConfig() Config { return Config{Exact: 2_000_000, Hours: 400_000, Precision: 12} }

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	if c.Exact < 1 || c.Exact > 1<<30 {
		errs = append(errs, fmt.Errorf("exposure.exact: %d is not between 1 and %d", c.Exact, 1<<30))
	}
	if c.Hours < 1 || c.Hours > 1<<26 {
		errs = append(errs, fmt.Errorf("exposure.hours: %d is not between 1 and %d", c.Hours, 1<<26))
	}
	if c.Precision < sketch.Least || c.Precision > sketch.Most {
		errs = append(errs, fmt.Errorf("exposure.precision: %d is not between %d and %d", c.Precision, sketch.Least, sketch.Most))
	}
	return errors.Join(errs...)
}

const (
	hour = event.Time(3600e9)
	day  = 24 // hours
)

// trail is what a device did with things of a kind in a way.
type trail struct {
	device netid.IP
	kind   Kind
	way    Way
}

// span is from when to when something was seen.
type span struct{ first, last event.Time }

// slot is an hour of a trail, or, when that is long ago, a day. Of its three forms it has
// one: an hour knows when it saw each thing, a day knows few things each or many by number.
type slot struct {
	trail  trail
	hour   int64 // the first, since the epoch
	hours  int64
	things map[uint64]span // by hash
	few    []uint64        // sorted
	sketch *sketch.Sketch
}

// loose takes a thing without its time.
func (s *slot) loose(hash uint64, precision int) {
	if s.sketch != nil {
		s.sketch.Add(hash)
		return
	}
	i, known := slices.BinarySearch(s.few, hash)
	if known {
		return
	}
	if len(s.few) < 1<<precision/8 { // as long as it is no larger than a sketch
		s.few = slices.Insert(s.few, i, hash)
		return
	}
	s.sketch, _ = sketch.New(precision) // which Validate has looked at
	for _, h := range s.few {
		s.sketch.Add(h)
	}
	s.sketch.Add(hash)
	s.few = nil
}

// Book remembers.
type Book struct {
	cfg       Config
	trails    map[trail][]*slot // by hour
	exact     int
	slots     int
	forgotten int // hours that found no room
	// order has the slots that are hours, to find the oldest.
	order map[int64][]*slot
	least int64 // no hour of order is below it
}

// New makes an empty Book.
func New(cfg Config) *Book {
	return &Book{cfg: cfg, trails: map[trail][]*slot{}, order: map[int64][]*slot{}, least: 1 << 62}
}

// Add remembers that a device did something with a thing, by the hash of the thing.
func (b *Book) Add(device netid.IP, kind Kind, way Way, hash uint64, at event.Time) {
	s := b.slot(trail{device, kind, way}, int64(at/hour))
	if s.things == nil {
		s.loose(hash, b.cfg.Precision)
		return
	}
	seen, known := s.things[hash]
	if !known {
		seen = span{at, at}
		if b.exact++; b.exact > b.cfg.Exact {
			defer b.condense(func() bool { return b.exact > b.cfg.Exact-b.cfg.Exact/10 })
		}
	}
	s.things[hash] = span{min(seen.first, at), max(seen.last, at)}
}

// find finds the slot of a list that has an hour, or where a new one belongs.
func find(list []*slot, h int64) (int, bool) {
	i, ok := slices.BinarySearchFunc(list, h, func(s *slot, h int64) int { return cmp.Compare(s.hour, h) })
	if !ok && i > 0 && h < list[i-1].hour+list[i-1].hours {
		return i - 1, true
	}
	return i, ok
}

// slot finds the hour of a trail, or makes it.
func (b *Book) slot(t trail, h int64) *slot {
	list := b.trails[t]
	if n := len(list); n > 0 && list[n-1].hour == h {
		return list[n-1]
	}
	i, ok := find(list, h)
	if ok {
		return list[i]
	}
	if b.slots >= b.cfg.Hours {
		b.condense(func() bool { return b.slots > b.cfg.Hours-b.cfg.Hours/10 })
		if b.slots >= b.cfg.Hours {
			b.forget()
		}
		list = b.trails[t]
		if i, ok = find(list, h); ok {
			return list[i]
		}
	}
	s := &slot{trail: t, hour: h, hours: 1, things: map[uint64]span{}}
	b.trails[t] = slices.Insert(list, i, s)
	b.order[h] = append(b.order[h], s)
	b.least = min(b.least, h)
	b.slots++
	return s
}

// condense makes days of the oldest hours, as long as it must.
func (b *Book) condense(must func() bool) {
	touched := map[trail]bool{}
	for must() && len(b.order) > 0 {
		if _, ok := b.order[b.least]; !ok {
			b.least = slices.Min(slices.Collect(maps.Keys(b.order)))
		}
		first := b.least - b.least%day
		for h := first; h < first+day; h++ { // whole days: a day is made once
			for _, s := range b.order[h] {
				touched[s.trail] = true
				b.exact -= len(s.things)
				b.fold(s, first)
			}
			delete(b.order, h)
		}
		b.least = first + day
	}
	for t := range touched {
		b.trails[t] = slices.DeleteFunc(b.trails[t], func(s *slot) bool { return s.hours == 0 })
	}
}

// fold puts an hour into its day, which is the first of its hours that is at hand.
func (b *Book) fold(s *slot, first int64) {
	list := b.trails[s.trail]
	i, _ := slices.BinarySearchFunc(list, first, func(s *slot, h int64) int { return cmp.Compare(s.hour, h) })
	d := list[i]
	things := s.things
	s.things = nil
	if d == s {
		s.hour, s.hours = first, day
	} else {
		s.hours = 0 // folded; condense takes it out
		b.slots--
	}
	for hash := range things {
		d.loose(hash, b.cfg.Precision)
	}
}

// forget drops the oldest tenth of the slots.
func (b *Book) forget() {
	var all []int64
	for _, list := range b.trails {
		for _, s := range list {
			all = append(all, s.hour)
		}
	}
	slices.Sort(all)
	before := all[len(all)/10] + 1
	for t, list := range b.trails {
		keep := list[:0]
		for _, s := range list {
			if s.hour >= before {
				keep = append(keep, s)
				continue
			}
			b.slots--
			b.forgotten += int(s.hours)
			b.exact -= len(s.things)
		}
		clear(list[len(keep):])
		if b.trails[t] = keep; len(keep) == 0 {
			delete(b.trails, t)
		}
	}
	for h := range b.order {
		if h < before {
			delete(b.order, h)
		}
	}
	b.least = max(b.least, before)
}

// Count is how many different things there were.
type Count struct {
	Number uint64
	Error  float64 // standard error relative to Number; 0 if it is exact
}

// String writes a count as it may be told: about, if it is an estimate.
func (c Count) String() string {
	if c.Error == 0 {
		return fmt.Sprint(c.Number)
	}
	return fmt.Sprintf("about %d (standard error %.1f %%)", c.Number, 100*c.Error)
}

// Window is a device with the time in which what it did counts, both ends included.
type Window struct {
	Device   netid.IP
	From, To event.Time
}

// Count tells how many different things of a kind devices had in any of the ways, each
// in its window; things that several had count once. An hour that has become part of a day
// counts with all of that day, if any of it is in the window: rather one too many.
func (b *Book) Count(windows []Window, kind Kind, ways ...Way) Count {
	exact := map[uint64]struct{}{}
	var whole *sketch.Sketch
	b.each(windows, kind, ways, func(hash uint64) { exact[hash] = struct{}{} }, func(s *sketch.Sketch) {
		if whole == nil {
			whole, _ = sketch.New(b.cfg.Precision)
		}
		_ = whole.Join(s) // all have one precision
	})
	if whole == nil {
		return Count{Number: uint64(len(exact))}
	}
	for hash := range exact {
		whole.Add(hash)
	}
	return Count{Number: whole.Count(), Error: sketch.Error(b.cfg.Precision)}
}

// Hashes are the things of a kind that are known each by itself, sorted, and whether
// these are all. It is for a site that has the key, to compare with a list of its own.
func (b *Book) Hashes(windows []Window, kind Kind, ways ...Way) (list []uint64, all bool) {
	all = true
	seen := map[uint64]struct{}{}
	b.each(windows, kind, ways, func(hash uint64) { seen[hash] = struct{}{} }, func(*sketch.Sketch) { all = false })
	for hash := range seen {
		list = append(list, hash)
	}
	slices.Sort(list)
	return list, all
}

// Forgotten is how many hours of devices found no room.
func (b *Book) Forgotten() int { return b.forgotten }

func (b *Book) each(windows []Window, kind Kind, ways []Way, one func(hash uint64), many func(*sketch.Sketch)) {
	for _, w := range windows {
		for _, way := range ways {
			for _, s := range b.trails[trail{w.Device, kind, way}] {
				if s.hour+s.hours <= int64(w.From/hour) || s.hour > int64(w.To/hour) {
					continue
				}
				if s.sketch != nil {
					many(s.sketch)
					continue
				}
				for _, hash := range s.few {
					one(hash)
				}
				for hash, seen := range s.things {
					if seen.first <= w.To && seen.last >= w.From {
						one(hash)
					}
				}
			}
		}
	}
}
