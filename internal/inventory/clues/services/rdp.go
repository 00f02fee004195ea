package services

import (
	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/rdp"
)

const (
	wRDPName  = 0.7
	wRDPBuild = 0.6
)

// readRDP takes name and build of a client, and what security a server takes. The
// cookie is an account and says nothing of a machine.
func readRDP(d *rdp.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if d.Backward {
		client, server = server, client
	}
	if d.Requested != nil || d.ClientName != "" {
		o.Heard = append(o.Heard, client)
	}
	o.HostName(client, d.ClientName, "rdp.client_name", wRDPName)
	if version := clues.WindowsVersion(int(d.Build)); version != "" {
		weight := wRDPBuild
		if d.Build == 2600 || d.Build == 18363 {
			weight = wImitated // what rdesktop and FreeRDP say on any system
		}
		o.Runs(client, clues.Windows, version, "rdp.client_build", weight)
	}
	if d.Security == "" && d.Result == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	switch {
	case d.Security == "RDP", d.Security == "SSL", d.Result == "SSL_NOT_ALLOWED_BY_SERVER":
		o.Has(server, clues.RDPWithoutNLA, client, "rdp.security_protocol")
	}
}
