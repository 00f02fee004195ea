// Package tls reads what TLS, DTLS and SSL show before they encrypt (RFC 8446,
// RFC 5246, RFC 4346, RFC 2246, RFC 6101, RFC 9147, RFC 6347).
//
// From the hellos come versions, cipher, group, names and the prints JA3, JA3S and
// JA4; from the certificates of TLS 1.2 and older, who the two ends say that they
// are; from the order of the messages, whether the handshake was completed. The
// records are Zeek's ssl and x509 logs. The conversation's service is "ssl", and
// once data flows it is counted as not inspectable. DICOM inside is guessed from
// what is seen without keys, and said with its reasons (see inner.go).
//
// It refuses to verify: no chain is built, no signature checked, no clock asked.
// Certificates are read by a small reader of its own, because a certificate that a
// strict library rejects is still one that a device showed; what is broken is left
// out and the rest kept. It keeps handshake messages of up to 1 MiB while they
// arrive, hands nothing on, and after the handshake passes over the record bodies by
// their lengths, so that bulk costs nothing.
package tls

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares TLS. The name is Zeek's.
var Spec = proto.Spec{
	Name: "ssl", Doc: "TLS, DTLS and SSL: handshakes and certificates; the content is encrypted",
	Transports: proto.TCP | proto.UDP | proto.Inner, Ports: []uint16{443, 993, 995, 636, 2762, 8443},
	Probe: probe, New: func(f proto.Flow) any { return newAnalyzer(f) }, Budget: maxSSL2,
	Records: []*event.Schema{Schema, CertificateSchema}, NewJoiner: newJoiner,
}

const (
	headLen   = 5
	maxRecord = 1<<14 + 2048 // RFC 5246, 6.2.3
)

// Content types (RFC 8446 5.1, RFC 6520).
const (
	changeCipher = 20
	alert        = 21
	handshake    = 22
	appData      = 23
	heartbeat    = 24
)

// probe wants a handshake record that begins with a ClientHello or ServerHello, of
// TLS or of DTLS, or a ClientHello in the form of SSL 2.
func probe(_ proto.Dir, b []byte) proto.Match {
	switch {
	case len(b) == 0:
		return proto.Maybe
	case b[0]&0x80 != 0:
		return probeSSL2(b)
	case b[0] != handshake:
		return proto.No
	case len(b) > 1 && b[1] == 0xfe:
		return probeDTLS(b)
	case len(b) > 1 && b[1] != 3, len(b) > 2 && b[2] > 4:
		return proto.No
	case len(b) < headLen+4:
		return proto.Maybe
	}
	n, msg := int(binary.BigEndian.Uint16(b[3:])), b[5]
	body := int(b[6])<<16 | int(b[7])<<8 | int(b[8])
	if n < 4 || n > maxRecord || (msg != 1 && msg != 2) || body < 38 || body > 1<<16 {
		return proto.No
	}
	return proto.Yes
}

// probeSSL2 wants a ClientHello of SSL 2 (RFC 5246 E.2) whose parts fit its length.
func probeSSL2(b []byte) proto.Match {
	if len(b) > 2 && b[2] != 1 || len(b) > 4 && (b[3] != 3 || b[4] > 4) && (b[3] != 0 || b[4] != 2) {
		return proto.No
	}
	if len(b) < ssl2Head {
		return proto.Maybe
	}
	if _, ok := ssl2Hello(b); !ok {
		return proto.No
	}
	return proto.Yes
}

// ssl2Head is the length of the fixed part of a ClientHello of SSL 2.
const ssl2Head = 11

// ssl2Hello gives the length of a ClientHello of SSL 2 with its header.
func ssl2Hello(b []byte) (int, bool) {
	n := int(binary.BigEndian.Uint16(b)&0x7fff) + 2
	ciphers, id, challenge := int(binary.BigEndian.Uint16(b[5:])), int(binary.BigEndian.Uint16(b[7:])), int(binary.BigEndian.Uint16(b[9:]))
	return n, ciphers > 0 && ciphers%3 == 0 && (id == 0 || id == 16 || id == 32) && challenge >= 16 && challenge <= 32 && n == ssl2Head+ciphers+id+challenge
}

