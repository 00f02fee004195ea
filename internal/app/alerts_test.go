package app

import (
	"bufio"
	"bytes"
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

// polyglots is a capture of the lab with findings.
var polyglots = filepath.Join(labDir, "web.pcap.zst")

// The files of --alerts are those of the formats, and --output has the same bytes.
func TestAlertFiles(t *testing.T) {
	dir := t.TempDir()
	args := []string{"read"}
	for _, f := range alerts.Formats() {
		args = append(args, "--alerts", filepath.Join(dir, "found"+f.Suffix))
	}
	if code, out, msg := lazaret(t, nil, append(args, polyglots)...); code != 0 || !strings.Contains(out, "\nFindings: ") {
		t.Fatalf("status %d: %s", code, msg)
	}
	for _, f := range alerts.Formats() {
		saved, err := os.ReadFile(filepath.Join(dir, "found"+f.Suffix))
		code, out, msg := lazaret(t, nil, "read", "-o", f.Name, polyglots)
		if err != nil || code != 0 || out != string(saved) || !strings.Contains(out, "D6") {
			t.Errorf("%s: status %d, %v: %s\nprinted %.300s\nsaved %.300s", f.Name, code, err, msg, out, saved)
		}
	}
}

func TestAlertFaults(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "no.pem"), "no certificate")
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"ending":         {[]string{"--alerts", "x.txt"}, "--alerts x.txt: the name ends in none of .ecs.jsonl .notice.log"},
		"folder":         {[]string{"--alerts", filepath.Join(dir, "none", "x.cef")}, "there is no folder"},
		"save":           {[]string{"--save", "x.layer.json"}, "--alerts x.layer.json"},
		"no address":     {[]string{"--syslog", "siem"}, "is no address like udp://host:514"},
		"scheme":         {[]string{"--syslog", "http://siem:514"}, "is no address like"},
		"path":           {[]string{"--syslog", "udp://siem/x"}, "is no address like"},
		"user":           {[]string{"--syslog", "udp://me@siem"}, "is no address like"},
		"port of tcp":    {[]string{"--syslog", "tcp://siem"}, "give one"},
		"port":           {[]string{"--syslog", "udp://siem:70000"}, `port "70000"`},
		"facility":       {[]string{"--syslog", "udp://siem?facility=local8"}, `facility "local8"`},
		"key":            {[]string{"--syslog", "tls://siem?insecure=1"}, `"insecure" is none of`},
		"twice":          {[]string{"--syslog", "tls://siem?name=a&name=b"}, "name wants one value"},
		"ca of tcp":      {[]string{"--syslog", "tcp://siem:601?ca=x"}, "ca is for tls alone"},
		"ca missing":     {[]string{"--syslog", "tls://siem?ca=" + filepath.Join(dir, "x.pem")}, "no such file"},
		"ca is none":     {[]string{"--syslog", "tls://siem?ca=" + filepath.Join(dir, "no.pem")}, "has no certificate"},
		"cert alone":     {[]string{"--syslog", "tls://siem?cert=x"}, "cert and key go together"},
		"cert not there": {[]string{"--syslog", "tls://siem?key=y&cert=" + filepath.Join(dir, "x.pem")}, "no such file"},
	} {
		// The capture is not there: what is wrong is said before anything is read.
		code, _, msg := lazaret(t, nil, append(append([]string{"read"}, tc.args...), filepath.Join(dir, "none.pcap"))...)
		if code != 2 || !strings.Contains(msg, tc.want) {
			t.Errorf("%s: status %d: %s", name, code, msg)
		}
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

func collectorAt(t *testing.T, address string) *collector {
	t.Helper()
	c, err := newCollector(address)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSyslogDatagrams(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := findings()
	d.Findings = d.Findings[:40] // fits what the kernel keeps, and is more than a burst
	if n, err := collectorAt(t, "udp://"+l.LocalAddr().String()).send(d, "sensor"); n != 40 || err != nil {
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

func TestSyslogStream(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := take(l)
	d := findings()
	if n, err := collectorAt(t, "tcp://"+l.Addr().String()).send(d, "sensor"); n != 70 || err != nil {
		t.Fatalf("%d sent, %v", n, err)
	}
	if list, err := (<-got)(); err != nil || !slices.Equal(list, expected(d, maxMessage)) {
		t.Errorf("%v, %d messages: %q", err, len(list), list)
	}
	if n, err := collectorAt(t, "tcp://127.0.0.1:1").send(&report.Document{}, "sensor"); n != 0 || err != nil {
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

func TestSyslogTLS(t *testing.T) {
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
	at := func(name, suffix string) string { return url.QueryEscape(filepath.Join(dir, name+suffix)) }
	own := "&cert=" + at("sensor.test", ".pem") + "&key=" + at("sensor.test", ".key")
	wrong := "&cert=" + at("other.test", ".pem") + "&key=" + at("other.test", ".key")
	ca := "?ca=" + at("siem.test", ".pem")
	for name, tc := range map[string]struct {
		query string
		ask   tls.ClientAuthType
		fault string // empty if all goes well
	}{
		"by address":        {ca, tls.NoClientCert, ""},
		"by name":           {ca + "&name=siem.test", tls.NoClientCert, ""},
		"both sides":        {ca + own, tls.RequireAndVerifyClientCert, ""},
		"of another name":   {ca + "&name=other.test", tls.NoClientCert, "not other.test"},
		"of another maker":  {"?ca=" + at("other.test", ".pem"), tls.NoClientCert, "certificate signed by unknown authority"},
		"we are refused":    {ca + wrong, tls.RequireAndVerifyClientCert, "the collector ended it: tls: "},
		"we are not enough": {ca, tls.RequireAndVerifyClientCert, "the collector ended it: tls: "},
	} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tc.ask, ClientCAs: clients})
		if err != nil {
			t.Fatal(err)
		}
		got := take(l)
		d := findings()
		_, err = collectorAt(t, "tls://"+l.Addr().String()+tc.query).send(d, "sensor")
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

// A collector that is silent, gone or leaves early is told of; the others get all.
func TestSyslogAway(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes the call and says nothing of TLS
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	c := collectorAt(t, "tls://"+silent.Addr().String())
	c.wait = 50 * time.Millisecond
	if n, err := c.send(findings(), "sensor"); n != 0 || err == nil || !strings.Contains(err.Error(), "timeout") && !strings.Contains(err.Error(), "deadline") {
		t.Errorf("silent: %d, %v", n, err)
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := gone.Addr().String()
	gone.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := take(l)
	code, out, msg := lazaret(t, nil, "read", "--syslog", "tcp://"+away, "--syslog", "tcp://"+l.Addr().String()+"?facility=audit", polyglots)
	if code != 1 || !strings.Contains(msg, "--syslog tcp://"+away+": 0 of ") || !strings.Contains(msg, "refused") || !strings.Contains(out, "\nFindings: ") {
		t.Errorf("status %d: %s", code, msg)
	}
	list, err := (<-got)()
	if err != nil || len(list) == 0 || !strings.HasPrefix(list[0], "<106>1 ") || !strings.Contains(list[0], "|D6|") { // 13*8 + 2
		t.Errorf("the other: %v, %q", err, list)
	}
	if bytes.Contains([]byte(strings.Join(list, "")), []byte("\n")) {
		t.Errorf("a line break in %q", list)
	}
}
