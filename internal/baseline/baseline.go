// Package baseline is who normally speaks what to whom: it is learned from records in
// windows of time that somebody vouches for, frozen to a file that a person can review,
// and compared with.
//
// A Profile is a set of rows. A row is a fact that was seen: this machine spoke DICOM to
// that one, this title came from this address by this implementation, this application
// sent results there. It says when that was first and last, how often and on how many days;
// for retrievals also how much in an hour and in a day. The role of each machine is asked
// when the profile is frozen, and what is usual for a role is counted from the rows.
//
// Refused and unanswered attempts are not learned: what did not succeed is no habit. It
// refuses to judge; behaviours do, and containment takes its flows from here. The file has
// no patient data: titles, applications, addresses and implementations only. What a window
// shows is taken for normal even if an intruder was there already: that is why the file is
// text, to be read before it is trusted.
//
// Memory: Config bounds the rows of each kind; what finds no room is counted and said in
// the file. A Profile belongs to one goroutine and keeps no record. It reads no clock: time
// is that of records, and what comes first in the merge is learned first, so the file is
// the same for any number of workers. Standards: DICOM PS3.7 and PS3.8 for titles and
// implementations, HL7 version 2 for senders, RFC 1918, 4193 and 6598 for what is inside.
package baseline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
)

// Config bounds a Profile.
type Config struct {
	Hosts    int `toml:"hosts" doc:"most machines, and network cards, that are learned"`
	Contacts int `toml:"contacts" doc:"most rows of who speaks what to whom"`
	Outside  int `toml:"outside" doc:"most rows of what is called outside, and of who calls from there"`
	Names    int `toml:"names" doc:"most rows of each other kind: titles, destinations, storers, retrievals, queries, senders, acts"`
	Studies  int `toml:"studies" doc:"most different studies of one retriever that are told apart within a day; the retrievers are at most 256"`
}

// DefaultConfig is for a network of a few thousand machines.
func DefaultConfig() Config {
	return Config{Hosts: 20_000, Contacts: 100_000, Outside: 50_000, Names: 20_000, Studies: 2048}
}

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	for _, x := range []struct {
		key string
		n   int
	}{{"hosts", c.Hosts}, {"contacts", c.Contacts}, {"outside", c.Outside}, {"names", c.Names}, {"studies", c.Studies}} {
		if x.n < 1 || x.n > 1<<20 {
			errs = append(errs, fmt.Errorf("baseline.%s: %d is not between 1 and %d", x.key, x.n, 1<<20))
		}
	}
	return errors.Join(errs...)
}

// Kind is what a row is about.
type Kind uint8

// The kinds, in the order of the file.
const (
	Host        Kind = iota // a machine: Source
	Card                    // Source was said to be at the network card Name (ARP)
	Contact                 // Source opened a conversation with Target: Name is the service
	Outside                 // Source called outside: Name is a host or a network, More the service
	Inbound                 // Source was called from outside: Name is the network, More the service
	Act                     // Source administered Target: Name is share, service, task, registry or wmi
	Title                   // Name called from Source: More is the implementation class UID, Also its version
	Called                  // Name answered at Source
	Destination             // Source was told to send images to the title Name
	Storer                  // Name at Source stored into Target
	Retrieval               // Name at Source fetched images: Most says how much
	Query                   // Name at Source asked Target for everything: Most[0] is the most answers
	Sender                  // Source sent to Target as application Name of facility More; Also is the message type
	kinds
)

// Key tells rows apart. Texts are at most maxText bytes.
type Key struct {
	Kind             Kind
	Source, Target   netid.IP
	Name, More, Also string
}

// maxText is the longest text of a row, in bytes. Longer ones are cut when learned.
const maxText = 128

// Row is what was learned of a Key.
type Row struct {
	First, Last event.Time // of the records, whole seconds once read from a file
	Times       uint64     // how often, at least 1
	Days        uint64     // on how many days (UTC), at least 1
	Role        roles.Role // of a Host, when the profile was frozen
	Hours       uint32     // of a Retrieval: a bit for each hour of the day, UTC
	// Most of a Retrieval are studies, objects and bytes in an hour, then in a day; of a
	// Query answers to one question.
	Most [6]uint64
	day  int64 // the last that was counted
}

// Window is a time that was learned from: both ends are times of records.
type Window struct{ From, To event.Time }

// Profile is what is normal.
type Profile struct {
	Tool    string   // version of the program that froze it
	Windows []Window // learned from, in the order of learning
	cfg     Config
	rows    map[Key]*Row
	count   [kinds]int
	shed    [kinds]uint64
	spec    []Ask // windows that are learned in this run
	realm   []Window
	origin  event.Time
	begun   bool
	titles  map[string][]Key // rows of kind Title by their title
	names   *names
	amounts *lru.Map[Key, *amount]
	cards   map[string][]netid.IP // addresses of a card
	holders map[netid.IP][]string // cards of an address
	abroad  map[abroad]int        // rows of Outside and Inbound
	usual   map[habit]*Usage      // nil when it must be counted again
	members map[roles.Role]int
}

// New makes an empty Profile that learns in the windows that are asked for.
func New(cfg Config, learn []Ask) *Profile {
	p := &Profile{cfg: cfg, rows: map[Key]*Row{}, titles: map[string][]Key{}, abroad: map[abroad]int{}, cards: map[string][]netid.IP{}, holders: map[netid.IP][]string{}, names: newNames(), amounts: lru.New[Key, *amount](maxRetrievers)}
	p.Learn(learn)
	return p
}

