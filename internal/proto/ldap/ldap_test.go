package ldap

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// ber is one element.
func ber(tag byte, parts ...string) string {
	body := strings.Join(parts, "")
	switch n := len(body); {
	case n < 0x80:
		return string([]byte{tag, byte(n)}) + body
	case n < 0x100:
		return string([]byte{tag, 0x81, byte(n)}) + body
	default:
		return string([]byte{tag, 0x84, 0, byte(n >> 16), byte(n >> 8), byte(n)}) + body
	}
}

func num(n byte) string            { return ber(tagInt, string([]byte{n})) }
func enum(n byte) string           { return ber(tagEnum, string([]byte{n})) }
func str(s string) string          { return ber(tagOctets, s) }
func eq(attr, value string) string { return ber(filterEqual, str(attr), str(value)) }

func message(id byte, op byte, parts ...string) string {
	return ber(tagSequence, num(id), ber(op, parts...))
}

func done(id byte, op byte, code byte, diag string) string {
	return message(id, op, enum(code), str(""), str(diag))
}

func search(id byte, base string, scope byte, filter string, attrs ...string) string {
	list := ""
	for _, a := range attrs {
		list += str(a)
	}
	return message(id, opSearch, str(base), enum(scope), enum(0), num(0), num(0), ber(tagBool, "\x00"), filter, ber(tagSequence, list))
}

const (
	tagBool = 0x01
	tagSet  = 0x31
)

func attr(name string, values ...string) string {
	set := ""
	for _, v := range values {
		set += str(v)
	}
	return ber(tagSequence, str(name), ber(tagSet, set))
}

func found(id byte, dn string, attrs ...string) string {
	return message(id, opEntry, str(dn), ber(tagSequence, attrs...))
}

// visit is what an application does with a directory.
func visit() *prototest.Talk {
	filter := ber(filterAnd, eq("objectClass", "person"), ber(filterNot, ber(filterPresent, "mail")), ber(filterOr, eq("uid", "anna4711"),
		ber(filterSub, str("cn"), ber(tagSequence, ber(0x80, "Mue"), ber(0x82, "ler")))),
		ber(filterRule, ber(0x81, "1.2.840.113556.1.4.803"), ber(0x82, "userAccountControl"), ber(0x83, "2")))
	return prototest.Dialogue(389,
		"C: "+search(1, "", 0, ber(filterPresent, "objectClass"), "+"),
		"S: "+found(1, "", attr("vendorName", "389 Project"), attr("vendorVersion", "2.3"), attr("dnsHostName", "dc1.lazarus.example"),
			attr("defaultNamingContext", "DC=lazarus,DC=example"), attr("domainControllerFunctionality", "7"), attr("domainFunctionality", "7"),
			attr("supportedSASLMechanisms", "GSSAPI", "DIGEST-MD5"), attr("supportedCapabilities", capActiveDirectory))+done(1, opSearchDone, 0, ""),
		"C: "+message(2, opBind, num(3), str("cn=viewer,dc=lazarus"), ber(0x80, "s3cr3t-word")),
		"S: "+done(2, opBindDone, 0, ""),
		"C: "+search(3, "dc=lazarus", 2, filter, "cn", "mail")+message(4, opCompare, str("cn=x"), ber(tagSequence, str("userPassword"), str("s3cr3t-word"))),
		"S: "+found(3, "cn=Anna Mueller", attr("mail", "a@b"), attr("jpegPhoto", strings.Repeat("x", 9000)))+found(3, "cn=b")+done(3, opSearchDone, 4, "too many"),
		"S: "+done(4, opCompareDone, 6, ""),
		"C: "+message(5, opDelete)+ber(tagSequence, num(6), ber(opDelete, "cn=old,dc=lazarus")),
		"S: "+done(5, opDeleteDone, 34, "invalid DN")+done(6, opDeleteDone, 50, ""),
		"C: "+message(7, opUnbind))
}

