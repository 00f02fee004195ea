package habits

import (
	"testing"

	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/http"
	"lazaret/internal/share"
)

// The cast: two scanners, an archive, a desk, a file server, a supplier's gateway.
const (
	ct1, ct2, pacs = "10.0.0.21", "10.0.0.22", "10.0.0.10"
	ris            = "10.0.0.13"
	desk, files    = "10.0.0.51", "10.0.0.80"
	gate, stranger = "10.0.0.90", "10.0.0.200"
)

var cast = map[string]roles.Role{ct1: roles.CT, ct2: roles.CT, pacs: roles.Archive, ris: roles.RIS, desk: roles.RegistrationDesk,
	files: roles.FileServer, gate: roles.VendorGateway}

// spoke is a conversation that was answered.
func spoke(s *ruletest.Scene, from, to, service string) {
	s.Talk(from+":40000", to)
	s.Say(&flow.Record{Proto: "tcp", Service: service, ConnState: "SF", RespPkts: 4, OrigBytes: event.N(100), RespBytes: event.N(100)})
	s.Wait(1)
}

// refused is one that was not.
func refused(s *ruletest.Scene, from, to string) {
	s.Talk(from+":40000", to)
	s.Say(&flow.Record{Proto: "tcp", ConnState: "REJ", RespPkts: 1})
	s.Wait(1)
}

// day is an ordinary day.
func day(s *ruletest.Scene) {
	for range 3 {
		spoke(s, ct1, pacs+":104", "dicom")
		spoke(s, ct2, pacs+":104", "dicom")
		spoke(s, ct1, ris+":2575", "dicom")
		spoke(s, desk, ris+":6661", "hl7")
		spoke(s, desk, files+":445", "smb,gssapi,ntlm")
		spoke(s, gate, ct1+":22", "ssh")
		refused(s, desk, ct1+":445")
	}
}

func TestFirstContact(t *testing.T) {
	say := func(from, to, service string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) { spoke(s, from, to, service) }
	}
	ruletest.Run(t, c1,
		ruletest.Case{Name: "what others of the role do", Learn: day, Roles: cast, Play: say(ct2, ris+":2575", "dicom"), Want: []string{"info 10.0.0.22>10.0.0.13 dicom"}},
		ruletest.Case{Name: "a service that carries nothing", Learn: day, Roles: cast, Play: say(ct1, files+":80", "http"), Want: []string{"low 10.0.0.21>10.0.0.80 http"}},
		ruletest.Case{Name: "a scanner opens a share", Learn: day, Roles: cast, Play: say(ct1, desk+":445", "smb,gssapi"), Want: []string{"high 10.0.0.21>10.0.0.51 smb"}},
		ruletest.Case{Name: "a desk opens a scanner's share, which was refused before", Learn: day, Roles: cast, Play: say(desk, ct1+":445", "smb"), Want: []string{"high 10.0.0.51>10.0.0.21 smb"}},
		ruletest.Case{Name: "nothing was said on the port of shares", Learn: day, Roles: cast, Play: say(ct1, desk+":445", ""), Want: []string{"high 10.0.0.21>10.0.0.51 smb"}},
		ruletest.Case{Name: "a desk opens a desktop on a file server", Learn: day, Roles: cast, Play: say(desk, files+":3389", "rdp,ssl"), Want: []string{"medium 10.0.0.51>10.0.0.80 rdp"}},
		ruletest.Case{Name: "remote service of another scanner", Learn: day, Roles: cast, Play: say(gate, ct2+":3389", "rdp"), Want: []string{"low 10.0.0.90>10.0.0.22 rdp"}},
		ruletest.Case{Name: "who says little", Learn: day, Roles: map[string]roles.Role{}, Play: say(desk, gate+":445", "smb"), Want: []string{"low 10.0.0.51>10.0.0.90 smb"}},
		ruletest.Case{Name: "what half of the desks do", Learn: func(s *ruletest.Scene) {
			day(s)
			spoke(s, "10.0.0.52", files+":445", "smb")
			spoke(s, "10.0.0.53", files+":80", "http")
		}, Roles: map[string]roles.Role{desk: roles.ConsentDesk, "10.0.0.52": roles.ConsentDesk, "10.0.0.53": roles.ConsentDesk, files: roles.FileServer},
			Play: say("10.0.0.53", files+":445", "smb")},
		ruletest.Case{Name: "as every day, and more words in the conversation", Learn: day, Roles: cast, Play: say(desk, files+":445", "smb,gssapi,krb")},
		ruletest.Case{Name: "a known share without a word", Learn: day, Roles: cast, Play: say(desk, files+":445", "")},
		ruletest.Case{Name: "refused", Learn: day, Roles: cast, Play: func(s *ruletest.Scene) { refused(s, ct1, desk+":445") }},
		ruletest.Case{Name: "a new machine is another rule's", Learn: day, Roles: cast, Play: say(stranger, pacs+":104", "dicom")},
		ruletest.Case{Name: "the begin was not seen", Learn: day, Roles: cast, Play: func(s *ruletest.Scene) {
			s.Talk(ct1+":40000", desk+":445")
			s.Say(&flow.Record{Proto: "tcp", Service: "smb", ConnState: "OTH", RespPkts: 4, RespBytes: event.N(10)})
		}},
		ruletest.Case{Name: "no baseline", Roles: cast, Play: say(ct1, desk+":445", "smb")},
	)
}

