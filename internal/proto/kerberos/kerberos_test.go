package kerberos

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"lazaret/internal/proto"
	"lazaret/internal/proto/gssapi"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/ldap"
	"lazaret/internal/proto/smb"
	"lazaret/internal/prototest"
)

// el makes an element of parts.
func el(tag byte, parts ...string) string {
	body := strings.Join(parts, "")
	switch n := len(body); {
	case n < 0x80:
		return string([]byte{tag, byte(n)}) + body
	case n < 0x100:
		return string([]byte{tag, 0x81, byte(n)}) + body
	default:
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + body
	}
}

func field(n byte, parts ...string) string { return el(0xa0|n, parts...) }
func seq(parts ...string) string           { return el(0x30, parts...) }
func num(n int) string {
	if n >= -128 && n < 128 {
		return el(2, string([]byte{byte(n)}))
	}
	return el(2, string(binary.BigEndian.AppendUint32(nil, uint32(n))))
}
func str(s string) string   { return el(0x1b, s) }
func when(s string) string  { return el(0x18, s) }
func flags(n uint32) string { return el(3, "\x00", string(binary.BigEndian.AppendUint32(nil, n))) }
func name(parts ...string) string {
	list := ""
	for _, p := range parts {
		list += str(p)
	}
	return seq(field(0, num(1)), field(1, seq(list)))
}
func numbers(list ...int) string {
	s := ""
	for _, n := range list {
		s += num(n)
	}
	return seq(s)
}

// What must never leave the parser.
const secret = "ENCRYPTED-canary"

func enc(etype int) string { return seq(field(0, num(etype)), field(2, el(4, secret))) }

func tick(etype int, service ...string) string {
	return el(tagTicket, seq(field(0, num(5)), field(1, str("WARD.EXAMPLE")), field(2, name(service...)), field(3, enc(etype))))
}

func pa(kind int, value string) string { return seq(field(1, num(kind)), field(2, el(4, value))) }

func show(etype int, service ...string) string {
	return el(apReq, seq(field(0, num(5)), field(1, num(14)), field(2, flags(0x20000000)), field(3, tick(etype, service...)), field(4, enc(18))))
}

// ask is a request of anna; a kind of 0x6c asks without her name.
func ask(kind byte, nonce int, data string, service ...string) string {
	who := ""
	if kind == asReq {
		who = field(1, name("anna"))
	}
	body := seq(field(0, flags(0x40810010)), who, field(2, str("WARD.EXAMPLE")), field(3, name(service...)), field(5, when("20370913024805Z")),
		field(7, num(nonce)), field(8, numbers(18, 17, 23, -133, 99)), field(9, seq(seq(field(0, num(20)), field(1, el(4, "CT1             "))))))
	if data != "" {
		data = field(3, seq(data))
	}
	return el(kind, seq(field(1, num(5)), field(2, num(int(kind&0x1f))), data, field(4, body)))
}

func grant(kind byte, ticket, reply int, service ...string) string {
	return el(kind, seq(field(0, num(5)), field(1, num(int(kind&0x1f))), field(2, seq(pa(19, seq(seq(field(0, num(reply)), field(1, str(secret))))))),
		field(3, str("WARD.EXAMPLE")), field(4, name("anna")), field(5, tick(ticket, service...)), field(6, enc(reply))))
}

func refuse(code int, more string, service ...string) string {
	return el(krbError, seq(field(0, num(5)), field(1, num(30)), field(4, when("20260102030405Z")), field(5, num(1)), field(6, num(code)),
		field(9, str("WARD.EXAMPLE")), field(10, name(service...)), more))
}

var hints = field(12, el(4, seq(pa(19, seq(seq(field(0, num(18)), field(1, str(secret))), seq(field(0, num(23))))), pa(2, ""))))

func framed(m string) string { return string(binary.BigEndian.AppendUint32(nil, uint32(len(m)))) + m }

