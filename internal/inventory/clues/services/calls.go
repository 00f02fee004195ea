package services

import (
	"net/netip"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/share"
)

const (
	wReplica = 0.8 // answers what only domain controllers answer
	wMapped  = 0.4 // by which name a client calls a server of files: a third party's
)

// controllers are the operations that only a domain controller grants: joining of
// machines by secure channel (MS-NRPC 3.5.4.4) and replication (MS-DRSR 4.1).
var controllers = map[string]bool{
	"netlogon/NetrServerAuthenticate": true, "netlogon/NetrServerAuthenticate2": true, "netlogon/NetrServerAuthenticate3": true,
	"netlogon/NetrLogonSamLogonEx": true, "netlogon/NetrLogonSamLogonWithFlags": true, "drsuapi/DRSGetNCChanges": true, "drsuapi/DRSCrackNames": true,
}

// readCall takes from a procedure call only what the server's answer shows of it.
func readCall(c *dcerpc.Record, r *event.Record, o *clues.Out) {
	client, server := sides(r.Conn, c.Backward)
	o.Heard = append(o.Heard, client)
	if c.Outcome == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	if (c.Outcome == "accepted" || c.Outcome == "answered") && controllers[c.Endpoint+"/"+c.Operation] {
		o.Kind(server, clues.KindDomainController, "dce_rpc.operation", wReplica)
	}
}

// readMapping takes the name by which a client calls a server of files.
func readMapping(m *share.MappingRecord, r *event.Record, o *clues.Out) {
	host, _, ok := strings.Cut(strings.TrimPrefix(m.Path, `\\`), `\`)
	_, server := clues.Parties(r.Conn)
	o.Heard = append(o.Heard, server)
	if _, err := netip.ParseAddr(host); !ok || err == nil || host == "" || !server.IP.IsUnicast() {
		return
	}
	o.Namings = append(o.Namings, clues.Naming{IP: server.IP, Name: host, Source: "smb_mapping.path", Weight: wMapped})
}
