package kwampirs

import (
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/tls"
)

// k10 is a domain that is made of the words of which the domains of its servers are made,
// two of them so rare that no other list of domains has them.
var k10 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K10", Engine: "behaviour",
		Title:      "Domain in the grammar of the Kwampirs backdoor",
		Why:        "The names of its servers are joined from some thirty short words; nobody else registers such names, so who asks for one is infected.",
		Innocent:   []string{"A resolver that asks for somebody else: look for who asked it.", "An analyst, or a list of bad domains that is resolved."},
		Attack:     []string{"T1071.001", "T1008"},
		Severity:   detect.High,
		Confidence: 0.95,
		Basis:      "grammar read off the 1,103 domains in the lists that ReversingLabs published; no hit in 393,079 other domains",
		Judge:      askedForOthers,
	},
	Wants: []*event.Schema{dns.Schema, http.Schema, tls.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			domain := domainOf(r)
			if domain == "" {
				return
			}
			if rare, ok := ownDomain(domain); ok && rare >= 2 {
				h := named(r)
				h.Facts = append(h.Facts, detect.Fact{Field: "rare words in the name", Value: strconv.Itoa(rare)})
				report(h)
			}
		}
	},
}

// askedForOthers judges names that were asked for: servers of names ask for others.
func askedForOthers(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
	if (source == roles.DNSDHCP || source == roles.DomainController) && f.Severity > detect.Medium {
		return detect.Medium, "it gives names to others: one of those it answers is infected"
	}
	return infectedDevice(f, source, target)
}

// domainOf is the registered domain of the name that a record asks for, in small letters,
// if it is under one of the top-level domains that matter.
func domainOf(r *event.Record) string {
	name := ""
	switch d := r.Body.(type) {
	case *dns.Record:
		name = d.Query
	case *http.Exchange:
		name, _, _ = target(d.URI, d.Host)
	case *tls.Record:
		name = d.ServerName
	}
	if len(name) < minLetters+3 || len(name) > 253 {
		return ""
	}
	return registered(strings.ToLower(name))
}

// named is a hit on the name in a record. It has no target: the server of names that was
// asked says nothing.
func named(r *event.Record) detect.Hit {
	h := detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, UIDs: []string{r.Conn.UID}}
	switch r.Body.(type) {
	case *dns.Record:
		h.Facts = detect.FactsOf(r, "query", "qtype_name", "rcode_name", "answers")
	case *http.Exchange:
		h.Facts = detect.FactsOf(r, "host", "uri", "status_code")
	case *tls.Record:
		h.Facts = detect.FactsOf(r, "server_name", "established")
	}
	return h
}
