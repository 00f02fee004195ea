package ntlm

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func wide(s string) []byte {
	var b []byte
	for _, c := range s {
		b = binary.LittleEndian.AppendUint16(b, uint16(c))
	}
	return b
}

// build makes a message: fixed bytes with the given payloads described at their
// offsets and put behind.
func build(fixed int, flagsAt int, flags uint32, version string, versionAt int, parts map[int][]byte) []byte {
	b := make([]byte, fixed)
	copy(b, signature)
	for at := 12; at < fixed; at++ { // in order of their place
		p, ok := parts[at]
		if !ok {
			continue
		}
		binary.LittleEndian.PutUint16(b[at:], uint16(len(p)))
		binary.LittleEndian.PutUint16(b[at+2:], uint16(len(p)))
		binary.LittleEndian.PutUint32(b[at+4:], uint32(len(b)))
		b = append(b, p...)
	}
	if flagsAt > 0 {
		binary.LittleEndian.PutUint32(b[flagsAt:], flags)
	}
	copy(b[versionAt:], version)
	return b
}

const (
	win10 = "\x0a\x00\x65\x4a\x00\x00\x00\x0f" // 10.0.19045
	win7  = "\x06\x01\xb1\x1d\x00\x00\x00\x0f" // 6.1.7601
)

func typed(b []byte, t byte) []byte { b[8] = t; return b }

func hello() []byte {
	return typed(build(40, 12, flagVersion|flagDomain|flagHost, win7, 32, map[int][]byte{16: []byte("WARD"), 24: []byte("CT1")}), negotiate)
}

func pair(id uint16, v []byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, id)
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(v))), v...)
}

func info(pairs ...[]byte) (b []byte) {
	for _, p := range pairs {
		b = append(b, p...)
	}
	return b
}

func offer(info []byte) []byte {
	return typed(build(56, 20, flagUnicode|flagVersion, win10, 48, map[int][]byte{12: wide("WARD"), 40: info}), challenge)
}

var server = info(pair(2, wide("WARD")), pair(1, wide("PACS")), pair(4, wide("ward.example")), pair(3, wide("pacs.ward.example")),
	pair(5, wide("example")), pair(7, []byte{0x00, 0x00, 0x22, 0xc8, 0x12, 0xcc, 0xda, 0x01}), pair(0, nil))

func answer(lm, nt int, flags uint32) []byte {
	return typed(build(72, 60, flags|flagUnicode|flagVersion, win10, 64, map[int][]byte{
		12: []byte(strings.Repeat("L", lm)), 20: []byte(strings.Repeat("N", nt)), 28: wide("WARD"), 36: wide("anna"), 44: wide("CT1"), 52: []byte("KEYKEYKEY")}), authenticate)
}

// feed gives messages in turn; those that begin with s come from the responder.
func feed(t *testing.T, said ...any) *prototest.Flow {
	t.Helper()
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	d := proto.Orig
	for _, s := range said {
		switch x := s.(type) {
		case proto.Dir:
			d = x
		case []byte:
			f.Time++
			if err := a.Packet(d, x); err != nil {
				f.Weirds = append(f.Weirds, "error:"+err.Error())
			}
		}
	}
	a.Close()
	return f
}

const (
	c = proto.Orig
	s = proto.Resp
)

func TestAuthentication(t *testing.T) {
	f := feed(t, c, hello(), s, offer(server), c, answer(24, 200, 0), s, []byte{Accepted})
	want := `"username":"anna","hostname":"CT1","domainname":"WARD","server_nb_computer_name":"PACS","server_dns_computer_name":"pacs.ward.example",` +
		`"server_tree_name":"example","success":true,"server_target_name":"WARD","server_nb_domain_name":"WARD","server_dns_domain_name":"ward.example",` +
		`"server_time":1719878400.0,"server_version":"10.0.19045","client_version":"10.0.19045","client_workstation":"CT1","client_domain":"WARD","response":"NTLMv2","account":"ward\\anna","mic":false,"server_skew":19878399.999999998}`
	if got := f.JSON(); !strings.Contains(got, want) || len(f.Records) != 1 || len(f.Weirds) > 0 {
		t.Errorf("got  %s %v\nwant %s", got, f.Weirds, want)
	}
	for _, secret := range []string{"LLL", "NNN", "KEY"} {
		if strings.Contains(f.JSON(), secret) {
			t.Error("a response left the parser")
		}
	}
}

