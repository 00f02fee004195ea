package cdp

import (
	"strings"
	"testing"

	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func tlv(kind byte, v string) string {
	return string([]byte{0, kind, byte((len(v) + 4) >> 8), byte(len(v) + 4)}) + v
}

const v4 = "\x01\x01\xcc\x00\x04\x0a\x00\x00\x02"

func frame() string {
	return "\x02\xb4\x12\x34" + tlv(1, "sw1.lab(FOC1)") + tlv(2, "\x00\x00\x00\x02"+v4+"\x02\x08\xaa\xaa\x03\x00\x00\x00\x86\xdd\x00\x10\xfe\x80"+strings.Repeat("\x00", 13)+"\x01") +
		tlv(3, "GigabitEthernet1/0/7") + tlv(4, "\x00\x00\x00\x28") + tlv(5, "Cisco IOS Software, Version 15.2(7)E3\n") + tlv(6, "cisco WS-C2960X") +
		tlv(9, "LAB") + tlv(10, "\x00\x2a") + tlv(11, "\x01") + tlv(14, "\x01\x00\x63") + tlv(0x14, "sw1") + tlv(0x16, "\x00\x00\x00\x01"+v4) + tlv(0x17, "\x00rack 2")
}

func play(b string) *prototest.Flow {
	f := prototest.NewFlow()
	f.MAC = netid.MAC{0, 0x22, 0x2d, 9, 9, 9}
	if err := Spec.New(f).(proto.Datagram).Packet(proto.Orig, []byte(b)); err != nil {
		f.Weirds = append(f.Weirds, "error:"+err.Error())
	}
	return f
}

func TestFrame(t *testing.T) {
	f := play(frame())
	want := `"mac":"00:22:2d:09:09:09","version":2,"ttl":180,"device_id":"sw1.lab(FOC1)","addresses":["10.0.0.2","fe80::1"],"port_id":"GigabitEthernet1/0/7",` +
		`"capabilities":["switch","igmp"],"software":"Cisco IOS Software, Version 15.2(7)E3","platform":"cisco WS-C2960X","vtp_domain":"LAB","native_vlan":42,"voice_vlan":99,` +
		`"duplex":"full","system_name":"sw1","location":"rack 2","management":["10.0.0.2"]}`
	if got := f.JSON(); !strings.Contains(got, want) || len(f.Weirds) != 0 {
		t.Errorf("%v\n got %s\nwant %s", f.Weirds, got, want)
	}
}

func TestMalformed(t *testing.T) {
	id := "\x02\xb4\x00\x00" + tlv(1, "sw1")
	for in, want := range map[string]string{
		"":                                 "error:bad_version",
		"\x09\xb4\x00\x00":                 "error:bad_version",
		"\x02\xb4\x00\x00":                 "error:nothing_told",
		id + "\x00\x05\x00\x03":            "bad_length",
		id + "\x00\x05\x00\x30abc":         "bad_length",
		id + tlv(4, "\x00"):                "bad_element",
		id + tlv(2, "\x00\x00\x00\x09"+v4): "bad_element",
	} {
		if f := play(in); strings.Join(f.Weirds, " ") != want {
			t.Errorf("%q: %v, want %s", in, f.Weirds, want)
		}
	}
}

func TestGolden(t *testing.T)    { prototest.Golden(t, &Spec, "manage") }
func TestDatagrams(t *testing.T) { prototest.Datagrams(t, &Spec, "manage") }

func TestDamage(t *testing.T) {
	prototest.Damage(t, &Spec, []prototest.Segment{{Data: []byte(frame())}})
}

func FuzzPackets(f *testing.F) {
	prototest.FuzzPackets(f, &Spec, []byte(frame()), []byte("\x01\xb4\x00\x00"+tlv(3, "x")))
}
