package smb

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
	"lazaret/internal/share"
	"lazaret/internal/smb1/smb1test"
)

// Numbers and names as they go over the wire.
var u, wide = smb1test.Bytes, smb1test.Wide

func frame(m string) string {
	return string([]byte{0, byte(len(m) >> 16), byte(len(m) >> 8), byte(len(m))}) + m
}

// one makes a message of SMB1.
func one(cmd uint8, reply bool, status uint32, flags2 uint16, words, data string) string {
	flags := uint8(0x18)
	if reply {
		flags |= 0x80
	}
	return frame(u("\xffSMB", cmd, status, flags, flags2, strings.Repeat("\x00", 20), uint8(len(words)/2), words, uint16(len(data)), data))
}

// two makes a message of SMB2.
func two(cmd uint16, reply bool, status uint32, body string) string {
	flags := uint32(0)
	if reply {
		flags = flagServer
	}
	return frame(u("\xfeSMB", uint16(64), uint16(1), status, cmd, uint16(1), flags, uint32(0), uint64(1), uint64(0), uint64(7), strings.Repeat("\x00", 16), body))
}

const zero16 = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

func offer2(dialects ...uint16) string {
	b := u(uint16(36), uint16(len(dialects)), uint16(1), uint16(0), uint32(0x7f), "ABCDEFGHIJKLMNOP", uint64(0))
	for _, d := range dialects {
		b += u(d)
	}
	return two(0, false, 0, b)
}

func choice2(dialect, mode uint16) string {
	return two(0, true, 0, u(uint16(65), mode, dialect, uint16(0), zero16, uint32(0x41), uint32(65536), uint32(65536), uint32(65536),
		uint64(132000000000000000), uint64(0), uint16(0), uint16(0), uint32(0)))
}

func ask2(token string) string {
	return two(1, false, 0, u(uint16(25), uint8(0), uint8(1), uint32(0), uint32(0), uint16(88), uint16(len(token)), uint64(0), token))
}

func grant2(status uint32, flags uint16, token string) string {
	return two(1, true, status, u(uint16(9), flags, uint16(72), uint16(len(token)), token))
}

const ntlmssp = "NTLMSSP\x00\x01\x00\x00\x00\x00\x00\x00\x00"

// said makes segments of messages, whose side is the first letter: c or s.
func said(messages ...string) []prototest.Segment {
	var out []prototest.Segment
	for _, m := range messages {
		d := proto.Orig
		if m[0] == 's' {
			d = proto.Resp
		}
		out = append(out, prototest.Segment{Dir: d, Data: []byte(m[1:])})
	}
	return out
}

func dialects(names ...string) string {
	return "c" + one(0x72, false, 0, 0, "", "\x02"+strings.Join(names, "\x00\x02")+"\x00")
}

// words1 are the seventeen words of a negotiate response.
func words1(index uint16, mode uint8, caps uint32, challenge uint8) string {
	return u(index, mode, uint16(50), uint16(1), uint32(16644), uint32(65536), uint32(0), caps, uint64(127800000000000000), uint16(0xffc4), challenge)
}

