package network

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/inventory/roles"
)

// fan calls n hosts on a port, each after a wait.
func fan(n int, wait float64, port int, state string) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		for i := range n {
			s.Wait(wait)
			talk(s, "10.0.0.5", fmt.Sprintf("10.0.1.%d:%d", 1+i, port), state)
		}
	}
}

func TestF1(t *testing.T) {
	as := func(r roles.Role) map[string]roles.Role { return map[string]roles.Role{"10.0.0.5": r} }
	ruletest.Run(t, f1,
		ruletest.Case{Name: "screens", Play: fan(20, 2, 3389, "S0"), Want: []string{"medium 10.0.0.5>- port 3389"}},
		ruletest.Case{Name: "shells, entered, by a server", Play: fan(20, 2, 22, "SF"), Roles: as(roles.Server), Want: []string{"low 10.0.0.5>- port 22"}},
		ruletest.Case{Name: "by a modality", Play: fan(20, 2, 22, "REJ"), Roles: as(roles.US), Want: []string{"high 10.0.0.5>- port 22"}},
		ruletest.Case{Name: "slowly", Play: fan(12, 120, 3389, "SF"), Want: []string{"info 10.0.0.5>- port 3389"}},
		ruletest.Case{Name: "slowly, by a desk", Play: fan(12, 120, 3389, "SF"), Roles: as(roles.RegistrationDesk), Want: []string{"low 10.0.0.5>- port 3389"}},
		ruletest.Case{Name: "shares, by a supplier's gateway", Play: fan(6, 60, 445, "SF"), Roles: as(roles.VendorGateway), Want: []string{"high 10.0.0.5>- port 445"}},
		ruletest.Case{Name: "screens, by a supplier's gateway", Play: fan(6, 60, 5900, "SF"), Roles: as(roles.VendorGateway), Want: []string{"info 10.0.0.5>- port 5900"}},
		ruletest.Case{Name: "quick after slow", Play: func(s *ruletest.Scene) { fan(8, 300, 22, "SF")(s); fan(30, 1, 22, "S0")(s) }, Want: []string{"medium 10.0.0.5>- port 22"}},
		ruletest.Case{Name: "shares outside", Play: func(s *ruletest.Scene) {
			for i := range 6 {
				s.Wait(200)
				talk(s, "10.0.0.5", fmt.Sprintf("%d.31.7.9:445", 20+i), "S0")
			}
		}, Want: []string{"medium 10.0.0.5>- port 445 outside"}},
		ruletest.Case{Name: "calls without a window", Play: fan(10, 1, 23, "S0 without a window"), Want: []string{"info 10.0.0.5>- port 23"}},
		ruletest.Case{Name: "of each only the caller's half", Play: fan(20, 1, 23, "S0 of the caller's half")},
		ruletest.Case{Name: "a few", Play: fan(4, 1, 22, "SF")},
		ruletest.Case{Name: "the same again", Play: func(s *ruletest.Scene) {
			for range 30 {
				fan(3, 1, 3389, "SF")(s)
			}
		}},
		ruletest.Case{Name: "a day's work", Play: fan(20, 1200, 22, "SF")},
		ruletest.Case{Name: "an archive that sends to many", Play: fan(40, 1, 11112, "SF")},
	)
}

func TestV1(t *testing.T) {
	enter := func(s *ruletest.Scene) { s.Wait(60); talkOf(s, "198.51.100.7", "10.0.0.5:22", "ssh", "SF") }
	inward := func(to string, port int) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			enter(s)
			s.Wait(100)
			talk(s, "10.0.0.5", fmt.Sprintf("%s:%d", to, port), "SF")
		}
	}
	as := func(r roles.Role) map[string]roles.Role { return map[string]roles.Role{"10.0.0.9": r} }
	ruletest.Run(t, v1,
		ruletest.Case{Name: "to a share", Play: inward("10.0.0.9", 445), Want: []string{"medium 10.0.0.5>10.0.0.9 smb"}},
		ruletest.Case{Name: "to a desk's share", Play: inward("10.0.0.9", 445), Roles: as(roles.RegistrationDesk), Want: []string{"high 10.0.0.5>10.0.0.9 smb"}},
		ruletest.Case{Name: "by a gateway", Play: inward("10.0.0.9", 135), Roles: map[string]roles.Role{"10.0.0.5": roles.VendorGateway}, Want: []string{"high 10.0.0.5>10.0.0.9 rpc"}},
		ruletest.Case{Name: "to three", Play: func(s *ruletest.Scene) {
			enter(s)
			fan(3, 10, 445, "SF")(s)
		}, Want: []string{"medium 10.0.0.5>10.0.1.1 smb", "medium 10.0.0.5>10.0.1.2 smb", "high 10.0.0.5>10.0.1.3 smb"}},
		ruletest.Case{Name: "the session's record comes last", Play: func(s *ruletest.Scene) {
			s.Wait(1000)
			talk(s, "10.0.0.5", "10.0.0.9:445", "SF")
			s.Wait(-500)
			enter(s)
		}, Want: []string{"medium 10.0.0.5>10.0.0.9 smb"}},
		ruletest.Case{Name: "a screen of a modality", Play: inward("10.0.0.9", 5900), Roles: as(roles.CT), Want: []string{"info 10.0.0.5>10.0.0.9 screen"}},
		ruletest.Case{Name: "to the domain", Play: inward("10.0.0.9", 445), Roles: as(roles.DomainController), Want: []string{"low 10.0.0.5>10.0.0.9 smb"}},
		ruletest.Case{Name: "long after, and before", Play: func(s *ruletest.Scene) {
			talk(s, "10.0.0.5", "10.0.0.9:445", "SF")
			enter(s)
			s.Wait(7000)
			talk(s, "10.0.0.5", "10.0.0.9:445", "SF")
		}},
		ruletest.Case{Name: "it was not let in", Play: func(s *ruletest.Scene) {
			talk(s, "198.51.100.7", "10.0.0.5:22", "REJ")
			talk(s, "10.0.0.5", "10.0.0.9:445", "SF")
		}},
		ruletest.Case{Name: "from inside, or to pages", Play: func(s *ruletest.Scene) {
			talk(s, "10.0.7.7", "10.0.0.5:22", "SF")
			talk(s, "10.0.0.5", "10.0.0.9:445", "SF")
			enter(s)
			talk(s, "10.0.0.5", "10.0.0.9:443", "SF")
		}},
	)
}