func TestVisit(t *testing.T) {
	f := prototest.Feed(&Spec, visit().Said)
	if len(f.Weirds) != 0 || len(f.Records) != 8 {
		t.Fatalf("weird %v\n%s", f.Weirds, f.JSON())
	}
	if leaks := prototest.Leaks(f.Records, []string{"s3cr3t", "anna4711", "Mue", "xxxx", "a@b"}); len(leaks) > 0 {
		t.Errorf("%v left the parser:\n%s", leaks, f.JSON())
	}
	s := f.Records[0].Body.(*Server)
	if s.Vendor != "389 Project" || s.Version != "2.3" || s.HostName != "dc1.lazarus.example" || s.Domain != "lazarus.example" || !s.ActiveDir ||
		s.ControlLevel != event.N(7) || !slices.Equal(s.Mechanisms, []string{"GSSAPI", "DIGEST-MD5"}) {
		t.Errorf("%+v", s)
	}
	if r := f.Records[1].Body.(*Search); r.Scope != "base" || r.Count != 1 || r.Result != "success" || r.Filter != "(objectClass=*)" {
		t.Errorf("%+v", r)
	}
	if o := f.Records[2].Body.(*Operation); o.Opcode != "bind simple" || o.Argument != "REDACTED" || o.Object != "cn=viewer,dc=lazarus" || o.Version != event.N(3) || o.Result != "success" {
		t.Errorf("%+v", o)
	}
	want := "(&(objectClass=person)(!(mail=*))(|(uid=?)(cn=?*?))(userAccountControl:1.2.840.113556.1.4.803:=2))"
	if r := f.Records[3].Body.(*Search); r.Filter != want || r.Count != 2 || r.Result != "size limit exceeded" || r.Diagnostic != "too many" || r.Scope != "tree" ||
		!slices.Equal(r.Attributes, []string{"cn", "mail"}) {
		t.Errorf("%+v", r)
	}
	if o := f.Records[4].Body.(*Operation); o.Opcode != "compare" || o.Argument != "userPassword" || o.Result != "compare true" {
		t.Errorf("%+v", o)
	}
	if o := f.Records[6].Body.(*Operation); o.Object != "cn=old,dc=lazarus" || o.Result != "insufficient access rights" {
		t.Errorf("%+v", o)
	}
}

func TestStartTLS(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(389, "C: "+message(1, opExtended, ber(0x80, startTLS)), "S: "+message(1, opExtDone, enum(0), str(""), str("")),
		"C: \x16\x03\x01", "S: \x16\x03\x03").Said)
	if len(f.Handed) != 2 || len(f.Records) != 1 || f.Records[0].Body.(*Operation).Object != startTLS+" (StartTLS)" {
		t.Errorf("%v\n%s", f.Handed, f.JSON())
	}
}

func TestSASL(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(389,
		"C: "+message(1, opBind, num(3), str(""), ber(0xa3, str("GSS-SPNEGO"), str("NTLMSSP-1"))),
		"S: "+message(1, opBindDone, enum(14), str(""), str(""), ber(0x87, "NTLMSSP-2")),
		"C: "+message(2, opBind, num(3), str(""), ber(0xa3, str("GSS-SPNEGO"), str("NTLMSSP-3"))),
		"S: "+message(2, opBindDone, enum(0), str(""), str("")),
		"C: \x00\x00\x00\x40sealed", "S: \x00\x00\x01\x00sealed").Said)
	var all []string
	for _, h := range f.Handed {
		all = append(all, string(h.Data))
	}
	if !slices.Equal(all, []string{"NTLMSSP-1", "NTLMSSP-2", "NTLMSSP-3", "\x00"}) || !slices.Equal(f.Blinds, []string{"ldap_sasl"}) || len(f.Records) != 2 {
		t.Errorf("%q %v\n%s", all, f.Blinds, f.JSON())
	}
	f = prototest.Feed(&Spec, prototest.Dialogue(389, "C: "+message(1, opBind, num(3), str(""), ber(0xa3, str("SCRAM-SHA-1"), str("n,,n=user,r=secret"))),
		"S: "+done(1, opBindDone, 49, "")).Said)
	if o := f.Records[0].Body.(*Operation); len(f.Handed) != 0 || o.Argument != "SCRAM-SHA-1" || o.Result != "invalid credentials" {
		t.Errorf("%v %+v", f.Handed, o)
	}
}

