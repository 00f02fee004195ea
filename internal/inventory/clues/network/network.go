// Package network reads the clues of what machines say so that others find them, and
// of how they send: ARP, DHCP, DNS and its kin on the link, NetBIOS announcements,
// SSDP, WS-Discovery, LLDP, CDP, SNMP, NTP, and the conversations themselves.
//
// One file holds one protocol, or a few that are one thing; Readers says which of them
// looks at which record. Words that several agents use to describe their system
// (sysDescr of SNMP, LLDP, CDP, NTP) are read in words.go.
//
// The sender of an announcement speaks for itself, unless the addresses in it are
// another's: then it gives a name to an address and no more. A name server's answer is
// a third party's word. The shape of a SYN is a hint, because systems share code and
// boxes in between open connections of their own (RFC 9293 3.1 for the options).
//
// It refuses to call a machine a service for an open port: bytes must have come back.
// A packet whose frame comes from another card than it names binds nothing. Readers
// keep nothing; what they append aliases the record.
package network

import (
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/browser"
	"lazaret/internal/proto/cdp"
	"lazaret/internal/proto/dhcp"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/lldp"
	"lazaret/internal/proto/ntp"
	"lazaret/internal/proto/snmp"
	"lazaret/internal/proto/ssdp"
	"lazaret/internal/proto/wsd"
)

// Readers are the readers of this package, by the schema of the records they look at.
var Readers = map[*event.Schema]clues.Reader{
	flow.Schema:       readConn,
	arp.Schema:        readARP,
	dhcp.Schema:       readDHCP,
	dhcp.Schema6:      readDHCP6,
	dns.Schema:        readDNS,
	dns.ServiceSchema: readService,
	browser.Schema:    readBrowser,
	snmp.Schema:       readSNMP,
	ntp.Schema:        readNTP,
	ntp.ControlSchema: readNTPControl,
	lldp.Schema:       readLLDP,
	cdp.Schema:        readCDP,
	ssdp.Schema:       readSSDP,
	wsd.Schema:        readWSD,
}
