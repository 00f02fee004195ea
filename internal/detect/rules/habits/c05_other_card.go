package habits

import (
	"strings"

	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/arp"
)

// c5 is a known address at another network card. N1 sees the moment in which an address
// passes; this one also sees what was taken before the capture began.
var c5 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "C5", Engine: "behaviour",
		Title:      "Known address at another network card",
		Why:        "Who answers for the address of an archive or a scanner reads and alters what is sent to it.",
		Innocent:   []string{"A network card or a device was exchanged.", "Failover of a cluster without a shared card.", "Addresses that are given out anew (DHCP)."},
		Attack:     []string{"T1557.002"},
		Severity:   detect.Info,
		Confidence: 0.6,
		Basis:      "the baseline of this network; RFC 826, RFC 5227",
	},
	Wants: []*event.Schema{arp.Schema},
	Learned: func(_ detect.Numbers, base *baseline.Profile, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*arp.Record)
			if !ok {
				return
			}
			k, ok := baseline.CardOf(d)
			if _, known := base.Has(k); !ok || known {
				return
			}
			cards := base.CardsOf(k.Source)
			if len(cards) == 0 {
				return // the address is new
			}
			h := detect.Hit{Time: r.TS, Target: k.Source, Topic: k.Name, Facts: append(detect.FactsOf(r, "operation", "sender_ip", "sender_mac", "frame_mac"),
				normal("at "+strings.Join(cards[:min(len(cards), 4)], ", ")))}
			for _, other := range base.AddressesOf(d.SenderMAC) {
				h.Source = other
				h.Facts = append(h.Facts, detect.Fact{Field: "the card is that of", Value: other.String()})
				break
			}
			h.Judge = func(_ *detect.Finding, _, target roles.Role) (detect.Severity, string) {
				target = role(base, k.Source, target)
				if _, known := base.Has(k); known {
					return detect.None, ""
				}
				switch {
				case target.Care() && !h.Source.IsZero():
					return detect.High, "a card that is known at another address took that of a " + string(target)
				case target.Care():
					return detect.Medium, "the address is that of a " + string(target)
				}
				return detect.Info, "devices of care are not concerned"
			}
			report(h)
		}
	},
}
