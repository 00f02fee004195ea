package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto/dhcp"
)

const (
	macCT     = "00:1b:1b:7a:30:15"
	macPACS   = "ac:1f:6b:5c:30:0a"
	macCart   = "00:05:b2:42:30:3d"
	macPC     = "d4:be:d9:77:30:3e"
	macRouter = "00:50:0b:7e:30:01"
)

func TestDeviceFollowsItsLeases(t *testing.T) {
	s := newScene(t)
	s.lease("10.0.0.160", macCart, "sono")
	s.store("10.0.0.160/"+macCart, pacs, vivid, 1)
	s.lease("10.0.0.171", macCart, "sono")
	s.store("10.0.0.171/"+macCart, pacs, vivid, 1)
	s.lease("10.0.0.160", macPC, "office")
	s.conn("10.0.0.160/"+macPC, "10.0.0.16", 80, "http")
	r := s.report()
	cart, err := r.Explain("sono")
	if err != nil {
		t.Fatal(err)
	}
	if d := cart.Device; d.ID != "mac:"+macCart || d.Role != US || !slices.Equal(d.IPs, []string{"10.0.0.160", "10.0.0.171"}) {
		t.Errorf("cart: %+v", d)
	}
	office, err := r.Explain("office")
	if err != nil {
		t.Fatal(err)
	}
	if d := office.Device; d.Role != PC || d.Model != "" || d.OS != "Windows" || !slices.Equal(d.IPs, []string{"10.0.0.160"}) {
		t.Errorf("office: %+v", d)
	}
	if got := office.Identity[0].AlsoHeld; !slices.Equal(got, []string{"mac:" + macCart}) {
		t.Errorf("the earlier owner of the address: %v", got)
	}
	if _, err := r.Explain("10.0.0.160"); err == nil || !strings.Contains(err.Error(), "2 devices") {
		t.Errorf("an address of two devices in time must be ambiguous: %v", err)
	}
}

// A record of a lease may come after records that began later.
func TestLateLeaseRecord(t *testing.T) {
	s := newScene(t)
	s.lease("10.0.0.160", macCart, "sono")
	s.store("10.0.0.160", pacs, vivid, 1)
	s.lease("10.0.0.160", macPC, "office")
	s.conn("10.0.0.160", "10.0.0.16", 80, "http")
	last := len(s.records) - 1
	s.records[last], s.records[last-1] = s.records[last-1], s.records[last]
	r := s.report()
	x, err := r.Explain("office")
	if err != nil || x.Device.Role != PC {
		t.Errorf("office: %v %+v", err, x)
	}
	if x, err := r.Explain("sono"); err != nil || x.Device.Role != US {
		t.Errorf("sono: %v %+v", err, x)
	}
}

func TestRouterAndWhatIsBehindIt(t *testing.T) {
	s := newScene(t)
	s.arp("10.0.0.1", macRouter)
	s.arp("10.0.0.10", macPACS)
	for i := range 4 {
		s.conn(fmt.Sprintf("10.9.0.%d/%s", 20+i, macRouter), "10.0.0.10/"+macPACS, 443, "ssl")
	}
	s.store("10.9.0.30/"+macRouter, "10.0.0.10/"+macPACS, vivid, 1)
	r := s.report()
	router := holding(t, r, "10.0.0.1")
	if router.Role != Router || !slices.Equal(router.IPs, []string{"10.0.0.1"}) || router.ID != "mac:"+macRouter {
		t.Errorf("router: %+v", router)
	}
	us := holding(t, r, "10.9.0.30")
	if us.Role != US || len(us.MACs) != 0 || us.ID != "ip:10.9.0.30" {
		t.Errorf("behind the router: %+v", us)
	}
	if d := holding(t, r, "10.0.0.10"); !slices.Equal(d.MACs, []string{macPACS}) {
		t.Errorf("archive: %+v", d)
	}
}

func TestRouterWithoutAddress(t *testing.T) {
	s := newScene(t)
	for i := range 4 {
		s.conn(fmt.Sprintf("10.9.0.%d/%s", 20+i, macRouter), "10.0.0.10", 443, "ssl")
	}
	r := s.report()
	x, err := r.Explain(macRouter)
	if err != nil || x.Device.Role != Router || len(x.Device.IPs) != 0 {
		t.Errorf("router: %v %+v", err, x)
	}
	if d := holding(t, r, "10.9.0.20"); len(d.MACs) != 0 {
		t.Errorf("behind the router: %+v", d)
	}
}

