// Package collector sends findings to where a hospital collects its messages: by syslog
// over UDP (RFC 5426), TCP (RFC 6587, octet counting) or TLS (RFC 5425).
//
// It is the only package of the program that opens a connection, and does so only when
// somebody names a collector. What is sent is made by package alerts. A wrong address or a
// missing file is found by New, before anything is read or called.
//
// It refuses to send without checking certificates, and to wait for ever: a call, a message
// and the end of a connection have a limit each. It sends each finding once and keeps none;
// it reads no answer, as syslog has none, but for why the other end leaves.
//
// A Collector belongs to one goroutine; a connection lives as long as one call of Send.
package collector

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"lazaret/internal/report"
	"lazaret/internal/report/alerts"
)

// Collector is where findings go by syslog.
type Collector struct {
	network  string // udp or tcp
	address  string
	facility int
	tls      *tls.Config // nil for plain text
	wait     time.Duration
}

const (
	// syslogWait is how long a collector may take to answer a call, to take one message,
	// and to end the connection.
	syslogWait = 10 * time.Second
	// maxDatagram is what every receiver should take (RFC 5424 section 6.1); it may be cut
	// in fragments.
	maxDatagram = 2048
	// maxMessage is what receivers of TLS should take (RFC 5425 section 4.3.1), and the
	// usual limit of others.
	maxMessage = 8192
	// A burst of datagrams is dropped by who takes them: after burst there is a pause.
	burst      = 32
	burstPause = 5 * time.Millisecond
)

// facilities by their usual names (RFC 5424 section 6.2.1).
var facilities = []string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}

// New reads an address: udp://host[:514], tcp://host:port or
// tls://host[:6514], with ?facility=, and for tls ca=, cert=, key= (PEM files) and
// name= (what the certificate is for, other than host).
func New(address string) (*Collector, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("is no address like udp://host:514, tcp://host:601 or tls://host:6514?ca=FILE")
	}
	port, known := map[string]string{"udp": "514", "tcp": "", "tls": "6514"}[u.Scheme]
	if u.Port() != "" {
		port = u.Port()
	}
	n, err := strconv.Atoi(port)
	switch {
	case !known || u.Hostname() == "" || u.Opaque != "" || u.User != nil || u.Path != "" && u.Path != "/" || u.Fragment != "":
		return nil, errors.New("is no address like udp://host:514, tcp://host:601 or tls://host:6514?ca=FILE")
	case port == "":
		return nil, errors.New("tcp has no usual port: give one, like tcp://host:601")
	case err != nil || n < 1 || n > 65535:
		return nil, fmt.Errorf("port %q is not between 1 and 65535", port)
	}
	c := &Collector{network: u.Scheme, address: net.JoinHostPort(u.Hostname(), port), facility: slices.Index(facilities, "local0"), wait: syslogWait}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("what follows ? is not like key=value&key=value")
	}
	for key, values := range q {
		switch {
		case len(values) != 1 || values[0] == "":
			return nil, fmt.Errorf("%s wants one value", key)
		case key == "facility":
			if c.facility = slices.Index(facilities, values[0]); c.facility < 0 {
				return nil, fmt.Errorf("facility %q is none of %v", values[0], facilities)
			}
		case !slices.Contains([]string{"ca", "cert", "key", "name"}, key):
			return nil, fmt.Errorf("%q is none of facility, ca, cert, key, name", key)
		case u.Scheme != "tls":
			return nil, fmt.Errorf("%s is for tls alone", key)
		}
	}
	if u.Scheme == "tls" {
		c.network = "tcp"
		c.tls, err = tlsOf(q, u.Hostname())
	}
	return c, err
}

