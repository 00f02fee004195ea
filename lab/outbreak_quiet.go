package main

import (
	"fmt"
	"strings"
	"time"

	"lazaret/lab/truth"
)

// recon is the questions that travel before something spreads: MITRE ATT&CK
// T1135, T1087, T1069, T1018, and passwords tried for many names (T1110.003).
func recon(l *Lab) error {
	servers := []string{"files", "nas1", "filedrop", "apps", "mail", "oldfiles"}
	s, err := l.open([]string{"ct1", "mr1"}, append(servers, "scan1", "desk1")...)
	if err != nil {
		return err
	}
	shares := map[string]*fileShares{}
	for _, n := range servers {
		if shares[n], err = l.lend(n, "images"); err != nil {
			return err
		}
	}
	if err := l.begin(s); err != nil {
		return err
	}
	// One visit to one server is what anybody does.
	if err := l.asks("desk1", "files", "netshareenumall"); err != nil {
		return err
	}
	l.mustBeQuiet("desk1", "", "shares of one server", "R2", "R3")
	l.pass(21 * time.Minute)
	for _, from := range []string{"ct1", "scan1"} {
		for _, n := range servers {
			if err := l.asks(from, n, "netshareenumall"); err != nil {
				return err
			}
			l.pass(40 * time.Second)
		}
		for range 3 {
			if err := l.asks(from, "files", "enumdomusers; enumdomgroups; enumalsgroups builtin; querydominfo; querydispinfo; lookupnames lzreader lztransfer lzoperator"); err != nil {
				return err
			}
		}
		l.pass(35 * time.Minute)
	}
	l.finds("ct1", "", "", "R2", "R3", "F1")
	l.mayFire("scan1", "", "the house's inventory", "R2", "R3", "F1")
	now := time.Now()
	l.story().Allowed = append(l.story().Allowed, truth.Allowance{Source: "scan1", Account: people()["service"].user, From: now.Add(-3 * time.Hour), Until: now.Add(24 * time.Hour), Detail: "inventory of shares and accounts"})
	if err := l.oldNeighbours("mr1", "oldfiles"); err != nil {
		return err
	}
	l.pass(5 * time.Minute)
	return l.sprays("ct1", "files")
}

// asks runs rpcclient on a server.
func (l *Lab) asks(from, to, commands string) error {
	who := people()["service"]
	// Names that are asked for stay out of the truth's words.
	shown, _, _ := strings.Cut(commands, "; lookupnames")
	return l.errands(errand{from: from, to: to, port: 445, service: "smb", detail: "rpcclient: " + shown, exit: -1, says: "",
		argv: []string{"rpcclient", l.hosts[to].IP, "-s", "/dev/null", "-W", workgroup, "--option=netbios name=" + strings.ToUpper(from), "--user=" + who.user + "%" + who.password, "-c", commands}})
}

// oldNeighbours asks for all machines by the Remote Administration Protocol
// (MS-RAP 2.5.5.2), as old Windows does for its network neighbourhood.
func (l *Lab) oldNeighbours(from, to string) error {
	who := people()["service"]
	if _, err := l.python(from, "rap", map[string]any{"server": l.hosts[to].IP, "user": who.user, "password": who.password, "domain": workgroup, "myname": strings.ToUpper(from)}, "outbreak"); err != nil {
		return err
	}
	l.flow(truth.Flow{Client: from, Server: to, Proto: "tcp", Port: 445, Service: "smb", Detail: "RAP: NetServerEnum2 and NetServerEnum3", Count: 1})
	l.finds(from, to, "", "R1")
	return nil
}

// sprays tries one password for many names; somebody else mistypes his own.
func (l *Lab) sprays(from, to string) error {
	l.canary("secret", wrongPassword)
	try := func(from, user string) error {
		return l.errands(errand{from: from, to: to, port: 445, service: "smb", detail: "wrong password", exit: 1, says: "LOGON_FAILURE",
			argv: []string{"smbclient", "-s", "/dev/null", "-W", workgroup, "//" + l.hosts[to].IP + "/images", "--user=" + user + "%" + wrongPassword, "-c", "ls"}})
	}
	for i := range 25 {
		user := fmt.Sprintf("lzguess%02d", i)
		l.canary("user", user)
		if err := try(from, user); err != nil {
			return err
		}
	}
	l.finds(from, to, "refused", "E11")
	l.pass(3 * time.Minute)
	for range 3 {
		if err := try("desk1", people()["reader"].user); err != nil {
			return err
		}
	}
	l.mustBeQuiet("desk1", to, "one name, three times", "E11")
	return nil
}

// takeover is a machine that puts itself between two others (T1557.002) and
// changes nothing of what it passes on.
func takeover(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1"}, "guest1", "files", "nas1")
	if err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(14 * time.Minute)
	guest, ct, pacs := l.hosts["guest1"], l.hosts["ct1"], l.hosts["pacs"]
	// A pair of machines with one address between them: first one has it, then
	// the other, always under the card that such pairs use (RFC 9568, 7.3).
	const pair, card = "10.20.30.200", "00:00:5e:00:01:0a"
	for _, n := range []string{"files", "nas1"} {
		if _, err := l.python(n, "announce", map[string]any{"mac": card, "tell": [][3]string{{pair, "ff:ff:ff:ff:ff:ff", pair}}, "times": 3, "pause": 0.3}, "outbreak"); err != nil {
			return err
		}
		l.pass(3 * time.Minute)
	}
	l.mustBeQuiet("files", "", "a pair with one address: the card stays the same", "N1")
	l.mustBeQuiet("nas1", "", "a pair with one address: the card stays the same", "N1")
	if _, err := l.must(guest, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects; echo 0 >/proc/sys/net/ipv4/conf/eth0/send_redirects"); err != nil {
		return err
	}
	began := time.Now()
	if _, err := l.scu(call{from: ct, to: s.pacs, tool: "echoscu"}); err != nil {
		return err
	}
	job := map[string]any{"tell": [][3]string{{pacs.IP, ct.MAC, ct.IP}, {ct.IP, pacs.MAC, pacs.IP}}, "times": 4, "pause": 0.25}
	if _, err := l.python("guest1", "announce", job, "outbreak"); err != nil {
		return err
	}
	if err := l.store(ct, s.pacs, s.sets["ct1"].files); err != nil {
		return err
	}
	if _, err := l.python("guest1", "announce", job, "outbreak"); err != nil {
		return err
	}
	if _, err := l.scu(call{from: ct, to: s.pacs, tool: "echoscu"}); err != nil {
		return err
	}
	l.contact(began, "guest1", "pacs", "touched", "takes the archive's address towards the scanner, and the scanner's towards the archive")
	l.finds("guest1", "pacs", "", "N1")
	l.finds("guest1", "ct1", "", "N1")
	for _, owner := range []string{"pacs", "ct1"} {
		l.mustBeQuiet(owner, "", "the owner answers for its own address", "N1")
	}
	l.story().Blind = append(l.story().Blind, "whether anything was changed on the way: nothing was")
	return nil
}
