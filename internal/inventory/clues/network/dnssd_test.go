package network

import (
	"slices"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dns"
)

func TestService(t *testing.T) {
	for name, tc := range map[string]struct {
		rec  dns.Service
		want []string
	}{
		"printer": {dns.Service{Type: "_ipp._tcp", Instance: "film room", Host: "lj4.local", Model: "HP LaserJet M404", Manufacturer: "HP", Location: "Room 12"},
			[]string{"client name: lj4.local", "client kind: printer", "client model: HP LaserJet M404", "client manufacturer: " + gearMaker("HP"), "client location: Room 12"}},
		"scanner":     {dns.Service{Type: "_dicom._tcp", Host: "ct1.local", AETitle: "CT_ONE"}, []string{"client name: ct1.local", "client ae_title: CT_ONE"}},
		"web page":    {dns.Service{Type: "_http._tcp", Host: "nas1.local", Firmware: "7"}, []string{"client name: nas1.local"}},
		"responder":   {dns.Service{Type: "_raop._tcp", Host: "tv.local", FromResp: true}, []string{"server name: tv.local", "server kind: media device"}},
		"itself":      {dns.Service{Type: "_http._tcp", Host: "x.local", Addresses: []netid.IP{cluestest.IP(cluestest.ClientIP)}}, []string{"client name: x.local"}},
		"for another": {dns.Service{Type: "_ipp._tcp", Host: "asleep.local", Model: "x", Addresses: []netid.IP{cluestest.IP("10.0.0.99")}}, nil},
	} {
		o, got := cluestest.Read(Readers, &tc.rec, 5353)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if named := len(o.Namings) == 1 && o.Namings[0].IP == cluestest.IP("10.0.0.99"); named != (name == "for another") {
			t.Errorf("%s: %v", name, o.Namings)
		}
	}
}

func TestLocalNames(t *testing.T) {
	ok := event.N(0)
	node := &dns.NodeStatus{Names: []dns.NodeName{{Name: "SRV1"}, {Name: "LAZARUS", Group: true}, {Name: "SRV1", Suffix: 0x20}, {Name: "LAZARUS", Suffix: 0x1c, Group: true}}}
	for name, tc := range map[string]struct {
		rec  dns.Record
		port uint16
		want []string
	}{
		"node status":   {dns.Record{RCode: ok, Node: node}, nbnsPort, []string{"server trait: answers names by LLMNR or NetBIOS", "server name: SRV1", "server domain: LAZARUS", "server kind: domain controller"}},
		"llmnr":         {dns.Record{RCode: ok, Query: "desk", QTypeName: "A", Answers: []string{"10.0.0.10"}}, llmnrPort, []string{"server trait: answers names by LLMNR or NetBIOS"}},
		"multicast":     {dns.Record{RCode: ok, Query: "desk.local", QTypeName: "A", Answers: []string{"10.0.0.10"}}, mdnsPort, nil},
		"unanswered":    {dns.Record{Query: "desk"}, llmnrPort, nil},
		"a name server": {dns.Record{RCode: ok, Query: "x", QTypeName: "A"}, 53, []string{"server activity: answers DNS"}},
	} {
		if _, got := cluestest.Read(Readers, &tc.rec, tc.port); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
