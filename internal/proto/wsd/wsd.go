// Package wsd understands WS-Discovery over UDP (version 1.0 of April 2005, which
// Windows, printers and cameras speak, and 1.1 of OASIS): SOAP messages by which
// devices announce themselves and are searched for.
//
// Each message is one record, a message with several matches one for each; nothing
// is kept between messages. Names of types are written with the usual prefixes of
// their name spaces (wsdp, pub, wprt, wscn, dn, tds), whatever the message called
// them. The device is the sender of an announcement or a match.
//
// It refuses XML with a document type or other entities than the five of XML
// itself, and reads a bounded number of elements and of values in lists. The bytes
// belong to the sensor; a record owns bounded copies.
package wsd

import (
	"bytes"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Bounds of a message.
const (
	maxTokens   = 4096
	maxDepth    = 24
	maxPrefixes = 32
	maxMatches  = 8
	maxList     = 16
	maxText     = 256
	look        = 2048 // bytes in which the probe looks for the name space
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "wsd",
	Doc:        "WS-Discovery: devices that announce themselves in SOAP",
	Transports: proto.UDP,
	Ports:      []uint16{3702},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema},
}

// Record is one message, or one match of it.
type Record struct {
	IsOrig   bool        `log:"is_orig,always" doc:"Sent by the side that opened the conversation"`
	Message  string      `log:"message" doc:"Hello, Bye, Probe, ProbeMatches, Resolve or ResolveMatches"`
	Version  string      `log:"version" doc:"1.0 or 1.1"`
	Endpoint string      `log:"endpoint" doc:"Identifier of the device"`
	MAC      netid.MAC   `log:"endpoint_mac" doc:"Hardware address in it, if it is a UUID of version 1 (RFC 9562)"`
	Types    []string    `log:"types" doc:"What it is or what is searched for, at most 16"`
	Scopes   []string    `log:"scopes" doc:"Where it belongs, at most 16; cameras describe themselves here"`
	XAddrs   []string    `log:"xaddrs" doc:"Where it is reached, at most 16"`
	Metadata event.Count `log:"metadata_version" doc:"Counts changes of its description"`
}

// Schema of the wsd log.
var Schema = event.NewSchema[Record]("wsd", "One message of WS-Discovery, or one match in it")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Name spaces of the two versions.
const (
	space10 = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
	space11 = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"
)

// prefixes are the usual ones of name spaces of types.
var prefixes = map[string]string{
	"http://schemas.xmlsoap.org/ws/2006/02/devprof":          "wsdp",
	"http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01":       "wsdp",
	"http://schemas.microsoft.com/windows/pub/2005/07":       "pub",
	"http://schemas.microsoft.com/windows/2006/08/wdp/print": "wprt",
	"http://schemas.microsoft.com/windows/2006/08/wdp/scan":  "wscn",
	"http://www.onvif.org/ver10/network/wsdl":                "dn",
	"http://www.onvif.org/ver10/device/wsdl":                 "tds",
}

// probe accepts XML that names one of the two name spaces near its beginning.
func probe(_ proto.Dir, head []byte) proto.Match {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \r\n\t")
	if len(head) < 100 || head[0] != '<' {
		return proto.No
	}
	head = head[:min(len(head), look)]
	if bytes.Contains(head, []byte(space10)) || bytes.Contains(head, []byte(space11)) {
		return proto.Yes
	}
	return proto.No
}

// uuidMAC is the hardware address in an identifier of version 1 (RFC 9562 5.1),
// zero if there is none.
func uuidMAC(s string) netid.MAC {
	var m netid.MAC
	s = s[strings.LastIndexByte(s, ':')+1:]
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[14] != '1' || s[23] != '-' {
		return m
	}
	for i := range m {
		hi, lo := nibble(s[24+2*i]), nibble(s[25+2*i])
		if hi > 15 || lo > 15 {
			return netid.MAC{}
		}
		m[i] = hi<<4 | lo
	}
	if m.IsGroup() { // not from a card but drawn
		return netid.MAC{}
	}
	return m
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}
