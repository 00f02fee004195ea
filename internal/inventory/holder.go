package inventory

import (
	"math"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
)

// item is one piece of evidence: one value of one attribute from one source.
type item struct {
	attr          clues.Attr
	subject       clues.Subject
	value, source string
	weight        float64
	first, last   event.Time
	count         uint64
	peers         []netid.IP // activities only, at most Config.MaxPeers
	// hint marks evidence that supports but never contradicts: a scanner is
	// often built around a bought computer with that maker's network card.
	hint bool
}

func (it *item) peer(ip netid.IP, limit int) {
	if len(it.peers) < limit && !slices.Contains(it.peers, ip) {
		it.peers = append(it.peers, ip)
	}
}

// sight is a hardware address seen in frames of a holder.
type sight struct {
	mac         netid.MAC
	count       uint64
	first, last event.Time
	// passing: every frame was of a public address speaking with a private one,
	// which comes through a router even if nothing else does.
	passing bool
}

// maxSights bounds the hardware addresses noted per holder: its own, and those
// of routers on either side.
const maxSights = 4

// holder is what is known of one address while one machine held it, or of one
// hardware address (then ip is zero).
type holder struct {
	id    uint32
	sent  bool // it was heard
	talks bool // it has a row of services
	how   clues.How
	ip    netid.IP
	mac   netid.MAC // bound by ARP or DHCP, zero if by neither
	// from is the start of its time; the first holder of an address has it
	// since ever.
	from event.Time
	// boundFirst and boundLast are the times of the first and last binding.
	boundFirst, boundLast event.Time
	bindings              uint64
	first, last           event.Time
	frames                []sight
	items                 []item
	origins               []origin
	moreOrigins           uint64 // objects whose origin was shed
	meters                []meter
}

// address is everything that ever held one address, in time order.
type address struct{ holders []*holder }

const always = event.Time(math.MinInt64)

func (v *Inventory) newHolder(ip netid.IP, mac netid.MAC, from event.Time) *holder {
	v.nHolders++
	return &holder{id: v.nHolders, ip: ip, mac: mac, from: from, first: math.MaxInt64, last: math.MinInt64}
}

func (h *holder) saw(first, last event.Time) {
	h.first, h.last = min(h.first, first), max(h.last, last)
}

func (h *holder) frame(mac netid.MAC, passing bool, first, last event.Time) {
	for i := range h.frames {
		if s := &h.frames[i]; s.mac == mac {
			s.count++
			s.passing = s.passing && passing
			s.first, s.last = min(s.first, first), max(s.last, last)
			return
		}
	}
	if len(h.frames) < maxSights {
		h.frames = append(h.frames, sight{mac, 1, first, last, passing})
	}
}

// known reports that there is more to a holder than its existence, which a
// forged packet is enough to claim.
func (h *holder) known() bool { return len(h.items) > 0 || len(h.origins) > 0 || h.talks }

// holder is find for a record at hand: a record speaks of few parties many times.
func (v *Inventory) holder(p clues.Party, ts event.Time) *holder {
	for i := range v.near {
		if n := &v.near[i]; n.h != nil && n.party == p {
			return n.h
		}
	}
	h := v.find(p, ts)
	v.near[1] = v.near[0]
	v.near[0].party, v.near[0].h = p, h
	return h
}

// find is whom a statement about p at time ts speaks of, made when it is new. It
// is nil when no host can own the address or there is no room.
func (v *Inventory) find(p clues.Party, ts event.Time) *holder {
	if p.IP.IsZero() || !p.IP.IsUnicast() || unspecified(p.IP) {
		if p.IP.IsZero() && !p.MAC.IsZero() && !p.MAC.IsGroup() {
			return v.byMAC(p.MAC)
		}
		return nil
	}
	a := v.addrs[p.IP]
	if a == nil {
		if !v.room() {
			v.shed.Addresses++
			return nil
		}
		h := v.newHolder(p.IP, netid.MAC{}, always)
		v.addrs[p.IP] = &address{holders: []*holder{h}}
		v.bare = append(v.bare, clues.Party{IP: p.IP})
		return h
	}
	return a.at(ts, p.MAC)
}

func unspecified(ip netid.IP) bool { return ip == netid.IPv4(0, 0, 0, 0) }

// at is the holder at time ts. When several machines held the address, one that
// is bound to the hardware address in the frames goes first: two machines that
// claim one address at the same time stay two.
func (a *address) at(ts event.Time, mac netid.MAC) *holder {
	if len(a.holders) == 1 {
		return a.holders[0]
	}
	var best *holder
	for _, h := range a.holders {
		if h.from <= ts {
			best = h
		}
	}
	if best == nil {
		best = a.holders[0]
	}
	if mac.IsZero() || best.mac == mac {
		return best
	}
	for _, h := range slices.Backward(a.holders) {
		if h.mac == mac {
			return h
		}
	}
	return best
}

