package rdp

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// packet frames the fixed part of a TPDU and what follows.
func packet(code byte, rest string) string {
	body := string([]byte{byte(6 + len(rest)), code, 0, 0, 0, 0, 0}) + rest
	n := 4 + len(body)
	return string([]byte{3, 0, byte(n >> 8), byte(n)}) + body
}

func neg(kind byte, v uint32) string {
	return string(binary.LittleEndian.AppendUint32([]byte{kind, 0, 8, 0}, v))
}

// data frames a MCS connect message: its elements, the last of which is the user
// data.
func data(tag byte, elements ...string) string {
	body := strings.Join(elements, "")
	mcs := string([]byte{0x7f, tag, 0x82, byte(len(body) >> 8), byte(len(body))}) + body
	n := 7 + len(mcs)
	return string([]byte{3, 0, byte(n >> 8), byte(n), 2, 0xf0, 0x80}) + mcs
}

func octets(s string) string {
	return string([]byte{4, 0x82, byte(len(s) >> 8), byte(len(s))}) + s
}

func block(typ uint16, body string) string {
	b := binary.LittleEndian.AppendUint16(nil, typ)
	return string(binary.LittleEndian.AppendUint16(b, uint16(len(body)+4))) + body
}

func le(values ...uint32) string {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return string(b)
}

func pad(s string, n int) string { return s + strings.Repeat("\x00", n-len(s)) }

func wide(s string) (out string) {
	for _, c := range s {
		out += string([]byte{byte(c), byte(c >> 8)})
	}
	return out
}

// core is a client's core data; short leaves the optional part out.
func core(keyboard, build uint32, short bool) string {
	b := le(0x00080004) + "\x00\x05\x00\x04\x01\xca\x03\xaa" + le(keyboard, build) + pad(wide("CT-CONSOLE"), 32) + le(4, 0, 12) + pad("", 64)
	if !short {
		b += "\x01\xca\x01\x00" + le(0) + "\x18\x00\x0f\x00\x02\x00" + pad(wide("55274-OEM"), 64)
	}
	return block(csCore, b)
}

func initial(blocks string) string {
	return data(mcsInitial, "\x04\x01\x01\x04\x01\x01\x01\x01\xff\x30\x01x\x30\x01x\x30\x01x", octets("\x00\x05\x00\x14\x7c\x00\x01\x80\xff\x00\x08\x00\x10\x00\x01\xc0\x00Duca\x80\xf0"+blocks))
}

func response(result byte, blocks string) string {
	return data(mcsResponse, "\x0a\x01\x00\x02\x01\x00\x30\x01x", octets("\x00\x05\x00\x14\x7c\x00\x01\x2a\x14\x76\x0a\x01\x01"+string([]byte{result})+"\x01\xc0\x00McDn\x80\xf0"+blocks))
}

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

const hash = "Cookie: mstshash=otto\r\n"

func TestConversation(t *testing.T) {
	chain := le(0x80000002, 2, 3) + "abc" + le(2) + "de"
	for _, c := range []struct {
		name   string
		said   []prototest.Segment
		want   string
		handed int
		blind  int
	}{
		{"NLA", said("c"+packet(0xe0, hash+neg(1, 3)), "s"+packet(0xd0, neg(2, 2)), "c\x16\x03\x01hello", "s\x16\x03\x03hello"),
			`"cookie":"otto","result":"encrypted","security_protocol":"HYBRID","cert_count":0,"requested_protocols":["RDP","SSL","HYBRID"]`, 2, 0},
		{"TLS after a lost choice", said("c"+packet(0xe0, neg(1, 1)), "c\x16\x03\x01hello"), `"result":"encrypted","cert_count":0`, 1, 0},
		{"refused", said("c"+packet(0xe0, "Cookie: msts=1.2.3\r\n"+neg(1, 1)), "s"+packet(0xd0, neg(3, 5))),
			`"result":"HYBRID_REQUIRED_BY_SERVER","cert_count":0,"requested_protocols":["RDP","SSL"],"routing_token":true`, 0, 0},
		{"old security", said("c"+packet(0xe0, hash), "s"+packet(0xd0, ""), "c"+initial(core(0x407, 2600, true)+block(csNetwork, le(2)+"rdpdr\x00\x00\x00"+le(0)+"cliprdr\x00"+le(0))),
			"s"+response(0, block(scSecurity, le(2, 3, 4, 8)+"rand"+le(1, 1))), "c\x03\x00\x00\x09\x02\xf0\x80xx"),
			`"cookie":"otto","result":"Success","security_protocol":"RDP","client_channels":["rdpdr","cliprdr"],"keyboard_layout":"German - Germany","client_build":"RDP 5.1",` +
				`"client_name":"CT-CONSOLE","desktop_width":1280,"desktop_height":1024,"requested_color_depth":"8bit","cert_type":"RSA","cert_count":1,"cert_permanent":true,` +
				`"encryption_level":"High","encryption_method":"128bit"`, 0, 1},
		{"a chain of certificates", said("c"+packet(0xe0, neg(1, 0)), "s"+packet(0xd0, neg(2, 0)), "c"+initial(core(0x00010407, 19041, false)),
			"s"+response(0, block(scSecurity, le(0, 0, 0, uint32(len(chain)))+chain))),
			`"security_protocol":"RDP","keyboard_layout":"German (IBM)","client_build":"client_build-19041","client_name":"CT-CONSOLE","client_dig_product_id":"55274-OEM",` +
				`"desktop_width":1280,"desktop_height":1024,"requested_color_depth":"32bit","cert_type":"X.509","cert_count":2,"cert_permanent":false,"encryption_level":"None","encryption_method":"None"`, 0, 0},
		{"a conference refused", said("c"+packet(0xe0, neg(1, 0)), "s"+response(3, "")), `"result":"Rejected for symmetry breaking"`, 0, 1},
	} {
		f := prototest.Feed(&Spec, c.said)
		if got := f.JSON(); !strings.Contains(got, c.want) || len(f.Records) != 1 || len(f.Weirds) > 0 {
			t.Errorf("%s:\n got %s %v\nwant %s", c.name, got, f.Weirds, c.want)
		}
		if len(f.Handed) != c.handed || len(f.Blinds) != c.blind {
			t.Errorf("%s: %d handed, %d blind", c.name, len(f.Handed), len(f.Blinds))
		}
		cut := prototest.Feed(&Spec, prototest.Recut(c.said, []int{1}))
		if a, b := prototest.Still(cut.JSON()), prototest.Still(f.JSON()); a != b {
			t.Errorf("%s: cut into bytes:\n%s\n%s", c.name, a, b)
		}
	}
}

