package main

import (
	"fmt"
	"strings"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

const daily = 24 * time.Hour

// calls is what a device that belongs to somebody else asks for, over a week,
// and what other machines ask for as regularly.
func calls(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1", "xa1", "us1"}, "outside1", "supplier", "desk1", "desk2", "desk3", "nms", "web")
	if err != nil {
		return err
	}
	if err := l.emptiness(); err != nil {
		return err
	}
	if _, err := l.resolver(nil); err != nil {
		return err
	}
	if err := l.callServers(); err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	var week []appointment
	for _, plan := range []func() []appointment{l.dailyCalls, l.deadLists, l.beacons, l.monitoring, l.odds} {
		week = append(week, plan()...)
	}
	l.story().Blind = append(l.story().Blind, "what a call that was lost on the way would have said", "whether a program with the user agent of the backdoor is one: K13, which knows samples, has nothing to show without the malware itself")
	return l.calendar(week)
}

// callServers are web servers outside and inside, a clock outside, and a
// machine at a desk that takes whatever comes.
func (l *Lab) callServers() error {
	if err := l.files(map[string]string{"calls/p": "ok\n", "calls/update": strings.Repeat("nothing new\n", 20), "calls/index.html": "<html><title>Canteen</title></html>\n"}); err != nil {
		return err
	}
	for _, x := range []struct {
		host string
		port int
	}{{"outside1", 8080}, {"supplier", 8090}, {"web", 80}} {
		if _, err := l.serve(l.hosts[x.host], "httpd-"+x.host, x.port, "busybox", "httpd", "-f", "-p", fmt.Sprint(x.port), "-h", l.in("calls")); err != nil {
			return err
		}
		l.hosts[x.host].offers("http", "tcp", x.port, "")
	}
	if _, err := l.serve(l.hosts["reg1"], "relay", relayPort, "nc", "-d", "-l", "-k", "-p", fmt.Sprint(relayPort)); err != nil {
		return err
	}
	conf, err := l.file("outside.chrony.conf", "local stratum 2\nallow\nport 123\ncmdport 0\nbindcmdaddress /\npidfile "+l.in("outside.chronyd.pid")+"\n")
	if err != nil {
		return err
	}
	p, err := l.serve(l.hosts["outside1"], "chronyd-outside", 0, "chronyd", "-x", "-d", "-u", "root", "-f", conf)
	if err != nil {
		return err
	}
	l.hosts["outside1"].offers("ntp", "udp", 123, "")
	return p.waitUDP(123)
}

// relayPort is where the relay inside takes words of no protocol.
const relayPort = 4455

// get is a page that is fetched; exit is curl's: 0, 7 for refused, 28 for
// silence.
func (l *Lab) get(from, to string, port int, path, agent, detail string, exit int) error {
	return l.errands(errand{from: from, to: to, port: port, service: "http", detail: detail, exit: exit,
		argv: []string{"curl", "-sS", "-m", "3", "--connect-timeout", "1.4", "-A", agent, "-o", l.in("got." + from), fmt.Sprintf("http://%s:%d%s", l.hosts[to].IP, port, path)}})
}

// each gives n appointments, every so often, from a moment on; drift is by how
// many hundredths of the period each of them is late.
func each(from, period time.Duration, n int, drift []int, do func(i int) error) (all []appointment) {
	for i := range n {
		at := from + time.Duration(i)*period
		if len(drift) > 0 {
			at += period * time.Duration(drift[i%len(drift)]) / 100
		}
		all = append(all, appointment{at, func() error { return do(i) }})
	}
	return all
}

// dailyCalls are a device that calls a server outside every night, and a PC
// that looks for updates every noon.
func (l *Lab) dailyCalls() []appointment {
	l.finds("xa1", "supplier", "", "B3")
	l.atMostLow("desk1", "supplier", "a PC that looks for updates at noon", "B3")
	return append(
		each(2*time.Hour, daily, 6, []int{0, 1, -1, 2, 0, 1}, func(int) error {
			return l.get("xa1", "supplier", 8090, "/p", "Agent/1.0", "a call every night", 0)
		}),
		each(12*time.Hour, daily, 6, []int{0, 1, 0, -1, 0, 1}, func(int) error {
			return l.get("desk1", "supplier", 8090, "/update", "Updater/4.2", "updates at noon", 0)
		})...)
}

// deadLists are a long list that is gone through on three evenings, and three
// dead servers in the list of a PC that nobody cleaned.
func (l *Lab) deadLists() []appointment {
	l.finds("us1", "", "", "B2")
	l.mustBeQuiet("desk2", "", "the same three dead servers, whenever it is switched on", "B1", "B2", "B3")
	var long, stale []string
	for n := range 6 {
		long = append(long, fmt.Sprintf("203.0.113.%d", 60+7*n), fmt.Sprintf("192.0.2.%d", 70+9*n))
	}
	for n := range 3 {
		stale = append(stale, fmt.Sprintf("192.0.2.%d", 201+n))
	}
	through := func(from, detail string, list []string) error {
		argv := append([]string{"sh", "-c", `for a; do curl -sS -m 2 --connect-timeout 1.1 -o /dev/null "http://$a:8080/status"; done; exit 0`, "sh"}, list...)
		return l.errands(errand{from: from, to: "router", port: 8080, detail: detail, exit: 0, argv: argv})
	}
	all := each(20*time.Hour, daily, 3, nil, func(int) error {
		return through("us1", "twelve dead servers outside and one that lives, one after the other", append(long, l.hosts["outside1"].IP))
	})
	return append(all, each(31*time.Hour, daily, 5, []int{0, 14, -9, 21, 5}, func(int) error {
		return through("desk2", "three dead servers outside", stale)
	})...)
}

// beacons are calls with a beat and much jitter: to the outside, where some are
// refused or lost and one is left out, and to a relay inside.
func (l *Lab) beacons() []appointment {
	const period = 10 * time.Minute
	begin := 6*daily + 8*time.Hour
	l.finds("mr1", "outside1", "", "B1")
	l.finds("ct1", "reg1", "", "B1")
	jitter := []int{0, 14, -11, 6, -17, 9, 3, -8, 16, -2, -14, 11, 5}
	router := l.hosts["router"]
	lost := map[int]string{4: "blackhole", 9: "unreachable", 10: "blackhole"}
	all := each(begin, period, 18, jitter, func(i int) error {
		if i == 6 {
			return nil
		}
		way, cut := lost[i]
		if !cut {
			return l.get("mr1", "outside1", 8080, "/p", "Agent/1.0", "a call with a beat", 0)
		}
		route := way + " " + l.hosts["outside1"].IP + "/32"
		if err := l.batch(router.ns, []string{"route add " + route}); err != nil {
			return err
		}
		err := l.get("mr1", "outside1", 8080, "/p", "Agent/1.0", "a call with a beat that did not get through: "+way, -1)
		return firstOf(err, l.batch(router.ns, []string{"route del " + route}))
	})
	return append(all, each(begin+4*time.Minute, 7*time.Minute, 20, []int{0, -12, 9, 17, -6, 2, -15}, func(i int) error {
		return l.errands(errand{from: "ct1", to: "reg1", port: relayPort, detail: "words of no protocol to a relay at a desk", exit: 0,
			argv: []string{"sh", "-c", fmt.Sprintf("printf 'LZ%02d\\001\\002\\003' | nc -N -w 2 %s %d", i, l.hosts["reg1"].IP, relayPort)}})
	})...)
}

func firstOf(errs ...error) error {
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return nil
}

// monitoring is a server that watches others with a beat: a page of the house,
// its updates, and a clock outside.
func (l *Lab) monitoring() []appointment {
	begin := 6*daily + 8*time.Hour
	l.atMostLow("nms", "web", "monitoring of a known server with a fixed beat", "B1")
	l.atMostLow("nms", "outside1", "updates asked for with a fixed beat", "B1")
	l.mustBeQuiet("nms", "", "one server for each purpose, all alive", "B2", "B3")
	all := each(begin+time.Minute, 5*time.Minute, 16, nil, func(int) error {
		return l.get("nms", "web", 80, "/index.html", "Monitor/7.0", "monitoring", 0)
	})
	all = append(all, each(begin+2*time.Minute, 15*time.Minute, 13, nil, func(int) error {
		return l.get("nms", "outside1", 8080, "/update", "Monitor/7.0", "updates of the monitoring", 0)
	})...)
	return append(all, each(begin+3*time.Minute, 1024*time.Second, 13, nil, func(int) error {
		if _, err := l.python("nms", "clock", map[string]any{"server": l.hosts["outside1"].IP}, "outbreak"); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: "nms", Server: "outside1", Proto: "udp", Port: 123, Service: "ntp", Detail: "the time", Count: 1})
		return nil
	})...)
}

