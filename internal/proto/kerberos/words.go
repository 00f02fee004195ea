package kerberos

import "strconv"

// ciphers are the encryption types (RFC 3961 8, RFC 3962, RFC 4757, RFC 6803, RFC
// 8009; the negative ones are Microsoft's, MS-KILE 3.1.5.2), in Zeek's words.
var ciphers = map[int64]string{
	1: "des-cbc-crc", 2: "des-cbc-md4", 3: "des-cbc-md5", 5: "des3-cbc-md5", 7: "des3-cbc-sha1", 9: "dsaWithSHA1-CmsOID",
	10: "md5WithRSAEncryption-CmsOID", 11: "sha1WithRSAEncryption-CmsOID", 12: "rc2CBC-EnvOID", 13: "rsaEncryption-EnvOID",
	14: "rsaES-OAEP-ENV-OID", 15: "des-ede3-cbc-Env-OID", 16: "des3-cbc-sha1-kd", 17: "aes128-cts-hmac-sha1-96",
	18: "aes256-cts-hmac-sha1-96", 19: "aes128-cts-hmac-sha256-128", 20: "aes256-cts-hmac-sha384-192", 23: "rc4-hmac",
	24: "rc4-hmac-exp", 25: "camellia128-cts-cmac", 26: "camellia256-cts-cmac", 65: "subkey-keymaterial",
	-128: "rc4-md4", -133: "rc4-hmac-old", -135: "rc4-hmac-old-exp", -136: "rc4-plain-exp", -140: "rc4-plain", -141: "rc4-plain-exp-old",
}

func cipher(n int64) string {
	if s := ciphers[n]; s != "" {
		return s
	}
	return strconv.FormatInt(n, 10)
}

// Kinds of pre-authentication data that are looked into.
const (
	paTGS        = 1
	paTimestamp  = 2
	paETypeInfo  = 11
	paOldRequest = 14
	paOldReply   = 15
	paPKRequest  = 16
	paPKReply    = 17
	paETypeInfo2 = 19
	paForUser    = 129
	paFAST       = 136
	paEncrypted  = 138
	paOTP        = 142
	paSPAKE      = 151
)

// padatas are the kinds of pre-authentication data (RFC 4120 7.5.2, the registry of
// RFC 6113, MS-KILE 2.2.10, MS-SFU 2.2).
var padatas = map[int64]string{
	1: "tgs-req", 2: "enc-timestamp", 3: "pw-salt", 5: "enc-unix-time", 9: "cyber-safe", 10: "afs3-salt", 11: "etype-info", 12: "sam-challenge",
	13: "sam-response", 14: "pk-as-req-old", 15: "pk-as-rep-old", 16: "pk-as-req", 17: "pk-as-rep", 19: "etype-info2", 20: "svr-referral-info",
	21: "sam-redirect", 30: "sam-challenge2", 31: "sam-response2", 41: "server-referral", 101: "td-pkinit-cms-certificates", 103: "td-certificate-index",
	104: "td-app-defined-error", 111: "td-cms-digest-algorithms", 128: "pac-request", 129: "for-user", 130: "for-x509-user", 131: "for-check-dups",
	132: "as-checksum", 133: "fx-cookie", 134: "authentication-set", 135: "auth-set-selected", 136: "fx-fast", 137: "fx-error", 138: "encrypted-challenge",
	141: "otp-challenge", 142: "otp-request", 143: "otp-confirm", 144: "otp-pin-change", 145: "epak-as-req", 146: "epak-as-rep", 147: "pkinit-kx",
	148: "pku2u-name", 149: "req-enc-pa-rep", 150: "as-freshness", 151: "spake", 161: "kerb-key-list-req", 162: "kerb-key-list-rep",
	165: "supported-enctypes", 166: "extended-error", 167: "pac-options",
}

func padata(n int64) string {
	if s := padatas[n]; s != "" {
		return s
	}
	return strconv.FormatInt(n, 10)
}

// options are the bits of KDCOptions (RFC 4120 5.4.1, RFC 6806, MS-SFU 2.2.3), but
// for forwardable (1) and renewable (8), which have fields of their own.
var options = [32]string{
	2: "forwarded", 3: "proxiable", 4: "proxy", 5: "allow-postdate", 6: "postdated", 11: "opt-hardware-auth", 14: "constrained-delegation",
	15: "canonicalize", 16: "request-anonymous", 26: "disable-transited-check", 27: "renewable-ok", 28: "enc-tkt-in-skey", 30: "renew", 31: "validate",
}

// apOptions are the bits of APOptions (RFC 4120 5.5.1).
var apOptions = [32]string{1: "use-session-key", 2: "mutual-required"}

