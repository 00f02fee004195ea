package intel

import (
	"fmt"
	"net/netip"
	"strings"
)

// Patterns of STIX 2.1, chapter 9: one observation or several joined by OR, in each
// comparisons of equality joined by OR and AND. The result is a list of alternatives,
// each a list of terms that one record must all have.

const (
	maxTerms = 4096 // of a pattern
	maxDepth = 32   // of parentheses
)

// parser reads a pattern token by token.
type parser struct {
	rest  string
	tok   token
	depth int
	terms int
}

type token struct {
	kind byte // 's' string, 'w' word, 'p' path, 'n' number, 'c' other constant, 0 end, else itself
	text string
}

// errPattern is a reason; it is told with the id of the object.
type errPattern string

func (e errPattern) Error() string { return string(e) }

// parsePattern gives the alternatives of a pattern.
func parsePattern(s string) (out [][]term, err error) {
	p := &parser{rest: s}
	if err := p.next(); err != nil {
		return nil, err
	}
	if out, err = p.observations(); err != nil {
		return nil, err
	}
	if p.tok.kind != 0 {
		return nil, p.unexpected("the end")
	}
	for _, all := range out {
		if !decisive(all) {
			return nil, errPattern("asks for a port alone, which anybody uses")
		}
	}
	return out, nil
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

func (p *parser) unexpected(want string) error {
	if p.tok.kind == 0 {
		return errPattern("ends where " + want + " was expected")
	}
	return errPattern(fmt.Sprintf("has %q where %s was expected", cut(p.tok.text), want))
}

// observations reads [..] OR [..], with parentheses.
func (p *parser) observations() ([][]term, error) {
	var out [][]term
	for {
		part, err := p.observation()
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		if p.tok.kind != 'w' {
			return out, nil
		}
		switch p.tok.text {
		case "OR":
		case "AND", "FOLLOWEDBY":
			return nil, errPattern("joins observations by " + p.tok.text + ", which no single record can show")
		default:
			return nil, errPattern("has the qualifier " + cut(p.tok.text) + ", which is not supported")
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) observation() ([][]term, error) {
	open := p.tok.kind
	closing, inner := byte(']'), p.anyOf
	switch open {
	case '[':
	case '(':
		closing, inner = ')', p.observations
	default:
		return nil, p.unexpected("an observation in brackets")
	}
	return p.within(closing, inner)
}

// within reads what stands between two brackets.
func (p *parser) within(closing byte, inner func() ([][]term, error)) ([][]term, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errPattern(fmt.Sprintf("has more than %d parentheses in each other", maxDepth))
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	out, err := inner()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != closing {
		return nil, p.unexpected(string(closing))
	}
	p.depth--
	return out, p.next()
}

// anyOf reads comparisons joined by OR, which binds less than AND.
func (p *parser) anyOf() ([][]term, error) {
	var out [][]term
	for {
		part, err := p.allOf()
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		if p.tok.kind != 'w' || p.tok.text != "OR" {
			return out, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

// allOf reads comparisons joined by AND: every alternative of one with every one of
// the other.
func (p *parser) allOf() ([][]term, error) {
	var out [][]term
	for {
		part, err := p.comparison()
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = part
		} else {
			var both [][]term
			for _, a := range out {
				for _, b := range part {
					if p.terms += len(a) + len(b); p.terms > maxTerms {
						return nil, errPattern(fmt.Sprintf("has more than %d combinations", maxTerms))
					}
					both = append(both, append(append([]term(nil), a...), b...))
				}
			}
			out = both
		}
		if p.tok.kind != 'w' || p.tok.text != "AND" {
			return out, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) comparison() ([][]term, error) {
	if p.tok.kind == '(' {
		return p.within(')', p.anyOf)
	}
	if p.tok.kind == 'w' && (p.tok.text == "NOT" || p.tok.text == "EXISTS") {
		return nil, errPattern("has " + p.tok.text + ", of which no indicator is made")
	}
	if p.tok.kind != 'p' {
		return nil, p.unexpected("a comparison such as domain-name:value = 'x'")
	}
	path := p.tok.text
	kind := paths[strings.ToLower(unindexed.Replace(path))]
	if kind == None {
		return nil, errPattern("asks for " + cut(path) + ", which is not compared with records")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	op := p.tok.text
	if p.tok.kind != '=' && p.tok.kind != 'w' || p.tok.kind == 'w' && op != "IN" && op != "ISSUBSET" {
		return nil, errPattern("compares " + cut(path) + " by " + cut(op) + "; only =, IN and, of addresses, ISSUBSET can be decided")
	}
	if op == "ISSUBSET" && kind != Address {
		return nil, errPattern("has ISSUBSET for " + cut(path) + ", which is no address")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	return p.values(kind, op == "IN")
}

// values reads one constant, or several in parentheses.
func (p *parser) values(kind Kind, list bool) (out [][]term, err error) {
	if list {
		if p.tok.kind != '(' {
			return nil, p.unexpected("(")
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	for {
		t, err := p.constant(kind)
		if err != nil {
			return nil, err
		}
		if p.terms++; p.terms > maxTerms {
			return nil, errPattern(fmt.Sprintf("has more than %d comparisons", maxTerms))
		}
		out = append(out, []term{t})
		if err := p.next(); err != nil {
			return nil, err
		}
		if list && p.tok.kind == ',' {
			if err := p.next(); err != nil {
				return nil, err
			}
			continue
		}
		if list {
			if p.tok.kind != ')' {
				return nil, p.unexpected(")")
			}
			return out, p.next()
		}
		return out, nil
	}
}

func (p *parser) constant(kind Kind) (term, error) {
	t := term{kind: kind, value: p.tok.text}
	if kind == portOnly {
		n := 0
		for _, c := range p.tok.text {
			if n = n*10 + int(c-'0'); p.tok.kind != 'n' || n > 65535 {
				return t, p.unexpected("a port")
			}
		}
		if n == 0 {
			return t, p.unexpected("a port")
		}
		t.port, t.value = uint16(n), ""
		return t, nil
	}
	if p.tok.kind != 's' {
		return t, p.unexpected("a text in quotes")
	}
	if kind == Address {
		if _, err := netip.ParseAddrPort(t.value); err == nil {
			return t, errPattern("has a port within an address")
		}
	}
	return t, nil
}

// unindexed takes quotes and the any-of index off a path.
var unindexed = strings.NewReplacer("'", "", "[*]", "", "[0]", "")

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

// next reads a token.
func (p *parser) next() error {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	s := p.rest
	if s == "" {
		p.tok = token{}
		return nil
	}
	switch c := s[0]; {
	case c == '\'':
		return p.quoted(1, 's')
	case len(s) > 1 && s[1] == '\'' && strings.IndexByte("tbh", c) >= 0:
		return p.quoted(2, 'c')
	case c >= '0' && c <= '9' || c == '-':
		n := len(s) - len(strings.TrimLeft(s, "-.0123456789"))
		kind := byte('n')
		if strings.ContainsAny(s[:n], "-.") {
			kind = 'c'
		}
		p.tok, p.rest = token{kind, s[:n]}, s[n:]
	case letter(c):
		n := pathLen(s)
		kind := byte('w')
		if strings.Contains(s[:n], ":") {
			kind = 'p'
		}
		p.tok, p.rest = token{kind, s[:n]}, s[n:]
	case strings.HasPrefix(s, "!="), strings.HasPrefix(s, "<="), strings.HasPrefix(s, ">="), strings.HasPrefix(s, "<>"):
		p.tok, p.rest = token{c, s[:2]}, s[2:]
	case strings.IndexByte("[]()=,<>", c) >= 0:
		p.tok, p.rest = token{c, s[:1]}, s[1:]
	default:
		return errPattern(fmt.Sprintf("has %q, which is no part of a pattern", c))
	}
	return nil
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// pathLen is the length of a word or an object path, whose keys may be quoted.
func pathLen(s string) int {
	i := 0
	for i < len(s) {
		switch c := s[i]; {
		case letter(c), c >= '0' && c <= '9', c == '-', c == ':', c == '.':
			i++
		case c == '\'' && i > 0 && s[i-1] == '.':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 {
				return i
			}
			i += end + 2
		case c == '[' && strings.Contains(s[:i], ":"):
			end := strings.IndexByte(s[i:], ']')
			if end < 0 {
				return i
			}
			i += end + 1
		default:
			return i
		}
	}
	return i
}

// quoted reads a constant in quotes from a place on.
func (p *parser) quoted(from int, kind byte) error {
	var b strings.Builder
	for i := from; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c == '\'':
			p.tok, p.rest = token{kind, b.String()}, p.rest[i+1:]
			return nil
		default:
			b.WriteByte(c)
		}
	}
	return errPattern("has a text without its closing quote")
}
