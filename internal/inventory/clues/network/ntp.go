package network

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/ntp"
)

// readNTP notes who was heard: in a message with time there is no more.
func readNTP(n *ntp.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if n.Mode == 4 || n.Mode == 2 {
		client = server
	}
	o.Heard = append(o.Heard, client)
}

// readNTPControl takes what a time server tells of itself, and that it tells
// anybody so much.
func readNTPControl(c *ntp.Control, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if c.Control.OK || c.Private.OK {
		o.Heard = append(o.Heard, client)
	}
	if c.ToldSize == 0 {
		return
	}
	o.Heard = append(o.Heard, server)
	daemon, _, _ := strings.Cut(c.DaemonVers, "@")
	o.Say(server, clues.Product, daemon, "ntp_control.daemon", wBanner)
	systemText(o, server, c.System, "ntp_control.system", wTold)
	if c.Monlist || c.Answers.V > c.Refused.V && c.ToldSize > c.AskedSize {
		o.Has(server, clues.AnswersAmplifying, client, "ntp_control.requests")
	}
}
