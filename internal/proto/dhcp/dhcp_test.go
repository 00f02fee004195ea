package dhcp

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// msg4 builds a DHCPv4 message: operation, transaction, last byte of the
// hardware address, last byte of yiaddr (0 is none), options.
func msg4(op, xid, hw, yiaddr byte, options string) []byte {
	b := make([]byte, fixedLen)
	b[0], b[1], b[2] = op, 1, 6
	b[7] = xid
	if yiaddr != 0 {
		copy(b[16:], []byte{10, 0, 0, yiaddr})
	}
	copy(b[28:], []byte{0, 0x11, 0x22, 0x33, 0x44, hw})
	b = binary.BigEndian.AppendUint32(b, cookie)
	return append(b, options...)
}

func opt(code byte, v string) string { return string([]byte{code, byte(len(v))}) + v }

const end = "\xff"

// world runs messages through analyzers and a joiner; every pair of addresses
// is a flow.
type world struct {
	t     *testing.T
	now   event.Time
	join  *joiner
	flows map[string]*prototest.Flow
	out   []event.Record
	weird []string
	index uint64
}

func newWorld(t *testing.T, limit int) *world {
	w := &world{t: t, now: 1_700_000_000e9, flows: map[string]*prototest.Flow{}}
	w.join = newJoiner(func(r event.Record) { w.out = append(w.out, r) }, limit)
	return w
}

func ip(b byte) netid.IP {
	switch b {
	case 0:
		return zero4
	case 255:
		return broadcast4
	}
	return netid.IPv4(10, 0, 0, b)
}

// send gives a message from one address to another, after a pause.
func (w *world) send(pause event.Time, from, to netid.IP, b []byte) {
	w.now += pause
	k := from.String() + to.String()
	f := w.flows[k]
	if f == nil {
		f = prototest.NewFlow()
		f.ID = event.Conn{UID: fmt.Sprint("C", len(w.flows)), Orig: netid.Endpoint{IP: from}, Resp: netid.Endpoint{IP: to}, Proto: 17}
		w.flows[k] = f
	}
	f.Time = w.now
	a := Spec.New(f).(proto.Datagram)
	if err := a.Packet(proto.Orig, b); err != nil {
		w.weird = append(w.weird, "error:"+err.Error())
	}
	a.Close()
	w.weird = append(w.weird, f.Weirds...)
	for _, r := range f.Records {
		w.index++
		r.Index = w.index
		if w.join.Take(r) && w.t != nil {
			w.t.Error("an ingredient would be logged")
		}
	}
	f.Records, f.Weirds = nil, nil
}

func (w *world) lines() []string {
	w.join.Flush()
	var out []string
	for i := range w.out {
		_, l, _ := strings.Cut(string(w.out[i].AppendJSON(nil)), ",")
		out = append(out, strings.TrimSuffix(l, "}"))
	}
	return out
}

func TestLease(t *testing.T) {
	w := newWorld(t, 10)
	client := opt(12, "ct-1") + opt(55, "\x01\x03\x06\x0f") + opt(60, "MSFT 5.0") + opt(61, "\x01\x00\x11\x22\x33\x44\x55") +
		opt(77, "\x04user") + opt(81, "\x05\x00\x00ct-1.lab") + opt(57, "\x05\xdc") + opt(93, "\x00\x07\x00\x09")
	w.send(0, ip(0), ip(255), msg4(1, 7, 0x55, 0, opt(53, "\x01")+opt(50, "\x0a\x00\x00\x09")+client+end))
	w.send(1e6, ip(1), ip(9), msg4(2, 7, 0x55, 9, opt(53, "\x02")+opt(54, "\x0a\x00\x00\x01")+opt(51, "\x00\x00\x0e\x10")+opt(15, "lab\x00")+end))
	w.send(1e6, ip(0), ip(255), msg4(1, 7, 0x55, 0, opt(53, "\x03")+client+"\x00\x00"+end))
	w.send(1e6, ip(1), ip(9), msg4(2, 7, 0x55, 9, opt(53, "\x05")+opt(51, "\x00\x00\x1c\x20")+end))
	want := `"uids":["C0","C1"],"client_addr":"10.0.0.9","server_addr":"10.0.0.1","mac":"00:11:22:33:44:55","host_name":"ct-1",` +
		`"client_fqdn":"ct-1.lab","domain":"lab","requested_addr":"10.0.0.9","assigned_addr":"10.0.0.9","lease_time":7200.0,` +
		`"msg_types":["DISCOVER","OFFER","REQUEST","ACK"],"duration":0.003,"vendor_class":"MSFT 5.0","param_list":"1,3,6,15",` +
		`"client_id":"01001122334455","user_class":"\u0004user","fqdn_flags":"SE","max_message_size":1500,"client_arch":"7,9","server_id":"10.0.0.1"`
	want = strings.Replace(want, `\u0004`, `\\x04`, 1)
	if got := w.lines(); len(got) != 1 || got[0] != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), want)
	}
	if r := w.out[0].Body.(*Record); r.HardwareAddr != (netid.MAC{0, 0x11, 0x22, 0x33, 0x44, 0x55}) {
		t.Errorf("hardware address %v", r.HardwareAddr)
	}
	if w.out[0].Index != 4 || w.out[0].TS != 1_700_000_000e9 {
		t.Errorf("index %d, time %d", w.out[0].Index, w.out[0].TS)
	}
}

