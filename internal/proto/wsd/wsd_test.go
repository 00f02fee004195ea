package wsd

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

const open = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" ` +
	`xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:x="http://schemas.xmlsoap.org/ws/2006/02/devprof" xmlns:y="http://schemas.microsoft.com/windows/pub/2005/07">` +
	`<soap:Header><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</a:Action></soap:Header><soap:Body>`

const shut = `</soap:Body></soap:Envelope>`

const hello = open + `<d:Hello><a:EndpointReference><a:Address>urn:uuid:2f402f80-da50-11e1-9b23-001788102201</a:Address></a:EndpointReference><d:Types>x:Device y:Computer z:Other</d:Types>` +
	`<d:Scopes>onvif://www.onvif.org/hardware/L1 onvif://www.onvif.org/name/Door</d:Scopes><d:XAddrs>http://10.0.0.9:5357/x</d:XAddrs><d:MetadataVersion>2</d:MetadataVersion></d:Hello>` + shut

const search = open + `<d:Probe><d:Types>x:Device</d:Types></d:Probe>` + shut

const found = open + `<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:one</a:Address></a:EndpointReference><d:Types>x:Device</d:Types></d:ProbeMatch>` +
	`<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:two</a:Address></a:EndpointReference></d:ProbeMatch></d:ProbeMatches>` + shut

func play(said ...string) *prototest.Flow {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	for i, s := range said {
		if err := a.Packet(proto.Dir(i&1), []byte(s)); err != nil {
			f.Weirds = append(f.Weirds, "error:"+err.Error())
		}
	}
	a.Close()
	return f
}

func TestRecords(t *testing.T) {
	f := play(search, found, hello)
	got := f.JSON()
	for _, want := range []string{
		`"is_orig":true,"message":"Probe","version":"1.0","types":["wsdp:Device"]}`,
		`"is_orig":false,"message":"ProbeMatches","version":"1.0","endpoint":"urn:uuid:one","types":["wsdp:Device"]}`,
		`"is_orig":false,"message":"ProbeMatches","version":"1.0","endpoint":"urn:uuid:two"}`,
		`"is_orig":true,"message":"Hello","version":"1.0","endpoint":"urn:uuid:2f402f80-da50-11e1-9b23-001788102201","endpoint_mac":"00:17:88:10:22:01","types":["wsdp:Device","pub:Computer","z:Other"],` +
			`"scopes":["onvif://www.onvif.org/hardware/L1","onvif://www.onvif.org/name/Door"],"xaddrs":["http://10.0.0.9:5357/x"],"metadata_version":2}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if len(f.Records) != 4 || len(f.Weirds) != 0 {
		t.Errorf("%d records, %v", len(f.Records), f.Weirds)
	}
}

func TestMalformed(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "error:no_message",
		open + shut:           "error:no_message",
		hello[:len(hello)-60]: "bad_xml",
		strings.Replace(hello, "<soap:Envelope", `<!DOCTYPE x [<!ENTITY e "v">]><soap:Envelope`, 1): "error:no_message",
		strings.Replace(hello, "x:Device y", "&e; y", 1):                                            "bad_xml",
		strings.Replace(hello, "<d:Types>", strings.Repeat("<q>", 30)+"<d:Types>", 1):               "large_message",
		open + "<d:Hello>" + strings.Repeat("<q/>", 3000):                                           "large_message",
	} {
		if f := play(in); strings.Join(f.Weirds, " ") != want {
			t.Errorf("%.80q: %v, want %s", in, f.Weirds, want)
		}
	}
	f := play(open + "<d:Hello><d:Scopes>" + strings.Repeat(strings.Repeat("y", 300)+" ", 40) + "</d:Scopes></d:Hello>" + shut)
	if r := f.Records[0].Body.(*Record); len(r.Scopes) > maxList || len(r.Scopes[0]) != maxText {
		t.Errorf("%d scopes", len(r.Scopes))
	}
}

func TestProbe(t *testing.T) {
	for text, want := range map[string]proto.Match{hello: proto.Yes, "\xef\xbb\xbf" + found: proto.Yes, "": proto.No,
		strings.ReplaceAll(hello, "discovery", "eventing"): proto.No, "x" + hello: proto.No} {
		if got := probe(proto.Orig, []byte(text)); got != want {
			t.Errorf("%.60q: %v", text, got)
		}
	}
}

func segments() []prototest.Segment {
	return []prototest.Segment{{Data: []byte(search)}, {Dir: proto.Resp, Data: []byte(found)}, {Data: []byte(hello)}}
}

func TestPackets(t *testing.T)   { prototest.Packets(t, &Spec, segments()) }
func TestGolden(t *testing.T)    { prototest.Golden(t, &Spec, "manage") }
func TestDatagrams(t *testing.T) { prototest.Datagrams(t, &Spec, "manage") }

func FuzzPackets(f *testing.F) {
	prototest.FuzzPackets(f, &Spec, []byte(hello), []byte(search), []byte(found))
}
