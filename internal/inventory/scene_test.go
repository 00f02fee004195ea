package inventory

import (
	"encoding/json"
	"net/netip"
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

// scene builds records by hand. Addresses are written as "10.0.0.5" or, with
// the hardware address in the frames, as "10.0.0.5/02:00:00:00:00:05".
type scene struct {
	t       *testing.T
	now     event.Time
	records []event.Record
}

const second = event.Time(1e9)

func newScene(t *testing.T) *scene { return &scene{t: t, now: 1_700_000_000 * second} }

func (s *scene) wait(seconds int) { s.now += event.Time(seconds) * second }

func mac(t *testing.T, text string) (m netid.MAC) {
	t.Helper()
	parts := strings.Split(text, ":")
	if len(parts) != 6 {
		t.Fatalf("hardware address %q", text)
	}
	for i, p := range parts {
		m[i] = hexByte(p)
	}
	return m
}

func hexByte(s string) (b byte) {
	for _, c := range []byte(s) {
		b = b<<4 | byte(strings.IndexByte("0123456789abcdef", c))
	}
	return b
}

func ip(text string) netid.IP { return netid.FromAddr(netip.MustParseAddr(text)) }

func (s *scene) party(text string) (netid.IP, netid.MAC) {
	addr, hw, ok := strings.Cut(text, "/")
	if !ok {
		return ip(addr), netid.MAC{}
	}
	return ip(addr), mac(s.t, hw)
}

// add files a record of a conversation from a to port of b, one second on.
func (s *scene) add(a, b string, port uint16, body event.Payload) {
	s.wait(1)
	c := &event.Conn{UID: "C1", Proto: 6}
	c.Orig.IP, c.OrigMAC = s.party(a)
	c.Resp.IP, c.RespMAC = s.party(b)
	c.Orig.Port, c.Resp.Port = 40000, port
	s.records = append(s.records, event.Record{TS: s.now, Index: uint64(len(s.records)), Conn: c, Body: body})
}

func (s *scene) free(body event.Payload) {
	s.wait(1)
	s.records = append(s.records, event.Record{TS: s.now, Index: uint64(len(s.records)), Body: body})
}

// op files an operation that a asks of b and that succeeds.
func (s *scene) op(a, b string, op dicom.Operation) {
	op.IsOrig, op.FromCaller = true, true
	if !op.Status.OK {
		op.Status, op.StatusName, op.Responses = event.N(0), "success", 1
	}
	s.add(a, b, 104, &op)
}

// scanner is what objects say of the machine that made them.
type scanner struct{ modality, maker, model, station, serial string }

var (
	force  = scanner{"CT", "SIEMENS", "SOMATOM Force", "CTAWP73021", "73021"}
	aera   = scanner{"MR", "SIEMENS", "MAGNETOM Aera", "AWP141555", "141555"}
	vivid  = scanner{"US", "GE Vingmed Ultrasound", "Vivid E95", "VIVIDE95-071", "071123VE"}
	xray   = scanner{"DX", "Carestream Health", "DRX-Revolution", "DRXR0412", "DRXR0412"}
	mammo  = scanner{"MG", "HOLOGIC, Inc.", "Selenia Dimensions", "SELENIA_DIM1", "81003160955"}
	gamma  = scanner{"NM", "SIEMENS NM", "SYMBIA T", "SYMBIA1047", "1047"}
	petct  = scanner{"PT", "SIEMENS", "Biograph64", "PETCT1", "1104"}
	angio  = scanner{"XA", "Philips", "Azurion 7 M20", "AZURION-LAB1", "722079-118"}
	scope  = scanner{"ES", "Olympus", "EVIS X1", "ENDO1", "77120"}
	moveAE = "READ_WS1"
)

func image(g scanner) dicom.Operation {
	return dicom.Operation{Command: "C-STORE", Service: "storage", SOPClass: storageOf[g.modality], Calling: g.station, Called: "PACS",
		Modality: g.modality, Manufacturer: g.maker, Model: g.model, Station: g.station, Serial: g.serial,
		Software: []string{"VA1", "VA2"}, Institution: "St Lazarus", Department: "Radiology", Bytes: 1000}
}

var storageOf = map[string]string{
	"CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4", "US": "1.2.840.10008.5.1.4.1.1.6.1",
	"DX": "1.2.840.10008.5.1.4.1.1.1.1", "MG": "1.2.840.10008.5.1.4.1.1.1.2", "NM": "1.2.840.10008.5.1.4.1.1.20",
	"PT": "1.2.840.10008.5.1.4.1.1.128", "XA": "1.2.840.10008.5.1.4.1.1.12.1", "ES": "1.2.840.10008.5.1.4.1.1.77.1.1",
	"SR": "1.2.840.10008.5.1.4.1.1.88.11", "PR": "1.2.840.10008.5.1.4.1.1.11.1", "KO": "1.2.840.10008.5.1.4.1.1.88.59",
}

// moved is an image sent to fulfil a C-MOVE.
func moved(g scanner) dicom.Operation {
	op := image(g)
	op.MoveOrig = moveAE
	return op
}

func (s *scene) store(a, b string, g scanner, n int) {
	for range n {
		s.op(a, b, image(g))
	}
}

func (s *scene) query(a, b string) {
	s.op(a, b, dicom.Operation{Command: "C-FIND", Service: "query", QueryLevel: "STUDY", Calling: "READ_WS1", Called: "PACS"})
}

func (s *scene) move(a, b string) {
	s.op(a, b, dicom.Operation{Command: "C-MOVE", Service: "retrieve", MoveDest: moveAE, Calling: "READ_WS1", Called: "PACS"})
}

func (s *scene) worklist(a, b, modality string) {
	s.op(a, b, dicom.Operation{Command: "C-FIND", Service: "worklist", Modality: modality, Calling: "MOD", Called: "RIS_MWL"})
}

func (s *scene) mpps(a, b string, g scanner) {
	s.op(a, b, dicom.Operation{Command: "N-CREATE", Service: "mpps", Modality: g.modality, StationAE: "CT1", Station: g.station, Calling: "MOD", Called: "RIS_MPPS"})
}

func (s *scene) hl7(a, b string, m hl7.Message) {
	m.IsOrig, m.MLLP, m.AckCode, m.Bytes = true, true, "AA", 200
	s.add(a, b, 2575, &m)
}

func adt(app, ev string) hl7.Message {
	return hl7.Message{SendingApp: app, Type: "ADT", Event: ev, ControlID: "1", SendingFac: "LAZARUS"}
}

func (s *scene) conn(a, b string, port uint16, service string) {
	s.add(a, b, port, &flow.Record{Proto: "tcp", Service: service, ConnState: "SF", OrigPkts: 5, RespPkts: 5,
		OrigBytes: event.N(100), RespBytes: event.N(900), Duration: event.Interval(second / 2)})
}

func (s *scene) syn(a, b string, port uint16) {
	s.add(a, b, port, &flow.Record{Proto: "tcp", ConnState: "S0", OrigPkts: 1})
}

func (s *scene) arp(addr, hw string) {
	s.free(&arp.Record{State: "new", Operation: "request", SenderMAC: mac(s.t, hw), SenderIP: ip(addr), Count: 1})
}

func (s *scene) lease(addr, hw, host string) {
	s.free(&dhcp.Record{HardwareAddr: mac(s.t, hw), AssignedAddr: ip(addr), ServerAddr: ip("10.0.0.2"), HostName: host,
		MsgTypes: []string{"DISCOVER", "OFFER", "REQUEST", "ACK"}, VendorClass: "MSFT 5.0"})
}

func (s *scene) lookup(a, b, name, kind string, answers ...string) {
	s.add(a, b, 53, &dns.Record{Proto: "udp", Query: name, QTypeName: kind, RCode: event.N(0), Answers: answers})
}

// report concludes from the scene.
func (s *scene) report() *Report {
	v := New(DefaultConfig())
	for _, r := range s.records {
		v.Add(r)
	}
	return v.Snapshot()
}

// holding finds the one device that holds an address.
func holding(t *testing.T, r *Report, addr string) Device {
	t.Helper()
	var found []Device
	for _, d := range r.Devices {
		if slices.Contains(d.IPs, addr) {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d devices hold %s: %+v", len(found), addr, found)
	}
	return found[0]
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func connRejected() event.Payload {
	return &flow.Record{Proto: "tcp", ConnState: "REJ", OrigPkts: 1, RespPkts: 1}
}
