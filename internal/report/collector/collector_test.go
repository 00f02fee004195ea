package collector

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lazaret/internal/report"
	"lazaret/internal/report/alerts"
)

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// findings are a few, one of them with text that would end a message.
func findings() *report.Document {
	d := &report.Document{Version: "test"}
	for i := range 70 {
		d.Findings = append(d.Findings, report.Finding{Time: "2026-11-02T08:00:00Z", Rule: "K" + strconv.Itoa(i), Title: "Service\n<1>1 forged", Severity: "high",
			Why: strings.Repeat("It stays. ", 100), Source: report.Party{Address: "10.0.0.5", Role: "pc"}})
	}
	return d
}

func expected(d *report.Document, limit int) []string {
	var out []string
	for i := range d.Findings {
		out = append(out, string(alerts.Sender{Facility: 16, Host: "sensor", Version: "test"}.Message(&d.Findings[i], limit)))
	}
	return out
}

func at(t *testing.T, address string) *Collector {
	t.Helper()
	c, err := New(address)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDatagrams(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := findings()
	d.Findings = d.Findings[:40] // fits what the kernel keeps, and is more than a burst
	if n, err := at(t, "udp://"+l.LocalAddr().String()).Send(d, "sensor"); n != 40 || err != nil {
		t.Fatalf("%d sent, %v", n, err)
	}
	b := make([]byte, 1<<16)
	for i, want := range expected(d, maxDatagram) {
		if err := l.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, _, err := l.ReadFrom(b)
		if err != nil || string(b[:n]) != want || n > maxDatagram {
			t.Fatalf("datagram %d: %v\n%s\nwant\n%s", i, err, b[:n], want)
		}
	}
}

// frames reads messages by their counts of octets until the stream ends.
func frames(r io.Reader) (out []string, err error) {
	b := bufio.NewReader(r)
	for {
		head, err := b.ReadString(' ')
		if err == io.EOF && head == "" {
			return out, nil
		}
		n, bad := strconv.Atoi(strings.TrimSuffix(head, " "))
		if err != nil || bad != nil || n < 1 || n > maxMessage || head[0] == '0' {
			return out, fmt.Errorf("after %d messages: %q, %v", len(out), head, err)
		}
		m := make([]byte, n)
		if _, err := io.ReadFull(b, m); err != nil {
			return out, err
		}
		out = append(out, string(m))
	}
}

// take accepts one connection and says what came over it.
func take(l net.Listener) <-chan func() ([]string, error) {
	done := make(chan func() ([]string, error), 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			done <- func() ([]string, error) { return nil, err }
			return
		}
		defer conn.Close()
		list, err := frames(conn)
		done <- func() ([]string, error) { return list, err }
	}()
	return done
}

func TestStream(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := take(l)
	d := findings()
	if n, err := at(t, "tcp://"+l.Addr().String()).Send(d, "sensor"); n != 70 || err != nil {
		t.Fatalf("%d sent, %v", n, err)
	}
	if list, err := (<-got)(); err != nil || !slices.Equal(list, expected(d, maxMessage)) {
		t.Errorf("%v, %d messages: %q", err, len(list), list)
	}
	if n, err := at(t, "tcp://127.0.0.1:1").Send(&report.Document{}, "sensor"); n != 0 || err != nil {
		t.Errorf("without findings: %d, %v", n, err)
	}
}

// certify makes a certificate for 127.0.0.1 and the given use, of its own signature, with
// its files.
func certify(t *testing.T, dir, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, x, x, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, filepath.Join(dir, name+".pem"), string(cert))
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	write(t, filepath.Join(dir, name+".key"), string(private))
	out, err := tls.X509KeyPair(cert, private)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	server := certify(t, dir, "siem.test")
	certify(t, dir, "sensor.test")
	certify(t, dir, "other.test")
	pem, err := os.ReadFile(filepath.Join(dir, "sensor.test.pem"))
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(pem)
	file := func(name, suffix string) string { return url.QueryEscape(filepath.Join(dir, name+suffix)) }
	own := "&cert=" + file("sensor.test", ".pem") + "&key=" + file("sensor.test", ".key")
	wrong := "&cert=" + file("other.test", ".pem") + "&key=" + file("other.test", ".key")
	ca := "?ca=" + file("siem.test", ".pem")
	for name, tc := range map[string]struct {
		query string
		ask   tls.ClientAuthType
		fault string // empty if all goes well
	}{
		"by address":        {ca, tls.NoClientCert, ""},
		"by name":           {ca + "&name=siem.test", tls.NoClientCert, ""},
		"both sides":        {ca + own, tls.RequireAndVerifyClientCert, ""},
		"of another name":   {ca + "&name=other.test", tls.NoClientCert, "not other.test"},
		"of another maker":  {"?ca=" + file("other.test", ".pem"), tls.NoClientCert, "certificate signed by unknown authority"},
		"we are refused":    {ca + wrong, tls.RequireAndVerifyClientCert, "the collector ended it: tls: "},
		"we are not enough": {ca, tls.RequireAndVerifyClientCert, "the collector ended it: tls: "},
	} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tc.ask, ClientCAs: clients})
		if err != nil {
			t.Fatal(err)
		}
		got := take(l)
		d := findings()
		_, err = at(t, "tls://"+l.Addr().String()+tc.query).Send(d, "sensor")
		list, taken := (<-got)()
		l.Close()
		switch {
		case tc.fault == "" && (err != nil || taken != nil || !slices.Equal(list, expected(d, maxMessage))):
			t.Errorf("%s: %v, %v, %d messages", name, err, taken, len(list))
		case tc.fault != "" && (err == nil || !strings.Contains(err.Error(), tc.fault) || len(list) != 0):
			t.Errorf("%s: %v, %d messages, want %q", name, err, len(list), tc.fault)
		}
	}
}

// One that takes the call and says nothing is given up.
func TestSilent(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes the call and says nothing of TLS
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	c := at(t, "tls://"+silent.Addr().String())
	c.wait = 50 * time.Millisecond
	if n, err := c.Send(findings(), "sensor"); n != 0 || err == nil || !strings.Contains(err.Error(), "timeout") && !strings.Contains(err.Error(), "deadline") {
		t.Errorf("silent: %d, %v", n, err)
	}
}
