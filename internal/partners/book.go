package partners

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/baseline"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
)

const (
	// Max is how many pairs of addresses a Book keeps.
	Max      = 50_000
	maxTimes = 64 // of a pair
	maxWords = 16 // services of a pair
)

// pair is who is outside with a machine of the site.
type pair struct{ outside, inside netid.IP }

// story is what two had to do with each other.
type story struct {
	first, last event.Time
	contacts    uint64
	inward      uint64 // opened by who is outside
	services    []string
	times       []event.Time // of the latest
}

// Book remembers contacts.
type Book struct {
	list *List
	of   map[pair]*story
	shed uint64
}

// NewBook makes an empty one; list may be nil.
func NewBook(list *List) *Book { return &Book{list: list, of: map[pair]*story{}} }

// Shed is how many conversations found no room.
func (b *Book) Shed() uint64 { return b.shed }

// Add takes the next record. Conversations that nobody answered are no contacts.
func (b *Book) Add(r *event.Record) {
	f, ok := r.Body.(*flow.Record)
	if !ok || r.Conn == nil || f.RespPkts == 0 || f.OrigPkts == 0 || f.ConnState == "REJ" {
		return
	}
	orig, resp := r.Conn.Orig.IP, r.Conn.Resp.IP
	if !orig.IsUnicast() || !resp.IsUnicast() {
		return
	}
	switch {
	case b.list.Of(orig) != nil || baseline.Elsewhere(resp, orig):
		b.note(pair{orig, resp}, r.TS, service(f, r.Conn), true)
	case b.list.Of(resp) != nil:
		b.note(pair{resp, orig}, r.TS, service(f, r.Conn), false)
	}
}

// service names what was spoken: by content, else the port.
func service(f *flow.Record, c *event.Conn) string {
	if s, _, _ := strings.Cut(f.Service, ","); s != "" {
		return s
	}
	return c.Resp.String()[strings.LastIndexByte(c.Resp.String(), ':')+1:] + "/" + f.Proto
}

func (b *Book) note(p pair, at event.Time, service string, inward bool) {
	s := b.of[p]
	if s == nil {
		if len(b.of) >= Max {
			b.shed++
			return
		}
		s = &story{first: at, last: at}
		b.of[p] = s
	}
	s.first, s.last = min(s.first, at), max(s.last, at)
	s.contacts++
	if inward {
		s.inward++
	}
	if len(s.services) < maxWords && !slices.Contains(s.services, service) {
		s.services = append(s.services, service)
	}
	// Records come nearly in order: the latest are kept, in order.
	i, _ := slices.BinarySearch(s.times, at)
	if s.times = slices.Insert(s.times, i, at); len(s.times) > maxTimes {
		s.times = slices.Delete(s.times, 0, 1)
	}
}

// Way is somebody outside that had to do with a machine.
type Way struct {
	Outside, Inside netid.IP
	Partner         *Partner // nil for who is in no file
	First, Last     event.Time
	Before          event.Time // last contact before the time that was asked for, 0 for none
	Contacts        uint64
	Inward          uint64   // opened by who is outside
	Services        []string // sorted
}

// Ways are those that had to do with a machine, those nearest before a time first, and then
// those that came after it.
func (b *Book) Ways(inside netid.IP, before event.Time) []Way {
	var out []Way
	for p, s := range b.of {
		if p.inside != inside {
			continue
		}
		w := Way{Outside: p.outside, Inside: inside, Partner: b.list.Of(p.outside), First: s.first, Last: s.last, Contacts: s.contacts, Inward: s.inward, Services: slices.Sorted(slices.Values(s.services))}
		if s.first <= before {
			w.Before = s.first
		}
		for _, t := range s.times {
			if t <= before {
				w.Before = max(w.Before, t)
			}
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Way) int {
		return cmp.Or(-cmp.Compare(a.Before, b.Before), cmp.Compare(a.First, b.First), a.Outside.Compare(b.Outside))
	})
	return out
}
