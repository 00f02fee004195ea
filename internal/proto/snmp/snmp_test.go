package snmp

import (
	"strings"
	"testing"

	"lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// ber encodes a value of fewer than 64 KiB.
func ber(tag byte, parts ...[]byte) []byte {
	var body []byte
	for _, p := range parts {
		body = append(body, p...)
	}
	switch n := len(body); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body...)
	}
}

func num(n byte) []byte           { return ber(der.Int, []byte{n}) }
func str(s string) []byte         { return ber(der.Octets, []byte(s)) }
func oid(arcs ...byte) []byte     { return ber(der.ObjectID, arcs) }
func bind(o, value []byte) []byte { return ber(der.Sequence, o, value) }
func null() []byte                { return []byte{5, 0} }

func pdu(kind byte, binds ...[]byte) []byte {
	return ber(kind, num(7), num(0), num(0), ber(der.Sequence, binds...))
}

func community(version byte, name string, p []byte) []byte {
	return ber(der.Sequence, num(version), str(name), p)
}

func sys(object byte) []byte { return oid(0x2b, 6, 1, 2, 1, 1, object, 0) }

func secure(flags byte, engine, user string, data []byte) []byte {
	usm := ber(der.Sequence, str(engine), num(3), num(9), str(user), str(""), str(""))
	return ber(der.Sequence, num(3), ber(der.Sequence, num(1), ber(der.Int, []byte{0x7f, 0xff}), str(string([]byte{flags})), num(3)), ber(der.Octets, usm), data)
}

