package intel

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"lazaret/internal/detect/intel/pattern"
)

// patternTerms are the alternatives of a pattern, each with its most telling term in
// front.
func patternTerms(s string) ([][]term, error) {
	all, err := pattern.Parse(s)
	if err != nil {
		return nil, err
	}
	var out [][]term
	for _, list := range all {
		var terms []term
		for _, c := range list {
			t, err := termOf(c)
			if err != nil {
				return nil, err
			}
			terms = append(terms, t)
		}
		if !decisive(terms) {
			return nil, errors.New("asks for a port alone, which anybody uses")
		}
		out = append(out, terms)
	}
	return out, nil
}

// termOf finds the kind of a comparison.
func termOf(c pattern.Term) (term, error) {
	k := paths[c.Path]
	t := term{kind: k, value: c.Value}
	switch {
	case k == None:
		return t, errors.New("asks for " + cut(c.Path) + ", which is not compared with records")
	case c.Subset && k != Address:
		return t, errors.New("has ISSUBSET for " + cut(c.Path) + ", which is no address")
	case c.Number != (k == portOnly):
		return t, errors.New("compares " + cut(c.Path) + " with " + cut(c.Value) + ": a port is a number, all else a text")
	case k == portOnly:
		n, err := strconv.ParseUint(c.Value, 10, 16)
		if err != nil || n == 0 {
			return t, errors.New("has a port that is not from 1 to 65535")
		}
		t.port, t.value = uint16(n), ""
	case k == Address:
		if _, err := netip.ParseAddrPort(c.Value); err == nil {
			return t, errors.New("has a port within an address")
		}
	}
	return t, nil
}

// decisive moves the most telling of the terms to the front.
func decisive(all []term) bool {
	best, rank := 0, -1
	for i, t := range all {
		if r := strings.IndexByte(telling, byte(t.kind)); r > rank {
			best, rank = i, r
		}
	}
	all[0], all[best] = all[best], all[0]
	return rank >= 0
}

// telling has the kinds that patterns may ask for, the more telling the later.
var telling = string([]byte{byte(UserAgent), byte(Network), byte(Address), byte(FileName), byte(Email), byte(Domain), byte(Service),
	byte(Certificate), byte(URL), byte(MD5), byte(SHA1), byte(SHA256)})

// paths are the object paths that have a kind, in small letters without quotes.
var paths = map[string]Kind{
	"ipv4-addr:value":                                     Address,
	"ipv6-addr:value":                                     Address,
	"network-traffic:dst_ref.value":                       Address,
	"network-traffic:src_ref.value":                       Address,
	"network-traffic:dst_port":                            portOnly,
	"domain-name:value":                                   Domain,
	"domain-name:resolves_to_refs.value":                  Address,
	"url:value":                                           URL,
	"file:hashes.md5":                                     MD5,
	"file:hashes.sha-1":                                   SHA1,
	"file:hashes.sha1":                                    SHA1,
	"file:hashes.sha-256":                                 SHA256,
	"file:hashes.sha256":                                  SHA256,
	"artifact:hashes.md5":                                 MD5,
	"artifact:hashes.sha-1":                               SHA1,
	"artifact:hashes.sha-256":                             SHA256,
	"file:name":                                           FileName,
	"email-addr:value":                                    Email,
	"email-message:from_ref.value":                        Email,
	"email-message:sender_ref.value":                      Email,
	"x509-certificate:hashes.sha-256":                     Certificate,
	"x509-certificate:hashes.sha256":                      Certificate,
	"process:extensions.windows-service-ext.service_name": Service,
	"network-traffic:extensions.http-request-ext.request_header.user-agent": UserAgent,
	"network-traffic:extensions.http-request-ext.request_header.host":       Domain,
}