// tlsOf reads the files that an address names.
func tlsOf(q url.Values, host string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if name := q.Get("name"); name != "" {
		t.ServerName = name
	}
	if file := q.Get("ca"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("ca=%s: %w", file, bare(err))
		}
		if t.RootCAs = x509.NewCertPool(); !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca=%s: has no certificate in PEM", file)
		}
	}
	cert, key := q.Get("cert"), q.Get("key")
	if (cert == "") != (key == "") {
		return nil, errors.New("cert and key go together")
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("cert=%s key=%s: %w", cert, key, bare(err))
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// Send sends all findings, in their order, and says how many went out. Without any it
// opens no connection. host is the name of this machine, or empty. Whether datagrams arrive is not known: of those that a reachable
// host refuses it is said sometimes.
func (c *Collector) Send(d *report.Document, host string) (sent int, err error) {
	if len(d.Findings) == 0 {
		return 0, nil
	}
	conn, err := c.dial()
	if err != nil {
		return 0, plainNet(err)
	}
	defer conn.Close()
	from := alerts.Sender{Facility: c.facility, Host: host, Version: d.Version}
	for i := range d.Findings {
		if err := c.write(conn, from, &d.Findings[i]); err != nil {
			return sent, plainNet(c.said(conn, err))
		}
		if sent++; c.network == "udp" && sent%burst == 0 {
			time.Sleep(burstPause)
		}
	}
	return sent, plainNet(c.finish(conn))
}

// said is why a collector no longer takes what is written, if it said so before it left:
// that it does not know our certificate comes after the handshake (RFC 8446 section 4.6.2).
func (c *Collector) said(conn net.Conn, fault error) error {
	if c.tls == nil || conn.SetReadDeadline(time.Now().Add(c.wait/5)) != nil {
		return fault
	}
	var op *net.OpError
	if _, err := conn.Read(make([]byte, 1)); errors.As(err, &op) && op.Op == tlsAlert {
		return err
	}
	return fault
}

func (c *Collector) dial() (net.Conn, error) {
	d := &net.Dialer{Timeout: c.wait}
	if c.tls == nil {
		return d.Dial(c.network, c.address)
	}
	return tls.DialWithDialer(d, c.network, c.address, c.tls)
}

// write sends one message: a datagram (RFC 5426), or its length, a space and the message
// (RFC 6587 section 3.4.1, RFC 5425 section 4.3).
func (c *Collector) write(conn net.Conn, from alerts.Sender, f *report.Finding) error {
	if err := conn.SetDeadline(time.Now().Add(c.wait)); err != nil {
		return err
	}
	if c.network == "udp" {
		_, err := conn.Write(from.Message(f, maxDatagram))
		return err
	}
	m := from.Message(f, maxMessage)
	_, err := conn.Write(append(strconv.AppendInt(make([]byte, 0, len(m)+8), int64(len(m)), 10), append([]byte{' '}, m...)...))
	return err
}

// finish says that no more comes and waits until the other end says so too: only then is
// it known that nothing was thrown away, and that a certificate of ours was taken. One that
// just stays silent is no fault.
func (c *Collector) finish(conn net.Conn) error {
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok || c.network == "udp" {
		return nil
	}
	if err := half.CloseWrite(); err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Now().Add(c.wait / 5)); err != nil {
		return err
	}
	// Syslog has no answers: what comes is not kept, and no more than a little is read.
	_, err := io.Copy(io.Discard, io.LimitReader(conn, 1<<16))
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, io.ErrUnexpectedEOF) { // or ends without the word of TLS
		return nil
	}
	return err
}

// tlsAlert is what package tls calls the operation that failed when the other end says why.
const tlsAlert = "remote error"

// plainNet is the reason alone: the address is said already.
func plainNet(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) || op.Err == nil {
		return err
	}
	if op.Op == tlsAlert {
		return fmt.Errorf("the collector ended it: %w", op.Err)
	}
	return bare(op.Err)
}

// bare is the reason alone, without the name of the file, which is said already.
func bare(err error) error {
	var path *fs.PathError
	var call *os.SyscallError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &call):
		return call.Err
	}
	return err
}
