package tls

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/tlshello"
)

// maxHistory bounds the history, as Zeek does.
const maxHistory = 100

// session is what both kinds of transport share: the state of the handshake, by
// direction, and the record that tells of it.
type session struct {
	f      proto.Flow
	rec    *Record // nil before the first message and after it was emitted
	ts     event.Time
	told   bool
	client proto.Dir // who sent the ClientHello
	// cipher says that a side encrypts from here on; data that it sent data.
	cipher, data [2]bool
	opaque       bool // counted as not inspectable
	served       bool // the server's hello was seen
	is13         bool
	sessionID    [32]byte
	idLen        int
	ticket       bool // a ticket came with an empty session id
	keyExchange  bool
	psk          bool
	shape        shape
	history      []byte
}

// begun tells whether anything of a handshake was seen.
func (s *session) begun() bool { return s.rec != nil || s.told }

// start makes the record at the first message.
func (s *session) start() *Record {
	if s.rec == nil && !s.told {
		s.rec, s.ts = &Record{}, s.f.Now()
	}
	if s.rec == nil {
		return &Record{} // told already: what comes later is of no interest
	}
	return s.rec
}

// letter adds to the history until the handshake is complete.
func (s *session) letter(d proto.Dir, c byte) {
	r := s.start()
	if r.Established || len(s.history) >= maxHistory {
		return
	}
	if d == s.client {
		c -= 'a' - 'A'
	}
	s.history = append(s.history, c)
}

// letters are those of Zeek's ssl_history by handshake type.
func letterOf(typ byte) byte {
	switch typ {
	case helloRequest:
		return 'h'
	case clientHello:
		return 'c'
	case serverHello:
		return 's'
	case helloVerify:
		return 'v'
	case sessionTicket:
		return 't'
	case endOfEarlyData:
		return 'e'
	case helloRetry:
		return 'j'
	case encryptedExts:
		return 'o'
	case certificate:
		return 'x'
	case serverKeyExchange:
		return 'k'
	case certificateRequest:
		return 'r'
	case serverHelloDone:
		return 'n'
	case certificateVerify:
		return 'y'
	case clientKeyExchange:
		return 'g'
	case finished:
		return 'f'
	case certificateURL:
		return 'w'
	case certificateStatus:
		return 'u'
	case supplementalData:
		return 'a'
	case keyUpdate:
		return 'p'
	case messageHash:
		return 'm'
	}
	return 'z'
}

// message takes one handshake message in clear; body is its wanted part.
func (s *session) message(d proto.Dir, typ byte, n int, body []byte) {
	if s.told {
		return
	}
	c := letterOf(typ)
	switch typ {
	case clientHello:
		s.clientHello(d, body)
	case serverHello:
		if s.serverHello(body) {
			c = 'j'
		}
	case certificate:
		s.certificates(d, body)
	case serverKeyExchange:
		// ECParameters: named_curve (RFC 8422 5.4).
		if len(body) == 3 && body[0] == 3 && s.ecdhe() {
			s.start().Curve = tlshello.GroupName(binary.BigEndian.Uint16(body[1:]))
		}
	case clientKeyExchange:
		s.keyExchange = true
	}
	s.letter(d, c)
}

func (s *session) clientHello(d proto.Dir, body []byte) {
	r := s.start()
	datagram := s.f.Conn() != nil && s.f.Conn().Proto == protoUDP
	quic := datagram && !s.shape.dtls
	c, ok := tlshello.ParseClient(body, datagram && !quic)
	if d == proto.Resp && len(s.history) == 0 {
		s.client = d
		s.history = append(s.history, '^')
	}
	if !ok {
		s.f.Weird("bad_client_hello", 0)
		return
	}
	s.ticket = c.Ticket > 0
	s.psk = c.PSK
	if len(c.SessionID) > 0 && !zeros(c.SessionID) {
		s.idLen, s.ticket = copy(s.sessionID[:], c.SessionID), false
	}
	if c.HasSNI && c.ServerName != "" {
		r.ServerName = c.ServerName
	}
	r.ALPN = c.ALPN
	oldest, newest := c.Range()
	if oldest != 0 {
		r.MinVersion = tlshello.VersionName(oldest)
	}
	r.MaxVersion = tlshello.VersionName(newest)
	if r.JA4 == "" { // the first hello speaks for the client; a second answers a retry
		transport := byte('t')
		switch {
		case quic:
			transport = 'q'
		case datagram:
			transport = 'd'
		}
		r.JA3, r.JA4 = c.JA3(), c.JA4(transport)
	}
}

// protoUDP is the number of UDP.
const protoUDP = 17

