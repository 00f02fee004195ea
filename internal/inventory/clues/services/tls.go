package services

import (
	"net/netip"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/tls"
	"lazaret/internal/tlshello"
	"lazaret/internal/vendordb"
)

const (
	wServerName = 0.3  // the client's word for the server
	wCertName   = 0.35 // a certificate may be copied, or name a service
	wCertOrg    = 0.25 // whoever had the certificate made, or its maker
	wCertID     = 0.5  // certificates are copied to all machines of a service
	wTLSPrint   = 0.5
)

// maxCertNames is how many names a certificate may have and still name a machine:
// those of hosters and proxies have dozens.
const maxCertNames = 4

// readSSL takes what a handshake tells of the two ends. A certificate speaks for
// the end that showed it; authorities above it do not.
func readSSL(s *tls.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if strings.HasPrefix(s.History, "^") {
		client, server = server, client
	}
	if s.JA4 != "" {
		o.Heard = append(o.Heard, client)
		o.Say(client, clues.Fingerprint, "ja4:"+s.JA4, "ssl.ja4", wTLSPrint)
	}
	if c := s.ClientHost; c != nil {
		certNames(o, client, c, "ssl.client_subject")
	}
	if s.Number == 0 {
		return // nobody answered
	}
	o.Heard = append(o.Heard, server)
	if hostLike(s.ServerName) {
		o.Namings = append(o.Namings, clues.Naming{IP: server.IP, Name: s.ServerName, Source: "ssl.server_name", Weight: wServerName})
	}
	if s.JA3S != "" {
		o.Say(server, clues.Fingerprint, "ja3s:"+s.JA3S, "ssl.ja3s", wTLSPrint)
	}
	switch s.Number {
	case tlshello.SSL20, tlshello.SSL30, tlshello.TLS10, tlshello.TLS11, tlshello.DTLS10:
		o.Has(server, clues.OldTLS, client, "ssl.version")
	}
	if weakCipher(s.Cipher) {
		o.Has(server, clues.WeakCipher, client, "ssl.cipher")
	}
	if s.Host != nil {
		certificate(o, server, client, s.Host, r.TS)
	}
}

// certificate takes the certificate that a server showed at a time.
func certificate(o *clues.Out, server, client clues.Party, c *tls.Certificate, at event.Time) {
	certNames(o, server, c, "ssl.subject")
	for _, org := range c.Organisations {
		if m, ok := vendordb.MakerOf(org); ok {
			o.Say(server, clues.Manufacturer, string(m), "ssl.subject", wCertOrg)
		}
	}
	if c.Broken {
		return
	}
	if c.Fingerprint != "" {
		o.Say(server, clues.HostID, clues.IDCert+c.Fingerprint, "x509.fingerprint", wCertID)
	}
	if c.SelfSigned {
		o.Has(server, clues.SelfSigned, client, "ssl.issuer")
	}
	if c.NotAfter != 0 && c.NotAfter < float64(at)/1e9 {
		o.Has(server, clues.ExpiredCert, client, "x509.certificate.not_valid_after")
	}
	sig := strings.ToLower(c.SigAlg)
	if c.KeyType == "rsa" && c.KeyLength < 2048 || strings.Contains(sig, "md5") || strings.Contains(sig, "md2") || strings.Contains(sig, "sha1") {
		o.Has(server, clues.WeakCertKey, client, "x509.certificate.key_length")
	}
}

// certNames says the names in a certificate, if they can be those of one machine.
// The certificate of a person has a name that is no host's.
func certNames(o *clues.Out, who clues.Party, c *tls.Certificate, source string) {
	names := c.DNS
	if len(names) == 0 {
		names = c.CommonNames
	}
	if len(names) > maxCertNames {
		return
	}
	for _, n := range names {
		if hostLike(n) {
			o.Say(who, clues.Name, n, source, wCertName)
		}
	}
}

// hostLike tells whether a text is the full name of a host: labels with a dot
// between, no star, no address.
func hostLike(s string) bool {
	if len(s) > 253 || !strings.Contains(strings.Trim(s, "."), ".") {
		return false
	}
	for _, c := range []byte(s) {
		if c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	_, err := netip.ParseAddr(s)
	return err != nil
}

// weakCipher tells whether a cipher suite protects little: none, export grade,
// RC4, DES in any form, or nobody's identity.
func weakCipher(name string) bool {
	for _, w := range []string{"NULL", "EXPORT", "RC4", "_DES_", "3DES", "DES40", "RC2", "ANON", "SSLv20"} {
		if strings.Contains(name, w) && name != "TLS_NULL_WITH_NULL_NULL" {
			return true
		}
	}
	return false
}
