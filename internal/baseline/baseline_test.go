package baseline

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/hl7"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/tls"
	"lazaret/internal/share"
)

func ip(s string) netid.IP { return netid.FromAddr(netip.MustParseAddr(s)) }

const noon event.Time = 1_793_620_800_000_000_000 // 2026-11-02T12:00:00Z

// scene learns what is said between two machines.
type scene struct {
	p    *Profile
	conn *event.Conn
	at   event.Time
}

func newScene() *scene {
	return &scene{p: New(DefaultConfig(), []Ask{{Text: "7d", For: 7 * dayLong}}), at: noon}
}

func (s *scene) talk(from, to string) *scene {
	a, b := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	s.conn = &event.Conn{UID: fmt.Sprint(from, to), Proto: tcp, Orig: netid.Endpoint{IP: netid.FromAddr(a.Addr()), Port: a.Port()},
		Resp: netid.Endpoint{IP: netid.FromAddr(b.Addr()), Port: b.Port()}}
	return s
}

func (s *scene) say(bodies ...event.Payload) *scene {
	for _, b := range bodies {
		s.p.Add(&event.Record{TS: s.at, Conn: s.conn, Body: b})
	}
	return s
}

func (s *scene) rows(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.p.Write(&b, "test"); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, line := range strings.Split(b.String(), "\n") {
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "format ") || strings.HasPrefix(line, "tool ") || strings.HasPrefix(line, "learned ") || strings.HasPrefix(line, "host ") {
			continue
		}
		line, _, _ = strings.Cut(line, " first=")
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func conn(service, state string) *flow.Record {
	return &flow.Record{Proto: "tcp", Service: service, ConnState: state, RespPkts: 3, RespBytes: event.N(10)}
}

// Each kind of row is learned from its record, and not from one that shows no success.
func TestKinds(t *testing.T) {
	const ct, pacs, out = "10.0.0.21:4000", "10.0.0.10:104", "203.0.113.9:443"
	for name, c := range map[string]struct {
		play func(s *scene)
		want string
	}{
		"contact":              {func(s *scene) { s.talk(ct, pacs).say(conn("dicom", "SF")) }, "contact 10.0.0.21 10.0.0.10 dicom times=1 days=1"},
		"the outermost word":   {func(s *scene) { s.talk(ct, "10.0.0.9:445").say(conn("smb,gssapi,ntlm", "S1")) }, "contact 10.0.0.21 10.0.0.9 smb times=1 days=1"},
		"a known port":         {func(s *scene) { s.talk(ct, "10.0.0.9:445").say(conn("", "SF")) }, "contact 10.0.0.21 10.0.0.9 smb times=1 days=1"},
		"WinRM is not the web": {func(s *scene) { s.talk(ct, "10.0.0.9:5985").say(conn("http", "SF")) }, "contact 10.0.0.21 10.0.0.9 winrm times=1 days=1"},
		"an unknown port":      {func(s *scene) { s.talk(ct, "10.0.0.9:9100").say(conn("", "SF")) }, "contact 10.0.0.21 10.0.0.9 9100/tcp times=1 days=1"},
		"ports given out": {func(s *scene) {
			s.talk(ct, "10.0.0.9:49999").say(conn("", "SF")).talk(ct, "10.0.0.9:50001").say(conn("", "SF"))
		}, "contact 10.0.0.21 10.0.0.9 high/tcp times=2 days=1"},
		"refused": {func(s *scene) {
			s.talk(ct, pacs).say(&flow.Record{ConnState: "REJ", RespPkts: 1}, &flow.Record{ConnState: "S0"})
		}, ""},
		"to everybody": {func(s *scene) {
			s.talk(ct, "10.0.0.255:138").say(conn("", "SF")).talk(ct, "224.0.0.1:1").say(conn("", "SF"))
		}, ""},
		"outside by network": {func(s *scene) { s.talk(ct, out).say(conn("ssl", "SF")) }, "outside 10.0.0.21 203.0.113.0/24 ssl times=1 days=1"},
		"outside by name": {func(s *scene) {
			s.talk(ct, out).say(&tls.Record{ServerName: "Updates.Example"}, conn("ssl", "SF"))
		}, "outside 10.0.0.21 updates.example ssl times=1 days=1"},
		"an address is no name": {func(s *scene) { s.talk(ct, out).say(&http.Exchange{Host: "203.0.113.9:443"}, conn("http", "SF")) }, "outside 10.0.0.21 203.0.113.0/24 http times=1 days=1"},
		"from outside":          {func(s *scene) { s.talk(out, ct).say(conn("ssh", "SF")) }, "inbound 10.0.0.21 203.0.113.0/24 ssh times=1 days=1"},
		"outside of version 6":  {func(s *scene) { s.talk("[fd00::1]:9", "[2001:db8:1:2::3]:443").say(conn("ssl", "SF")) }, "outside fd00::1 2001:db8:1::/48 ssl times=1 days=1"},
		"a card": {func(s *scene) {
			s.say(&arp.Record{SenderIP: ip("10.0.0.1"), SenderMAC: netid.MAC{2, 0, 0, 0, 0, 1}}, &arp.Record{SenderMAC: netid.MAC{2}})
		}, "card 10.0.0.1 02:00:00:00:00:01 times=1 days=1"},
		"acts": {func(s *scene) {
			s.talk(ct, pacs).say(&share.MappingRecord{Path: `\\p\ADMIN$`}, &share.MappingRecord{Path: `\\p\images`},
				&dcerpc.Record{Operation: "CreateServiceW", Outcome: "accepted"}, &dcerpc.Record{Operation: "NetrJobAdd", Outcome: "refused"},
				&dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Outcome: "answered", Backward: true})
		}, "act 10.0.0.10 10.0.0.21 wmi times=1 days=1\nact 10.0.0.21 10.0.0.10 service times=1 days=1\nact 10.0.0.21 10.0.0.10 share times=1 days=1"},
		"titles": {func(s *scene) {
			s.talk(ct, pacs).say(&dicom.Association{IsOrig: true, Calling: "CT 1", Called: "PACS", Result: "accepted", RqImplUID: "1.2", RqImplName: "V"},
				&dicom.Association{IsOrig: true, Calling: "X", Called: "PACS", Result: "rejected"})
		}, "title \"CT 1\" 10.0.0.21 1.2 V times=1 days=1\ncalled PACS 10.0.0.10 times=1 days=1"},
		"a storer": {func(s *scene) {
			s.talk(ct, pacs).say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "CT", Command: "C-STORE", StatusName: "success"},
				&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "CT", Command: "C-STORE", StatusName: "failure"})
		}, "storer CT 10.0.0.21 10.0.0.10 times=1 days=1"},
		"a question for everything": {func(s *scene) {
			s.talk(ct, pacs).say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "WS", Command: "C-FIND", Service: "query", Matches: 7},
				&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "WS", Command: "C-FIND", Service: "query", Matches: 9, QueryKeys: []string{"PatientID"}})
		}, "query WS 10.0.0.21 10.0.0.10 most=7 times=1 days=1"},
		"messages": {func(s *scene) {
			s.talk(ct, pacs).say(&hl7.Message{IsOrig: true, SendingApp: "RIS", SendingFac: "H", Type: "ADT", Event: "A01", AckCode: "AA"},
				&hl7.Message{IsOrig: true, SendingApp: "EVIL", Type: "ADT", Event: "A40", AckCode: "AR"}, &hl7.Message{IsOrig: true, Type: "ADT", Partial: true})
		}, "sender 10.0.0.21 10.0.0.10 RIS H ADT^A01 times=1 days=1"},
	} {
		s := newScene()
		c.play(s)
		if got := s.rows(t); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// Volumes are the most of one hour and of one day, whoever sends the images.
func TestRetrieval(t *testing.T) {
	s := newScene()
	move := func(study string, objects uint64) {
		s.talk("10.0.0.41:4000", "10.0.0.10:104").say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "WS", MoveDest: "WS", Command: "C-MOVE",
			Study: study, StatusName: "success", Completed: event.N(objects)})
		s.talk("10.0.0.10:4000", "10.0.0.41:104").say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "PACS", MoveOrig: "WS", Command: "C-STORE", StatusName: "success", Bytes: 100 * objects})
	}
	move("a", 2)
	move("b", 3)
	move("b", 3)
	s.at += event.Time(hourLong)
	move("c", 1)
	s.at += event.Time(dayLong)
	move("a", 4)
	want := "destination 10.0.0.10 WS times=5 days=2\nretrieval WS 10.0.0.41 hour=2/8/800 day=3/9/900 hours=12,13 times=10 days=2"
	if got := s.rows(t); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Only records of a window are learned, and a window without any is told.