// serverHello is true for a HelloRetryRequest.
func (s *session) serverHello(body []byte) bool {
	r := s.start()
	h, ok := tlshello.ParseServer(body)
	if !ok {
		s.f.Weird("bad_server_hello", 0)
		return false
	}
	s.served = true
	r.Number, r.CipherID = h.Number(), h.Cipher
	r.Version, r.Cipher = tlshello.VersionName(r.Number), tlshello.CipherName(h.Cipher)
	if h.Group != 0 {
		r.Curve = tlshello.GroupName(h.Group)
	}
	if h.ALPN != "" {
		r.NextProtocol = h.ALPN
	}
	s.is13 = tlshello.Is13(r.Number)
	same := s.idLen > 0 && string(s.sessionID[:s.idLen]) == string(h.SessionID)
	if same && r.Number != tlshello.TLS13 && r.Number>>8 != 0x7f || s.psk && h.PSK {
		r.Resumed = true
	}
	if r.JA3S == "" || !h.Retry {
		r.JA3S = h.JA3S()
	}
	return h.Retry
}

// ecdhe tells whether the cipher's key exchange names a curve.
func (s *session) ecdhe() bool {
	r := s.start()
	return len(r.Cipher) > 9 && r.Cipher[:9] == "TLS_ECDHE" || len(r.Cipher) > 13 && r.Cipher[:13] == "TLS_ECDH_ANON"
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return len(b) == 32
}

// certificates reads a Certificate message of TLS 1.2 and before (RFC 5246 7.4.2).
func (s *session) certificates(d proto.Dir, body []byte) {
	r := s.start()
	if len(body) < 3 {
		return
	}
	const most = 32
	rest := body[3:min(len(body), 3+int(body[0])<<16+int(body[1])<<8+int(body[2]))]
	for i := 0; len(rest) >= 3 && i < most; i++ {
		n := int(rest[0])<<16 | int(rest[1])<<8 | int(rest[2])
		if n == 0 || n > len(rest)-3 {
			s.f.Weird("bad_certificate_list", 0)
			return
		}
		s.certificate(r, d, rest[3:3+n], i == 0)
		rest = rest[3+n:]
	}
}

func (s *session) certificate(r *Record, d proto.Dir, b []byte, host bool) {
	c := parseCertificate(b)
	c.HostCert, c.ClientCert = host, d == s.client
	if c.Broken {
		s.f.Weird("broken_certificate", 0)
	}
	chain := &r.Chain
	if c.ClientCert {
		chain = &r.ClientChain
	}
	if len(*chain) >= 64 {
		return
	}
	if len(*chain) == 0 {
		if c.ClientCert {
			r.ClientHost, r.ClientSubj, r.ClientIssuer = c, c.Subject, c.Issuer
		} else {
			r.Host, r.Subject, r.Issuer = c, c.Subject, c.Issuer
		}
	}
	*chain = append(*chain, c.Fingerprint)
	s.f.Emit(s.f.Now(), c)
}

// shortRecord takes a record in clear that holds no handshake message; few are its
// first bytes.
func (s *session) shortRecord(d proto.Dir, typ byte, n int, few []byte) {
	switch typ {
	case changeCipher:
		s.letter(d, 'i')
		if d == s.client && s.ticket && !s.keyExchange {
			s.start().Resumed = true
		}
		if !s.is13 {
			s.cipher[d] = true
		}
	case alert:
		if n == 2 {
			s.letter(d, 'l')
			if r := s.start(); !r.Established {
				r.LastAlert = tlshello.AlertName(few[1])
			}
		}
	case heartbeat:
		s.letter(d, 'b')
	}
}

// encryptedRecord looks at a record of a side that encrypts.
func (s *session) encryptedRecord(d proto.Dir, typ byte, n int) {
	if s.cipher[0] && s.cipher[1] {
		s.establish()
	}
	if typ == alert {
		s.shape.alerted = true
	}
}

// appRecord looks at a record of application data, which in TLS 1.3 hides the rest
// of the handshake as well.
func (s *session) appRecord(d proto.Dir, n int) {
	if s.cipher[d] {
		s.encryptedRecord(d, appData, n)
	} else if s.is13 || s.served {
		s.cipher[d] = true
	}
	s.data[d] = true
	if s.data[0] && s.data[1] && !s.opaque {
		s.opaque = true
		s.f.Blind("tls")
	}
	if s.rec != nil {
		s.shape.add(s, d, n)
		if s.rec.Established && s.shape.dull {
			s.finish()
		}
	}
}

// establish notes that the handshake is complete.
func (s *session) establish() {
	if s.rec != nil {
		s.rec.Established = true
	}
}

// finish tells what was learned, once.
func (s *session) finish() {
	r := s.rec
	if r == nil {
		return
	}
	s.rec, s.told = nil, true
	r.History = string(s.history)
	s.history = nil
	if r.Host != nil && r.ServerName != "" {
		r.SNIMatches = event.B(r.Host.Matches(r.ServerName))
	}
	s.guess(r)
	s.f.Emit(s.ts, r)
}
