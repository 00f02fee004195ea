package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// remote2 is every road by which somebody opens a session on a machine of
// Windows or a modality: WinRM, WMI, DCOM; SSH, Telnet, VNC.
func remote2(l *Lab) error {
	if err := l.build("dose", "pacs", "ct1", "admin1", "desk1", "desk2", "desk3", "desk4"); err != nil {
		return err
	}
	l.canary("secret", wrongPassword)
	l.known(people()["service"], people()["operator"], people()["reader"])
	if err := l.startConsole("ct1"); err != nil {
		return err
	}
	pacs, err := l.startOrthanc(l.hosts["pacs"])
	if err != nil {
		return err
	}
	sets, err := l.makeDay(map[string]int{"ct1": 1})
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	// An image shows that the machine with the shells is a modality.
	if err := l.store(l.hosts["ct1"], pacs, sets["ct1"].files); err != nil {
		return err
	}
	for _, play := range []func() error{l.startManaged, l.shells, l.managed, func() error { return l.consoles("ct1") }} {
		if err := play(); err != nil {
			return err
		}
	}
	if err := l.mockHeard("dose"); err != nil {
		return err
	}
	return l.managedHeard()
}

// managedConf is what both mocks are told: accounts, and who may not what.
func (l *Lab) managedConf() map[string]any {
	service, operator, reader := people()["service"], people()["operator"], people()["reader"]
	return map[string]any{"ip": l.hosts["dose"].IP, "dynamic": mockPort, "log": l.in("managed"), "calls": l.in("mock.calls"),
		"accounts": map[string]string{service.user: service.password, operator.user: operator.password, reader.user: reader.password},
		"barred":   []string{reader.user}, "outside": []string{operator.user}, "domain": workgroup, "netbios": "DOSE", "zone": cast.Zone}
}

// startManaged runs the mocks of a machine that is managed by HTTP and DCOM.
func (l *Lab) startManaged() error {
	h := l.hosts["dose"]
	file, err := l.jobFile("managed", l.managedConf())
	if err != nil {
		return err
	}
	for script, port := range map[string]int{"wsman": 5985, "wmi": 135} {
		if _, err := l.serve(h, script, port, "env", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "/usr/bin/python3", "-u", filepath.Join(l.peers, script+".py"), "serve", file); err != nil {
			return err
		}
	}
	h.offers("http", "tcp", 5985, "Microsoft-HTTPAPI/2.0")
	h.offers("dce_rpc", "tcp", 135, "")
	h.offers("dce_rpc", "tcp", mockPort, "")
	h.called("DOSE", "ntlm")
	return nil
}

// shells are sessions by WS-Management: with Basic in clear and with NTLM
// sealed, granted, refused and denied.
func (l *Lab) shells() error {
	service, reader := people()["service"], people()["reader"]
	wrong := account{service.user, wrongPassword}
	for _, p := range []struct {
		from, play, transport string
		who                   account
		wants                 string
	}{
		{"desk1", "identify", "basic", service, "granted"},
		{"desk1", "command", "basic", service, "granted"}, {"desk1", "command", "basic", wrong, "refused"}, {"desk1", "command", "basic", reader, "denied"},
		{"desk1", "wmi", "basic", service, "granted"}, {"desk3", "wmi", "basic", reader, "denied"},
		{"desk2", "command", "ntlm", service, "granted"}, {"desk2", "command", "ntlm", wrong, "refused"}, {"desk2", "command", "ntlm", reader, "denied"},
		{"desk2", "wmi", "ntlm", service, "granted"},
	} {
		user := p.who.user
		if p.transport == "ntlm" {
			user = workgroup + `\` + user
		}
		job := map[string]any{"server": l.hosts["dose"].IP, "transport": p.transport, "user": user, "password": p.who.password, "wants": p.wants}
		if _, err := l.python(p.from, p.play, job, "wsman"); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: p.from, Server: "dose", Proto: "tcp", Port: 5985, Service: "http",
			Detail: fmt.Sprintf("WinRM, %s, %s, %s", p.play, p.transport, p.wants), Count: 1})
	}
	return nil
}

// managedHeard takes over what the mocks wrote down: log-ins and exchanges.
func (l *Lab) managedHeard() error {
	b, err := os.ReadFile(l.in("managed"))
	if err != nil {
		return err
	}
	name := map[string]string{}
	for _, h := range l.hosts {
		name[h.IP] = h.Name
	}
	for line := range strings.Lines(string(b)) {
		var r struct {
			Logon *truth.Logon         `json:"logon"`
			WSMan *truth.WSManExchange `json:"wsman"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return err
		}
		if r.Logon != nil {
			r.Logon.Client, r.Logon.Server = name[r.Logon.Client], "dose"
			l.truth.Logons = append(l.truth.Logons, *r.Logon)
		}
		if r.WSMan != nil {
			r.WSMan.Client, r.WSMan.Server = name[r.WSMan.Client], "dose"
			l.truth.WSMan = append(l.truth.WSMan, *r.WSMan)
		}
	}
	if len(l.truth.WSMan) < 30 || len(l.truth.Logons) < 10 {
		return fmt.Errorf("the mocks heard %d exchanges and %d log-ins", len(l.truth.WSMan), len(l.truth.Logons))
	}
	return nil
}

// startConsole gives a modality a shell, a terminal and a screen.
func (l *Lab) startConsole(host string) error {
	if err := l.sshd(host, "PubkeyAuthentication yes\n"); err != nil {
		return err
	}
	if err := l.telnetd(host); err != nil {
		return err
	}
	pass := l.in("vnc.pass")
	if _, err := l.must(nil, "x11vnc", "-storepasswd", vncPassword, pass); err != nil {
		return err
	}
	l.canary("secret", vncPassword)
	return l.vncServer(host, "CT Force console", "-SecurityTypes", "VncAuth", "-PasswordFile", pass)
}

// consoles are sessions with the modality, granted and refused.
func (l *Lab) consoles(host string) error {
	who, wrong := people()["operator"], l.in("vnc.wrong")
	if _, err := l.must(nil, "x11vnc", "-storepasswd", "LZbad-99", wrong); err != nil {
		return err
	}
	l.canary("secret", "LZbad-99")
	x, shot, err := l.viewer("admin1")
	if err != nil {
		return err
	}
	defer x.stop(syscall.SIGTERM)
	ssh := func(detail, says, password string, exit int) errand {
		return errand{from: "admin1", to: host, port: 22, service: "ssh", detail: detail, exit: exit, says: says, argv: l.ssh(who, password, host)}
	}
	telnet := func(detail, says, password, then string) errand {
		return errand{from: "desk4", to: host, port: 23, service: "telnet", detail: detail, says: says, argv: l.telnetTo(host, who.user, password, then)}
	}
	return l.errands(
		ssh("password, granted", "in", who.password, 0), ssh("password, refused", "Permission denied", wrongPassword, -1),
		telnet("password, granted", "Linux", who.password, telnetWork), telnet("password, refused", "ncorrect", wrongPassword, telnetRefused),
		shot(host, "VncAuth, granted", "", 124, "-passwd", l.in("vnc.pass")), shot(host, "VncAuth, refused", "Authentication failure", 0, "-passwd", wrong),
	)
}
