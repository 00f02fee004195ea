package services

import (
	"slices"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/tls"
	"lazaret/internal/tlshello"
)

func TestSSL(t *testing.T) {
	cert := func(change func(*tls.Certificate)) *tls.Record {
		c := &tls.Certificate{CommonNames: []string{"ct7.rad.lan"}, KeyType: "rsa", KeyLength: 2048, SigAlg: "sha256WithRSAEncryption", NotAfter: 4e9}
		change(c)
		return &tls.Record{Number: tlshello.TLS12, Host: c}
	}
	for name, tc := range map[string]struct {
		body event.Payload
		want []string
	}{
		"an unanswered hello says nothing of the server": {&tls.Record{ServerName: "pacs.lan", JA4: "x"}, []string{"client fingerprint: ja4:x"}},
		"prints":                         {&tls.Record{Number: tlshello.TLS13, JA4: "x", JA3S: "y"}, []string{"client fingerprint: ja4:x", "server fingerprint: ja3s:y"}},
		"a client that is the responder": {&tls.Record{History: "^C", JA4: "x"}, []string{"server fingerprint: ja4:x"}},
		"a good certificate":             {cert(func(*tls.Certificate) {}), []string{"server name: ct7.rad.lan"}},
		"self-signed":                    {cert(func(c *tls.Certificate) { c.SelfSigned = true }), []string{"server name: ct7.rad.lan", "server trait: self-signed certificate"}},
		"expired":                        {cert(func(c *tls.Certificate) { c.NotAfter = 1e-9 }), []string{"server name: ct7.rad.lan", "server trait: expired certificate"}},
		"a short key":                    {cert(func(c *tls.Certificate) { c.KeyLength = 1024 }), []string{"server name: ct7.rad.lan", "server trait: weak certificate key"}},
		"SHA-1":                          {cert(func(c *tls.Certificate) { c.SigAlg = "sha1WithRSAEncryption" }), []string{"server name: ct7.rad.lan", "server trait: weak certificate key"}},
		"a maker":                        {cert(func(c *tls.Certificate) { c.Organisations = []string{"Siemens Healthcare GmbH"} }), []string{"server name: ct7.rad.lan", "server manufacturer: " + clues.Maker("Siemens Healthcare GmbH")}},
		"many names are no machine's":    {cert(func(c *tls.Certificate) { c.DNS = []string{"a.b", "b.b", "c.b", "d.b", "e.b"} }), nil},
		"a star is no name":              {cert(func(c *tls.Certificate) { c.DNS = []string{"*.rad.lan", "10.1.2.3"} }), nil},
		"old and weak":                   {&tls.Record{Number: tlshello.TLS10, Cipher: "TLS_RSA_WITH_RC4_128_MD5"}, []string{"server trait: accepts old TLS", "server trait: accepts a weak TLS cipher"}},
		"AES is not weak":                {&tls.Record{Number: tlshello.TLS12, Cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}, nil},
		"a person's certificate":         {&tls.Record{ClientHost: &tls.Certificate{CommonNames: []string{"Roe, Richard"}}}, nil},
	} {
		if _, got := cluestest.Read(Readers, tc.body, 443); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	o, _ := cluestest.Read(Readers, &tls.Record{Number: tlshello.TLS12, ServerName: "pacs.lan"}, 443)
	if len(o.Namings) != 1 || o.Namings[0].Name != "pacs.lan" || o.Namings[0].IP != cluestest.IP(cluestest.ServerIP) || !slices.Equal(cluestest.Heard(o), []string{cluestest.ServerIP}) {
		t.Errorf("namings %v, heard %v", o.Namings, cluestest.Heard(o))
	}
}
