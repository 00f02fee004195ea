package clues

import (
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto/ntlm"
)

const (
	wNTLMServer = 0.9  // a server's own description in its challenge
	wNTLMClient = 0.85 // a client's, which programs that imitate Windows make up
	wNTLMDomain = 0.8
	wImitated   = 0.3 // a version that is known to be said by others too
	wSamba      = 0.5 // Samba runs on Linux mostly, but on other systems too
)

// readNTLM takes what both sides say of themselves when they authenticate. The
// domain in the client's last message is that of the account, not of the machine,
// and says nothing here.
func readNTLM(r *event.Record, o *Out) {
	n, ok := r.Body.(*ntlm.Record)
	if !ok || r.Conn == nil {
		return
	}
	client, server := parties(r.Conn)
	if n.Backward {
		client, server = server, client
	}
	if n.ClientVersion != "" || n.Response != "" || n.ClientHost != "" {
		o.Heard = append(o.Heard, client)
	}
	o.hostName(client, n.Hostname, "ntlm.hostname", wNTLMClient)
	o.hostName(client, n.ClientHost, "ntlm.client_workstation", wNTLMClient)
	o.say(client, Domain, n.ClientDomain, "ntlm.client_domain", 0.6)
	o.ntlmVersion(client, n.ClientVersion, "ntlm.client_version", wNTLMClient)
	switch n.Response {
	case "LM", "NTLMv1", "NTLM2 session":
		o.has(client, UsesNTLMv1, server, "ntlm.response")
	}
	if n.ServerVersion == "" && n.ServerNBName == "" && n.ServerTarget == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	o.hostName(server, n.ServerNBName, "ntlm.server_nb_computer_name", wNTLMServer)
	o.hostName(server, n.ServerDNSName, "ntlm.server_dns_computer_name", wNTLMServer)
	if !strings.EqualFold(n.ServerNBDomain, n.ServerNBName) { // else it is in no domain
		o.say(server, Domain, n.ServerNBDomain, "ntlm.server_nb_domain_name", wNTLMDomain)
		o.say(server, Domain, n.ServerDNSDomain, "ntlm.server_dns_domain_name", wNTLMDomain)
	}
	o.ntlmVersion(server, n.ServerVersion, "ntlm.server_version", wNTLMServer)
}

// hostName says a name without the signs that some put around it.
func (o *Out) hostName(who Party, name, source string, weight float64) {
	o.say(who, Name, strings.Trim(name, `\. `), source, weight)
}

// ntlmVersion says what system a VERSION structure stands for. Windows puts its own
// build there; Samba says 6.1 and no build, the client of Linux its kernel's
// version and a small number, and that of macOS the first build of Windows 7.
func (o *Out) ntlmVersion(who Party, v, source string, weight float64) {
	base, last, ok := cutLast(v, ".")
	build, err := strconv.Atoi(last)
	if !ok || err != nil {
		return
	}
	switch known := windowsBase(build); {
	case v == "6.1.7600":
		o.runs(who, Windows, v, source, wImitated)
	case known != "" && known == base:
		o.runs(who, Windows, v, source, weight)
	case v == "6.1.0":
		o.runs(who, Linux, "", source, wSamba)
		o.say(who, Product, "Samba", source, wSamba)
	case build < 1000:
		o.runs(who, Linux, "", source, wSamba)
	}
}

// windowsBase is the version of Windows to which a build belongs, empty if it is
// no known one. From Windows 10 on all builds are of 10.0.
func windowsBase(build int) string {
	switch {
	case build == 1381:
		return "4.0"
	case build == 2195:
		return "5.0"
	case build == 2600:
		return "5.1"
	case build == 3790:
		return "5.2"
	case build >= 6000 && build <= 6003:
		return "6.0"
	case build == 7600, build == 7601:
		return "6.1"
	case build == 9200:
		return "6.2"
	case build == 9600:
		return "6.3"
	case build >= 10240 && build < 1<<16:
		return "10.0"
	}
	return ""
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
