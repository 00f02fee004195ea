package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// flow notes conversations of no medical protocol.
func (l *Lab) flow(f truth.Flow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.truth.Flows {
		g := &l.truth.Flows[i]
		n := g.Count
		if g.Count = f.Count; *g == f {
			g.Count = n + f.Count
			return
		}
		g.Count = n
	}
	l.truth.Flows = append(l.truth.Flows, f)
}

// startOffice runs the servers that every network has: web, web over TLS,
// and remote login.
func (l *Lab) startOffice() error {
	dir := filepath.Join(l.dir, "www")
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	page := "<html><title>Intranet</title>" + strings.Repeat("<p>Canteen: soup.</p>\n", 400) + "</html>\n"
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(page), 0o644); err != nil {
		return err
	}
	web := l.hosts["web"]
	p, err := l.start(web, "httpd", "busybox", "httpd", "-f", "-p", "80", "-h", dir)
	if err != nil {
		return err
	}
	if err := p.waitListen(80); err != nil {
		return err
	}
	if err := l.makeCerts("web"); err != nil {
		return err
	}
	in := func(name string) string { return filepath.Join(l.dir, name) }
	p, err = l.start(web, "s_server", "openssl", "s_server", "-accept", "443", "-cert", in("web.crt"), "-key", in("web.key"), "-www", "-quiet")
	if err != nil {
		return err
	}
	if err := p.waitListen(443); err != nil {
		return err
	}
	if _, err := l.must(nil, "dropbearkey", "-t", "ed25519", "-f", in("host.key")); err != nil {
		return err
	}
	p, err = l.start(web, "dropbear", "dropbear", "-F", "-E", "-s", "-r", in("host.key"), "-p", "22", "-P", in("dropbear.pid"))
	if err != nil {
		return err
	}
	return p.waitListen(22)
}

// office is people at their desks.
func (l *Lab) office(clients ...string) error {
	web := l.hosts["web"]
	for _, name := range clients {
		h := l.hosts[name]
		if _, err := l.must(h, "busybox", "wget", "-q", "-O", "/dev/null", "-U", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "http://"+web.IP+"/index.html"); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: name, Server: "web", Proto: "tcp", Port: 80, Service: "http", Count: 1})
	}
	name := clients[0]
	h := l.hosts[name]
	out, err := l.must(h, "sh", "-c", fmt.Sprintf("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 5 openssl s_client -connect %s:443 -servername web.%s -quiet -ign_eof", web.IP, cast.Zone))
	if err != nil {
		return err
	}
	if !strings.Contains(out, "HTTP/1.0 200") {
		return fmt.Errorf("tls from %s: %s", name, tail(out, 500))
	}
	l.flow(truth.Flow{Client: name, Server: "web", Proto: "tcp", Port: 443, Service: "tls", Count: 1})
	// No password is offered, so the login ends after the keys are agreed.
	out, err = l.run(h, "timeout", "5", "dbclient", "-y", "-y", "-T", "-p", "22", "nobody@"+web.IP, "true")
	if exitCode(err) != 1 {
		return fmt.Errorf("ssh from %s: %v %s", name, err, tail(out, 500))
	}
	l.flow(truth.Flow{Client: name, Server: "web", Proto: "tcp", Port: 22, Service: "ssh", Count: 1})
	return nil
}

// webViewer asks the archive's REST interface, patients and all.
func (l *Lab) webViewer(from string, pacs node) error {
	for _, path := range []string{"/system", "/patients?expand", "/studies?expand"} {
		url := "http://" + pacs.host.IP + ":" + strconv.Itoa(8042) + path
		if _, err := l.must(l.hosts[from], "busybox", "wget", "-q", "-O", "/dev/null", url); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: from, Server: pacs.host.Name, Proto: "tcp", Port: 8042, Service: "http", Count: 1})
	}
	return nil
}