// TestNTLM binds in Microsoft's own way, with the challenge in the matched name.
func TestNTLM(t *testing.T) {
	f := prototest.Feed(&Spec, prototest.Dialogue(389,
		"C: "+message(1, opBind, num(3), str(""), ber(0x89)),
		"S: "+message(1, opBindDone, enum(0), str("NTLM"), str("")),
		"C: "+message(2, opBind, num(3), str(""), ber(0x8a, "NTLMSSP\x00-1")),
		"S: "+message(2, opBindDone, enum(0), str("NTLMSSP\x00-2"), str("")),
		"C: "+message(3, opBind, num(3), str(""), ber(0x8b, "NTLMSSP\x00-3")),
		"S: "+message(3, opBindDone, enum(49), str(""), str("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 533, v1db1"))).Said)
	var all []string
	for _, h := range f.Handed {
		all = append(all, string(h.Data))
	}
	if !slices.Equal(all, []string{"NTLMSSP\x00-1", "NTLMSSP\x00-2", "NTLMSSP\x00-3", "\x01ACCOUNT_DISABLED"}) || len(f.Records) != 3 {
		t.Errorf("%q\n%s", all, f.JSON())
	}
}

func TestReason(t *testing.T) {
	for diag, want := range map[string]string{"": "invalid credentials", "error, data 52e, v2580": "LOGON_FAILURE", "error, data 0, vece": "invalid credentials", "no data ": "invalid credentials"} {
		if got := reason(49, diag); got != want {
			t.Errorf("%q: %s, want %s", diag, got, want)
		}
	}
}

