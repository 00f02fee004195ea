package clues

import (
	"slices"
	"strings"

	"lazaret/internal/event"
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
func neighbour(addresses []netid.IP, frame netid.MAC, own bool) Party {
	for _, ip := range addresses {
		if ip.Is4() && ip.IsUnicast() {
			if own {
				return Party{IP: ip, MAC: frame}
			}
			return Party{IP: ip}
		}
	}
	return Party{MAC: frame}
}

// readLLDP takes what a neighbour says of itself. It tells on which port of which
// switch the recorded link ends, but not whose link that is: behind a mirror port
// it is nobody's. So it says nothing of where others are plugged in.
func readLLDP(r *event.Record, o *Out) {
	l, ok := r.Body.(*lldp.Record)
	if !ok || l.TTL == 0 || l.MAC.IsGroup() {
		return
	}
	who := neighbour(l.Addresses, l.MAC, l.ChassisMAC == l.MAC)
	o.Heard = append(o.Heard, who)
	o.hostName(who, l.Name, "lldp.system_name", wNeighbour)
	o.say(who, Description, l.Description, "lldp.system_description", wNeighbour)
	o.systemText(who, l.Description, "lldp.system_description", wNeighbour)
	if l.Manufacturer != "" {
		o.say(who, Manufacturer, gearMaker(l.Manufacturer), "lldp.manufacturer", wBurned)
	}
	o.say(who, Model, l.Model, "lldp.model", wBurned)
	o.say(who, Serial, l.Serial, "lldp.serial", wBurned)
	o.say(who, Software, l.Software, "lldp.software", wNeighbour)
	o.say(who, Location, l.Location, "lldp.location", wNeighbour)
	is := func(word string) bool { return slices.Contains(l.Enabled, word) }
	const source = "lldp.enabled"
	switch {
	case is("telephone"):
		o.kind(who, KindPhone, source, wTelephone)
	case is("access_point"):
		o.kind(who, KindAccessPoint, source, wCapable)
	case is("router") && !is("bridge"):
		o.kind(who, KindRouter, source, wCapable)
	case is("bridge") && !is("station"):
		o.kind(who, KindSwitch, source, wCapable)
	}
}

// readCDP takes what a Cisco neighbour says of itself.
func readCDP(r *event.Record, o *Out) {
	c, ok := r.Body.(*cdp.Record)
	if !ok || c.TTL == 0 || c.MAC.IsGroup() {
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
	o.hostName(who, name, "cdp.device_id", wNeighbour)
	o.say(who, Serial, serial, "cdp.device_id", wCapable)
	o.say(who, Description, c.Software, "cdp.software", wNeighbour)
	o.systemText(who, c.Software, "cdp.software", wNeighbour)
	model := c.Platform
	if len(model) > 6 && strings.EqualFold(model[:6], "cisco ") {
		model = model[6:]
		o.say(who, Manufacturer, Maker("Cisco"), "cdp.platform", wNeighbour)
	}
	o.say(who, Model, model, "cdp.platform", wNeighbour)
	o.say(who, Location, c.Location, "cdp.location", wNeighbour)
	is := func(word string) bool { return slices.Contains(c.Capabilities, word) }
	const source = "cdp.capabilities"
	switch {
	case is("phone"):
		o.kind(who, KindPhone, source, wNeighbour)
	case is("camera"):
		o.kind(who, KindCamera, source, wCapable)
	case strings.HasPrefix(model, "AIR-"):
		o.kind(who, KindAccessPoint, "cdp.platform", wNeighbour)
	case is("switch"):
		o.kind(who, KindSwitch, source, wNeighbour)
	case is("router"):
		o.kind(who, KindRouter, source, wNeighbour)
	}
}
