package clues

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto/dns"
)

const (
	wServiceHost  = 0.8 // the host that a machine names for its own services
	wServiceModel = 0.7
	wServiceInfo  = 0.3 // of _device-info, which picks an icon
	wServiceKind  = 0.6
	wServiceAE    = 0.7
)

// serviceKinds are the kinds of machines that announce a type of service. Types
// that any machine may offer (web pages, log-ins, shares) name none.
var serviceKinds = map[string]Kind{
	"_ipp._tcp": KindPrinter, "_ipps._tcp": KindPrinter, "_printer._tcp": KindPrinter, "_pdl-datastream._tcp": KindPrinter,
	"_scanner._tcp": KindPrinter, "_uscan._tcp": KindPrinter, "_uscans._tcp": KindPrinter, "_privet._tcp": KindPrinter,
	"_axis-video._tcp": KindCamera, "_rtsp._tcp": KindCamera,
	"_sip._udp": KindPhone, "_sip._tcp": KindPhone,
	"_adisk._tcp": KindStorage, "_readynas._tcp": KindStorage, "_qdiscover._tcp": KindStorage,
	"_googlecast._tcp": KindMedia, "_airplay._tcp": KindMedia, "_raop._tcp": KindMedia, "_spotify-connect._tcp": KindMedia,
	"_sonos._tcp": KindMedia, "_androidtvremote2._tcp": KindMedia,
	"_hap._tcp": KindSmartHome, "_homekit._tcp": KindSmartHome, "_hue._tcp": KindSmartHome, "_matter._tcp": KindSmartHome,
	"_apple-mobdev2._tcp": KindMobile,
}

// readService takes what a host says in DNS service discovery. It is said of the
// host that the announcement names, which is its sender unless the addresses in it
// are others: some machines announce for those that sleep.
func readService(r *event.Record, o *Out) {
	s, ok := r.Body.(*dns.Service)
	if !ok || r.Conn == nil {
		return
	}
	sender, responder := parties(r.Conn)
	if s.FromResp {
		sender = responder
	}
	o.Heard = append(o.Heard, sender)
	if len(s.Addresses) > 0 && !slices.Contains(s.Addresses, sender.IP) {
		for _, ip := range s.Addresses {
			o.Namings = append(o.Namings, Naming{IP: ip, Name: s.Host, Source: "dns_sd.host", Weight: wDNSName})
		}
		return
	}
	o.say(sender, Name, strings.TrimSuffix(s.Host, "."), "dns_sd.host", wServiceHost)
	if k, known := serviceKinds[s.Type]; known {
		o.kind(sender, k, "dns_sd.service", wServiceKind)
	}
	weight := wServiceModel
	if s.Type == "_device-info._tcp" {
		weight = wServiceInfo
	}
	o.say(sender, Model, s.Model, "dns_sd.model", weight)
	if s.Manufacturer != "" {
		o.say(sender, Manufacturer, gearMaker(s.Manufacturer), "dns_sd.manufacturer", weight)
	}
	o.say(sender, Serial, s.Serial, "dns_sd.serial", weight)
	if _, printer := serviceKinds[s.Type]; printer {
		o.say(sender, Software, s.Firmware, "dns_sd.firmware", weight)
		o.say(sender, Location, s.Location, "dns_sd.location", weight)
	}
	if s.Type == "_dicom._tcp" || s.Type == "_dicom-tls._tcp" {
		o.say(sender, AETitle, s.AETitle, "dns_sd.ae_title", wServiceAE)
	}
}
