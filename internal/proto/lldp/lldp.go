// Package lldp understands the Link Layer Discovery Protocol (IEEE 802.1AB): what
// a switch, access point, telephone or computer says of itself to the machine at
// the other end of the wire, with the extensions of IEEE 802.1 (VLAN) and of
// LLDP-MED (ANSI/TIA-1057: inventory, device class, civic location).
//
// Each frame is one record; neighbours repeat themselves every half minute, and
// nothing is kept between frames. Switches do not pass these frames on, so a
// frame tells about the link on which it was recorded.
//
// It refuses to go on behind a damaged element, to read network policies, power
// and emergency numbers, and of a civic address it takes the building, unit,
// floor and room alone. The bytes belong to the sensor; a record owns bounded
// copies, at most 255 bytes each as the standard has them.
package lldp

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Bounds of a record's lists.
const (
	maxAddresses = 8
	maxElements  = 128
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "lldp",
	Doc:        "Link Layer Discovery Protocol: what the neighbour on the wire says of itself",
	Transports: proto.Link,
	EtherTypes: []uint16{0x88cc},
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema},
}

// Record is one frame.
type Record struct {
	MAC          netid.MAC   `log:"mac" doc:"Sender of the frame"`
	ChassisType  string      `log:"chassis_id_type" doc:"What chassis_id is: component, interface_alias, port_component, mac, address, interface, local"`
	Chassis      string      `log:"chassis_id" doc:"The machine (IEEE 802.1AB 8.5.2); bytes that are no text are hexadecimal"`
	PortType     string      `log:"port_id_type" doc:"What port_id is: interface_alias, component, mac, address, interface, circuit, local"`
	Port         string      `log:"port_id" doc:"The port that sent the frame (8.5.3)"`
	TTL          uint16      `log:"ttl,always" doc:"Seconds that this is valid; 0 is good-bye"`
	PortDesc     string      `log:"port_description" doc:"Description of the port"`
	Name         string      `log:"system_name" doc:"Name of the machine"`
	Description  string      `log:"system_description" doc:"Its hardware and software in its own words"`
	Capabilities []string    `log:"capabilities" doc:"What it can be: other, repeater, bridge, access_point, router, telephone, docsis, station, c_vlan, s_vlan, two_port_relay"`
	Enabled      []string    `log:"enabled" doc:"Which of them are in use"`
	Management   []string    `log:"management" doc:"Its management addresses, at most 8"`
	VLAN         event.Count `log:"vlan" doc:"VLAN of untagged frames on the port (IEEE 802.1Q D.2.1)"`
	VLANName     string      `log:"vlan_name" doc:"Name of the first VLAN named"`
	Class        string      `log:"med_class" doc:"LLDP-MED class: generic, media, communication or network"`
	Hardware     string      `log:"hardware" doc:"LLDP-MED hardware revision"`
	Firmware     string      `log:"firmware" doc:"LLDP-MED firmware revision"`
	Software     string      `log:"software" doc:"LLDP-MED software revision"`
	Serial       string      `log:"serial" doc:"LLDP-MED serial number"`
	Manufacturer string      `log:"manufacturer" doc:"LLDP-MED manufacturer"`
	Model        string      `log:"model" doc:"LLDP-MED model"`
	Asset        string      `log:"asset_id" doc:"LLDP-MED asset identifier"`
	Location     string      `log:"location" doc:"LLDP-MED civic location: building, unit, floor and room"`

	// ChassisMAC is the hardware address that the chassis identifier is, or zero.
	ChassisMAC netid.MAC
	// Addresses are those of Management.
	Addresses []netid.IP
}

// Schema of the lldp log.
var Schema = event.NewFreeSchema[Record]("lldp", "What the neighbour on the wire says of itself")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Types of elements (IEEE 802.1AB table 8-1).
const (
	tlvEnd = iota
	tlvChassis
	tlvPort
	tlvTTL
	tlvPortDescription
	tlvName
	tlvDescription
	tlvCapabilities
	tlvManagement
	tlvOrganization = 127
)

var chassisTypes = [...]string{1: "component", 2: "interface_alias", 3: "port_component", 4: "mac", 5: "address", 6: "interface", 7: "local"}

var portTypes = [...]string{1: "interface_alias", 2: "component", 3: "mac", 4: "address", 5: "interface", 6: "circuit", 7: "local"}

// capabilities are the bits of table 8-4.
var capabilities = [...]string{"other", "repeater", "bridge", "access_point", "router", "telephone", "docsis", "station", "c_vlan", "s_vlan", "two_port_relay"}

var classes = [...]string{1: "generic", 2: "media", 3: "communication", 4: "network"}
