package tls

import (
	"encoding/binary"

	"lazaret/internal/proto"
	"lazaret/internal/tlshello"
)

// parseSSL2 reads the hellos in the form of SSL 2. took is false if the bytes are a
// record of SSL 3 or TLS after all: servers answer an old hello with a new one.
func (a *analyzer) parseSSL2(d proto.Dir, b []byte) (p proto.Progress, took bool, err error) {
	switch {
	case a.ssl2: // all that follows is encrypted
		a.data[d] = true
		a.establish()
		if !a.opaque {
			a.opaque = true
			a.f.Blind("tls")
		}
		a.finish()
		return proto.Progress{Done: passAll}, true, nil
	case !a.opened && !a.v2wait:
		if len(b) < ssl2Head {
			return proto.Progress{Need: ssl2Head}, true, nil
		}
		n, ok := ssl2Hello(b)
		if !ok {
			return p, true, &proto.Error{Code: "bad_record"}
		}
		r := a.start()
		a.client, a.v2wait = d, true
		r.MaxVersion = tlshello.VersionName(binary.BigEndian.Uint16(b[3:]))
		a.letter(d, 'c')
		return proto.Progress{Done: n}, true, nil
	case d == a.client:
		return p, false, nil
	case b[0]&0x80 == 0:
		a.v2wait = false // an answer in the new form
		return p, false, nil
	}
	a.v2wait = false
	return a.serverSSL2(d, b)
}

// maxSSL2 bounds the answer of a server of SSL 2, which has one certificate.
const maxSSL2 = 4096

// serverSSL2 reads a ServerHello of SSL 2: certificate and the ciphers of both.
func (a *analyzer) serverSSL2(d proto.Dir, b []byte) (p proto.Progress, took bool, err error) {
	const head = 13
	if len(b) < head {
		a.v2wait = true
		return proto.Progress{Need: head}, true, nil
	}
	n := int(binary.BigEndian.Uint16(b)&0x7fff) + 2
	cert, ciphers := int(binary.BigEndian.Uint16(b[7:])), int(binary.BigEndian.Uint16(b[9:]))
	if b[2] != 4 || binary.BigEndian.Uint16(b[5:]) != tlshello.SSL20 || n > maxSSL2 || head+cert+ciphers > n {
		a.finish()
		return p, true, &proto.Error{Code: "bad_record"}
	}
	if len(b) < n {
		a.v2wait = true
		return proto.Progress{Need: n}, true, nil
	}
	r := a.start()
	r.Number, r.Version = tlshello.SSL20, tlshello.VersionName(tlshello.SSL20)
	if ciphers >= 3 {
		c := b[head+cert:]
		r.Cipher = tlshello.SSL2CipherName(uint32(c[0])<<16 | uint32(c[1])<<8 | uint32(c[2]))
	}
	a.letter(d, 's')
	if cert > 0 {
		a.certificate(r, d, b[head:head+cert], true)
	}
	a.ssl2, a.served = true, true
	return proto.Progress{Done: n}, true, nil
}
