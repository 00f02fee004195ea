package dns

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// Header flags of the messages below.
const (
	ask    = "\x01\x00" // recursion desired
	answer = "\x81\x80" // response, recursion desired and available
)

// message builds a message: id 0x1234, flags, the four counts, the rest.
func message(flags string, counts [4]uint16, rest string) string {
	b := append([]byte{0x12, 0x34}, flags...)
	for _, c := range counts {
		b = binary.BigEndian.AppendUint16(b, c)
	}
	return string(b) + rest
}

// labels writes a name: "a.b" is 1 a 1 b 0.
func labels(s string) string {
	var b strings.Builder
	for l := range strings.SplitSeq(s, ".") {
		b.WriteString(string(rune(len(l))) + l)
	}
	return b.String() + "\x00"
}

// record writes a resource record whose name points to the question.
func record(typ, class uint16, data string) string {
	b := []byte{0xc0, 12}
	b = binary.BigEndian.AppendUint16(b, typ)
	b = binary.BigEndian.AppendUint16(b, class)
	b = append(b, 0, 0, 0, 60)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	return string(b) + data
}

const inet = "\x00\x01"

func question(name string, typ byte) string {
	return labels(name) + "\x00" + string([]byte{typ}) + inet
}

// run gives datagrams, alternately from either side, to an analyzer.
func run(t *testing.T, port uint16, datagrams ...string) *prototest.Flow {
	t.Helper()
	f := prototest.NewFlow()
	f.ID.Proto, f.ID.Resp.Port = udp, port
	a := Spec.New(f).(proto.Datagram)
	for i, d := range datagrams {
		f.Time += 1e6
		if err := a.Packet(proto.Dir(i&1), []byte(d)); err != nil {
			f.Weirds = append(f.Weirds, "error:"+err.Error())
		}
	}
	a.Close()
	return f
}

// rest strips what all records of these tests have in common.
func rest(f *prototest.Flow) string {
	var out []string
	for l := range strings.Lines(prototest.Untimed(f.JSON())) {
		_, l, _ = strings.Cut(l, `"trans_id":4660,`)
		l = strings.ReplaceAll(l, `"AA":false,"TC":false,`, "")
		l = strings.ReplaceAll(l, `,"rejected":false`, "")
		l = strings.ReplaceAll(l, `,"opcode":0,"opcode_name":"query"`, "")
		out = append(out, strings.TrimSuffix(strings.TrimSpace(l), "}"))
	}
	return strings.Join(out, " | ")
}

