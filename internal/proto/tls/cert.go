package tls

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"math/bits"
	"net/netip"
	"strings"
	"time"

	"lazaret/internal/event"
)

// Bounds of what is kept of a certificate.
const (
	maxSANs = 500
	maxSAN  = 256
)

// algorithms are the names of algorithms of keys and signatures, as OpenSSL
// writes them.
var algorithms = map[string]string{
	"1.2.840.113549.1.1.1": "rsaEncryption", "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
	"1.2.840.113549.1.1.3": "md4WithRSAEncryption", "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
	"1.2.840.113549.1.1.5": "sha1WithRSAEncryption", "1.2.840.113549.1.1.7": "rsaesOaep",
	"1.2.840.113549.1.1.10": "rsassaPss", "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
	"1.2.840.113549.1.1.12": "sha384WithRSAEncryption", "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
	"1.2.840.113549.1.1.14": "sha224WithRSAEncryption", "1.3.14.3.2.29": "sha1WithRSA",
	"1.2.840.10045.2.1": "id-ecPublicKey", "1.2.840.10045.4.1": "ecdsa-with-SHA1",
	"1.2.840.10045.4.3.1": "ecdsa-with-SHA224", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
	"1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
	"1.2.840.10040.4.1": "dsaEncryption", "1.2.840.10040.4.3": "dsaWithSHA1",
	"2.16.840.1.101.3.4.3.1": "dsa_with_SHA224", "2.16.840.1.101.3.4.3.2": "dsa_with_SHA256",
	"1.3.101.110": "X25519", "1.3.101.111": "X448", "1.3.101.112": "ED25519", "1.3.101.113": "ED448",
	"1.2.840.10046.2.1": "X9.42 DH", "1.2.840.113549.1.3.1": "dhKeyAgreement", "1.2.156.10197.1.501": "SM2-with-SM3",
}

// curve is a named curve: its name, and the length of its keys.
type curve struct {
	name string
	bits int
}

var curves = map[string]curve{
	"1.2.840.10045.3.1.1": {"prime192v1", 192}, "1.2.840.10045.3.1.7": {"prime256v1", 256},
	"1.3.132.0.10": {"secp256k1", 256}, "1.3.132.0.31": {"secp192k1", 192}, "1.3.132.0.32": {"secp224k1", 225},
	"1.3.132.0.33": {"secp224r1", 224}, "1.3.132.0.34": {"secp384r1", 384}, "1.3.132.0.35": {"secp521r1", 521},
	"1.3.36.3.3.2.8.1.1.7": {"brainpoolP256r1", 256}, "1.3.36.3.3.2.8.1.1.11": {"brainpoolP384r1", 384},
	"1.3.36.3.3.2.8.1.1.13": {"brainpoolP512r1", 512}, "1.2.156.10197.1.301": {"SM2", 256},
}

func algorithm(id string) string {
	if s, ok := algorithms[id]; ok {
		return s
	}
	return id
}

// parseCertificate reads a certificate (RFC 5280 4.1). What cannot be read is left
// out, and Broken says so: a damaged certificate is still one that was shown.
func parseCertificate(b []byte) *Certificate {
	h := sha256.Sum256(b)
	c := &Certificate{Fingerprint: hex.EncodeToString(h[:])}
	top := der{b: b}
	cert := der{b: top.want(tagSequence)}
	tbs := der{b: cert.want(tagSequence)}
	sig := der{b: cert.want(tagSequence)}
	c.Version = 1
	if tbs.peek() == 0xa0 {
		v := der{b: tbs.want(0xa0)}
		if n := v.want(tagInteger); len(n) == 1 && n[0] < 16 {
			c.Version = int(n[0]) + 1
		}
	}
	c.Serial = serial(tbs.want(tagInteger))
	tbs.want(tagSequence) // signature, again
	issuer := tbs.want(tagSequence)
	validity := der{b: tbs.want(tagSequence)}
	subject := tbs.want(tagSequence)
	key := der{b: tbs.want(tagSequence)}
	c.Broken = top.bad || cert.bad || tbs.bad
	if id := oid(sig.want(tagOID)); id != "" {
		c.SigAlg = algorithm(id)
	}
	in, ok1 := readName(issuer)
	sn, ok2 := readName(subject)
	c.Issuer, c.Subject, c.CommonNames, c.Organisations = in.text, sn.text, sn.cn, sn.org
	c.Broken = c.Broken || !ok1 || !ok2
	c.SelfSigned = !c.Broken && len(subject) > 0 && string(issuer) == string(subject)
	c.NotBefore, c.NotAfter = moment(&validity), moment(&validity)
	c.key(&key)
	for tbs.peek() != 0 {
		if tag, body, _ := tbs.next(); tag == 0xa3 {
			c.extensions(body)
		}
	}
	return c
}

