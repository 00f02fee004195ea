package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lazaret/lab/truth"
)

// The helpers of the scenarios with ordinary servers: files, accounts, peers
// under a host name of their own, and what the truth says of a host.

// file writes a file for a peer and returns its path.
func (l *Lab) file(name, text string) (string, error) {
	f := filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(f), dirMode); err != nil {
		return "", err
	}
	return f, os.WriteFile(f, []byte(text), 0o644)
}

// files writes several files.
func (l *Lab) files(all map[string]string) error {
	for name, text := range all {
		if _, err := l.file(name, text); err != nil {
			return err
		}
	}
	return nil
}

// etc lays a file over /etc/name inside a host. The target must exist on the
// machine, for it is a bind mount made by ip netns exec.
func (l *Lab) etc(h *Host, name, text string) error {
	f := filepath.Join(netnsEtc, h.ns, name)
	if err := os.MkdirAll(filepath.Dir(f), dirMode); err != nil {
		return err
	}
	return os.WriteFile(f, []byte(text), 0o644)
}

// account is an invented person or service who may log in on a host.
type account struct{ user, password string }

// accounts gives a host users of its own, with a home each, and the plainest
// PAM stack: passwd, shadow, group and pam.d of the machine stay untouched.
func (l *Lab) accounts(h *Host, all ...account) error {
	texts := map[string]string{}
	for _, name := range []string{"passwd", "group", "shadow"} {
		b, err := os.ReadFile("/etc/" + name)
		if err != nil {
			return err
		}
		texts[name] = string(b)
	}
	for i, a := range all {
		home := filepath.Join(l.dir, h.Name, "home", a.user)
		if err := os.MkdirAll(home, dirMode); err != nil {
			return err
		}
		id := 6000 + i
		if err := os.Chown(home, id, id); err != nil {
			return err
		}
		hash, err := l.must(nil, "openssl", "passwd", "-6", "-salt", "lazaret", a.password)
		if err != nil {
			return err
		}
		texts["passwd"] += fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh\n", a.user, id, id, home)
		texts["group"] += fmt.Sprintf("%s:x:%d:\n", a.user, id)
		texts["shadow"] += fmt.Sprintf("%s:%s:19000:0:99999:7:::\n", a.user, strings.TrimSpace(hash))
		l.canary("user", a.user)
		l.canary("secret", a.password)
	}
	for _, s := range []string{"sshd", "vsftpd", "login", "other", "xrdp-sesman"} {
		texts["pam.d/"+s] = "auth required pam_unix.so nullok nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n"
	}
	for name, text := range texts {
		if err := l.etc(h, name, text); err != nil {
			return err
		}
	}
	return nil
}

// alone is the command line that runs argv under the host's own host name and
// with an empty /run and /tmp, so that daemons find no trace of each other.
func (l *Lab) alone(h *Host, argv ...string) []string {
	script := fmt.Sprintf(`hostname %s && mount -t tmpfs tmpfs /run && mkdir -p /run/sshd /run/lock /run/lldpd /run/samba && exec "$@"`, h.Name)
	return append([]string{"unshare", "--uts", "--mount", "sh", "-c", script, "sh"}, argv...)
}

// serve starts a peer under the host's own name and waits for its TCP port
// (0: not at all).
func (l *Lab) serve(h *Host, label string, port int, argv ...string) (*Proc, error) {
	all := l.alone(h, argv...)
	p, err := l.start(h, label, all[0], all[1:]...)
	if err != nil || port == 0 {
		return p, err
	}
	return p, p.waitListen(port)
}

// waitUDP waits until something in the peer's namespace has a UDP port.
func (p *Proc) waitUDP(port int) error {
	want := fmt.Sprintf(":%04X ", port)
	for range 300 {
		for _, table := range []string{"udp", "udp6"} {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", p.cmd.Process.Pid, table))
			if err == nil && strings.Contains(string(b), want) {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("%s: UDP port %d not open after 15 s:\n%s", p.name, port, tail(p.output(), 1500))
}

// await waits until a file is there, at most 15 seconds.
func (l *Lab) await(file string) error {
	for range 300 {
		if _, err := os.Stat(file); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("no %s after 15 s", file)
}

// errand is one command of a client: where it runs, what it must print, how it
// must exit (-1: anyhow), and the conversation the truth gets for it.
type errand struct {
	from, to string
	proto    string // empty: tcp
	port     int
	service  string
	detail   string
	exit     int
	says     string // must be in the output
	argv     []string
	quiet    bool // notes no flow
}

// errands runs clients one after the other and notes their conversations.
func (l *Lab) errands(all ...errand) error {
	for _, e := range all {
		h := l.hosts[e.from]
		if h == nil {
			return fmt.Errorf("errand %v: no host %q", e.argv, e.from)
		}
		argv := l.alone(h, append([]string{"timeout", "-k", "2", "40"}, e.argv...)...)
		out, err := l.run(h, argv[0], argv[1:]...)
		if code := exitCode(err); (e.exit >= 0 && code != e.exit) || !strings.Contains(out, e.says) {
			return fmt.Errorf("%s from %s: exit %d, want %d, and %q in\n%s", strings.Join(e.argv, " "), e.from, code, e.exit, e.says, tail(out, 2500))
		}
		if e.quiet {
			continue
		}
		if e.proto == "" {
			e.proto = "tcp"
		}
		l.flow(truth.Flow{Client: e.from, Server: e.to, Proto: e.proto, Port: e.port, Service: e.service, Detail: e.detail, Count: 1})
	}
	return nil
}

// offers says that a host offers a service, with the words it greets with.
func (h *Host) offers(service, proto string, port int, product string) {
	h.Services = append(h.Services, truth.Service{Service: service, Proto: proto, Port: port, Product: product})
}

// has adds traits.
func (h *Host) has(traits ...string) {
	for _, t := range traits {
		if !slices.Contains(h.Traits, t) {
			h.Traits = append(h.Traits, t)
		}
	}
}

// is adds kinds.
func (h *Host) is(kinds ...string) { h.Kinds = append(h.Kinds, kinds...) }

// called says under which name who speaks of the host.
func (h *Host) called(name, by string) { h.Shown = append(h.Shown, truth.Name{Name: name, By: by}) }

// system says which operating system the host's own words name.
func (h *Host) system(family, text string) { h.OSFamily, h.OS = family, text }
