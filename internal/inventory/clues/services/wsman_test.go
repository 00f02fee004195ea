package services

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
	"lazaret/internal/proto/wsman"
)

func TestWSMan(t *testing.T) {
	conn := &event.Conn{UID: "C1", Orig: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 1)}, Resp: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 2)}, Proto: 6}
	for product, want := range map[string]string{
		"Microsoft Corporation OS: 10.0.17763 SP: 0.0 Stack: 3.0": "Windows|10.0.17763", "Microsoft Corporation OS: 0.0.0 SP: 0.0 Stack: 3.0": "", "Openwsman Project 2.6": "",
	} {
		o := &clues.Out{}
		r := event.Record{Conn: conn, Body: &wsman.Record{IsOrig: true, Status: event.N(200), Product: product}}
		Readers[wsman.Schema](&r, o)
		got := ""
		for _, c := range o.Clues {
			if c.About.IP == conn.Resp.IP {
				got += c.Value
			}
		}
		if got != want || len(o.Heard) != 2 {
			t.Errorf("%s: %q in %+v", product, got, o)
		}
	}
}
