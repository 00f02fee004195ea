package conformance

import "lazaret/internal/proto/dcerpc"

// zeekRPC is what both say about remote procedure calls.
func zeekRPC() *speech {
	return &speech{log: "dce_rpc", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(dcerpc.Schema, "uuid", "version", "opnum", "call_id", "outcome", "status", "auth", "auth_level", "closed", "target",
			"display_name", "command", "detail", "account", "names", "server", "level", "count", "answers", "user", "value", "arguments", "return_value"),
		same: func(_ string, a, b any) bool { return alike(a, b) }}
}

// Why Zeek's log of remote procedure calls and ours differ.
const (
	zRPCLone     = "A request whose answer was not seen: Zeek writes a call when it is answered"
	zRPCFault    = "A call that ended in a fault: Zeek writes a call when it is answered with results"
	zRPCQuiet    = "Operations that Zeek leaves out because they are frequent"
	zRPCNoBind   = "A call of a context whose bind was not seen: its number is told without a name"
	zRPCDatagram = "The connectionless protocol over UDP, which Zeek does not read"
	zRPCPaths    = "A pipe over several connections, which belong to one session: here the calls on it are one association"
	zRPCUnopened = "A pipe whose opening was not seen"
	zRPCPending  = "An answer that came behind the status of waiting, asynchronously, which Zeek does not take"
)

// zeekRPCRows explains where Zeek's log of remote procedure calls and ours differ.
var zeekRPCRows = []row{
	{[]string{"scapy__dcerpc_msdrsr_cracknames.pcapng.gz"}, "dce_rpc", "missing,extra", "", 4, zPorts},
	{[]string{"*__packetcapture_1.pcap", "*__unsuccessful.pcap", "scapy__dcerpc_privacy_ntlm.pcapng.gz", "*dce-gap-handling.pcap"}, "dce_rpc", "extra", "status:", 4, zRPCFault},
	{[]string{"*bug-8629-async-oneside.pcap", "*dce-gap-handling.pcap", "*dcerpc-dce-stub-data-02.pcap", "*eternalromance-success-2008r2.pcap"}, "dce_rpc", "extra", "", 21, zRPCLone},
	{[]string{"*dcerpc-dce-stub-data-04.pcap", "zeek__krb__kerberos_tso.pcapng"}, "dce_rpc", "extra", "", 6, zRPCQuiet},
	{[]string{"*dcerpc-dce-stub-data-05.pcap", "*dcerpc-dcepayload-*"}, "dce_rpc", "extra", "", 6, zRPCNoBind},
	{[]string{"*dcerpc-udp-scapy.pcap"}, "dce_rpc", "extra", "", 5, zRPCDatagram},
	{[]string{"*smb_v2_only_non_zero_reserved1.pcap"}, "dce_rpc", "extra", "", 1, zRPCPaths},
	{[]string{"*smb_at_schedule.pcap"}, "dce_rpc", "extra", "", 1, zRPCPending},
	{[]string{"*smb_v2_only_non_zero_reserved1.pcap"}, "conn", "service", "dce_rpc", 3, zRPCPaths},
	{[]string{"*dcerpc-udp-scapy.pcap"}, "conn", "service", "ours dce_rpc", 1, zRPCDatagram},
	{[]string{"*__fragment-state-exhaustion.pcap"}, "conn", "service", "dce_rpc", 1, zRPCUnopened},
}
