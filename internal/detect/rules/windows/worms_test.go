package windows

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/smb"
)

func TestSMB1(t *testing.T) {
	ping := &smb.TransRecord{Command: "TRANSACTION2", SubCommand: "SESSION_SETUP", MID: 65, Opcode: "0x23", Status: "NOT_IMPLEMENTED"}
	infected := &smb.TransRecord{Command: "TRANSACTION2", SubCommand: "SESSION_SETUP", MID: 65, ReplyMID: event.N(81), Opcode: "0x23", Status: "NOT_IMPLEMENTED"}
	peek := func(fid int, status string) *smb.TransRecord {
		return &smb.TransRecord{Command: "TRANSACTION", SubCommand: "PEEK_NMPIPE", FID: event.N(fid), Status: status}
	}
	ruletest.Run(t, e1,
		ruletest.Case{Name: "ping", Play: saying(ping), Want: []string{"high 10.0.0.5>10.0.0.9 opcode 0x23"}},
		ruletest.Case{Name: "a look into a pipe", Play: saying(peek(4, "SUCCESS"))})
	ruletest.Run(t, e2,
		ruletest.Case{Name: "infected", Play: saying(infected), Want: []string{"critical 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "clean", Play: saying(ping)})
	ruletest.Run(t, e3,
		ruletest.Case{Name: "echo", Play: saying(&smb.TransRecord{Command: "ECHO", Echo: "JlJmIhClBsr"}), Want: []string{"high 10.0.0.5>10.0.0.9 echo"}},
		ruletest.Case{Name: "size", Play: saying(&smb.TransRecord{Command: "NT_TRANSACT", Odd: []string{"long", "other_secondary"}}), Want: []string{"high 10.0.0.5>10.0.0.9 oversized transaction"}},
		ruletest.Case{Name: "an ordinary echo", Play: saying(&smb.TransRecord{Command: "ECHO", Echo: "abcdefgh"})},
		ruletest.Case{Name: "only long", Play: saying(&smb.TransRecord{Command: "NT_TRANSACT", Odd: []string{"long"}})})
	ruletest.Run(t, e4,
		ruletest.Case{Name: "not patched", Play: saying(peek(0, "INSUFF_SERVER_RESOURCES")), Want: []string{"high 10.0.0.5>10.0.0.9 target is not patched"}},
		ruletest.Case{Name: "patched", Play: saying(peek(0, "INVALID_HANDLE")), Want: []string{"low 10.0.0.5>10.0.0.9 target is patched"}},
		ruletest.Case{Name: "a pipe that is open", Play: saying(peek(16384, "SUCCESS"))})
	ruletest.Run(t, r1,
		ruletest.Case{Name: "net view", Play: saying(&smb.TransRecord{SubCommand: "NetServerEnum2", Status: "SUCCESS"}), Want: []string{"low 10.0.0.5>10.0.0.9 answered"}},
		ruletest.Case{Name: "by a modality, in vain", Play: saying(&smb.TransRecord{SubCommand: "NetServerEnum3", Status: "NOT_SUPPORTED"}), Roles: fromCT, Want: []string{"medium 10.0.0.5>10.0.0.9 failed"}},
		ruletest.Case{Name: "mail", Play: saying(&smb.TransRecord{SubCommand: "MAILSLOT_WRITE"})})
}

func TestE10(t *testing.T) {
	path := func(text string) *dcerpc.Record {
		return &dcerpc.Record{Endpoint: "srvsvc", Operation: "NetprPathCanonicalize", Target: text, Outcome: "failed"}
	}
	ruletest.Run(t, e10,
		ruletest.Case{Name: "long", Play: saying(path(`\` + strings.Repeat("A", 240) + `\..\x`)), Want: []string{"high 10.0.0.5>10.0.0.9 failed"}},
		ruletest.Case{Name: "twice", Play: saying(path(`\ABCDE\..\..\x`)), Want: []string{"high 10.0.0.5>10.0.0.9 failed"}},
		ruletest.Case{Name: "a short climb", Play: saying(path(`\images\..\export`))},
		ruletest.Case{Name: "long without", Play: saying(path(`\` + strings.Repeat("A", 300)))})
}

func TestE5(t *testing.T) {
	ruletest.Run(t, e5,
		ruletest.Case{Name: "dns", Play: saying(&dns.Record{Query: "www." + switches[0]}), Want: []string{"high 10.0.0.5>10.0.0.9 dns"}},
		ruletest.Case{Name: "http", Play: saying(&http.Exchange{Host: strings.ToUpper(switches[1]) + ":80"}), Want: []string{"high 10.0.0.5>10.0.0.9 http"}},
		ruletest.Case{Name: "others", Play: saying(&dns.Record{Query: "x" + switches[0]}, &dns.Record{Query: switches[0] + ".hospital.example"}, &dns.Record{Query: strings.Repeat("a", 41) + ".com"})})
	for _, s := range switches {
		if len(s) < lenSwitch {
			t.Errorf("%s is shorter than %d", s, lenSwitch)
		}
	}
}

// sweeping calls hosts one after the other; conversations without an answer are told late.
func sweeping(network, state string, n int, step float64) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		s.Wait(300) // told after others that began later
		s.Talk(one, "10.0.0.250:445")
		s.Say(&flow.Record{ConnState: "SF", LocalResp: true})
		s.Wait(-300)
		for i := range n {
			s.Talk(one, fmt.Sprintf("%s.%d:445", network, 10+i))
			s.Say(&flow.Record{ConnState: state, LocalOrig: true, LocalResp: strings.HasPrefix(network, "10.")})
			s.Wait(step)
		}
	}
}

func TestE6(t *testing.T) {
	ruletest.Run(t, e6,
		ruletest.Case{Name: "neighbours", Play: sweeping("10.0.0", "S0", 40, 0.5), Want: []string{"medium 10.0.0.5>- neighbours"}},
		ruletest.Case{Name: "by a modality", Play: sweeping("10.0.0", "REJ", 15, 1), Roles: map[string]roles.Role{"10.0.0.5": roles.MR}, Want: []string{"high 10.0.0.5>- neighbours"}},
		ruletest.Case{Name: "outside", Play: sweeping("198.51.100", "S0", 5, 1), Want: []string{"high 10.0.0.5>- outside"}},
		ruletest.Case{Name: "outside, all answer", Play: sweeping("198.51.100", "SF", 5, 1), Want: []string{"medium 10.0.0.5>- outside"}},
		ruletest.Case{Name: "other networks", Play: sweeping("10.7.0", "S0", 15, 1), Want: []string{"medium 10.0.0.5>- other networks"}},
		ruletest.Case{Name: "from outside", Play: func(s *ruletest.Scene) {
			for i := range 5 {
				s.Talk("198.51.100.9:50000", fmt.Sprintf("10.%d.0.1:445", i))
				s.Say(&flow.Record{ConnState: "S0", LocalResp: true})
			}
		}, Want: []string{"medium 198.51.100.9>- from outside"}},
		ruletest.Case{Name: "fourteen neighbours", Play: sweeping("10.0.0", "S0", 14, 1)},
		ruletest.Case{Name: "a cloud's two servers", Play: sweeping("198.51.100", "SF", 2, 1)},
		ruletest.Case{Name: "slower than the window", Play: sweeping("10.0.0", "SF", 30, 10)},
		ruletest.Case{Name: "one server, often", Play: func(s *ruletest.Scene) {
			for range 50 {
				sweeping("10.0.0", "SF", 1, 1)(s)
			}
		}})
}

// calling asks servers 10.0.0.20 and further the same.
func calling(n int, d *dcerpc.Record) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		for i := range n {
			s.Talk(one, fmt.Sprintf("10.0.0.%d:445", 20+i))
			s.Say(d)
			s.Wait(2)
		}
	}
}

func TestR2R3(t *testing.T) {
	list := &dcerpc.Record{Endpoint: "srvsvc", Operation: "NetrShareEnum", Outcome: "accepted"}
	samr := func(operation string) *dcerpc.Record {
		return &dcerpc.Record{Endpoint: "samr", Operation: operation, Outcome: "accepted"}
	}
	ruletest.Run(t, r2,
		ruletest.Case{Name: "five", Play: calling(5, list), Want: []string{"medium 10.0.0.5>-"}},
		ruletest.Case{Name: "by a modality", Play: calling(6, list), Roles: fromCT, Want: []string{"high 10.0.0.5>-"}},
		ruletest.Case{Name: "four", Play: calling(4, list)},
		ruletest.Case{Name: "another question", Play: calling(9, &dcerpc.Record{Endpoint: "srvsvc", Operation: "NetrServerGetInfo", Outcome: "accepted"})})
	burst := saying(samr("SamrEnumerateUsersInDomain"), samr("SamrQueryInformationDomain2"))
	ruletest.Run(t, r3,
		ruletest.Case{Name: "burst", Play: burst, Want: []string{"low 10.0.0.5>10.0.0.9 lists"}},
		ruletest.Case{Name: "by a modality", Play: burst, Roles: fromCT, Want: []string{"high 10.0.0.5>10.0.0.9 lists"}},
		ruletest.Case{Name: "at a desk", Play: burst, Roles: map[string]roles.Role{"10.0.0.5": roles.RegistrationDesk}, Want: []string{"medium 10.0.0.5>10.0.0.9 lists"}},
		ruletest.Case{Name: "a walk", Play: func(s *ruletest.Scene) {
			s.Talk(one, two)
			for i := range 30 {
				s.Say(&dcerpc.Record{Endpoint: "lsarpc", Operation: "LsarLookupSids2", Detail: fmt.Sprintf("S-1-5-21-1-2-3-%d", 500+i), Outcome: "accepted"})
			}
		}, Want: []string{"low 10.0.0.5>10.0.0.9 identities one after the other"}},
		ruletest.Case{Name: "a logon", Play: saying(samr("SamrConnect5"), samr("SamrLookupNamesInDomain"), samr("SamrGetGroupsForUser"), samr("SamrQueryInformationUser"), &dcerpc.Record{Endpoint: "lsarpc", Operation: "LsarLookupSids2", Detail: "S-1-5-32-544"})},
		ruletest.Case{Name: "one question", Play: saying(samr("SamrEnumerateAliasesInDomain"), samr("SamrEnumerateAliasesInDomain"))})
}
