package inventory

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
)

// serviceKey is one row of who serves what to whom, by holder.
type serviceKey struct {
	client, server uint32
	service        string
	port           uint16
}

// traffic is what is counted of a row.
type traffic struct {
	connections, operations uint64
	toServer, toClient      uint64
	first, last             event.Time
	general                 bool
	uid                     string // of the last connection, for rows that count by it
}

func (u *traffic) add(o *traffic) {
	u.connections += o.connections
	u.operations += o.operations
	u.toServer += o.toServer
	u.toClient += o.toClient
	u.first, u.last = min(u.first, o.first), max(u.last, o.last)
}

func (v *Inventory) talk(t *clues.Talk, o *clues.Out) {
	client, server := v.holder(t.Client, o.First), v.holder(t.Server, o.First)
	if client == nil || server == nil || client == server {
		return
	}
	k := serviceKey{client.id, server.id, t.Service, t.Port}
	u := v.services[k]
	if u == nil {
		if len(v.services) >= v.cfg.MaxServices {
			v.shed.Services++
			return
		}
		k.service = strings.Clone(k.service)
		client.talks, server.talks = true, true
		u = &traffic{first: o.First, last: o.Last, general: t.General}
		v.services[k] = u
	}
	if t.UID != "" && u.uid != t.UID {
		u.uid = strings.Clone(t.UID)
		u.connections++
	}
	u.add(&traffic{connections: t.Connections, operations: t.Operations, toServer: t.ToServer, toClient: t.ToClient,
		first: o.First, last: o.Last})
}

// edge is a row between devices.
type edge struct {
	client, server *device
	service        string
	port           uint16
	traffic
}

// edges joins the rows of holders to rows of devices, leaves out general rows
// that more exact ones cover, and sorts them.
func (v *Inventory) edges(owner map[uint32]*device) []edge {
	type key struct {
		client, server *device
		service        string
		port           uint16
	}
	rows := map[key]*edge{}
	exact := map[key]bool{} // by the first word of the service
	for k, u := range v.services {
		c, s := owner[k.client], owner[k.server]
		if c == nil || s == nil || c == s {
			continue
		}
		dk := key{c, s, k.service, k.port}
		e := rows[dk]
		if e == nil {
			e = &edge{c, s, k.service, k.port, traffic{first: u.first, last: u.last, general: u.general}}
			rows[dk] = e
		}
		e.traffic.add(u)
		if proto, _, ok := strings.Cut(k.service, "-"); ok && !u.general {
			exact[key{c, s, proto, k.port}] = true
		}
	}
	out := make([]edge, 0, len(rows))
	for k, e := range rows {
		if e.general && exact[k] {
			continue
		}
		// Connections that take turns are counted each time, but there are no more
		// than the general row has.
		proto, _, _ := strings.Cut(k.service, "-")
		if g := rows[key{k.client, k.server, proto, k.port}]; g != nil && g.general && !e.general {
			e.connections = min(e.connections, g.connections)
		}
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.client.id, b.client.id), cmp.Compare(a.server.id, b.server.id),
			cmp.Compare(a.service, b.service), cmp.Compare(a.port, b.port))
	})
	return out
}