func TestPairing(t *testing.T) {
	q := message(ask, [4]uint16{1, 0, 0, 0}, question("Host.Lab", 1))
	r := message(answer, [4]uint16{1, 1, 0, 0}, question("host.lab", 1)+record(1, 1, "\xc0\x00\x02\x05"))
	nx := message("\x81\x83", [4]uint16{1, 0, 0, 0}, question("host.lab", 1))
	const asked = `"query":"host.lab","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A"`
	const answered = `"RD":true,"RA":true,"Z":0,"answers":["192.0.2.5"],"TTLs":[60.0]`
	const lone = `"query":"host.lab","rcode":0,"rcode_name":"NOERROR","RD":false,"RA":true,"Z":0,"answers":["192.0.2.5"],"TTLs":[60.0]`
	for _, c := range []struct {
		name string
		in   []string
		want string
	}{
		{"question and answer", []string{q, r}, `"rtt":0.001,` + asked + `,"rcode":0,"rcode_name":"NOERROR",` + answered},
		{"question alone", []string{q}, asked + `,"RD":true,"RA":false,"Z":0`},
		{"answer alone", []string{r}, lone},
		{"answer first", []string{r, q}, asked + `,"rcode":0,"rcode_name":"NOERROR",` + answered},
		{"answer twice", []string{q, r, r}, `"rtt":0.001,` + asked + `,"rcode":0,"rcode_name":"NOERROR",` + answered + " | " + lone},
		{"no such name", []string{q, nx}, asked + `,"rcode":3,"rcode_name":"NXDOMAIN","RD":true,"RA":false,"Z":0,"rejected":true`},
		{"asked twice, answered once", []string{q, q, r}, `"rtt":0.002,` + asked + `,"rcode":0,"rcode_name":"NOERROR",` + answered +
			" | " + asked + `,"RD":true,"RA":false,"Z":0`},
	} {
		if got := rest(run(t, 53, c.in...)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, data, want string
		typ              uint16
	}{
		{"A", "\xc0\x00\x02\x01", `["192.0.2.1"]`, typeA},
		{"AAAA", "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01", `["2001:db8::1"]`, typeAAAA},
		{"NS", "\x02NS\xc0\x0c", `["ns.host.lab"]`, typeNS},
		{"CNAME", labels("Alias.Lab"), `["alias.lab"]`, typeCNAME},
		{"PTR to the root", "\x00", ``, typePTR},
		{"MX", "\x00\x0a\x04mail\xc0\x0c", `["mail.host.lab"]`, typeMX},
		{"SOA", "\x02ns\xc0\x0c\x00" + strings.Repeat("\x00", 20), `["ns.host.lab"]`, typeSOA},
		{"SRV", "\x00\x01\x00\x02\x00\x50" + labels("srv.lab"), `["srv.lab"]`, typeSRV},
		{"TXT", "\x03a=1\x00\x02b\"", `["TXT 3 a=1 TXT 0  TXT 2 b\""]`, typeTXT},
		{"SPF", "\x06v=spf1", `["SPF 6 v=spf1"]`, typeSPF},
		{"NAPTR", "\x00\x0a\x00\x14\x01u\x03sip\x02!!\x00", `["NAPTR 10 20 u sip !!"]`, typeNAPTR},
		{"NAPTR with replacement", "\x00\x0a\x00\x14\x01u\x03sip\x00" + labels("x.lab"), `["NAPTR 10 20 u sip x.lab"]`, typeNAPTR},
		{"DS", "\x00\x01\x08\x02\xaa\xbb", `["DS 8 2"]`, typeDS},
		{"DNSKEY", "\x01\x00\x03\x0d\xaa", `["DNSKEY 13"]`, typeDNSKEY},
		{"RRSIG", "\x00\x01\x08\x02" + strings.Repeat("\x00", 14) + labels("lab") + "\xaa", `["RRSIG 1 lab"]`, typeRRSIG},
		{"RRSIG of the root", "\x00\x06\x08\x02" + strings.Repeat("\x00", 14) + "\x00\xaa", `["RRSIG 6 <Root>"]`, typeRRSIG},
		{"NSEC", labels("next.lab") + "\x00\x01\x40", `["NSEC host.lab next.lab"]`, typeNSEC},
		{"NSEC3", "\x01\x00\x00\x01\x00\x01\xaa", `["NSEC3"]`, typeNSEC3},
		{"NSEC3PARAM", "\x01\x00\x00\x01\x00", `["NSEC3PARAM"]`, typeNSEC3PARAM},
		{"SSHFP", "\x01\x01\xab\xcd", `["SSHFP: abcd"]`, typeSSHFP},
		{"LOC", "\x00\x12\x16\x13" + strings.Repeat("\x00", 12), `["LOC:  18 22 19"]`, typeLOC},
		{"TLSA is not known", "\x03\x01\x01\xaa", `["<unknown type=52>"]`, 52},
		{"HTTPS is not logged", "\x00\x01\x00", ``, typeHTTPS},
		{"CAA is not logged", "\x00\x05issueca", ``, typeCAA},
	} {
		q := question("host.lab", byte(c.typ))
		r := message(answer, [4]uint16{1, 1, 0, 0}, q+record(c.typ, 1, c.data))
		f := run(t, 53, message(ask, [4]uint16{1, 0, 0, 0}, q), r)
		got := f.JSON()
		want := `"answers":` + c.want
		if c.want == "" && strings.Contains(got, "answers") || !strings.Contains(got, want) && c.want != "" || len(f.Weirds) > 0 {
			t.Errorf("%s: got %s %v\nwant %s", c.name, got, f.Weirds, want)
		}
	}
}

func TestMalformed(t *testing.T) {
	q := question("host.lab", 1)
	for _, c := range []struct{ name, in, want string }{
		{"short", "\x12\x34\x01", "error:bad_message_length"},
		{"opcode", message("\x10\x00", [4]uint16{1, 0, 0, 0}, q), "unknown_opcode"},
		{"too many questions", message(ask, [4]uint16{26, 0, 0, 0}, q), "too_many_queries"},
		{"label past the end", message(ask, [4]uint16{1, 0, 0, 0}, "\x09host"), "bad_label"},
		{"label of a reserved kind", message(ask, [4]uint16{1, 0, 0, 0}, "\x41"+strings.Repeat("a", 80)), "bad_label"},
		{"pointer to itself", message(ask, [4]uint16{1, 0, 0, 0}, "\x01a\xc0\x0e\x00\x01"+inet), "bad_compression_pointer"},
		{"pointer forward", message(ask, [4]uint16{1, 0, 0, 0}, "\xc0\x20\x00\x01"+inet), "bad_compression_pointer"},
		{"half a pointer", message(ask, [4]uint16{1, 0, 0, 0}, "\xc0"), "bad_label"},
		{"name too long", message(ask, [4]uint16{1, 0, 0, 0}, strings.Repeat("\x3f"+strings.Repeat("a", 63), 9)+"\x00\x00\x01"+inet), "name_too_long"},
		{"no type", message(ask, [4]uint16{1, 0, 0, 0}, labels("host.lab")+"\x00"), "truncated_question"},
		{"record cut", message(answer, [4]uint16{1, 1, 0, 0}, q+"\xc0\x0c\x00\x01"), "truncated_record"},
		{"data past the end", message(answer, [4]uint16{1, 1, 0, 0}, q+"\xc0\x0c\x00\x01"+inet+"\x00\x00\x00\x00\x00\x09a"), "record_past_message"},
		{"address of three bytes", message(answer, [4]uint16{1, 1, 0, 0}, q+record(1, 1, "abc")), "bad_record_data"},
		{"text past its record", message(answer, [4]uint16{1, 1, 0, 0}, q+record(16, 1, "\x09abc")), "bad_record_data"},
		{"empty data", message(answer, [4]uint16{1, 2, 0, 0}, q+record(16, 1, "")+record(1, 1, "abcd")), "empty_record"},
	} {
		f := run(t, 53, c.in)
		if len(f.Weirds) != 1 || f.Weirds[0] != c.want {
			t.Errorf("%s: %v, want %s", c.name, f.Weirds, c.want)
		}
	}
}

// TestPointerChain holds the cost of a name of nothing but pointers.
func TestPointerChain(t *testing.T) {
	b := message(ask, [4]uint16{1, 0, 0, 0}, "\x01a\x00")
	for i := range 1000 {
		b += string([]byte{0xc0 | byte((len(b)-2)>>8), byte(len(b) - 2)})
		if i == 0 {
			b = b[:len(b)-2] + "\xc0\x0c"
		}
	}
	var n name
	if _, bad := n.read([]byte(b), len(b)-2, false); bad != badPointer {
		t.Errorf("a chain of a thousand pointers: fault %d", bad)
	}
	if _, bad := n.read([]byte(b), 15+2*50, false); bad != ok || string(n.bytes()) != "a" {
		t.Errorf("a chain of fifty pointers: %q, fault %d", n.bytes(), bad)
	}
}

// encoded is the first-level encoding of a NetBIOS name (RFC 1001 14.1).
func encoded(s string, suffix byte) string {
	out := "\x20"
	for _, c := range []byte(fmt.Sprintf("%-15s", s) + string([]byte{suffix})) {
		out += string([]byte{'A' + c>>4, 'A' + c&15})
	}
	return out + "\x00"
}

func TestNetBIOS(t *testing.T) {
	nm := encoded("CT-SCANNER", 0x20)
	reg := message("\x29\x10", [4]uint16{1, 0, 0, 1}, nm+"\x00\x20"+inet+record(typeNB, 1, "\x00\x00\xc0\x00\x02\x07"))
	f := run(t, portNBNS, reg)
	want := `"query":"CT-SCANNER","qclass":1,"qclass_name":"C_INTERNET","qtype":32,"qtype_name":"NIMLOC","AA":false,"TC":false,"RD":true,"RA":false,"Z":1,"rejected":false,"opcode":5,"opcode_name":"netbios-registration"`
	if got := f.JSON(); !strings.Contains(got, want) {
		t.Errorf("registration: %s", got)
	}
	b := f.Records[0].Body.(*Record).Bindings
	if len(b) != 1 || b[0] != (Binding{Name: "CT-SCANNER", IP: netid.IPv4(192, 0, 2, 7), Type: typeNB, TTL: 60, Suffix: 0x20}) {
		t.Errorf("registration binds %+v", b)
	}

	for suffix, account := range map[byte]bool{0: false, 3: true, 0x20: false} {
		f := run(t, portNBNS, message("\x29\x10", [4]uint16{1, 0, 0, 0}, encoded("ZEBRA", suffix)+"\x00\x20"+inet))
		if r := f.Records[0].Body.(*Record); r.Messenger != account {
			t.Errorf("suffix %d: %v", suffix, r.Messenger)
		}
	}

	ask := message("\x00\x00", [4]uint16{1, 0, 0, 0}, encoded("*", 0)+"\x00\x21"+inet)
	status := message("\x84\x00", [4]uint16{0, 1, 0, 0}, encoded("*", 0)+"\x00\x21"+inet+"\x00\x00\x00\x00\x00\x2b"+
		"\x02"+"CT-SCANNER     \x00\x04\x00"+"RADIOLOGY      \x00\x84\x00"+"\x00\x11\x22\x33\x44\x55")
	f = run(t, portNBNS, ask, status)
	if got := f.JSON(); !strings.Contains(got, `"qtype":33,"qtype_name":"NBSTAT","rcode":0`) {
		t.Errorf("status: %s", got)
	}
	n := f.Records[0].Body.(*Record).Node
	if n == nil || len(n.Names) != 2 || n.Names[0] != (NodeName{Name: "CT-SCANNER"}) || !n.Names[1].Group ||
		n.MAC != (netid.MAC{0, 0x11, 0x22, 0x33, 0x44, 0x55}) {
		t.Errorf("status tells %+v", n)
	}
}

func TestBindings(t *testing.T) {
	ptr := message(answer, [4]uint16{1, 1, 0, 0}, question("7.2.0.192.in-addr.arpa", 12)+record(12, 1, labels("pacs.lab")))
	nibbles := strings.Repeat("0.", 23) + "8.b.d.0.1.0.0.2.ip6.arpa"
	ptr6 := message(answer, [4]uint16{1, 1, 0, 0}, question("1."+nibbles, 12)+record(12, 1, labels("six.lab")))
	alias := message(answer, [4]uint16{1, 2, 0, 1}, question("www.lab", 1)+record(5, 1, labels("pacs.lab"))+
		labels("pacs.lab")+"\x00\x01"+inet+"\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07"+
		labels("pacs.lab")+"\x00\x1c"+inet+"\x00\x00\x00\x3c\x00\x10\x20\x01\x0d\xb8"+strings.Repeat("\x00", 11)+"\x01")
	v6 := netid.IP{0: 0x20, 1: 1, 2: 0x0d, 3: 0xb8, 15: 1}
	for _, c := range []struct {
		name, in string
		want     []Binding
	}{
		{"pointer", ptr, []Binding{{Name: "pacs.lab", IP: netid.IPv4(192, 0, 2, 7), Type: typePTR, TTL: 60}}},
		{"pointer of IPv6", ptr6, []Binding{{Name: "six.lab", IP: v6, Type: typePTR, TTL: 60}}},
		{"alias with additional", alias, []Binding{{Name: "pacs.lab", IP: netid.IPv4(192, 0, 2, 7), Type: typeA, TTL: 60},
			{Name: "pacs.lab", IP: v6, Type: typeAAAA, TTL: 60}}},
	} {
		f := run(t, 53, c.in)
		if got := f.Records[0].Body.(*Record).Bindings; fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestReverse(t *testing.T) {
	for _, s := range []string{"1.2.3.in-addr.arpa", "1.2.3.4.5.in-addr.arpa", "1.2.3.256.in-addr.arpa",
		"a.2.3.4.in-addr.arpa", ".2.3.4.in-addr.arpa", "0001.2.3.4.in-addr.arpa", "0.ip6.arpa", "lab"} {
		if ip, isAddr := reverse([]byte(s)); isAddr {
			t.Errorf("%s is read as %v", s, ip)
		}
	}
}

func TestUpdate(t *testing.T) {
	zone := labels("lab") + "\x00\x06" + inet
	owner := labels("host.lab")
	none := "\x00\x00\x00\x00\x00\x00"
	body := zone + owner + "\x00\x05\x00\xfe" + none + // CNAME must not exist
		owner + "\x00\x1c\x00\xff" + none + // delete AAAA
		owner + "\x00\x01" + inet + "\x00\x00\x04\xb0\x00\x04\xc0\x00\x02\x07"
	counts := [4]uint16{1, 1, 2, 0}
	f := run(t, 53, message("\x28\x00", counts, body), message("\xa8\x05", counts, body))
	want := `"query":"host.lab","rcode":5,"rcode_name":"REFUSED","AA":false,"TC":false,"RD":false,"RA":false,"Z":0,` +
		`"answers":["pre: NoRRSet CNAME host.lab","del: RRSet AAAA","add: A host.lab 192.0.2.7"],"TTLs":[0.0,0.0,1200.0],` +
		`"rejected":false,"opcode":5,"opcode_name":"dynamic-update"`
	if got := f.JSON(); !strings.Contains(got, want) || len(f.Records) != 1 {
		t.Errorf("got %s", got)
	}
	if b := f.Records[0].Body.(*Record).Bindings; len(b) != 1 || b[0].Name != "host.lab" {
		t.Errorf("binds %v", b)
	}
}

// TestWaiting holds the bound of unmatched messages and their order.
func TestWaiting(t *testing.T) {
	f := prototest.NewFlow()
	f.ID.Proto = udp
	a := Spec.New(f).(*analyzer)
	send := func(id int) {
		m := []byte(message(ask, [4]uint16{1, 0, 0, 0}, question("host.lab", 1)))
		binary.BigEndian.PutUint16(m, uint16(id))
		f.Time++
		if err := a.Packet(proto.Orig, m); err != nil {
			t.Fatal(err)
		}
	}
	for id := range 1 + maxPending + 1 { // one waits apart
		send(id)
	}
	if len(f.Records) != 0 {
		t.Fatalf("%d given up too early", len(f.Records))
	}
	send(1000)
	if len(f.Records) != maxPending+1 || f.Records[0].Body.(*Record).TransID != 1 {
		t.Errorf("after too many ids: %d given up", len(f.Records))
	}
	f.Records = nil
	for range maxPending + 1 {
		send(1000)
	}
	if len(f.Records) != maxPending+1 {
		t.Errorf("after too many of one id: %d given up", len(f.Records))
	}
	f.Records = nil
	f.Time += 11e9
	send(5)
	if len(f.Records) != 2 {
		t.Errorf("after a pause: %d given up, want the first and the last", len(f.Records))
	}
	a.Close()
}

func TestProbe(t *testing.T) {
	q := message(ask, [4]uint16{1, 0, 0, 0}, question("host.lab", 1))
	mdns := message("\x84\x00", [4]uint16{0, 1, 0, 0}, labels("host.local")+"\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04\xc0\x00\x02\x07")
	for _, c := range []struct {
		name, in string
		want     proto.Match
	}{
		{"question", q, proto.Yes},
		{"question in a stream", string([]byte{0, byte(len(q))}) + q, proto.Yes},
		{"half a question in a stream", (string([]byte{0, byte(len(q))}) + q)[:20], proto.Maybe},
		{"announcement", mdns, proto.Yes},
		{"registration", message("\x29\x10", [4]uint16{1, 0, 0, 1}, encoded("CT", 0)+"\x00\x20"+inet), proto.Yes},
		{"empty", "", proto.Maybe},
		{"HTTP", "GET / HTTP/1.1\r\nHost: pacs.lab\r\n\r\n", proto.No},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\xaa", 40), proto.No},
		{"DICOM", "\x01\x00\x00\x00\x00\xcd\x00\x01\x00\x00PACS            MODALITY        ", proto.No},
		{"DHCP", "\x01\x01\x06\x00\x39\x03\xf3\x26" + strings.Repeat("\x00", 240), proto.No},
		{"NTP", "\x23\x00\x06\xec" + strings.Repeat("\x00", 44), proto.No},
		{"SNMP", "\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x04\x71\xb4\xb5\x68\x02\x01\x00\x02\x01\x00\x30\x0b\x30\x09\x06\x05\x2b\x06\x01\x02\x01\x05\x00", proto.No},
		{"zeros", strings.Repeat("\x00", 100), proto.No},
		{"unknown class", message(ask, [4]uint16{1, 0, 0, 0}, labels("host.lab")+"\x00\x01\x11\x11"), proto.No},
		{"impossible counts", message(ask, [4]uint16{99, 0, 0, 0}, question("host.lab", 1)), proto.No},
	} {
		if got := probe(proto.Orig, []byte(c.in)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestStream(t *testing.T) {
	q := message(ask, [4]uint16{1, 0, 0, 0}, question("host.lab", 1))
	r := message(answer, [4]uint16{1, 1, 0, 0}, question("host.lab", 1)+record(1, 1, "\xc0\x00\x02\x05"))
	framed := func(m string) []byte { return []byte(string([]byte{byte(len(m) >> 8), byte(len(m))}) + m) }
	segs := []prototest.Segment{{Dir: proto.Orig, Data: framed(q + "")}, {Dir: proto.Resp, Data: framed(r)}}
	whole := prototest.Feed(&Spec, segs)
	if len(whole.Records) != 1 || !strings.Contains(whole.JSON(), `"proto":"tcp"`) {
		t.Fatalf("got %s", whole.JSON())
	}
	cut := prototest.Feed(&Spec, prototest.Recut(segs, []int{1}))
	a, b := whole.Records[0].Body.(*Record), cut.Records[0].Body.(*Record)
	if a.Query != b.Query || fmt.Sprint(a.Answers) != fmt.Sprint(b.Answers) {
		t.Errorf("cut into bytes: %s", cut.JSON())
	}
	short := prototest.Feed(&Spec, []prototest.Segment{{Data: []byte("\x00\x05hello")}})
	if len(short.Weirds) != 1 || short.Weirds[0] != "error:bad_message_length" {
		t.Errorf("short message: %v", short.Weirds)
	}
	lost := prototest.Feed(&Spec, []prototest.Segment{segs[0], {Dir: proto.Resp, Lost: 10}})
	if len(lost.Records) != 1 {
		t.Errorf("after a gap: %s", lost.JSON())
	}
}