func TestConversation(t *testing.T) {
	for _, c := range []struct {
		name string
		said []prototest.Segment
		want []string // in order, in the JSON of all records
	}{
		{"SMB3", said("c"+offer2(0x0202, 0x0311), "s"+choice2(0x0300, 3), "c"+ask2(ntlmssp), "s"+grant2(statusMore, 0, ntlmssp), "c"+ask2(ntlmssp), "s"+grant2(0, 4, "")),
			[]string{`"is_orig":true,"version":"SMB3","dialects":["2.0.2","3.1.1"],"dialect":"3.0","client_guid":"44434241-4645-4847-494a-4b4c4d4e4f50"`,
				`"client_signing":"enabled","server_signing":"required","capabilities":["dfs","encryption"]`, `"status":"SUCCESS","granted":1,"guest":false,"anonymous":false,"encrypted":true`}},
		{"a guest after a user", said("c"+offer2(0x0202), "s"+choice2(0x0202, 1), "s"+grant2(0, 0, ""), "s"+grant2(0, 0, ""), "s"+grant2(0, 1, ""), "s"+grant2(0, 1, "")),
			[]string{`"granted":1,"guest":false`, `"granted":3,"guest":true`}},
		{"nobody, and a refusal afterwards", said("s"+grant2(0, 2, ""), "s"+grant2(0xc000006d, 0, "")),
			[]string{`"granted":1,"guest":false,"anonymous":true`, `"status":"LOGON_FAILURE","granted":1,"refused":1`}},
		{"a status without a name", said("s" + grant2(0xc0001234, 0, "")), []string{`"status":"0xc0001234","refused":1`}},
		{"from SMB1 to SMB2", said(dialects("NT LM 0.12", "SMB 2.???"), "s"+choice2(0x02ff, 1), "c"+offer2(0x0210), "s"+choice2(0x0210, 1)),
			[]string{`"version":"SMB2","dialects":["NT LM 0.12","SMB 2.???","2.1"],"dialect":"2.1"`}},
		{"an old domain", said(dialects("LANMAN1.0", "NT LM 0.12"),
			"s"+one(0x72, true, 0, 0xc001, words1(1, 0x0f, 0x54, 8), "12345678"+wide("WARD\x00CTCONS\x00")),
			"c"+one(0x73, false, 0, 0xc005, u(uint8(255), uint8(0), uint16(0), uint16(1), uint16(1), uint16(1), uint32(0), uint16(24), uint16(24), uint32(0), uint32(0xd4)),
				strings.Repeat("L", 24)+strings.Repeat("N", 24)+"\x00"+wide("svc\x00WARD\x00Windows 2002 2600 Service Pack 3\x00Windows 2002 5.1\x00")),
			"s"+one(0x73, true, 0, 0xc001, u(uint8(255), uint8(0), uint16(0), uint16(1)), "\x00"+wide("Windows 5.1\x00Windows 2000 LAN Manager\x00WARD\x00"))),
			[]string{`"dialect":"NT LM 0.12"`, `"client_signing":"enabled","server_signing":"required","capabilities":["unicode","nt_status"]`,
				`"server_time_zone":"+01:00","server_name":"CTCONS","server_domain":"WARD"`,
				`"client_native_os":"Windows 2002 2600 Service Pack 3","client_native_lan_manager":"Windows 2002 5.1","client_domain":"WARD","account":"svc","response":"NTLMv1"`,
				`"granted":1,"guest":true,"anonymous":false`}},
		{"extended security", said(dialects("NT LM 0.12"), "s"+one(0x72, true, 0, 0xc801, words1(0, 3, 0x80000004, 0), "ABCDEFGHIJKLMNOP"+ntlmssp),
			"c"+one(0x73, false, 0, 0xc801, u(uint32(255), uint16(1), uint16(1), uint16(1), uint32(0), uint16(len(ntlmssp)), uint32(0), uint32(0)), ntlmssp+"\x00"+wide("Unix\x00Samba\x00")),
			"s"+one(0x73, true, statusMore, 0xc801, u(uint32(255), uint16(0), uint16(len(ntlmssp))), ntlmssp+"\x00"+wide("Unix\x00Samba 4.9\x00")),
			"s"+one(0x73, true, 0xc000006d, 0xc801, "", "")),
			[]string{`"server_guid":"44434241-4645-4847-494a-4b4c4d4e4f50"`, `"native_os":"Unix","native_lan_manager":"Samba 4.9"`, `"status":"LOGON_FAILURE","refused":1`}},
		{"LAN Manager", said(dialects("LANMAN2.1"), "s"+one(0x72, true, 0, 0, strings.Repeat("\x00", 26), ""),
			"c"+one(0x73, false, 0, 0, u(uint32(255), uint16(1), uint16(1), uint16(1), uint32(0), uint16(6), uint32(0)), "secret"+"BOB\x00WG\x00DOS\x00LM\x00"),
			"s"+one(0x73, true, 0x00050002, 0, "", "")),
			[]string{`"dialect":"LANMAN2.1"`, `"server_signing":"off"`, `"account":"BOB","response":"plain","status":"DOS_2_5","refused":1`}},
		{"a null session", said("c"+one(0x73, false, 0, 0x4000, u(uint8(255), uint8(0), uint16(0), uint16(1), uint16(1), uint16(1), uint32(0), uint16(1), uint16(0), uint32(0), uint32(0)), "\x00\x00\x00A\x00B\x00"),
			"s"+one(0x73, true, 0, 0x4000, u(uint32(255), uint16(0)), "")), []string{`"client_native_os":"A"`, `"response":"anonymous","status":"SUCCESS","granted":1,"guest":false,"anonymous":true`}},
		{"names of NetBIOS", said("c\x81\x00\x00\x44"+name("*SMBSERVER", 32)+name("MR1", 0), "s\x82\x00\x00\x00", dialects("NT LM 0.12")), []string{`"dialects":["NT LM 0.12"],"calling_name":"MR1"`}},
		{"the name called", said("c\x81\x00\x00\x44" + name("PACS", 32) + name("MR1", 0)), []string{`"called_name":"PACS","calling_name":"MR1"`}},
		{"encrypted from the start", said("c" + frame("\xfdSMB"+strings.Repeat("\x00", 60))), []string{`"version":"SMB3","encrypted":true`}},
		{"a server that speaks first", said("c"+choice2(0x0311, 3), "s"+offer2(0x0311)), []string{`"is_orig":false,"version":"SMB3"`}},
	} {
		f := prototest.Feed(&Spec, c.said)
		got := f.JSON()
		rest := got
		for _, w := range c.want {
			i := strings.Index(rest, w)
			if i < 0 {
				t.Errorf("%s: no %s in\n%s", c.name, w, got)
				break
			}
			rest = rest[i+len(w):]
		}
		if len(f.Weirds) > 0 {
			t.Errorf("%s: %v", c.name, f.Weirds)
		}
		for _, secret := range []string{"secret", "12345678", "LLLL", "NNNN"} {
			if strings.Contains(got, secret) {
				t.Errorf("%s: a secret left the parser", c.name)
			}
		}
		cut := prototest.Feed(&Spec, prototest.Recut(c.said, []int{1}))
		if a, b := prototest.Still(cut.JSON()), prototest.Still(got); a != b {
			t.Errorf("%s: cut into bytes:\n%s\n%s", c.name, a, b)
		}
	}
}