func TestOutside(t *testing.T) {
	calls := func(host string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			day(s)
			s.Talk(ct1+":40001", "203.0.113.5:80")
			s.Say(&http.Exchange{Host: host})
			s.Say(&flow.Record{Proto: "tcp", Service: "http", ConnState: "SF", RespPkts: 4})
		}
	}
	to := func(from, server, host, service string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk(from+":40001", server)
			if host != "" {
				s.Say(&http.Exchange{Host: host})
			}
			s.Say(&flow.Record{Proto: "tcp", Service: service, ConnState: "SF", RespPkts: 4})
		}
	}
	ruletest.Run(t, c2,
		ruletest.Case{Name: "a scanner that never called outside", Learn: day, Roles: cast, Play: to(ct1, "203.0.113.5:80", "", "http"), Want: []string{"high 10.0.0.21>203.0.113.5 http to 203.0.113.0/24"}},
		ruletest.Case{Name: "a clock outside", Learn: day, Roles: cast, Play: to(ct1, "203.0.113.5:123", "", "ntp"), Want: []string{"medium 10.0.0.21>203.0.113.5 ntp to 203.0.113.0/24"}},
		ruletest.Case{Name: "another server than that of updates", Learn: calls("updates.example"), Roles: cast, Play: to(ct1, "198.51.100.7:80", "evil.example", "http"), Want: []string{"low 10.0.0.21>198.51.100.7 http to evil.example"}},
		ruletest.Case{Name: "half of its like do", Learn: calls(""), Roles: cast, Play: to(ct2, "198.51.100.7:80", "", "http"), Want: []string{"low 10.0.0.22>198.51.100.7 *"}},
		ruletest.Case{Name: "a scanner is entered from outside", Learn: day, Roles: cast, Play: to("203.0.113.5", ct1+":22", "", "ssh"), Want: []string{"high 203.0.113.5>10.0.0.21 ssh from 203.0.113.0/24"}},
		ruletest.Case{Name: "the gateway is", Learn: day, Roles: cast, Play: to("203.0.113.5", gate+":22", "", "ssh"), Want: []string{"low 203.0.113.5>10.0.0.90 *"}},
		ruletest.Case{Name: "a desk is", Learn: day, Roles: cast, Play: to("203.0.113.5", desk+":3389", "", "rdp"), Want: []string{"medium 203.0.113.5>10.0.0.51 *"}},
		ruletest.Case{Name: "the same name at another address", Learn: calls("updates.example"), Roles: cast, Play: to(ct1, "198.51.100.7:80", "Updates.example:80", "http")},
		ruletest.Case{Name: "the same network without a name", Learn: calls(""), Roles: cast, Play: to(ct1, "203.0.113.99:80", "", "http")},
		ruletest.Case{Name: "a name in a known network", Learn: calls(""), Roles: cast, Play: to(ct1, "203.0.113.99:80", "updates.example", "http")},
		ruletest.Case{Name: "a desk surfs", Learn: day, Roles: cast, Play: to(desk, "198.51.100.7:80", "news.example", "http")},
	)
}

func TestNewMachine(t *testing.T) {
	from := func(role roles.Role, to, service string) (func(*ruletest.Scene), map[string]roles.Role) {
		all := map[string]roles.Role{stranger: role}
		for k, v := range cast {
			all[k] = v
		}
		return func(s *ruletest.Scene) { spoke(s, stranger, to, service) }, all
	}
	var cases []ruletest.Case
	for _, c := range []struct {
		name        string
		role        roles.Role
		to, service string
		want        string
	}{
		{"asks the archive", roles.Workstation, pacs + ":104", "dicom", "medium 10.0.0.200>10.0.0.10 dicom"},
		{"sends messages", roles.Unknown, ris + ":6661", "hl7", "medium 10.0.0.200>10.0.0.13 hl7"},
		{"opens a share of a scanner", roles.PC, ct1 + ":445", "smb", "high 10.0.0.200>10.0.0.21 smb"},
		{"a new scanner stores", roles.CT, pacs + ":104", "dicom", "low 10.0.0.200>10.0.0.10 dicom"},
		{"reads a page of the RIS", roles.PC, ris + ":80", "http", "low 10.0.0.200>10.0.0.13 http"},
		{"goes to a file server", roles.PC, files + ":445", "smb", ""},
	} {
		play, all := from(c.role, c.to, c.service)
		want := []string{"info 10.0.0.200>-"}
		if c.want != "" {
			want = append(want, c.want)
		}
		cases = append(cases, ruletest.Case{Name: c.name, Learn: day, Roles: all, Play: play, Want: want})
	}
	cases = append(cases,
		ruletest.Case{Name: "a known one", Learn: day, Roles: cast, Play: func(s *ruletest.Scene) { spoke(s, files, ct1+":445", "smb") }},
		ruletest.Case{Name: "nobody answered the new one", Learn: day, Roles: cast, Play: func(s *ruletest.Scene) { refused(s, stranger, pacs+":104") }})
	ruletest.Run(t, c3, cases...)
}

