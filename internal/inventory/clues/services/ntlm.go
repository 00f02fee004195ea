package services

import (
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/ntlm"
)

const (
	wNTLMServer = 0.9  // a server's own description in its challenge
	wNTLMClient = 0.85 // a client's, which programs that imitate Windows make up
	wNTLMDomain = 0.8
	wImitated   = 0.3 // a version that is known to be said by others too
)

// readNTLM takes what both sides say of themselves when they authenticate. The
// domain in the client's last message is that of the account, not of the machine,
// and says nothing here.
func readNTLM(n *ntlm.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if n.Backward {
		client, server = server, client
	}
	if n.ClientVersion != "" || n.Response != "" || n.ClientHost != "" {
		o.Heard = append(o.Heard, client)
	}
	o.HostName(client, n.Hostname, "ntlm.hostname", wNTLMClient)
	o.HostName(client, n.ClientHost, "ntlm.client_workstation", wNTLMClient)
	o.Say(client, clues.Domain, n.ClientDomain, "ntlm.client_domain", 0.6)
	ntlmVersion(o, client, n.ClientVersion, "ntlm.client_version", wNTLMClient)
	switch n.Response {
	case "LM", "NTLMv1", "NTLM2 session":
		o.Has(client, clues.UsesNTLMv1, server, "ntlm.response")
	}
	if n.ServerVersion == "" && n.ServerNBName == "" && n.ServerTarget == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	o.HostName(server, n.ServerNBName, "ntlm.server_nb_computer_name", wNTLMServer)
	o.HostName(server, n.ServerDNSName, "ntlm.server_dns_computer_name", wNTLMServer)
	if strings.Contains(n.ServerDNSName, ".") {
		o.Say(server, clues.HostID, clues.IDName+strings.ToLower(n.ServerDNSName), "ntlm.server_dns_computer_name", wNTLMServer)
	}
	if !strings.EqualFold(n.ServerNBDomain, n.ServerNBName) { // else it is in no domain
		o.Say(server, clues.Domain, n.ServerNBDomain, "ntlm.server_nb_domain_name", wNTLMDomain)
		o.Say(server, clues.Domain, n.ServerDNSDomain, "ntlm.server_dns_domain_name", wNTLMDomain)
	}
	ntlmVersion(o, server, n.ServerVersion, "ntlm.server_version", wNTLMServer)
}

// ntlmVersion says what system a VERSION structure stands for. Windows puts its own
// build there; Samba says 6.1 and no build, the client of Linux its kernel's
// version and a small number, and that of macOS the first build of Windows 7.
func ntlmVersion(o *clues.Out, who clues.Party, v, source string, weight float64) {
	base, last, ok := cutLast(v, ".")
	build, err := strconv.Atoi(last)
	if !ok || err != nil {
		return
	}
	switch known := clues.WindowsBase(build); {
	case v == "6.1.7600":
		o.Runs(who, clues.Windows, v, source, wImitated)
	case known != "" && known == base:
		o.Runs(who, clues.Windows, v, source, weight)
	case v == "6.1.0":
		o.Runs(who, clues.Linux, "", source, clues.SambaOnLinux)
		o.Say(who, clues.Product, "Samba", source, clues.SambaOnLinux)
	case build < 1000:
		o.Runs(who, clues.Linux, "", source, clues.SambaOnLinux)
	}
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
