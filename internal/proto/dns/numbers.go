package dns

import "strconv"

// Record types with a meaning of their own here.
const (
	typeA          = 1
	typeNS         = 2
	typeCNAME      = 5
	typeSOA        = 6
	typeWKS        = 11
	typePTR        = 12
	typeHINFO      = 13
	typeMX         = 15
	typeTXT        = 16
	typeAAAA       = 28
	typeLOC        = 29
	typeNB         = 32 // NIMLOC outside the NetBIOS name service
	typeSRV        = 33 // node status in the NetBIOS name service
	typeNAPTR      = 35
	typeA6         = 38
	typeOPT        = 41
	typeDS         = 43
	typeSSHFP      = 44
	typeRRSIG      = 46
	typeNSEC       = 47
	typeDNSKEY     = 48
	typeNSEC3      = 50
	typeNSEC3PARAM = 51
	typeSVCB       = 64
	typeHTTPS      = 65
	typeSPF        = 99
	typeTKEY       = 249
	typeTSIG       = 250
	typeAny        = 255
	typeCAA        = 257
	typeBINDS      = 65534
)

const (
	classNone = 254
	classAny  = 255
)

// typeNames are the types below 128, as the IANA registry and Zeek name them.
var typeNames = [128]string{
	1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG",
	9: "MR", 10: "NULL", 11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX",
	16: "TXT", 17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP",
	23: "NSAP-PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC",
	30: "NXT", 31: "EID", 32: "NIMLOC", 33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX",
	37: "CERT", 38: "A6", 39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL", 43: "DS",
	44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 49: "DHCID",
	50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO",
	57: "RKEY", 58: "TALINK", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC",
	63: "ZONEMD", 64: "SVCB", 65: "HTTPS", 99: "SPF", 100: "UINFO", 101: "UID",
	102: "GID", 103: "UNSPEC", 104: "NID", 105: "L32", 106: "L64", 107: "LP",
	108: "EUI48", 109: "EUI64",
}

// typeName is empty for an unknown type.
func typeName(t uint16) string {
	if t < uint16(len(typeNames)) {
		return typeNames[t]
	}
	switch t {
	case typeTKEY:
		return "TKEY"
	case typeTSIG:
		return "TSIG"
	case 251:
		return "IXFR"
	case 252:
		return "AXFR"
	case 253:
		return "MAILB"
	case 254:
		return "MAILA"
	case typeAny:
		return "*"
	case 256:
		return "URI"
	case typeCAA:
		return "CAA"
	case 32768:
		return "TA"
	case 32769:
		return "DLV"
	case 65281:
		return "WINS"
	case 65282:
		return "WINS-R"
	case 65422:
		return "XPF"
	case 65521:
		return "INTEGRITY"
	}
	return ""
}

func typeText(t uint16) string {
	if s := typeName(t); s != "" {
		return s
	}
	return "query-" + strconv.Itoa(int(t))
}

func classText(c uint16) string {
	switch c {
	case 1:
		return "C_INTERNET"
	case 2:
		return "C_CSNET"
	case 3:
		return "C_CHAOS"
	case 4:
		return "C_HESIOD"
	case classNone:
		return "C_NONE"
	case classAny:
		return "C_ANY"
	}
	return "qclass-" + strconv.Itoa(int(c))
}

// rcodeNames are the codes that fit the header (RFC 6895 2.3).
var rcodeNames = [16]string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
	"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSet", "NOTAUTH", "NOTZONE", "unassigned-11",
	"unassigned-12", "unassigned-13", "unassigned-14", "unassigned-15"}

func opcodeText(op uint8, netbios bool) string {
	switch {
	case netbios && op == opQuery:
		return "netbios-query"
	case netbios && op == opUpdate:
		return "netbios-registration"
	case netbios:
		return "netbios-opcode-" + strconv.Itoa(int(op))
	case op == opQuery:
		return "query"
	case op == opNotify:
		return "notify"
	case op == opUpdate:
		return "dynamic-update"
	}
	return "opcode-" + strconv.Itoa(int(op))
}
