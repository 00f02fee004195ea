package network

import (
	"reflect"
	"slices"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/netid"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/dhcp"
	"lazaret/internal/proto/dns"
)

var statements = []struct {
	name string
	body event.Payload
	port uint16
	want []string // clues
	from []string // parties heard
}{
	{"a refused connection", &flow.Record{Proto: "tcp", ConnState: "REJ", OrigPkts: 1, RespPkts: 1}, 104, nil, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"an open port that says nothing", &flow.Record{Proto: "tcp", ConnState: "S1", OrigPkts: 2, RespPkts: 1}, 104, nil, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a name server", &dns.Record{Query: "a.example", QTypeName: "A", RCode: event.N(0), Answers: []string{"10.9.9.9"}}, 53,
		[]string{"server activity: answers DNS"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"an answer on the link is no name server", &dns.Record{Query: "a.local", QTypeName: "A", RCode: event.N(0), Answers: []string{"10.9.9.9"}}, 5353,
		nil, []string{cluestest.ClientIP}},
	{"an answer by NetBIOS", &dns.Record{Query: "*", QTypeName: "NBSTAT", RCode: event.N(0)}, 137,
		[]string{"server trait: answers names by LLMNR or NetBIOS"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"an answer by LLMNR", &dns.Record{Query: "pc1", QTypeName: "A", RCode: event.N(0), Answers: []string{cluestest.ServerIP}}, 5355,
		[]string{"server trait: answers names by LLMNR or NetBIOS"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a question by LLMNR", &dns.Record{Query: "pc1", QTypeName: "A"}, 5355, nil, []string{cluestest.ClientIP}},
}

// A name that accounts register is no machine's.
func TestAccountByNetBIOS(t *testing.T) {
	for _, account := range []bool{false, true} {
		o, _ := cluestest.Read(Readers, &dns.Record{Query: "ZEBRA", QTypeName: "NB", RCode: event.N(0), Messenger: account, Answers: []string{"10.9.9.9"}}, 137)
		if named := len(o.Namings) > 0; named == account {
			t.Errorf("account %v: names %v", account, o.Namings)
		}
	}
}

func TestDHCP(t *testing.T) {
	hw := netid.MAC{0x00, 0x05, 0xb2, 1, 2, 3}
	o, got := cluestest.Read(Readers, &dhcp.Record{HardwareAddr: hw, AssignedAddr: cluestest.IP("10.0.0.99"), ServerAddr: cluestest.IP(cluestest.ServerIP), HostName: "CART", VendorClass: "MSFT 5.0",
		ClientID: "0100:05", ParamList: "1,15,3,6,44,46,47,31,33,249,43", MsgTypes: []string{"REQUEST", "ACK"}}, 67)
	m := hw.String()
	want := []string{"server activity: gives addresses by DHCP", m + " activity: gets its address by DHCP", m + " name: CART", m + " os: Windows", m + " os: Windows|5"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if i := slices.Index(o.Bindings, clues.Binding{IP: cluestest.IP("10.0.0.99"), MAC: hw, How: clues.ByDHCP}); i < 0 {
		t.Errorf("bindings %v", o.Bindings)
	}
	o, _ = cluestest.Read(Readers, &dhcp.Record{HardwareAddr: hw, AssignedAddr: cluestest.IP("10.0.0.99"), ServerAddr: cluestest.IP(cluestest.ServerIP), MsgTypes: []string{"DISCOVER", "OFFER"}}, 67)
	if slices.ContainsFunc(o.Bindings, func(b clues.Binding) bool { return !b.IP.IsZero() }) {
		t.Errorf("an offer binds: %v", o.Bindings)
	}
}

func TestARP(t *testing.T) {
	hw, other := netid.MAC{0, 1, 2, 3, 4, 5}, netid.MAC{0, 1, 2, 3, 4, 6}
	o, _ := cluestest.Read(Readers, &arp.Record{Operation: "reply", SenderMAC: hw, SenderIP: cluestest.IP("10.0.0.1")}, 0)
	if !reflect.DeepEqual(o.Bindings, []clues.Binding{{IP: cluestest.IP("10.0.0.1"), MAC: hw, How: clues.ByARP}}) {
		t.Errorf("reply: %v", o.Bindings)
	}
	o, _ = cluestest.Read(Readers, &arp.Record{Operation: "reply", SenderMAC: hw, SenderIP: cluestest.IP("10.0.0.1"), FrameMAC: other}, 0)
	if !reflect.DeepEqual(o.Bindings, []clues.Binding{{MAC: other, How: clues.ByARP}}) {
		t.Errorf("one card speaking for another: %v", o.Bindings)
	}
	o, _ = cluestest.Read(Readers, &arp.Record{Operation: "probe", SenderMAC: hw}, 0)
	if !reflect.DeepEqual(o.Bindings, []clues.Binding{{MAC: hw, How: clues.ByARP}}) {
		t.Errorf("probe: %v", o.Bindings)
	}
}

func TestReverseName(t *testing.T) {
	for name, want := range map[string]string{
		"21.0.0.10.in-addr.arpa": "10.0.0.21", "21.0.0.10.IN-ADDR.ARPA.": "10.0.0.21",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": "2001:db8::1",
		"0.10.in-addr.arpa": "", "x.0.0.10.in-addr.arpa": "", "300.0.0.10.in-addr.arpa": "", "10.0.0.21": "",
		"1x0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": "",
	} {
		got, ok := reverseName(name)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%s is %v %v, want %q", name, got, ok, want)
		}
	}
}

// A DHCP server that speaks first is the server all the same.
func TestDHCPConversation(t *testing.T) {
	o, _ := cluestest.Read(Readers, &flow.Record{Proto: "udp", Service: "dhcp", OrigPkts: 1, RespPkts: 1, OrigBytes: event.N(300), RespBytes: event.N(20)}, 68)
	if len(o.Talks) != 1 || o.Talks[0].Server.IP != cluestest.IP(cluestest.ClientIP) || o.Talks[0].Port != 67 || o.Talks[0].ToClient != 300 {
		t.Errorf("talks %+v", o.Talks)
	}
}

// TestWebRows holds that a connection over which web services were used is a row that
// gives way to theirs.
func TestWebRows(t *testing.T) {
	for service, want := range map[string]clues.Talk{
		"http":          {Service: "http"},
		"http,dicomweb": {Service: "dicomweb", General: true},
		"http,fhir":     {Service: "fhir", General: true},
	} {
		o, _ := cluestest.Read(Readers, &flow.Record{Proto: "tcp", ConnState: "SF", Service: service, OrigPkts: 3, RespPkts: 3, RespBytes: event.N(9)}, 80)
		if len(o.Talks) != 1 || o.Talks[0].Service != want.Service || o.Talks[0].General != want.General {
			t.Errorf("%s: %+v", service, o.Talks)
		}
	}
}

func TestStatements(t *testing.T) {
	for _, c := range statements {
		cluestest.Hold(t, Readers, c.name, c.body, c.port, c.want, c.from)
	}
}
