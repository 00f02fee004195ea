package dns

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"lazaret/internal/netid"
)

// answer writes the data of a record as Zeek does, and logs it. Some types are
// known but not logged, as in Zeek: NB, HINFO, CAA, TKEY, TSIG, SVCB, HTTPS.
func (p *parser) answer(r *rr) fault {
	d := r.data
	switch r.typ {
	case typeA:
		if len(d) != 4 {
			return badData
		}
		return p.address(r, "A ")
	case typeAAAA, typeA6:
		if len(d) != 16 {
			return badData
		}
		if r.typ == typeA6 {
			return p.address(r, "A6 ")
		}
		return p.address(r, "AAAA ")
	case typeNS, typeCNAME, typePTR, typeSOA:
		return p.nameAnswer(r, 0)
	case typeMX:
		return p.nameAnswer(r, 2)
	case typeSRV:
		if p.netbios { // a node status, which is not logged
			return ok
		}
		return p.nameAnswer(r, 6)
	case typeTXT:
		return p.strings(r, "TXT ")
	case typeSPF:
		return p.strings(r, "SPF ")
	case typeNAPTR:
		return p.naptr(r)
	case typeWKS:
		p.seen()
		return ok
	case typeNB, typeHINFO, typeCAA, typeOPT, typeTKEY, typeTSIG, typeSVCB, typeHTTPS:
		return ok
	case typeRRSIG, typeDNSKEY, typeNSEC, typeNSEC3, typeNSEC3PARAM, typeDS, typeBINDS:
		return p.dnssec(r)
	case typeSSHFP:
		if len(d) < 2 {
			return badData
		}
		return p.reply(r, p.mark(r, "SSHFP: "+hex.EncodeToString(d[2:])))
	case typeLOC:
		if len(d) < 16 {
			return badData
		}
		return p.reply(r, p.mark(r, "LOC:  "+strconv.Itoa(int(d[1]))+" "+strconv.Itoa(int(d[2]))+" "+strconv.Itoa(int(d[3]))))
	}
	return p.reply(r, p.mark(r, "<unknown type="+strconv.Itoa(int(r.typ))+">"))
}

// mark puts Zeek's word before an addition of a dynamic update.
func (p *parser) mark(r *rr, text string) string {
	if r.sec == updates {
		return "add: " + text
	}
	return text
}

// address writes an address; in a dynamic update with its type and name.
func (p *parser) address(r *rr, kind string) fault {
	var buf [64]byte
	text := appendAddr(buf[:0], r.data)
	if r.sec == answers {
		return p.reply(r, string(text))
	}
	return p.reply(r, p.mark(r, kind+string(p.name.bytes())+" "+string(text)))
}

// nameAnswer writes the name that follows skip bytes of the data. What the data
// holds behind it (SOA) is not logged.
func (p *parser) nameAnswer(r *rr, skip int) fault {
	if skip > len(r.data) {
		return badData
	}
	next, bad := p.readName(&p.data, r.off+len(r.data), r.off+skip, false)
	switch {
	case bad != ok:
		return bad
	case r.typ == typeSOA && r.off+len(r.data)-next < 21: // a name and five numbers
		return badData
	case p.data.n == 0:
		p.seen()
		return ok
	}
	return p.reply(r, p.mark(r, string(p.data.bytes())))
}

// strings writes character strings, each with its length (RFC 1035 3.3.14).
func (p *parser) strings(r *rr, kind string) fault {
	d := r.data
	out := make([]byte, 0, len(d)+16)
	bad := ok
	for len(d) > 0 {
		n := int(d[0])
		if n > len(d)-1 {
			bad = badData
			break
		}
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, kind...)
		out = strconv.AppendInt(out, int64(n), 10)
		out = append(out, ' ')
		out = append(out, d[1:1+n]...)
		d = d[1+n:]
	}
	if len(out) == 0 {
		p.seen()
		return bad
	}
	if over := p.reply(r, p.mark(r, string(out))); over != ok {
		return over
	}
	return bad
}

