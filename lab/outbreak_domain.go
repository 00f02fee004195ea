package main

import (
	"fmt"
	"strings"
	"time"

	"lazaret/lab/truth"
)

// domain is what somebody does who wants a domain: passwords tried in rounds,
// identities walked through, machines opened, the directory fetched.
func domain(l *Lab) error {
	s, err := l.open([]string{"ct1"}, "dc1", "kdc", "files", "apps", "nas1", "nms", "desk1", "desk2", "desk3")
	if err != nil {
		return err
	}
	l.canary("secret", domainPassword)
	if _, err := l.lend("files", "images"); err != nil {
		return err
	}
	if err := l.pretend(pretender{host: "apps"}); err != nil {
		return err
	}
	conf, err := l.provision()
	if err != nil {
		return err
	}
	// Of what shows it as a controller, this capture has the interfaces alone.
	dc := l.hosts["dc1"]
	dc.Services, dc.Shown, dc.Kinds = nil, nil, nil
	dc.offers("dce_rpc", "tcp", 135, "")
	kdc, err := l.makeKDC()
	if err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	if err := l.serveDomain(conf); err != nil {
		return err
	}
	if err := kdc(); err != nil {
		return err
	}
	l.pass(8 * time.Minute)
	if err := l.calendar(append(l.rounds(), l.expired()...)); err != nil {
		return err
	}
	for _, play := range []func() error{l.walkIdentities, l.openRegistry, l.fetchDirectory} {
		l.pass(13 * time.Minute)
		if err := play(); err != nil {
			return err
		}
	}
	l.story().Blind = append(l.story().Blind, "what the directory gave: replication is sealed; that it was asked for is not")
	return nil
}

// wrong is a log-in that is refused.
func (l *Lab) wrong(from, to, user string) error {
	l.canary("secret", wrongPassword)
	return l.errands(errand{from: from, to: to, port: 445, service: "smb", detail: "wrong password", exit: 1, says: "LOGON_FAILURE",
		argv: []string{"smbclient", "-s", "/dev/null", "-W", workgroup, "//" + l.hosts[to].IP + "/images", "--user=" + user + "%" + wrongPassword, "-c", "ls"}})
}

// rounds are six accounts, tried again every forty minutes: as long as such
// worms wait for accounts that they have locked.
func (l *Lab) rounds() []appointment {
	l.finds("reg1", "files", "refused", "E11")
	return each(0, 40*time.Minute, 4, nil, func(int) error {
		for i := range 6 {
			user := fmt.Sprintf("lzround%02d", i)
			l.canary("user", user)
			if err := l.wrong("reg1", "files", user); err != nil {
				return err
			}
		}
		return nil
	})
}

// expired is a service whose password was changed, and which does not know.
func (l *Lab) expired() []appointment {
	l.mustBeQuiet("nas1", "files", "one account, again and again", "E11")
	return each(2*time.Minute, 10*time.Minute, 12, nil, func(int) error { return l.wrong("nas1", "files", people()["reader"].user) })
}

// walkIdentities asks for the names of forty identities, one after the other;
// another machine for those of a few, as whoever looks at owners of files does.
func (l *Lab) walkIdentities() error {
	who := people()["service"]
	for _, x := range []struct {
		from string
		n    int
	}{{"reg1", 40}, {"desk2", 6}} {
		var words []string
		for i := range x.n {
			words = append(words, fmt.Sprintf("lookupsids S-1-5-21-1911-2822-3733-%d", 1000+i))
		}
		if err := l.errands(errand{from: x.from, to: "files", port: 445, service: "smb", detail: fmt.Sprintf("rpcclient: lookupsids, %d identities", x.n), exit: -1,
			argv: []string{"rpcclient", l.hosts["files"].IP, "-s", "/dev/null", "-W", workgroup, "--option=netbios name=" + strings.ToUpper(x.from), "--user=" + who.user + "%" + who.password, "-c", strings.Join(words, ";")}}); err != nil {
			return err
		}
	}
	l.finds("reg1", "files", "", "R3")
	l.mustBeQuiet("desk2", "files", "names of a few owners", "R3")
	return nil
}

// openRegistry sets values that let an intruder in again; monitoring sets some
// of its own.
func (l *Lab) openRegistry() error {
	who := people()["service"]
	for _, x := range []struct {
		from   string
		values [][]any
	}{
		{"reg1", [][]any{{`SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, "LocalAccountTokenFilterPolicy", 1}, {`SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, "AutoAdminLogon", "1"}}},
		{"nms", [][]any{{`SOFTWARE\Lazarus\Monitor`, "Interval", 300}, {`SYSTEM\CurrentControlSet\Services\LanmanServer\Parameters`, "AutoDisconnect", 15}}},
	} {
		all, err := l.python(x.from, "registry", map[string]any{"server": l.hosts["apps"].IP, "user": who.user, "password": who.password, "domain": workgroup, "myname": strings.ToUpper(x.from), "transport": "smb2", "values": x.values}, "legacy")
		if err != nil {
			return err
		}
		l.toldCalls(all, x.from, "apps")
		l.flow(truth.Flow{Client: x.from, Server: "apps", Proto: "tcp", Port: 445, Service: "smb", Detail: "values of the registry", Count: 1})
	}
	l.finds("reg1", "apps", "accepted", "L3")
	l.mustBeQuiet("nms", "apps", "values that open nothing", "L3")
	return nil
}

// fetchDirectory asks the domain controller for an account's changes: from a
// desk, and from a machine that lets others in itself.
func (l *Lab) fetchDirectory() error {
	who := people()["transfer"]
	if err := l.errands(func() errand {
		e := l.kinit("desk1", "krb5.conf", "desk1udp", "echo "+who.password+" | kinit "+who.user+" && kvno host/files.lazarus.example")
		e.proto, e.service, e.detail, e.says = "udp", "krb", "right password, a ticket for a service", "kvno"
		return e
	}()); err != nil {
		return err
	}
	for _, from := range []string{"desk3", "kdc"} {
		all, err := l.python(from, "replicate", map[string]any{"server": l.hosts["dc1"].IP, "user": "Administrator", "password": domainPassword, "domain": adDomain, "realm": adRealm, "account": "Guest"}, "legacy")
		if err != nil {
			return err
		}
		l.toldCalls(all, from, "dc1")
		l.flow(truth.Flow{Client: from, Server: "dc1", Proto: "tcp", Port: 135, Service: "dce_rpc", Detail: "endpoint mapper", Count: 1})
		l.flow(truth.Flow{Client: from, Server: "dc1", Proto: "tcp", Port: 49152, Service: "dce_rpc", Detail: "drsuapi: changes of one account", Count: 1})
	}
	l.finds("desk3", "dc1", "accepted", "L4")
	l.atMostLow("kdc", "dc1", "a machine known as a domain controller replicates", "L4")
	return nil
}
