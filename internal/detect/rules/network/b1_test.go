package network

import (
	"math/rand/v2"
	"slices"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/tls"
)

// beacon returns n times; each wait is the period plus or minus jitter, and some returns
// are lost.
func beacon(to, service, state string, n int, period, jitter, lost float64) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		g := rand.New(rand.NewPCG(1, 2))
		for range n {
			s.Wait(period * (1 + jitter*(2*g.Float64()-1)))
			if g.Float64() >= lost {
				talkOf(s, "10.0.0.5", to, service, state)
			}
		}
	}
}

func TestB1(t *testing.T) {
	const far = "203.0.113.9:443"
	as := func(who string, r roles.Role) map[string]roles.Role { return map[string]roles.Role{who: r} }
	ruletest.Run(t, b1,
		ruletest.Case{Name: "a clock", Play: beacon(far, "ssl", "SF", 12, 60, 0, 0), Want: []string{"low 10.0.0.5>203.0.113.9 port 443"}},
		ruletest.Case{Name: "jitter", Play: beacon(far, "ssl", "SF", 40, 300, 0.35, 0), Want: []string{"low 10.0.0.5>203.0.113.9 port 443"}},
		ruletest.Case{Name: "jitter and losses", Play: beacon(far, "", "SF", 40, 300, 0.2, 0.25), Want: []string{"low 10.0.0.5>203.0.113.9 port 443"}},
		ruletest.Case{Name: "nobody answers", Play: beacon(far, "", "S0", 12, 60, 0, 0), Want: []string{"low 10.0.0.5>203.0.113.9 port 443"}},
		ruletest.Case{Name: "by a modality", Play: beacon(far, "ssl", "SF", 12, 60, 0.1, 0), Roles: as("10.0.0.5", roles.CT), Want: []string{"medium 10.0.0.5>203.0.113.9 port 443"}},
		ruletest.Case{Name: "inside", Play: beacon("10.0.0.9:4444", "", "SF", 12, 60, 0, 0), Want: []string{"info 10.0.0.5>10.0.0.9 port 4444 inside"}},
		ruletest.Case{Name: "inside, a modality to a desk", Play: beacon("10.0.0.9:80", "http", "SF", 12, 60, 0, 0),
			Roles: map[string]roles.Role{"10.0.0.5": roles.CT, "10.0.0.9": roles.RegistrationDesk}, Want: []string{"medium 10.0.0.5>10.0.0.9 port 80 inside"}},
		ruletest.Case{Name: "inside TLS, for a name", Play: func(s *ruletest.Scene) {
			for range 12 {
				s.Wait(60)
				talkOf(s, "10.0.0.5", far, "ssl", "SF")
				s.Say(&tls.Record{ServerName: "feed.updates.example", JA4: "t13d1516h2_8daaf6152771_b186095e22b6", Established: true})
			}
			talkOf(s, "10.0.0.5", far, "ssl", "SF")
		}, Want: []string{"low 10.0.0.5>203.0.113.9 port 443"}},
		ruletest.Case{Name: "in bursts", Play: func(s *ruletest.Scene) {
			for range 14 {
				s.Wait(120)
				for range 3 {
					s.Wait(0.2)
					talkOf(s, "10.0.0.5", far, "ssl", "SF")
				}
			}
		}, Want: []string{"low 10.0.0.5>203.0.113.9 port 443"}},
		ruletest.Case{Name: "polling of an archive, of names, of an interface", Play: func(s *ruletest.Scene) {
			for _, service := range []string{"dicom", "hl7", "ldap", "smb", "snmp", "mysql"} {
				beacon("10.0.0.9:104", service, "SF", 15, 60, 0, 0)(s)
			}
		}},
		ruletest.Case{Name: "a person", Play: func(s *ruletest.Scene) {
			g := rand.New(rand.NewPCG(3, 4))
			for range 200 {
				s.Wait(g.ExpFloat64() * 60)
				talkOf(s, "10.0.0.5", far, "ssl", "SF")
			}
		}},
		ruletest.Case{Name: "a clock outside", Play: func(s *ruletest.Scene) {
			for range 20 {
				s.Wait(64)
				talkUDP(s, "10.0.0.5:123", "203.0.113.9:123", "ntp")
				talkUDP(s, "10.0.0.5:4500", "203.0.113.9:4500", "")
			}
		}},
		ruletest.Case{Name: "too few", Play: beacon(far, "ssl", "SF", 11, 60, 0, 0)},
		ruletest.Case{Name: "a page that loads", Play: beacon(far, "ssl", "SF", 100, 1, 0.1, 0)},
	)
}

func TestRhythm(t *testing.T) {
	const s = 1_000_000_000
	var r rhythm
	for _, at := range []event.Time{100, 160, 220, 161, 40, 340, 280, 281, 460} {
		r.add(at*s, 4*s, answered)
	}
	b := r.score()
	if r.returns != 7 || b.period != 60*s || b.spread != 0 || b.missed != 1 || b.single != 5.0/6 {
		t.Errorf("%d returns, %+v", r.returns, b)
	}
	for i := range event.Time(100) {
		r.add((1000+i*60)*s, 4*s, dead)
	}
	if len(r.starts) != maxReturns || r.starts[0] != (1000+68*60)*s || r.starts[31] != (1000+99*60)*s || r.dead != 100 {
		t.Errorf("%d kept, the first %d", len(r.starts), r.starts[0]/s)
	}
	r.add(5*s, 4*s, dead)               // older than all
	r.add((1000+70*60+30)*s, 4*s, dead) // between others
	for i := 1; i < len(r.starts); i++ {
		if r.starts[i] <= r.starts[i-1] {
			t.Fatalf("not in order: %v", r.starts)
		}
	}
	if n := testing.AllocsPerRun(100, func() { r.score(); r.add(7000*s, 4*s, dead) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if (&rhythm{}).score() != (beat{}) {
		t.Error("nothing has a beat")
	}
}

// TestB1Hello holds that a call inside TLS is told with its name and its print, and how
// many calls sent as much.
func TestB1Hello(t *testing.T) {
	var got []detect.Fact
	look := b1.New(detect.DefaultConfig().NumbersOf(&b1.Rule), func(h detect.Hit) { got = h.Facts })
	conn := &event.Conn{UID: "C1", Orig: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 5), Port: 50000}, Resp: netid.Endpoint{IP: netid.IPv4(203, 0, 113, 9), Port: 443}, Proto: 6}
	for i := range 12 {
		at := event.Time(i+1) * 60e9
		look(&event.Record{TS: at, Conn: conn, Body: &tls.Record{ServerName: "feed.updates.example", JA4: "t13d1516h2_8daaf6152771_b186095e22b6"}})
		sent := uint64(700 + i)
		if i == 5 {
			sent = 90_000
		}
		look(&event.Record{TS: at, Conn: conn, Body: &flow.Record{Proto: "tcp", Service: "ssl", ConnState: "SF", OrigBytes: event.N(sent)}})
	}
	for _, want := range []detect.Fact{{Field: "its address was given for", Value: "updates.example"}, {Field: "ssl.server_name", Value: "feed.updates.example"},
		{Field: "ssl.ja4", Value: "t13d1516h2_8daaf6152771_b186095e22b6"}, {Field: "calls that send as much, more or less", Value: "11"}} {
		if !slices.Contains(got, want) {
			t.Errorf("no %+v in %+v", want, got)
		}
	}
}