// visit is a log-in and what follows, over TCP.
func visit() []string {
	return []string{
		"C: " + framed(ask(asReq, 1, pa(128, "x"), "krbtgt", "WARD.EXAMPLE")),
		"S: " + framed(refuse(25, hints, "krbtgt", "WARD.EXAMPLE")),
		"C: " + framed(ask(asReq, 2, pa(2, secret)+pa(128, "x"), "krbtgt", "WARD.EXAMPLE")),
		"S: " + framed(grant(asRep, 18, 23, "krbtgt", "WARD.EXAMPLE")),
		"C: " + framed(ask(tgsReq, 3, pa(1, show(18, "krbtgt", "WARD.EXAMPLE"))+pa(129, seq(field(0, name("berta")), field(1, str("WARD.EXAMPLE")))), "cifs", "pacs")),
		"S: " + framed(grant(tgsRep, 23, 18, "cifs", "pacs.ward.example")),
		"C: " + framed(ask(tgsReq, 4, pa(1, show(18, "krbtgt", "WARD.EXAMPLE")), "http", "nobody")),
		"S: " + framed(refuse(7, field(11, str("no such server")), "http", "nobody")),
	}
}

const common = `"till":2136422885.0,`
const offered = `"etypes":["aes256-cts-hmac-sha1-96","aes128-cts-hmac-sha1-96","rc4-hmac","rc4-hmac-old","99"],`

func TestVisit(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(88, visit()...).Said)
	got := strings.Split(strings.TrimSpace(f.JSON()), "\n")
	want := [][]string{
		{`"request_type":"AS","client":"anna/WARD.EXAMPLE","service":"krbtgt/WARD.EXAMPLE","success":false,"error_msg":"KDC_ERR_PREAUTH_REQUIRED",` + common +
			`"forwardable":true,"renewable":true,"error_code":25,"realm":"WARD.EXAMPLE","client_host":"CT1",` + offered +
			`"kdc_etypes":["aes256-cts-hmac-sha1-96","rc4-hmac"],"preauth":"none","request_padata":["pac-request"],"reply_padata":["etype-info2","enc-timestamp"],` +
			`"options":["canonicalize","renewable-ok"],"server_time":1767323045.0`},
		{`"success":true,` + common + `"cipher":"aes256-cts-hmac-sha1-96"`, `"kdc_etypes":["rc4-hmac"],"reply_cipher":"rc4-hmac","preauth":"timestamp"`},
		{`"request_type":"TGS","client":"anna/WARD.EXAMPLE","service":"cifs/pacs.ward.example","success":true`, `"cipher":"rc4-hmac"`,
			`"on_behalf_of":"berta/WARD.EXAMPLE","ap_service":"krbtgt/WARD.EXAMPLE/WARD.EXAMPLE","ap_cipher":"aes256-cts-hmac-sha1-96","ap_options":["mutual-required"]`},
		{`"request_type":"TGS","service":"http/nobody","success":false,"error_msg":"no such server"`, `"error_code":7`},
	}
	if len(got) != len(want) || len(f.Weirds) > 0 {
		t.Fatalf("%d records, weird %v: %s", len(got), f.Weirds, f.JSON())
	}
	for i, list := range want {
		for _, w := range list {
			if !strings.Contains(got[i], w) {
				t.Errorf("record %d: no %s in\n%s", i, w, got[i])
			}
		}
	}
	if strings.Contains(f.JSON(), secret) {
		t.Error("what is encrypted left the parser")
	}
}

// said makes datagrams or tokens of lines as in Dialogue.
func said(lines ...string) []prototest.Segment { return prototest.Dialogue(88, lines...).Said }

// packets gives them to a new analyzer.
func packets(lines ...string) *prototest.Flow {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	for _, s := range said(lines...) {
		if err := a.Packet(s.Dir, s.Data); err != nil {
			f.Weirds = append(f.Weirds, err.Error())
		}
	}
	a.Close()
	return f
}

func changing(version uint16, ap string) string {
	m := ap + el(0x75, secret)
	return string(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, uint16(6+len(m))), version), uint16(len(ap)))) + m
}

