// Package inventory tells what every machine on the network is, from records
// alone.
//
// A device is not an address. Evidence is gathered per holder: one address
// during the time in which one machine held it, or one hardware address. When a
// report is asked for, holders are joined to devices (see identity.go), what
// they hold is weighed, and attributes and a role are concluded, each with a
// confidence and with what speaks against it. "unknown" is an answer.
//
// What it refuses to do: it sees no packet, opens nothing, reads no clock,
// believes no port number, and takes no word inside a stored object for a word
// about its sender. An address that never sent anything is no device.
//
// Confidence of a value v of an attribute: every source s that speaks of the
// attribute gives v the share of its statements that name v, times the weight
// of the source. S(v) = 1 - product over s of (1 - weight*share), so sources
// that agree add up and repetition within a source adds nothing. The confidence
// is S(v) * (1 - S(w)/2), with w the best supported other value.
//
// Memory: an Inventory owns all it keeps and copies the strings it keeps. Every
// table has a limit in Config; what is shed is counted in Report.Shed. Add is
// amortised O(1). One goroutine owns an Inventory; a Report shares nothing with
// it that changes later.
//
// Standards: DICOM PS3.3, PS3.4, PS3.7 for what operations mean, HL7 v2, RFC
// 826 and RFC 2131 for bindings.
package inventory

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/evidence"
	"lazaret/internal/netid"
)

// Config bounds an Inventory. All are numbers of entries.
type Config struct {
	MaxAddresses int `toml:"max_addresses" doc:"addresses and hardware addresses that may become devices"`
	MaxHolders   int `toml:"max_holders" doc:"machines that one address is followed through"`
	MaxValues    int `toml:"max_values" doc:"values kept of one attribute of one holder of an address"`
	MaxOrigins   int `toml:"max_origins" doc:"scanners kept per holder whose objects passed through it"`
	MaxEvidence  int `toml:"max_evidence" doc:"values and scanners kept in all"`
	MaxPeers     int `toml:"max_peers" doc:"peers told apart per activity; more are not counted"`
	MaxServices  int `toml:"max_services" doc:"rows of client, server, service and port"`
	MaxNames     int `toml:"max_names" doc:"names that others gave to addresses"`
}

// DefaultConfig suits a hospital of some ten thousand machines. Its tables take
// 51 MiB when 65,536 hosts each used one service and half of them stored images;
// a value takes at most 400 bytes, so hostile evidence ends at some 200 MiB.
func DefaultConfig() Config {
	return Config{
		MaxAddresses: 65536, MaxHolders: 16, MaxValues: 24, MaxOrigins: 48,
		MaxEvidence: 524288, MaxPeers: 8, MaxServices: 131072, MaxNames: 65536,
	}
}

// Validate reports every number that makes no sense.
func (c Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name string
		v    int
	}{
		{"max_addresses", c.MaxAddresses}, {"max_holders", c.MaxHolders}, {"max_values", c.MaxValues},
		{"max_origins", c.MaxOrigins}, {"max_evidence", c.MaxEvidence}, {"max_peers", c.MaxPeers}, {"max_services", c.MaxServices},
		{"max_names", c.MaxNames},
	} {
		if f.v < 1 {
			errs = append(errs, fmt.Errorf("inventory.%s: %d is less than 1", f.name, f.v))
		}
	}
	return errors.Join(errs...)
}

// Shed counts what did not fit.
type Shed struct {
	Addresses uint64 `json:"addresses"` // records about addresses there was no room for
	Evicted   uint64 `json:"evicted"`   // addresses forgotten because nothing was known of them
	Holders   uint64 `json:"holders"`   // changes of owner that were not followed
	Values    uint64 `json:"values"`    // statements whose value was not kept
	Origins   uint64 `json:"origins"`   // objects whose scanner was not kept
	Services  uint64 `json:"services"`  // uses of services that were not kept
	Names     uint64 `json:"names"`     // names that were not kept
}

// Inventory gathers evidence. Make one with New.
type Inventory struct {
	cfg Config
	// rec and out are scratch of Add, kept here so that nothing is allocated.
	rec event.Record
	out clues.Out
	// near remembers the holders of the parties of the record at hand.
	near [2]struct {
		party clues.Party
		h     *holder
	}
	addrs map[netid.IP]*address
	macs  map[netid.MAC]*holder
	// bare lists addresses in the order in which they were first seen, those
	// already looked at before bareHead. An address is evicted only while nothing
	// is known of it but that it exists.
	bare     []clues.Party
	bareHead int
	services map[serviceKey]*traffic
	names    map[netid.IP][]item
	nNames   int
	nHolders uint32
	evidence int // items and origins kept
	meters   int // of all holders
	// from and to are the time that the records tell of.
	from, to event.Time
	shed     Shed
}

// New makes an empty Inventory. cfg must be valid.
func New(cfg Config) *Inventory {
	return &Inventory{
		cfg: cfg, addrs: map[netid.IP]*address{}, macs: map[netid.MAC]*holder{},
		from: math.MaxInt64, to: math.MinInt64, services: map[serviceKey]*traffic{}, names: map[netid.IP][]item{},
	}
}