func TestOneAddressInFrames(t *testing.T) {
	s := newScene(t)
	s.conn("10.0.0.21/"+macCT, "10.0.0.10/"+macPACS, 443, "ssl")
	r := s.report()
	if d := holding(t, r, "10.0.0.21"); d.ID != "mac:"+macCT {
		t.Errorf("single address of a card: %+v", d)
	}
}

// The far side of a conversation with a private address came through a router,
// even if it is the only one seen through it.
func TestPublicAddressBindsNothing(t *testing.T) {
	s := newScene(t)
	s.conn("10.0.0.21/"+macCT, "203.0.113.9/"+macRouter, 443, "ssl")
	if d := holding(t, s.report(), "203.0.113.9"); len(d.MACs) != 0 {
		t.Errorf("public address: %+v", d)
	}
}

// The gateway of a small network is a router, even if it gives names as well.
func TestGateway(t *testing.T) {
	s := newScene(t)
	s.arp("10.0.0.1", macRouter)
	s.arp("10.0.0.21", macCT)
	s.lookup("10.0.0.21/"+macCT, "10.0.0.1/"+macRouter, "a.example", "A", "203.0.113.1")
	s.lookup("10.0.0.22", "10.0.0.1/"+macRouter, "a.example", "A", "203.0.113.1")
	for i := range 4 {
		s.conn("10.0.0.21/"+macCT, fmt.Sprintf("203.0.113.%d/%s", i+1, macRouter), 443, "ssl")
	}
	if d := holding(t, s.report(), "10.0.0.1"); d.Role != Router || !slices.Equal(d.OtherRoles, []Role{DNSDHCP}) {
		t.Errorf("gateway: %+v", d)
	}
}

// An address that a machine gave itself before it got a lease is its own, and an
// old one that nobody answers makes no router of it.
func TestAddressesBeforeTheLease(t *testing.T) {
	s := newScene(t)
	s.lease("10.0.0.60", macPC, "office")
	s.conn("10.0.0.60/"+macPC, "10.0.0.16", 80, "http")
	s.syn("169.254.7.9/"+macPC, "10.0.0.16", 80)
	s.syn("192.168.77.1/"+macPC, "10.0.0.16", 80)
	d := holding(t, s.report(), "10.0.0.60")
	if d.Role != PC || !slices.Equal(d.IPs, []string{"10.0.0.60", "169.254.7.9"}) {
		t.Errorf("office: %+v", d)
	}
}

func TestSeveralAddressesOfOneMachine(t *testing.T) {
	s := newScene(t)
	s.arp("10.0.0.10", macPACS)
	s.arp("10.0.1.10", macPACS)
	s.conn("fe80::1/"+macPACS, "fe80::2", 443, "ssl")
	s.conn("fd20:30::10/"+macPACS, "fd20:30::2", 443, "ssl")
	want := []string{"10.0.0.10", "10.0.1.10", "fd20:30::10", "fe80::1"}
	if d := holding(t, s.report(), "10.0.1.10"); !slices.Equal(d.IPs, want) {
		t.Errorf("addresses %v, want %v", d.IPs, want)
	}
}

func TestProxyARP(t *testing.T) {
	s := newScene(t)
	for i := range maxBound + 1 {
		s.arp(fmt.Sprintf("10.0.3.%d", i+1), macRouter)
	}
	s.store("10.0.3.5", pacs, force, 1)
	r := s.report()
	if d := holding(t, r, "10.0.3.5"); d.Role != CT || len(d.MACs) != 0 {
		t.Errorf("behind proxy: %+v", d)
	}
}

