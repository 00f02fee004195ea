package network

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
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
	kind   clues.Kind
	weight float64
}{
	{":device:printer", clues.KindPrinter, wDeviceType},
	{":device:internetgatewaydevice", clues.KindRouter, wDeviceType},
	{":device:wandevice", clues.KindRouter, wDeviceType},
	{":device:wlanaccesspointdevice", clues.KindAccessPoint, wDeviceType},
	{":device:digitalsecuritycamera", clues.KindCamera, wDeviceType},
	{":device:mediarenderer", clues.KindMedia, wDeviceType},
	{":device:mediaserver", clues.KindMedia, wMayBe},
	{":device:zoneplayer", clues.KindMedia, wDeviceType},
	{":device:binarylight", clues.KindSmartHome, wDeviceType},
	{":device:dimmablelight", clues.KindSmartHome, wDeviceType},
	{":device:sensormanagement", clues.KindSmartHome, wDeviceType},
	{":device:hvac_", clues.KindSmartHome, wDeviceType},
	{"urn:belkin:device:", clues.KindSmartHome, wDeviceType},
}

// wemo are Belkin's products by its own device types.
var wemo = map[string]string{
	"controllee": "WeMo Switch", "insight": "WeMo Insight", "bridge": "WeMo Link", "lightswitch": "WeMo Light Switch", "sensor": "WeMo Motion",
}

// readSSDP takes what the sender of an announcement, an answer or a search says of
// itself.
func readSSDP(s *ssdp.Record, r *event.Record, o *clues.Out) {
	sender, peer := clues.Parties(r.Conn)
	if !s.IsOrig {
		sender, peer = peer, sender
	}
	o.Heard = append(o.Heard, sender)
	if s.Method == "search" {
		upnpServer(o, sender, s.UserAgent, "ssdp.user_agent")
		return
	}
	if s.Kind == "byebye" {
		return
	}
	upnpServer(o, sender, s.Server, "ssdp.server")
	target := strings.ToLower(s.Target)
	for _, k := range upnpKinds {
		if strings.Contains(target, k.part) {
			o.Kind(sender, k.kind, "ssdp.target", k.weight)
			break
		}
	}
	if _, typ, own := strings.Cut(target, "urn:belkin:device:"); own {
		typ, _, _ = strings.Cut(typ, ":")
		o.Say(sender, clues.Manufacturer, clues.Maker("Belkin"), "ssdp.target", wDeviceType)
		o.Say(sender, clues.Model, wemo[typ], "ssdp.target", wDeviceType)
	}
	if strings.HasSuffix(s.Location, "/IPCamDesc.xml") {
		o.Kind(sender, clues.KindCamera, "ssdp.location", wDeviceType)
	}
	if s.Method == "response" && global(peer.IP) && !global(sender.IP) {
		o.Has(sender, clues.AnswersAmplifying, peer, "ssdp.method")
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
func readWSD(w *wsd.Record, r *event.Record, o *clues.Out) {
	sender, other := clues.Parties(r.Conn)
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
		o.Kind(sender, clues.KindPrinter, "wsd.types", wDeviceType)
	case is("wscn:ScanDeviceType"):
		o.Kind(sender, clues.KindPrinter, "wsd.types", wMayBe)
	case is("dn:NetworkVideoTransmitter"):
		o.Kind(sender, clues.KindCamera, "wsd.types", wDeviceType)
	}
	for _, scope := range w.Scopes {
		onvif(o, sender, scope)
	}
}

// onvif reads a scope in which a camera describes itself (ONVIF Core 7.3.2.2).
func onvif(o *clues.Out, who clues.Party, scope string) {
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
		o.Say(who, clues.Model, value, source, wDeviceType)
	case "name":
		o.Say(who, clues.Description, value, source, wDeviceType)
	case "manufacturer", "mfr":
		o.Say(who, clues.Manufacturer, gearMaker(value), source, wDeviceType)
	case "location":
		if !strings.Contains(value, "/") { // else a country or a city
			o.Say(who, clues.Location, value, source, wDeviceType)
		}
	}
}
