package tlshello

import "strconv"

// Versions by number (RFC 8446 4.1.2, RFC 9147 5.3, RFC 6101; SSL 2 writes 2).
const (
	SSL20  = 0x0002
	SSL30  = 0x0300
	TLS10  = 0x0301
	TLS11  = 0x0302
	TLS12  = 0x0303
	TLS13  = 0x0304
	DTLS10 = 0xfeff
	DTLS12 = 0xfefd
	DTLS13 = 0xfefc
)

// isDraft tells whether a version is a draft of TLS 1.3 (0x7f and its number).
func isDraft(v uint16) bool { return v>>8 == 0x7f }

// Is13 tells whether a version has the handshake of TLS 1.3, in which all after
// the hellos is encrypted: 1.3, its drafts, and the trial versions of browsers
// (0x7e and a number).
func Is13(v uint16) bool {
	return v == TLS13 || v == DTLS13 || isDraft(v) || v>>8 == 0x7e || v == 0xfb17 || v == 0xfb1a
}

// VersionName is Zeek's name of a version.
func VersionName(v uint16) string {
	switch v {
	case SSL20:
		return "SSLv2"
	case SSL30:
		return "SSLv3"
	case TLS10:
		return "TLSv10"
	case TLS11:
		return "TLSv11"
	case TLS12:
		return "TLSv12"
	case TLS13:
		return "TLSv13"
	case DTLS10:
		return "DTLSv10"
	case DTLS12:
		return "DTLSv12"
	case DTLS13:
		return "DTLSv13"
	}
	if isDraft(v) {
		return "TLSv13-draft" + strconv.Itoa(int(v&0xff))
	}
	return "unknown-" + strconv.Itoa(int(v))
}

// CipherName is the name of a cipher suite, as Zeek spells it.
func CipherName(c uint16) string {
	if s, ok := cipherNames[c]; ok {
		return s
	}
	return "unknown-" + strconv.Itoa(int(c))
}

// sslCiphers are the cipher kinds of SSL 2, of three bytes.
var sslCiphers = map[uint32]string{
	0x010080: "SSLv20_CK_RC4_128_WITH_MD5",
	0x020080: "SSLv20_CK_RC4_128_EXPORT40_WITH_MD5",
	0x030080: "SSLv20_CK_RC2_128_CBC_WITH_MD5",
	0x040080: "SSLv20_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
	0x050080: "SSLv20_CK_IDEA_128_CBC_WITH_MD5",
	0x060040: "SSLv20_CK_DES_64_CBC_WITH_MD5",
	0x0700c0: "SSLv20_CK_DES_192_EDE3_CBC_WITH_MD5",
}

// SSL2CipherName is the name of a cipher kind of SSL 2.
func SSL2CipherName(c uint32) string {
	if s, ok := sslCiphers[c]; ok {
		return s
	}
	return "unknown-" + strconv.Itoa(int(c))
}

// groups are the named groups (IANA TLS Supported Groups).
var groups = map[uint16]string{
	1: "sect163k1", 2: "sect163r1", 3: "sect163r2", 4: "sect193r1", 5: "sect193r2", 6: "sect233k1", 7: "sect233r1",
	8: "sect239k1", 9: "sect283k1", 10: "sect283r1", 11: "sect409k1", 12: "sect409r1", 13: "sect571k1", 14: "sect571r1",
	15: "secp160k1", 16: "secp160r1", 17: "secp160r2", 18: "secp192k1", 19: "secp192r1", 20: "secp224k1", 21: "secp224r1",
	22: "secp256k1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 26: "brainpoolP256r1", 27: "brainpoolP384r1",
	28: "brainpoolP512r1", 29: "x25519", 30: "x448", 31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13",
	33: "brainpoolP512r1tls13", 34: "GC256A", 35: "GC256B", 36: "GC256C", 37: "GC256D", 38: "GC512A", 39: "GC512B",
	40: "GC512C", 41: "curveSM2", 256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
	512: "MLKEM512", 513: "MLKEM768", 514: "MLKEM1024", 0x11eb: "SecP256r1MLKEM768", 0x11ec: "X25519MLKEM768",
	0x11ed: "SecP384r1MLKEM1024", 0x6399: "X25519Kyber768Draft00", 0x639a: "SecP256r1Kyber768Draft00",
	0xff01: "arbitrary_explicit_prime_curves", 0xff02: "arbitrary_explicit_char2_curves",
}

// GroupName is the name of a named group.
func GroupName(g uint16) string {
	if s, ok := groups[g]; ok {
		return s
	}
	return "unknown-" + strconv.Itoa(int(g))
}

// alerts are the descriptions of alerts (IANA TLS Alerts).
var alerts = map[uint8]string{
	0: "close_notify", 1: "end_of_early_data", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
	22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
	43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
	47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
	60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
	86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
	110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
	113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
	116: "certificate_required", 120: "no_application_protocol", 121: "ech_required",
}

// AlertName is the description of an alert (RFC 8446 6).
func AlertName(a uint8) string {
	if s, ok := alerts[a]; ok {
		return s
	}
	return "unknown-" + strconv.Itoa(int(a))
}

// IsGrease tells whether a number is one that clients sprinkle in, so that servers
// keep ignoring what they do not know (RFC 8701).
func IsGrease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// Newest and Oldest are the highest and lowest versions that a client offers, and
// false if it names none. In DTLS a higher version has a lower number.
func (c *Client) Range() (oldest, newest uint16) {
	newest = c.Version
	first := true
	for _, v := range c.Versions {
		if IsGrease(v) {
			continue
		}
		if first {
			oldest, newest, first = v, v, false
		}
		if rank(v) > rank(newest) {
			newest = v
		}
		if rank(v) < rank(oldest) {
			oldest = v
		}
	}
	return oldest, newest
}

// rank orders versions by age, drafts of 1.3 below it.
func rank(v uint16) int {
	switch {
	case v>>8 == 0xfe:
		return 0x0400 - int(v&0xff) // DTLS
	case Is13(v) && v != TLS13:
		return 0x0303*256 + int(v&0xff)
	}
	return int(v) * 256
}
