package kerberos

import (
	"strings"
	"testing"
)

// cn is a distinguished name of one part.
func cn(s string) string {
	return seq(el(0x31, seq(el(6, "\x55\x04\x03"), el(0x0c, s))))
}

func cert(number int, issuer, subject string) string {
	return seq(seq(field(0, num(2)), num(number), seq(), cn(issuer), seq(), cn(subject), seq()), seq(), el(3, "\x00"))
}

// signedBy is SignedData with certificates, signed by that of an issuer and number.
func signedBy(issuer string, number int, certificates ...string) string {
	return seq(el(6, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"), field(0, seq(num(3), el(0x31), seq(el(6, "\x2a\x03")),
		field(0, certificates...), el(0x31, seq(num(1), seq(cn(issuer), num(number)), seq())))))
}

func TestSubjects(t *testing.T) {
	signed := signedBy("Ward CA", 7, cert(1, "Root", "Ward CA"), cert(7, "Ward CA", "anna"))
	other := signedBy("Elsewhere", 9, cert(1, "Root", "first"), cert(7, "Root", "second"))
	tgt := []string{"krbtgt", "WARD.EXAMPLE"}
	for _, k := range []struct{ name, got, want string }{
		{"the client", clientSigned([]byte(seq(el(tagImplicit, signed)))), "CN=anna"},
		{"the client, as once", clientSigned([]byte(seq(field(0, signed)))), "CN=anna"},
		{"the centre", centreSigned([]byte(field(0, seq(el(tagImplicit, signed))))), "CN=anna"},
		{"the centre, as once", centreSigned([]byte(field(0, signed))), "CN=anna"},
		{"the centre, encrypted", centreSigned([]byte(el(0x81, signed))), ""},
		{"none that is named", clientSigned([]byte(seq(el(tagImplicit, other)))), "CN=first"},
		{"no certificates", clientSigned([]byte(seq(el(tagImplicit, seq(el(6, "\x2a"), field(0, seq(num(3), el(0x31), seq(), el(0x31)))))))), ""},
		{"damage", clientSigned([]byte(seq(el(tagImplicit, signed))[:60])), ""},
		{"nothing", clientSigned(nil) + centreSigned(nil), ""},
	} {
		if k.got != k.want {
			t.Errorf("%s: %q, want %q", k.name, k.got, k.want)
		}
	}
	f := packets("C: "+ask(asReq, 1, pa(16, seq(el(tagImplicit, signed))), tgt...),
		"S: "+el(asRep, seq(field(0, num(5)), field(1, num(11)), field(2, seq(pa(17, field(0, seq(el(tagImplicit, signedBy("Root", 7, cert(7, "Root", "kdc")))))))),
			field(3, str("WARD.EXAMPLE")), field(4, name("anna")), field(5, tick(18, tgt...)), field(6, enc(18)))))
	if got := f.JSON(); !strings.Contains(got, `"client_cert_subject":"CN=anna","server_cert_subject":"CN=kdc"`) || len(f.Weirds) > 0 {
		t.Errorf("%v %s", f.Weirds, got)
	}
}

func FuzzSubjects(f *testing.F) {
	f.Add([]byte(seq(el(tagImplicit, signedBy("Root", 7, cert(7, "Root", "kdc"))))))
	f.Add([]byte(field(0, signedBy("Root", 7, cert(7, "Root", "kdc")))))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range []string{clientSigned(b), centreSigned(b)} {
			if len(s) > maxName {
				t.Fatalf("a subject of %d bytes", len(s))
			}
		}
	})
}
