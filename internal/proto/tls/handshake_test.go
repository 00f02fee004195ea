package tls

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	elements "lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// certOf makes a self-signed certificate.
func certOf(t testing.TB, c *x509.Certificate) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.NotBefore, c.NotAfter = time.Unix(1_600_000_000, 0), time.Unix(1_900_000_000, 0)
	b, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func u24(n int) string { return string([]byte{byte(n >> 16), byte(n >> 8), byte(n)}) }

func message(typ byte, body string) string { return string(typ) + u24(len(body)) + body }

// certs is a Certificate message.
func certs(list ...[]byte) string {
	all := ""
	for _, c := range list {
		all += u24(len(c)) + string(c)
	}
	return message(certificate, u24(len(all))+all)
}

const (
	helloC = "\x03\x03rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\x00\x00\x02\xc0\x2f\x01\x00\x00\x11\x00\x00\x00\x0d\x00\x0b\x00\x00\x08pacs.lan"
	helloS = "\x03\x03rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\x00\xc0\x2f\x00"
)

// classic is a handshake of TLS 1.2 with a certificate in more than one record.
func classic(t testing.TB, cert []byte) []prototest.Segment {
	say := func(d proto.Dir, s string) prototest.Segment { return prototest.Segment{Dir: d, Data: []byte(s)} }
	flight := message(serverHello, helloS) + certs(cert) + message(serverKeyExchange, "\x03\x00\x17zzzz") + message(serverHelloDone, "")
	half := len(flight) / 2
	return []prototest.Segment{
		say(0, record(handshake, message(clientHello, helloC))),
		say(1, record(handshake, flight[:half])+record(handshake, flight[half:])),
		say(0, record(handshake, message(clientKeyExchange, "xx"))+record(changeCipher, "\x01")+record(handshake, strings.Repeat("f", 40))),
		say(1, record(changeCipher, "\x01")+record(handshake, strings.Repeat("f", 40))),
		say(0, record(appData, strings.Repeat("d", 60))),
		say(1, record(appData, strings.Repeat("d", 60))),
	}
}

func ssl(t *testing.T, f *prototest.Flow) *Record {
	t.Helper()
	for _, r := range f.Records {
		if s, ok := r.Body.(*Record); ok {
			return s
		}
	}
	t.Fatal("no ssl record")
	return nil
}

func TestHandshake(t *testing.T) {
	cert := certOf(t, &x509.Certificate{SerialNumber: big.NewInt(77), DNSNames: []string{"pacs.lan"}, Subject: pkix.Name{CommonName: "Pacs, main"}})
	segs := classic(t, cert)
	for name, s := range map[string][]prototest.Segment{"whole": segs, "byte by byte": prototest.Recut(segs, []int{1}), "sevens": prototest.Recut(segs, []int{7})} {
		f := prototest.Feed(&Spec, s)
		r := ssl(t, f)
		if r.Version != "TLSv12" || r.Cipher != "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" || r.Curve != "secp256r1" || r.ServerName != "pacs.lan" ||
			!r.Established || r.Resumed || r.History != "CsxknGIi" || len(r.Chain) != 1 || r.Subject != `CN=Pacs\, main` || r.SNIMatches != event.B(true) || len(f.Blinds) != 1 {
			t.Errorf("%s: %+v, blind %v, weird %v", name, r, f.Blinds, f.Weirds)
		}
	}
}

func TestResumed(t *testing.T) {
	id := "\x20" + strings.Repeat("i", 32)
	c, s := strings.Replace(helloC, "r\x00\x00\x02", "r"+id+"\x00\x02", 1), strings.Replace(helloS, "r\x00\xc0", "r"+id+"\xc0", 1)
	f := prototest.Feed(&Spec, []prototest.Segment{
		{Data: []byte(record(handshake, message(clientHello, c)))}, {Dir: 1, Data: []byte(record(handshake, message(serverHello, s)))},
		{Dir: 1, Data: []byte(record(alert, "\x02\x28"))},
	})
	if r := ssl(t, f); !r.Resumed || r.Established || r.History != "Csl" || r.LastAlert != "handshake_failure" {
		t.Errorf("%+v", r)
	}
}

// A loss ends the look at the stream, and keeps what was learned.
func TestGap(t *testing.T) {
	segs := classic(t, certOf(t, &x509.Certificate{SerialNumber: big.NewInt(1)}))
	segs[1].Data = segs[1].Data[:100]
	f := prototest.Feed(&Spec, append(segs[:2:2], prototest.Segment{Dir: 1, Lost: 10}, segs[3]))
	if r := ssl(t, f); r.Version != "TLSv12" || r.History != "Cs" || len(f.Blinds) != 1 {
		t.Errorf("%+v, blind %v", r, f.Blinds)
	}
}

