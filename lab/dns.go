package main

import (
	"fmt"
	"regexp"
	"strings"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

var (
	digStatus = regexp.MustCompile(`status: ([A-Z]+),`)
	digAnswer = regexp.MustCompile(`(?m)^[^;\s]\S*\s+\d+\s+IN\s+\S+\s+(.+)$`)
)

// ask looks a name up with dig and notes question and answer.
func (l *Lab) ask(client, name, kind string, tcp bool) error {
	h, server := l.hosts[client], l.hosts["infra"]
	args := []string{"@" + server.IP, "+tries=1", "+time=3", "+noall", "+comments", "+answer", name, kind}
	transport := "udp"
	if tcp {
		args, transport = append(args, "+tcp"), "tcp"
	}
	out, err := l.must(h, "dig", args...)
	if err != nil {
		return err
	}
	m := digStatus.FindStringSubmatch(out)
	if m == nil {
		return fmt.Errorf("dig %s: no status in %q", name, tail(out, 500))
	}
	q := truth.Lookup{Client: client, Server: server.Name, Transport: transport, Query: name, Type: kind, Rcode: m[1], Answers: []string{}}
	for _, a := range digAnswer.FindAllStringSubmatch(out, -1) {
		q.Answers = append(q.Answers, strings.TrimSuffix(strings.Join(strings.Fields(a[1]), " "), "."))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.truth.DNS = append(l.truth.DNS, q)
	return nil
}

// lookups are the questions of the day.
func (l *Lab) lookups(clients ...string) error {
	type question struct {
		name, kind string
		tcp        bool
	}
	all := []question{
		{"pacs." + cast.Zone, "A", false}, {"infra." + cast.Zone, "AAAA", false}, {"10.30.20.10.in-addr.arpa", "PTR", false},
		{"_dicom._tcp." + cast.Zone, "SRV", false}, {"oldpacs." + cast.Zone, "A", false}, {"archive." + cast.Zone, "A", false},
		{"_device-info." + cast.Zone, "TXT", false}, {"wlm." + cast.Zone, "A", true}, {"gone." + cast.Zone, "AAAA", true},
		{"updates.vendor.example", "A", false},
	}
	for i, q := range all {
		if err := l.ask(clients[i%len(clients)], q.name, q.kind, q.tcp); err != nil {
			return err
		}
	}
	return nil
}

// dhcpDNS is addresses and names alone.
func dhcpDNS(l *Lab) error {
	if err := l.build("router", "infra", "pacs", "ws1", "cart1", "pc1", "pc2", "us2"); err != nil {
		return err
	}
	n, err := l.startNames()
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if err := l.bootWindows(); err != nil {
		return err
	}
	if err := l.bootLinux(); err != nil {
		return err
	}
	cart, err := l.bootCart(1)
	if err != nil {
		return err
	}
	if err := l.lookups("ws1", "us2", "pc1", "pc2", "cart1"); err != nil {
		return err
	}
	if err := l.moveCart(n, cart); err != nil {
		return err
	}
	if err := l.lookups("cart1"); err != nil {
		return err
	}
	return l.leases(n)
}