// serial writes an integer in hexadecimal, without the zero of its sign.
func serial(b []byte) string {
	if len(b) == 0 || len(b) > 128 {
		return ""
	}
	sign := ""
	v := new(big.Int).SetBytes(b)
	if b[0]&0x80 != 0 {
		sign = "-"
		v.Sub(new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))), v)
	}
	m := v.Bytes()
	if len(m) == 0 {
		m = []byte{0}
	}
	return sign + strings.ToUpper(hex.EncodeToString(m))
}

// moment reads a UTCTime or GeneralizedTime (RFC 5280 4.1.2.5), 0 if it is none.
func moment(d *der) float64 {
	tag, b, _ := d.next()
	layout := "20060102150405"
	s := strings.TrimSuffix(string(b[:min(len(b), 32)]), "Z")
	if tag == tagUTCTime {
		if len(s) < 2 {
			return 0
		}
		century := "19"
		if s[0] < '5' {
			century = "20"
		}
		s = century + s
	} else if tag != tagTime {
		return 0
	}
	zone := 0
	if i := strings.IndexAny(s, "+-"); i > 0 {
		if z, err := time.Parse("-0700", s[i:]); err == nil {
			_, zone = z.Zone()
		}
		s = s[:i]
	}
	if len(s) == len("200601021504") {
		s += "00"
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return 0
	}
	return float64(t.Unix() - int64(zone))
}

// key reads the subject's public key (RFC 5280 4.1.2.7, RFC 3279 2.3).
func (c *Certificate) key(k *der) {
	alg := der{b: k.want(tagSequence)}
	id := oid(alg.want(tagOID))
	if id == "" {
		return
	}
	c.KeyAlg = algorithm(id)
	param, paramBody := alg.peek(), []byte(nil)
	if param != 0 {
		_, paramBody, _ = alg.next()
	}
	raw := k.want(tagBits)
	if len(raw) < 2 {
		return
	}
	raw = raw[1:]
	switch id {
	case "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10":
		c.rsa(raw)
	case "1.2.840.10045.2.1":
		c.elliptic(param, paramBody, raw)
	case "1.2.840.10040.4.1":
		p := der{b: paramBody}
		if n := intBits(p.want(tagInteger)); n > 0 {
			c.KeyType, c.KeyLength = "dsa", n
		}
	case "1.3.101.110", "1.3.101.112":
		c.KeyType, c.KeyLength = "unknown", 256
	case "1.3.101.111", "1.3.101.113":
		c.KeyType, c.KeyLength = "unknown", 456
	}
}

func (c *Certificate) rsa(raw []byte) {
	top := der{b: raw}
	seq := der{b: top.want(tagSequence)}
	n, e := seq.want(tagInteger), seq.want(tagInteger)
	if seq.bad || intBits(n) == 0 || len(e) > 64 {
		return
	}
	c.KeyType, c.KeyLength, c.Exponent = "rsa", intBits(n), new(big.Int).SetBytes(e).String()
}