// analyzer follows one conversation, as a stream or as datagrams.
type analyzer struct {
	session
	side [2]side
	// ssl2 says that a server answered in the form of SSL 2; v2wait that its
	// answer is expected.
	ssl2, v2wait bool
	opened       bool // a record of SSL 3 or TLS was seen
	over         bool // given up after a loss
	ended        [2]bool
	dtls         [2]fragments
}

// side is one direction of a stream.
type side struct {
	typ  byte
	left int // bytes of the record not seen yet
	n    int // length of the record
	few  [4]byte
	have int // bytes of the record kept in few
	hs   assembler
}

func newAnalyzer(f proto.Flow) *analyzer {
	a := &analyzer{}
	a.session.f = f
	return a
}

// Parse goes from record to record. The bytes of handshake messages are taken as
// they come; all other bodies are passed over.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if a.over {
		return proto.Progress{Done: passAll}, nil
	}
	if !a.opened && b[0]&0x80 != 0 || a.v2wait || a.ssl2 {
		if p, took, err := a.parseSSL2(d, b); took || err != nil {
			return p, err
		}
	}
	s := &a.side[d]
	for at := 0; ; {
		if s.left == 0 {
			if len(b)-at < headLen {
				return proto.Progress{Done: at, Need: headLen}, nil
			}
			h := b[at:]
			n := int(binary.BigEndian.Uint16(h[3:]))
			if h[0] < changeCipher || h[0] > heartbeat || h[1] != 3 && h[1]&0xf0 != 0x70 || n > maxRecord {
				a.finish()
				return proto.Progress{Done: at}, &proto.Error{Code: "bad_record", Offset: at}
			}
			at += headLen
			a.opened = true
			if a.record(d, h[0], n) {
				if at += n; at >= len(b) {
					return proto.Progress{Done: at}, nil
				}
				continue
			}
			s.typ, s.left, s.n, s.have = h[0], n, n, 0
		}
		n := min(s.left, len(b)-at)
		a.body(d, s, b[at:at+n])
		at += n
		if s.left -= n; s.left == 0 {
			a.recordEnd(d, s)
		}
		if at == len(b) {
			return proto.Progress{Done: at}, nil
		}
	}
}

// passAll lets the rest of a direction pass by.
const passAll = 1<<31 - 1

// record looks at the header of a record. It is true if the body is of no interest.
func (a *analyzer) record(d proto.Dir, typ byte, n int) bool {
	if n == 0 {
		return true
	}
	if typ == appData {
		a.appRecord(d, n)
		return true
	}
	if a.cipher[d] {
		a.encryptedRecord(d, typ, n)
		return true
	}
	return false
}

// body takes bytes of a record in clear.
func (a *analyzer) body(d proto.Dir, s *side, part []byte) {
	if s.typ == handshake {
		s.hs.feed(part, func(typ byte, n int, body []byte) { a.message(d, typ, n, body) })
		return
	}
	s.have += copy(s.few[s.have:], part)
}

// recordEnd acts on a record in clear that is complete.
func (a *analyzer) recordEnd(d proto.Dir, s *side) {
	a.shortRecord(d, s.typ, s.n, s.few[:s.have])
}

// Gap keeps what was learned: without a record border nothing more can be read.
func (a *analyzer) Gap(proto.Dir, int) bool {
	if a.begun() && !a.opaque && (a.served || a.data[0] || a.data[1]) {
		a.opaque = true
		a.f.Blind("tls")
	}
	a.finish()
	a.over = true
	return false
}

// End tells what is known when both sides are done. A conversation of which only
// one side's data was seen is counted, too.
func (a *analyzer) End(d proto.Dir) {
	a.ended[d] = true
	if !a.opaque && (a.data[0] || a.data[1]) {
		a.opaque = true
		a.f.Blind("tls")
	}
	if a.ended[0] && a.ended[1] {
		a.finish()
	}
}

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := 256
	for d := range a.side {
		n += cap(a.side[d].hs.buf) + a.dtls[d].size()
	}
	if a.rec != nil {
		n += 1024 + 1024*(len(a.rec.Chain)+len(a.rec.ClientChain))
	}
	return n
}

// Yield implements proto.Holder: an established conversation is told without
// waiting for a guess at what is inside; room that is empty is let go.
func (a *analyzer) Yield() {
	if a.rec != nil && a.rec.Established {
		a.finish()
	}
	for d := range a.side {
		if len(a.side[d].hs.buf) == 0 {
			a.side[d].hs.buf = nil
		}
	}
}
