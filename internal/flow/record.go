package flow

import "lazaret/internal/event"

// Record is the body of log conn: one conversation, with Zeek's fields.
type Record struct {
	Proto       string         `log:"proto,always" doc:"Transport: tcp, udp, icmp or unknown_transport"`
	Service     string         `log:"service" doc:"Protocols recognised by content, comma separated"`
	Duration    event.Interval `log:"duration" doc:"From the first to the last packet; trailing packets of a closed TCP connection do not count"`
	OrigBytes   event.Count    `log:"orig_bytes" doc:"Payload bytes of the originator; for TCP from sequence numbers"`
	RespBytes   event.Count    `log:"resp_bytes" doc:"Payload bytes of the responder; for TCP from sequence numbers"`
	ConnState   string         `log:"conn_state" doc:"S0, S1, SF, REJ, S2, S3, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH"`
	LocalOrig   bool           `log:"local_orig,always" doc:"The originator has a private, link-local or loopback address"`
	LocalResp   bool           `log:"local_resp,always" doc:"The responder has a private, link-local or loopback address"`
	MissedBytes uint64         `log:"missed_bytes,always" doc:"Payload bytes that were acknowledged but not captured"`
	History     string         `log:"history" doc:"What happened, a letter an event, upper case from the originator: S SYN, H SYN+ACK, A pure ACK, D data, F FIN, R RST, C bad checksum, G gap, T retransmission, W zero window, I inconsistent flags, Q several flags, ^ roles flipped"`
	OrigPkts    uint64         `log:"orig_pkts,always" doc:"Packets of the originator"`
	OrigIPBytes uint64         `log:"orig_ip_bytes,always" doc:"IP bytes of the originator, headers included"`
	RespPkts    uint64         `log:"resp_pkts,always" doc:"Packets of the responder"`
	RespIPBytes uint64         `log:"resp_ip_bytes,always" doc:"IP bytes of the responder, headers included"`
	IPProto     uint64         `log:"ip_proto,always" doc:"IP protocol number"`
	CommunityID string         `log:"community_id" doc:"Community ID flow hash, version 1, seed 0"`
	OrigL2      string         `log:"orig_l2_addr" doc:"Hardware address of the originator's first frame"`
	RespL2      string         `log:"resp_l2_addr" doc:"Hardware address of the responder's first frame"`
	VLAN        uint16         `log:"vlan" doc:"Outer VLAN id of the first frame"`
	Shed        string         `log:"shed" doc:"Why the record was closed early: table_full, memory"`
	// OrigSYN and RespSYN are the shapes of the SYN and of its answer, as
	// Table.Shapes gives them. They are for the inventory and not logged.
	OrigSYN, RespSYN Shape
}

// Schema declares the log conn.
var Schema = event.NewSchema[Record]("conn", "One conversation between two endpoints")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
