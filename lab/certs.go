package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// certificate is what one is to look like. It is made with Go's own
// crypto/x509, because openssl req cannot make one that is over.
type certificate struct {
	file       string // FILE.crt and FILE.key
	subject    pkix.Name
	names      []string // DNS names
	from, to   time.Time
	rsaBits    int // 0: ECDSA with P-256
	sha1       bool
	selfSigned bool
	ca         bool
}

// authority signs certificates. The zero value is made by the first with ca.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// issue makes a certificate and writes it with its key.
func (l *Lab) issue(by *authority, c certificate) error {
	key, err := newKey(c.rsaBits)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return err
	}
	tmpl := &x509.Certificate{SerialNumber: serial, Subject: c.subject, NotBefore: c.from, NotAfter: c.to, DNSNames: c.names,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true, IsCA: c.ca}
	if c.ca {
		tmpl.KeyUsage |= x509.KeyUsageCertSign
	}
	if c.sha1 {
		tmpl.SignatureAlgorithm = x509.SHA1WithRSA
	}
	parent, signer := by.cert, by.key
	if c.selfSigned || c.ca {
		parent, signer = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), signer)
	if err != nil {
		return err
	}
	if c.ca {
		if by.cert, err = x509.ParseCertificate(der); err != nil {
			return err
		}
		by.key = key
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for ext, b := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(l.dir, c.file+ext), pem.EncodeToMemory(b), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func newKey(bits int) (crypto.Signer, error) {
	if bits == 0 {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return rsa.GenerateKey(rand.Reader, bits)
}
