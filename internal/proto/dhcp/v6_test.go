package dhcp

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/netid"
)

// msg6 builds a DHCPv6 message, o6 an option, duid an identifier made of the
// hardware address 00:11:22:33:44:hw, relay6 a relay message.
func msg6(typ, xid byte, options string) []byte {
	return append([]byte{typ, 0, 0, xid}, options...)
}

func o6(code uint16, v string) string {
	b := binary.BigEndian.AppendUint16(nil, code)
	return string(binary.BigEndian.AppendUint16(b, uint16(len(v)))) + v
}

func duid(hw byte) string { return "\x00\x03\x00\x01\x00\x11\x22\x33\x44" + string([]byte{hw}) }

func addr6(last byte) string {
	return "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + string([]byte{last})
}

func relay6(typ byte, options string) []byte {
	return []byte(string([]byte{typ, 0}) + addr6(0xfe) + addr6(0x77) + options)
}

func ip6(last byte) netid.IP { return netid.IPFrom16([]byte(addr6(last))) }

func iana(addr byte) string {
	return o6(3, strings.Repeat("\x00", 12)+o6(5, addr6(addr)+"\x00\x00\x0e\x10\x00\x00\x1c\x20"))
}

func TestExchange6(t *testing.T) {
	client := o6(1, duid(9)) + o6(6, "\x00\x17\x00\x18") + o6(16, "\x00\x00\x01\x37\x00\x08MSFT 5.0") +
		o6(39, "\x01"+"\x04ct-1\x03lab\x00")
	server := o6(1, duid(9)) + o6(2, duid(1))
	prefix := o6(25, strings.Repeat("\x00", 12)+o6(26, "\x00\x00\x0e\x10\x00\x00\x1c\x21\x38"+addr6(0)))
	w := newWorld(t, 10)
	w.send(0, ip6(9), ip6(1), msg6(1, 5, client+iana(0x42)))
	w.send(1e6, ip6(1), ip6(9), msg6(2, 5, server+iana(0x43)+o6(23, addr6(0x53))+o6(24, "\x03lab\x00")))
	w.send(1e6, ip6(9), ip6(1), msg6(3, 6, client+o6(2, duid(1))+iana(0x43)))
	w.send(1e6, ip6(1), ip6(9), msg6(7, 6, server+iana(0x43)+prefix+o6(13, "\x00\x00ok")))
	const who = `"client_duid":"00030001001122334409","client_mac":"00:11:22:33:44:09","server_duid":"00030001001122334401",` +
		`"client_fqdn":"ct-1.lab","fqdn_flags":"S","vendor_class":["MSFT 5.0"],"vendor_enterprise":311,"option_list":"23,24",`
	want := []string{
		`"uids":["C0","C1"],"client_addr":"2001:db8::9","server_addr":"2001:db8::1","trans_id":5,` + who +
			`"requested_addrs":["2001:db8::42"],"assigned_addrs":["2001:db8::43"],"lease_time":7200.0,"name_servers":["2001:db8::53"],` +
			`"domain_search":["lab"],"msg_types":["SOLICIT","ADVERTISE"],"duration":0.001`,
		`"uids":["C0","C1"],"client_addr":"2001:db8::9","server_addr":"2001:db8::1","trans_id":6,` + who +
			`"requested_addrs":["2001:db8::43"],"assigned_addrs":["2001:db8::43"],"assigned_prefixes":["2001:db8::/56"],"lease_time":7201.0,` +
			`"status":0,"status_message":"ok","msg_types":["REQUEST","REPLY"],"duration":0.001`,
	}
	if got := w.lines(); strings.Join(got, "\n") != strings.Join(want, "\n") || len(w.weird) > 0 {
		t.Errorf("%v\n got %s\nwant %s", w.weird, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestRelay6(t *testing.T) {
	inner := string(msg6(1, 5, o6(1, duid(9))))
	w := newWorld(t, 10)
	w.send(0, ip6(2), ip6(1), relay6(12, o6(18, "ge-1")+o6(37, "\x00\x00\x00\x09\xaa")+o6(9, string(relay6(12, o6(9, inner))))))
	want := `"uids":["C0"],"client_addr":"2001:db8::77","trans_id":5,"client_duid":"00030001001122334409","client_mac":"00:11:22:33:44:09",` +
		`"relay_link_addr":"2001:db8::fe","interface_id":"ge-1","remote_id":"9-aa","msg_types":["SOLICIT"],"duration":0.0`
	if got := w.lines(); len(got) != 1 || got[0] != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

func TestMalformed6(t *testing.T) {
	deep := msg6(1, 5, o6(1, duid(9)))
	for range maxRelays + 1 {
		deep = relay6(12, o6(9, string(deep)))
	}
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"short", []byte{1, 0}, "error:truncated"},
		{"nested too deep", deep, "error:bad_relay_message"},
		{"relay of nothing", relay6(12, o6(18, "x")), "error:bad_relay_message"},
		{"relay cut", relay6(12, "")[:20], "error:bad_relay_message"},
		{"option past the end", msg6(1, 5, "\x00\x01\x00\x09abc"), "option_past_end"},
		{"half an option", msg6(1, 5, o6(1, duid(9))+"\x00\x01"), "option_past_end"},
		{"short association", msg6(1, 5, o6(3, "abc")), "bad_option_length"},
		{"short address", msg6(1, 5, o6(3, strings.Repeat("\x00", 12)+o6(5, "abc"))), "bad_option_length"},
		{"prefix of 200 bits", msg6(7, 5, o6(25, strings.Repeat("\x00", 12)+o6(26, strings.Repeat("\x00", 8)+"\xc8"+addr6(1)))), "bad_option_length"},
		{"too many options", msg6(1, 5, strings.Repeat(o6(99, ""), maxOptions+1)), "too_many_options"},
	} {
		w := newWorld(t, 10)
		w.send(0, ip6(9), ip6(1), c.in)
		if fmt.Sprint(w.weird) != "["+c.want+"]" {
			t.Errorf("%s: %v, want %s", c.name, w.weird, c.want)
		}
	}
}