func TestOrder(t *testing.T) {
	for _, k := range []struct {
		name string
		said []any
		want []string // one a record
	}{
		{"refused", []any{c, hello(), s, offer(server), c, answer(24, 24, 0), s, []byte{Refused}}, []string{`"success":false`}},
		{"each step granted", []any{c, hello(), s, []byte{Accepted}, offer(server), []byte{Accepted}, c, answer(24, 24, 0), s, []byte{Accepted}}, []string{`"success":true`}},
		{"told twice", []any{c, answer(24, 24, 0), s, []byte{Accepted}, []byte{Accepted}}, []string{`"success":true`}},
		{"two in turn", []any{c, hello(), s, offer(server), c, answer(0, 24, 0), hello(), s, offer(server)}, []string{`"response":"NTLMv1"`, `"client_version":"6.1.7601"`}},
		{"two hellos", []any{c, hello(), hello()}, []string{`6.1.7601`, `6.1.7601`}},
		{"only a challenge", []any{s, offer(server)}, []string{`"server_version":"10.0.19045","server_skew"`}},
		{"a verdict without an authentication", []any{s, []byte{Accepted}}, nil},
		{"refused for a reason", []any{c, hello(), s, offer(server), c, answer(24, 24, 0), s, []byte("\x01LOGON_FAILURE")}, []string{`"account":"ward\\anna","failure":"LOGON_FAILURE"`}},
		{"a verdict that is none", []any{c, answer(1, 0, 0), s, []byte{9}}, []string{`"response":"anonymous"`}},
	} {
		f := feed(t, k.said...)
		got := strings.Split(strings.TrimSpace(f.JSON()), "\n")
		if len(f.Records) != len(k.want) {
			t.Errorf("%s: %d records, want %d: %s", k.name, len(f.Records), len(k.want), f.JSON())
			continue
		}
		for i, w := range k.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: no %s in %s", k.name, w, got[i])
			}
		}
	}
}

func TestBackward(t *testing.T) {
	for i, f := range []*prototest.Flow{feed(t, s, hello()), feed(t, c, offer(nil)), feed(t, s, answer(1, 0, 0))} {
		if !f.Records[0].Body.(*Record).Backward {
			t.Errorf("%d: a client that responds was not noticed", i)
		}
	}
	if feed(t, c, hello(), s, offer(nil)).Records[0].Body.(*Record).Backward {
		t.Error("a client that opens the conversation")
	}
}

func TestForm(t *testing.T) {
	for _, k := range []struct {
		lm, nt   int
		extended bool
		want     string
	}{
		{24, 24, false, "NTLMv1"}, {24, 24, true, "NTLM2 session"}, {24, 0, false, "LM"}, {0, 0, true, "anonymous"}, {1, 0, false, "anonymous"},
		{24, 44, true, "NTLMv2"}, {0, 300, false, "NTLMv2"}, {24, 30, false, "unknown"}, {5, 5, false, "unknown"},
	} {
		if got := form(k.lm, k.nt, k.extended); got != k.want {
			t.Errorf("%d and %d bytes are %q, want %q", k.lm, k.nt, got, k.want)
		}
	}
}

func TestSecurity(t *testing.T) {
	f := feed(t, c, answer(24, 200, flagSign|flagSeal|flagAlways|flagKey|flag128|flag56|flagExtended))
	if got := f.JSON(); !strings.Contains(got, `"security":["sign","seal","always-sign","key-exchange","128","56","extended"],"mic":false`) {
		t.Errorf("what is agreed on: %s", got)
	}
	if got := feed(t, s, offer(nil)).JSON(); strings.Contains(got, `"mic"`) {
		t.Errorf("a challenge has no code: %s", got)
	}
	for fill, want := range map[byte]bool{0: false, 'M': true} {
		b := typed(build(88, 60, flagUnicode|flagVersion, win10, 64, map[int][]byte{20: []byte(strings.Repeat("N", 60)), 36: wide("anna")}), authenticate)
		copy(b[72:88], strings.Repeat(string(rune(fill)), 16))
		if r := feed(t, c, b).Records[0].Body.(*Record); r.MIC.V != want || !r.MIC.OK {
			t.Errorf("a code of %q: %v, want %v", fill, r.MIC, want)
		}
	}
	if r := feed(t, c, answer(16, 0, flagNobody)).Records[0].Body.(*Record); r.Response != "anonymous" {
		t.Errorf("nobody is %q", r.Response)
	}
}