func TestTwoCardsClaimOneAddress(t *testing.T) {
	s := newScene(t)
	s.arp("10.0.0.21", macCT)
	s.store("10.0.0.21/"+macCT, pacs, force, 2)
	s.arp("10.0.0.21", macPC)
	s.store("10.0.0.21/"+macCT, pacs, force, 2)
	s.conn("10.0.0.21/"+macPC, "10.0.0.16", 80, "http")
	s.arp("10.0.0.21", macCT)
	r := s.report()
	x, err := r.Explain(macCT)
	if err != nil || x.Device.Role != CT {
		t.Fatalf("the scanner: %v %+v", err, x)
	}
	y, err := r.Explain(macPC)
	if err != nil || y.Device.Role != PC || y.Device.Manufacturer == x.Device.Manufacturer {
		t.Errorf("the other: %v %+v", err, y)
	}
	if !slices.Equal(y.Identity[0].AlsoHeld, []string{x.Device.ID}) {
		t.Errorf("the rival claim is not shown: %+v", y.Identity)
	}
}

func TestSilentTargetIsNoDevice(t *testing.T) {
	s := newScene(t)
	for i := range 20 {
		s.syn("10.0.0.66", fmt.Sprintf("10.0.0.%d", 100+i), 445)
	}
	s.syn("10.0.0.66", "224.0.0.251", 5353)
	s.syn("10.0.0.66", "255.255.255.255", 67)
	s.lookup("10.0.0.66", "10.0.0.2", "silent.example", "A", "10.0.0.100")
	r := s.report()
	if len(r.Devices) != 2 {
		t.Errorf("devices: %s", text(t, r.Devices))
	}
	for _, e := range r.Services {
		if e.Port == 445 {
			t.Errorf("a service that never answered: %+v", e)
		}
	}
}

func TestNamesFromOthers(t *testing.T) {
	s := newScene(t)
	s.store(ct, pacs, force, 1)
	s.lookup(ct, "10.0.0.2", "pacs.lazarus.example", "A", "cname.example", pacs)
	s.lookup(ct, "10.0.0.2", "21.0.0.10.in-addr.arpa", "PTR", "CT1.lazarus.example.")
	r := s.report()
	if d := holding(t, r, pacs); !slices.Equal(d.Names, []string{"pacs.lazarus.example"}) {
		t.Errorf("names of the archive: %v", d.Names)
	}
	if d := holding(t, r, ct); !slices.Equal(d.Names, []string{"CT1.lazarus.example", "CTAWP73021"}) {
		t.Errorf("names of the scanner: %v", d.Names)
	}
	for _, key := range []string{"ct1", "ctawp73021", "CT1.LAZARUS.example", "10.0.0.21", "::ffff:10.0.0.21"} {
		if x, err := r.Explain(key); err != nil || x.Device.ID != "ip:10.0.0.21" {
			t.Errorf("explain %s: %v", key, err)
		}
	}
	if _, err := r.Explain("nobody"); err == nil {
		t.Error("a key that fits nothing must be an error")
	}
}

func TestMovedScanner(t *testing.T) {
	s := newScene(t)
	s.store("10.9.0.21", pacs, force, 2)
	s.wait(60)
	s.store("10.9.0.99", pacs, force, 2)
	if d := holding(t, s.report(), "10.9.0.99"); !slices.Equal(d.IPs, []string{"10.9.0.21", "10.9.0.99"}) {
		t.Errorf("the scanner that moved: %+v", d)
	}
	// At the same time under two addresses, they are two machines of which one
	// passes on what the other made.
	s.store("10.9.0.21", pacs, force, 1)
	r := s.report()
	if a, b := holding(t, r, "10.9.0.21"), holding(t, r, "10.9.0.99"); a.ID == b.ID || a.Role != CT || b.Role == CT {
		t.Errorf("two senders: %+v %+v", a, b)
	}
}

func TestClientIdentifierJoinsCards(t *testing.T) {
	lease := func(s *scene, addr, hw string) {
		s.free(&dhcp.Record{HardwareAddr: mac(t, hw), AssignedAddr: ip(addr), ServerAddr: ip("10.0.0.2"),
			ClientID: "ff0011223344556677", MsgTypes: []string{"REQUEST", "ACK"}})
	}
	s := newScene(t)
	lease(s, "10.0.0.60", macPC)
	lease(s, "10.0.0.61", macCart)
	if d := holding(t, s.report(), "10.0.0.60"); len(d.MACs) != 2 || len(d.IPs) != 2 {
		t.Errorf("one machine with two cards: %+v", d)
	}
	lease(s, "10.0.0.60", macPC) // both live: a cloned identifier
	if d := holding(t, s.report(), "10.0.0.60"); len(d.MACs) != 1 {
		t.Errorf("two machines with one identifier: %+v", d)
	}
}