func TestConversations(t *testing.T) {
	discover, request := opt(53, "\x01")+end, opt(53, "\x03")+end
	relay := opt(53, "\x01") + opt(82, "\x01\x04ge-1\x02\x03\xaa\xbb\xcc") + end
	nak := opt(53, "\x06") + opt(56, "no such lease") + end
	for _, c := range []struct {
		name string
		do   func(w *world)
		want []string
	}{
		{"silence ends it", func(w *world) {
			w.send(0, ip(0), ip(255), msg4(1, 7, 1, 0, discover))
			w.send(4e9, ip(0), ip(255), msg4(1, 7, 1, 0, discover))
			w.send(8e9, ip(0), ip(255), msg4(1, 7, 1, 0, discover))
		}, []string{`"uids":["C0"],"mac":"00:11:22:33:44:01","msg_types":["DISCOVER","DISCOVER"],"duration":4.0`,
			`"uids":["C0"],"mac":"00:11:22:33:44:01","msg_types":["DISCOVER"],"duration":0.0`}},
		{"thirty seconds end it", func(w *world) {
			for range 15 {
				w.send(3e9, ip(0), ip(255), msg4(1, 7, 1, 0, discover))
			}
		}, []string{`"uids":["C0"],"mac":"00:11:22:33:44:01","msg_types":[` + strings.Repeat(`"DISCOVER",`, 11) + `"DISCOVER"],"duration":33.0`,
			`"uids":["C0"],"mac":"00:11:22:33:44:01","msg_types":["DISCOVER","DISCOVER","DISCOVER"],"duration":6.0`}},
		{"time goes back", func(w *world) {
			w.send(1e13, ip(0), ip(255), msg4(1, 1, 1, 0, discover))
			w.send(-1e13, ip(0), ip(255), msg4(1, 7, 1, 0, discover))
			w.send(20e9, ip(0), ip(255), msg4(1, 8, 1, 0, discover))
			if len(w.out) != 1 || w.out[0].TS > 1_700_000_000e9 {
				t.Errorf("time goes back: %d written", len(w.out))
			}
		}, []string{`"uids":["C0"],"mac":"00:11:22:33:44:01","msg_types":["DISCOVER"],"duration":0.0`,
			`"uids":["C0"],"mac":"00:11:22:33:44:01","msg_types":["DISCOVER"],"duration":0.0`,
			`"uids":["C0"],"mac":"00:11:22:33:44:01","msg_types":["DISCOVER"],"duration":0.0`}},
		{"one id, two clients", func(w *world) {
			w.send(0, ip(0), ip(255), msg4(1, 7, 1, 0, discover))
			w.send(1e6, ip(0), ip(255), msg4(1, 7, 2, 0, request))
		}, []string{`"uids":["C0"],"mac":"00:11:22:33:44:01","msg_types":["DISCOVER"],"duration":0.0`,
			`"uids":["C0"],"mac":"00:11:22:33:44:02","msg_types":["REQUEST"],"duration":0.0`}},
		{"refused", func(w *world) {
			w.send(0, ip(9), ip(1), msg4(1, 7, 1, 0, request))
			w.send(1e6, ip(1), ip(255), msg4(2, 7, 1, 0, nak))
		}, []string{`"uids":["C0","C1"],"client_addr":"10.0.0.9","mac":"00:11:22:33:44:01","server_message":"no such lease",` +
			`"msg_types":["REQUEST","NAK"],"duration":0.001`}},
		{"relayed", func(w *world) {
			m := msg4(1, 7, 1, 0, relay)
			copy(m[24:], []byte{10, 0, 0, 254})
			w.send(0, ip(254), ip(1), m)
		}, []string{`"uids":["C0"],"client_addr":"10.0.0.254","mac":"00:11:22:33:44:01","msg_types":["DISCOVER"],"duration":0.0,` +
			`"relay_addr":"10.0.0.254","circuit_id":"ge-1","remote_id":"\\xaa\\xbb\\xcc"`}},
		{"options in the name fields", func(w *world) {
			m := msg4(1, 7, 1, 0, opt(52, "\x03")+opt(53, "\x01")+end)
			copy(m[108:], opt(12, "from-file")+end)
			copy(m[44:], opt(60, "from-name")+end)
			w.send(0, ip(0), ip(255), m)
		}, []string{`"uids":["C0"],"mac":"00:11:22:33:44:01","host_name":"from-file","msg_types":["DISCOVER"],"duration":0.0,"vendor_class":"from-name"`}},
		{"zeros at the end of a name", func(w *world) {
			w.send(0, ip(0), ip(255), msg4(1, 7, 1, 0, opt(12, "ct\x00-1\x00\x00")+discover))
		}, []string{`"uids":["C0"],"mac":"00:11:22:33:44:01","host_name":"ct\\x00-1","msg_types":["DISCOVER"],"duration":0.0`}},
	} {
		w := newWorld(t, 10)
		c.do(w)
		if got := w.lines(); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", c.name, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
		if len(w.weird) > 0 {
			t.Errorf("%s: %v", c.name, w.weird)
		}
	}
}

