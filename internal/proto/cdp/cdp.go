// Package cdp understands the Cisco Discovery Protocol, versions 1 and 2: what a
// switch, router, access point, telephone or camera of Cisco (and of some others)
// says of itself to the machine at the other end of the wire.
//
// Cisco published no standard; the elements are those that its manuals and public
// implementations agree on. Each frame is one record, and nothing is kept between
// frames. Switches that speak the protocol do not pass these frames on, so a
// frame tells about the link on which it was recorded.
//
// It refuses to verify the checksum, which odd lengths make differ between
// releases, to read power and prefix elements, and to go on behind an element
// that is longer than the frame. The bytes belong to the sensor; a record owns
// bounded copies.
package cdp

import (
	"strings"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// Bounds of a record.
const (
	maxText      = 512
	maxAddresses = 8
	maxElements  = 128
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "cdp",
	Doc:        "Cisco Discovery Protocol: what the neighbour on the wire says of itself",
	Transports: proto.Link,
	EtherTypes: []uint16{decode.EtherCDP},
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema},
}

// Record is one frame.
type Record struct {
	MAC          netid.MAC   `log:"mac" doc:"Sender of the frame"`
	Version      uint8       `log:"version,always" doc:"Version of the protocol"`
	TTL          uint8       `log:"ttl,always" doc:"Seconds that this is valid"`
	Device       string      `log:"device_id" doc:"The machine: its name, its serial number, or both"`
	Addresses    []netid.IP  `log:"addresses" doc:"Its addresses, at most 8"`
	Port         string      `log:"port_id" doc:"The port that sent the frame"`
	Capabilities []string    `log:"capabilities" doc:"What it is: router, bridge, source_route_bridge, switch, host, igmp, repeater, phone, remotely_managed, camera, two_port_relay"`
	Software     string      `log:"software" doc:"Its software in its own words"`
	Platform     string      `log:"platform" doc:"Its hardware"`
	VTP          string      `log:"vtp_domain" doc:"VLAN trunking domain"`
	VLAN         event.Count `log:"native_vlan" doc:"VLAN of untagged frames on the port"`
	Voice        event.Count `log:"voice_vlan" doc:"VLAN for telephones"`
	Duplex       string      `log:"duplex" doc:"half or full"`
	Name         string      `log:"system_name" doc:"Its name, if told apart from device_id"`
	Location     string      `log:"location" doc:"Where it stands"`
	Management   []netid.IP  `log:"management" doc:"Its management addresses, at most 8"`
}

// Schema of the cdp log.
var Schema = event.NewFreeSchema[Record]("cdp", "What a Cisco neighbour on the wire says of itself")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Types of elements.
const (
	tlvDevice       = 0x01
	tlvAddresses    = 0x02
	tlvPort         = 0x03
	tlvCapabilities = 0x04
	tlvSoftware     = 0x05
	tlvPlatform     = 0x06
	tlvVTP          = 0x09
	tlvVLAN         = 0x0a
	tlvDuplex       = 0x0b
	tlvVoice        = 0x0e
	tlvName         = 0x14
	tlvManagement   = 0x16
	tlvLocation     = 0x17
)

// capabilities are the bits of the capabilities element.
var capabilities = [...]string{"router", "bridge", "source_route_bridge", "switch", "host", "igmp", "repeater", "phone",
	"remotely_managed", "camera", "two_port_relay"}

// analyzer reads frames; it keeps nothing between them.
type analyzer struct{ flow proto.Flow }

// Packet implements proto.Datagram: version, time to live and checksum, then
// elements of type, length with head, and value.
func (a *analyzer) Packet(_ proto.Dir, b []byte) error {
	r := wire.NewReader(b)
	rec := &Record{MAC: a.flow.SrcMAC(), Version: r.U8(), TTL: r.U8()}
	r.Skip(2)
	if !r.OK() || rec.Version == 0 || rec.Version > 3 {
		return &proto.Error{Code: "bad_version"}
	}
	for n := 0; n < maxElements && r.Len() >= 4; n++ {
		at := r.Off()
		kind, size := r.U16(), int(r.U16())
		v := r.Sub(size - 4)
		if !r.OK() || size < 4 {
			a.flow.Weird("bad_length", at)
			break
		}
		if !rec.element(kind, &v) {
			a.flow.Weird("bad_element", at)
		}
	}
	if rec.Device == "" && rec.Port == "" && rec.Platform == "" {
		return &proto.Error{Code: "nothing_told"}
	}
	a.flow.Emit(a.flow.Now(), rec)
	return nil
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}

// element reads one element; false if it is damaged.
func (rec *Record) element(kind uint16, r *wire.Reader) bool {
	switch kind {
	case tlvDevice:
		rec.Device = text(r)
	case tlvAddresses:
		rec.Addresses = addresses(r)
	case tlvPort:
		rec.Port = text(r)
	case tlvCapabilities:
		bits := r.U32()
		rec.Capabilities = nil
		for i, w := range capabilities {
			if bits&(1<<i) != 0 {
				rec.Capabilities = append(rec.Capabilities, w)
			}
		}
	case tlvSoftware:
		rec.Software = text(r)
	case tlvPlatform:
		rec.Platform = text(r)
	case tlvVTP:
		rec.VTP = text(r)
	case tlvVLAN:
		if n := r.U16(); r.OK() {
			rec.VLAN = event.N(n)
		}
	case tlvDuplex:
		if n := r.U8(); r.OK() {
			rec.Duplex = [...]string{"half", "full"}[min(n, 1)]
		}
	case tlvVoice:
		r.Skip(1)
		if n := r.U16(); r.OK() {
			rec.Voice = event.N(n)
		}
	case tlvName:
		rec.Name = text(r)
	case tlvManagement:
		rec.Management = addresses(r)
	case tlvLocation:
		r.Skip(1) // what kind of text
		rec.Location = text(r)
	}
	return r.OK()
}

// text is the rest of an element, bounded, without zeros at its end.
func text(r *wire.Reader) string {
	b := r.Rest()
	return strings.TrimRight(string(b[:min(len(b), maxText)]), "\x00 \r\n")
}

// addresses reads a list of addresses: their number, and for each the protocol
// (by NLPID or by an 802.2 header) and the address.
func addresses(r *wire.Reader) []netid.IP {
	var out []netid.IP
	n := r.U32()
	for range min(n, maxAddresses) {
		r.U8() // how the protocol is written
		protocol := r.Bytes(int(r.U8()))
		addr := r.Bytes(int(r.U16()))
		switch {
		case !r.OK():
			return out
		case len(addr) == 4 && len(protocol) == 1 && protocol[0] == 0xcc:
			out = append(out, netid.IPFrom4(addr))
		case len(addr) == 16 && len(protocol) == 8 && string(protocol[6:]) == "\x86\xdd":
			out = append(out, netid.IPFrom16(addr))
		}
	}
	return out
}
