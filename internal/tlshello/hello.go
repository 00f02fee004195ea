package tlshello

import (
	"lazaret/internal/wire"
)

// Extension types (IANA TLS ExtensionType Values).
const (
	extServerName = 0
	extGroups     = 10
	extPoints     = 11
	extSigAlgs    = 13
	extALPN       = 16
	extTicket     = 35
	extOldShare   = 40 // key_share, until draft 22
	extPSK        = 41
	extVersions   = 43
	extKeyShare   = 51
)

// Bounds of what is kept of one hello.
const (
	maxList = 512 // ciphers, extensions, groups
	maxALPN = 16
	maxText = 256
)

// Client is a ClientHello (RFC 8446 4.1.2).
type Client struct {
	Version    uint16 // legacy_version
	SessionID  []byte // aliases the message
	Cookie     bool   // DTLS: a cookie was sent back
	Ciphers    []uint16
	Extensions []uint16 // in their order
	ServerName string   // the first name; empty if none
	ALPN       []string // offered protocols
	Versions   []uint16 // supported_versions
	Groups     []uint16
	Points     []byte // EC point formats; aliases the message
	SigAlgs    []uint16
	Ticket     int // length of a session ticket; -1 without the extension
	PSK        bool
	HasSNI     bool
}

// Server is a ServerHello or HelloRetryRequest (RFC 8446 4.1.3).
type Server struct {
	Version    uint16 // legacy_version
	Chosen     uint16 // supported_versions, 0 without the extension
	SessionID  []byte // aliases the message
	Cipher     uint16
	Extensions []uint16
	Group      uint16 // of the key share; 0 without
	ALPN       string
	PSK        bool
	Retry      bool // HelloRetryRequest
}

// retryRandom marks a HelloRetryRequest (RFC 8446 4.1.3): SHA-256 of the words.
const retryRandom = "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C"

// IsRetry tells whether a random value marks a HelloRetryRequest.
func IsRetry(random []byte) bool { return string(random) == retryRandom }

// ParseClient reads the body of a ClientHello, without the header of four bytes.
// datagram says that it came by DTLS, which has a cookie. It is false if the part
// before the extensions is not all there.
func ParseClient(b []byte, datagram bool) (*Client, bool) {
	r := wire.NewReader(b)
	c := &Client{Version: r.U16(), Ticket: -1}
	r.Skip(32)
	c.SessionID = r.Bytes(int(r.U8()))
	if datagram {
		c.Cookie = len(r.Bytes(int(r.U8()))) > 0
	}
	ciphers := r.Sub(int(r.U16()))
	c.Ciphers = list16(&ciphers)
	r.Skip(int(r.U8())) // compression methods
	if !r.OK() || len(c.SessionID) > 32 {
		return nil, false
	}
	eachExtension(&r, &c.Extensions, c.extension)
	return c, true
}

func (c *Client) extension(typ uint16, e wire.Reader) {
	switch typ {
	case extServerName:
		c.HasSNI = true
		names := e.Sub(int(e.U16()))
		for names.Len() > 0 {
			kind, name := names.U8(), names.Bytes(int(names.U16()))
			if kind == 0 && c.ServerName == "" {
				c.ServerName = string(name[:min(len(name), maxText)])
			}
		}
	case extGroups:
		l := e.Sub(int(e.U16()))
		c.Groups = list16(&l)
	case extPoints:
		c.Points = e.Bytes(int(e.U8()))
	case extSigAlgs:
		l := e.Sub(int(e.U16()))
		c.SigAlgs = list16(&l)
	case extALPN:
		c.ALPN = names8(&e)
	case extTicket:
		c.Ticket = e.Len()
	case extPSK:
		c.PSK = true
	case extVersions:
		l := e.Sub(int(e.U8()))
		c.Versions = list16(&l)
	}
}

// ParseServer reads the body of a ServerHello, without the header of four bytes.
// It is false if the part before the extensions is not all there.
func ParseServer(b []byte) (*Server, bool) {
	r := wire.NewReader(b)
	s := &Server{Version: r.U16()}
	if isDraft(s.Version) && s.Version < 0x7f16 || s.Version == TLS13 {
		// Drafts of 1.3 before the 22nd had no session id and no compression; some
		// wrote the number of 1.3 itself, which the final version never does here.
		s.Retry = IsRetry(r.Bytes(32))
		s.Cipher = r.U16()
	} else {
		s.Retry = IsRetry(r.Bytes(32))
		s.SessionID = r.Bytes(int(r.U8()))
		s.Cipher = r.U16()
		r.Skip(1) // compression method
	}
	if !r.OK() || len(s.SessionID) > 32 {
		return nil, false
	}
	eachExtension(&r, &s.Extensions, s.extension)
	return s, true
}

func (s *Server) extension(typ uint16, e wire.Reader) {
	switch typ {
	case extVersions:
		if e.Len() == 2 {
			s.Chosen = e.U16()
		}
	case extKeyShare, extOldShare:
		s.Group = e.U16()
	case extALPN:
		if l := names8(&e); len(l) > 0 {
			s.ALPN = l[0]
		}
	case extPSK:
		s.PSK = true
	}
}

// Number is the version that the server chose.
func (s *Server) Number() uint16 {
	if s.Chosen != 0 {
		return s.Chosen
	}
	return s.Version
}

// eachExtension walks the extensions, keeps their types and gives their content.
func eachExtension(r *wire.Reader, types *[]uint16, take func(uint16, wire.Reader)) {
	if r.Len() < 2 {
		return
	}
	n := min(int(r.U16()), r.Len())
	all := r.Sub(n)
	for all.Len() >= 4 && len(*types) < maxList {
		typ := all.U16()
		body := all.Sub(int(all.U16()))
		if !all.OK() {
			return
		}
		*types = append(*types, typ)
		take(typ, body)
	}
}

func list16(r *wire.Reader) []uint16 {
	n := min(r.Len()/2, maxList)
	if n == 0 {
		return nil
	}
	out := make([]uint16, n)
	for i := range out {
		out[i] = r.U16()
	}
	return out
}

// names8 reads a list of protocol names (RFC 7301 3.1).
func names8(e *wire.Reader) []string {
	l := e.Sub(int(e.U16()))
	var out []string
	for l.Len() > 0 && len(out) < maxALPN {
		if name := l.Bytes(int(l.U8())); len(name) > 0 {
			out = append(out, string(name))
		}
	}
	return out
}
