package network

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/proto/cdp"
	"lazaret/internal/proto/lldp"
	"lazaret/internal/proto/ntp"
	"lazaret/internal/proto/snmp"
	"lazaret/internal/proto/ssdp"
	"lazaret/internal/proto/wsd"
)

var card = netid.MAC{0, 0x1a, 0xa1, 1, 2, 3}

var announcements = []struct {
	name string
	body event.Payload
	want []string
	from []string
}{
	{"a printer answers everybody", &snmp.Record{Version: "1", HasAgent: true, Agent: proto.Resp, Answered: 2, DefaultAnswered: true, Name: "PRN9", Location: "Room 12", Contact: "A. Person",
		DisplayText: "HP ETHERNET MULTI-ENVIRONMENT,JETDIRECT,JD153", ObjectID: "1.3.6.1.4.1.11.2.3.9.1", Device: "HP LaserJet 9", PrinterSN: "SN42", Services: event.N(72)},
		[]string{"server name: PRN9", "server location: Room 12", "server description: HP ETHERNET MULTI-ENVIRONMENT,JETDIRECT,JD153", "server kind: printer", "server manufacturer: HP",
			"server serial: SN42", "server kind: printer", "server model: HP LaserJet 9", "server manufacturer: HP", "server trait: answers SNMP v1 or v2c",
			"server trait: answers SNMP for a default community"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a question without an answer", &snmp.Record{Version: "2c", GetRequests: 1, CommunityKind: "default"}, nil, []string{cluestest.ClientIP}},
	{"Windows under its old number", &snmp.Record{Version: "2c", HasAgent: true, Agent: proto.Resp, Answered: 1, Location: "Unknown",
		DisplayText: "Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 17763 Multiprocessor Free)"},
		[]string{"server description: Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 17763 Multiprocessor Free)", "server os: Windows|10.0.17763",
			"server trait: answers SNMP v1 or v2c"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a trap of a switch, secured", &snmp.Record{Version: "3", HasAgent: true, Agent: proto.Orig, Traps: 1, User: "otto", EngineMaker: event.N(9), Services: event.N(2), Serial: "FOC1", Model: "WS-C2960", Manufacturer: "Cisco Systems"},
		[]string{"client manufacturer: Cisco", "client model: WS-C2960", "client serial: FOC1", "client kind: switch", "client manufacturer: Cisco"}, []string{cluestest.ClientIP}},
	{"the number of an agent's software names no maker", &snmp.Record{Version: "3", HasAgent: true, Agent: proto.Resp, EngineMaker: event.N(8072), ObjectID: "1.3.6.1.4.1.8072.3.2.10"}, nil, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a time server tells its version", &ntp.Control{Control: event.N(1), Answers: event.N(1), AskedSize: 12, ToldSize: 480, DaemonVers: "ntpd 4.2.8p15@1.3728-o", System: "Linux/5.10.0"},
		[]string{"server product: ntpd 4.2.8p15", "server os: Linux", "server trait: answers requests that amplify"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a time server that refuses", &ntp.Control{Private: event.N(1), Refused: event.N(1), AskedSize: 48, ToldSize: 8}, nil, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"an answer with time", &ntp.Record{Mode: 4}, nil, []string{cluestest.ServerIP}},
	{"a switch on the wire", &lldp.Record{MAC: card, TTL: 120, Name: "sw1.lab", Description: "Juniper Networks, Inc. ex2200, kernel JUNOS 12.3R6.6, Build", Enabled: []string{"bridge", "router"},
		Addresses: []netid.IP{cluestest.IP(cluestest.ServerIP)}, Serial: "S1", Location: "room 12"},
		[]string{"server name: sw1.lab", "server description: Juniper Networks, Inc. ex2200, kernel JUNOS 12.3R6.6, Build", "server os: Junos|12.3R6.6", "server manufacturer: Juniper", "server serial: S1",
			"server location: room 12", "server kind: switch"}, []string{cluestest.ServerIP}},
	{"a good-bye on the wire", &lldp.Record{MAC: card, Name: "sw1"}, nil, nil},
	{"a machine without an address", &lldp.Record{MAC: card, TTL: 4, ChassisMAC: card, Enabled: []string{"station"}, Manufacturer: "SIEMENS"},
		[]string{card.String() + " manufacturer: " + clues.Maker("SIEMENS")}, []string{"::"}},
	{"a Cisco switch", &cdp.Record{MAC: card, TTL: 180, Device: "sw1(FOC1)", Platform: "cisco WS-C2960X", Software: "Cisco IOS Software, C2960X Software, Version 15.2(7)E3, RELEASE SOFTWARE",
		Capabilities: []string{"switch", "igmp"}, Addresses: []netid.IP{cluestest.IP(cluestest.ServerIP)}},
		[]string{"server name: sw1", "server serial: FOC1", "server description: Cisco IOS Software, C2960X Software, Version 15.2(7)E3, RELEASE SOFTWARE", "server os: Cisco IOS|15.2(7)E3",
			"server manufacturer: Cisco", "server manufacturer: Cisco", "server model: WS-C2960X", "server kind: switch"}, []string{cluestest.ServerIP}},
	{"an experimental release", &cdp.Record{MAC: card, TTL: 180, Device: "r2", Platform: "cisco 7206VXR", Software: "Cisco IOS Software, Experimental Version 12.1(20000209:213648) [builder 101]\nCopyright",
		Addresses: []netid.IP{cluestest.IP(cluestest.ServerIP)}},
		[]string{"server name: r2", "server description: Cisco IOS Software, Experimental Version 12.1(20000209:213648) [builder 101]\nCopyright", "server os: Cisco IOS|12.1(20000209:213648)",
			"server manufacturer: Cisco", "server manufacturer: Cisco", "server model: 7206VXR"}, []string{cluestest.ServerIP}},
	{"a printer of UPnP", &ssdp.Record{IsOrig: true, Method: "notify", Kind: "alive", Target: "urn:schemas-upnp-org:device:Printer:1", Server: "Linux/5.10 UPnP/1.0 LabPrint/2.1"},
		[]string{"client os: Linux", "client product: LabPrint 2.1", "client kind: printer"}, []string{cluestest.ClientIP}},
	{"a good-bye of UPnP", &ssdp.Record{IsOrig: true, Method: "notify", Kind: "byebye", Target: "urn:schemas-upnp-org:device:Printer:1"}, nil, []string{cluestest.ClientIP}},
	{"a search of Windows", &ssdp.Record{IsOrig: true, Method: "search", Target: "urn:schemas-upnp-org:device:Printer:1", UserAgent: "Microsoft-Windows/10.0 UPnP/1.0"},
		[]string{"client os: Windows|10.0"}, []string{cluestest.ClientIP}},
	{"a camera", &wsd.Record{IsOrig: false, Message: "ProbeMatches", Types: []string{"dn:NetworkVideoTransmitter"},
		Scopes: []string{"onvif://www.onvif.org/hardware/L%201", "onvif://www.onvif.org/location/Door", "onvif://www.onvif.org/location/country/x", "other"}},
		[]string{"server kind: camera", "server model: L 1", "server location: Door"}, []string{cluestest.ServerIP}},
	{"a search for printers", &wsd.Record{IsOrig: true, Message: "Probe", Types: []string{"wprt:PrintDeviceType"}}, nil, []string{cluestest.ClientIP}},
}

func TestGlobal(t *testing.T) {
	for s, want := range map[string]bool{"8.8.8.8": true, "10.0.0.1": false, "100.64.3.4": false, "169.254.1.1": false, "2001:4860::8": true, "fd00::1": false} {
		if global(cluestest.IP(s)) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
}

func TestAnnouncements(t *testing.T) {
	for _, c := range announcements {
		cluestest.Hold(t, Readers, c.name, c.body, 161, c.want, c.from)
	}
}
