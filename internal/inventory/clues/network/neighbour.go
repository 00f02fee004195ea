package network

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
	"lazaret/internal/proto/cdp"
	"lazaret/internal/proto/lldp"
)

const (
	wNeighbour = 0.8 // what a machine says of itself on the wire
	wCapable   = 0.6
	wTelephone = 0.5 // endpoints of LLDP-MED say so although they are none
)

// neighbour is the machine behind an announcement on the wire: by its management
// address if it tells one, and by the card if that is the machine's and not a
// port's.
func neighbour(addresses []netid.IP, frame netid.MAC, own bool) clues.Party {
	for _, ip := range addresses {
		if ip.Is4() && ip.IsUnicast() {
			if own {
				return clues.Party{IP: ip, MAC: frame}
			}
			return clues.Party{IP: ip}
		}
	}
	return clues.Party{MAC: frame}
}

// readLLDP takes what a neighbour says of itself. It tells on which port of which
// switch the recorded link ends, but not whose link that is: behind a mirror port
// it is nobody's. So it says nothing of where others are plugged in.
func readLLDP(l *lldp.Record, r *event.Record, o *clues.Out) {
	if l.TTL == 0 || l.MAC.IsGroup() {
		return
	}
	who := neighbour(l.Addresses, l.MAC, l.ChassisMAC == l.MAC)
	o.Heard = append(o.Heard, who)
	o.HostName(who, l.Name, "lldp.system_name", wNeighbour)
	o.Say(who, clues.Description, l.Description, "lldp.system_description", wNeighbour)
	systemText(o, who, l.Description, "lldp.system_description", wNeighbour)
	if l.Manufacturer != "" {
		o.Say(who, clues.Manufacturer, gearMaker(l.Manufacturer), "lldp.manufacturer", wBurned)
	}
	o.Say(who, clues.Model, l.Model, "lldp.model", wBurned)
	o.Say(who, clues.Serial, l.Serial, "lldp.serial", wBurned)
	o.Say(who, clues.Software, l.Software, "lldp.software", wNeighbour)
	o.Say(who, clues.Location, l.Location, "lldp.location", wNeighbour)
	is := func(word string) bool { return slices.Contains(l.Enabled, word) }
	const source = "lldp.enabled"
	switch {
	case is("telephone"):
		o.Kind(who, clues.KindPhone, source, wTelephone)
	case is("access_point"):
		o.Kind(who, clues.KindAccessPoint, source, wCapable)
	case is("router") && !is("bridge"):
		o.Kind(who, clues.KindRouter, source, wCapable)
	case is("bridge") && !is("station"):
		o.Kind(who, clues.KindSwitch, source, wCapable)
	}
}

// readCDP takes what a Cisco neighbour says of itself.
func readCDP(c *cdp.Record, r *event.Record, o *clues.Out) {
	if c.TTL == 0 || c.MAC.IsGroup() {
		return
	}
	addresses := c.Management
	if len(addresses) == 0 {
		addresses = c.Addresses
	}
	who := neighbour(addresses, c.MAC, false)
	o.Heard = append(o.Heard, who)
	name, serial := c.Name, ""
	if name == "" {
		name, serial, _ = strings.Cut(strings.TrimSuffix(c.Device, ")"), "(")
	}
	o.HostName(who, name, "cdp.device_id", wNeighbour)
	o.Say(who, clues.Serial, serial, "cdp.device_id", wCapable)
	o.Say(who, clues.Description, c.Software, "cdp.software", wNeighbour)
	systemText(o, who, c.Software, "cdp.software", wNeighbour)
	model := c.Platform
	if len(model) > 6 && strings.EqualFold(model[:6], "cisco ") {
		model = model[6:]
		o.Say(who, clues.Manufacturer, clues.Maker("Cisco"), "cdp.platform", wNeighbour)
	}
	o.Say(who, clues.Model, model, "cdp.platform", wNeighbour)
	o.Say(who, clues.Location, c.Location, "cdp.location", wNeighbour)
	is := func(word string) bool { return slices.Contains(c.Capabilities, word) }
	const source = "cdp.capabilities"
	switch {
	case is("phone"):
		o.Kind(who, clues.KindPhone, source, wNeighbour)
	case is("camera"):
		o.Kind(who, clues.KindCamera, source, wCapable)
	case strings.HasPrefix(model, "AIR-"):
		o.Kind(who, clues.KindAccessPoint, "cdp.platform", wNeighbour)
	case is("switch"):
		o.Kind(who, clues.KindSwitch, source, wNeighbour)
	case is("router"):
		o.Kind(who, clues.KindRouter, source, wNeighbour)
	}
}
