package clues

import (
	"lazaret/internal/event"
	"lazaret/internal/proto/arp"
)

// readARP takes the sender's own binding (RFC 826). A packet whose frame comes
// from another card than it names proves nothing about either.
func readARP(r *event.Record, o *Out) {
	a, ok := r.Body.(*arp.Record)
	if !ok {
		return
	}
	if a.Last > r.TS {
		o.Last = a.Last
	}
	if !a.FrameMAC.IsZero() && a.FrameMAC != a.SenderMAC {
		o.Bindings = append(o.Bindings, Binding{MAC: a.FrameMAC, How: ByARP})
		return
	}
	b := Binding{MAC: a.SenderMAC, How: ByARP}
	switch a.Operation {
	case "request", "reply", "announcement", "gratuitous_reply", "inarp_request", "inarp_reply":
		b.IP = a.SenderIP
	}
	o.Bindings = append(o.Bindings, b)
}
