// Package ssh recognises SSH (RFC 4253) and counts it as not inspectable.
//
// The protocol opens in clear with a line that names its version and software
// (4.2); everything after the key exchange is encrypted. The conversation gets
// the service "ssh" and is counted as blind once both sides have greeted.
//
// It refuses to follow the key exchange: after the greeting it has no interest in
// the bytes and says so by passing over all of them, so that a file copied over SSH
// costs only its packet headers. A probe answers from four bytes; a version other
// than 1 or 2 is not SSH. It keeps no bytes.
package ssh

import (
	"bytes"
	"math"

	"lazaret/internal/proto"
)

// Spec declares SSH.
var Spec = proto.Spec{
	Name: "ssh", Doc: "SSH, recognised and counted as encrypted",
	Transports: proto.TCP | proto.Inner, Ports: []uint16{22},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f} }, Budget: 256,
}

var greeting = []byte("SSH-")

func probe(_ proto.Dir, b []byte) proto.Match {
	n := min(len(b), len(greeting))
	if !bytes.Equal(b[:n], greeting[:n]) {
		return proto.No
	}
	if n < len(greeting)+2 && len(b) < len(greeting)+2 {
		return proto.Maybe
	}
	if b[4] != '1' && b[4] != '2' {
		return proto.No
	}
	return proto.Yes
}

type analyzer struct {
	f     proto.Flow
	hello [2]bool
}

// Parse takes the greeting and passes over the rest of the direction.
func (a *analyzer) Parse(d proto.Dir, _ []byte) (proto.Progress, error) {
	if !a.hello[d] {
		a.hello[d] = true
		if a.hello[0] && a.hello[1] {
			a.f.Blind("ssh")
		}
	}
	return proto.Progress{Done: math.MaxInt32}, nil
}

// Gap is of no interest.
func (a *analyzer) Gap(proto.Dir, int) bool { return true }

// End has nothing to add.
func (a *analyzer) End(proto.Dir) {}
