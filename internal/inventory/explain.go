package inventory

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/roles"
)

// Explanation is everything believed of a device and why.
type Explanation struct {
	Device     Device      `json:"device"`
	Identity   []Held      `json:"identity"`   // the addresses it held, and how that is known
	Roles      []RoleCase  `json:"roles"`      // best first; the first is the role unless its score is too low
	Attributes []Attribute `json:"attributes"` // values of every attribute, best first
	Content    []Evidence  `json:"content"`    // words in what passed through its hands, which describe others
	Activities []Evidence  `json:"activities"` // everything it was seen doing
	Made       string      `json:"made"`       // whether it made the images it sends, and why; empty if it sends none
	Serves     []Service   `json:"serves"`
	Uses       []Service   `json:"uses"`
}

// Held is one address during the time in which the device held it.
type Held struct {
	IP        string   `json:"ip"` // empty for what is known of the hardware address alone
	MAC       string   `json:"mac"`
	How       string   `json:"how"` // arp, dhcp, frames, or address (known by it alone)
	Bindings  uint64   `json:"bindings"`
	First     string   `json:"first_seen"`
	Last      string   `json:"last_seen"`
	Frames    []string `json:"frames"`     // hardware addresses in its frames
	AlsoHeld  []string `json:"also_held"`  // devices that held the address at other times
	Contested bool     `json:"contested"`  // another machine claimed it at the same time
	Carried   bool     `json:"is_carried"` // its frames carry the address of a router
}

// RoleCase is one role with what speaks for and against it.
type RoleCase struct {
	Role    Role     `json:"role"`
	Score   float64  `json:"score"` // 0..1
	For     []Signal `json:"for"`
	Against []Signal `json:"against"`
}

// Attribute is one attribute with all values.
type Attribute struct {
	Name   string       `json:"name"`
	Values []Conclusion `json:"values"`
}

// Explain finds a device by its id, an address, a name or an AE title, case
// aside, and tells why it is believed to be what it is. A key that fits several
// devices is an error that lists them, and so is one that fits none.
func (r *Report) Explain(key string) (*Explanation, error) {
	i, err := r.find(key)
	if err != nil {
		return nil, err
	}
	return r.explain(i), nil
}

// find tries the kinds of keys from the most to the least exact, and stops at
// the first that fits any device.
func (r *Report) find(key string) (int, error) {
	key = strings.TrimSpace(key)
	if ip, err := netip.ParseAddr(key); err == nil {
		key = ip.Unmap().String()
	}
	mac := hardware(key)
	same := func(s string) bool { return strings.EqualFold(s, key) }
	short := func(s string) bool { host, _, _ := strings.Cut(s, "."); return same(host) }
	for _, fits := range []func(*Device) bool{
		func(d *Device) bool { return same(d.ID) },
		func(d *Device) bool { return slices.ContainsFunc(d.IPs, same) || slices.Contains(d.MACs, mac) },
		func(d *Device) bool {
			return slices.ContainsFunc(d.Names, same) || slices.ContainsFunc(d.AETitles, same)
		},
		func(d *Device) bool { return slices.ContainsFunc(d.Names, short) },
		func(d *Device) bool { return d.Serial != "" && same(d.Serial) },
	} {
		var found []int
		for i := range r.Devices {
			if fits(&r.Devices[i]) {
				found = append(found, i)
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return 0, r.ambiguous(key, found)
		}
	}
	return 0, fmt.Errorf("no device has the id, address, name, AE title or serial number %q; lazaret read lists the devices", key)
}

// hardware is a hardware address as devices have it, from any usual way to write one
// (00-1b-..., 001b.1b7a...., 001b1b...), with or without mac: before it; "" if it is
// none.
func hardware(key string) string {
	digits := strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.TrimPrefix(strings.ToLower(key), "mac:"))
	if len(digits) != 12 || strings.Trim(digits, "0123456789abcdef") != "" {
		return ""
	}
	for i := 10; i > 0; i -= 2 {
		digits = digits[:i] + ":" + digits[i:]
	}
	return digits
}

// maxCandidates is the most devices that an error names.
const maxCandidates = 8

