package baseline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// habit is what machines of one role do.
type habit struct {
	kind Kind
	role roles.Role
	what string     // service, act, or service outside
	to   roles.Role // empty for the outside
}

// Usage is how usual something is for a role.
type Usage struct {
	Kind    Kind // Contact, Outside, Inbound or Act
	Role    roles.Role
	Service string
	To      roles.Role // of the other side, empty for the outside
	Devices int        // of the role that do it
	Of      int        // of the role in all
	Times   uint64
}

// Usages are what is usual for each role, in a fixed order: by role, then what most do.
func (p *Profile) Usages() []Usage {
	p.countUsual()
	out := make([]Usage, 0, len(p.usual))
	for _, u := range p.usual {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b Usage) int {
		return cmp.Or(cmp.Compare(a.Role.Rank(), b.Role.Rank()), cmp.Compare(a.Kind, b.Kind), -cmp.Compare(a.Devices, b.Devices),
			strings.Compare(a.Service, b.Service), cmp.Compare(a.To.Rank(), b.To.Rank()))
	})
	return out
}

// Usual tells how many machines of a role do something, and how many there are. to is
// empty for the outside.
func (p *Profile) Usual(kind Kind, role roles.Role, service string, to roles.Role) (devices, of int) {
	p.countUsual()
	if u := p.usual[habit{kind, role, service, to}]; u != nil {
		devices = u.Devices
	}
	return devices, p.members[role]
}

// Members is how many machines of a role there are.
func (p *Profile) Members(role roles.Role) int {
	p.countUsual()
	return p.members[role]
}

// countUsual counts what is usual for roles, if a row came since it was counted.
func (p *Profile) countUsual() {
	if p.usual != nil {
		return
	}
	p.usual, p.members = map[habit]*Usage{}, map[roles.Role]int{}
	type doing struct {
		habit
		by netid.IP
	}
	seen := map[doing]bool{}
	for k, r := range p.rows {
		if k.Kind == Host {
			p.members[cmp.Or(r.Role, roles.Unknown)]++
			continue
		}
		h := habit{kind: k.Kind, role: p.Role(k.Source)}
		switch k.Kind {
		case Contact, Act:
			h.what, h.to = k.Name, p.Role(k.Target)
		case Outside, Inbound:
			h.what = k.More
		default:
			continue
		}
		u := p.usual[h]
		if u == nil {
			u = &Usage{Kind: h.kind, Role: h.role, Service: h.what, To: h.to}
			p.usual[h] = u
		}
		u.Times += r.Times
		if d := (doing{h, k.Source}); !seen[d] {
			seen[d] = true
			u.Devices++
		}
	}
	for h, u := range p.usual {
		u.Of = p.members[h.role]
	}
}

// Says tells in words what the profile knows of a role that does something: for who reads
// why it was told of.
func (p *Profile) Says(kind Kind, role roles.Role, service string, to roles.Role) string {
	n, of := p.Usual(kind, role, service, to)
	does := "spoke " + service + " to any " + string(to)
	switch kind {
	case Outside:
		does = "called the outside by " + service
	case Inbound:
		does = "was called from outside by " + service
	case Act:
		does = "administered any " + string(to) + " by " + service
	}
	switch {
	case of == 0:
		return fmt.Sprintf("no %s is in the baseline", role)
	case n == 0:
		return fmt.Sprintf("none of %d %s %s in %s", of, role, does, Long(p.Span()))
	}
	return fmt.Sprintf("%d of %d %s %s in %s", n, of, role, does, Long(p.Span()))
}

// Long is a length of time for people: days from two days on.
func Long(i event.Interval) string {
	if i >= 2*dayLong {
		return fmt.Sprintf("%d days", i/dayLong)
	}
	d := time.Duration(i).Round(time.Second)
	if d >= time.Hour {
		d = d.Round(time.Minute)
	}
	s := d.String()
	if d > 0 && d%time.Minute == 0 {
		s = strings.TrimSuffix(s, "0s")
	}
	if d > 0 && d%time.Hour == 0 {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
