package vendordb

import "testing"

func TestHostNameOf(t *testing.T) {
	if err := hostNames().err; err != nil {
		t.Fatal(err)
	}
	esp := [6]byte{0x5c, 0xcf, 0x7f, 0x06, 0xd9, 0x02}
	tplink := [6]byte{0x50, 0xc7, 0xbf, 0x00, 0xc7, 0x03}
	for _, c := range []struct {
		name string
		mac  [6]byte
		want HostName
	}{
		{"ESP_06D902", esp, HostName{Kind: "smart"}},
		{"esp_06d902.example.org", esp, HostName{Kind: "smart"}},
		{"ESP_06D903", esp, HostName{}}, // another machine's name
		{"ESP_06D9022", esp, HostName{}},
		{"ESP_", esp, HostName{}},
		{"NPI00C703", tplink, HostName{Maker: "HP", Kind: "printer"}},
		{"sep50c7bf00c703", tplink, HostName{Maker: "Cisco", Kind: "phone"}},
		{"HS110(EU)", tplink, HostName{Maker: "TP-Link", Model: "HS110(EU)", Kind: "smart"}},
		{"HS110(EU)", esp, HostName{}},                                         // the card is not TP-Link's
		{"NPI00C703", [6]byte{0x52, 0xc7, 0xbf, 0x00, 0xc7, 0x03}, HostName{}}, // an address that nobody assigned
		{"", tplink, HostName{}},
	} {
		if got, ok := HostNameOf(c.name, c.mac); got != c.want || ok != (c.want != HostName{}) {
			t.Errorf("%q of %x tells %+v (%v), want %+v", c.name, c.mac, got, ok, c.want)
		}
	}
}