func TestDatagrams(t *testing.T) {
	reply := el(apRep, seq(field(0, num(5)), field(1, num(15)), field(2, enc(18))))
	tgt := []string{"krbtgt", "WARD.EXAMPLE"}
	for _, k := range []struct {
		name  string
		lines []string
		want  []string // one a record
	}{
		{"sent again", []string{"C: " + ask(asReq, 1, "", tgt...), "C: " + ask(asReq, 1, "", tgt...), "S: " + grant(asRep, 18, 18, tgt...)}, []string{`"success":true`}},
		{"another user", []string{"C: " + ask(asReq, 1, "", tgt...), "C: " + ask(asReq, 2, "", tgt...), "S: " + grant(asRep, 18, 18, tgt...)}, []string{`"success":true`, `"preauth":"none"`}},
		{"only the answer", []string{"S: " + grant(tgsRep, 23, 18, "cifs", "pacs")}, []string{`"request_type":"TGS","client":"anna/WARD.EXAMPLE","service":"cifs/pacs","success":true`}},
		{"only a refusal", []string{"S: " + refuse(37, "", "cifs", "pacs")}, []string{`"service":"cifs/pacs","success":false,"error_msg":"KRB_AP_ERR_SKEW"`}},
		{"a code without a name", []string{"S: " + refuse(120, "", "a")}, []string{`"error_msg":"120"`}},
		{"a machine", []string{"C: " + strings.Replace(ask(asReq, 1, "", tgt...), str("anna"), str("CT1$"), 1)}, []string{`"client_machine":"CT1"`}},
		{"PKINIT", []string{"C: " + ask(asReq, 1, pa(149, "")+pa(16, "x"), tgt...)}, []string{`"preauth":"pkinit"`}},
		{"FAST", []string{"C: " + ask(asReq, 1, pa(136, "x"), tgt...)}, []string{`"preauth":"fast"`}},
		{"a kind without a name", []string{"C: " + ask(asReq, 1, pa(1234, "x"), tgt...)}, []string{`"request_padata":["1234"]`}},
		{"a password changed", []string{"C: " + changing(versionSet, show(18, "kadmin", "changepw")), "S: " + changing(versionChange, reply)},
			[]string{`"request_type":"kpasswd","ap_service":"kadmin/changepw/WARD.EXAMPLE"`}},
		{"a password refused", []string{"C: " + changing(versionSet, show(18, "kadmin", "changepw")), "S: " + changing(versionChange, refuse(41, "", "kadmin", "changepw"))},
			[]string{`"service":"kadmin/changepw","success":false,"error_msg":"KRB_AP_ERR_MODIFIED"`}},
	} {
		f := packets(k.lines...)
		got := strings.Split(strings.TrimSpace(f.JSON()), "\n")
		if len(f.Records) != len(k.want) || len(f.Weirds) > 0 {
			t.Errorf("%s: %d records, weird %v: %s", k.name, len(f.Records), f.Weirds, f.JSON())
			continue
		}
		for i, w := range k.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: no %s in %s", k.name, w, got[i])
			}
		}
		if strings.Contains(f.JSON(), secret) {
			t.Errorf("%s: what is encrypted left the parser", k.name)
		}
	}
}

