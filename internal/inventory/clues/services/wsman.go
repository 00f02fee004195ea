package services

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/wsman"
)

// wWSMan is the weight of what a service of management says of its own machine.
const wWSMan = 0.9

// readWSMan takes the version of Windows that a server tells when it is identified. To
// strangers it says 0.0.0, which is none.
func readWSMan(w *wsman.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if !w.IsOrig {
		client, server = server, client
	}
	o.Heard = append(o.Heard, client)
	if !w.Status.OK {
		return
	}
	o.Heard = append(o.Heard, server)
	if maker, rest, ok := strings.Cut(w.Product, " OS: "); ok && strings.HasPrefix(maker, "Microsoft") {
		if v, _, _ := strings.Cut(rest, " "); v != "0.0.0" {
			ntlmVersion(o, server, v, "wsman.product", wWSMan)
		}
	}
}