// walk is a conversation with a printer.
func walk() []prototest.Segment {
	return []prototest.Segment{
		{Dir: proto.Orig, Data: community(0, "public", pdu(pduGet, bind(sys(1), null()), bind(sys(5), null())))},
		{Dir: proto.Resp, Data: community(0, "public", pdu(pduResponse, bind(sys(1), str("Lab Printer 9")), bind(sys(2), oid(0x2b, 6, 1, 4, 1, 0x93, 0x41, 1)),
			bind(sys(3), ber(tagTimeTicks, []byte{0, 0x0f, 0x42, 0x40})), bind(sys(4), str("A. Person")), bind(sys(5), str("PRN9")), bind(sys(6), str("Room 12")), bind(sys(7), num(72))))},
		{Dir: proto.Orig, Data: community(0, "public", pdu(pduGetNext, bind(sys(7), null())))},
		{Dir: proto.Resp, Data: community(0, "public", pdu(pduResponse, bind(oid(0x2b, 6, 1, 2, 1, 25, 3, 2, 1, 3, 1), str("Printer Nine")),
			bind(oid(0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11, 5), str("inner")), bind(oid(0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11, 1), str("outer\x00")),
			bind(oid(0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11, 9), str("last")), bind(oid(0x2b, 6, 1, 2, 1, 43, 5, 1, 1, 17, 1), str("SN42"))))},
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

func only(t *testing.T, f *prototest.Flow) *Record {
	t.Helper()
	if len(f.Records) != 1 {
		t.Fatalf("%d records, %v", len(f.Records), f.Weirds)
	}
	return f.Records[0].Body.(*Record)
}

func TestWalk(t *testing.T) {
	f := play(walk())
	r := only(t, f)
	want := `"duration":3.0,"version":"1","community":"public","get_requests":3,"get_bulk_requests":0,"get_responses":12,"set_requests":0,` +
		`"display_string":"Lab Printer 9","up_since":1699990002.0,"community_kind":"default","sys_object_id":"1.3.6.1.4.1.2497.1",` +
		`"sys_name":"PRN9","sys_location":"Room 12","sys_contact":"A. Person","sys_services":72,"device_descr":"Printer Nine","entity_serial":"outer","printer_serial":"SN42","traps":0`
	if got := f.JSON(); !strings.Contains(got, strings.TrimSuffix(want, `,"traps":0`)) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if !r.HasAgent || r.Agent != proto.Resp || !r.DefaultAnswered || r.Answered != 2 {
		t.Errorf("agent %v %v, default %v, answered %d", r.Agent, r.HasAgent, r.DefaultAnswered, r.Answered)
	}
}

func TestCommunityIsSecret(t *testing.T) {
	const secret = "k3ep-Out"
	f := play([]prototest.Segment{
		{Dir: proto.Orig, Data: community(1, secret, pdu(pduSet, bind(sys(5), str("X"))))},
		{Dir: proto.Resp, Data: community(1, secret, pdu(pduResponse, bind(sys(5), str("X"))))},
	})
	r := only(t, f)
	if r.Community != "" || r.CommunityKind != "other" || r.CommunityMark != f.Pseudonym("community", []byte(secret)) || r.DefaultAnswered || r.SetRequests != 1 || r.Version != "2c" {
		t.Errorf("%s", f.JSON())
	}
}

func TestVersion3(t *testing.T) {
	engine := "\x80\x00\x00\x09\x03\x00\x1b\x0c\x01\x02\x03"
	scoped := func(p []byte) []byte { return ber(der.Sequence, str(engine), str(""), p) }
	f := play([]prototest.Segment{
		{Dir: proto.Orig, Data: secure(flagReportable, "", "", scoped(pdu(pduGet)))},
		{Dir: proto.Resp, Data: secure(0, engine, "", scoped(pdu(pduReport, bind(oid(0x2b, 6, 1, 6, 3, 15, 1, 1, 4, 0), num(1)))))},
		{Dir: proto.Orig, Data: secure(flagReportable|flagAuth|flagPriv, engine, "radiology", str("secret bytes"))},
		{Dir: proto.Resp, Data: secure(flagAuth|flagPriv, engine, "radiology", str("secret bytes"))},
	})
	r := only(t, f)
	if r.Version != "3" || r.User != "radiology" || r.Security != "authPriv" || r.EngineID != "800000090300"+"1b0c010203" ||
		r.EngineMaker != event.N(9) || r.EngineMAC.String() != "00:1b:0c:01:02:03" || r.Agent != proto.Resp || len(f.Blinds) != 2 || r.GetRequests != 0 {
		t.Errorf("%s blinds %v", f.JSON(), f.Blinds)
	}
}

func TestProbeVersion3(t *testing.T) {
	get := ber(der.Sequence, str(""), str(""), pdu(pduGet))
	for name, tc := range map[string]struct {
		engine, user string
		want         proto.Match
	}{
		"request":            {"\x80\x00\x00\x09\x03", "nurse", proto.Yes},
		"discovery":          {"", "", proto.Yes},
		"user of no engine":  {"", "nurse", proto.No},
		"report to a finder": {"\x80\x00\x00\x09\x03", "", proto.Yes},
	} {
		if got := probe(proto.Orig, secure(flagReportable, tc.engine, tc.user, get)); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
	cut := ber(der.Sequence, num(3), ber(der.Sequence, num(1)), ber(der.Octets, ber(der.Sequence, str(""))), get)
	if got := probe(proto.Orig, cut); got != proto.Yes {
		t.Errorf("parameters of another model: %v, want Yes", got)
	}
}

func TestTraps(t *testing.T) {
	first := ber(pduTrapV1, oid(0x2b, 6, 1, 4, 1, 9, 1), ber(tagIPAddress, []byte{10, 0, 0, 9}), num(6), num(33), ber(tagTimeTicks, []byte{1}), ber(der.Sequence))
	cold := ber(pduTrapV1, oid(0x2b, 6, 1, 4, 1, 9, 1), ber(tagIPAddress, []byte{10, 0, 0, 9}), num(0), num(0), ber(tagTimeTicks, []byte{1}), ber(der.Sequence))
	r := only(t, play([]prototest.Segment{{Data: community(0, "public", first)}, {Data: community(0, "public", cold)}, {Data: community(0, "public", first)}}))
	if strings.Join(r.TrapOIDs, " ") != "1.3.6.1.4.1.9.1.0.33 1.3.6.1.6.3.1.1.5.1" || r.Traps != 3 || r.TrapAgent.String() != "10.0.0.9" || r.Agent != proto.Orig {
		t.Errorf("%+v", r)
	}
	r = only(t, play([]prototest.Segment{{Data: community(1, "public", pdu(pduTrap, bind(sys(3), ber(tagTimeTicks, []byte{1})),
		bind(ber(der.ObjectID, trapName), oid(0x2b, 6, 1, 6, 3, 1, 1, 5, 3)), bind(sys(5), str("SW1"))))}}))
	if strings.Join(r.TrapOIDs, " ") != "1.3.6.1.6.3.1.1.5.3" || r.Name != "SW1" || r.UpSince != 0 {
		t.Errorf("%+v", r)
	}
}

func TestMalformed(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"nothing":    {nil, "error:truncated"},
		"indefinite": {[]byte{0x30, 0x80, 2, 1, 0, 0, 0}, "error:truncated"},
		"version":    {ber(der.Sequence, num(2), str("x"), pdu(pduGet)), "error:unknown_version"},
		"pdu":        {community(0, "public", ber(0xa9, num(1))), "error:unknown_pdu"},
		"binding":    {community(0, "public", pdu(pduGet, num(1))), "error:bad_binding"},
		"trailing":   {append(community(0, "public", pdu(pduGet)), 0), "trailing_bytes"},
		"usm":        {secure(0, strings.Repeat("x", 200), "", str("x"))[:120], "error:truncated"},
	} {
		f := play([]prototest.Segment{{Data: c.in}})
		if strings.Join(f.Weirds, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, f.Weirds, c.want)
		}
	}
	for want, b := range map[string][]byte{"": {0x81}, "0.39": {39}, "1.3.6": {0x2b, 6}, "2.999": {0x88, 0x37}} {
		if got := der.OID(b, maxArcs); got != want {
			t.Errorf("%x is %q, want %q", b, got, want)
		}
	}
	if der.OID([]byte{0x2b, 0x90, 0x80, 0x80, 0x80, 0x80, 0x00}, maxArcs) != "" {
		t.Error("a number beyond 32 bits was taken")
	}
}

func TestFlip(t *testing.T) {
	records, _ := prototest.Run(t, prototest.Exchange(161, 50000, []prototest.Segment{{Data: walk()[1].Data}}), &Spec)
	if got := prototest.JSON(records, &Spec); !strings.Contains(got, `"id.resp_p":161`) {
		t.Errorf("%s", got)
	}
}

func TestPackets(t *testing.T) { prototest.Packets(t, &Spec, walk()) }

func FuzzPackets(f *testing.F) {
	w := walk()
	engine := "\x80\x00\x1f\x88\x04text"
	prototest.FuzzPackets(f, &Spec, w[0].Data, w[1].Data, w[3].Data,
		secure(flagAuth, engine, "u", ber(der.Sequence, str(engine), str(""), pdu(pduTrap, bind(ber(der.ObjectID, trapName), oid(0x2b, 6))))),
		community(0, "x", ber(pduTrapV1, oid(0x2b, 6), ber(tagIPAddress, []byte{1, 2, 3, 4}), num(6), num(1), ber(tagTimeTicks, []byte{1}), ber(der.Sequence))))
}

func TestAllocs(t *testing.T) {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	b := walk()[0].Data
	if err := a.Packet(proto.Orig, b); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() { _ = a.Packet(proto.Orig, b) }); n != 0 {
		t.Errorf("allocations per request = %v, want 0", n)
	}
}