func TestTokens(t *testing.T) {
	wrap := func(oid []byte, kind string, m string) string { return el(0x60, el(6, string(oid)), kind, m) }
	krb5, u2u, proxy := mechanisms[0].oid, mechanisms[2].oid, mechanisms[3].oid
	ap, reply := show(18, "cifs", "pacs"), el(apRep, seq(field(0, num(5)), field(1, num(15)), field(2, enc(18))))
	const shown = `"ap_service":"cifs/pacs/WARD.EXAMPLE","ap_cipher":"aes256-cts-hmac-sha1-96","ap_options":["mutual-required"],`
	for _, k := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"accepted", []string{"C: " + wrap(krb5, "\x01\x00", ap), "S: " + wrap(krb5, "\x02\x00", reply), "S: \x00"}, []string{shown + `"mechanism":"krb5","accepted":true`}},
		{"the carrier knows", []string{"C: " + wrap(mechanisms[1].oid, "\x01\x00", ap), "S: \x01MORE"}, []string{shown + `"mechanism":"ms-krb5","accepted":false`}},
		{"nobody tells", []string{"C: " + ap}, []string{shown + `"mechanism":"bare"}`}},
		{"without a wrapping", []string{"C: \x01\x00" + ap, "S: " + reply}, []string{`"accepted":true`}},
		{"refused", []string{"C: " + wrap(krb5, "\x01\x00", ap), "S: " + wrap(krb5, "\x03\x00", refuse(37, "", "cifs", "pacs"))},
			[]string{`"service":"cifs/pacs","success":false,"error_msg":"KRB_AP_ERR_SKEW"`}},
		{"two in turn", []string{"C: " + ap, "C: " + ap, "S: \x00"}, []string{`"mechanism":"bare"}`, `"accepted":true`}},
		{"user to user", []string{"C: " + wrap(u2u, "\x04\x00", seq(field(0, num(5)))), "S: " + wrap(u2u, "\x04\x01", seq(field(0, num(5)))), "C: " + wrap(u2u, "\x01\x00", ap)}, []string{`"mechanism":"user-to-user"`}},
		{"through a service", []string{"C: " + wrap(proxy, "\x05\x01", seq(field(1, str("WARD.EXAMPLE")))+ask(asReq, 1, "", "krbtgt", "WARD.EXAMPLE")),
			"S: " + wrap(proxy, "\x05\x01", seq(field(1, str("WARD.EXAMPLE")))+grant(asRep, 18, 18, "krbtgt", "WARD.EXAMPLE"))}, []string{`"mechanism":"iakerb"`}},
		{"sealed", []string{"C: " + ap, "S: \x05\x04\x01\xff12345678", "S: \x00"}, []string{`"accepted":true`}},
		{"a verdict that is none", []string{"C: " + ap, "S: \x09"}, []string{`"mechanism":"bare"}`}},
		{"a verdict without a ticket", []string{"S: \x00"}, nil},
	} {
		f := packets(k.lines...)
		if len(f.Records) != len(k.want) || len(f.Weirds) > 0 {
			t.Errorf("%s: %d records, weird %v: %s", k.name, len(f.Records), f.Weirds, f.JSON())
			continue
		}
		got := strings.Split(strings.TrimSpace(f.JSON()), "\n")
		for i, w := range k.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: no %s in %s", k.name, w, got[i])
			}
		}
	}
}

func TestMalformed(t *testing.T) {
	for _, k := range []struct{ name, in, want string }{
		{"no body", el(asReq, "x"), "bad_request"},
		{"fields without numbers", el(asReq, seq(num(5))), "bad_request"},
		{"an answer cut", el(asRep, seq(field(0, num(5)))[:4]), "bad_reply"},
		{"a refusal cut", el(krbError, "\x30\x09\xa0"), "bad_refusal"},
		{"more behind it", ask(asReq, 1, "", "krbtgt") + "xx", "trailing_bytes"},
		{"past the end", ask(asReq, 1, "", "krbtgt")[:40], "not_a_message"},
		{"another wrapping", el(0x60, el(4, "x")), "bad_mechanism"},
		{"another mechanism", el(0x60, el(6, "\x2a\x03"), "\x01\x00"), "unknown_mechanism"},
		{"nothing behind the mechanism", el(0x60, el(6, string(mechanisms[0].oid))), "bad_token"},
		{"another kind", "\x07\x07\x00\x00", "unknown_token"},
		{"no ticket", el(apReq, seq(field(0, num(5)))), "bad_ticket"},
		{"two bytes", "\x01\x00", "bad_token"},
		{"through a service, cut", "\x05\x01\x30\x09", "bad_token"},
	} {
		if f := packets("C: " + k.in); len(f.Weirds) != 1 || f.Weirds[0] != k.want {
			t.Errorf("%s: %v, want %s", k.name, f.Weirds, k.want)
		}
	}
	for name, stream := range map[string]string{"message_too_long": "\x00\x01\x00\x01" + strings.Repeat("x", 65537), "error:bad_length": "\xff\xff\xff\xffxxxx", "error:not_a_message": framed("GET / HTTP/1.1")} {
		if f := prototest.Feed(&Spec, said("C: "+framed(ask(asReq, 1, "", "krbtgt"))+stream)); len(f.Weirds) != 1 || f.Weirds[0] != name || len(f.Records) != 1 {
			t.Errorf("%s: %v, %d records", name, f.Weirds, len(f.Records))
		}
	}
}

