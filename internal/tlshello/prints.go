package tlshello

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
)

// JA3 is the MD5 print of a ClientHello: version, ciphers, extensions, groups and
// point formats in decimal, without GREASE.
func (c *Client) JA3() string {
	b := make([]byte, 0, 512)
	b = strconv.AppendUint(b, uint64(c.Version), 10)
	for _, l := range [][]uint16{c.Ciphers, c.Extensions, c.Groups} {
		b = dashed(append(b, ','), l, true)
	}
	b = append(b, ',')
	for i, p := range c.Points {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(p), 10)
	}
	return sum(b)
}

// JA3S is the MD5 print of a ServerHello: version, cipher and extensions.
func (s *Server) JA3S() string {
	b := make([]byte, 0, 128)
	b = strconv.AppendUint(b, uint64(s.Version), 10)
	b = strconv.AppendUint(append(b, ','), uint64(s.Cipher), 10)
	b = dashed(append(b, ','), s.Extensions, false)
	return sum(b)
}

func sum(b []byte) string {
	h := md5.Sum(b)
	return hex.EncodeToString(h[:])
}

func dashed(b []byte, list []uint16, skip bool) []byte {
	first := true
	for _, v := range list {
		if skip && IsGrease(v) {
			continue
		}
		if !first {
			b = append(b, '-')
		}
		b, first = strconv.AppendUint(b, uint64(v), 10), false
	}
	return b
}

// JA4 is FoxIO's print of a ClientHello. transport is 't' for TCP, 'q' for QUIC,
// 'd' for DTLS.
func (c *Client) JA4(transport byte) string {
	ciphers, exts := ungreased(c.Ciphers), ungreased(c.Extensions)
	_, newest := c.Range()
	b := append(make([]byte, 0, 36), transport)
	b = append(b, ja4Version(newest)...)
	if c.HasSNI {
		b = append(b, 'd')
	} else {
		b = append(b, 'i')
	}
	b = two(b, len(ciphers))
	b = two(b, len(exts))
	b = append(b, c.ja4ALPN()...)
	slices.Sort(ciphers)
	b = append(append(b, '_'), short(commas(nil, ciphers))...)
	exts = slices.DeleteFunc(exts, func(v uint16) bool { return v == extServerName || v == extALPN })
	slices.Sort(exts)
	text := commas(nil, exts)
	if sigs := ungreased(c.SigAlgs); len(sigs) > 0 && len(exts) > 0 {
		text = commas(append(text, '_'), sigs)
	}
	return string(append(append(b, '_'), short(text)...))
}

func ja4Version(v uint16) string {
	switch v {
	case SSL20:
		return "s2"
	case SSL30:
		return "s3"
	case TLS10:
		return "10"
	case TLS11:
		return "11"
	case TLS12:
		return "12"
	case TLS13:
		return "13"
	case DTLS10:
		return "d1"
	case DTLS12:
		return "d2"
	case DTLS13:
		return "d3"
	}
	return "00"
}

// ja4ALPN is the first and last character of the first protocol offered, or of its
// hexadecimal form if one of them is no letter or digit.
func (c *Client) ja4ALPN() string {
	if len(c.ALPN) == 0 {
		return "00"
	}
	p := c.ALPN[0]
	first, last := p[0], p[len(p)-1]
	if alnum(first) && alnum(last) {
		return string([]byte{first, last})
	}
	const digits = "0123456789abcdef"
	return string([]byte{digits[first>>4], digits[last&15]})
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// ungreased is a list without GREASE, in a new slice.
func ungreased(l []uint16) []uint16 {
	out := make([]uint16, 0, len(l))
	for _, v := range l {
		if !IsGrease(v) {
			out = append(out, v)
		}
	}
	return out
}

func two(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

func commas(b []byte, l []uint16) []byte {
	for i, v := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(v >> 8), byte(v)})
	}
	return b
}

// short is the first twelve digits of the SHA-256, and zeros for an empty list.
func short(b []byte) string {
	if len(b) == 0 {
		return "000000000000"
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:6])
}
