package ldap

import (
	"strconv"
	"strings"

	"lazaret/internal/der"
	"lazaret/internal/event"
)

// Capabilities of Microsoft's directories (MS-ADTS 3.1.1.3.4.3).
const (
	capActiveDirectory = "1.2.840.113556.1.4.800"
	capLightweight     = "1.2.840.113556.1.4.1851"
)

// entry reads the attributes of an entry (RFC 4511 4.5.2) that describe the server;
// nil if there are none.
func entry(val []byte) *Server {
	_, _, rest, ok := der.Element(val)
	if !ok {
		return nil
	}
	_, list, _, ok := der.Element(rest)
	if !ok {
		return nil
	}
	s := &Server{}
	found := false
	for len(list) > 0 {
		_, attr, next, ok := der.Element(list)
		if !ok {
			break
		}
		list = next
		_, name, set, ok := der.Element(attr)
		if !ok {
			break
		}
		_, values, _, ok := der.Element(set)
		if !ok {
			break
		}
		found = s.attribute(strings.ToLower(text(name)), values) || found
	}
	if !found {
		return nil
	}
	if s.Domain == "" && s.ActiveDir {
		s.Domain = domainOf(s.Context)
	}
	return s
}

// attribute takes the values of one attribute.
func (s *Server) attribute(name string, values []byte) bool {
	first := ""
	_, raw, _, ok := der.Element(values)
	if ok {
		first = text(raw)
	}
	switch name {
	case "vendorname":
		s.Vendor = first
	case "vendorversion":
		s.Version = first
	case "dnshostname":
		s.HostName = first
	case "defaultnamingcontext":
		s.Context = first
	case "namingcontexts":
		if s.Context == "" {
			s.Context = first
		}
	case "domainfunctionality":
		s.DomainLevel = level(first)
	case "forestfunctionality":
		s.ForestLevel = level(first)
	case "domaincontrollerfunctionality":
		s.ControlLevel = level(first)
		s.ActiveDir = s.ActiveDir || s.ControlLevel.OK
	case "netlogon":
		return s.ping(raw)
	case "supportedsaslmechanisms":
		each(values, func(v string) {
			if len(s.Mechanisms) < 16 {
				s.Mechanisms = append(s.Mechanisms, v)
			}
		})
	case "supportedcapabilities":
		each(values, func(v string) {
			s.ActiveDir = s.ActiveDir || v == capActiveDirectory
			if s.Vendor == "" && v == capActiveDirectory {
				s.Vendor = "Microsoft Active Directory"
			}
			if v == capLightweight {
				s.Vendor = "Microsoft AD LDS"
			}
		})
	case "objectclass", "structuralobjectclass":
		each(values, func(v string) {
			if v == "OpenLDAProotDSE" && s.Vendor == "" {
				s.Vendor = "OpenLDAP"
			}
		})
		return s.Vendor != ""
	default:
		return false
	}
	return true
}

// each calls f for the values of an attribute, a bounded number.
func each(values []byte, f func(string)) {
	for n := 0; len(values) > 0 && n < 64; n++ {
		_, v, rest, ok := der.Element(values)
		if !ok {
			return
		}
		f(text(v))
		values = rest
	}
}

func level(s string) event.Count {
	n, err := strconv.ParseUint(s, 10, 8)
	return event.Count{V: n, OK: err == nil}
}

// domainOf makes the name of a domain of a context like DC=hospital,DC=example.
func domainOf(context string) string {
	var parts []string
	for p := range strings.SplitSeq(context, ",") {
		k, v, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(k), "dc") || v == "" {
			return ""
		}
		parts = append(parts, v)
	}
	return strings.Join(parts, ".")
}

// ping reads the answer to the ping of a domain controller (MS-ADTS 6.3.1.9).
func (s *Server) ping(b []byte) bool {
	const fixed = 24 // opcode, flags, GUID of the domain
	if len(b) < fixed || b[1] != 0 || b[0] != 23 && b[0] != 25 {
		return false
	}
	at := fixed
	var names [8]string // forest, domain, host, NetBIOS domain, NetBIOS host, user, site, site of the client
	for i := range names {
		var ok bool
		if names[i], at, ok = dnsName(b, at); !ok {
			return i > 4
		}
	}
	s.Forest, s.Domain, s.HostName, s.NetBIOSDom, s.NetBIOSName, s.Site = names[0], names[1], names[2], names[3], strings.TrimLeft(names[4], `\`), names[6]
	s.ActiveDir = true
	return true
}

// dnsName reads a compressed name (RFC 1035 4.1.4) at a place and gives where it
// ends. Each pointer must point further back than the one before.
func dnsName(b []byte, at int) (name string, end int, ok bool) {
	end, limit := -1, at
	var w strings.Builder
	for w.Len() <= 255 {
		if at >= len(b) {
			return "", 0, false
		}
		n := int(b[at])
		switch {
		case n == 0:
			if end < 0 {
				end = at + 1
			}
			return strings.TrimSuffix(w.String(), "."), end, true
		case n >= 0xc0:
			if at+1 >= len(b) {
				return "", 0, false
			}
			to := (n&0x3f)<<8 | int(b[at+1])
			if end < 0 {
				end = at + 2
			}
			if to >= limit {
				return "", 0, false
			}
			at, limit = to, to
		case n >= 0x40 || at+1+n > len(b):
			return "", 0, false
		default:
			w.Write(b[at+1 : at+1+n])
			w.WriteByte('.')
			at += 1 + n
		}
	}
	return "", 0, false
}
