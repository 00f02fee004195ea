package network

import (
	"slices"
	"testing"

	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dhcp"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/ssdp"
)

// A name from the factory tells what bears it; the same name on another card is
// just a name.
func TestFactoryNames(t *testing.T) {
	for _, c := range []struct {
		name, class string
		mac         netid.MAC
		want        []string
	}{
		{"ESP_06D902", "", netid.MAC{0x5c, 0xcf, 0x7f, 0x06, 0xd9, 0x02}, []string{"name: ESP_06D902", "kind: smart device"}},
		{"ESP_06D902", "", netid.MAC{0x5c, 0xcf, 0x7f, 0x06, 0xd9, 0x03}, []string{"name: ESP_06D902"}},
		{"HS110(EU)", "", netid.MAC{0x50, 0xc7, 0xbf, 0, 0, 1},
			[]string{"name: HS110(EU)", "manufacturer: TP-Link", "model: HS110(EU)", "kind: smart device"}},
		{"NPI000001", "", netid.MAC{0x50, 0xc7, 0xbf, 0, 0, 1}, []string{"name: NPI000001", "manufacturer: HP", "kind: printer"}},
		{"", "Withings00", netid.MAC{0x00, 0x24, 0xe4, 0, 0, 1}, []string{"manufacturer: Withings", "kind: smart device"}},
		{"", "Cisco Systems, Inc. IP Phone CP-7940G", netid.MAC{0x50, 0xc7, 0xbf, 0, 0, 1}, []string{"manufacturer: Cisco", "kind: phone"}},
	} {
		_, got := cluestest.Read(Readers, &dhcp.Record{HardwareAddr: c.mac, HostName: c.name, VendorClass: c.class, MsgTypes: []string{"DISCOVER"}}, 67)
		var want []string
		for _, w := range c.want {
			want = append(want, c.mac.String()+" "+w)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s %s: %q, want %q", c.name, c.class, got, want)
		}
	}
}

func TestAnnouncedProducts(t *testing.T) {
	for name, c := range map[string]struct {
		rec  ssdp.Record
		want []string
	}{
		"a plug":            {ssdp.Record{Target: "urn:Belkin:device:insight:1"}, []string{"client kind: smart device", "client manufacturer: Belkin", "client model: WeMo Insight"}},
		"an unknown one":    {ssdp.Record{Target: "urn:Belkin:device:other:1"}, []string{"client kind: smart device", "client manufacturer: Belkin"}},
		"its service":       {ssdp.Record{Target: "urn:Belkin:service:basicevent:1"}, nil},
		"a camera":          {ssdp.Record{Target: "upnp:rootdevice", Location: "http://10.0.0.21:80/IPCamDesc.xml"}, []string{"client kind: camera"}},
		"a library's words": {ssdp.Record{Target: "upnp:rootdevice", Server: "Unspecified, UPnP/1.0, Unspecified"}, nil},
		"a gateway":         {ssdp.Record{Target: "upnp:rootdevice", Server: "UPnP/Tomato 1.28.7500 K26 UPnP/1.0 MiniUPnPd/1.6"}, []string{"client product: MiniUPnPd 1.6", "client kind: router"}},
		"an old word of Windows": {ssdp.Record{Target: "upnp:rootdevice", Server: "Microsoft-Windows-NT/5.1 UPnP/1.0 UPnP-Device-Host/1.0"},
			[]string{"client os: Windows", "client product: UPnP-Device-Host 1.0"}},
		"Wi-Fi set-up": {ssdp.Record{Target: "urn:schemas-wifialliance-org:device:WFADevice:1"}, nil}, // of clients and access points
	} {
		c.rec.Method, c.rec.Kind, c.rec.IsOrig = "notify", "alive", true
		if _, got := cluestest.Read(Readers, &c.rec, 1900); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestApple(t *testing.T) {
	for typ, want := range map[string][]string{
		"_apple-mobdev2._tcp": {"client name: x.local", "client kind: mobile", "client os: iOS"},
		"_device-info._tcp":   {"client name: x.local", "client model: MacBookPro14,2", "client os: macOS", "client kind: pc"},
	} {
		rec := dns.Service{Type: typ, Host: "x.local"}
		if typ == "_device-info._tcp" {
			rec.Model = "MacBookPro14,2"
		}
		if _, got := cluestest.Read(Readers, &rec, 5353); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", typ, got, want)
		}
	}
}
