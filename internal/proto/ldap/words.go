package ldap

import "strconv"

// results are the result codes of RFC 4511 A.1, in Zeek's words.
var results = map[int]string{
	0: "success", 1: "operations error", 2: "protocol error", 3: "time limit exceeded", 4: "size limit exceeded", 5: "compare false",
	6: "compare true", 7: "auth method not supported", 8: "stronger auth required", 9: "partial results", 10: "referral",
	11: "admin limit exceeded", 12: "unavailable critical extension", 13: "confidentiality required", 14: "SASL bind in progress",
	16: "no such attribute", 17: "undefined attribute type", 18: "inappropriate matching", 19: "constraint violation",
	20: "attribute or value exists", 21: "invalid attribute syntax", 32: "no such object", 33: "alias problem", 34: "invalid DN syntax",
	36: "alias dereferencing problem", 48: "inappropriate authentication", 49: "invalid credentials", 50: "insufficient access rights",
	51: "busy", 52: "unavailable", 53: "unwilling to perform", 54: "loop detect", 64: "naming violation", 65: "object class violation",
	66: "not allowed on non-leaf", 67: "not allowed on RDN", 68: "entry already exists", 69: "object class mods prohibited",
	71: "affects multiple DSAs", 80: "other",
}

func resultName(code int) string {
	if s := results[code]; s != "" {
		return s
	}
	return strconv.Itoa(code)
}

// refusals are the names of the status (MS-ERREF 2.3) that stand behind the error in
// the diagnostic of a bind refused by Active Directory.
var refusals = map[string]string{
	"525": "NO_SUCH_USER", "52e": "LOGON_FAILURE", "52f": "ACCOUNT_RESTRICTION", "530": "INVALID_LOGON_HOURS", "531": "INVALID_WORKSTATION",
	"532": "PASSWORD_EXPIRED", "533": "ACCOUNT_DISABLED", "701": "ACCOUNT_EXPIRED", "773": "PASSWORD_MUST_CHANGE", "775": "ACCOUNT_LOCKED_OUT",
}

// opcodes are Zeek's words for the requests.
var opcodes = map[byte]string{
	opUnbind: "unbind", opModify: "modify", opAdd: "add", opDelete: "delete", opModDN: "moddn", opCompare: "compare",
	opAbandon: "abandon", opExtended: "extended",
}

// extensions are kinds of extended operations (RFC 4511 4.12) worth a name.
var extensions = map[string]string{
	startTLS: " (StartTLS)", "1.3.6.1.4.1.4203.1.11.1": " (Modify Password)", "1.3.6.1.4.1.4203.1.11.3": " (Who am I)",
	"1.3.6.1.1.8": " (Cancel)", "1.2.840.113556.1.4.1781": " (Fast Bind)",
}

const startTLS = "1.3.6.1.4.1.1466.20037"

var (
	scopes = [...]string{"base", "single", "tree", "children"}
	derefs = [...]string{"never", "in searching", "finding", "always"}
)

// shown are the attributes whose values tell of kinds of objects, not of persons:
// their values stay in a filter.
var shown = map[string]bool{
	"objectclass": true, "objectcategory": true, "samaccounttype": true, "useraccountcontrol": true, "admincount": true,
	"grouptype": true, "systemflags": true, "ntver": true, "trusttype": true,
}