func (c *Certificate) elliptic(param byte, body, raw []byte) {
	if param == tagOID {
		if k, ok := curves[oid(body)]; ok && len(raw) > 1 {
			c.KeyType, c.KeyLength, c.Curve = "ecdsa", k.bits, k.name
		}
		return
	}
	// Explicit parameters (RFC 3279 2.3.5): version, field with its prime, ...
	p := der{b: body}
	p.want(tagInteger)
	field := der{b: p.want(tagSequence)}
	field.want(tagOID)
	if n := intBits(field.want(tagInteger)); n > 0 && n <= 1024 && !p.bad {
		c.KeyType, c.KeyLength = "ecdsa", n
	}
}

// intBits is the length of a positive integer in bits.
func intBits(b []byte) int {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0
	}
	return (len(b)-1)*8 + bits.Len8(b[0])
}

// extensions reads subject alternative names and basic constraints (RFC 5280
// 4.2.1.6, 4.2.1.9).
func (c *Certificate) extensions(b []byte) {
	top := der{b: b}
	list := der{b: top.want(tagSequence)}
	for list.peek() != 0 {
		e := der{b: list.want(tagSequence)}
		id := oid(e.want(tagOID))
		if e.peek() == tagBoolean {
			e.next()
		}
		value := e.want(tagOctets)
		if e.bad {
			continue
		}
		switch id {
		case "2.5.29.17":
			c.names(value)
		case "2.5.29.19":
			c.constraints(value)
		}
	}
}

func (c *Certificate) constraints(b []byte) {
	top := der{b: b}
	seq := der{b: top.want(tagSequence)}
	if top.bad {
		return
	}
	c.CA = event.B(false)
	if seq.peek() == tagBoolean {
		v := seq.want(tagBoolean)
		c.CA.V = len(v) == 1 && v[0] != 0
	}
	if seq.peek() == tagInteger {
		if v := seq.want(tagInteger); len(v) == 1 && v[0] < 0x80 {
			c.PathLen = event.N(v[0])
		}
	}
}

func (c *Certificate) names(b []byte) {
	top := der{b: b}
	seq := der{b: top.want(tagSequence)}
	for n := 0; seq.peek() != 0 && n < maxSANs; n++ {
		tag, v, _ := seq.next()
		s := string(v[:min(len(v), maxSAN)])
		switch tag {
		case 0x81:
			c.Email = append(c.Email, s)
		case 0x82:
			c.DNS = append(c.DNS, s)
		case 0x86:
			c.URI = append(c.URI, s)
		case 0x87:
			if a, ok := netip.AddrFromSlice(v); ok {
				c.IP = append(c.IP, a.String())
			}
		}
	}
}

// Matches tells whether the certificate holds a host's name or address (RFC 6125
// 6.4): one of its names, or the common name when it has none; a star stands for
// the first label or a part of it.
func (c *Certificate) Matches(host string) bool {
	host = strings.TrimSuffix(host, ".")
	for _, ip := range c.IP {
		if ip == host {
			return true
		}
	}
	list := c.DNS
	if len(list) == 0 {
		list = c.CommonNames
	}
	for _, pattern := range list {
		if matches(pattern, host) {
			return true
		}
	}
	return false
}

func matches(pattern, host string) bool {
	if strings.EqualFold(pattern, host) {
		return host != ""
	}
	first, rest, ok := strings.Cut(pattern, ".")
	label, domain, ok2 := strings.Cut(host, ".")
	before, after, star := strings.Cut(first, "*")
	if !ok || !ok2 || !star || !strings.Contains(rest, ".") || !strings.EqualFold(rest, domain) {
		return false
	}
	label, before, after = strings.ToLower(label), strings.ToLower(before), strings.ToLower(after)
	return len(label) > len(before)+len(after)-1 && strings.HasPrefix(label, before) && strings.HasSuffix(label, after)
}
