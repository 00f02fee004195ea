package conformance

import "lazaret/internal/proto/ntlm"

// zeekNTLM is what both say about NTLM.
func zeekNTLM() *speech {
	return &speech{log: "ntlm", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(ntlm.Schema, "server_target_name", "server_nb_domain_name", "server_dns_domain_name", "server_time",
			"server_version", "client_version", "client_workstation", "client_domain", "response", "account", "failure", "security", "mic", "server_skew"),
		same: func(_ string, a, b any) bool { return alike(a, b) }}
}

// Why Zeek's ntlm log and ours differ.
const (
	zNTLMStatus = "The token of the last answer is missing or says nothing; here the status of SMB tells whether the server accepted"
	zNTLMCall   = "A log-in of DCE/RPC has no answer of its own: the answer to the first call tells that the server accepted"
	zNTLMPipe   = "A log-in for each pipe: Zeek has one record for each conversation"
	zNTLMHTTP   = "NTLM in the fields of HTTP, where Zeek does not look for it"
	zNTLMLDAP   = "NTLM in a bind of LDAP, of which this build of Zeek has no analyzer"
)

// zeekNTLMRows explains where Zeek's log of NTLM and ours differ, and the service of
// SMB, which has no log there that compares.
var zeekNTLMRows = []row{
	{nil, "conn", "service", "theirs -, ours smb", 9, zOneSided},
	{[]string{"*__smbandx.pcap", "*__SMBGhost.pcap", "*eternalromance-success-2008r2.pcap"}, "conn", "service", "ours smb", 3, zOneSided},
	{[]string{"zeek__dce-rpc__dce_rpc_ntlm.pcapng"}, "conn", "service", "krb,ntlm", 1, zKrbAsk},
	{nil, "ntlm", "success", "theirs -, ours true", 6, zNTLMStatus},
	{nil, "ntlm", "success", "theirs -, ours false", 3, zNTLMStatus},
	{nil, "ntlm", "success", "theirs -, ours true", 3, zNTLMCall},
	{[]string{"scapy__dcerpc_msdrsr_cracknames.pcapng.gz"}, "ntlm", "missing,extra", "", 2, zPorts},
	{[]string{"*__20-fids.pcap"}, "ntlm", "extra", "", 20, zNTLMPipe},
	{[]string{"Malcolm-Test-Artifacts__NTLM.pcap", "zeek__erspan.pcap"}, "ntlm", "extra", "", 11, zNTLMHTTP},
	{[]string{"*ldap*", "*__krb5-frag.pcap"}, "ntlm", "extra", "", 19, zNTLMLDAP},
}