func TestSSL2(t *testing.T) {
	hello := "\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10" + strings.Repeat("\x00\x00\x2f", 7) + strings.Repeat("c", 16)
	answer := "\x04\x00\x01\x00\x02\x00\x03\x00\x03\x00\x10abc\x07\x00\xc0" + strings.Repeat("i", 16)
	old := []prototest.Segment{{Data: []byte(hello)}, {Dir: 1, Data: append([]byte{0x80, byte(len(answer))}, answer...)}, {Data: []byte("secret")}}
	for _, cut := range []int{1, 5, 1000} {
		f := prototest.Feed(&Spec, prototest.Recut(old, []int{cut}))
		r := ssl(t, f)
		if r.Version != "SSLv2" || r.Cipher != "SSLv20_CK_DES_192_EDE3_CBC_WITH_MD5" || !r.Established || r.History != "Cs" || len(r.Chain) != 1 || len(f.Blinds) != 1 {
			t.Errorf("cut %d: %+v, %v", cut, r, f.Blinds)
		}
		f = prototest.Feed(&Spec, prototest.Recut([]prototest.Segment{old[0], {Dir: 1, Data: []byte(record(handshake, message(serverHello, helloS)))}}, []int{cut}))
		if r := ssl(t, f); r.Version != "TLSv12" || r.History != "Cs" {
			t.Errorf("a new answer to an old hello, cut %d: %+v", cut, r)
		}
	}
	if probe(0, []byte(hello)) != proto.Yes || probe(0, []byte(hello[:10])) != proto.Maybe || probe(0, []byte("\x80\x2f"+hello[2:])) != proto.No {
		t.Error("the probe of SSL 2")
	}
}

func TestCertificate(t *testing.T) {
	link, _ := url.Parse("https://a.b/c")
	b := certOf(t, &x509.Certificate{
		SerialNumber: big.NewInt(0xab), BasicConstraintsValid: true, IsCA: true, MaxPathLen: 2,
		DNSNames: []string{"ct1.lan", "*.x.lan"}, EmailAddresses: []string{"rad@x.lan"}, IPAddresses: []net.IP{{10, 1, 2, 3}}, URIs: []*url.URL{link},
		Subject: pkix.Name{CommonName: " #a\u00fc+\n", Organization: []string{"O, Inc."}, Country: []string{"DE"},
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: []int{1, 2, 3, 4}, Value: "x"}}},
	})
	c := parseCertificate(b)
	if c.Broken || c.Serial != "AB" || c.Version != 3 || c.KeyAlg != "id-ecPublicKey" || c.SigAlg != "ecdsa-with-SHA256" || c.KeyType != "ecdsa" ||
		c.KeyLength != 256 || c.Curve != "prime256v1" || c.NotBefore != 1_600_000_000 || c.NotAfter != 1_900_000_000 || !c.SelfSigned ||
		c.CA != event.B(true) || c.PathLen != event.N(2) || !slices.Equal(c.DNS, []string{"ct1.lan", "*.x.lan"}) || !slices.Equal(c.Email, []string{"rad@x.lan"}) ||
		!slices.Equal(c.IP, []string{"10.1.2.3"}) || !slices.Equal(c.URI, []string{"https://a.b/c"}) {
		t.Errorf("%+v", c)
	}
	if want := `1.2.3.4=#0C0178,CN=\ #a\C3\BC\+\0A,O=O\, Inc.,C=DE`; c.Subject != want && c.Subject != strings.Replace(want, "0C", "13", 1) {
		t.Errorf("subject %s, want %s", c.Subject, want)
	}
	for host, want := range map[string]bool{"ct1.lan": true, "CT1.LAN": true, "a.x.lan": true, "a.b.x.lan": false, "x.lan": false, "10.1.2.3": true, "10.1.2.4": false, "": false} {
		if c.Matches(host) != want {
			t.Errorf("matches %q: %v", host, !want)
		}
	}
	// However it is cut or damaged, something is told and nothing breaks.
	for i := range b {
		if k := parseCertificate(b[:i]); len(k.Fingerprint) != 64 || !k.Broken && i < len(b)/4 {
			t.Fatalf("cut at %d: %+v", i, k)
		}
		d := slices.Clone(b)
		d[i] ^= 0xff
		parseCertificate(d)
	}
}

