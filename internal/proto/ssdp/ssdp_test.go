package ssdp

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

const (
	asked     = "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 3\r\nST: ssdp:all\r\nUSER-AGENT: Lab/1.0 UPnP/1.1\r\n\r\n"
	announced = "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age = 1800\r\nLOCATION: http://10.0.0.9:80/d.xml\r\nNT: urn:schemas-upnp-org:device:Printer:1\r\n" +
		"NTS: ssdp:alive\r\nSERVER: Linux/5.10 UPnP/1.0 LabPrint/2.1\r\nUSN: uuid:2f402f80-da50-11e1-9b23-001788102201::urn:schemas-upnp-org:device:Printer:1\r\n\r\n"
	answered = "HTTP/1.1 200 OK\r\nCACHE-CONTROL:max-age=100\r\nEXT:\r\nST: upnp:rootdevice\r\nUSN: uuid:abc::upnp:rootdevice\r\nServer: X\r\n\r\n"
)

func play(said ...prototest.Segment) *prototest.Flow {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	for _, s := range said {
		if err := a.Packet(s.Dir, s.Data); err != nil {
			f.Weirds = append(f.Weirds, "error:"+err.Error())
		}
	}
	a.Close()
	return f
}

func said() []prototest.Segment {
	return []prototest.Segment{{Data: []byte(asked)}, {Dir: proto.Resp, Data: []byte(answered)}, {Data: []byte(announced)}}
}

func TestRecords(t *testing.T) {
	got := play(said()...).JSON()
	for _, want := range []string{
		`"is_orig":true,"method":"search","target":"ssdp:all","user_agent":"Lab/1.0 UPnP/1.1"}`,
		`"is_orig":false,"method":"response","target":"upnp:rootdevice","usn":"uuid:abc::upnp:rootdevice","uuid":"abc","server":"X","max_age":100}`,
		`"is_orig":true,"method":"notify","target":"urn:schemas-upnp-org:device:Printer:1","nts":"alive","usn":"uuid:2f402f80-da50-11e1-9b23-001788102201::urn:schemas-upnp-org:device:Printer:1",` +
			`"uuid":"2f402f80-da50-11e1-9b23-001788102201","uuid_mac":"00:17:88:10:22:01","server":"Linux/5.10 UPnP/1.0 LabPrint/2.1","location":"http://10.0.0.9:80/d.xml","max_age":1800}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestProbe(t *testing.T) {
	for text, want := range map[string]proto.Match{
		asked: proto.Yes, announced: proto.Yes, answered: proto.Yes, "": proto.No,
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n": proto.No, "HTTP/1.1 404 Not Found\r\nST: x\r\n\r\n": proto.No,
		"OPTIONS sip:x SIP/2.0\r\n": proto.No, "M-SEARCH /x HTTP/1.1": proto.No,
	} {
		if got := probe(proto.Orig, []byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestMalformed(t *testing.T) {
	if f := play(prototest.Segment{Data: []byte("GET / HTTP/1.1\r\n\r\n")}); strings.Join(f.Weirds, " ") != "error:bad_start_line" {
		t.Errorf("%v", f.Weirds)
	}
	f := play(prototest.Segment{Data: []byte("NOTIFY * HTTP/1.1\nno colon\nNT:" + strings.Repeat("x", 9000))})
	if r := f.Records[0].Body.(*Record); len(r.Target) != maxText || strings.Join(f.Weirds, " ") != "bad_header" {
		t.Errorf("%d bytes, %v", len(r.Target), f.Weirds)
	}
	for _, id := range []string{"2f402f80-da50-41e1-9b23-001788102201", "2f402f80-da50-11e1-9b23-011788102201", "2f402f80-da50-11e1-9b23-00178810220g", "x"} {
		if m := uuidMAC(id); !m.IsZero() {
			t.Errorf("%s has the address %v", id, m)
		}
	}
}

func TestFlip(t *testing.T) {
	records, _ := prototest.Run(t, prototest.Exchange(1900, 50000, []prototest.Segment{{Data: []byte(answered)}}), &Spec)
	if got := prototest.JSON(records, &Spec); !strings.Contains(got, `"id.resp_p":1900,"is_orig":false`) {
		t.Errorf("%s", got)
	}
}

func TestPackets(t *testing.T)   { prototest.Packets(t, &Spec, said()) }
func TestGolden(t *testing.T)    { prototest.Golden(t, &Spec, "manage") }
func TestDatagrams(t *testing.T) { prototest.Datagrams(t, &Spec, "manage") }

func FuzzPackets(f *testing.F) {
	prototest.FuzzPackets(f, &Spec, []byte(asked), []byte(announced), []byte(answered))
}
