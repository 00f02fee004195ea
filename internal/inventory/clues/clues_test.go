package clues

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/dhcp"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/hl7"
)

const (
	clientIP = "10.0.0.21"
	serverIP = "10.0.0.10"
)

func ip(s string) netid.IP { return netid.FromAddr(netip.MustParseAddr(s)) }

// read tells what a record between client and server says, one line a clue:
// who, attribute, subject, value.
func read(body event.Payload, port uint16) (*Out, []string) {
	c := &event.Conn{Proto: 6}
	c.Orig.IP, c.Resp.IP, c.Resp.Port = ip(clientIP), ip(serverIP), port
	r := event.Record{TS: 1000, Conn: c, Body: body}
	o := &Out{}
	Read(&r, o)
	var lines []string
	for _, k := range o.Clues {
		who := k.About.MAC.String()
		switch k.About.IP {
		case ip(clientIP):
			who = "client"
		case ip(serverIP):
			who = "server"
		}
		subject := ""
		if k.Subject != Self {
			subject = " (" + k.Subject.String() + ")"
		}
		lines = append(lines, fmt.Sprintf("%s %s%s: %s", who, k.Attr, subject, k.Value))
	}
	return o, lines
}

func heard(o *Out) []string {
	var out []string
	for _, p := range o.Heard {
		out = append(out, p.IP.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var statements = []struct {
	name string
	body event.Payload
	port uint16
	want []string // clues
	from []string // parties heard
}{
	{"a store tells nothing of its sender but what it did",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-STORE", Service: "storage", Modality: "CT", Calling: "CT1", Called: "PACS",
			Manufacturer: "SIEMENS", Model: "Force", Station: "ST", Serial: "1", Status: event.N(0), StatusName: "success"}, 104,
		[]string{"client ae_title: CT1", "server ae_title: PACS", "client activity: sends images", "server activity: stores images sent to it"},
		[]string{serverIP, clientIP}},
	{"a store without an answer",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-STORE", Service: "storage", Modality: "CT", Calling: "CT1", Called: "PACS"}, 104,
		[]string{"client ae_title: CT1", "client activity: sends images"}, []string{clientIP}},
	{"a refused service",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-FIND", Service: "query", Calling: "X", Called: "Y", Status: event.N(0x0122), StatusName: "failure"}, 104,
		[]string{"client ae_title: X", "server ae_title: Y", "client activity: queries an archive"}, []string{serverIP, clientIP}},
	{"a store that the receiver had no room for",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-STORE", Service: "storage", Modality: "CT", Status: event.N(0xa700), StatusName: "failure"}, 104,
		[]string{"client activity: sends images"}, []string{serverIP, clientIP}},
	{"a failed query is a service all the same",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-FIND", Service: "query", Status: event.N(0xa900), StatusName: "failure"}, 104,
		[]string{"client activity: queries an archive", "server activity: answers queries"}, []string{serverIP, clientIP}},
	{"a sub-operation of C-GET comes from the acceptor",
		&dicom.Operation{IsOrig: false, FromCaller: false, Command: "C-STORE", Service: "storage", Modality: "CT", Calling: "WS", Called: "PACS", Status: event.N(0)}, 104,
		[]string{"client ae_title: WS", "server ae_title: PACS", "server activity: sends objects asked for", "client activity: receives objects retrieved"}, []string{serverIP, clientIP}},
	{"a procedure step speaks of its sender",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "N-CREATE", Service: "mpps", Modality: "MR", StationAE: "MR1", Station: "MRROOM", Status: event.N(0)}, 104,
		[]string{"client activity: reports procedure steps", "server activity: takes procedure steps", "client ae_title: MR1", "client station_name: MRROOM", "client activity: performs mr"}, []string{serverIP, clientIP}},
	{"an accepted association",
		&dicom.Association{IsOrig: true, Calling: "A", Called: "B", Result: "accepted", RqImplUID: "1.2.3.4", RqImplName: "HOMEMADE",
			Accepted: []string{"1.2.840.10008.5.1.4.1.1.2"}}, 104,
		[]string{"client ae_title: A", "client implementation: HOMEMADE", "server ae_title: B",
			"client trait: speaks DICOM in clear", "server trait: speaks DICOM in clear", "server activity: accepts storage contexts"}, []string{serverIP, clientIP}},
	{"a rejected association names nobody who answered",
		&dicom.Association{IsOrig: true, Calling: "A", Called: "B", Result: "rejected"}, 104, []string{"client ae_title: A"}, []string{serverIP, clientIP}},
	{"an association that was not answered",
		&dicom.Association{IsOrig: true, Calling: "A", Called: "B", Result: "unanswered"}, 104, []string{"client ae_title: A"}, []string{clientIP}},
	{"a message and its acknowledgement",
		&hl7.Message{IsOrig: true, SendingApp: "REG", SendingFac: "F", Type: "ADT", Event: "A04", AckCode: "AA", AckApp: "MIRTH", Location: "DESK1"}, 2575,
		[]string{"client trait: speaks HL7 in clear", "server trait: speaks HL7 in clear", "server application: MIRTH", "client activity: sends ADT", "client activity: sends registrations", "server activity: receives ADT",
			"client application (content sent): REG|adt", "server application (content received): REG|adt", "client institution (content sent): F",
			"client location (content sent): DESK1"}, []string{serverIP, clientIP}},
	{"a consent document", &hl7.Message{IsOrig: true, SendingApp: "K", Type: "MDM", HasConsent: true}, 2575,
		[]string{"client trait: speaks HL7 in clear", "client activity: sends documents", "client activity: sends consents", "server activity: receives consents",
			"client application (content sent): K|document", "server application (content received): K|document"}, []string{clientIP}},
	{"a lone acknowledgement", &hl7.Message{IsOrig: true, Unasked: true, Type: "ACK"}, 2575, nil, []string{clientIP}},
	{"a refused connection", &flow.Record{Proto: "tcp", ConnState: "REJ", OrigPkts: 1, RespPkts: 1}, 104, nil, []string{serverIP, clientIP}},
	{"an open port that says nothing", &flow.Record{Proto: "tcp", ConnState: "S1", OrigPkts: 2, RespPkts: 1}, 104, nil, []string{serverIP, clientIP}},
	{"a name server", &dns.Record{Query: "a.example", QTypeName: "A", RCode: event.N(0), Answers: []string{"10.9.9.9"}}, 53,
		[]string{"server activity: answers DNS"}, []string{serverIP, clientIP}},
	{"an answer on the link is no name server", &dns.Record{Query: "a.local", QTypeName: "A", RCode: event.N(0), Answers: []string{"10.9.9.9"}}, 5353,
		nil, []string{clientIP}},
	{"an answer by NetBIOS", &dns.Record{Query: "*", QTypeName: "NBSTAT", RCode: event.N(0)}, 137,
		[]string{"server trait: answers names by LLMNR or NetBIOS"}, []string{serverIP, clientIP}},
	{"an answer by LLMNR", &dns.Record{Query: "pc1", QTypeName: "A", RCode: event.N(0), Answers: []string{serverIP}}, 5355,
		[]string{"server trait: answers names by LLMNR or NetBIOS"}, []string{serverIP, clientIP}},
	{"a question by LLMNR", &dns.Record{Query: "pc1", QTypeName: "A"}, 5355, nil, []string{clientIP}},
}

func TestStatements(t *testing.T) {
	for _, c := range statements {
		o, got := read(c.body, c.port)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, strings.Join(got, "; "), strings.Join(c.want, "; "))
		}
		slices.Sort(c.from)
		if !slices.Equal(heard(o), c.from) {
			t.Errorf("%s: heard %v, want %v", c.name, heard(o), c.from)
		}
	}
}