// odds are names in the grammar of a known backdoor with few of its own words,
// and the browser's name that one of its tools is said to have.
func (l *Lab) odds() []appointment {
	l.finds("us1", "", "", "K11")
	l.finds("reg1", "supplier", "", "K12")
	l.mustBeQuiet("us1", "", "none of the names has two words of the backdoor's own", "K10")
	l.mustBeQuiet("desk3", "", "names of ordinary words, and two that the grammar could make", "K10", "K11")
	l.mustBeQuiet("desk1", "", "another browser", "K12")
	ask := func(from string, names []string) func(int) error {
		return func(i int) error { return l.ask(from, names[i], "A", false) }
	}
	rare, plain := cast.CommonLabels(), []string{"api.mainsite.info", "cdn.powernews.org", "sitemap.newsroom.info", "mainframe.org", "powerline.ca", "unityhealth.info"}
	all := each(6*daily+9*time.Hour, 2*time.Minute, len(rare), nil, ask("us1", rare))
	all = append(all, each(6*daily+9*time.Hour+30*time.Second, 2*time.Minute, len(plain), nil, ask("desk3", plain))...)
	return append(all,
		appointment{6*daily + 10*time.Hour, func() error {
			return l.get("reg1", "supplier", 8090, "/p", "ItIsMe", "the name of a tool as browser", 0)
		}},
		appointment{6*daily + 10*time.Hour + time.Minute, func() error {
			return l.get("desk1", "supplier", 8090, "/p", "ItIsMyBrowser/1.0", "another browser", 0)
		}})
}
