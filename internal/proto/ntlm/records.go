package ntlm

import "lazaret/internal/event"

// Record is one authentication, or as much of it as was seen.
type Record struct {
	Username        string         `log:"username" doc:"Account that the client authenticates as (MS-NLMP 2.2.1.3)" class:"person"`
	Hostname        string         `log:"hostname" doc:"Name that the client gives itself"`
	Domainname      string         `log:"domainname" doc:"Domain or machine that holds the account, as the client says"`
	ServerNBName    string         `log:"server_nb_computer_name" doc:"NetBIOS name that the server gives itself"`
	ServerDNSName   string         `log:"server_dns_computer_name" doc:"DNS name that the server gives itself"`
	ServerTree      string         `log:"server_tree_name" doc:"DNS name of the server's forest"`
	Success         event.Bool     `log:"success" doc:"Whether the server accepted; absent if the carrier did not tell"`
	ServerTarget    string         `log:"server_target_name" doc:"Domain or machine whose accounts the server knows"`
	ServerNBDomain  string         `log:"server_nb_domain_name" doc:"NetBIOS name of the server's domain or workgroup"`
	ServerDNSDomain string         `log:"server_dns_domain_name" doc:"DNS name of the server's domain"`
	ServerTime      event.Time     `log:"server_time" doc:"Clock of the server"`
	ServerVersion   string         `log:"server_version" doc:"Windows version of the server: major.minor.build; Samba says 6.1.0"`
	ClientVersion   string         `log:"client_version" doc:"Windows version of the client: major.minor.build"`
	ClientHost      string         `log:"client_workstation" doc:"Name that the client gave itself in its first message"`
	ClientDomain    string         `log:"client_domain" doc:"Domain or workgroup that the client gave in its first message"`
	Response        string         `log:"response" doc:"Form of the client's answer by its length: NTLMv2, NTLM2 session, NTLMv1, LM, anonymous, unknown"`
	Account         string         `log:"account" doc:"Account in one form, domain\\user in small letters, also where the client gives user@domain or the domain within the name" class:"person"`
	Failure         string         `log:"failure" doc:"Why the server refused, in the words of the protocol around, where it says so"`
	Security        []string       `log:"security" doc:"What the client's last message (else the server's) agrees on for the session: sign, seal, always-sign, key-exchange, 128, 56, extended"`
	MIC             event.Bool     `log:"mic" doc:"Whether the client's last message is protected by an integrity code; only clients that are told the time of the server send one"`
	Skew            event.Interval `log:"server_skew" doc:"How far the clock of the server is ahead of the capture's"`

	// Backward says that the responder of the conversation is the client here.
	Backward bool
}

// Schema of the ntlm log.
var Schema = event.NewSchema[Record]("ntlm", "One NTLM authentication")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