// TestClaims holds that the carrier hears who is claimed, and that nobody is, from the
// last message alone.
func TestClaims(t *testing.T) {
	anna := typed(build(88, 60, flagUnicode, "", 0, map[int][]byte{28: wide("WARD"), 36: wide("Anna")}), authenticate)
	if got := feed(t, c, anna).Claims; len(got) != 1 || got[0] != `ward\anna` {
		t.Errorf("claims %q", got)
	}
	if got := feed(t, c, typed(build(88, 60, flagUnicode|flagNobody, "", 0, nil), authenticate)).Claims; len(got) != 1 || got[0] != "" {
		t.Errorf("nobody claims %q", got)
	}
	if got := feed(t, s, offer(nil)).Claims; len(got) != 0 {
		t.Errorf("a challenge claims %q", got)
	}
}

func TestOldest(t *testing.T) {
	b := typed(build(52, 0, 0, "", 0, map[int][]byte{12: []byte(strings.Repeat("L", 24)), 28: []byte("WARD"), 36: []byte("anna"), 44: []byte("CT1")}), authenticate)
	copy(b, signature)
	if got := feed(t, c, b).JSON(); !strings.Contains(got, `"hostname":"CT1"`) || !strings.Contains(got, `"response":"LM"`) {
		t.Errorf("a message without key and flags: %s", got)
	}
}

func TestMalformed(t *testing.T) {
	past := answer(24, 24, 0)
	binary.LittleEndian.PutUint32(past[40:], 0xfffffff0)
	for _, k := range []struct {
		name string
		in   []byte
		want string
	}{
		{"no signature", []byte("KRB5AP\x00\x00\x01\x00\x00\x00"), "error:bad_signature"},
		{"short", []byte("NTLMSSP\x00\x01"), "error:bad_signature"},
		{"an unknown type", []byte("NTLMSSP\x00\x09\x00\x00\x00"), "error:unknown_message"},
		{"half a hello", hello()[:14], "short_message"},
		{"half an answer", answer(0, 0, 0)[:30], "short_message"},
		{"a field past the end", past, "field_past_message"},
		{"a list without an end", offer([]byte{1, 0, 99, 0, 'x'}), "bad_target_info"},
	} {
		if f := feed(t, c, k.in); len(f.Weirds) != 1 || f.Weirds[0] != k.want {
			t.Errorf("%s: %v, want %s", k.name, f.Weirds, k.want)
		}
	}
	// Of a list that ends with the message the names that are there are read.
	cut := offer(info(pair(2, wide("WARD")), pair(1, wide("PACS")), pair(0, nil)))
	if f := feed(t, c, cut[:len(cut)-4]); len(f.Weirds) != 1 || f.Weirds[0] != "field_past_message" || !strings.Contains(f.JSON(), `"server_nb_computer_name":"PACS"`) {
		t.Errorf("a list cut: %v %s", f.Weirds, f.JSON())
	}
	// A version is only there if no payload lies on its place.
	b := typed(build(64, 60, flagUnicode|flagVersion, "", 0, map[int][]byte{36: wide("\x0a\x02\x03\x04")}), authenticate)
	copy(b, signature)
	if got := feed(t, c, b).JSON(); strings.Contains(got, "client_version") {
		t.Errorf("a name was read as a version: %s", got)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(hello(), offer(server), answer(24, 24, flagExtended))
	f.Add(answer(1, 0, 0), []byte{Accepted}, offer([]byte{1, 0, 99, 0, 'x'}))
	f.Fuzz(func(t *testing.T, one, two, three []byte) {
		fl := feed(t, c, one, s, two, c, three, s, []byte{Refused}, c, one)
		for _, r := range fl.Records {
			n := r.Body.(*Record)
			for _, name := range []string{n.Username, n.Hostname, n.ServerDNSName, n.ClientHost} {
				if len(name) > 4*maxName {
					t.Fatalf("a name of %d bytes", len(name))
				}
			}
		}
		if len(fl.Records) > 4 {
			t.Fatalf("%d records of four messages", len(fl.Records))
		}
	})
}
