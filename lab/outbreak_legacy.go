package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"lazaret/lab/truth"
)

// legacy is what attacks on old SMB look like on the wire, with letters where
// they have code, and ordinary use of the same old commands.
func legacy(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1", "us1"}, "guest1", "desk1", "desk4", "oldfiles", "apps", "nas1")
	if err != nil {
		return err
	}
	if _, err := l.lend("oldfiles", "images"); err != nil {
		return err
	}
	if err := l.oldDoors(map[string]int{"us1": 0xC0000205, "mr1": 0xC0000022}); err != nil {
		return err
	}
	for host, paths := range map[string]string{"apps": "takes", "nas1": "refuses"} {
		if err := l.pretend(pretender{host: host, paths: paths}); err != nil {
			return err
		}
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(9 * time.Minute)
	for _, play := range []func() error{l.oldUse, l.oldProbes, l.oldTools, l.oldPaths} {
		if err := play(); err != nil {
			return err
		}
		l.pass(11 * time.Minute)
	}
	l.story().Blind = append(l.story().Blind, "what code such attacks would bring: there is none in this capture")
	return nil
}

// oldDoors are machines with SMB1 alone that answer PeekNamedPipe with a status
// each: 0xC0000205 says that the hole of MS17-010 is open, 0xC0000022 that it
// is not. No back door is behind them.
func (l *Lab) oldDoors(all map[string]int) error {
	for _, host := range sortedKeys(all) {
		file, err := l.jobFile("answers", map[string]any{"ip": l.hosts[host].IP, "delta": 0, "pipe": all[host]})
		if err != nil {
			return err
		}
		if _, err := l.serve(l.hosts[host], "answers-"+host, 445, "env", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "/usr/bin/python3", "-u", filepath.Join(l.peers, "outbreak.py"), "answers", file); err != nil {
			return err
		}
		l.hosts[host].offers("smb", "tcp", 445, "")
	}
	return nil
}

// oldUse is a client of old Windows at work: echoes, transactions, paths.
func (l *Lab) oldUse() error {
	who := people()["transfer"]
	for _, from := range []string{"desk4", "desk1"} {
		if err := l.errands(errand{from: from, to: "oldfiles", port: 445, service: "smb", detail: "SMB1: echoes, listings, rights of files", says: "blocks",
			argv: []string{"smbclient", "-s", "/dev/null", "-W", workgroup, "//" + l.hosts["oldfiles"].IP + "/images", "--user=" + who.user + "%" + who.password, "--option=client min protocol=NT1", "--option=client max protocol=NT1",
				"-c", "echo 3 LZPING; mkdir WARD; showacls; ls; allinfo WARD; rename WARD WARD-" + from + "; ls"}}); err != nil {
			return err
		}
		l.mustBeQuiet(from, "oldfiles", "ordinary echoes and transactions of SMB1", "E1", "E3", "E4")
	}
	for _, to := range []string{"apps", "nas1"} {
		if err := l.canonical("desk4", to, "paths as programs have them", `\images\2026\.\head`, `C:\WINDOWS\..\IMAGES`, strings.Repeat(`\long-name-of-a-folder`, 9)); err != nil {
			return err
		}
		l.mustBeQuiet("desk4", to, "paths as programs have them", "E10")
	}
	return nil
}

// canonical has a server make paths canonical.
func (l *Lab) canonical(from, to, detail string, paths ...string) error {
	who := people()["service"]
	all, err := l.python(from, "paths", map[string]any{"server": l.hosts[to].IP, "user": who.user, "password": who.password, "domain": workgroup, "myname": strings.ToUpper(from), "transport": "smb1", "paths": paths}, "legacy")
	if err != nil {
		return err
	}
	l.toldCalls(all, from, to)
	l.flow(truth.Flow{Client: from, Server: to, Proto: "tcp", Port: 445, Service: "smb", Detail: "NetprPathCanonicalize: " + detail, Count: 1})
	return nil
}

// oldProbes asks both doors whether they are open.
func (l *Lab) oldProbes() error {
	for _, x := range [][2]string{{"mr1", "refused"}, {"us1", "accepted"}} {
		to, answer, began := x[0], x[1], time.Now()
		if _, err := l.python("guest1", "probe", map[string]any{"server": l.hosts[to].IP}, "legacy"); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: "guest1", Server: to, Proto: "tcp", Port: 445, Service: "smb", Detail: "PeekNamedPipe for the handle 0", Count: 1})
		l.contact(began, "guest1", to, "touched", "asked whether the hole of MS17-010 is open")
		l.finds("guest1", to, answer, "E4")
		l.mustBeQuiet("guest1", to, "nobody asked for a back door", "E1", "E2", "E7")
	}
	return nil
}

// oldTools shows the traces of EternalBlue's tools to the open door.
func (l *Lab) oldTools() error {
	began := time.Now()
	// As much is announced as such tools do; less comes, so nothing is ever whole.
	const total, pieces = 66512, 14
	if _, err := l.python("guest1", "tools", map[string]any{"server": l.hosts["us1"].IP, "total": total, "pieces": pieces}, "legacy"); err != nil {
		return err
	}
	l.flow(truth.Flow{Client: "guest1", Server: "us1", Proto: "tcp", Port: 445, Service: "smb", Detail: fmt.Sprintf("NT_TRANSACT of %d bytes, %d messages of TRANSACTION2_SECONDARY, an echo with the word of the tools; letters alone", total, pieces), Count: 1})
	l.contact(began, "guest1", "us1", "touched", "the shape of an attack, with letters in it")
	l.finds("guest1", "us1", "", "E3")
	return nil
}

// oldPaths gives the path of MS08-067, without what follows in the attack, to
// a machine that takes it and to one that does not.
func (l *Lab) oldPaths() error {
	path := `\` + strings.Repeat("LZINERT", 32) + `\..\..\LZINERT`
	for _, x := range [][2]string{{"apps", "accepted"}, {"nas1", "failed"}} {
		to, answer, began := x[0], x[1], time.Now()
		if err := l.canonical("guest1", to, "a long path that climbs twice", path); err != nil {
			return err
		}
		l.contact(began, "guest1", to, "touched", "the path of MS08-067, of letters")
		l.finds("guest1", to, answer, "E10")
	}
	return nil
}
