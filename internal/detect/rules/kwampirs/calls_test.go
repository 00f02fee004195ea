package kwampirs

import (
	"encoding/base64"
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/tls"
)

const farServer = "203.0.113.77:80"

// report is what a beacon sends: some text under the key, as far as it is known.
func report(text string) string {
	b := []byte("\x01\x04" + text)
	for i := range b {
		b[i] ^= beaconKey[i%len(beaconKey)]
	}
	return base64.StdEncoding.EncodeToString(b)
}

func request(uri string, status int, fields ...string) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		if fields == nil {
			fields = []string{"USER-AGENT", "HOST", "CONNECTION"}
		}
		e := &http.Exchange{Method: "GET", Host: "203.0.113.77", URI: uri, UserAgent: "Mozilla/4.0", ClientNames: fields}
		if status > 0 {
			e.Status = event.N(status)
		}
		s.Talk("10.0.0.5:50000", farServer)
		s.Say(e)
	}
}

func TestK7(t *testing.T) {
	own := "/group/index/login.php?q=" + report("CT-ROOM-1 5.1.2600")
	ruletest.Run(t, k7,
		ruletest.Case{Name: "no answer", Play: request(own, 0), Want: []string{"high 10.0.0.5>203.0.113.77 unanswered"}},
		ruletest.Case{Name: "not there", Play: request(own, 404), Want: []string{"high 10.0.0.5>203.0.113.77 refused"}},
		ruletest.Case{Name: "a server that lives", Play: request(own, 200), Want: []string{"critical 10.0.0.5>203.0.113.77 answered"}},
		ruletest.Case{Name: "by a modality", Play: request(own, 0), Want: []string{"critical 10.0.0.5>203.0.113.77 unanswered"},
			Roles: map[string]roles.Role{"10.0.0.5": roles.CT}},
		ruletest.Case{Name: "by a proxy", Play: request("http://203.0.113.77"+own, 502), Want: []string{"high 10.0.0.5>203.0.113.77 refused"}},
		ruletest.Case{Name: "a browser", Play: request(own, 200, "HOST", "USER-AGENT", "ACCEPT")},
		ruletest.Case{Name: "another field first", Play: request(own, 200, "USER-AGENT", "CONNECTION", "HOST")},
		ruletest.Case{Name: "with a cookie", Play: request(own, 200, "USER-AGENT", "HOST", "COOKIE")},
		ruletest.Case{Name: "it accepts languages", Play: request(own, 200, "USER-AGENT", "HOST", "ACCEPT-LANGUAGE")},
		ruletest.Case{Name: "a search for KTM", Play: request("/shop/search/find.php?q=KTM-motors", 200)},
		ruletest.Case{Name: "another query of a maker's program", Play: request("/update/check/main.aspx?q=QUJDREVGR0g=", 200)},
		ruletest.Case{Name: "more behind it", Play: request("/group/index/login.php?q=KTAAAAAA&lang=de", 200)},
		ruletest.Case{Name: "no active page", Play: request("/group/index/login.html?q=KTAAAAAA", 200)},
	)
}

func asks(names ...string) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		for _, n := range names {
			s.Wait(60)
			s.Talk("10.0.0.5:50000", "10.0.0.2:53").Proto = 17
			s.Say(&dns.Record{Query: n, RCode: event.N(3)})
		}
	}
}

func TestK10(t *testing.T) {
	ruletest.Run(t, k10,
		ruletest.Case{Name: "asked for", Play: asks("tlfdpogyhd.biz", "www.nkgffdsite.ru"), Want: []string{"high 10.0.0.5>-"}},
		ruletest.Case{Name: "by an archive", Play: asks("tlfdpogyhd.biz"), Want: []string{"critical 10.0.0.5>-"}, Roles: map[string]roles.Role{"10.0.0.5": roles.Archive}},
		ruletest.Case{Name: "by a resolver", Play: asks("tlfdpogyhd.biz"), Want: []string{"medium 10.0.0.5>-"}, Roles: map[string]roles.Role{"10.0.0.5": roles.DNSDHCP}},
		ruletest.Case{Name: "called by name", Play: func(s *ruletest.Scene) {
			s.Talk("10.0.0.5:50000", farServer)
			s.Say(&http.Exchange{Method: "GET", Host: "TLFDPOGYHD.biz:80", URI: "/index.php"})
			s.Talk("10.0.0.6:50000", "203.0.113.77:443")
			s.Say(&tls.Record{ServerName: "tlfdpogyhd.biz"})
		}, Want: []string{"high 10.0.0.5>-", "high 10.0.0.6>-"}},
		ruletest.Case{Name: "popular, of common words, or elsewhere", Play: asks("microsoft.com", "bbc.co.uk", "newsmain.com", "servikjsite.co", "tlfdpogyhd.de",
			"tlfdpogyhd.local", "power.com", "unity.com", "df.cl", "time.windows.com", "wpad")},
	)
}

