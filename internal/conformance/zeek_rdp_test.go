package conformance

import "lazaret/internal/proto/rdp"

// zeekRDP is what both say about Remote Desktop.
func zeekRDP() *speech {
	return &speech{log: "rdp", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(rdp.Schema, "requested_protocols", "routing_token"), same: sameRDP}
}

// sameRDP takes the empty texts, which Zeek writes and we leave out, for the same.
func sameRDP(_ string, a, b any) bool { return alike(a, b) || a == "" && b == nil }

const zRDPPort = "Remote Desktop on a port that Zeek does not expect, found by its content"

// zeekRDPRows explains where Zeek's log of Remote Desktop and ours differ.
var zeekRDPRows = []row{
	{nil, "conn", "service", "theirs -, ours rdp", 2, zOneSided},
	{[]string{"*modbus-and-non-modbus-p502.pcap"}, "rdp", "extra", "", 1, zRDPPort},
}
