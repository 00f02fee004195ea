package network

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dns"
)

// talk makes a conversation of TCP that ends in a state.
func talk(s *ruletest.Scene, from, to, state string) {
	talkOf(s, from, to, "", state)
}

func talkOf(s *ruletest.Scene, from, to, service, state string) {
	c := s.Talk(from+":50000", to)
	d := &flow.Record{Proto: "tcp", Service: service, ConnState: state, LocalOrig: c.Orig.IP.Addr().IsPrivate(), LocalResp: c.Resp.IP.Addr().IsPrivate()}
	switch state {
	case "S0":
		d.History, d.Duration = "S", 9e9
	case "S0 without a window":
		d.ConnState, d.History = "S0", "SW"
	case "S0 of the caller's half":
		d.ConnState, d.History, d.OrigBytes = "S0", "SWAD", event.N(300)
	case "REJ":
		d.History, d.RespPkts = "Sr", 1
	default:
		d.History, d.RespPkts, d.OrigBytes, d.RespBytes = "ShADadFf", 5, event.N(100), event.N(100)
	}
	s.Say(d)
}

// talkUDP makes a conversation of two datagrams.
func talkUDP(s *ruletest.Scene, from, to, service string) {
	c := s.Talk(from, to)
	c.Proto = 17
	s.Say(&flow.Record{Proto: "udp", Service: service, ConnState: "SF", History: "Dd", RespPkts: 1, OrigBytes: event.N(48), LocalResp: c.Resp.IP.Addr().IsPrivate()})
}

// list calls n servers outside, one after the other.
func list(s *ruletest.Scene, n int, state string) {
	for i := range n {
		s.Wait(21)
		talk(s, "10.0.0.5", fmt.Sprintf("%d.%d.9.9:80", 20+i, 7+3*i), state)
	}
}

func TestB2(t *testing.T) {
	nobody := func(names ...string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			for _, n := range names {
				s.Talk("10.0.0.5:50000", "10.0.0.2:53").Proto = 17
				s.Say(&dns.Record{Query: n, RCode: event.N(3)})
			}
		}
	}
	var dead, own []string
	for i := range 24 {
		dead = append(dead, fmt.Sprintf("www.serv%dsite.example", i), fmt.Sprintf("x.serv%dsite.com", i))
		own = append(own, fmt.Sprintf("printer%d.clinic.local", i), fmt.Sprintf("a%d.clinic.org", i), fmt.Sprintf("word%d", i), fmt.Sprintf("%d.0.0.10.in-addr.arpa", i))
	}
	once := func(s *ruletest.Scene) { list(s, 12, "S0") }
	ruletest.Run(t, b2,
		ruletest.Case{Name: "a list", Play: once, Want: []string{"medium 10.0.0.5>- port 80"}},
		ruletest.Case{Name: "a list, refused", Play: func(s *ruletest.Scene) { list(s, 12, "REJ") }, Want: []string{"medium 10.0.0.5>- port 80"}},
		ruletest.Case{Name: "by a modality", Play: once, Roles: map[string]roles.Role{"10.0.0.5": roles.MR}, Want: []string{"high 10.0.0.5>- port 80"}},
		ruletest.Case{Name: "daily", Play: func(s *ruletest.Scene) {
			once(s)
			s.Wait(80_000)
			once(s)
		}, Want: []string{"high 10.0.0.5>- port 80"}},
		ruletest.Case{Name: "until one answers", Play: func(s *ruletest.Scene) {
			list(s, 9, "S0")
			talk(s, "10.0.0.5", "203.0.113.9:80", "SF")
			once(s)
		}, Want: []string{"medium 10.0.0.5>- port 80"}},
		ruletest.Case{Name: "daily, told server by server", Play: func(s *ruletest.Scene) {
			for i := range 12 {
				for range 3 {
					talk(s, "10.0.0.5", fmt.Sprintf("%d.9.9.9:80", 20+i), "S0")
					s.Wait(86_000)
				}
				s.Wait(-3*86_000 + 21)
			}
		}, Want: []string{"high 10.0.0.5>- port 80"}},
		ruletest.Case{Name: "inside", Play: func(s *ruletest.Scene) {
			for i := range 12 {
				s.Wait(21)
				talk(s, "10.0.0.5", fmt.Sprintf("10.%d.0.9:8080", i), "S0")
			}
		}, Want: []string{"low 10.0.0.5>- port 8080 inside"}},
		ruletest.Case{Name: "names", Play: nobody(dead...), Want: []string{"low 10.0.0.5>- names"}},
		ruletest.Case{Name: "names, by a modality", Play: nobody(dead...), Roles: map[string]roles.Role{"10.0.0.5": roles.CT}, Want: []string{"medium 10.0.0.5>- names"}},
		ruletest.Case{Name: "names, by a resolver", Play: nobody(dead...), Roles: map[string]roles.Role{"10.0.0.5": roles.DNSDHCP}, Want: []string{"info 10.0.0.5>- names"}},
		ruletest.Case{Name: "names of the site", Play: nobody(own...)},
		ruletest.Case{Name: "a stale list: the same few again and again", Play: func(s *ruletest.Scene) {
			for range 20 {
				list(s, 4, "S0")
			}
		}},
		ruletest.Case{Name: "addresses of one service that is not let through", Play: func(s *ruletest.Scene) {
			for i := range 20 {
				s.Talk("10.0.0.5:50000", "10.0.0.2:53").Proto = 17
				s.Say(&dns.Record{Query: "download.updates.example.com", Answers: []string{"cdn.example.net", fmt.Sprintf("%d.%d.9.9", 20+i, 7+3*i)}})
			}
			list(s, 20, "S0")
		}},
		ruletest.Case{Name: "most are alive", Play: func(s *ruletest.Scene) {
			for i := range 60 {
				s.Wait(5)
				talk(s, "10.0.0.5", fmt.Sprintf("%d.9.9.9:443", 20+i), []string{"S0", "SF", "SF", "SF"}[i%4])
			}
		}},
		ruletest.Case{Name: "many at a time", Play: func(s *ruletest.Scene) {
			for i := range 60 {
				s.Wait(0.01)
				talk(s, "10.0.0.5", fmt.Sprintf("%d.9.9.9:445", 20+i), "S0")
			}
		}},
		ruletest.Case{Name: "many at a time, told out of order", Play: func(s *ruletest.Scene) {
			for i := range 60 {
				s.Wait(float64(i%2)*0.3 - 0.1)
				talk(s, "10.0.0.5", fmt.Sprintf("%d.9.9.9:445", 20+i), "S0")
			}
		}},
		ruletest.Case{Name: "half of each conversation", Play: func(s *ruletest.Scene) {
			for i := range 30 {
				s.Wait(5)
				s.Talk("10.0.0.5:50000", fmt.Sprintf("%d.9.9.9:80", 20+i))
				s.Say(&flow.Record{ConnState: "S0", History: "SAD", OrigBytes: event.N(300)})
			}
		}},
	)
}
