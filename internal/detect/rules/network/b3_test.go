package network

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dns"
)

func TestB3(t *testing.T) {
	const day = 86_400
	days := func(n int, jitter float64, state string, skip int) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			g := rand.New(rand.NewPCG(5, 6))
			for i := range n {
				s.Wait(day + jitter*(2*g.Float64()-1))
				if i == skip {
					continue
				}
				for range 5 { // it tries five times
					s.Wait(60)
					talk(s, "10.0.0.5", "203.0.113.9:80", state)
				}
				s.Wait(-300)
			}
		}
	}
	ruletest.Run(t, b3,
		ruletest.Case{Name: "answered", Play: days(5, 1800, "SF", -1), Want: []string{"info 10.0.0.5>203.0.113.9 port 80"}},
		ruletest.Case{Name: "dead", Play: days(5, 1800, "S0", -1), Want: []string{"low 10.0.0.5>203.0.113.9 port 80"}},
		ruletest.Case{Name: "a day is missing", Play: days(7, 600, "SF", 3), Want: []string{"info 10.0.0.5>203.0.113.9 port 80"}},
		ruletest.Case{Name: "by a modality", Play: days(5, 600, "SF", -1), Roles: map[string]roles.Role{"10.0.0.5": roles.MG}, Want: []string{"medium 10.0.0.5>203.0.113.9 port 80"}},
		ruletest.Case{Name: "by one name, at other addresses", Play: func(s *ruletest.Scene) {
			for i := range 5 {
				ip := fmt.Sprintf("203.0.113.%d", 9+i)
				s.Wait(day)
				s.Talk("10.0.0.5:50000", "10.0.0.2:53").Proto = 17
				s.Say(&dns.Record{Query: "a.example.com", Answers: []string{ip}})
				talk(s, "10.0.0.5", ip+":443", "SF")
			}
		}, Want: []string{"info 10.0.0.5>203.0.113.13 port 443"}},
		ruletest.Case{Name: "four days", Play: days(4, 0, "SF", -1)},
		ruletest.Case{Name: "at any hour", Play: days(9, 40_000, "SF", -1)},
		ruletest.Case{Name: "all day long", Play: func(s *ruletest.Scene) {
			for range 600 {
				s.Wait(900)
				talk(s, "10.0.0.5", "203.0.113.9:80", "SF")
			}
		}},
		ruletest.Case{Name: "a backup inside", Play: func(s *ruletest.Scene) {
			for range 9 {
				s.Wait(day)
				talk(s, "10.0.0.5", "10.0.9.9:445", "SF")
			}
		}},
	)
}
