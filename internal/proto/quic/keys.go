package quic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"lazaret/internal/proto"
)

// Versions (IANA QUIC Versions).
const (
	version1 = 1
	version2 = 0x6b3343cf
)

// Salts of the initial secret (RFC 9001 5.2, RFC 9369 3.3.1, and the drafts of the
// first).
const (
	salt1  = "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"
	salt2  = "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"
	salt29 = "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"
	salt23 = "\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02"
)

// saltOf is the salt of a version, nil if the version is not known.
func saltOf(v uint32) []byte {
	switch {
	case v == version1, v == 0xff000021, v == 0xff000022:
		return []byte(salt1)
	case v == version2:
		return []byte(salt2)
	case v >= 0xff00001d && v <= 0xff000020:
		return []byte(salt29)
	case v >= 0xff000017 && v <= 0xff00001c:
		return []byte(salt23)
	}
	return nil
}

// versionName is Zeek's name of a version.
func versionName(v uint32) string {
	switch v {
	case version1:
		return "1"
	case version2:
		return "quicv2"
	}
	return "draft-" + strconv.Itoa(int(v&0xff))
}

// keys opens the Initial packets of both directions.
type keys struct {
	aead [2]cipher.AEAD
	hp   [2]cipher.Block
	iv   [2][12]byte
}

// newKeys derives the keys from the client's destination connection id (RFC 9001
// 5.2, 5.1).
func newKeys(version uint32, dcid []byte) *keys {
	k := &keys{}
	secret, err := hkdf.Extract(sha256.New, dcid, saltOf(version))
	if err != nil {
		return k
	}
	prefix := "quic "
	if version == version2 {
		prefix = "quicv2 "
	}
	for d, label := range []string{"client in", "server in"} {
		side := expand(secret, label, 32)
		copy(k.iv[d][:], expand(side, prefix+"iv", 12))
		if block, err := aes.NewCipher(expand(side, prefix+"key", 16)); err == nil {
			k.aead[d], _ = cipher.NewGCM(block)
		}
		k.hp[d], _ = aes.NewCipher(expand(side, prefix+"hp", 16))
	}
	return k
}

// expand is HKDF-Expand-Label without a context (RFC 8446 7.1).
func expand(secret []byte, label string, n int) []byte {
	info := make([]byte, 2, 32)
	binary.BigEndian.PutUint16(info, uint16(n))
	info = append(info, byte(6+len(label)))
	info = append(info, "tls13 "...)
	info = append(append(info, label...), 0)
	out, err := hkdf.Expand(sha256.New, secret, string(info), n)
	if err != nil {
		return make([]byte, n)
	}
	return out
}

// open takes the protection off a packet (RFC 9001 5.4, 5.3). b is left as it is.
func (k *keys) open(d proto.Dir, h *header, b []byte) ([]byte, bool) {
	const sample = 16
	if k.aead[d] == nil || k.hp[d] == nil || len(b) < h.pn+4+sample {
		return nil, false
	}
	var mask [16]byte
	k.hp[d].Encrypt(mask[:], b[h.pn+4:h.pn+4+sample])
	c := append(make([]byte, 0, len(b)), b...)
	c[0] ^= mask[0] & 0x0f
	n := int(c[0]&3) + 1
	nonce := k.iv[d]
	for i := range n {
		c[h.pn+i] ^= mask[1+i]
		nonce[12-n+i] ^= c[h.pn+i]
	}
	body := c[h.pn+n:]
	plain, err := k.aead[d].Open(body[:0], nonce[:], body, c[:h.pn+n])
	return plain, err == nil
}