func TestK11(t *testing.T) {
	var many []string
	for _, w := range []string{"yhd", "ncj", "kcn", "nrj", "ikj", "jfn", "fjr", "dsw"} {
		many = append(many, "main"+w+".com")
	}
	ruletest.Run(t, k11,
		ruletest.Case{Name: "three in a day", Play: asks("mainsite.com", "powernews.nl", "servikj.org"), Want: []string{"medium 10.0.0.5>-"}},
		ruletest.Case{Name: "many", Play: asks(many...), Want: []string{"high 10.0.0.5>-"}},
		ruletest.Case{Name: "the same again and again", Play: asks("mainsite.com", "www.mainsite.com", "mainsite.com", "ns.mainsite.com", "powernews.nl")},
		ruletest.Case{Name: "one a day", Play: func(s *ruletest.Scene) {
			for i, n := range many {
				asks(n)(s)
				s.Wait(50_000 + float64(i))
			}
		}},
		ruletest.Case{Name: "by three devices", Play: func(s *ruletest.Scene) {
			for i, n := range many[:6] {
				s.Talk(fmt.Sprintf("10.0.0.%d:50000", i/2), "10.0.0.99:53")
				s.Say(&dns.Record{Query: n})
			}
		}},
	)
}

// page asks for a page at a host that is called by its address or name.
func page(s *ruletest.Scene, addr, host, uri string, status int) {
	e := &http.Exchange{Method: "GET", Host: host, URI: uri}
	if status > 0 {
		e.Status = event.N(status)
	}
	s.Wait(30)
	s.Talk("10.0.0.5:50000", addr+":80")
	s.Say(e)
}

// fails calls a server outside that does not answer.
func fails(s *ruletest.Scene, n int) {
	for i := range n {
		s.Wait(30)
		s.Talk("10.0.0.5:50000", fmt.Sprintf("%d.31.7.9:80", 20+i))
		s.Say(&flow.Record{Proto: "tcp", ConnState: "S0", History: "S"})
	}
}

func TestK8(t *testing.T) {
	ruletest.Run(t, k8,
		ruletest.Case{Name: "joined words", Play: func(s *ruletest.Scene) { page(s, "10.0.0.80", "intranet", "/groupusers/homelogin.asp", 404) },
			Want: []string{"low 10.0.0.5>10.0.0.80"}},
		ruletest.Case{Name: "a bare address", Play: func(s *ruletest.Scene) { page(s, "203.0.113.7", "203.0.113.7", "/index.php", 200) },
			Want: []string{"low 10.0.0.5>203.0.113.7"}},
		ruletest.Case{Name: "pages of everyday", Play: func(s *ruletest.Scene) {
			page(s, "10.0.0.80", "intranet", "/login/default.aspx", 200)
			page(s, "10.0.0.80", "10.0.0.80", "/index.php", 200)
			page(s, "203.0.113.7", "www.example.org", "/users/login.php?next=1", 200)
		}},
	)
}

func TestK9(t *testing.T) {
	list := func(status int) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			for i := range 5 {
				ip := fmt.Sprintf("%d.31.7.9", 20+i)
				page(s, ip, ip, "/new/index/login.php", status)
			}
		}
	}
	one := func(s *ruletest.Scene) { page(s, "203.0.113.7", "203.0.113.7", "/main.aspx", 200) }
	ruletest.Run(t, k9,
		ruletest.Case{Name: "no such page", Play: list(404), Want: []string{"high 10.0.0.5>-"}},
		ruletest.Case{Name: "no answer", Play: list(0), Want: []string{"high 10.0.0.5>-"}, Roles: map[string]roles.Role{"10.0.0.5": roles.Workstation}},
		ruletest.Case{Name: "by a modality", Play: list(0), Want: []string{"critical 10.0.0.5>-"}, Roles: map[string]roles.Role{"10.0.0.5": roles.XA}},
		ruletest.Case{Name: "nobody there, then one", Play: func(s *ruletest.Scene) { fails(s, 6); one(s) }, Want: []string{"high 10.0.0.5>-"}},
		ruletest.Case{Name: "one, then nobody there", Play: func(s *ruletest.Scene) { one(s); fails(s, 6) }, Want: []string{"high 10.0.0.5>-"}},
		ruletest.Case{Name: "an old list of few", Play: func(s *ruletest.Scene) {
			one(s)
			for range 9 {
				fails(s, 4)
			}
		}},
		ruletest.Case{Name: "they all answer", Play: list(200)},
		ruletest.Case{Name: "other pages", Play: func(s *ruletest.Scene) {
			fails(s, 9)
			page(s, "203.0.113.7", "203.0.113.7", "/cgi-bin/status.php", 200)
		}},
		ruletest.Case{Name: "printers inside that are off", Play: func(s *ruletest.Scene) {
			for i := range 9 {
				ip := fmt.Sprintf("10.0.%d.9", i)
				page(s, ip, ip, "/main.aspx", 0)
			}
		}},
	)
}

func TestK12(t *testing.T) {
	as := func(agent string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk("10.0.0.5:50000", farServer)
			s.Say(&http.Exchange{Method: "GET", URI: "/", UserAgent: agent})
		}
	}
	ruletest.Run(t, k12,
		ruletest.Case{Name: "exact", Play: as("ItIsMe"), Want: []string{"medium 10.0.0.5>203.0.113.77"}},
		ruletest.Case{Name: "longer", Play: as("ItIsMe/1.0")},
	)
}