func TestMalformed(t *testing.T) {
	request := packet(0xe0, neg(1, 0))
	for _, c := range []struct{ name, in, want string }{
		{"no packet", request + "GET / HTTP/1.1", "error:no_tpkt"},
		{"elements past the end", request + data(mcsInitial, "\x04\x01\x01\x04"), "bad_mcs"},
		{"indefinite length", request + "\x03\x00\x00\x0b\x02\xf0\x80\x7f\x65\x80\x00", "bad_mcs"},
		{"a block past the end", request + initial("\x01\xc0\xff\x00x"), "bad_data_block"},
		{"a block shorter than its head", request + initial("\x01\xc0\x02\x00"), "bad_data_block"},
		{"half a core", request + initial(block(csCore, "\x04\x00\x08\x00")), "bad_data_block"},
	} {
		f := prototest.Feed(&Spec, said("c"+c.in))
		if len(f.Weirds) != 1 || f.Weirds[0] != c.want || len(f.Records) != 1 {
			t.Errorf("%s: %v, %d records, want %s", c.name, f.Weirds, len(f.Records), c.want)
		}
	}
}

func TestProbe(t *testing.T) {
	empty := packet(0xe0, "")
	for _, c := range []struct {
		name, in string
		want     proto.Match
	}{
		{"cookie", packet(0xe0, hash), proto.Yes},
		{"cookie and negotiation", packet(0xe0, hash+neg(1, 3)), proto.Yes},
		{"negotiation", packet(0xe0, neg(1, 3)), proto.Yes},
		{"correlation", packet(0xe0, neg(1, 3)+pad("\x06\x00\x24\x00", 36)), proto.Yes},
		{"token", packet(0xe0, "tsv://MS Terminal Services Plugin.1.Sessions\r\n"+neg(1, 3)), proto.Yes},
		{"response", packet(0xd0, neg(2, 1)), proto.Yes},
		{"failure", packet(0xd0, neg(3, 1)), proto.Yes},
		{"half", packet(0xe0, hash)[:20], proto.Maybe},
		{"nothing but a request", empty, proto.Maybe},
		{"and a connection", empty + "\x03\x00\x01\x00\x02\xf0\x80\x7f\x65", proto.Yes},
		{"and something else", empty + "\x03\x00\x01\x00\x02\xf0\x80\x32\x01", proto.No},
		{"MMS", packet(0xe0, "\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a"), proto.No},
		{"another class", "\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x02", proto.No},
		{"a wrong length", "\x03\x00\x00\x0b\x07\xe0\x00\x00\x00\x00\x00", proto.No},
		{"H.323", "\x03\x00\x00\x0b\x08\x02\x00\x00\x05\x04\x03", proto.No},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", proto.No},
		{"", "", proto.Maybe},
	} {
		if got := probe(proto.Orig, []byte(c.in)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestKeyboards(t *testing.T) {
	for v, want := range map[uint32]string{0x409: "English - United States", 0x20409: "English - United States (International)",
		0x4041e: "Thai (Best Guess for 263198)", 0xff01: "keyboard-65281", 0x30409: "English - United States (Dvorak for left hand)"} {
		if got := keyboardName(v); got != want {
			t.Errorf("%#x is %q, want %q", v, got, want)
		}
	}
}

// TestShared reads a capture of others.
func TestShared(t *testing.T) {
	list := prototest.Load(t, prototest.Shared(t, "pcaps/15-remote-access/zeek__rdp__rdp-x509.pcap"))
	records, _ := prototest.Run(t, list, &Spec)
	if got := prototest.JSON(records, &Spec); !strings.Contains(got, `"cert_type":"X.509","cert_count":2,"cert_permanent":false,"encryption_level":"Client compatible"`) {
		t.Errorf("got %s", got)
	}
}
