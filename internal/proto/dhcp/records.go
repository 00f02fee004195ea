package dhcp

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Record is one DHCPv4 conversation: the messages of one transaction.
type Record struct {
	UIDs          []string       `log:"uids" doc:"Unique ids of the connections the messages came over"`
	ClientAddr    netid.IP       `log:"client_addr" doc:"Address the client (or its relay) spoke from, else the address assigned"`
	ServerAddr    netid.IP       `log:"server_addr" doc:"Address of the server that handed out the lease"`
	MAC           string         `log:"mac" doc:"Hardware address of the client"`
	HostName      string         `log:"host_name" doc:"Name given by the client (option 12)"`
	ClientFQDN    string         `log:"client_fqdn" doc:"Name given by the client (option 81, RFC 4702)"`
	Domain        string         `log:"domain" doc:"Domain given by the server (option 15)"`
	RequestedAddr netid.IP       `log:"requested_addr" doc:"Address asked for by the client (option 50)"`
	AssignedAddr  netid.IP       `log:"assigned_addr" doc:"Address assigned by the server (yiaddr)"`
	LeaseTime     event.Interval `log:"lease_time" doc:"Length of the lease (option 51)"`
	ClientMessage string         `log:"client_message" doc:"Why the client declined (option 56)"`
	ServerMessage string         `log:"server_message" doc:"Why the server refused (option 56)"`
	MsgTypes      []string       `log:"msg_types" doc:"Message types in order"`
	Duration      event.Interval `log:"duration,always" doc:"From the first message to the last"`

	VendorClass string   `log:"vendor_class" doc:"Vendor class of the client (option 60)"`
	ParamList   string   `log:"param_list" doc:"Options the client asked for (option 55), numbers separated by commas, in its order"`
	ClientID    string   `log:"client_id" doc:"Client identifier (option 61), hexadecimal"`
	UserClass   string   `log:"user_class" doc:"User class (option 77, RFC 3004)"`
	FQDNFlags   string   `log:"fqdn_flags" doc:"Flags of option 81, of the letters N, E, O and S; absent if none is set"`
	MaxSize     uint16   `log:"max_message_size" doc:"Longest message the client takes (option 57), bytes"`
	ClientArch  string   `log:"client_arch" doc:"Client system architectures (option 93, RFC 4578), numbers separated by commas"`
	ClientUUID  string   `log:"client_uuid" doc:"Client machine identifier (option 97, RFC 4578), hexadecimal"`
	ServerID    netid.IP `log:"server_id" doc:"Server identifier (option 54)"`
	RelayAddr   netid.IP `log:"relay_addr" doc:"Address of the relay agent (giaddr)"`
	CircuitID   string   `log:"circuit_id" doc:"Agent circuit id (option 82.1, RFC 3046): the port of the switch"`
	RemoteID    string   `log:"remote_id" doc:"Agent remote id (option 82.2, RFC 3046): the client as the relay names it"`

	// HardwareAddr is MAC in binary form, zero if it is not of six bytes.
	HardwareAddr netid.MAC
}

// Schema of the dhcp log.
var Schema = event.NewFreeSchema[Record]("dhcp", "One DHCPv4 conversation")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Record6 is one DHCPv6 exchange: the messages of one transaction of a client.
type Record6 struct {
	UIDs        []string       `log:"uids" doc:"Unique ids of the connections the messages came over"`
	ClientAddr  netid.IP       `log:"client_addr" doc:"Address of the client"`
	ServerAddr  netid.IP       `log:"server_addr" doc:"Address the server answered from"`
	TransID     uint32         `log:"trans_id,always" doc:"Transaction id, 24 bits"`
	ClientDUID  string         `log:"client_duid" doc:"Unique identifier of the client (option 1), hexadecimal"`
	ClientMAC   netid.MAC      `log:"client_mac" doc:"Hardware address within the client's unique identifier"`
	ServerDUID  string         `log:"server_duid" doc:"Unique identifier of the server (option 2), hexadecimal"`
	ClientFQDN  string         `log:"client_fqdn" doc:"Name given by the client (option 39, RFC 4704)"`
	FQDNFlags   string         `log:"fqdn_flags" doc:"Flags of option 39, of the letters N, O and S; absent if none is set"`
	VendorClass []string       `log:"vendor_class" doc:"Vendor class data (option 16)"`
	Enterprise  event.Count    `log:"vendor_enterprise" doc:"Enterprise number of the vendor class (option 16)"`
	UserClass   []string       `log:"user_class" doc:"User class data (option 15)"`
	OptionList  string         `log:"option_list" doc:"Options the client asked for (option 6), numbers separated by commas, in its order"`
	Requested   []netid.IP     `log:"requested_addrs" doc:"Addresses the client named"`
	Assigned    []netid.IP     `log:"assigned_addrs" doc:"Addresses of the server's last answer (IA_NA, IA_TA)"`
	Prefixes    []string       `log:"assigned_prefixes" doc:"Prefixes of the server's last answer (IA_PD)"`
	LeaseTime   event.Interval `log:"lease_time" doc:"Longest valid lifetime of what was assigned"`
	NameServers []netid.IP     `log:"name_servers" doc:"Name servers told by the server (option 23)"`
	Domains     []string       `log:"domain_search" doc:"Domain search list told by the server (option 24)"`
	Status      event.Count    `log:"status" doc:"Last status code (option 13)"`
	StatusText  string         `log:"status_message" doc:"Its text"`
	RelayAddr   netid.IP       `log:"relay_link_addr" doc:"Link address of the outermost relay that set one"`
	InterfaceID string         `log:"interface_id" doc:"Interface id of the relay (option 18)"`
	RemoteID    string         `log:"remote_id" doc:"Remote id of the relay (option 37), hexadecimal after the enterprise number"`
	MsgTypes    []string       `log:"msg_types" doc:"Message types in order"`
	Duration    event.Interval `log:"duration,always" doc:"From the first message to the last"`
}

// Schema6 of the dhcpv6 log.
var Schema6 = event.NewFreeSchema[Record6]("dhcpv6", "One DHCPv6 exchange")

// Schema implements event.Payload.
func (*Record6) Schema() *event.Schema { return Schema6 }

// Message is one DHCPv4 message, an ingredient that is not logged. Its options
// stand in a Record of which only what the message held is set.
type Message struct {
	Transaction uint32
	Type        uint8 // 0 if the message has none
	FromClient  bool
	Source      netid.IP
	hardware    [16]byte // chaddr
	clientMAC   string   // of the client identifier, empty if it holds none
	message     string   // option 56
	hasLease    bool
	body        Record
}

// MessageSchema declares the ingredient.
var MessageSchema = event.NewSchema[Message]("dhcp_message", "One DHCPv4 message, an ingredient of the dhcp log")

// Schema implements event.Payload.
func (*Message) Schema() *event.Schema { return MessageSchema }

// Message6 is one DHCPv6 message, an ingredient that is not logged.
type Message6 struct {
	Type       uint8
	FromClient bool
	Source     netid.IP // of the client or server itself, if a relay names it
	body       Record6
}

// MessageSchema6 declares the ingredient.
var MessageSchema6 = event.NewSchema[Message6]("dhcpv6_message", "One DHCPv6 message, an ingredient of the dhcpv6 log")

// Schema implements event.Payload.
func (*Message6) Schema() *event.Schema { return MessageSchema6 }
