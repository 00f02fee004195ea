// Package tls recognises TLS (RFC 8446, RFC 5246) and counts it as not
// inspectable.
//
// What travels over TLS cannot be read by a sensor without keys, and saying so is
// part of an honest inventory: the conversation gets the service "ssl", as Zeek
// names it, and every such conversation is counted as blind. A handshake that
// was never answered is not counted: nothing was hidden in it.
//
// It refuses to interpret the handshake. After the first records of both sides
// it passes over the record bodies by their lengths, so that bulk costs nothing.
// It keeps no bytes.
package tls

import (
	"encoding/binary"

	"lazaret/internal/proto"
)

// Spec declares TLS. The name is Zeek's.
var Spec = proto.Spec{
	Name: "ssl", Doc: "TLS, recognised and counted as encrypted",
	Transports: proto.TCP | proto.Inner, Ports: []uint16{443, 993, 995, 636, 2762, 8443},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f} }, Budget: 16,
}

const (
	headLen   = 5
	maxRecord = 1<<14 + 2048 // RFC 5246, 6.2.3
	handshake = 22
	appData   = 23
)

// probe wants a handshake record that begins with a ClientHello or ServerHello.
func probe(_ proto.Dir, b []byte) proto.Match {
	for i, ok := range []func(byte) bool{
		func(c byte) bool { return c == handshake },
		func(c byte) bool { return c == 3 },
		func(c byte) bool { return c <= 4 },
	} {
		if i < len(b) && !ok(b[i]) {
			return proto.No
		}
	}
	if len(b) < headLen+4 {
		return proto.Maybe
	}
	n, msg := int(binary.BigEndian.Uint16(b[3:])), b[5]
	body := int(b[6])<<16 | int(b[7])<<8 | int(b[8])
	if n < 4 || n > maxRecord || (msg != 1 && msg != 2) || body < 38 || body > 1<<16 {
		return proto.No
	}
	return proto.Yes
}

type analyzer struct {
	f      proto.Flow
	data   [2]bool
	opaque bool
}

// Parse passes over one record after the other.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if len(b) < headLen {
		return proto.Progress{Need: headLen}, nil
	}
	n := int(binary.BigEndian.Uint16(b[3:]))
	if b[0] < 20 || b[0] > 24 || b[1] != 3 || n > maxRecord {
		return proto.Progress{}, &proto.Error{Code: "bad_record"}
	}
	if b[0] == appData && !a.opaque {
		a.data[d] = true
		if a.data[0] && a.data[1] {
			a.opaque = true
			a.f.Blind("tls")
		}
	}
	return proto.Progress{Done: headLen + n}, nil
}

// Gap gives up: without a record border nothing can be passed over.
func (a *analyzer) Gap(proto.Dir, int) bool { return false }

// End counts a conversation of which only one side's data was seen.
func (a *analyzer) End(proto.Dir) {
	if !a.opaque && (a.data[0] || a.data[1]) {
		a.opaque = true
		a.f.Blind("tls")
	}
}
