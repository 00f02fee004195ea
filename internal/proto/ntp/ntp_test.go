package ntp

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// message builds a message: the second of 2023-11-14 22:13:20 in all times that
// are told.
func message(mode, stratum byte, ref string, times int) []byte {
	b := []byte{4<<3 | mode, stratum, 6, 0xe9, 0, 0, 0x80, 0, 0, 1, 0, 0}
	b = append(b, ref...)
	for i := range 4 {
		var t uint64
		if i >= 4-times {
			t = uint64(1_700_000_000+unixOffset+i)<<32 | 1<<31
		}
		b = binary.BigEndian.AppendUint64(b, t)
	}
	return b
}

func control(flags byte, text string) []byte {
	b := []byte{0x16, flags, 0, 1, 0, 0, 0, 0, 0, 0, byte(len(text) >> 8), byte(len(text))}
	b = append(b, text...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func said() []prototest.Segment {
	return []prototest.Segment{
		{Dir: proto.Orig, Data: message(3, 0, "\x00\x00\x00\x00", 1)},
		{Dir: proto.Resp, Data: message(4, 2, "\x0a\x00\x00\x05", 4)},
		{Dir: proto.Orig, Data: control(2, "")},
		{Dir: proto.Resp, Data: control(0x82, `version="ntpd 4.2.8p15@1.3728-o", processor="x86_64",`+"\r\n"+`system="Linux/5.10.0-21-amd64", leap=0`)},
		{Dir: proto.Orig, Data: append([]byte{0x17, 0, 3, 42, 0, 0, 0, 0}, make([]byte, 40)...)},
		{Dir: proto.Resp, Data: append([]byte{0x97, 0, 3, 42, 0, 2, 0, 72}, make([]byte, 144)...)},
		{Dir: proto.Resp, Data: append([]byte{0x97, 0, 3, 42, 0x40, 0, 0, 0}, make([]byte, 0)...)},
	}
}

func play(said []prototest.Segment) *prototest.Flow {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	for _, s := range said {
		f.Time += 1e9
		if err := a.Packet(s.Dir, s.Data); err != nil {
			f.Weirds = append(f.Weirds, "error:"+err.Error())
		}
	}
	a.Close()
	return f
}

func TestRecords(t *testing.T) {
	f := play(said())
	got := f.JSON()
	for _, want := range []string{
		`"version":4,"mode":3,"stratum":0,"poll":64,"precision":0.00000011920928955078125,"root_delay":0.5,"root_disp":1,"ref_id":"\\x00\\x00\\x00\\x00","ref_time":0.0,"org_time":0.0,"rec_time":0.0,"xmt_time":1700000003.5,"num_exts":0}`,
		`"mode":4,"stratum":2,"poll":64,`, `"ref_id":"10.0.0.5","ref_time":1700000000.5,"org_time":1700000001.5`,
		`"requests":["readvar","monlist"],"control_requests":1,"control_responses":1,"private_requests":1,"private_responses":1,"refused":1,"request_bytes":60,"response_bytes":`,
		`"daemon":"ntpd 4.2.8p15@1.3728-o","system":"Linux/5.10.0-21-amd64","processor":"x86_64"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if len(f.Records) != 3 || !f.Records[2].Body.(*Control).Monlist {
		t.Errorf("%d records", len(f.Records))
	}
}

func TestExtensions(t *testing.T) {
	field := func(kind uint16, n int) []byte {
		b := make([]byte, n)
		binary.BigEndian.PutUint16(b, kind)
		binary.BigEndian.PutUint16(b[2:], uint16(n))
		return b
	}
	plain := message(3, 0, "INIT", 1)
	for name, c := range map[string]struct {
		tail []byte
		n    uint64
		key  bool
		nts  bool
		ok   bool
	}{
		"none":   {nil, 0, false, false, true},
		"nak":    {make([]byte, 4), 0, false, false, true},
		"md5":    {make([]byte, 20), 0, true, false, true},
		"sha1":   {make([]byte, 24), 0, true, false, true},
		"nts":    {append(field(0x0104, 36), field(0x0404, 40)...), 2, false, true, true},
		"signed": {append(field(0x0204, 28), make([]byte, 20)...), 1, true, false, true},
		"odd":    {make([]byte, 7), 0, false, false, false},
		"long":   {field(0x0104, 36)[:30], 0, false, false, false},
	} {
		b := append(append([]byte(nil), plain...), c.tail...)
		f := play([]prototest.Segment{{Data: b}})
		r := f.Records[0].Body.(*Record)
		if r.NumExts != c.n || r.KeyID.OK != c.key && c.ok || r.NTS != c.nts || (probe(proto.Orig, b) == proto.Yes) != c.ok {
			t.Errorf("%s: %+v, probe %v", name, r, probe(proto.Orig, b))
		}
	}
}

func TestProbe(t *testing.T) {
	for i, s := range said() {
		if probe(s.Dir, s.Data) != proto.Yes {
			t.Errorf("%d is not recognised", i)
		}
	}
	rtp := append([]byte{0x80, 0, 1, 2}, make([]byte, 60)...)
	late := message(4, 17, "GPS\x00", 4)
	far := message(4, 1, "GPS\x00", 4)
	far[4] = 1
	for i, b := range [][]byte{nil, rtp, late, far, message(0, 1, "GPS\x00", 4), message(3, 0, "INIT", 1)[:47], []byte(strings.Repeat("\x23\x02\x06\xe9", 12)),
		{0x16, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 'x'}, {0x17, 0, 3, 99, 0, 0, 0, 0}} {
		if probe(proto.Orig, b) != proto.No {
			t.Errorf("%d is taken for a message", i)
		}
	}
}

func TestFlip(t *testing.T) {
	records, _ := prototest.Run(t, prototest.Exchange(123, 50000, []prototest.Segment{{Data: said()[1].Data}}), &Spec)
	if got := prototest.JSON(records, &Spec); strings.Contains(got, `"id.orig_p":123`) || got == "" {
		t.Errorf("an answer alone: %s", got)
	}
}

func TestMalformed(t *testing.T) {
	for want, b := range map[string][]byte{
		"error:truncated":    message(3, 0, "INIT", 1)[:47],
		"error:unknown_mode": message(0, 0, "INIT", 1),
		"error:bad_count":    control(0x82, "a=1")[:13],
	} {
		if f := play([]prototest.Segment{{Data: b}}); strings.Join(f.Weirds, " ") != want {
			t.Errorf("%v, want %s", f.Weirds, want)
		}
	}
}

func TestPackets(t *testing.T) { prototest.Packets(t, &Spec, said()) }

func FuzzPackets(f *testing.F) {
	var all [][]byte
	for _, s := range said() {
		all = append(all, s.Data)
	}
	prototest.FuzzPackets(f, &Spec, all...)
}