// TestPing is the question of a Windows client and the answer of a controller.
func TestPing(t *testing.T) {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	ask := search(1, "", 0, ber(filterAnd, eq("DnsDomain", "lazarus.example."), eq("Host", "CT1"), eq("User", "anna"), eq("NtVer", "\x06\x00")), "Netlogon")
	names := "\x07lazarus\x07example\x00" + "\xc0\x18" + "\x03dc1\xc0\x18" + "\x07LAZARUS\x00" + "\x03DC1\x00" + "\x00" + "\x04Ward\x00" + "\xc0\x40"
	reply := found(1, "", attr("netlogon", "\x17\x00\x00\x00\xfd\x33\x00\x00"+strings.Repeat("g", 16)+names)) + done(1, opSearchDone, 0, "")
	for d, b := range []string{ask, reply} {
		if err := a.Packet(proto.Dir(d), []byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	a.Close()
	if len(f.Records) != 2 {
		t.Fatal(f.JSON())
	}
	if s := f.Records[0].Body.(*Server); s.Domain != "lazarus.example" || s.Forest != "lazarus.example" || s.HostName != "dc1.lazarus.example" ||
		s.NetBIOSName != "DC1" || s.NetBIOSDom != "LAZARUS" || s.Site != "Ward" || !s.ActiveDir {
		t.Errorf("%+v", s)
	}
	if r := f.Records[1].Body.(*Search); r.Client != "CT1" || r.Domain != "lazarus.example" || strings.Contains(r.Filter, "anna") || !strings.Contains(r.Filter, `NtVer=\06\00`) {
		t.Errorf("%+v", r)
	}
}

func TestBroken(t *testing.T) {
	for name, said := range map[string]string{
		"no message": message(1, opUnbind) + "GET / HTTP/1.1", "indefinite": message(1, opUnbind) + "\x30\x80\x02\x01\x01\x42\x00\x00\x00",
		"id": message(1, opUnbind) + ber(tagSequence, ber(tagInt, ""), ber(opUnbind), "xx"), "operation": message(1, opUnbind) + "\x30\x07\x02\x01\x01\x60\x20\x02\x01",
	} {
		f := prototest.Feed(&Spec, []prototest.Segment{{Dir: proto.Orig, Data: []byte(said)}})
		if len(f.Weirds) != 1 || len(f.Records) != 1 {
			t.Errorf("%s: weird %v, %d records", name, f.Weirds, len(f.Records))
		}
	}
	deep := ber(filterPresent, "cn")
	for range 40 {
		deep = ber(filterNot, deep)
	}
	f := prototest.Feed(&Spec, []prototest.Segment{{Dir: proto.Orig, Data: []byte(search(1, "", 2, deep))}})
	if r := f.Records[0].Body.(*Search); !strings.HasSuffix(r.Filter, "...") {
		t.Errorf("%+v", r)
	}
	if _, _, ok := dnsName([]byte{0xc0, 0}, 0); ok {
		t.Error("a name that points to itself was read")
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"":                         proto.Maybe,
		"\x30":                     proto.Maybe,
		message(1, opUnbind):       proto.Yes,
		done(1, opBindDone, 0, ""): proto.Yes,
		message(1, opBind, num(3), str(""), ber(0x80, "")):                     proto.Yes,
		message(1, opBind, num(9), str(""), ber(0x80, "")):                     proto.No,
		ber(tagSequence, num(1), ber(opDelete, "cn=x")):                        proto.Yes,
		ber(tagSequence, num(1), ber(opDelete, "xxxxxxx")):                     proto.No,
		search(1, "", 0, ber(filterPresent, "cn")):                             proto.Yes,
		search(1, "", 0, ber(filterPresent, "cn"))[:6]:                         proto.Maybe,
		"\x30\x26\x02\x01\x00\x04\x06public\xa0\x19":                           proto.No,
		"\x30\x82\x01\x00\xa0\x03\x02\x01\x05":                                 proto.No,
		"\x30\x80\x02\x01\x01":                                                 proto.No,
		"GET / HTTP/1.1":                                                       proto.No,
		"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x63\x84\x00\x00\x00\x07\x04\x00": proto.Yes,
		"\x30\x10\x02\x01\x01\x63\x0f\x04\x00":                                 proto.No,
	} {
		if got := probe(proto.Orig, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestSpoken(t *testing.T) { prototest.Spoken(t, &Spec, visit()) }
func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "remote") }
func TestStream(t *testing.T) { prototest.Stream(t, &Spec, "remote") }

func FuzzConversation(f *testing.F) { prototest.FuzzStream(f, &Spec, "remote") }

func FuzzDatagram(f *testing.F) {
	f.Add([]byte(search(1, "", 0, ber(filterPresent, "cn"))), []byte(found(1, "", attr("netlogon", "\x17\x00"+strings.Repeat("g", 60)))))
	f.Fuzz(func(_ *testing.T, ask, reply []byte) {
		a := Spec.New(prototest.NewFlow()).(proto.Datagram)
		for d, b := range [][]byte{ask, reply} {
			if err := a.Packet(proto.Dir(d), b); err != nil {
				break
			}
		}
		a.Close()
	})
}

// Requests that wait for an answer are given up when memory is wanted.
func TestYield(t *testing.T) {
	f := prototest.NewFlow()
	a := Spec.New(f).(*analyzer)
	for range 10 {
		if _, err := a.Parse(proto.Orig, []byte(search(1, "dc=x", 2, ber(filterPresent, "cn"), "cn"))); err != nil {
			t.Fatal(err)
		}
	}
	before := a.Held()
	if a.Yield(); len(f.Records) != 10 || a.Held() > before-10*350 {
		t.Errorf("%d records; %d bytes, then %d", len(f.Records), before, a.Held())
	}
}