func TestFirstAct(t *testing.T) {
	start := func(from, to, outcome string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk(from+":40000", to+":445")
			s.Say(&dcerpc.Record{Endpoint: "svcctl", Operation: "StartServiceW", Outcome: outcome})
		}
	}
	mapped := func(from, to, path string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk(from+":40000", to+":445")
			s.Say(&share.MappingRecord{Path: path})
		}
	}
	learn := func(s *ruletest.Scene) { day(s); start(files, desk, "accepted")(s) }
	ruletest.Run(t, c4,
		ruletest.Case{Name: "a scanner starts a service", Learn: learn, Roles: cast, Play: start(ct1, desk, "accepted"), Want: []string{"high 10.0.0.21>10.0.0.51 service"}},
		ruletest.Case{Name: "the drive of an archive", Learn: learn, Roles: cast, Play: mapped(desk, pacs, `\\pacs\C$`), Want: []string{"high 10.0.0.51>10.0.0.10 share"}},
		ruletest.Case{Name: "who never did, on a server", Learn: learn, Roles: cast, Play: mapped(desk, files, `\\f\ADMIN$`), Want: []string{"medium 10.0.0.51>10.0.0.80 share"}},
		ruletest.Case{Name: "who does", Learn: learn, Roles: cast, Play: start(files, desk, "answered")},
		ruletest.Case{Name: "refused", Learn: learn, Roles: cast, Play: start(ct1, desk, "refused")},
		ruletest.Case{Name: "a share of everybody", Learn: learn, Roles: cast, Play: mapped(desk, files, `\\f\images`)},
	)
}

func TestOtherCard(t *testing.T) {
	claim := func(ip string, last byte) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Say(&arp.Record{State: "new", Operation: "reply", SenderIP: ruletest.IP(ip), SenderMAC: netid.MAC{2, 0, 0, 0, 0, last}})
		}
	}
	learn := func(s *ruletest.Scene) { day(s); claim(pacs, 1)(s); claim(desk, 2)(s) }
	ruletest.Run(t, c5,
		ruletest.Case{Name: "an unknown card for an archive", Learn: learn, Roles: cast, Play: claim(pacs, 9), Want: []string{"medium ::>10.0.0.10 *"}},
		ruletest.Case{Name: "that of a desk", Learn: learn, Roles: cast, Play: claim(pacs, 2), Want: []string{"high 10.0.0.51>10.0.0.10 *"}},
		ruletest.Case{Name: "a desk has another card", Learn: learn, Roles: cast, Play: claim(desk, 9), Want: []string{"info ::>10.0.0.51 *"}},
		ruletest.Case{Name: "the same card", Learn: learn, Roles: cast, Play: claim(pacs, 1)},
		ruletest.Case{Name: "a new address", Learn: learn, Roles: cast, Play: claim(stranger, 9)},
		ruletest.Case{Name: "a card that routers share", Learn: learn, Roles: cast, Play: func(s *ruletest.Scene) {
			s.Say(&arp.Record{Operation: "reply", SenderIP: ruletest.IP(pacs), SenderMAC: netid.MAC{0, 0, 0x5e, 0, 1, 7}})
		}},
	)
}

// A conversation that began in the window and ended after another one like it shows that
// both were normal: what was reported before is withdrawn.
func TestLateConversation(t *testing.T) {
	base := baseline.New(baseline.DefaultConfig(), []baseline.Ask{{For: 100e9}})
	book := detect.NewBook(detect.DefaultConfig(), nil)
	watch := detect.NewWatchAgainst(detect.DefaultConfig(), book, All(), base)
	long := &event.Conn{UID: "C1", Proto: 6, Orig: netid.Endpoint{IP: ruletest.IP(ct1), Port: 1}, Resp: netid.Endpoint{IP: ruletest.IP(desk), Port: 445}}
	other := *long
	other.Resp.IP = ruletest.IP(pacs)
	add := func(at event.Time, c *event.Conn) {
		r := event.Record{TS: at, Conn: c, Body: &flow.Record{Proto: "tcp", Service: "smb", ConnState: "SF", RespPkts: 1}}
		base.Add(&r)
		watch.Add(&r)
	}
	found := func() int {
		base.Freeze(func(ip netid.IP) roles.Role { return cast[ip.String()] })
		return len(book.Snapshot(func(ip netid.IP) roles.Role { return cast[ip.String()] }).Findings)
	}
	add(10e9, &other)
	add(150e9, long)
	if n := found(); n != 1 {
		t.Errorf("%d findings before the long one ended", n)
	}
	add(90e9, long)
	if n := found(); n != 0 {
		t.Errorf("%d findings after it ended", n)
	}
}

func TestAllNeedABaseline(t *testing.T) {
	for _, b := range All() {
		if b.Against() != "needed" {
			t.Errorf("%s works without a baseline", b.ID)
		}
	}
}