// Lists, names and requests that wait are bounded.
func TestBounds(t *testing.T) {
	long := strings.Repeat("é", 400)
	var lines []string
	for i := range 200 {
		lines = append(lines, "C: "+ask(asReq, i, strings.Repeat(pa(2, ""), 300), long, long))
	}
	f := prototest.NewFlow()
	a := Spec.New(f).(*analyzer)
	for _, s := range said(lines...) {
		if err := a.Packet(s.Dir, s.Data); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.pending) != maxPending || len(f.Records) != 200-maxPending || a.Held() > maxPending*4096 {
		t.Errorf("%d wait, %d are out, %d bytes", len(a.pending), len(f.Records), a.Held())
	}
	if r := f.Records[0].Body.(*Record); len(r.Service) > maxName || len(r.RequestPA) != maxList || !utf8.ValidString(r.Service) {
		t.Errorf("a service of %d bytes, %d kinds", len(r.Service), len(r.RequestPA))
	}
	if a.Yield(); len(a.pending) != 0 || len(f.Records) != 200 {
		t.Errorf("%d wait after Yield", len(a.pending))
	}
}

func TestLoss(t *testing.T) {
	v := said(visit()...)
	v[3] = prototest.Segment{Dir: proto.Resp, Lost: len(v[3].Data)}
	f := prototest.Feed(&Spec, v)
	if len(f.Records) != 4 || len(f.Weirds) > 0 || !strings.Contains(f.JSON(), `"on_behalf_of"`) {
		t.Errorf("%v %s", f.Weirds, f.JSON())
	}
	for i := range f.Records {
		if r := f.Records[i].Body.(*Record); i == 1 && r.Success.OK {
			t.Error("an outcome that was lost is told")
		}
	}
}