// Add takes one record. Records of the merge come in packet order; evidence may
// come in any order, changes of an address's owner should come in time order.
// The record is not kept.
func (v *Inventory) Add(r event.Record) {
	o := &v.out
	v.rec = r
	evidence.Read(&v.rec, o)
	v.rec = event.Record{}
	v.from, v.to = min(v.from, o.First), max(v.to, o.Last)
	for i := range o.Bindings {
		v.bind(&o.Bindings[i], o.First, o.Last)
	}
	v.near[0].h, v.near[1].h = nil, nil
	for _, p := range o.Heard {
		v.heard(p, o.First, o.Last)
	}
	if r.Conn != nil {
		v.sighted(r.Conn, o)
	}
	for i := range o.Clues {
		v.clue(&o.Clues[i], o)
	}
	for i := range o.Objects {
		v.object(&o.Objects[i], o)
	}
	for i := range o.Steps {
		v.step(&o.Steps[i], o)
	}
	for i := range o.Namings {
		v.naming(&o.Namings[i], o)
	}
	for i := range o.Talks {
		v.talk(&o.Talks[i], o)
	}
}

// heard notes that a party sent something.
func (v *Inventory) heard(p clues.Party, first, last event.Time) {
	if h := v.holder(p, first); h != nil {
		h.sent = true
		h.saw(first, last)
	}
}

// sighted notes the hardware addresses of a conversation's frames, for the
// sides that were heard.
func (v *Inventory) sighted(c *event.Conn, o *clues.Out) {
	orig, resp := c.Orig.IP, c.Resp.IP
	for _, p := range o.Heard {
		other := resp
		if p.IP == resp {
			other = orig
		}
		if p.MAC.IsZero() || p.MAC.IsGroup() {
			continue
		}
		if h := v.holder(p, o.First); h != nil {
			h.frame(p.MAC, !private(p.IP) && private(other), o.First, o.Last)
		}
	}
}

func private(ip netid.IP) bool {
	a := ip.Addr()
	return a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsLoopback()
}

// clue files one statement with the holder it speaks of.
func (v *Inventory) clue(c *clues.Clue, o *clues.Out) {
	h := v.holder(c.About, o.First)
	if h == nil {
		return
	}
	it := v.item(h, c)
	if it == nil {
		return
	}
	it.count++
	it.first, it.last = min(it.first, o.First), max(it.last, o.Last)
	if (c.Attr == clues.Does || c.Attr == clues.Has) && !c.Peer.IsZero() {
		it.peer(c.Peer, v.cfg.MaxPeers)
	}
}

// item finds or makes the evidence that c adds to. It is nil when the attribute
// of that holder has no room left.
func (v *Inventory) item(h *holder, c *clues.Clue) *item {
	n, value := 0, clean(c.Value)
	for i := range h.items {
		it := &h.items[i]
		if it.attr != c.Attr || it.subject != c.Subject {
			continue
		}
		if it.source == c.Source && it.value == value {
			return it
		}
		n++
	}
	limit := v.cfg.MaxValues
	if c.Attr == clues.Does || c.Attr == clues.Has {
		limit = maxActivities
	}
	if n >= limit || v.evidence >= v.cfg.MaxEvidence || value == "" {
		v.shed.Values++
		return nil
	}
	v.evidence++
	h.items = append(h.items, item{
		attr: c.Attr, subject: c.Subject, value: strings.Clone(value), source: c.Source,
		weight: c.Weight, first: math.MaxInt64, last: math.MinInt64,
	})
	return &h.items[len(h.items)-1]
}

// maxActivities bounds the activities of a holder, and its traits; clues has
// fewer words than that, each from at most a few sources.
const maxActivities = 96

// maxValue is the longest value kept, bytes. DICOM's LO is 64 characters.
const maxValue = 128

// clean cuts a value to its bound and takes surrounding space away. The result
// shares memory with s.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxValue {
		return s
	}
	return strings.TrimSpace(strings.ToValidUTF8(s[:maxValue], ""))
}

// naming keeps a name that a third party gives to an address, whether or not
// the address is a device yet.
func (v *Inventory) naming(n *clues.Naming, o *clues.Out) {
	name := clean(strings.TrimSuffix(n.Name, "."))
	if name == "" || !n.IP.IsUnicast() {
		return
	}
	list := v.names[n.IP]
	for i := range list {
		it := &list[i]
		if it.source == n.Source && strings.EqualFold(it.value, name) {
			it.count++
			it.first, it.last = min(it.first, o.First), max(it.last, o.Last)
			// The smallest spelling wins, whatever the order of the records.
			it.value = min(it.value, name)
			return
		}
	}
	if len(list) >= v.cfg.MaxValues || v.nNames >= v.cfg.MaxNames {
		v.shed.Names++
		return
	}
	v.nNames++
	v.names[n.IP] = append(list, item{
		attr: clues.Name, value: strings.Clone(name), source: n.Source, weight: n.Weight,
		first: o.First, last: o.Last, count: 1,
	})
}
