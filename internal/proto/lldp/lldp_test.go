package lldp

import (
	"strings"
	"testing"

	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func tlv(kind int, v string) string {
	return string([]byte{byte(kind<<1 | len(v)>>8), byte(len(v))}) + v
}

const head = "\x02\x07\x04\x00\x22\x2d\x01\x02\x03" + "\x04\x05\x05Gi/7" + "\x06\x02\x00\x78"

func frame() string {
	return head + tlv(4, "uplink\x00") + tlv(5, "sw-radiology") + tlv(6, "Lab switch, version 3") + tlv(7, "\x00\x14\x00\x04") +
		tlv(8, "\x05\x01\x0a\x00\x00\x02\x02\x00\x00\x00\x01\x00") + tlv(127, "\x00\x80\xc2\x01\x00\x2a") + tlv(127, "\x00\x80\xc2\x03\x00\x2a\x03ris") +
		tlv(127, "\x00\x12\xbb\x01\x00\x3f\x04") + tlv(127, "\x00\x12\xbb\x05B1") + tlv(127, "\x00\x12\xbb\x08SN77") + tlv(127, "\x00\x12\xbb\x09Labware") +
		tlv(127, "\x00\x12\xbb\x0aLS-24") + tlv(127, "\x00\x12\xbb\x03\x02\x0e\x02DE\x19\x02B2\x1b\x011\x1c\x0212") + tlv(0, "") + "padding"
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
	got := f.JSON()
	want := `"mac":"00:22:2d:09:09:09","chassis_id_type":"mac","chassis_id":"00:22:2d:01:02:03","port_id_type":"interface","port_id":"Gi/7","ttl":120,` +
		`"port_description":"uplink","system_name":"sw-radiology","system_description":"Lab switch, version 3","capabilities":["bridge","router"],"enabled":["bridge"],` +
		`"management":["10.0.0.2"],"vlan":42,"vlan_name":"ris","med_class":"network","hardware":"B1","serial":"SN77","manufacturer":"Labware","model":"LS-24","location":"building B2, floor 1, room 12"}`
	if !strings.Contains(got, want) || len(f.Weirds) != 0 {
		t.Errorf("%v\n got %s\nwant %s", f.Weirds, got, want)
	}
}

func TestMalformed(t *testing.T) {
	for in, want := range map[string]string{
		"":                                    "error:truncated",
		head[:10]:                             "error:truncated",
		head[9:]:                              "error:bad_order",
		head[:16] + tlv(5, "x"):               "error:bad_order",
		"\x02\x01\x04" + head[9:]:             "error:bad_element",
		head + "\x0a\x40abc":                  "truncated",
		head + tlv(7, "\x00\x14\x00"):         "bad_element",
		head + tlv(8, "\x09\x01\x0a\x00\x00"): "bad_element",
	} {
		f := play(in)
		if strings.Join(f.Weirds, " ") != want || (len(f.Records) > 0) == strings.HasPrefix(want, "error") {
			t.Errorf("%q: %v, %d records, want %s", in, f.Weirds, len(f.Records), want)
		}
	}
	if got := text([]byte{0, 1, 0xff}); got != "0001ff" {
		t.Errorf("bytes that are no text: %q", got)
	}
}

func TestGolden(t *testing.T)    { prototest.Golden(t, &Spec, "manage") }
func TestDatagrams(t *testing.T) { prototest.Datagrams(t, &Spec, "manage") }

func TestDamage(t *testing.T) {
	prototest.Damage(t, &Spec, []prototest.Segment{{Data: []byte(frame())}})
}

func FuzzPackets(f *testing.F) { prototest.FuzzPackets(f, &Spec, []byte(frame()), []byte(head)) }
