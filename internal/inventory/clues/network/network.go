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
	flow.Schema:       clues.Of(readConn),
	arp.Schema:        clues.OfFree(readARP),
	dhcp.Schema:       clues.OfFree(readDHCP),
	dhcp.Schema6:      clues.OfFree(readDHCP6),
	dns.Schema:        clues.Of(readDNS),
	dns.ServiceSchema: clues.Of(readService),
	browser.Schema:    clues.Of(readBrowser),
	snmp.Schema:       clues.Of(readSNMP),
	ntp.Schema:        clues.Of(readNTP),
	ntp.ControlSchema: clues.Of(readNTPControl),
	lldp.Schema:       clues.OfFree(readLLDP),
	cdp.Schema:        clues.OfFree(readCDP),
	ssdp.Schema:       clues.Of(readSSDP),
	wsd.Schema:        clues.Of(readWSD),
}
