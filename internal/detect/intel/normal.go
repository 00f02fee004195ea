package intel

import (
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"lazaret/internal/netid"
)

// The widest networks that are taken: wider ones match too much of the Internet.
const (
	minBits4 = 8
	minBits6 = 24
)

// normalise brings a value into the form that is compared, and says why it is refused.
// also are conditions that come with it. lenient takes what many innocent ones have.
func (t *term) normalise(lenient bool) (also []term, why string) {
	t.value = strings.TrimSpace(t.value)
	if t.value == "" && t.kind != portOnly {
		return nil, "is empty"
	}
	if len(t.value) > maxValue {
		return nil, fmt.Sprintf("is longer than %d bytes", maxValue)
	}
	switch t.kind {
	case Address, Network:
		return t.address(lenient)
	case Domain:
		t.value, why = domainOf(t.value)
	case SNI:
		t.value, why = serverName(t.value)
	case URL:
		t.value, why = urlOf(refang(t.value))
	case MD5, SHA1, SHA256, ImpHash, Certificate, JA3, JA3S, HASSH, HASSHServer:
		t.value, why = hashOf(t.kind, t.value)
	case JA4:
		t.value = strings.ToLower(t.value)
		if !isJA4(t.value) {
			why = "is no JA4: 10 characters, 12 and 12 hex digits, with _ between"
		}
	case UserAgent:
		why = agentFault(t.value, lenient)
	case FileName:
		return t.fileName()
	case AETitle:
		why = titleFault(t.value)
	case Service:
		t.value = strings.ToLower(t.value)
		if len(t.value) < 3 {
			why = "is too short for the name of a service: 3 characters or more"
		}
	case Email:
		t.value, why = emailOf(t.value)
	}
	return nil, why
}

// address takes an address with a port or without, or a network, whichever of the two
// kinds was said.
func (t *term) address(lenient bool) (also []term, why string) {
	s := refang(t.value)
	if p, err := netip.ParsePrefix(s); err == nil {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits())
		if !p.IsValid() {
			return nil, "is no network"
		}
		if !p.IsSingleIP() {
			return nil, t.network(p.Masked(), lenient)
		}
		s = p.Addr().String()
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		ap, err := netip.ParseAddrPort(s)
		if err != nil || ap.Port() == 0 {
			return nil, "is no address or network"
		}
		a, also = ap.Addr(), []term{{kind: portOnly, port: ap.Port()}}
	}
	if a.Zone() != "" {
		return nil, "has a zone, which is of one machine alone"
	}
	a = a.Unmap()
	if why := addressFault(a, lenient); why != "" {
		return nil, why
	}
	ip := netid.FromAddr(a)
	t.kind, t.value = Address, string(ip[:])
	return also, ""
}

func (t *term) network(p netip.Prefix, lenient bool) string {
	least := minBits4
	if p.Addr().Is6() {
		least = minBits6
	}
	if p.Bits() < least {
		return fmt.Sprintf("is wider than /%d: it would match a part of the Internet", least)
	}
	if why := addressFault(p.Addr(), lenient); why != "" {
		return why
	}
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	ip := netid.FromAddr(p.Addr())
	t.kind, t.value = Network, string(append(ip[:], byte(bits)))
	return ""
}

var shared = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // RFC 6598

// addressFault says why nobody outside can have an address. Those of networks like
// ours count only when they are meant.
func addressFault(a netip.Addr, lenient bool) string {
	first := a.AsSlice()[0]
	switch {
	case a.IsUnspecified() || a.Is4() && first == 0:
		return "is the unspecified address: nobody has it"
	case a.IsLoopback():
		return "is a loopback address: every machine has it"
	case a.IsMulticast():
		return "is a multicast address: it is of a group"
	case a.Is4() && first >= 240:
		return "is a broadcast or reserved address: nobody has it"
	case a.IsLinkLocalUnicast():
		return "is a link-local address: it is another machine on every link"
	case (a.IsPrivate() || a.Is4() && shared.Contains(a)) && !lenient:
		return "is a private address, which some machine of every hospital has: if it is meant, give it a severity"
	}
	return ""
}

// refang undoes the usual ways to keep an address from being opened by a click.
func refang(s string) string {
	if len(s) > 3 && (s[0]|0x20) == 'h' && strings.EqualFold(s[1:3], "xx") {
		s = "htt" + s[3:]
	}
	if !strings.ContainsAny(s, "[({\\") {
		return s
	}
	return fangs.Replace(s)
}

var fangs = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "[DOT]", ".", "\\.", ".",
	"[:]", ":", "[://]", "://", "[/]", "/", "[@]", "@", "[at]", "@", "(at)", "@")

// domainOf is a name in small letters without the dots around it. It matches the
// names below it as well.
func domainOf(s string) (string, string) {
	s = strings.ToLower(refang(s))
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "*"), "."), ".")
	if s != "" && (strings.IndexByte(s, ':') >= 0 || s[len(s)-1] <= '9') { // else it is none for sure
		if _, err := netip.ParseAddr(s); err == nil {
			return s, "is an address, not a name"
		}
	}
	if why := nameFault(s); why != "" {
		return s, why
	}
	first, rest, ok := strings.Cut(s, ".")
	if !ok {
		return s, "is one label, a top level under which anybody has names"
	}
	if !strings.Contains(rest, ".") && publicSuffix(first, rest) {
		return s, "is a public suffix, under which anybody has names"
	}
	return s, ""
}

