package dns

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// own writes a resource record with a name of its own.
func own(name string, typ uint16, data string) string {
	return labels(name) + record(typ, 0x8001, data)[2:]
}

func txt(pairs ...string) string {
	var b strings.Builder
	for _, p := range pairs {
		b.WriteString(string(rune(len(p))) + p)
	}
	return b.String()
}

const (
	printer = "Film Room (2)._ipp._tcp.local"
	scanner = "CT ONE._dicom._tcp.local"
)

func announcement() string {
	return message("\x84\x00", [4]uint16{0, 4, 0, 1},
		own(printer, typeSRV, "\x00\x00\x00\x00\x02\x77"+labels("LJ4.local"))+
			own(printer, typeTXT, txt("txtvers=1", "ty=HP LaserJet M404", "usb_MFG=HP", "note=Room 12", "TY=second", "=x", "UUID=1234"))+
			own(scanner, typeSRV, "\x00\x00\x00\x00\x2b\x98"+labels("ct1.local"))+
			own(scanner, typeTXT, txt("AET=CT_ONE", "PrimaryDeviceType=CT"))+
			own("lj4.local", typeA, "\xc0\x00\x02\x01"))
}

func TestServices(t *testing.T) {
	said := []prototest.Segment{{Dir: proto.Orig, Data: []byte(announcement())}}
	records, st := prototest.Run(t, prototest.Exchange(5353, 5353, said), &Spec)
	out := prototest.JSON(records, &Spec)
	for _, want := range []string{
		`"service":"_ipp._tcp","domain":"local","instance":"film room (2)","host":"lj4.local","port":631,"addresses":["192.0.2.1"],"manufacturer":"HP","model":"HP LaserJet M404","location":"Room 12","uuid":"1234","keys":["note","txtvers","ty","usb_mfg","uuid"]`,
		`"service":"_dicom._tcp","domain":"local","instance":"ct one","host":"ct1.local","port":11160,"ae_title":"CT_ONE","device_type":"CT"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	if n := st.Records["dns_sd"]; n != 2 {
		t.Errorf("%d services", n)
	}
}

// A question announces nothing, and one message no more services than are kept.
func TestServicesBounded(t *testing.T) {
	many := ""
	for i := range 40 {
		many += own(string(rune('a'+i%26))+string(rune('a'+i/26))+"._http._tcp.local", typeSRV, "\x00\x00\x00\x00\x00\x50"+labels("x.local"))
	}
	for name, tc := range map[string]struct {
		flags string
		want  uint64
	}{"response": {"\x84\x00", maxServices}, "question": {"\x00\x00", 0}} {
		said := []prototest.Segment{{Data: []byte(message(tc.flags, [4]uint16{0, 40, 0, 0}, many))}}
		if _, st := prototest.Run(t, prototest.Exchange(5353, 5353, said), &Spec); st.Records["dns_sd"] != tc.want {
			t.Errorf("%s: %d services, want %d", name, st.Records["dns_sd"], tc.want)
		}
	}
}

func TestSplitService(t *testing.T) {
	for in, want := range map[string]string{
		"a.b._ipp._tcp.local": "a.b|_ipp._tcp|local", "_ipp._tcp.local": "", "x._y._udp.dom.example": "x|_y._udp|dom.example", "www.example": "", "._tcp.": "",
	} {
		i, ty, d, ok := splitService([]byte(in))
		got := ""
		if ok {
			got = string(i) + "|" + string(ty) + "|" + string(d)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
