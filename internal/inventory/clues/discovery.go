package clues

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/ssdp"
	"lazaret/internal/proto/wsd"
)

const (
	wDeviceType = 0.7 // a device announces what it is
	wMayBe      = 0.4 // programs on computers and storages announce the same
)

// upnpKinds are what device types of UPnP stand for: a part of the type, lower
// case.
var upnpKinds = []struct {
	part   string
	kind   Kind
	weight float64
}{
	{":device:printer", KindPrinter, wDeviceType},
	{":device:internetgatewaydevice", KindRouter, wDeviceType},
	{":device:wandevice", KindRouter, wDeviceType},
	{":device:wlanaccesspointdevice", KindAccessPoint, wDeviceType},
	{":device:digitalsecuritycamera", KindCamera, wDeviceType},
	{":device:mediarenderer", KindMedia, wDeviceType},
	{":device:mediaserver", KindMedia, wMayBe},
	{":device:zoneplayer", KindMedia, wDeviceType},
	{":device:binarylight", KindSmartHome, wDeviceType},
	{":device:dimmablelight", KindSmartHome, wDeviceType},
	{":device:sensormanagement", KindSmartHome, wDeviceType},
	{":device:hvac_", KindSmartHome, wDeviceType},
	{"urn:belkin:device:", KindSmartHome, wDeviceType},
}

// wemo are Belkin's products by its own device types.
var wemo = map[string]string{
	"controllee": "WeMo Switch", "insight": "WeMo Insight", "bridge": "WeMo Link", "lightswitch": "WeMo Light Switch", "sensor": "WeMo Motion",
}

// readSSDP takes what the sender of an announcement, an answer or a search says of
// itself.
func readSSDP(r *event.Record, o *Out) {
	s, ok := r.Body.(*ssdp.Record)
	if !ok || r.Conn == nil {
		return
	}
	sender, peer := parties(r.Conn)
	if !s.IsOrig {
		sender, peer = peer, sender
	}
	o.Heard = append(o.Heard, sender)
	if s.Method == "search" {
		o.upnpServer(sender, s.UserAgent, "ssdp.user_agent")
		return
	}
	if s.Kind == "byebye" {
		return
	}
	o.upnpServer(sender, s.Server, "ssdp.server")
	target := strings.ToLower(s.Target)
	for _, k := range upnpKinds {
		if strings.Contains(target, k.part) {
			o.kind(sender, k.kind, "ssdp.target", k.weight)
			break
		}
	}
	if _, typ, own := strings.Cut(target, "urn:belkin:device:"); own {
		typ, _, _ = strings.Cut(typ, ":")
		o.say(sender, Manufacturer, Maker("Belkin"), "ssdp.target", wDeviceType)
		o.say(sender, Model, wemo[typ], "ssdp.target", wDeviceType)
	}
	if strings.HasSuffix(s.Location, "/IPCamDesc.xml") {
		o.kind(sender, KindCamera, "ssdp.location", wDeviceType)
	}
	if s.Method == "response" && global(peer.IP) && !global(sender.IP) {
		o.has(sender, AnswersAmplifying, peer, "ssdp.method")
	}
}

// global says that an address belongs to the internet.
func global(ip netid.IP) bool {
	a := ip.Addr()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a)
}

// sharedSpace is that of carriers (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// readWSD takes what a device announces of itself.
func readWSD(r *event.Record, o *Out) {
	w, ok := r.Body.(*wsd.Record)
	if !ok || r.Conn == nil {
		return
	}
	sender, other := parties(r.Conn)
	if !w.IsOrig {
		sender = other
	}
	o.Heard = append(o.Heard, sender)
	switch w.Message {
	case "Hello", "ProbeMatches", "ResolveMatches":
	default:
		return
	}
	is := func(word string) bool { return slices.Contains(w.Types, word) }
	switch {
	case is("wprt:PrintDeviceType"):
		o.kind(sender, KindPrinter, "wsd.types", wNeighbour)
	case is("wscn:ScanDeviceType"):
		o.kind(sender, KindPrinter, "wsd.types", wMayBe)
	case is("dn:NetworkVideoTransmitter"):
		o.kind(sender, KindCamera, "wsd.types", wNeighbour)
	}
	for _, scope := range w.Scopes {
		o.onvif(sender, scope)
	}
}

// onvif reads a scope in which a camera describes itself (ONVIF Core 7.3.2.2).
func (o *Out) onvif(who Party, scope string) {
	rest, ok := strings.CutPrefix(scope, "onvif://www.onvif.org/")
	if !ok {
		return
	}
	name, value, _ := strings.Cut(rest, "/")
	if plain, err := url.PathUnescape(value); err == nil {
		value = plain
	}
	const source = "wsd.scopes"
	switch strings.ToLower(name) {
	case "hardware":
		o.say(who, Model, value, source, wNeighbour)
	case "name":
		o.say(who, Description, value, source, wDeviceType)
	case "manufacturer", "mfr":
		o.say(who, Manufacturer, gearMaker(value), source, wDeviceType)
	case "location":
		if !strings.Contains(value, "/") { // else a country or a city
			o.say(who, Location, value, source, wDeviceType)
		}
	}
}