// name encodes a NetBIOS name (RFC 1001 14.1).
func name(s string, typ byte) string {
	out := "\x20"
	for _, c := range []byte(fmt.Sprintf("%-15s", s) + string([]byte{typ})) {
		out += string([]byte{'A' + c>>4, 'A' + c&15})
	}
	return out + "\x00"
}

func TestContexts(t *testing.T) {
	const at = 64 + 64
	ctx := u(uint16(1), uint16(6), uint32(0), "abcdef\x00\x00") + u(uint16(2), uint16(4), uint32(0), uint16(1), uint16(2), uint32(0)) +
		u(uint16(3), uint16(10), uint32(0), uint16(1), uint16(0), uint32(0), uint16(4))
	resp := two(0, true, 0, u(uint16(65), uint16(1), uint16(0x0311), uint16(3), zero16, uint32(0), uint32(0), uint32(0), uint32(0), uint64(0), uint64(0),
		uint16(0), uint16(0), uint32(at), ctx))
	req := two(0, false, 0, u(uint16(36), uint16(2), uint16(2), uint16(0), uint32(0), zero16, uint32(64+40), uint16(1), uint16(0), uint16(0x0300), uint16(0x0311),
		uint16(5), uint16(6), uint32(0), wide("CT1")))
	f := prototest.Feed(&Spec, said("c"+req, "s"+resp))
	if got := f.JSON(); !strings.Contains(got, `"cipher":"AES-128-GCM","compression":"Pattern_V1","target_name":"CT1"`) || len(f.Weirds) > 0 {
		t.Errorf("%s %v", got, f.Weirds)
	}
}

func TestMalformed(t *testing.T) {
	long := one(0x73, false, 0, 0xc801, u(uint32(255), uint16(1), uint16(1), uint16(1), uint32(0), uint16(999), uint32(0), uint32(0)), "x")
	for _, c := range []struct{ name, in, want string }{
		{"words past the end", frame(u("\xffSMB\x72", strings.Repeat("\x00", 27), uint8(200), uint16(0))), "bad_smb1_message"},
		{"bytes past the end", frame(u("\xffSMB\x72", strings.Repeat("\x00", 27), uint8(0), uint16(9))), "bad_smb1_message"},
		{"token past the end", long, "bad_smb1_message"},
		{"half a negotiation", two(0, false, 0, "\x24\x00"), "bad_smb2_message"},
		{"dialects past the end", two(0, false, 0, u(uint16(36), uint16(9), strings.Repeat("\x00", 32))), "bad_smb2_message"},
		{"token before the body", two(1, true, 0, u(uint16(9), uint16(0), uint16(3), uint16(5), "12345")), "bad_smb2_message"},
		{"header of another size", frame("\xfeSMB\x41" + strings.Repeat("\x00", 63)), "bad_smb2_message"},
		{"no message", "\x00\x00\x00\x40" + strings.Repeat("A", 64), "no_message"},
		{"no frame", "GET / HTTP/1.1\r\n\r\n", "no_message"},
	} {
		f := prototest.Feed(&Spec, said("c"+c.in))
		if len(f.Weirds) != 1 || f.Weirds[0] != c.want {
			t.Errorf("%s: %v, want %s", c.name, f.Weirds, c.want)
		}
	}
}

