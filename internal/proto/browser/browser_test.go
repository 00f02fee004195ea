package browser

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
	"lazaret/internal/smb1"
)

// name encodes a NetBIOS name (RFC 1001 14.1).
func name(s string, typ byte) string {
	out := "\x20"
	for _, c := range []byte(fmt.Sprintf("%-15s", s) + string([]byte{typ})) {
		out += string([]byte{'A' + c>>4, 'A' + c&15})
	}
	return out + "\x00"
}

// datagram puts data into a mailslot and a NetBIOS datagram.
func datagram(from, to, slot, data string) string {
	words := make([]byte, 34)
	at := smb1.HeaderLen + 1 + 34 + 2 + len(slot) + 1
	binary.LittleEndian.PutUint16(words[22:], uint16(len(data)))
	binary.LittleEndian.PutUint16(words[24:], uint16(at))
	words[26], words[28] = 3, 1
	count := binary.LittleEndian.AppendUint16(nil, uint16(len(slot)+1+len(data)))
	smb := "\xffSMB\x25" + strings.Repeat("\x00", 27) + "\x11" + string(words) + string(count) + slot + "\x00" + data
	return "\x11\x0a\x12\x34\xc0\x00\x02\x01\x00\x8a\x00\x00\x00\x00" + from + to + smb
}

const browse = `\MAILSLOT\BROWSE`

// host is an announcement of the given kind.
func host(kind byte, who string, types uint32, comment string) string {
	b := string([]byte{kind, 0, 0, 0, 0, 0}) + who + strings.Repeat("\x00", 16-len(who)) + "\x06\x01"
	return string(binary.LittleEndian.AppendUint32([]byte(b), types)) + "\x0f\x01\x55\xaa" + comment + "\x00"
}

func feed(said ...string) *prototest.Flow {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	for _, m := range said {
		if err := a.Packet(proto.Orig, []byte(m)); err != nil {
			f.Weirds = append(f.Weirds, err.Error())
		}
	}
	a.Close()
	return f
}

func TestAnnouncements(t *testing.T) {
	us, group, all := name("CT3", 0x20), name("WARD", 0x1d), name("WARD", 0x1e)
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	for _, c := range []struct{ what, in, want string }{
		{"host", datagram(us, group, browse, host(1, "CT3", 0x9003, "scanner 3")),
			`"source_name":"CT3","source_type":32,"target_name":"WARD","target_type":29,"mailslot":"\\MAILSLOT\\BROWSE","kind":"host_announcement","name":"CT3",` +
				`"os_version":"6.1","server_types":["workstation","server","nt_workstation","nt_server"],"comment":"scanner 3","browser_version":"15.1"`},
		{"local master", datagram(us, all, browse, host(15, "CT3", 0x40800, "")), `"kind":"local_master_announcement","name":"CT3","os_version":"6.1","server_types":["xenix","master_browser"]`},
		{"domain", datagram(us, name("\x01\x02__MSBROWSE__\x02", 1), browse, host(12, "WARD", 1<<31, "CT3")),
			`"kind":"domain_announcement","name":"WARD","os_version":"6.1","server_types":["domain_enum"],"comment":"CT3"}`},
		{"election", datagram(us, all, browse, "\x08\x01\x0f\x02\x00\x10\xe8\x03\x00\x00\x00\x00\x00\x00CT3\x00"), `"kind":"election","name":"CT3","election_criteria":268435983,"uptime":1000`},
		{"request", datagram(us, group, browse, "\x02\x00CT3\x00"), `"kind":"announcement_request","name":"CT3"`},
		{"backup list", datagram(us, group, browse, "\x0a\x02\x00\x00\x00\x00CT3\x00MR1\x00"), `"kind":"backup_list_response","backups":["CT3","MR1"]`},
		{"become backup", datagram(us, all, browse, "\x0bCT3\x00"), `"kind":"become_backup","name":"CT3"`},
		{"unknown", datagram(us, all, browse, "\x63"), `"kind":"browser_99"`},
		{"primary query", datagram(us, name("WARD", 0x1b), `\MAILSLOT\NET\NETLOGON`, "\x07\x00CT3\x00\\MAILSLOT\\NET\\GETDC1\x00"), `"kind":"primary_query","name":"CT3"`},
		{"logon request", datagram(us, name("WARD", 0x1c), `\MAILSLOT\NET\NTLOGON`, "\x12\x00\x00\x00"+wide("CT3")+"\x00\x00"+wide("anna")+"\x00\x00"), `"kind":"sam_logon_request","name":"CT3"`},
		{"logon response", datagram(us, us, `\MAILSLOT\NET\GETDC1`, "\x13\x00"), ""},
		{"other logon", datagram(us, us, `\MAILSLOT\NET\NETLOGON`, "\x63\x00"), `"kind":"logon_99"`},
	} {
		f := feed(c.in)
		if got := f.JSON(); !strings.Contains(got, c.want) || (c.want == "") != (got == "") || len(f.Weirds) > 0 {
			t.Errorf("%s:\n got %s %v\nwant %s", c.what, got, f.Weirds, c.want)
		}
		if strings.Contains(f.JSON(), "anna") {
			t.Errorf("%s: a user left the parser", c.what)
		}
		if m := probe(proto.Orig, []byte(c.in)); m != proto.Yes {
			t.Errorf("%s is not recognised", c.what)
		}
	}
}

