package inventory

import (
	"cmp"
	"slices"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/risk"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/inventory/system"
	"lazaret/internal/netid"
)

// Report is the inventory at one moment. It shares nothing with the Inventory
// that made it. Lists are never nil.
type Report struct {
	Devices  []Device   `json:"devices"`
	Services []Service  `json:"services"`
	Talk     []RoleTalk `json:"talk"` // role to role
	Shed     Shed       `json:"shed"`
	detail   []*device  // of Devices, by position; never changed after Snapshot
	edges    []edge
}

// Device is one machine. Times are RFC 3339 in UTC.
type Device struct {
	ID           string   `json:"id"` // "mac:..." or "ip:...", the same in every run
	IPs          []string `json:"ips"`
	MACs         []string `json:"macs"`
	Names        []string `json:"names"`
	Role         Role     `json:"role"`
	Confidence   float64  `json:"confidence"` // of the role, 0..1
	OtherRoles   []Role   `json:"other_roles"`
	Manufacturer string   `json:"manufacturer"`
	Model        string   `json:"model"`
	Serial       string   `json:"serial"`
	Software     string   `json:"software"`
	system.System
	AETitles     []string `json:"ae_titles"`
	Applications []string `json:"applications"` // HL7 applications it answers as
	Department   string   `json:"department"`
	Institution  string   `json:"institution"`
	Location     string   `json:"location"`
	FirstSeen    string   `json:"first_seen"`
	LastSeen     string   `json:"last_seen"`
	// Contradicted names the attributes with evidence for another value.
	Contradicted []string     `json:"contradicted"`
	Peers        Peers        `json:"peers"`
	SubRole      string       `json:"sub_role"`    // what kind of its role it is, empty if the traffic does not say
	Domain       string       `json:"domain"`      // Windows domain or workgroup
	Description  string       `json:"description"` // its own words about itself
	Products     []string     `json:"products"`    // software of its services and clients, with versions
	Kinds        []string     `json:"kinds"`       // what it says that it is
	SwitchPort   string       `json:"switch_port"` // where it is plugged in
	Traits       []risk.Trait `json:"traits"`      // what it allows or lacks, most points first
	Risk         risk.Risk    `json:"risk"`
	Use          *Use         `json:"use"`       // how much it is used, nil if that was not seen
	Locations    []Place      `json:"locations"` // where it says or others say that it is, surest first
	Behind       *Behind      `json:"behind"`    // several machines behind its address, nil if nothing shows such
	AssetTag     string       `json:"asset_tag"` // by the asset list that it was compared with
}

// Place is one location that evidence names. Confidence in 0..1.
type Place struct {
	Value      string  `json:"value"`
	Confidence float64 `json:"confidence"`
	Source     string  `json:"source"` // log and field of the strongest statement
}

// Behind is what shows that several machines speak under one address, as behind a
// router that translates addresses.
type Behind struct {
	Machines int      `json:"machines"` // at least
	Names    []string `json:"names"`    // those that they give themselves
	Reasons  []string `json:"reasons"`
}

// Use is how much a modality is used, as procedure steps, stored objects or
// worklist queries tell.
type Use struct {
	Exams       int     `json:"exams"`
	Studies     int     `json:"studies"`
	Objects     uint64  `json:"objects"`
	First       string  `json:"first"` // RFC 3339, UTC
	Last        string  `json:"last"`
	PerHour     float64 `json:"per_hour"` // exams
	PerDay      float64 `json:"per_day"`
	BusiestHour int     `json:"busiest_hour"` // 0..23, UTC
	From        string  `json:"from"`         // mpps, storage or worklist
}

// Peers sums up whom a device talks to.
type Peers struct {
	Serves   []string `json:"serves"` // services, sorted
	Uses     []string `json:"uses"`
	Clients  int      `json:"clients"` // devices it serves
	Servers  int      `json:"servers"` // devices that serve it
	Sent     uint64   `json:"bytes_sent"`
	Received uint64   `json:"bytes_received"`
}

// Service is one row of who serves what to whom: payload bytes, and counts of
// connections (for DICOM associations) and operations or messages.
type Service struct {
	Client        string `json:"client"` // device ids
	Server        string `json:"server"`
	Service       string `json:"service"`
	Port          uint16 `json:"port"`
	Connections   uint64 `json:"connections"`
	Operations    uint64 `json:"operations"`
	BytesToServer uint64 `json:"bytes_to_server"`
	BytesToClient uint64 `json:"bytes_to_client"`
	FirstSeen     string `json:"first_seen"`
	LastSeen      string `json:"last_seen"`
}

// RoleTalk sums up services between two roles.
type RoleTalk struct {
	ClientRole    Role   `json:"client_role"`
	ServerRole    Role   `json:"server_role"`
	Service       string `json:"service"`
	Pairs         int    `json:"pairs"` // of devices
	Connections   uint64 `json:"connections"`
	Operations    uint64 `json:"operations"`
	BytesToServer uint64 `json:"bytes_to_server"`
	BytesToClient uint64 `json:"bytes_to_client"`
	FirstSeen     string `json:"first_seen"`
	LastSeen      string `json:"last_seen"`
}

// Snapshot concludes. The Inventory may go on taking records afterwards.
func (v *Inventory) Snapshot() *Report {
	list, owner := v.resolve()
	judge(list)
	edges := v.edges(owner)
	for i := range edges {
		e := &edges[i]
		e.client.uses = append(e.client.uses, e)
		e.server.serves = append(e.server.serves, e)
	}
	for _, d := range list {
		d.noteRouting()
		d.noteServices()
		d.several = d.behind()
		d.decide()
		d.adopt()
		d.conclude()
	}
	decideRemote(list)
	for _, d := range list {
		d.rank = d.concluded.Rank()
	}
	slices.SortFunc(list, compareDevices)
	r := &Report{Devices: make([]Device, 0, len(list)), Shed: v.shed, detail: list, edges: edges}
	for _, d := range list {
		r.Devices = append(r.Devices, d.row())
	}
	v.measure(list, r.Devices)
	r.assess()
	r.Services = make([]Service, 0, len(r.edges))
	for i := range r.edges {
		r.Services = append(r.Services, r.edges[i].row())
	}
	r.Talk = talkOf(r.edges)
	return r
}

