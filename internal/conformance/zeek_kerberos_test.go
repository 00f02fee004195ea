package conformance

import "lazaret/internal/proto/kerberos"

// zeekKerberos is what both say about Kerberos.
func zeekKerberos() *speech {
	return &speech{log: "kerberos", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(kerberos.Schema, "error_code", "realm", "client_machine", "client_host", "etypes", "kdc_etypes", "reply_cipher", "preauth",
			"request_padata", "reply_padata", "options", "on_behalf_of", "server_time", "ap_service", "ap_cipher", "ap_options", "mechanism", "accepted"),
		same: func(_ string, a, b any) bool { return alike(a, b) }}
}

// Why Zeek's log of Kerberos and ours differ.
const (
	zKrbProof = "A refusal that only asks for a proof of who asks, which Zeek leaves out by default where it comes with a text; who looks for accounts is answered so, and each answer counts here"
	zKrbLDAP  = "A ticket shown in a bind of LDAP, of which this build of Zeek has no analyzer"
	zKrbFirst = "Two requests in one segment: Zeek has one record for each conversation, with the words of the last request"
	zKrbAsk   = "A question for the other side's ticket (user to user) before NTLM was agreed on, which Zeek does not name"
	zKrbForm  = "A datagram without the version and type that every message has"
	zKrbTill  = "The beginning of 1970 asks for as long as possible (RFC 4120 5.4.1); a time that is none is left out"
	zKrbParts = "A principal of one or three parts in a refusal, which Zeek does not write"
)

// zeekKerberosRows explains where Zeek's log of Kerberos and ours differ.
var zeekKerberosRows = []row{
	{nil, "kerberos", "extra", "error_code:25", 20, zKrbProof},
	{nil, "kerberos", "extra", "ap_service:ldap", 9, zKrbLDAP},
	{nil, "kerberos", "extra", "ap_service:LDAP", 5, zKrbLDAP},
	{nil, "kerberos", "till", "theirs 0, ours -", 3, zKrbTill},
	{[]string{"mercury__emix.pcap"}, "kerberos", "service", "theirs unknown", 2, zKrbParts},
	{[]string{"*__evasion.1.flow.1.segment.pcap"}, "kerberos", "extra", "", 1, zKrbFirst},
	{[]string{"*error-preauth-padata.pcap"}, "conn", "service", "theirs krb", 1, zKrbForm},
	{[]string{"*error-preauth-padata.pcap"}, "kerberos", "missing", "", 1, zKrbForm},
}