func TestMoment(t *testing.T) {
	for in, want := range map[string]string{"19700101000000Z": "0", "20240229235960Z": "1709251200", "20370913024805Z": "2136422885", "20240001000000Z": "0", "2024010100000Z": "0", "2024x101000000Z": "0", "99991231235959Z": "0"} {
		f := packets("C: " + strings.Replace(ask(asReq, 1, "", "krbtgt"), when("20370913024805Z"), when(in)[:2]+in+strings.Repeat("Z", 15-len(in)), 1))
		if got := fmt.Sprint(int64(f.Records[0].Body.(*Record).Till) / 1e9); len(in) == 15 && got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestProbe(t *testing.T) {
	tgt := ask(asReq, 1, "", "krbtgt", "WARD.EXAMPLE")
	for in, want := range map[string]proto.Match{
		"": proto.Maybe, "\x00": proto.Maybe, framed(tgt): proto.Yes, framed(tgt)[:4]: proto.Maybe, framed(tgt)[:9]: proto.Maybe, tgt: proto.Yes, tgt[:12]: proto.Maybe,
		framed(refuse(25, hints, "krbtgt")): proto.Yes, grant(asRep, 18, 18, "krbtgt"): proto.Yes, "GET / HTTP/1.1": proto.No, "jabber jabber jabber": proto.No,
		"\x00\x00\x00\x2f\xffSMBr": proto.No, "\x00\x00\x00\x2f\xfeSMB": proto.No, strings.Repeat("\x00", 40): proto.No, framed(show(18, "cifs")): proto.No,
		strings.Replace(tgt, "\xa1\x03\x02\x01\x05", "\xa1\x03\x02\x01\x04", 1): proto.No, "\x6a\x80": proto.No, "\x6a\x03abc": proto.No, "\x6a\x20\x31": proto.No,
		changing(versionSet, show(18, "kadmin")): proto.Yes, framed(changing(versionSet, show(18, "kadmin"))): proto.Yes, changing(7, show(18, "kadmin")): proto.No,
		framed(changing(versionSet, show(18, "kadmin")))[:7]: proto.Maybe, "\x00\x00\x00\x40\x00\x40\x00\x09": proto.No, "\x30\x0c\x02\x01\x01\x63": proto.No,
	} {
		if got := probe(proto.Orig, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestSpoken(t *testing.T) { prototest.Spoken(t, &Spec, prototest.Dialogue(88, visit()...)) }

func TestPackets(t *testing.T) {
	prototest.Packets(t, &Spec, said("C: "+ask(asReq, 1, pa(2, secret), "krbtgt", "WARD.EXAMPLE"), "S: "+grant(asRep, 18, 23, "krbtgt", "WARD.EXAMPLE")))
}

func FuzzConversation(f *testing.F) {
	prototest.FuzzSpoken(f, &Spec, prototest.Dialogue(88, visit()...))
}

func FuzzPackets(f *testing.F) {
	f.Add([]byte(ask(asReq, 1, pa(2, secret), "krbtgt")), []byte(refuse(25, hints, "krbtgt")))
	f.Add([]byte(changing(versionSet, show(18, "kadmin"))), []byte(show(18, "cifs")))
	f.Add([]byte(el(0x60, el(6, string(mechanisms[3].oid)), "\x05\x01", seq(), ask(tgsReq, 1, pa(1, show(18, "cifs"))))), []byte{Refused})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		fl := packets("C: "+string(one), "S: "+string(two), "C: "+string(two), "S: \x00")
		for _, r := range fl.Records {
			k := r.Body.(*Record)
			if len(k.Service) > maxName || len(k.ErrorMsg) > maxName || len(k.ETypes) > maxList || len(k.RequestPA)+len(k.ReplyPA) > 2*maxList {
				t.Fatalf("a record without bounds: %+v", k)
			}
		}
		if len(fl.Records) > 4 {
			t.Fatalf("%d records of four messages", len(fl.Records))
		}
	})
}

func TestGolden(t *testing.T) {
	prototest.Golden(t, &Spec, "windows")
	prototest.Through(t, &Spec, []*proto.Spec{&gssapi.Spec, &smb.Spec, &ldap.Spec, &http.Spec}, "kerberos")
}

func TestStream(t *testing.T) {
	for _, name := range labs {
		prototest.Stream(t, &Spec, name)
	}
}

func TestLabPackets(t *testing.T) {
	for _, name := range labs {
		prototest.Datagrams(t, &Spec, name)
	}
}

// A domain of Windows, and a centre of MIT with all that it refuses.
var labs = []string{"windows", "kerberos"}

// In the domain of the lab a ticket is shown to the file service, which accepts it.
func TestCarried(t *testing.T) {
	records, _ := prototest.Run(t, prototest.Load(t, prototest.Lab+"/windows.pcap.zst"), &Spec, &gssapi.Spec, &smb.Spec)
	shown := 0
	for _, r := range records {
		if k, ok := r.Body.(*Record); ok && k.Mechanism != "" {
			shown++
			if k.Ticket != "cifs/dc1.ad.lazarus.example/AD.LAZARUS.EXAMPLE" || !k.Accepted.V || k.TicketCipher != "aes256-cts-hmac-sha1-96" {
				t.Errorf("%+v", k)
			}
		}
	}
	if shown == 0 {
		t.Error("no ticket was shown")
	}
}

func TestCanaries(t *testing.T) {
	prototest.Canaries(t, &Spec, "windows", "user")
	prototest.CanariesThrough(t, []*proto.Spec{&Spec, &gssapi.Spec, &smb.Spec, &ldap.Spec, &http.Spec}, "kerberos", "user")
}
