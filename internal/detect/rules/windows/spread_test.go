package windows

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/smb"
	"lazaret/internal/share"
)

// hops plays what is done on the way from each machine to the next, ten minutes apart.
func hops(do func(to string) event.Payload, hosts ...int) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		for i := range hosts[1:] {
			host := fmt.Sprintf("10.0.0.%d", hosts[i+1])
			s.Talk(fmt.Sprintf("10.0.0.%d:50000", hosts[i]), host+":445")
			s.Say(do(host))
			s.Wait(600)
		}
	}
}

// turns plays what one machine does to others, a minute apart.
func turns(do func(to string) event.Payload, hosts ...int) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		for _, h := range hosts {
			hops(do, 5, h)(s)
			s.Wait(-540)
		}
	}
}

func TestF2(t *testing.T) {
	start := func(outcome string) func(string) event.Payload {
		return func(string) event.Payload { return svc("StartServiceW", "abc", outcome) }
	}
	write := func(to string) event.Payload { return program(`\\` + to + `\ADMIN$\a.exe`) }
	enter := func(granted bool) func(to string) event.Payload {
		return func(to string) event.Payload {
			if !granted {
				return &share.TriedRecord{Action: "SMB::TREE_CONNECT", Path: `\\` + to + `\ADMIN$`, Status: "ACCESS_DENIED"}
			}
			return &share.MappingRecord{Path: `\\` + to + `\ADMIN$`, ShareType: "DISK"}
		}
	}
	probe := func(string) event.Payload {
		return &smb.TransRecord{Command: "TRANSACTION", SubCommand: "PEEK_NMPIPE", FID: event.N(0), Status: "INVALID_HANDLE"}
	}
	making := func(string) event.Payload { return svc("CreateServiceW", "abc", "refused") }
	then := func(plays ...func(*ruletest.Scene)) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			for _, p := range plays {
				p(s)
			}
		}
	}
	desk := map[string]roles.Role{"10.0.0.9": roles.RegistrationDesk}
	ruletest.Run(t, f2,
		ruletest.Case{Name: "services, three machines", Play: hops(start("accepted"), 5, 9, 20), Want: []string{"high 10.0.0.9>10.0.0.20 chain accepted"}},
		ruletest.Case{Name: "on from a desk", Play: hops(start("accepted"), 5, 9, 20, 21), Roles: desk,
			Want: []string{"critical 10.0.0.9>10.0.0.20 chain accepted", "high 10.0.0.20>10.0.0.21 chain accepted"}},
		ruletest.Case{Name: "on to a modality", Play: hops(start("answered"), 5, 9, 20), Roles: map[string]roles.Role{"10.0.0.20": roles.CT}, Want: []string{"critical 10.0.0.9>10.0.0.20 chain accepted"}},
		ruletest.Case{Name: "programs", Play: hops(write, 5, 9, 20), Want: []string{"medium 10.0.0.9>10.0.0.20 chain accepted"}},
		ruletest.Case{Name: "programs, on from a desk", Play: hops(write, 5, 9, 20), Roles: desk, Want: []string{"high 10.0.0.9>10.0.0.20 chain accepted"}},
		ruletest.Case{Name: "probes", Play: hops(probe, 5, 9, 20), Want: []string{"high 10.0.0.9>10.0.0.20 chain accepted"}},
		ruletest.Case{Name: "shares, as from a jump host", Play: hops(enter(true), 5, 9, 20), Want: []string{"low 10.0.0.9>10.0.0.20 chain accepted"}},
		ruletest.Case{Name: "a share is refused to a desk", Play: then(hops(enter(true), 5, 9), hops(enter(false), 9, 20)), Roles: desk, Want: []string{"medium 10.0.0.9>10.0.0.20 chain refused"}},
		ruletest.Case{Name: "the last hop is refused", Play: then(hops(start("accepted"), 5, 9), hops(start("refused"), 9, 20)), Want: []string{"low 10.0.0.9>10.0.0.20 chain refused"}},
		ruletest.Case{Name: "the making of the last is refused", Play: then(hops(start("accepted"), 5, 9), hops(making, 9, 20)), Roles: desk, Want: []string{"medium 10.0.0.9>10.0.0.20 chain refused"}},
		ruletest.Case{Name: "fan, as software distribution", Play: turns(start("accepted"), 20, 21, 22), Want: []string{"medium 10.0.0.5>- fan accepted"}},
		ruletest.Case{Name: "fan of a modality", Play: turns(write, 20, 21, 22), Roles: fromCT, Want: []string{"high 10.0.0.5>- fan accepted"}},
		ruletest.Case{Name: "fan, refused", Play: turns(start("refused"), 20, 21, 22), Want: []string{"low 10.0.0.5>- fan refused"}},

		ruletest.Case{Name: "there and back", Play: hops(start("accepted"), 5, 9, 5)},
		ruletest.Case{Name: "the first hop was refused", Play: then(hops(start("refused"), 5, 9), hops(start("accepted"), 9, 20))},
		ruletest.Case{Name: "another act", Play: then(hops(enter(true), 5, 9), hops(start("accepted"), 9, 20))},
		ruletest.Case{Name: "before it was done to itself", Play: then(hops(start("accepted"), 9, 20), hops(start("accepted"), 5, 9))},
		ruletest.Case{Name: "the next day", Play: func(s *ruletest.Scene) {
			hops(start("accepted"), 5, 9)(s)
			s.Wait(86_400)
			hops(start("accepted"), 9, 20)(s)
		}},
		ruletest.Case{Name: "two machines", Play: turns(start("accepted"), 20, 21)},
		ruletest.Case{Name: "shares of many, which K2 tells", Play: turns(enter(true), 20, 21, 22, 23)},
		ruletest.Case{Name: "a service is asked for on each", Play: hops(func(string) event.Payload { return svc("QueryServiceStatus", "abc", "accepted") }, 5, 9, 20)},
		ruletest.Case{Name: "a process is looked at on each", Play: hops(func(string) event.Payload {
			return &dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecQuery", Target: "Win32_Process", Outcome: "accepted"}
		}, 5, 9, 20)},
	)
}

func TestSpreadNamesHops(t *testing.T) {
	got := route([]act{{pair: pair{ruletest.IP("10.0.0.5"), ruletest.IP("10.0.0.9")}, at: 36_120e9}, {pair: pair{ruletest.IP("10.0.0.9"), ruletest.IP("10.0.0.20")}, at: 36_540e9}})
	if want := "10.0.0.5>10.0.0.9 10:02:00, 10.0.0.9>10.0.0.20 10:09:00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
