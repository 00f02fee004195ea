package network

import (
	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/arp"
)

// readARP takes the sender's own binding (RFC 826). A packet whose frame comes
// from another card than it names proves nothing about either.
func readARP(a *arp.Record, r *event.Record, o *clues.Out) {
	if a.Last > r.TS {
		o.Last = a.Last
	}
	if !a.FrameMAC.IsZero() && a.FrameMAC != a.SenderMAC {
		o.Bindings = append(o.Bindings, clues.Binding{MAC: a.FrameMAC, How: clues.ByARP})
		return
	}
	b := clues.Binding{MAC: a.SenderMAC, How: clues.ByARP}
	switch a.Operation {
	case "request", "reply", "announcement", "gratuitous_reply", "inarp_request", "inarp_reply":
		b.IP = a.SenderIP
	}
	o.Bindings = append(o.Bindings, b)
}
