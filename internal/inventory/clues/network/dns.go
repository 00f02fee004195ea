package network

import (
	"net/netip"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dns"
)

const (
	wDNSName  = 0.6
	wNodeName = 0.8 // a machine asked for its own names
	wOwnName  = 0.7 // a machine answering for its own name on the link
	nbnsPort  = 137
	mdnsPort  = 5353
	llmnrPort = 5355
)

// readDNS takes names from answers. Answers of a name server are said by a
// third party; on the link (multicast DNS, LLMNR, NetBIOS, each defined for its
// own port) machines answer for themselves.
func readDNS(d *dns.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	o.Heard = append(o.Heard, client)
	source, weight := "dns.answers", wDNSName
	switch r.Conn.Resp.Port {
	case nbnsPort:
		source, weight = "nbns.answers", wOwnName
	case mdnsPort:
		source, weight = "mdns.answers", wOwnName
	case llmnrPort:
		source, weight = "llmnr.answers", wOwnName
	default:
		if d.RCode.OK && server.IP.IsUnicast() {
			o.Heard = append(o.Heard, server)
			o.Did(server, clues.AnswersDNS, client, "dns.rcode")
		}
	}
	if (source == "nbns.answers" || source == "llmnr.answers") && d.RCode.OK && server.IP.IsUnicast() {
		o.Heard = append(o.Heard, server)
		o.Has(server, clues.AnswersMulticast, client, source)
	}
	if !d.RCode.OK || d.RCode.V != 0 {
		return
	}
	if d.Node != nil && server.IP.IsUnicast() {
		node(o, server, d.Node)
	}
	if d.Query == "" || d.Messenger {
		return
	}
	switch d.QTypeName {
	case "A", "AAAA", "NB":
		for i, a := range d.Answers {
			if ip, err := netip.ParseAddr(a); err == nil && i < clues.MaxList {
				o.Namings = append(o.Namings, clues.Naming{IP: netid.FromAddr(ip), Name: d.Query, Source: source, Weight: weight})
			}
		}
	case "PTR":
		ip, ok := reverseName(d.Query)
		for i, a := range d.Answers {
			if ok && i < clues.MaxList {
				o.Namings = append(o.Namings, clues.Naming{IP: ip, Name: a, Source: source, Weight: weight})
			}
		}
	}
}

// node takes the names that a machine holds (RFC 1002 4.2.18): its own, with the
// suffixes of a workstation and a server, and that of its domain.
func node(o *clues.Out, who clues.Party, n *dns.NodeStatus) {
	o.Heard = append(o.Heard, who)
	for _, e := range n.Names[:min(len(n.Names), clues.MaxList)] {
		switch {
		case e.Name == "" || e.Name[0] < ' ':
		case e.Group && e.Suffix == 0:
			o.Say(who, clues.Domain, e.Name, "nbns.node", wNodeName)
		case !e.Group && e.Suffix == 0:
			o.HostName(who, e.Name, "nbns.node", wNodeName)
		case e.Group && e.Suffix == 0x1c:
			o.Kind(who, clues.KindDomainController, "nbns.node", wNodeName)
		}
	}
}

// reverseName is the address of a name under in-addr.arpa (RFC 1035 3.5) or
// ip6.arpa (RFC 3596 2.5).
func reverseName(name string) (netid.IP, bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if head, ok := strings.CutSuffix(name, ".in-addr.arpa"); ok {
		p := strings.Split(head, ".")
		if len(p) != 4 {
			return netid.IP{}, false
		}
		a, err := netip.ParseAddr(p[3] + "." + p[2] + "." + p[1] + "." + p[0])
		return netid.FromAddr(a), err == nil
	}
	head, ok := strings.CutSuffix(name, ".ip6.arpa")
	if !ok || len(head) != 63 {
		return netid.IP{}, false
	}
	var ip netid.IP
	for i := range 32 {
		n, err := strconv.ParseUint(head[62-2*i:63-2*i], 16, 4)
		if err != nil || i > 0 && head[63-2*i] != '.' {
			return netid.IP{}, false
		}
		ip[i/2] |= byte(n) << (4 * (1 - i%2))
	}
	return ip, true
}
