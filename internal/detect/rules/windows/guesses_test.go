package windows

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/ntlm"
)

func TestE11(t *testing.T) {
	log := func(s *ruletest.Scene, user string, ok event.Bool) {
		s.Talk("10.0.0.5:40000", "10.0.0.9:445")
		s.Say(&ntlm.Record{Username: user, Account: "hospital\\" + user, Success: ok, Failure: "LOGON_FAILURE"})
		s.Wait(1)
	}
	no := event.B(false)
	guess := func(s *ruletest.Scene) {
		for i := range 6 {
			log(s, fmt.Sprint("user", i), no)
		}
	}
	ruletest.Run(t, e11,
		ruletest.Case{Name: "many accounts", Play: guess, Want: []string{"medium 10.0.0.5>10.0.0.9 refused"}},
		ruletest.Case{Name: "from a modality", Play: guess, Roles: map[string]roles.Role{"10.0.0.5": roles.CT}, Want: []string{"high 10.0.0.5>10.0.0.9 refused"}},
		ruletest.Case{Name: "one account whose password expired, in two spellings", Play: func(s *ruletest.Scene) {
			for range 10 {
				log(s, "svc", no)
				log(s, "SVC", no)
			}
		}},
		ruletest.Case{Name: "a desk at which many people log in", Play: func(s *ruletest.Scene) {
			for i := range 20 {
				log(s, fmt.Sprint("user", i), event.B(true))
			}
		}},
		ruletest.Case{Name: "five in a morning", Play: func(s *ruletest.Scene) {
			for i := range 5 {
				log(s, fmt.Sprint("user", i), no)
				s.Wait(1800)
			}
		}},
		ruletest.Case{Name: "how it ended was not told", Play: func(s *ruletest.Scene) {
			for i := range 9 {
				log(s, fmt.Sprint("user", i), event.Bool{})
			}
		}},
	)
}
