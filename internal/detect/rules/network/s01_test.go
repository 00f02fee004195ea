package network

import (
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/rdp"
	"lazaret/internal/proto/rfb"
	"lazaret/internal/proto/ssh"
	"lazaret/internal/proto/telnet"
	"lazaret/internal/proto/wsman"
)

// opened plays a conversation about which records say something, and its end.
func opened(from, to string, bodies ...event.Payload) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		s.Talk(from+":50000", to)
		s.Say(bodies...)
		s.Say(&flow.Record{ConnState: "SF", Duration: 60e9, OrigBytes: event.N(9000), RespBytes: event.N(40000)})
		s.Wait(600)
	}
}

// days plays all of some scenes, one after the other.
func days(plays ...func(*ruletest.Scene)) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		for _, p := range plays {
			p(s)
		}
	}
}

func TestS1(t *testing.T) {
	const pc, ct, other = "10.0.0.5", "10.0.0.9", "10.0.0.77"
	shell := func(ok bool) *ssh.Record { return &ssh.Record{Cipher: "aes", AuthSuccess: event.B(ok)} }
	screen := func(ok bool) *rfb.Record { return &rfb.Record{Method: "VNC", Auth: event.B(ok)} }
	desktop := &rdp.Record{Security: "HYBRID", Result: "encrypted"}
	who := func(from, to roles.Role) map[string]roles.Role { return map[string]roles.Role{pc: from, ct: to} }
	ruletest.Run(t, s1,
		ruletest.Case{Name: "shell, PC to CT", Play: opened(pc, ct+":22", shell(true)), Roles: who(roles.PC, roles.CT), Want: []string{"high 10.0.0.5>10.0.0.9 ssh granted"}},
		ruletest.Case{Name: "screen, unknown to MR", Play: opened(pc, ct+":5900", screen(true)), Roles: who(roles.Unknown, roles.MR), Want: []string{"high 10.0.0.5>10.0.0.9 vnc granted"}},
		ruletest.Case{Name: "refused", Play: opened(pc, ct+":5900", screen(false)), Roles: who(roles.RegistrationDesk, roles.CT), Want: []string{"low 10.0.0.5>10.0.0.9 vnc refused"}},
		ruletest.Case{Name: "refused, then let in", Play: days(opened(pc, ct+":5900", screen(false)), opened(pc, ct+":5900", screen(true))), Roles: who(roles.RegistrationDesk, roles.CT),
			Want: []string{"high 10.0.0.5>10.0.0.9 vnc granted", "low 10.0.0.5>10.0.0.9 vnc refused"}},
		ruletest.Case{Name: "desktop, likely", Play: opened(pc, ct+":3389", desktop), Roles: who(roles.PC, roles.CT), Want: []string{"high 10.0.0.5>10.0.0.9 rdp likely"}},
		ruletest.Case{Name: "desktop, not known", Play: opened(pc, ct+":3389", &rdp.Record{Security: "SSL", Result: "encrypted"}), Roles: who(roles.PC, roles.CT), Want: []string{"medium 10.0.0.5>10.0.0.9 rdp unknown"}},
		ruletest.Case{Name: "terminal of an archive", Play: opened(pc, ct+":23", &telnet.Record{Login: "granted"}), Roles: who(roles.PC, roles.Archive), Want: []string{"medium 10.0.0.5>10.0.0.9 telnet granted"}},
		ruletest.Case{Name: "shell of Windows, by a server", Play: opened(pc, ct+":5985", &wsman.Record{IsOrig: true, Action: "Create", Resource: "windows/shell/cmd", Status: event.N(200), Auth: "negotiate"}),
			Roles: who(roles.Server, roles.CT), Want: []string{"medium 10.0.0.5>10.0.0.9 winrm granted"}},
		ruletest.Case{Name: "a program nobody reads, by its port", Play: opened(pc, ct+":5938"), Roles: who(roles.PC, roles.CT), Want: []string{"medium 10.0.0.5>10.0.0.9 port 5938 unknown"}},
		ruletest.Case{Name: "an administrator's PC", Play: days(opened(pc, "10.0.0.20:22", shell(true)), opened(pc, "10.0.0.21:22", shell(true)), opened(pc, "10.0.0.22:22", shell(true)), opened(pc, ct+":22", shell(true))),
			Roles: who(roles.PC, roles.CT), Want: []string{"medium 10.0.0.5>10.0.0.9 ssh granted"}},
		ruletest.Case{Name: "who was refused elsewhere is none", Play: days(opened(pc, "10.0.0.20:22", shell(true)), opened(pc, "10.0.0.21:22", shell(true)), opened(pc, "10.0.0.22:22", shell(false)), opened(pc, ct+":22", shell(true))),
			Roles: who(roles.PC, roles.CT), Want: []string{"high 10.0.0.5>10.0.0.9 ssh granted"}},
		ruletest.Case{Name: "service by a gateway, without an allow-list", Play: days(opened(pc, ct+":22", shell(true)), opened(pc, ct+":22", shell(true)), opened(pc, ct+":22", shell(true))),
			Roles: who(roles.VendorGateway, roles.CT), Want: []string{"low 10.0.0.5>10.0.0.9 ssh granted"}},
		ruletest.Case{Name: "from a modality", Play: opened(pc, ct+":22", shell(true)), Roles: who(roles.US, roles.Archive), Want: []string{"high 10.0.0.5>10.0.0.9 ssh granted"}},
		ruletest.Case{Name: "from outside", Play: opened("203.0.113.9", ct+":22", shell(true)), Roles: who(roles.PC, roles.RIS), Want: []string{"high 203.0.113.9>10.0.0.9 ssh granted"}},
		ruletest.Case{Name: "servers look after an archive", Play: opened(pc, ct+":22", shell(true)), Roles: who(roles.Server, roles.Archive), Want: []string{"low 10.0.0.5>10.0.0.9 ssh granted"}},

		ruletest.Case{Name: "between servers", Play: opened(pc, ct+":22", shell(true)), Roles: who(roles.Server, roles.FileServer)},
		ruletest.Case{Name: "the screen of a PC", Play: opened(pc, other+":5900", screen(true)), Roles: map[string]roles.Role{pc: roles.Server, other: roles.PC}},
		ruletest.Case{Name: "a look at the door of a CT", Play: opened(pc, ct+":22", &ssh.Record{Server: "SSH-2.0-x"}), Roles: who(roles.PC, roles.CT)},
		ruletest.Case{Name: "a web page of a CT", Play: opened(pc, ct+":443"), Roles: who(roles.PC, roles.CT)},
		ruletest.Case{Name: "identified, as inventory does", Play: opened(pc, ct+":5985", &wsman.Record{IsOrig: true, Action: "Identify", Status: event.N(200)}), Roles: who(roles.PC, roles.CT)},
	)
}
