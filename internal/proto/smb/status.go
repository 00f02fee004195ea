package smb

import (
	"fmt"

	"lazaret/internal/event"
)

// statusMore says that the authentication goes on.
const statusMore = 0xc0000016

// statusNames are the outcomes of a session set-up (MS-ERREF 2.3.1).
var statusNames = map[uint32]string{
	0x00000000: "SUCCESS",
	0xc000000d: "INVALID_PARAMETER",
	0xc0000022: "ACCESS_DENIED",
	0xc000005e: "NO_LOGON_SERVERS",
	0xc0000064: "NO_SUCH_USER",
	0xc000006a: "WRONG_PASSWORD",
	0xc000006d: "LOGON_FAILURE",
	0xc000006e: "ACCOUNT_RESTRICTION",
	0xc000006f: "INVALID_LOGON_HOURS",
	0xc0000070: "INVALID_WORKSTATION",
	0xc0000071: "PASSWORD_EXPIRED",
	0xc0000072: "ACCOUNT_DISABLED",
	0xc000009a: "INSUFFICIENT_RESOURCES",
	0xc00000bb: "NOT_SUPPORTED",
	0xc00000cc: "BAD_NETWORK_NAME",
	0xc0000133: "TIME_DIFFERENCE_AT_DC",
	0xc000015b: "LOGON_TYPE_NOT_GRANTED",
	0xc000018b: "NO_TRUST_SAM_ACCOUNT",
	0xc000018d: "TRUSTED_RELATIONSHIP_FAILURE",
	0xc0000193: "ACCOUNT_EXPIRED",
	0xc0000203: "USER_SESSION_DELETED",
	0xc0000224: "PASSWORD_MUST_CHANGE",
	0xc0000234: "ACCOUNT_LOCKED_OUT",
	0xc000035c: "NETWORK_SESSION_EXPIRED",
	0xc0000413: "AUTHENTICATION_FIREWALL_FAILED",
}

func statusName(v uint32) string {
	if s, ok := statusNames[v]; ok {
		return s
	}
	return fmt.Sprintf("0x%08x", v)
}

// filetime converts hundreds of nanoseconds since 1601 (MS-DTYP 2.3.3). Times
// before 1970 and after 2200 are those of a clock never set.
func filetime(v uint64) event.Time {
	const epoch, most = 116444736000000000, 72580000000000000
	if v <= epoch || v-epoch > most {
		return 0
	}
	return event.Time((v - epoch) * 100)
}