func TestMalformed(t *testing.T) {
	us := name("CT3", 0x20)
	good := datagram(us, us, browse, host(1, "CT3", 3, ""))
	change := func(at int, s string) string { return good[:at] + s + good[at+len(s):] }
	for _, c := range []struct{ what, in, want string }{
		{"short", good[:50], "short_datagram"},
		{"fragment", change(1, "\x0b"), "fragment"},
		{"a later fragment", change(1, "\x08"), "fragment"},
		{"a name that is none", change(20, "z"), "bad_name"},
		{"words that are not there", change(smbAt+smb1.HeaderLen, "\x10"), "bad_mailslot"},
		{"bytes that are not counted", change(smbAt+smb1.HeaderLen+1+34, "\x00\x00"), "bad_mailslot"},
		{"data past the end", change(smbAt+smb1.HeaderLen+1+24, "\xff\xff"), "bad_mailslot"},
		{"another operation", change(smbAt+smb1.HeaderLen+1+28, "\x02"), "bad_mailslot"},
		{"half an announcement", datagram(us, us, browse, "\x01\x00\x00"), "bad_announcement"},
		{"nothing", datagram(us, us, browse, ""), "bad_announcement"},
		{"an error", change(0, "\x13"), ""},
	} {
		f := feed(c.in)
		if got := strings.Join(f.Weirds, ","); got != c.want || len(f.Records) > 0 {
			t.Errorf("%s: %s, %d records, want %s", c.what, got, len(f.Records), c.want)
		}
	}
}

func TestProbe(t *testing.T) {
	us := name("CT3", 0x20)
	good := datagram(us, us, browse, host(1, "CT3", 3, ""))
	for what, in := range map[string]string{
		"short": good[:90], "a query": "\x14" + good[1:], "no SMB": strings.Replace(good, "SMB", "SMC", 1),
		"another command": strings.Replace(good, "SMB\x25", "SMB\x72", 1), "no name": good[:14] + "\x21" + good[15:],
		"no second name": good[:48] + "\x21" + good[49:], "zeros": strings.Repeat("\x00", 200),
	} {
		if m := probe(proto.Orig, []byte(in)); m != proto.No {
			t.Errorf("%s: %d", what, m)
		}
	}
}

func TestPackets(t *testing.T) {
	us := name("CT3", 0x20)
	prototest.Packets(t, &Spec, []prototest.Segment{
		{Data: []byte(datagram(us, name("WARD", 0x1d), browse, host(1, "CT3", 3, "x")))},
		{Data: []byte(datagram(us, name("WARD", 0x1e), browse, "\x08\x01\x0f\x02\x00\x10\xe8\x03\x00\x00\x00\x00\x00\x00CT3\x00"))},
	})
}

func FuzzDatagram(f *testing.F) {
	us := name("CT3", 0x20)
	for _, data := range []string{host(1, "CT3", 3, "x"), "\x0a\x02\x00\x00\x00\x00CT3\x00MR1\x00", "\x08\x01\x0f\x02\x00\x10\xe8\x03\x00\x00\x00\x00\x00\x00CT3\x00"} {
		f.Add([]byte(datagram(us, us, browse, data)))
	}
	f.Add([]byte(datagram(us, us, `\MAILSLOT\NET\NETLOGON`, "\x12\x00\x00\x00C\x00\x00\x00")))
	f.Fuzz(func(t *testing.T, b []byte) {
		probe(proto.Orig, b)
		fl := feed(string(b))
		for _, r := range fl.Records {
			d := r.Body.(*Record)
			if len(d.Name) > 4*maxText || len(d.Comment) > 4*maxText || len(d.Backups) > maxBackups || len(d.Types) > 32 {
				t.Fatalf("a record without bound: %+v", d)
			}
		}
		if fl.JSON() != feed(string(b)).JSON() {
			t.Fatal("two runs differ")
		}
	})
}