// noteRouting turns the count of addresses behind a device into evidence.
func (d *device) noteRouting() {
	if d.routes > 0 {
		d.merge(&item{attr: clues.Does, value: string(clues.Routes), source: "frames", weight: 1,
			first: d.first, last: d.last, count: uint64(d.routes)})
		slices.SortFunc(d.items, compareItems)
	}
}

// compareDevices orders by role, then lowest address, then id.
func compareDevices(a, b *device) int {
	if c := cmp.Compare(a.rank, b.rank); c != 0 {
		return c
	}
	ia, ib := a.ips, b.ips
	switch {
	case len(ia) == 0 || len(ib) == 0:
		if c := cmp.Compare(len(ib), len(ia)); c != 0 {
			return c
		}
	default:
		if c := ia[0].Compare(ib[0]); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.id, b.id)
}

// addresses are those a device held, sorted, each once.
func (d *device) addresses() []netid.IP {
	var out []netid.IP
	for _, h := range d.holders {
		if !h.ip.IsZero() {
			out = append(out, h.ip)
		}
	}
	slices.SortFunc(out, netid.IP.Compare)
	return slices.Compact(out)
}

func (d *device) row() Device {
	n := Device{
		ID: d.id, IPs: []string{}, MACs: []string{}, Names: d.values(clues.Name, clues.Station),
		OtherRoles: roles.Others(d.roles, d.concluded), Manufacturer: d.best(clues.Manufacturer), Model: d.best(clues.Model),
		Serial: d.best(clues.Serial), Software: d.best(clues.Software), System: system.Conclude(d.runs, system.SideOf(d.values(clues.KindOf)), d.day()),
		AETitles: d.values(clues.AETitle), Applications: d.values(clues.Application), Department: d.best(clues.Department),
		Institution: d.best(clues.Institution), Location: d.best(clues.Location),
		FirstSeen: stamp(d.first), LastSeen: stamp(d.last), Contradicted: []string{},
		Domain: d.best(clues.Domain), Description: d.best(clues.Description), Products: d.values(clues.Product),
		SubRole: d.sub, Locations: d.places(), Kinds: d.values(clues.KindOf), SwitchPort: d.best(clues.SwitchPort),
	}
	n.Role, n.Confidence = d.concluded, d.sure
	if n.Behind = d.several; n.Behind != nil {
		n.SubRole = severalMachines
	}
	for _, ip := range d.ips {
		n.IPs = append(n.IPs, ip.String())
	}
	for _, m := range d.macs {
		n.MACs = append(n.MACs, m.String())
	}
	for _, a := range d.attrs {
		if len(a.beliefs[0].con) > 0 {
			n.Contradicted = append(n.Contradicted, a.attr.String())
		}
	}
	n.Peers = d.peers()
	return n
}

func (d *device) peers() Peers {
	p := Peers{Serves: []string{}, Uses: []string{}}
	clients, servers := map[*device]bool{}, map[*device]bool{}
	for _, e := range d.serves {
		clients[e.client] = true
		p.Serves = append(p.Serves, e.service)
		p.Sent += e.toClient
		p.Received += e.toServer
	}
	for _, e := range d.uses {
		servers[e.server] = true
		p.Uses = append(p.Uses, e.service)
		p.Sent += e.toServer
		p.Received += e.toClient
	}
	p.Clients, p.Servers = len(clients), len(servers)
	slices.Sort(p.Serves)
	slices.Sort(p.Uses)
	p.Serves, p.Uses = slices.Compact(p.Serves), slices.Compact(p.Uses)
	return p
}

func (e *edge) row() Service {
	return Service{
		Client: e.client.id, Server: e.server.id, Service: clues.Printable(e.service), Port: e.port,
		Connections: e.connections, Operations: e.operations,
		BytesToServer: e.toServer, BytesToClient: e.toClient,
		FirstSeen: stamp(e.first), LastSeen: stamp(e.last),
	}
}

// talkOf sums rows up by role, most operations and connections last to decide:
// the order is that of the roles, then of the service.
func talkOf(edges []edge) []RoleTalk {
	type key struct {
		client, server Role
		service        string
	}
	type sum struct {
		traffic
		pairs map[[2]*device]bool
	}
	sums := map[key]*sum{}
	for i := range edges {
		e := &edges[i]
		k := key{e.client.concluded, e.server.concluded, e.service}
		s := sums[k]
		if s == nil {
			s = &sum{traffic{first: e.first, last: e.last}, map[[2]*device]bool{}}
			sums[k] = s
		}
		s.add(&e.traffic)
		s.pairs[[2]*device{e.client, e.server}] = true
	}
	out := make([]RoleTalk, 0, len(sums))
	for k, s := range sums {
		out = append(out, RoleTalk{k.client, k.server, clues.Printable(k.service), len(s.pairs), s.connections, s.operations,
			s.toServer, s.toClient, stamp(s.first), stamp(s.last)})
	}
	slices.SortFunc(out, func(a, b RoleTalk) int {
		return cmp.Or(cmp.Compare(a.ClientRole.Rank(), b.ClientRole.Rank()),
			cmp.Compare(a.ServerRole.Rank(), b.ServerRole.Rank()), cmp.Compare(a.Service, b.Service))
	})
	return out
}
