package network

import (
	"net/netip"
	"strings"

	"lazaret/internal/lru"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dns"
)

// resolved remembers for addresses under which domain they were given out, so that the
// many addresses of one service count as one, and an address that nobody asked for by a
// name can be told.
type resolved struct{ of *lru.Map[netid.IP, string] }

func newResolved() resolved { return resolved{lru.New[netid.IP, string](maxResolved)} }

const maxResolved = 32_768 // addresses

// note takes the answers to a question.
func (n resolved) note(d *dns.Record) {
	domain := ""
	for _, a := range d.Answers {
		if a == "" || a[0] != ':' && (a[0] > 'f' || a[0] > '9' && strings.IndexByte(a, ':') < 0) {
			continue
		}
		addr, err := netip.ParseAddr(a)
		if err != nil {
			continue
		}
		ip := netid.FromAddr(addr)
		if _, ok := n.of.Touch(ip); ok {
			continue
		}
		if domain == "" {
			if domain = strings.Clone(lastTwo(d.Query)); domain == "" {
				return
			}
		}
		n.of.Put(ip, domain)
	}
}

// named takes the name that a caller asks for inside TLS, which may have been resolved
// where nobody saw it.
func (n resolved) named(ip netid.IP, name string) {
	if name == "" {
		return
	}
	if _, ok := n.of.Touch(ip); ok {
		return
	}
	if domain := lastTwo(name); domain != "" {
		n.of.Put(ip, strings.Clone(domain))
	}
}

// server is what a called address counts as: the domain it was given out for, or, if none
// is known, the address.
type server struct {
	domain string
	ip     netid.IP
}

// String is the one or the other.
func (s server) String() string {
	if s.domain != "" {
		return s.domain
	}
	return s.ip.String()
}

// server finds what an address counts as.
func (n resolved) server(ip netid.IP) server {
	if domain, ok := n.of.Get(ip); ok {
		return server{domain: domain}
	}
	return server{ip: ip}
}

// lastTwo is where a name is registered, roughly; empty for names of the site itself, for
// addresses and for single words, which browsers try on every new network.
func lastTwo(name string) string {
	last := strings.LastIndexByte(name, '.')
	if last <= 0 || last > 253 {
		return ""
	}
	switch name[last+1:] {
	case "local", "lan", "home", "internal", "intranet", "corp", "arpa", "localdomain", "test", "invalid":
		return ""
	}
	return name[strings.LastIndexByte(name[:last], '.')+1:]
}