// Learn asks for windows to learn in, from now on.
func (p *Profile) Learn(windows []Ask) {
	p.spec, p.realm = windows, make([]Window, len(windows))
}

// Has reports whether something was learned, and how often.
func (p *Profile) Has(k Key) (*Row, bool) {
	r, ok := p.rows[k]
	return r, ok
}

// Len is the number of rows of a kind, and how many found no room.
func (p *Profile) Len(k Kind) (rows int, shed uint64) { return p.count[k], p.shed[k] }

// Knows reports whether a machine took part in something that was learned.
func (p *Profile) Knows(ip netid.IP) bool {
	_, ok := p.rows[Key{Kind: Host, Source: ip}]
	return ok
}

// Role is what a machine was for when the profile was frozen.
func (p *Profile) Role(ip netid.IP) roles.Role {
	if r, ok := p.rows[Key{Kind: Host, Source: ip}]; ok && r.Role != "" {
		return r.Role
	}
	return roles.Unknown
}

// TitlesOf are the rows of a calling title, in the order in which they were learned.
func (p *Profile) TitlesOf(title string) []Key { return p.titles[text(title)] }

// Freeze asks the role of each machine. One that is not known any more keeps the role
// that it had.
func (p *Profile) Freeze(role func(netid.IP) roles.Role) {
	for k, r := range p.rows {
		if k.Kind != Host {
			continue
		}
		if now := role(k.Source); now != roles.Unknown || r.Role == "" {
			r.Role = now
		}
	}
	p.usual = nil
}

// Rows are all rows in the order of the file: by kind, then by what they are about.
func (p *Profile) Rows() []Key {
	out := make([]Key, 0, len(p.rows))
	for k := range p.rows {
		out = append(out, k)
	}
	slices.SortFunc(out, compare)
	return out
}

// compare is the order of the file.
func compare(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Source.Compare(b.Source), a.Target.Compare(b.Target),
		strings.Compare(a.Name, b.Name), strings.Compare(a.More, b.More), strings.Compare(a.Also, b.Also))
}

// room is the most rows of a kind.
func (p *Profile) room(k Kind) int {
	switch k {
	case Host, Card:
		return p.cfg.Hosts
	case Contact:
		return p.cfg.Contacts
	case Outside, Inbound:
		return p.cfg.Outside
	}
	return p.cfg.Names
}

// add counts something that was seen. It gives back nil if there is no room.
func (p *Profile) add(k Key, at event.Time) *Row {
	r := p.rows[k]
	day := int64(at) / int64(dayLong)
	if r == nil {
		if p.count[k.Kind] >= p.room(k.Kind) {
			p.shed[k.Kind]++
			return nil
		}
		r = &Row{First: at, Last: at, day: day - 1}
		p.put(k, r)
	}
	r.First, r.Last = min(r.First, at), max(r.Last, at)
	r.Times++
	if day > r.day {
		r.Days++
		r.day = day
	}
	return r
}

// put enters a row that is new.
func (p *Profile) put(k Key, r *Row) {
	p.rows[k] = r
	p.count[k.Kind]++
	p.usual = nil
	if k.Kind == Title {
		p.titles[k.Name] = append(p.titles[k.Name], k)
	}
	if k.Kind == Card {
		p.cards[k.Name] = append(p.cards[k.Name], k.Source)
		p.holders[k.Source] = append(p.holders[k.Source], k.Name)
	}
	if k.Kind == Outside || k.Kind == Inbound {
		p.abroad[abroad{k.Kind, k.Source, k.More}]++
	}
}

// AddressesOf are the addresses of a network card, in the order in which they were learned.
func (p *Profile) AddressesOf(card netid.MAC) []netid.IP { return p.cards[card.String()] }

// CardsOf are the network cards that an address was said to be at.
func (p *Profile) CardsOf(ip netid.IP) []string { return p.holders[ip] }

// abroad is a machine and a service that it has with the outside.
type abroad struct {
	kind    Kind
	ip      netid.IP
	service string
}

// Abroad is with how many partners outside a machine had a service, called by it (Outside)
// or by them (Inbound).
func (p *Profile) Abroad(kind Kind, ip netid.IP, service string) int {
	return p.abroad[abroad{kind, ip, service}]
}

const (
	hourLong = event.Interval(3_600_000_000_000)
	dayLong  = 24 * hourLong
)

// Span is how long was learned in all.
func (p *Profile) Span() event.Interval {
	var out event.Interval
	for _, w := range p.learned() {
		out += w.To.Sub(w.From)
	}
	return out
}

// learned are the windows of the file and those of this run in which there were records.
func (p *Profile) learned() []Window {
	out := slices.Clone(p.Windows)
	for _, w := range p.realm {
		if w.To != 0 {
			out = append(out, w)
		}
	}
	return out
}

// Empty are the windows of this run in which there was no record.
func (p *Profile) Empty() []Ask {
	var out []Ask
	for i, a := range p.spec {
		if p.realm[i].To == 0 {
			out = append(out, a)
		}
	}
	return out
}

// text bounds what a record says without breaking a character.
func text(s string) string {
	if len(s) > maxText {
		n := maxText
		for n > 0 && s[n]&0xc0 == 0x80 {
			n--
		}
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "?")
}