// refusals are the names of error codes (RFC 4120 7.5.9, RFC 4556 3.1.3, RFC 6113).
var refusals = map[int64]string{
	0: "KDC_ERR_NONE", 1: "KDC_ERR_NAME_EXP", 2: "KDC_ERR_SERVICE_EXP", 3: "KDC_ERR_BAD_PVNO", 4: "KDC_ERR_C_OLD_MAST_KVNO", 5: "KDC_ERR_S_OLD_MAST_KVNO",
	6: "KDC_ERR_C_PRINCIPAL_UNKNOWN", 7: "KDC_ERR_S_PRINCIPAL_UNKNOWN", 8: "KDC_ERR_PRINCIPAL_NOT_UNIQUE", 9: "KDC_ERR_NULL_KEY",
	10: "KDC_ERR_CANNOT_POSTDATE", 11: "KDC_ERR_NEVER_VALID", 12: "KDC_ERR_POLICY", 13: "KDC_ERR_BADOPTION", 14: "KDC_ERR_ETYPE_NOSUPP",
	15: "KDC_ERR_SUMTYPE_NOSUPP", 16: "KDC_ERR_PADATA_TYPE_NOSUPP", 17: "KDC_ERR_TRTYPE_NOSUPP", 18: "KDC_ERR_CLIENT_REVOKED",
	19: "KDC_ERR_SERVICE_REVOKED", 20: "KDC_ERR_TGT_REVOKED", 21: "KDC_ERR_CLIENT_NOTYET", 22: "KDC_ERR_SERVICE_NOTYET", 23: "KDC_ERR_KEY_EXPIRED",
	24: "KDC_ERR_PREAUTH_FAILED", 25: "KDC_ERR_PREAUTH_REQUIRED", 26: "KDC_ERR_SERVER_NOMATCH", 27: "KDC_ERR_MUST_USE_USER2USER",
	28: "KDC_ERR_PATH_NOT_ACCEPTED", 29: "KDC_ERR_SVC_UNAVAILABLE", 31: "KRB_AP_ERR_BAD_INTEGRITY", 32: "KRB_AP_ERR_TKT_EXPIRED",
	33: "KRB_AP_ERR_TKT_NYV", 34: "KRB_AP_ERR_REPEAT", 35: "KRB_AP_ERR_NOT_US", 36: "KRB_AP_ERR_BADMATCH", 37: "KRB_AP_ERR_SKEW",
	38: "KRB_AP_ERR_BADADDR", 39: "KRB_AP_ERR_BADVERSION", 40: "KRB_AP_ERR_MSG_TYPE", 41: "KRB_AP_ERR_MODIFIED", 42: "KRB_AP_ERR_BADORDER",
	44: "KRB_AP_ERR_BADKEYVER", 45: "KRB_AP_ERR_NOKEY", 46: "KRB_AP_ERR_MUT_FAIL", 47: "KRB_AP_ERR_BADDIRECTION", 48: "KRB_AP_ERR_METHOD",
	49: "KRB_AP_ERR_BADSEQ", 50: "KRB_AP_ERR_INAPP_CKSUM", 51: "KRB_AP_PATH_NOT_ACCEPTED", 52: "KRB_ERR_RESPONSE_TOO_BIG", 60: "KRB_ERR_GENERIC",
	61: "KRB_ERR_FIELD_TOOLONG", 62: "KDC_ERROR_CLIENT_NOT_TRUSTED", 63: "KDC_ERROR_KDC_NOT_TRUSTED", 64: "KDC_ERROR_INVALID_SIG",
	65: "KDC_ERR_KEY_TOO_WEAK", 66: "KDC_ERR_CERTIFICATE_MISMATCH", 67: "KRB_AP_ERR_NO_TGT", 68: "KDC_ERR_WRONG_REALM",
	69: "KRB_AP_ERR_USER_TO_USER_REQUIRED", 70: "KDC_ERR_CANT_VERIFY_CERTIFICATE", 71: "KDC_ERR_INVALID_CERTIFICATE",
	72: "KDC_ERR_REVOKED_CERTIFICATE", 73: "KDC_ERR_REVOCATION_STATUS_UNKNOWN", 74: "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE",
	75: "KDC_ERR_CLIENT_NAME_MISMATCH", 76: "KDC_ERR_KDC_NAME_MISMATCH", 77: "KDC_ERR_INCONSISTENT_KEY_PURPOSE",
	78: "KDC_ERR_DIGEST_IN_CERT_NOT_ACCEPTED", 79: "KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED", 80: "KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED",
	81: "KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED", 90: "KDC_ERR_PREAUTH_EXPIRED", 91: "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED",
	92: "KDC_ERR_PREAUTH_BAD_AUTHENTICATION_SET", 93: "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS",
}

func refusal(n int64) string {
	if s := refusals[n]; s != "" {
		return s
	}
	return strconv.FormatInt(n, 10)
}

// preauths say how a request proves who asks, by the kinds of its data; of several
// the first of this order counts.
var preauths = []struct {
	kind int64
	word string
}{
	{paSPAKE, "spake"}, {paOTP, "otp"}, {paPKRequest, "pkinit"}, {paOldRequest, "pkinit"}, {paEncrypted, "fast"}, {paFAST, "fast"}, {paTimestamp, "timestamp"},
	{5, "other"}, {9, "other"}, {13, "other"}, {31, "other"},
}