// byMAC is what is known of a machine apart from any address.
func (v *Inventory) byMAC(mac netid.MAC) *holder {
	h := v.macs[mac]
	if h == nil {
		if !v.room() {
			v.shed.Addresses++
			return nil
		}
		h = v.newHolder(netid.IP{}, mac, always)
		v.macs[mac] = h
		v.bare = append(v.bare, clues.Party{MAC: mac})
	}
	return h
}

// room makes room for one more address by forgetting the oldest one of which
// nothing is known, such as the source of a forged flood of packets or of ARP.
func (v *Inventory) room() bool {
	if len(v.addrs)+len(v.macs) < v.cfg.MaxAddresses {
		return true
	}
	for v.bareHead < len(v.bare) {
		p := v.bare[v.bareHead]
		v.bareHead++
		if v.bareHead > len(v.bare)/2 && v.bareHead > 1024 {
			v.bare = append(v.bare[:0], v.bare[v.bareHead:]...)
			v.bareHead = 0
		}
		if v.forget(p) {
			v.shed.Evicted++
			return true
		}
	}
	return false
}

// forget drops an address of which nothing is known.
func (v *Inventory) forget(p clues.Party) bool {
	if p.IP.IsZero() {
		if h := v.macs[p.MAC]; h == nil || h.known() {
			return false
		}
		delete(v.macs, p.MAC)
		return true
	}
	a := v.addrs[p.IP]
	if a == nil || len(a.holders) != 1 || a.holders[0].known() {
		return false
	}
	delete(v.addrs, p.IP)
	return true
}

// bind notes that an address belongs to a machine from now on.
func (v *Inventory) bind(b *clues.Binding, ts, last event.Time) {
	if b.MAC.IsZero() || b.MAC.IsGroup() {
		return
	}
	if h := v.byMAC(b.MAC); h != nil {
		h.sent = true
		h.saw(ts, last)
	}
	if b.IP.IsZero() || unspecified(b.IP) || !b.IP.IsUnicast() {
		return
	}
	h := v.find(clues.Party{IP: b.IP}, ts)
	if h == nil {
		return
	}
	if h.mac != b.MAC && !h.mac.IsZero() {
		if h = v.succeed(b, ts, h); h == nil {
			return
		}
	}
	if h.mac.IsZero() {
		h.mac, h.how = b.MAC, b.How
		h.boundFirst, h.boundLast = ts, ts
	}
	h.sent = h.sent || b.How == clues.ByARP
	h.bindings++
	h.how = min(h.how, b.How)
	h.boundFirst, h.boundLast = min(h.boundFirst, ts), max(h.boundLast, last)
	h.saw(ts, last)
}

// succeed makes the holder for a binding that contradicts h, the holder at ts:
// after h, or before it when the binding is older than any that h has. It is
// nil when the address has changed hands too often.
func (v *Inventory) succeed(b *clues.Binding, ts event.Time, h *holder) *holder {
	a := v.addrs[b.IP]
	i := slices.Index(a.holders, h)
	if ts >= h.boundFirst {
		if i+1 < len(a.holders) && a.holders[i+1].mac == b.MAC {
			n := a.holders[i+1]
			n.from = ts
			return n
		}
		i++
	}
	if len(a.holders) >= v.cfg.MaxHolders {
		v.shed.Holders++
		return nil
	}
	n := v.newHolder(b.IP, netid.MAC{}, ts)
	if ts < h.boundFirst {
		n.from, h.from = h.from, h.boundFirst
		n.takeBefore(h, h.from)
	} else {
		n.takeAfter(h, ts)
	}
	a.holders = slices.Insert(a.holders, i, n)
	return n
}

// takeBefore moves to h what o holds that ended before t, and takeAfter what
// began at t or later: a record may come after the change it precedes.
func (h *holder) takeBefore(o *holder, t event.Time) {
	h.take(o, func(first, last event.Time) bool { return last < t })
}

func (h *holder) takeAfter(o *holder, t event.Time) {
	h.take(o, func(first, last event.Time) bool { return first >= t })
}

func (h *holder) take(o *holder, mine func(first, last event.Time) bool) {
	keep := o.items[:0:0]
	for _, it := range o.items {
		if mine(it.first, it.last) {
			h.items = append(h.items, it)
			h.saw(it.first, it.last)
			h.sent = true
		} else {
			keep = append(keep, it)
		}
	}
	o.items = keep
	left := o.origins[:0:0]
	for _, g := range o.origins {
		if mine(g.first, g.last) {
			h.origins = append(h.origins, g)
		} else {
			left = append(left, g)
		}
	}
	o.origins = left
}