// TestResync holds that the next message after a loss is found, wherever it is cut.
func TestResync(t *testing.T) {
	grant := grant2(0, 1, "")
	for n := range 40 {
		lost := []prototest.Segment{{Dir: proto.Resp, Data: []byte(choice2(0x0210, 1))}, {Dir: proto.Resp, Lost: 100},
			{Dir: proto.Resp, Data: []byte(strings.Repeat("SMB\x00", 9) + grant)}}
		f := prototest.Feed(&Spec, prototest.Recut(lost, []int{1 + n}))
		if got := f.JSON(); !strings.Contains(got, `"guest":true`) {
			t.Fatalf("cut at %d: %s", 1+n, got)
		}
	}
}

// TestPassing holds that data goes by without being asked for, and without an
// allocation.
func TestPassing(t *testing.T) {
	f := prototest.NewFlow()
	a := Spec.New(f).(*analyzer)
	a.o = share.NewConn(struct{ proto.Flow }{f}, commandName)
	for _, head := range []string{
		"\x00\x10\x00\x50\xfeSMB" + u(uint16(64), uint16(1), uint32(0), uint16(8), strings.Repeat("\x00", 50)),
		"\x00\x01\x00\x00\xffSMB\x2e" + u(uint32(0), uint8(0x80), strings.Repeat("\x00", 22), uint8(12), uint8(0xff), strings.Repeat("\x00", 9), uint16(0xff00), uint16(64)),
		"\x00\x01\x00\x00\xfdSMB" + strings.Repeat("\x00", 40),
	} {
		b := []byte(head)
		n := 4 + int(binary.BigEndian.Uint32(b))
		b = append(b, make([]byte, 99)...)[:4+64+48]
		if p, err := a.Parse(proto.Resp, b); err != nil || p.Done != n {
			t.Errorf("%q: %+v %v, want %d done", head[4:8], p, err, n)
		}
		if allocs := testing.AllocsPerRun(100, func() { _, _ = a.Parse(proto.Resp, b) }); allocs != 0 {
			t.Errorf("%q: %v allocations", head[4:8], allocs)
		}
	}
	if len(f.Blinds) != 1 {
		t.Errorf("encryption was counted %d times", len(f.Blinds))
	}
}

func TestProbe(t *testing.T) {
	request := "\x81\x00\x00\x44" + name("PACS", 32) + name("MR1", 0)
	for _, c := range []struct {
		name, in string
		want     proto.Match
	}{
		{"SMB2", offer2(0x0210), proto.Yes},
		{"half of it", offer2(0x0210)[:20], proto.Maybe},
		{"the frame", "\x00\x00\x00\x7c", proto.Maybe},
		{"SMB1", dialects("NT LM 0.12")[1:], proto.Yes},
		{"encrypted", frame("\xfdSMB" + strings.Repeat("\x00", 60)), proto.Yes},
		{"a session request", request, proto.Yes},
		{"half of it", request[:30], proto.Maybe},
		{"not the letters", strings.Replace(request, "E", "Z", 1), proto.No},
		{"too short to be one", "\x00\x00\x00\x10\xffSMBr" + strings.Repeat("\x00", 42), proto.No},
		{"an unknown command", frame(u("\xfeSMB", uint16(64), strings.Repeat("\xff", 60))), proto.No},
		{"another letter", "\x00\x00\x00\x7c\xfeSMC", proto.No},
		{"DNS", "\x00\x1d\x12\x34\x01\x00\x00\x01", proto.No},
		{"zeros", strings.Repeat("\x00", 80), proto.No},
		{"nothing", "", proto.Maybe},
	} {
		if got := probe(proto.Orig, []byte(c.in)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestHeld holds that the memory of a conversation is bounded, whatever it says.
func TestHeld(t *testing.T) {
	a := Spec.New(prototest.NewFlow()).(*analyzer)
	feed := func(m string) {
		if p, err := a.Parse(proto.Orig, []byte(m)); err != nil || p.Done != len(m) {
			t.Fatal(p, err)
		}
	}
	long := wide(strings.Repeat("x", 4000) + "\x00")
	for range 50 {
		feed(offer2(make([]uint16, 500)...))
		feed(one(0x73, true, 0, 0xc001, u(uint32(255), uint16(0)), "\x00"+long+long+long))
		feed(one(0x73, false, 0, 0xc001, u(uint32(255), uint16(1), uint16(1), uint16(1), uint32(0), uint16(0), uint16(0), uint32(0), uint32(0)), long+long+long+long))
		feed(dialects(strings.Split(strings.Repeat("D ", 999), " ")...)[1:])
	}
	if n := a.Held(); n > 8<<10 {
		t.Errorf("%d bytes are held", n)
	}
}