func TestWindows(t *testing.T) {
	p := New(DefaultConfig(), []Ask{{Text: "1h", For: hourLong}, {Text: "later", From: noon + 10*event.Time(hourLong), To: noon + 11*event.Time(hourLong)}, {Text: "never", From: 1, To: 2}})
	add := func(after event.Interval, last byte) {
		p.Add(&event.Record{TS: noon + event.Time(after), Conn: &event.Conn{Proto: tcp, Orig: netid.Endpoint{IP: ip("10.0.0.1")}, Resp: netid.Endpoint{IP: netid.IPv4(10, 0, 1, last)}}, Body: conn("dicom", "SF")})
	}
	add(0, 1)
	add(hourLong, 2) // after the first
	add(10*hourLong, 3)
	add(11*hourLong, 4) // after the second
	for last, want := range map[byte]bool{1: true, 2: false, 3: true, 4: false} {
		if p.Knows(netid.IPv4(10, 0, 1, last)) != want {
			t.Errorf("machine %d: known %v", last, !want)
		}
	}
	if e := p.Empty(); len(e) != 1 || e[0].Text != "never" {
		t.Errorf("empty windows: %v", e)
	}
	if !p.Learning(noon) || p.Learning(noon+event.Time(2*hourLong)) {
		t.Error("what is in a window is not known")
	}
}