// naptr writes a naming authority pointer (RFC 3403 4.1).
func (p *parser) naptr(r *rr) fault {
	d := r.data
	if len(d) < 4 {
		return badData
	}
	order, preference := binary.BigEndian.Uint16(d), binary.BigEndian.Uint16(d[2:])
	at := 4
	var field [3][]byte // flags, service, regular expression
	for i := range field {
		if at >= len(d) || int(d[at]) > len(d)-at-1 {
			return badData
		}
		field[i] = d[at+1 : at+1+int(d[at])]
		at += 1 + int(d[at])
	}
	if _, bad := p.readName(&p.data, r.off+len(d), r.off+at, false); bad != ok {
		return bad
	}
	out := append(make([]byte, 0, len(d)+32), "NAPTR "...)
	out = strconv.AppendUint(out, uint64(order), 10)
	out = append(out, ' ')
	out = strconv.AppendUint(out, uint64(preference), 10)
	for _, f := range field[:2] {
		out = append(append(out, ' '), f...)
	}
	out = append(append(out, ' '), field[2]...)
	if len(field[2]) > 0 && p.data.n > 0 {
		out = append(out, ' ')
	}
	out = append(out, p.data.bytes()...)
	return p.reply(r, p.mark(r, string(out)))
}

// dnssec writes the records of RFC 4034 and RFC 5155, of which Zeek logs little.
func (p *parser) dnssec(r *rr) fault {
	d := r.data
	var text string
	switch {
	case r.typ == typeRRSIG && len(d) >= 18:
		if _, bad := p.readName(&p.data, r.off+len(d), r.off+18, false); bad != ok {
			return bad
		}
		signer := "<Root>"
		if p.data.n > 0 {
			signer = string(p.data.bytes())
		}
		text = "RRSIG " + strconv.Itoa(int(binary.BigEndian.Uint16(d))) + " " + signer
	case r.typ == typeDNSKEY && len(d) >= 4:
		text = "DNSKEY " + strconv.Itoa(int(d[3]))
	case r.typ == typeNSEC:
		if _, bad := p.readName(&p.data, r.off+len(d), r.off, false); bad != ok {
			return bad
		}
		text = "NSEC " + string(p.name.bytes()) + " " + string(p.data.bytes())
	case r.typ == typeNSEC3 && len(d) >= 6:
		text = "NSEC3"
	case r.typ == typeNSEC3PARAM && len(d) >= 5:
		text = "NSEC3PARAM"
	case r.typ == typeDS && len(d) >= 4:
		text = "DS " + strconv.Itoa(int(d[2])) + " " + strconv.Itoa(int(d[3]))
	case r.typ == typeBINDS && len(d) >= 5:
		text = "BIND9 signing signal"
	default:
		return badData
	}
	return p.reply(r, p.mark(r, text))
}

// reverse reads the address out of a name below in-addr.arpa or ip6.arpa
// (RFC 1035 3.5, RFC 3596 2.5).
func reverse(n []byte) (netid.IP, bool) {
	if rest, found := bytes.CutSuffix(n, []byte(".in-addr.arpa")); found {
		return reverse4(rest)
	}
	rest, found := bytes.CutSuffix(n, []byte(".ip6.arpa"))
	if !found || len(rest) != 63 {
		return netid.IP{}, false
	}
	var ip netid.IP
	for i := range 32 {
		c := rest[2*i]
		if i < 31 && rest[2*i+1] != '.' {
			return netid.IP{}, false
		}
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return netid.IP{}, false
		}
		ip[15-i/2] |= c << (4 * (i & 1))
	}
	return ip, true
}

func reverse4(n []byte) (netid.IP, bool) {
	var part [4]byte
	k, v, digits := 0, 0, 0
	for i := 0; i <= len(n); i++ {
		if i == len(n) || n[i] == '.' {
			if digits == 0 || v > 255 || k == 4 {
				return netid.IP{}, false
			}
			part[k] = byte(v)
			k, v, digits = k+1, 0, 0
			continue
		}
		if n[i] < '0' || n[i] > '9' || digits == 3 {
			return netid.IP{}, false
		}
		v, digits = v*10+int(n[i]-'0'), digits+1
	}
	return netid.IPv4(part[3], part[2], part[1], part[0]), k == 4
}
