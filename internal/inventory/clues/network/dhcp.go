package network

import (
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dhcp"
	"lazaret/internal/vendordb"
)

const (
	wDHCPName  = 0.8
	wDHCPClass = 0.6
	wDHCPPrint = 0.5
	wFactory   = 0.6 // a name that a machine gives itself, borne out by its card
)

// readDHCP takes what a client says of itself. Until it has an address it is
// known by its hardware address alone, so everything is said of that.
func readDHCP(d *dhcp.Record, r *event.Record, o *clues.Out) {
	o.Last = r.TS + event.Time(max(d.Duration, 0))
	acked := slices.Contains(d.MsgTypes, "ACK")
	if acked || slices.Contains(d.MsgTypes, "OFFER") {
		if d.ServerAddr.IsUnicast() {
			server := clues.Party{IP: d.ServerAddr}
			o.Heard = append(o.Heard, server)
			o.Did(server, clues.AnswersDHCP, clues.Party{}, "dhcp.server_addr")
		}
	}
	client := clues.Party{MAC: d.HardwareAddr}
	if client.MAC.IsZero() || client.MAC.IsGroup() || onlyServer(d.MsgTypes) {
		return
	}
	o.Bindings = append(o.Bindings, clues.Binding{MAC: client.MAC, How: clues.ByDHCP})
	if acked && !slices.Contains(d.MsgTypes, "INFORM") && !d.AssignedAddr.IsZero() {
		o.Bindings = append(o.Bindings, clues.Binding{IP: d.AssignedAddr, MAC: client.MAC, How: clues.ByDHCP})
		o.Did(client, clues.TakesLease, clues.Party{IP: d.ServerAddr}, "dhcp.msg_types")
	}
	o.HostName(client, d.HostName, "dhcp.host_name", wDHCPName)
	o.HostName(client, d.ClientFQDN, "dhcp.client_fqdn", wDHCPName)
	factoryName(o, client, d.HostName, "dhcp.host_name")
	clientID(o, client, d.ClientID)
	if c, ok := vendordb.DHCPVendorClass(d.VendorClass); ok {
		dhcpClient(o, client, c, "dhcp.vendor_class", wDHCPClass)
	}
	var buf [64]byte
	if list, ok := optionCodes(buf[:0], d.ParamList); ok {
		if c, ok := vendordb.DHCPParameters(list); ok {
			dhcpClient(o, client, c, "dhcp.param_list", wDHCPPrint)
		}
	}
}

// onlyServer: nothing in the conversation came from the client.
func onlyServer(types []string) bool {
	for _, t := range types {
		switch t {
		case "OFFER", "ACK", "NAK":
		default:
			return false
		}
	}
	return true
}

// clientID keeps identifiers that are not just the hardware address (RFC 2132
// 9.14: the first byte is the hardware type, 0 or 255 for other identifiers).
func clientID(o *clues.Out, client clues.Party, hex string) {
	if len(hex) > 8 && !strings.HasPrefix(hex, "01") {
		o.Say(client, clues.ClientID, hex, "dhcp.client_id", 0.9)
	}
}

// factoryName takes what a name tells that a machine bears from its factory.
func factoryName(o *clues.Out, client clues.Party, name, source string) {
	h, ok := vendordb.HostNameOf(name, client.MAC)
	if !ok {
		return
	}
	o.Say(client, clues.Manufacturer, string(h.Maker), source, wFactory)
	o.Say(client, clues.Model, h.Model, source, wFactory)
	o.Kind(client, factoryKinds[h.Kind], source, wFactory)
}

// factoryKinds are the kinds by the words of the tables.
var factoryKinds = map[string]clues.Kind{
	"printer": clues.KindPrinter, "phone": clues.KindPhone, "camera": clues.KindCamera, "ups": clues.KindUPS, "storage": clues.KindStorage, "smart": clues.KindSmartHome,
	"IP phone": clues.KindPhone, "access point": clues.KindAccessPoint, "JetDirect": clues.KindPrinter, "scale": clues.KindSmartHome,
}

func dhcpClient(o *clues.Out, who clues.Party, c vendordb.DHCPClient, source string, weight float64) {
	if f, version := clientSystem(c); f != "" {
		o.Runs(who, f, version, source, weight)
	}
	switch c.Kind {
	case vendordb.KindImaging, vendordb.KindMedical, vendordb.KindNetwork, vendordb.KindPrinter,
		vendordb.KindStorage, vendordb.KindPhone, vendordb.KindCamera, vendordb.KindBuilding:
		// The client's maker is the machine's only where machines are sold whole;
		// the maker of an operating system is not the maker of a computer.
		o.Say(who, clues.Manufacturer, string(c.Maker), source, weight)
	}
	if k, known := factoryKinds[c.Product]; known {
		o.Kind(who, k, source, weight)
	}
}

// clientSystem puts the word of the tables as a family. A client that several
// families share says nothing.
func clientSystem(c vendordb.DHCPClient) (f clues.Family, version string) {
	switch c.OS {
	case "Arista EOS":
		return clues.Linux, c.OS
	case string(clues.Windows), string(clues.Linux), string(clues.MacOS), string(clues.Android), string(clues.CiscoIOS):
		return clues.Family(c.OS), c.Version
	}
	return "", ""
}

// optionCodes appends the bytes of a list of option numbers.
func optionCodes(b []byte, list string) ([]byte, bool) {
	if list == "" {
		return b, false
	}
	for code := range strings.SplitSeq(list, ",") {
		n, err := strconv.ParseUint(code, 10, 8)
		if err != nil || len(b) == cap(b) {
			return b, false
		}
		b = append(b, byte(n))
	}
	return b, true
}

// readDHCP6 does the same for DHCPv6. The hardware address comes from the
// client's unique identifier (RFC 8415 11.2, 11.4) and may be that of another
// card of the same machine.
func readDHCP6(d *dhcp.Record6, r *event.Record, o *clues.Out) {
	o.Last = r.TS + event.Time(max(d.Duration, 0))
	replied := slices.Contains(d.MsgTypes, "REPLY")
	if replied && d.ServerAddr.IsUnicast() {
		server := clues.Party{IP: d.ServerAddr}
		o.Heard = append(o.Heard, server)
		o.Did(server, clues.AnswersDHCP, clues.Party{}, "dhcpv6.server_addr")
	}
	client := clues.Party{MAC: d.ClientMAC}
	if client.MAC.IsZero() || client.MAC.IsGroup() {
		if d.ClientAddr == (netid.IP{}) {
			return
		}
		client = clues.Party{IP: d.ClientAddr}
	} else {
		for i, ip := range d.Assigned {
			if replied && i < clues.MaxList {
				o.Bindings = append(o.Bindings, clues.Binding{IP: ip, MAC: client.MAC, How: clues.ByDHCP})
			}
		}
		if d.ClientAddr.Addr().IsLinkLocalUnicast() {
			o.Bindings = append(o.Bindings, clues.Binding{IP: d.ClientAddr, MAC: client.MAC, How: clues.ByDHCP})
		}
	}
	o.HostName(client, d.ClientFQDN, "dhcpv6.client_fqdn", wDHCPName)
	for i, v := range d.VendorClass {
		if c, ok := vendordb.DHCPVendorClass(v); ok && i < clues.MaxList {
			dhcpClient(o, client, c, "dhcpv6.vendor_class", wDHCPClass)
		}
	}
}
