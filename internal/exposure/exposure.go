// Package exposure remembers which patients, studies, messages, queries and files each
// device handled, so that it can be told how many were exposed once a device turns out to
// be compromised, and since when.
//
// Of every thing it keeps a hash of 64 bits, by device, by what was done with it, and by
// the hour. Within its bound it knows each thing with the first and the last time in that
// hour, and counts exactly; beyond, hours long ago become sketches, and their counts
// estimates with a known error. A count over several devices and hours counts a thing once.
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
	Exact     int `toml:"exact" doc:"things that are known each by itself, over all devices; the oldest hours beyond become sketches"`
	Hours     int `toml:"hours" doc:"hours of devices that are kept, over all devices, kinds and ways; the oldest beyond are forgotten, and counted"`
	Precision int `toml:"precision" doc:"of sketches: 2^precision bytes each, with an error of 1.04 / 2^(precision/2)"`
}

// DefaultConfig holds some months of a large hospital exactly, in about 130 MB.
func DefaultConfig() Config { return Config{Exact: 4_000_000, Hours: 400_000, Precision: 11} }

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

const hour = event.Time(3600e9)

// trail is what a device did with things of a kind in a way.
type trail struct {
	device netid.IP
	kind   Kind
	way    Way
}

// span is from when to when something was seen.
type span struct{ first, last event.Time }

// slot is an hour of a trail.
type slot struct {
	hour   int64           // since the epoch
	things map[uint64]span // by hash, when it was seen; nil if sketch is set
	sketch *sketch.Sketch
}

// Book remembers.
type Book struct {
	cfg       Config
	trails    map[trail][]*slot // by hour
	exact     int
	slots     int
	forgotten int // hours that found no room
	// order has the hours that are known exactly, to find the oldest: by hour.
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
	if s.sketch != nil {
		s.sketch.Add(hash)
		return
	}
	seen, known := s.things[hash]
	if !known {
		seen = span{at, at}
		if b.exact++; b.exact > b.cfg.Exact {
			defer b.condense()
		}
	}
	s.things[hash] = span{min(seen.first, at), max(seen.last, at)}
}

// slot finds the hour of a trail, or makes it.
func (b *Book) slot(t trail, h int64) *slot {
	list := b.trails[t]
	if n := len(list); n > 0 && list[n-1].hour == h {
		return list[n-1]
	}
	i, ok := slices.BinarySearchFunc(list, h, func(s *slot, h int64) int { return cmp.Compare(s.hour, h) })
	if ok {
		return list[i]
	}
	if b.slots >= b.cfg.Hours {
		b.forget()
		list = b.trails[t]
		i, _ = slices.BinarySearchFunc(list, h, func(s *slot, h int64) int { return cmp.Compare(s.hour, h) })
	}
	s := &slot{hour: h, things: map[uint64]span{}}
	b.trails[t] = slices.Insert(list, i, s)
	b.order[h] = append(b.order[h], s)
	b.least = min(b.least, h)
	b.slots++
	return s
}

// condense makes sketches of the oldest hours, until a tenth of the room is free.
func (b *Book) condense() {
	for want := b.cfg.Exact - b.cfg.Exact/10; b.exact > want && len(b.order) > 0; b.least++ {
		for _, s := range b.order[b.least] {
			b.exact -= len(s.things)
			s.sketch, _ = sketch.New(b.cfg.Precision) // which Validate has looked at
			for hash := range s.things {
				s.sketch.Add(hash)
			}
			s.things = nil
		}
		delete(b.order, b.least)
	}
}

// forget drops the oldest tenth of the hours.
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
			b.forgotten++
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
// in its window; things that several had count once. An hour that has become a sketch
// counts in full, if any of it is in the window.
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
				if s.hour < int64(w.From/hour) || s.hour > int64(w.To/hour) {
					continue
				}
				if s.sketch != nil {
					many(s.sketch)
					continue
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
