package network

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
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
var serviceKinds = map[string]clues.Kind{
	"_ipp._tcp": clues.KindPrinter, "_ipps._tcp": clues.KindPrinter, "_printer._tcp": clues.KindPrinter, "_pdl-datastream._tcp": clues.KindPrinter,
	"_scanner._tcp": clues.KindPrinter, "_uscan._tcp": clues.KindPrinter, "_uscans._tcp": clues.KindPrinter, "_privet._tcp": clues.KindPrinter,
	"_axis-video._tcp": clues.KindCamera, "_rtsp._tcp": clues.KindCamera,
	"_sip._udp": clues.KindPhone, "_sip._tcp": clues.KindPhone,
	"_adisk._tcp": clues.KindStorage, "_readynas._tcp": clues.KindStorage, "_qdiscover._tcp": clues.KindStorage,
	"_googlecast._tcp": clues.KindMedia, "_airplay._tcp": clues.KindMedia, "_raop._tcp": clues.KindMedia, "_spotify-connect._tcp": clues.KindMedia,
	"_sonos._tcp": clues.KindMedia, "_androidtvremote2._tcp": clues.KindMedia,
	"_hap._tcp": clues.KindSmartHome, "_homekit._tcp": clues.KindSmartHome, "_hue._tcp": clues.KindSmartHome, "_matter._tcp": clues.KindSmartHome,
	"_apple-mobdev2._tcp": clues.KindMobile,
}

// readService takes what a host says in DNS service discovery. It is said of the
// host that the announcement names, which is its sender unless the addresses in it
// are others: some machines announce for those that sleep.
func readService(s *dns.Service, r *event.Record, o *clues.Out) {
	sender, responder := clues.Parties(r.Conn)
	if s.FromResp {
		sender = responder
	}
	o.Heard = append(o.Heard, sender)
	if len(s.Addresses) > 0 && !slices.Contains(s.Addresses, sender.IP) {
		for _, ip := range s.Addresses {
			o.Namings = append(o.Namings, clues.Naming{IP: ip, Name: s.Host, Source: "dns_sd.host", Weight: wDNSName})
		}
		return
	}
	o.HostName(sender, s.Host, "dns_sd.host", wServiceHost)
	if k, known := serviceKinds[s.Type]; known {
		o.Kind(sender, k, "dns_sd.service", wServiceKind)
	}
	weight := wServiceModel
	if s.Type == "_device-info._tcp" {
		weight = wServiceInfo
	}
	o.Say(sender, clues.Model, s.Model, "dns_sd.model", weight)
	switch {
	case s.Type == "_apple-mobdev2._tcp":
		o.Runs(sender, clues.IOS, "", "dns_sd.service", wServiceKind)
	case strings.HasPrefix(s.Model, "MacBook"), strings.HasPrefix(s.Model, "iMac"), strings.HasPrefix(s.Model, "Macmini"), strings.HasPrefix(s.Model, "MacPro"):
		o.Runs(sender, clues.MacOS, "", "dns_sd.model", weight)
		o.Kind(sender, clues.KindPC, "dns_sd.model", weight)
	}
	if s.Manufacturer != "" {
		o.Say(sender, clues.Manufacturer, gearMaker(s.Manufacturer), "dns_sd.manufacturer", weight)
	}
	o.Say(sender, clues.Serial, s.Serial, "dns_sd.serial", weight)
	if _, printer := serviceKinds[s.Type]; printer {
		o.Say(sender, clues.Software, s.Firmware, "dns_sd.firmware", weight)
		o.Say(sender, clues.Location, s.Location, "dns_sd.location", weight)
	}
	if s.Type == "_dicom._tcp" || s.Type == "_dicom-tls._tcp" {
		o.Say(sender, clues.AETitle, s.AETitle, "dns_sd.ae_title", wServiceAE)
	}
}
