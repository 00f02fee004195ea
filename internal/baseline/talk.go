package baseline

import (
	"net/netip"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
)

const tcp, udp = 6, 17

// Talk is a conversation in the words of a profile.
type Talk struct {
	From, To netid.IP // who opened it, and with whom
	Service  string   // what was spoken; port/tcp if that is not known
	Outward  bool     // To is outside
	Inward   bool     // From is outside
}

// TalkOf reads a record of log conn. It is false for what is no contact: attempts that
// nobody answered or that were refused, groups, and messages without ports.
func TalkOf(r *event.Record) (t Talk, ok bool) {
	d, is := r.Body.(*flow.Record)
	if !is || r.Conn == nil {
		return t, false
	}
	c := r.Conn
	if !c.Orig.IP.IsUnicast() || !c.Resp.IP.IsUnicast() || c.Orig.IP == c.Resp.IP || broadcast(c.Resp.IP) || !took(c, d) {
		return t, false
	}
	t = Talk{From: c.Orig.IP, To: c.Resp.IP, Service: service(d.Service, c.Resp.Port, c.Proto)}
	t.Outward, t.Inward = Elsewhere(t.From, t.To), Elsewhere(t.To, t.From)
	if t.Outward && t.Inward { // both are outside of each other: inside is who has a private address
		t.Outward, t.Inward = !inside(t.To), !inside(t.From)
	}
	return t, true
}

// broadcast reports addresses that stand for all machines of a network, as far as their
// form tells: x.x.x.255 is one in most networks.
func broadcast(ip netid.IP) bool { return ip.Is4() && ip[15] == 255 }

// took tells whether the other side took part. Logs and traps are sent without an answer.
func took(c *event.Conn, d *flow.Record) bool {
	switch c.Proto {
	case tcp:
		switch d.ConnState {
		case "SF", "S1", "S2", "S3", "RSTO", "RSTR":
			return true
		}
		return d.RespPkts > 0 && d.RespBytes.V > 0
	case udp:
		return d.RespPkts > 0 || d.Service == "syslog" || d.Service == "snmp"
	}
	return false
}

// service is the outermost protocol that was recognised. Where nothing was said, a port
// that belongs to one service stands for it; another is named as such, and those that are
// given out freely are one.
func service(words string, port uint16, proto uint8) string {
	word, _, _ := strings.Cut(words, ",")
	switch {
	case port == 5985 || port == 5986:
		return "winrm"
	case word != "":
		return text(word)
	}
	if s := byPort(port); s != "" && proto == tcp {
		return s
	}
	kind := "/tcp"
	if proto == udp {
		kind = "/udp"
	}
	if port >= 32_768 {
		return "high" + kind
	}
	return strconv.Itoa(int(port)) + kind
}

// byPort names the service that a port stands for when nothing was said on it.
func byPort(port uint16) string {
	switch port {
	case 139, 445:
		return "smb"
	case 135:
		return "dce_rpc"
	case 22:
		return "ssh"
	case 23:
		return "telnet"
	case 3389:
		return "rdp"
	case 5900, 5901:
		return "rfb"
	case 1433:
		return "tds"
	case 1521:
		return "tns"
	case 3306:
		return "mysql"
	case 5432:
		return "postgresql"
	case 6379:
		return "redis"
	}
	return ""
}

// Spreads reports the services by which programs or people go from machine to machine:
// shares and calls of Windows, remote desktops, screens and shells, and databases, which
// run commands.
func Spreads(service string) bool {
	switch service {
	case "smb", "dce_rpc", "rdp", "winrm", "ssh", "rfb", "telnet", "tds", "tns", "mysql", "postgresql", "redis":
		return true
	}
	return false
}

// Elsewhere tells whether an address is outside: neither private nor in the same 65,536
// addresses as the other, which a hospital with public addresses owns.
func Elsewhere(from, to netid.IP) bool {
	if from.Is4() && to.Is4() && from[12] == to[12] && from[13] == to[13] {
		return false
	}
	return to.IsUnicast() && !inside(to)
}

// inside reports the addresses that nobody has on the Internet.
func inside(ip netid.IP) bool {
	a := ip.Addr()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || ip.Is4() && ip[12] == 100 && ip[13]&0xc0 == 64
}

// NetworkOf is the network that stands for an address outside: 256 addresses of IPv4, a
// site of IPv6.
func NetworkOf(ip netid.IP) string {
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Addr().Prefix(bits)
	if err != nil {
		return netip.Prefix{}.String()
	}
	return p.String()
}

// maxNamed is how many conversations wait for their end with the name that was asked for.
const maxNamed = 8192

// names remembers by which name a server was asked for: the record of the conversation
// comes later.
type names struct {
	of *lru.Map[string, string]
}

func newNames() *names { return &names{lru.New[string, string](maxNamed)} }

func (n *names) note(uid, host string) {
	host, _, _ = strings.Cut(host, ":")
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return // an address is no name
	}
	if _, ok := n.of.Get(uid); !ok {
		n.of.Put(uid, strings.ToLower(text(host)))
	}
}

// PartnerOf names what is outside: the host that was asked for in the conversation, if
// Note was told of it, else the network. Both are given; host may be empty.
func (p *Profile) PartnerOf(uid string, ip netid.IP) (host, network string) {
	host, _ = p.names.of.Get(uid)
	return host, NetworkOf(ip)
}