// hello of DTLS in two fragments, and the plain answer.
func dtlsTalk() []prototest.Segment {
	rec := func(seq byte, body string) string {
		return "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00" + string(seq) + "\x00" + string(byte(len(body))) + body
	}
	frag := func(typ byte, seq byte, total, from int, part string) string {
		return string(typ) + u24(total) + "\x00" + string(seq) + u24(from) + u24(len(part)) + part
	}
	c := "\xfe\xfd" + helloC[2:35] + "\x00" + helloC[35:]
	s := "\xfe\xfd" + helloS[2:]
	return []prototest.Segment{
		{Data: []byte(rec(0, frag(1, 0, len(c), 0, c[:30])))}, {Data: []byte(rec(1, frag(1, 0, len(c), 30, c[30:])))},
		{Dir: 1, Data: []byte(rec(0, frag(2, 0, len(s), 0, s)) + rec(1, frag(14, 1, 0, 0, "")))},
		{Data: []byte("\x14\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x01")}, {Dir: 1, Data: []byte("\x14\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x01")},
		{Data: []byte("\x16\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02ff")}, {Dir: 1, Data: []byte("\x17\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x01\x00\x02dd")},
	}
}

func feedDTLS(segs []prototest.Segment) *prototest.Flow {
	f := prototest.NewFlow()
	f.ID.Proto = protoUDP
	a := Spec.New(f).(proto.Datagram)
	for _, s := range segs {
		if err := a.Packet(s.Dir, s.Data); err != nil {
			f.Weirds = append(f.Weirds, "error:"+err.Error())
		}
	}
	a.Close()
	return f
}

func TestDTLS(t *testing.T) {
	segs := dtlsTalk()
	f := feedDTLS(segs)
	r := ssl(t, f)
	if r.Version != "DTLSv12" || r.ServerName != "pacs.lan" || r.History != "CsnIi" || !r.Established || !strings.HasPrefix(r.JA4, "dd2d0101") || len(f.Blinds) != 1 || len(f.Weirds) != 0 {
		t.Errorf("%+v, blind %v, weird %v", r, f.Blinds, f.Weirds)
	}
	if probe(0, segs[0].Data) != proto.Yes || probe(0, segs[0].Data[:40]) != proto.No {
		t.Error("the probe of DTLS")
	}
}

func FuzzDTLS(f *testing.F) {
	for _, s := range dtlsTalk() {
		f.Add(s.Data, s.Data)
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		feedDTLS([]prototest.Segment{{Data: a}, {Dir: 1, Data: b}, {Data: b}})
	})
}

func FuzzCertificate(f *testing.F) {
	f.Add(certOf(f, &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"a.b"}, Subject: pkix.Name{CommonName: "x", Organization: []string{"y"}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := parseCertificate(b)
		if len(c.Subject) > 8*elements.MaxName || len(c.DNS) > maxSANs {
			t.Errorf("%d bytes of subject, %d names", len(c.Subject), len(c.DNS))
		}
		c.Matches("a.b")
	})
}

// Once a day, and each use by itself.
func TestJoiner(t *testing.T) {
	j := newJoiner(nil)
	at := func(ts event.Time, client bool) bool {
		return j.Take(event.Record{TS: ts, Body: &Certificate{Fingerprint: "x", ClientCert: client}})
	}
	if !at(0, false) || at(1, false) || !at(2, true) || at(again-1, false) || !at(again, false) || at(again+1, true) || !at(again+2, true) {
		t.Error("not once a day for each use")
	}
	if !j.Take(event.Record{Body: &Record{}}) {
		t.Error("another record was held back")
	}
}

func BenchmarkHandshake(b *testing.B) {
	segs := classic(b, certOf(b, &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"a.b"}, Subject: pkix.Name{CommonName: "x"}}))
	b.ReportAllocs()
	for b.Loop() {
		prototest.Feed(&Spec, segs)
	}
}

// bulk is an established conversation and records of data.
func bulk(t testing.TB) (proto.Analyzer, []byte) {
	a := Spec.New(prototest.NewFlow()).(proto.Analyzer)
	for _, s := range classic(t, certOf(t, &x509.Certificate{SerialNumber: big.NewInt(1)})) {
		for b := s.Data; len(b) > 0; {
			p, err := a.Parse(s.Dir, b)
			if err != nil {
				t.Fatal(err)
			}
			b = b[min(p.Done, len(b)):]
		}
	}
	return a, []byte(record(appData, strings.Repeat("x", 1400)))
}

func BenchmarkBulk(b *testing.B) {
	a, seg := bulk(b)
	seg[3], seg[4] = 0x40, 0 // the segment is the beginning of a record of 16 KiB
	b.ReportAllocs()
	for b.Loop() {
		a.Parse(1, seg)
	}
}

func TestBulkAllocs(t *testing.T) {
	a, seg := bulk(t)
	if n := testing.AllocsPerRun(100, func() { a.Parse(1, seg) }); n != 0 {
		t.Errorf("allocations per record of data = %v, want 0", n)
	}
}