func TestBounds(t *testing.T) {
	discover := opt(53, "\x01") + end
	w := newWorld(t, 3)
	for i := range byte(200) {
		w.send(1e6, ip(0), ip(255), msg4(1, i, 1, 0, discover))
	}
	if len(w.out) != 197 || len(w.join.open) != 3 || len(w.join.order) > 6 {
		t.Errorf("%d written, %d open, %d listed", len(w.out), len(w.join.open), len(w.join.order))
	}
	w = newWorld(t, 3)
	for range maxTypes {
		w.send(1e6, ip(0), ip(255), msg4(1, 1, 1, 0, discover))
	}
	if len(w.out) != 1 || w.out[0].Body.(*Record).MAC == "" {
		t.Errorf("after %d messages %d are written", maxTypes, len(w.out))
	}
	w = newWorld(t, 3)
	for i := range byte(maxUIDs) {
		w.send(1e6, ip(10+i), ip(255), msg4(1, 1, 1, 0, discover))
	}
	if len(w.out) != 1 {
		t.Errorf("after %d flows %d are written", maxUIDs, len(w.out))
	}
}

func TestMalformed4(t *testing.T) {
	good := msg4(1, 1, 1, 0, opt(53, "\x01")+end)
	strange := append([]byte(nil), good...)
	strange[fixedLen] = 0
	reply := append([]byte(nil), good...)
	reply[0] = 9
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"short", good[:100], "error:truncated"},
		{"cookie", strange, "error:bad_cookie"},
		{"operation", reply, "error:bad_operation"},
		{"no end", good[:len(good)-1], "no_end_option"},
		{"option past the end", msg4(1, 1, 1, 0, opt(53, "\x01")+"\x0c\x09ct"), "option_past_end"},
		{"option without length", msg4(1, 1, 1, 0, opt(53, "\x01")+"\x0c"), "option_past_end"},
		{"address of three bytes", msg4(1, 1, 1, 0, opt(53, "\x01")+opt(50, "abc")+end), "bad_option_length"},
		{"short name option", msg4(1, 1, 1, 0, opt(53, "\x01")+opt(81, "ab")+end), "bad_option_length"},
		{"no type", msg4(1, 1, 1, 0, end), "no_message_type"},
		{"padding without end", msg4(1, 1, 1, 0, opt(53, "\x01")+strings.Repeat("\x00", 2000)), "too_many_options"},
	} {
		w := newWorld(t, 10)
		w.send(0, ip(0), ip(255), c.in)
		if fmt.Sprint(w.weird) != "["+c.want+"]" {
			t.Errorf("%s: %v, want %s", c.name, w.weird, c.want)
		}
	}
}

func TestProbe(t *testing.T) {
	solicit := msg6(1, 5, o6(1, duid(1))+o6(6, "\x00\x17"))
	for _, c := range []struct {
		name string
		in   []byte
		want proto.Match
	}{
		{"discover", msg4(1, 1, 1, 0, end), proto.Yes},
		{"solicit", solicit, proto.Yes},
		{"relayed solicit", relay6(12, o6(9, string(solicit))), proto.Yes},
		{"cut solicit", solicit[:len(solicit)-1], proto.No},
		{"solicit without identifier", msg6(1, 5, o6(6, "\x00\x17")), proto.No},
		{"nothing", nil, proto.No},
		{"zeros", make([]byte, 300), proto.No},
		{"DNS", []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04host\x03lab\x00\x00\x01\x00\x01"), proto.No},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: pacs.lab\r\n\r\n"), proto.No},
		{"BOOTP without cookie", make([]byte, 300)[:300], proto.No},
	} {
		if got := probe(proto.Orig, c.in); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestHardware(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"\x00\x11\x22\x33\x44\x55", "00:11:22:33:44:55"},
		{"\x00\x11\x22\x33\x44", ""},
		{"\x00\x11\x22\x33\x44\x55\x66", ""},
		{"\x00\x11\x22\x33\x44\x55\x00\x00", "00:11:22:33:44:55"},
		{"\x00\x11\x22\x33\x44\x55\x66\x77", "00:11:22:33:44:55:66:77"},
	} {
		if got := hardware([]byte(c.in)); got != c.want {
			t.Errorf("%x: %q, want %q", c.in, got, c.want)
		}
	}
	if parseMAC("00:11:22:33:44:ff") != (netid.MAC{0, 0x11, 0x22, 0x33, 0x44, 0xff}) || parseMAC("00:11") != (netid.MAC{}) {
		t.Error("parseMAC does not invert MAC.String")
	}
}
