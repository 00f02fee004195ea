package tlshello

import (
	"encoding/binary"
	"strings"
	"testing"
)

// The example of the print's authors: a browser's list of ciphers, extensions and
// signature algorithms.
func TestJA4(t *testing.T) {
	c := &Client{
		Version: TLS12, Versions: []uint16{0x8a8a, TLS13, TLS12}, HasSNI: true, ALPN: []string{"h2", "http/1.1"},
		Ciphers: []uint16{0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		Extensions: []uint16{0x3a3a, 0x0000, 0x0017, 0xff01, 0x000a, 0x000b, 0x0023, 0x0010, 0x0005, 0x000d, 0x0012, 0x0033, 0x002d, 0x002b, 0x001b, 0x4469, 0x0a0a,
			0x0015},
		SigAlgs: []uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
	}
	if got := c.JA4('t'); got != "t13d1516h2_8daaf6152771_e5627efa2ab1" {
		t.Errorf("JA4 %s", got)
	}
	for want, alpn := range map[string][]string{"00": nil, "h1": {"http/1.1"}, "h9": {"h3-29"}, "ab": {"\xab"}, "2b": {"-+"}, "6f": {"a\xff"}} {
		c.ALPN = alpn
		if got := c.JA4('q'); got[:10] != "q13d15"+got[6:8]+want {
			t.Errorf("%q: %s", alpn, got)
		}
	}
	if got := (&Client{Version: SSL30}).JA4('t'); got != "ts3i000000_000000000000_000000000000" {
		t.Errorf("an empty hello: %s", got)
	}
}

func TestJA3(t *testing.T) {
	c := &Client{
		Version: TLS10, Ciphers: []uint16{47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4},
		Extensions: []uint16{0, 10, 11}, Groups: []uint16{23, 24, 25}, Points: []byte{0},
	}
	if got := c.JA3(); got != "ada70206e40642a3e4461f35503241d5" {
		t.Errorf("JA3 %s", got)
	}
	c = &Client{Version: TLS10, Ciphers: []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}}
	if got := c.JA3(); got != "de350869b8c85de67a350c8d186f11e6" {
		t.Errorf("JA3 without extensions %s", got)
	}
}

func ext(typ uint16, body string) string {
	var h [4]byte
	binary.BigEndian.PutUint16(h[:], typ)
	binary.BigEndian.PutUint16(h[2:], uint16(len(body)))
	return string(h[:]) + body
}

func hello(exts ...string) []byte {
	all := strings.Join(exts, "")
	return []byte("\x03\x03" + strings.Repeat("r", 32) + "\x02id\x00\x04\x13\x01\xc0\x2f\x01\x00" + string([]byte{byte(len(all) >> 8), byte(len(all))}) + all)
}

func TestParseClient(t *testing.T) {
	b := hello(ext(0, "\x00\x09\x00\x00\x06ct.lan"), ext(16, "\x00\x06\x02h2\x02h3"), ext(43, "\x04\x03\x04\x03\x02"), ext(10, "\x00\x04\x00\x1d\x00\x17"),
		ext(11, "\x01\x00"), ext(13, "\x00\x02\x04\x03"), ext(35, "ticket"), ext(41, "psk"))
	c, ok := ParseClient(b, false)
	if !ok || c.ServerName != "ct.lan" || strings.Join(c.ALPN, " ") != "h2 h3" || c.Ticket != 6 || !c.PSK || len(c.Extensions) != 8 ||
		len(c.Groups) != 2 || len(c.Points) != 1 || len(c.SigAlgs) != 1 || string(c.SessionID) != "id" {
		t.Errorf("%v, %+v", ok, c)
	}
	if oldest, newest := c.Range(); oldest != TLS11 || newest != TLS13 {
		t.Errorf("from %x to %x", oldest, newest)
	}
	// Extensions that are cut keep those before.
	c, ok = ParseClient(b[:len(b)-20], false)
	if !ok || c.ServerName != "ct.lan" || c.PSK {
		t.Errorf("cut: %v, %+v", ok, c)
	}
	if _, ok := ParseClient(b[:36], false); ok {
		t.Error("a hello without ciphers was taken")
	}
}

func TestParseServer(t *testing.T) {
	b := "\x03\x03" + strings.Repeat("r", 32) + "\x00\x13\x02\x00"
	exts := ext(43, "\x03\x04") + ext(51, "\x00\x1d\x00\x01x") + ext(16, "\x00\x03\x02h2")
	s, ok := ParseServer([]byte(b + "\x00" + string([]byte{byte(len(exts))}) + exts))
	if !ok || s.Number() != TLS13 || s.Cipher != 0x1302 || s.Group != 29 || s.ALPN != "h2" || s.Retry {
		t.Errorf("%v, %+v", ok, s)
	}
	if s, ok := ParseServer([]byte("\x7f\x0e" + strings.Repeat("r", 32) + "\x13\x01\x00\x00")); !ok || s.Cipher != 0x1301 || VersionName(s.Number()) != "TLSv13-draft14" {
		t.Errorf("draft 14: %v, %+v", ok, s)
	}
	if s, ok := ParseServer([]byte("\x03\x03" + retryRandom + "\x00\x13\x01\x00")); !ok || !s.Retry {
		t.Error("a retry was not seen")
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		VersionName(0x0301): "TLSv10", VersionName(0xfefd): "DTLSv12", VersionName(0x7f17): "TLSv13-draft23", VersionName(0x7e01): "unknown-32257",
		CipherName(0xc02f): "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", CipherName(0x18): "TLS_DH_ANON_WITH_RC4_128_MD5", CipherName(0x1): "TLS_RSA_WITH_NULL_MD5",
		GroupName(29): "x25519", GroupName(9999): "unknown-9999", AlertName(40): "handshake_failure", AlertName(250): "unknown-250",
		SSL2CipherName(0x0700c0): "SSLv20_CK_DES_192_EDE3_CBC_WITH_MD5",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if !IsGrease(0x1a1a) || IsGrease(0x1a2a) || IsGrease(0x1301) {
		t.Error("GREASE")
	}
	if _, newest := (&Client{Version: DTLS12, Versions: []uint16{DTLS12, DTLS13}}).Range(); newest != DTLS13 {
		t.Errorf("newest of DTLS %x", newest)
	}
}

func FuzzHellos(f *testing.F) {
	f.Add(hello(ext(0, "\x00\x09\x00\x00\x06ct.lan"), ext(16, "\x00\x03\x02h2")))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, datagram := range []bool{false, true} {
			if c, ok := ParseClient(b, datagram); ok {
				if len(c.JA3()) != 32 || len(c.JA4('t')) != 36 || len(c.Extensions) > maxList || len(c.ServerName) > maxText {
					t.Errorf("%+v", c)
				}
			}
		}
		if s, ok := ParseServer(b); ok && len(s.JA3S()) != 32 {
			t.Errorf("%+v", s)
		}
	})
}

func BenchmarkPrints(b *testing.B) {
	c, _ := ParseClient(hello(ext(0, "\x00\x09\x00\x00\x06ct.lan"), ext(16, "\x00\x03\x02h2")), false)
	b.ReportAllocs()
	for b.Loop() {
		c.JA3()
		c.JA4('t')
	}
}