// serverName is a name that is matched alone, so it may be short.
func serverName(s string) (string, string) {
	s = strings.TrimSuffix(strings.ToLower(refang(s)), ".")
	return s, nameFault(s)
}

// nameFault holds a name against RFC 1035 2.3.1, with underscores as they are used.
func nameFault(s string) string {
	if s == "" || len(s) > 253 {
		return "is no name of 1 to 253 bytes"
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return "is no domain: a label has 1 to 63 bytes"
		}
		for i := range len(label) {
			c := label[i]
			switch {
			case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			case c >= 0x80:
				return "has letters beyond ASCII: write the form that begins with xn--, as it is asked for"
			default:
				return fmt.Sprintf("is no domain: %q stands in it", c)
			}
		}
	}
	return ""
}

//go:embed suffixes.txt
var suffixes string

// publicSuffix says whether a name of two labels is one below which registries give names to anybody.
func publicSuffix(label, top string) bool {
	if top == "arpa" {
		return label == "in-addr" || label == "ip6" || label == "home"
	}
	if len(top) != 2 {
		return false
	}
	i := strings.Index(suffixes, "\n"+top+" ")
	if i < 0 {
		return false
	}
	line, _, _ := strings.Cut(suffixes[i+1:], "\n")
	return strings.Contains(line[2:]+" ", " "+label+" ")
}

// urlOf is host, port if it is not the scheme's, path and query. The scheme is left
// out, since records are of what was not encrypted, and so are user and fragment.
func urlOf(s string) (string, string) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "http", s
	}
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" {
		return s, "is of another scheme than http and https, which records do not have"
	}
	rest, _, _ = strings.Cut(rest, "#")
	host, path := rest, "/"
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if path[0] == '?' {
		path = "/" + path
	}
	host = strings.ToLower(host[strings.LastIndexByte(host, '@')+1:])
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return s, "has no port from 1 to 65535 behind its host"
		}
	}
	name = strings.TrimSuffix(name, ".")
	if name == "" {
		return s, "has no host"
	}
	if inner := strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"); inner != name {
		if _, err := netip.ParseAddr(inner); err != nil {
			return s, "has a host in brackets that is no address"
		}
	} else if why := nameFault(name); why != "" {
		return s, "has a host that " + why
	}
	if port != "" && (scheme != "http" || port != "80") && (scheme != "https" || port != "443") {
		name += ":" + port
	}
	return name + string(unescape(nil, path)), ""
}

// unescape undoes percent-encoding once, as the log does (RFC 3986 2.1).
func unescape(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				dst = append(dst, byte(n))
				i += 2
				continue
			}
		}
		dst = append(dst, s[i])
	}
	return dst
}

var hashSize = [kinds]int{MD5: 16, SHA1: 20, SHA256: 32, ImpHash: 16, Certificate: 32, JA3: 16, JA3S: 16, HASSH: 16, HASSHServer: 16}

// ofNothing says whether a hash is that of no bytes at all.
func ofNothing(s string) bool {
	switch s {
	case "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":
		return true
	}
	return false
}

func hashOf(kind Kind, s string) (string, string) {
	if kind == Certificate {
		s = strings.ReplaceAll(s, ":", "")
	}
	s = strings.ToLower(s)
	var b [32]byte
	size := hashSize[kind]
	if len(s) == 2*size {
		if _, err := hex.Decode(b[:], []byte(s)); err != nil {
			size = 0
		}
	}
	switch {
	case len(s) != 2*size:
		return s, fmt.Sprintf("is no %s: %d hex digits", kind, 2*hashSize[kind])
	case ofNothing(s):
		return s, "is the hash of the empty file"
	case strings.Count(s, s[:1]) == len(s):
		return s, "is one digit all along, which no hash is"
	}
	return string(b[:size]), ""
}

func isJA4(s string) bool {
	if len(s) != 36 || s[10] != '_' || s[23] != '_' || strings.IndexByte("tqd", s[0]) < 0 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		hexa := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		if i == 10 || i == 23 {
			continue
		}
		if i < 10 && (c < '0' || c > '9') && (c < 'a' || c > 'z') || i > 10 && !hexa {
			return false
		}
	}
	return true
}

func titleFault(s string) string {
	if len(s) < 2 || len(s) > 16 {
		return "is no AE title of 2 to 16 characters"
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '\\' {
			return "is no AE title: only ASCII without control characters and backslash (PS3.5 6.2)"
		}
	}
	if strings.EqualFold(s, "ANY-SCP") || strings.EqualFold(s, "ANYSCP") {
		return "is the AE title of whoever has none"
	}
	return ""
}

func emailOf(s string) (string, string) {
	s = strings.ToLower(refang(s))
	user, host, ok := strings.Cut(s, "@")
	if !ok || user == "" || strings.ContainsAny(s, " <>,\t") || strings.Contains(host, "@") {
		return s, "is no mail address: user@domain"
	}
	if why := nameFault(host); why != "" {
		return s, "has a domain that " + why
	}
	return s, ""
}