func (r *Report) ambiguous(key string, found []int) error {
	var names []string
	for _, i := range found[:min(len(found), maxCandidates)] {
		d := &r.Devices[i]
		names = append(names, fmt.Sprintf("%s (%s)", d.ID, d.Role))
	}
	if len(found) > maxCandidates {
		names = append(names, fmt.Sprintf("and %d more", len(found)-maxCandidates))
	}
	return fmt.Errorf("%q fits %d devices: %s", key, len(found), strings.Join(names, ", "))
}

func (r *Report) explain(i int) *Explanation {
	d := r.detail[i]
	x := &Explanation{
		Device: r.Devices[i], Identity: r.identity(d), Roles: []RoleCase{}, Attributes: []Attribute{},
		Content: []Evidence{}, Activities: []Evidence{}, Made: d.made.why, Serves: []Service{}, Uses: []Service{},
	}
	for k := range d.roles {
		x.Roles = append(x.Roles, d.roleCase(&d.roles[k]))
	}
	for _, a := range d.attrs {
		n := Attribute{Name: a.attr.String()}
		for i := range a.beliefs {
			n.Values = append(n.Values, a.beliefs[i].conclusion())
		}
		x.Attributes = append(x.Attributes, n)
	}
	for k := range d.items {
		it := &d.items[k]
		switch {
		case it.attr == clues.Does:
			x.Activities = append(x.Activities, it.evidence())
		case it.subject != clues.Self:
			x.Content = append(x.Content, it.evidence())
		}
	}
	for _, e := range d.serves {
		x.Serves = append(x.Serves, e.row())
	}
	for _, e := range d.uses {
		x.Uses = append(x.Uses, e.row())
	}
	return x
}

func (r *Report) identity(d *device) []Held {
	out := []Held{}
	for _, h := range d.holders {
		n := Held{How: "address", Bindings: h.bindings, First: stamp(h.first), Last: stamp(h.last), Frames: []string{}, AlsoHeld: []string{}}
		if !h.ip.IsZero() {
			n.IP = h.ip.String()
		}
		var seen []string
		for _, f := range h.frames {
			seen = append(seen, f.mac.String())
		}
		slices.Sort(seen)
		n.Frames = append(n.Frames, seen...)
		switch {
		case !h.mac.IsZero():
			n.MAC, n.How = h.mac.String(), h.how.String()
		case len(d.macs) > 0 && len(h.frames) > 0:
			n.MAC, n.How = d.macs[0].String(), clues.ByFrame.String()
		default:
			n.Carried = len(h.frames) > 0
		}
		r.rivals(d, h, &n)
		out = append(out, n)
	}
	return out
}

// rivals names the other devices that held h's address.
func (r *Report) rivals(d *device, h *holder, n *Held) {
	if h.ip.IsZero() {
		return
	}
	for _, o := range r.detail {
		if o == d {
			continue
		}
		for _, g := range o.holders {
			if g.ip != h.ip {
				continue
			}
			n.AlsoHeld = append(n.AlsoHeld, o.id)
			n.Contested = n.Contested || overlap(g, h)
		}
	}
	slices.Sort(n.AlsoHeld)
	n.AlsoHeld = slices.Compact(n.AlsoHeld)
}

func overlap(a, b *holder) bool {
	span := func(h *holder) (event.Time, event.Time) { return h.boundFirst, h.boundLast }
	af, al := span(a)
	bf, bl := span(b)
	return af <= bl && bf <= al
}

func (d *device) roleCase(s *roles.Case) RoleCase {
	c := RoleCase{Role: s.Role, Score: round(s.Score), For: []Signal{}, Against: []Signal{}}
	for _, g := range s.Pro {
		c.For = append(c.For, d.signal(g))
	}
	for _, g := range s.Con {
		c.Against = append(c.Against, d.signal(g))
	}
	return c
}

// signal shows a signal with the activities behind it.
func (d *device) signal(g *roles.Signal) Signal {
	n := Signal{Says: g.Says, Weight: g.Weight, Evidence: []Evidence{}}
	for i := range d.items {
		it := &d.items[i]
		if (it.attr == clues.Does || it.attr == clues.KindOf) && slices.Contains(g.Shows, clues.Activity(it.value)) {
			n.Evidence = append(n.Evidence, it.evidence())
		}
	}
	return n
}
