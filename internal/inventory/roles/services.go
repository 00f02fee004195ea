package roles

import (
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
)

// What a machine was seen serving and using, as the rows of services tell. Each
// word covers the services of one purpose.
const (
	SharesFiles      clues.Activity = "shares files"
	KeepsData        clues.Activity = "answers as a database"
	TakesMail        clues.Activity = "takes mail"
	AnswersDirectory clues.Activity = "answers directory questions"
	GrantsTickets    clues.Activity = "grants Kerberos tickets"
	AnswersTime      clues.Activity = "tells the time"
	LetsIn           clues.Activity = "lets people work on it from afar" // remote desktop
	AnswersSNMP      clues.Activity = "answers SNMP"
	ServesWeb        clues.Activity = "serves web pages"
	AsksSNMP         clues.Activity = "asks machines for their state by SNMP"
	UsesDatabase     clues.Activity = "uses a database"
)

// EntersModalities is what a machine does that works on modalities from afar, and
// ReachedFromAfar what one does that a public address enters, or that holds a
// tunnel to one. Package inventory says them when it knows the modalities.
const (
	EntersModalities clues.Activity = "works on modalities from afar"
	ReachedFromAfar  clues.Activity = "is reached from the internet, or holds an encrypted session to it"
)

// purpose is what a row of a service says of both sides; either may be empty.
type purpose struct{ serves, uses clues.Activity }

var purposes = map[string]purpose{
	"smb": {SharesFiles, ""}, "ftp": {SharesFiles, ""}, "tftp": {SharesFiles, ""}, "nfs": {SharesFiles, ""},
	"postgresql": {KeepsData, UsesDatabase}, "mysql": {KeepsData, UsesDatabase}, "redis": {KeepsData, UsesDatabase},
	"tds": {KeepsData, UsesDatabase}, "tns": {KeepsData, UsesDatabase},
	"smtp": {TakesMail, ""}, "imap": {TakesMail, ""}, "pop3": {TakesMail, ""},
	"ldap": {AnswersDirectory, ""}, "ldap_tcp": {AnswersDirectory, ""}, "ldap_udp": {AnswersDirectory, ""},
	"krb": {GrantsTickets, ""}, "krb_tcp": {GrantsTickets, ""},
	"ntp": {AnswersTime, ""}, "rdp": {LetsIn, ""}, "snmp": {AnswersSNMP, AsksSNMP},
	"http": {ServesWeb, ""}, "quic": {ServesWeb, ""},
}

// Purpose is what a row of a service says of its server and of its client, empty
// for nothing beyond that it serves.
func Purpose(service string) (serves, uses clues.Activity) {
	p := purposes[service]
	return p.serves, p.uses
}

// Remote reports the services by which people work on a machine from afar.
func Remote(service string) bool {
	return service == "ssh" || service == "rdp" || service == "rfb" || service == "telnet"
}

// remoteServices are names that makers of modalities give to the remote service of
// their machines, lower case. Each is a word of its own in a name, description or
// certificate.
var remoteServices = []string{
	"smart remote services", "insite", "innovia remote", "philips remote services", "innervision", "axeda", "rsg",
}

// RemoteService tells that a name, description or product is that of a maker's remote
// service.
func RemoteService(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(remoteServices, func(w string) bool { return hasWord(text, w) })
}

// hasWord tells that w stands in s between characters that are no letters.
func hasWord(s, w string) bool {
	for at := 0; ; {
		i := strings.Index(s[at:], w)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(w)
		if (i == 0 || !letter(s[i-1])) && (end == len(s) || !letter(s[end])) {
			return true
		}
		at = i + 1
	}
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
