package conformance

import "slices"

// toldRPC is what tshark and we say about remote procedure calls: interfaces, and
// numbers of operations and calls.
func toldRPC() *told {
	calls := of("dcerpc.cn_call_id", "call_id")
	calls.columns = []string{"dcerpc.pkt_type", "dcerpc.cn_call_id", "dcerpc.dg_seqnum"}
	calls.read = func(p packetRow) []string {
		out := p["dcerpc.dg_seqnum"]
		for i, t := range p["dcerpc.pkt_type"] { // a bind has a number too, and an answer may be to a request that was not seen
			if id := p["dcerpc.cn_call_id"]; t == "0" && i < len(id) {
				out = append(slices.Clip(out), id[i])
			}
		}
		return out
	}
	operations := of("dcerpc.opnum", "opnum")
	interfaces := of("dcerpc.cn_bind_to_uuid", "uuid").less() // one that is bound need not be called
	interfaces.columns = append(interfaces.columns, "dcerpc.dg_if_id")
	return &told{name: "dce_rpc", layers: []string{"dcerpc"}, log: "dce_rpc", fields: []toldField{interfaces, operations, calls}}
}

// Why tshark and we differ on remote procedure calls.
const (
	tRPCBound = "An interface that was bound and never called"
	tRPCHole  = "Calls behind a hole, which tshark does not take apart"
)

// toldRPCKnown explains where tshark and we differ on remote procedure calls.
var toldRPCKnown = []row{
	{[]string{"zeek__dce-rpc__bind-ack-no-inband-null.pcap", "zeek__dce-rpc__dce_rpc_ntlm.pcapng", "zeek__dce-rpc__ntlm-empty-av-sequence.pcap", "zeek__dce-rpc__ntlm-unterminated-av-sequence.pcap", "zeek__modbus__modbus-and-non-modbus-p502.pcap"}, "dce_rpc", "missing", "", 7, tRPCBound},
	{[]string{"zeek__smb__smb_v2_only_non_zero_reserved1.pcap"}, "dce_rpc", "missing,opnum,call_id", "", 3, zRPCPaths},
	{[]string{"suricata-verify__dcerpc__dce-gap-handling.pcap"}, "dce_rpc", "opnum,call_id", "", 2, tRPCHole},
}