func TestDHCP(t *testing.T) {
	hw := netid.MAC{0x00, 0x05, 0xb2, 1, 2, 3}
	o, got := read(&dhcp.Record{HardwareAddr: hw, AssignedAddr: ip("10.0.0.99"), ServerAddr: ip(serverIP), HostName: "CART", VendorClass: "MSFT 5.0",
		ClientID: "0100:05", ParamList: "1,15,3,6,44,46,47,31,33,249,43", MsgTypes: []string{"REQUEST", "ACK"}}, 67)
	m := hw.String()
	want := []string{"server activity: gives addresses by DHCP", m + " activity: gets its address by DHCP", m + " name: CART", m + " os: Windows", m + " os: Windows|5"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if i := slices.Index(o.Bindings, Binding{ip("10.0.0.99"), hw, ByDHCP}); i < 0 {
		t.Errorf("bindings %v", o.Bindings)
	}
	o, _ = read(&dhcp.Record{HardwareAddr: hw, AssignedAddr: ip("10.0.0.99"), ServerAddr: ip(serverIP), MsgTypes: []string{"DISCOVER", "OFFER"}}, 67)
	if slices.ContainsFunc(o.Bindings, func(b Binding) bool { return !b.IP.IsZero() }) {
		t.Errorf("an offer binds: %v", o.Bindings)
	}
}

func TestARP(t *testing.T) {
	hw, other := netid.MAC{0, 1, 2, 3, 4, 5}, netid.MAC{0, 1, 2, 3, 4, 6}
	o, _ := read(&arp.Record{Operation: "reply", SenderMAC: hw, SenderIP: ip("10.0.0.1")}, 0)
	if !reflect.DeepEqual(o.Bindings, []Binding{{ip("10.0.0.1"), hw, ByARP}}) {
		t.Errorf("reply: %v", o.Bindings)
	}
	o, _ = read(&arp.Record{Operation: "reply", SenderMAC: hw, SenderIP: ip("10.0.0.1"), FrameMAC: other}, 0)
	if !reflect.DeepEqual(o.Bindings, []Binding{{MAC: other, How: ByARP}}) {
		t.Errorf("one card speaking for another: %v", o.Bindings)
	}
	o, _ = read(&arp.Record{Operation: "probe", SenderMAC: hw}, 0)
	if !reflect.DeepEqual(o.Bindings, []Binding{{MAC: hw, How: ByARP}}) {
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

func TestKinds(t *testing.T) {
	const root = "1.2.840.10008.5.1.4.1.1."
	for _, c := range []struct{ modality, class, want string }{
		{"CT", root + "2", "ct"}, {"", root + "2", "ct"}, {"CR", root + "1", "dx"}, {"RF", root + "12.2", "xa"}, {"ES", root + "77.1.1", "ot"},
		{"CT", root + "7", ""}, {"SR", root + "88.11", ""}, {"PR", root + "11.1", ""}, {"KO", root + "88.59", ""}, {"", "1.2.3", ""},
		{"RTIMAGE", root + "481.1", "ot"}, {"RTSTRUCT", root + "481.3", ""}, {"nonsense", root + "2", ""}, {"MR", "1.3.12.2.1107.5.9.1", "mr"},
	} {
		if got := imageKind(&dicom.Operation{Modality: c.modality, SOPClass: c.class}); got != c.want {
			t.Errorf("%s under %s is %q, want %q", c.modality, c.class, got, c.want)
		}
	}
}

// What is no unicast address is never bound or named, whatever a record says,
// and no reader fails on a record without a conversation.
func TestRecordsWithoutConversation(t *testing.T) {
	for _, body := range []event.Payload{&dicom.Operation{}, &dicom.Association{}, &hl7.Message{}, &flow.Record{}, &dns.Record{},
		&dhcp.Record{}, &dhcp.Record6{}, &arp.Record{}, nil} {
		r := event.Record{Body: body}
		o := &Out{}
		Read(&r, o)
		if len(o.Clues)+len(o.Talks)+len(o.Heard)+len(o.Namings) > 0 {
			t.Errorf("%T says %+v", body, o)
		}
	}
}

// A DHCP server that speaks first is the server all the same.
func TestDHCPConversation(t *testing.T) {
	o, _ := read(&flow.Record{Proto: "udp", Service: "dhcp", OrigPkts: 1, RespPkts: 1, OrigBytes: event.N(300), RespBytes: event.N(20)}, 68)
	if len(o.Talks) != 1 || o.Talks[0].Server.IP != ip(clientIP) || o.Talks[0].Port != 67 || o.Talks[0].ToClient != 300 {
		t.Errorf("talks %+v", o.Talks)
	}
}

// Data sets travel with the request unless the request asks for data.
func TestDirectionOfBytes(t *testing.T) {
	for _, c := range []struct {
		command, service   string
		orig               bool
		toServer, toClient uint64
	}{
		{"C-STORE", "storage", true, 9, 0}, {"C-STORE", "storage", false, 0, 9}, {"C-FIND", "query", true, 0, 9},
		{"C-FIND", "query", false, 9, 0}, {"N-ACTION", "storage-commitment", true, 9, 0}, {"N-GET", "print", true, 0, 9},
	} {
		o, _ := read(&dicom.Operation{Command: c.command, Service: c.service, IsOrig: c.orig, FromCaller: c.orig, Bytes: 9}, 104)
		if len(o.Talks) != 1 || o.Talks[0].ToServer != c.toServer || o.Talks[0].ToClient != c.toClient {
			t.Errorf("%+v: %+v", c, o.Talks)
		}
	}
}

func TestObjectMaker(t *testing.T) {
	for _, c := range []struct {
		op   dicom.Operation
		want string
	}{
		{dicom.Operation{InstanceRoot: "1.3.12.2.1107.5"}, "Siemens Healthineers"},
		{dicom.Operation{InstanceRoot: "1.2.276.0.7230010.3"}, ""}, // a toolkit
		{dicom.Operation{PrivCreators: []string{"SOMEONE", "GEMS_IDEN_01"}}, "GE HealthCare"},
		{dicom.Operation{}, ""},
	} {
		if got := objectMaker(&c.op); got != c.want {
			t.Errorf("%s %v is %q, want %q", c.op.InstanceRoot, c.op.PrivCreators, got, c.want)
		}
	}
}

// A toolkit is no maker of a machine; a product's maker is.
func TestImplementation(t *testing.T) {
	o := &Out{}
	implementation(o, Party{}, "1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367", "x")
	if len(o.Clues) != 1 || o.Clues[0].Attr != Implementation || o.Clues[0].Value != "DCMTK" {
		t.Errorf("toolkit: %+v", o.Clues)
	}
	o = &Out{}
	implementation(o, Party{}, "", "INFINITT_3.0", "x")
	if len(o.Clues) != 2 || o.Clues[1].Attr != Manufacturer {
		t.Errorf("product: %+v", o.Clues)
	}
	o = &Out{}
	implementation(o, Party{}, "", "", "x")
	if len(o.Clues) != 0 {
		t.Errorf("nothing said: %+v", o.Clues)
	}
}

// Every message family has its words, and what is not in the list is "other".
func TestMessageFamilies(t *testing.T) {
	for code, want := range map[string][3]string{
		"ADT": {"adt", string(SendsADT), string(HearsADT)}, "OMI": {"order", string(SendsOrders), string(HearsOrders)},
		"SIU": {"schedule", string(SendsSchedule), string(HearsSchedule)}, "ORU": {"result", string(SendsResults), string(HearsResults)},
		"MDM": {"document", string(SendsDocuments), string(HearsDocuments)}, "DFT": {"billing", string(SendsHL7), string(HearsHL7)},
		"QBP": {"query", string(SendsHL7), string(HearsHL7)}, "MFN": {"master-file", string(SendsHL7), string(HearsHL7)},
		"\x1b[0m": {"other", string(SendsHL7), string(HearsHL7)},
	} {
		m := &hl7.Message{Type: code}
		f := familyOf(m)
		if got := [3]string{f, string(sends(m, f)[0]), string(hears(m, f))}; got != want {
			t.Errorf("%q: %v, want %v", code, got, want)
		}
	}
}