// Even when the changes of an address come in reverse, evidence goes to the
// machine that held the address at its time.
func TestBindingsInReverse(t *testing.T) {
	s := newScene(t)
	s.lease("10.0.0.160", macCart, "sono")
	s.store("10.0.0.160", pacs, vivid, 1)
	s.lease("10.0.0.160", macPC, "office")
	s.conn("10.0.0.160", "10.0.0.16", 80, "http")
	s.arp("10.0.0.160", macPC)
	slices.Reverse(s.records)
	r := s.report()
	if x, err := r.Explain("sono"); err != nil || x.Device.Role != US {
		t.Errorf("sono: %v %s", err, text(t, x))
	}
	if x, err := r.Explain("office"); err != nil || x.Device.Role != PC || x.Device.Model != "" {
		t.Errorf("office: %v %s", err, text(t, x))
	}
}

func TestOwnersAreBounded(t *testing.T) {
	s := newScene(t)
	for i := range 100 {
		s.arp("10.0.0.5", fmt.Sprintf("02:00:00:00:00:%02x", i+1))
	}
	r := s.report()
	if r.Shed.Holders != uint64(100-DefaultConfig().MaxHolders) {
		t.Errorf("shed %+v", r.Shed)
	}
}

func TestSameScanner(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b origin
		want bool
	}{
		{"same serial number", origin{serial: "1", model: "A", station: "X"}, origin{serial: "1", model: "A", station: "Y"}, true},
		{"same serial number of another model", origin{serial: "1", model: "A"}, origin{serial: "1", model: "B"}, false},
		{"other serial number", origin{serial: "1", station: "X"}, origin{serial: "2", station: "X"}, false},
		{"station names decide without serial numbers", origin{serial: "1", station: "X"}, origin{station: "X"}, true},
		{"other station", origin{station: "X", model: "A"}, origin{station: "Y", model: "A"}, false},
		{"device identifiers", origin{deviceUID: "1.2"}, origin{deviceUID: "1.3"}, false},
		{"nothing but maker and model", origin{manufacturer: "M", model: "A"}, origin{manufacturer: "M", model: "A"}, true},
		{"other maker", origin{manufacturer: "M"}, origin{manufacturer: "N"}, false},
	} {
		if got := c.a.sameScanner(&c.b); got != c.want || c.b.sameScanner(&c.a) != got {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Of two machines that send images of one scanner, the one that has work of its
// own made them, even if it sent them later.
func TestMakerHasWork(t *testing.T) {
	s := newScene(t)
	s.store("10.9.0.5", pacs, force, 1)
	s.worklist(ct, wlm, "CT")
	s.store(ct, pacs, force, 1)
	s.store("10.9.0.5", pacs, force, 1)
	r := s.report()
	if a, b := holding(t, r, ct), holding(t, r, "10.9.0.5"); a.Role != CT || b.Role == CT {
		t.Errorf("maker %s, other %s", a.Role, b.Role)
	}
}

// People write hardware addresses in many ways; what only looks like one may be a name.
func TestHardwareKeys(t *testing.T) {
	r := &Report{Devices: []Device{
		{ID: "mac:00:1b:1b:7a:30:15", MACs: []string{"00:1b:1b:7a:30:15"}, Serial: "73021"},
		{ID: "ip:10.0.0.9", Names: []string{"00aabbccddee"}, IPs: []string{"10.0.0.9"}},
	}}
	for key, want := range map[string]int{"00-1B-1B-7A-30-15": 0, "001b.1b7a.3015": 0, "001B1B7A3015": 0, "MAC:00:1b:1b:7a:30:15": 0, "73021": 0,
		"00AABBCCDDEE": 1, "00:1b:1b:7a:30": -1, "0g1b1b7a3015": -1, "": -1} {
		got, err := r.find(key)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q is device %d, want %d (%v)", key, got, want, err)
		}
	}
}