// What finds no room is counted, and said in the file.
func TestBounds(t *testing.T) {
	cfg := Config{Hosts: 2, Contacts: 1, Outside: 1, Names: 1, Studies: 1}
	p := New(cfg, []Ask{{For: dayLong}})
	for i := range 10 {
		p.Add(&event.Record{TS: noon, Conn: &event.Conn{Proto: tcp, Orig: netid.Endpoint{IP: ip("10.0.0.1")}, Resp: netid.Endpoint{IP: netid.IPv4(10, 0, 1, byte(i))}}, Body: conn("dicom", "SF")})
	}
	if rows, shed := p.Len(Contact); rows != 1 || shed != 9 {
		t.Errorf("%d contacts, %d shed", rows, shed)
	}
	var b bytes.Buffer
	if err := p.Write(&b, "x"); err != nil || !strings.Contains(b.String(), "\nshed host 9\nshed contact 9\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
	if err := (Config{}).Validate(); err == nil || DefaultConfig().Validate() != nil {
		t.Errorf("bounds of nothing: %v", err)
	}
}

// Learning costs nothing for what is known.
func TestAllocs(t *testing.T) {
	s := newScene().talk("10.0.0.1:1", "10.0.0.2:104").say(conn("dicom", "SF"))
	r := &event.Record{TS: noon, Conn: s.conn, Body: conn("dicom", "SF")}
	if n := testing.AllocsPerRun(100, func() { s.p.Add(r) }); n != 0 {
		t.Errorf("%v allocations for a contact that is known", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	s := newScene().talk("10.0.0.1:1", "10.0.0.2:104").say(conn("dicom", "SF"))
	r := &event.Record{TS: noon, Conn: s.conn, Body: conn("dicom", "SF")}
	b.ReportAllocs()
	for b.Loop() {
		s.p.Add(r)
	}
}

// radiology is a profile with roles: three scanners, of which two do the same.
func radiology() *Profile {
	s := newScene()
	s.talk("10.0.0.21:1", "10.0.0.10:104").say(conn("dicom", "SF"))
	s.talk("10.0.0.22:1", "10.0.0.10:104").say(conn("dicom", "SF"))
	s.at += event.Time(3 * dayLong)
	s.talk("10.0.0.23:1", "203.0.113.1:443").say(conn("ssl", "SF"))
	s.p.Freeze(func(a netid.IP) roles.Role {
		if a == ip("10.0.0.10") {
			return roles.Archive
		}
		return roles.CT
	})
	return s.p
}

func TestUsual(t *testing.T) {
	p := radiology()
	for _, c := range []struct {
		kind    Kind
		service string
		to      roles.Role
		says    string
	}{
		{Contact, "dicom", roles.Archive, "2 of 3 ct spoke dicom to any archive in 3 days"},
		{Contact, "smb", roles.FileServer, "none of 3 ct spoke smb to any file-server in 3 days"},
		{Outside, "ssl", "", "1 of 3 ct called the outside by ssl in 3 days"},
	} {
		if got := p.Says(c.kind, roles.CT, c.service, c.to); got != c.says {
			t.Errorf("%q, want %q", got, c.says)
		}
	}
	if got := p.Says(Contact, roles.MR, "dicom", roles.Archive); got != "no mr is in the baseline" {
		t.Errorf("of a role that is not there: %q", got)
	}
	if u := p.Usages(); len(u) != 2 || u[0].Service != "dicom" || u[0].Devices != 2 || u[0].Of != 3 || u[1].Kind != Outside {
		t.Errorf("usages %+v", u)
	}
	p.Freeze(func(netid.IP) roles.Role { return roles.Unknown })
	if p.Role(ip("10.0.0.10")) != roles.Archive {
		t.Error("a role was lost because it is not known any more")
	}
}

func TestLong(t *testing.T) {
	for i, want := range map[event.Interval]string{17e9: "17s", 60e9: "1m", 90e9: "1m30s", hourLong: "1h", hourLong + 61e9: "1h1m", 30 * hourLong: "30h", 50 * hourLong: "2 days", 7 * dayLong: "7 days"} {
		if got := Long(i); got != want {
			t.Errorf("%d s are %q, want %q", i/1e9, got, want)
		}
	}
}

func TestDiff(t *testing.T) {
	before, s := radiology(), newScene()
	s.talk("10.0.0.21:1", "10.0.0.10:104").say(conn("dicom", "SF"), conn("dicom", "SF"))
	s.talk("10.0.0.21:1", "10.0.0.10:445").say(conn("smb", "SF"))
	s.p.Freeze(func(a netid.IP) roles.Role {
		if a == ip("10.0.0.10") {
			return roles.FileServer
		}
		return roles.CT
	})
	var got []string
	for _, c := range Diff(before, s.p) {
		got = append(got, c.What+" "+c.Key.String()+": "+c.Says)
	}
	want := []string{
		"changed host 10.0.0.10: role file-server, before archive",
		"gone host 10.0.0.22: it is a machine of the role ct",
		"gone host 10.0.0.23: it is a machine of the role ct",
		"added contact 10.0.0.21 10.0.0.10 smb: ct > file-server; before: none of 3 ct spoke smb to any file-server in 3 days",
		"gone contact 10.0.0.22 10.0.0.10 dicom: ct > archive; now: none of 1 ct spoke dicom to any archive in 0s",
		"gone outside 10.0.0.23 203.0.113.0/24 ssl: ct; now: none of 1 ct called the outside by ssl in 0s",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d := Diff(before, before); len(d) != 0 {
		t.Errorf("a profile differs from itself: %v", d)
	}
}
